"""Whose invitations are followed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.adapters.matrix import invites
from bot.adapters.matrix.invites import find
from bot.heard import Invited
from bot.model.allow import allowed
from tests.matrix.people import DEADLINE, NewBot, NewPerson, until


@pytest.mark.parametrize(
    ("allow", "user", "expected"),
    [
        ((), "@ana:pau.example", False),
        (("*",), "@ana:pau.example", True),
        (("pau.example",), "@ana:pau.example", True),
        (("pau.example",), "@ana:notpau.example", False),
        (("*.example",), "@ana:pau.example:8448", False),
        (("*.example:*",), "@ana:pau.example:8448", True),
        (("@ana:*",), "@ana:pau.example", True),
        (("@ana:*",), "@anaïs:pau.example", False),
        (("Pau.Example",), "@ana:pau.example", True),
        (("ana",), "@ana:pau.example", False),
    ],
)
def test_the_list(allow: tuple[str, ...], user: str, expected: bool) -> None:
    """A list of users and servers with globs; empty means nobody."""
    assert allowed(user, allow) is expected


@pytest.mark.parametrize(
    "state",
    [
        None,
        {},
        {"events": None},
        {"events": [None, 1, "x", []]},
        {"events": [{"type": "m.room.member", "state_key": "@me:x", "sender": 5}]},
        {
            "events": [
                {"type": "m.room.member", "state_key": "@me:x", "sender": "@a:x", "content": []}
            ]
        },
    ],
)
def test_malformed_invitations_are_none(state: Any) -> None:
    """Stripped state of any shape never raises."""
    assert find({"invite_state": state}, "!r:x", "@me:x") is None


@pytest.mark.synapse
async def test_strangers_are_refused_without_a_word(person: NewPerson, bot: NewBot) -> None:
    """Who is not on the list gets no Invited and no member; a later allowed one is followed."""
    ana, ben = await person("ana"), await person("ben")
    robot = await bot(settings={"allow": (ben.id,)})
    refused = await ana.room(robot.door.user)
    followed = await ben.room(robot.door.user)
    await robot.joins(followed)
    path = f"/rooms/{refused}/state/m.room.member/{robot.door.user}"

    async with asyncio.timeout(DEADLINE):
        while (await ana.ask("GET", path)).get("membership") != "leave":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert [h.room for h in robot.heard if isinstance(h, Invited)] == [followed]


@pytest.mark.synapse
async def test_direct_rooms_are_for_those_who_share_a_project(
    person: NewPerson, bot: NewBot
) -> None:
    """A direct invitation is accepted from whoever the callback names, an ordinary one is not."""
    ana, ben = await person("ana"), await person("ben")

    async def knows(user: str) -> bool:
        return user == ana.id

    robot = await bot(settings={"allow": ()}, may_open_direct=knows)
    await ana.room(robot.door.user)
    await ben.room(robot.door.user, direct=True)
    room = await ana.room(robot.door.user, direct=True)
    await robot.joins(room)
    assert [(h.room, h.direct) for h in robot.heard if isinstance(h, Invited)] == [(room, True)]


@pytest.mark.synapse
async def test_an_invitation_while_the_bot_was_down(person: NewPerson, bot: NewBot) -> None:
    """It is followed after the restart, and one from before the very first start too."""
    ana, robot = await person("ana"), await bot(running=False)
    early = await ana.room(f"@{robot.settings.user}:test.local")
    await robot.start()
    await robot.joins(early)
    await robot.stop()
    late = await ana.room(robot.door.user)
    await robot.restart()
    await robot.joins(late)
    await until(lambda: {early, late} <= {h.room for h in robot.heard} or None)


@pytest.mark.synapse
async def test_an_invitation_outlives_the_bot(
    person: NewPerson, bot: NewBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who ends before the way into the room is found goes there after the next start."""
    ana, robot = await person("ana"), await bot()

    async def never(*_path: str) -> bool:
        return await asyncio.Event().wait()

    with monkeypatch.context() as during:
        during.setattr(invites, "_insist", never)
        room = await ana.room(robot.door.user)
        await robot.hears(Invited, lambda heard: heard.room == room)
        await robot.settle()
        await robot.stop()
    await robot.restart()
    await robot.joins(room)
