"""Rooms where some kinds of event are for moderators: the rest goes on at once."""

from __future__ import annotations

from typing import Any

import pytest

from bot.adapters.matrix.rooms import Room
from bot.model.documents import Kind
from bot.ports import Later, Never
from tests.matrix.people import NewBot, NewPerson, entry, until

START = "org.matrix.msc3381.poll.start"


@pytest.mark.synapse
@pytest.mark.parametrize("encrypted", [False, True])
async def test_only_what_is_not_for_us_is_set_aside(
    person: NewPerson, bot: NewBot, encrypted: bool
) -> None:
    """Reactions and polls for moderators lock no room; a room where we are mute is locked."""
    ana, robot = await person("ana"), await bot()
    door = robot.door
    room = await ana.room(door.user, version="11", encrypted=encrypted)
    await robot.joins(room)
    await ana.sync()
    asked = await ana.say(room, "!14")
    path = f"/rooms/{room}/state/m.room.power_levels"
    levels = await ana.ask("GET", path)
    levels["events"] |= {"m.reaction": 50, START: 50}
    await ana.ask("PUT", path, levels)
    await until(lambda: not _room(door, room).may_send(door.user, "m.reaction") or None)

    with pytest.raises(Never):
        await door.deliver(room, entry(Kind.REACTION, key="✅", relates_to=asked))
    assert await door.deliver(room, entry(Kind.NOTICE, body="14"))
    poll = entry(Kind.POLL, body="Logo?\n1. blue", answers=["blue"])
    if encrypted:  # nobody sees that it is one
        assert await door.deliver(room, poll)
    else:
        with pytest.raises(Never):
            await door.deliver(room, poll)

    levels["events"] |= {"m.room.message": 50, "m.room.encrypted": 50}
    await ana.ask("PUT", path, levels)
    kind = "m.room.encrypted" if encrypted else "m.room.message"
    await until(lambda: not _room(door, room).may_send(door.user, kind) or None)
    another = entry(Kind.POLL, body="Name?\n1. Ana", answers=["Ana"])
    for mute in (another, entry(Kind.NOTICE, body="15")):
        with pytest.raises(Later) as later:
            await door.deliver(room, mute)
        assert later.value.locked


def _room(door: Any, room: str) -> Room:
    found: Room = door._engine.intake.rooms[room]
    return found


@pytest.mark.parametrize(
    ("content", "power", "expected"),
    [
        ({}, 0, True),
        ({"events_default": 50}, 0, False),
        ({"events_default": 50, "events": {"m.reaction": 0}}, 0, True),
        ({"events": {"m.reaction": 50}}, 49, False),
        ({"events": {"m.reaction": "50"}}, 50, True),
        ({"events": {"m.reaction": None}, "events_default": None}, 0, True),
        ({"events": ["m.reaction"]}, 0, True),
    ],
)
def test_who_may_send(content: dict[str, Any], power: int, expected: bool) -> None:
    """As the power levels say; whatever is malformed in them says nothing."""
    room = Room("!r")
    levels = {"users": {"@me:x": power}, **content}
    room.apply({"type": "m.room.power_levels", "state_key": "", "content": levels})
    assert room.may_send("@me:x", "m.reaction") is expected
