"""A room that takes its time holds up no other, and loses nothing itself."""

from __future__ import annotations

import asyncio

import pytest

from bot.adapters.matrix import engine, hearing
from bot.heard import Heard, Said
from tests.matrix.people import Bot, NewBot, NewPerson, until

pytestmark = pytest.mark.synapse


def hold(robot: Bot, room: str) -> asyncio.Event:
    """Let *robot* wait in *room* until the event that is returned is set."""
    gate, write_down = asyncio.Event(), robot.hear

    async def slow(heard: Heard) -> None:
        if isinstance(heard, Said) and heard.room == room:
            await gate.wait()
        await write_down(heard)

    robot.hear = slow
    return gate


async def test_a_slow_room_holds_up_no_other(person: NewPerson, bot: NewBot) -> None:
    """While one room waits, another is answered; the token waits, so that nothing is lost."""
    ana, robot = await person("ana"), await bot()
    slow, quick = await ana.room(robot.door.user), await ana.room(robot.door.user)
    await robot.joins(slow)
    await robot.joins(quick)
    gate = hold(robot, slow)
    await ana.say(slow, "eins")
    await ana.say(quick, "zwei")
    said = await robot.hears(Said, lambda s: s.body == "zwei")
    await ana.say(quick, "drei")
    await robot.hears(Said, lambda s: s.body == "drei")
    assert robot.door.covered < said.position
    assert robot.bodies(slow) == []
    gate.set()
    await robot.hears(Said, lambda s: s.body == "eins")
    await robot.settle()
    assert robot.door.covered >= said.position


async def test_what_piles_up_is_fetched_later(
    person: NewPerson, bot: NewBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue of a room is bounded; what does not fit stays with the server, in order."""
    monkeypatch.setattr(engine, "_LONGEST_LANE", 5)
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user, encrypted=True)
    await robot.joins(room)
    other = await ana.room(robot.door.user)
    await robot.joins(other)
    await ana.sync()
    gate = hold(robot, room)
    for number in range(40):
        await ana.say(room, str(number))
        if number == 20:
            await ana.client.room_put_state(room, "m.room.topic", {"topic": "anders"})
    at_work = robot.door._engine
    assert at_work is not None
    await until(lambda: room in at_work._backlogs or None)
    await ana.say(other, "daneben")
    await robot.hears(Said, lambda s: s.body == "daneben")  # all before it has come in, too
    assert at_work._lanes.waiting < 15
    gate.set()
    await robot.hears(Said, lambda s: s.body == "39")
    heard = list(dict.fromkeys(robot.bodies(room)))
    assert heard == [str(number) for number in range(40)]
    assert at_work.intake.rooms[room].topic == "anders"


async def test_a_handler_that_hangs_is_given_up(
    person: NewPerson, bot: NewBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One message that is never done with costs its own time only; the next one is heard."""
    monkeypatch.setattr(hearing, "_MOST_SECONDS", 0.2)
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user)
    await robot.joins(room)
    write_down = robot.hear

    async def hangs(heard: Heard) -> None:
        if isinstance(heard, Said) and heard.body == "für immer":
            await asyncio.Event().wait()
        await write_down(heard)

    robot.hear = hangs
    await ana.say(room, "für immer")
    await ana.say(room, "weiter")
    await robot.hears(Said)
    await robot.settle()
    assert robot.bodies(room) == ["weiter"]


async def test_a_loop_that_hangs_is_begun_anew(
    person: NewPerson, bot: NewBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever watches ends it; the next one goes on where all was durable."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user)
    await robot.joins(room)
    await ana.say(room, "eins")
    await robot.hears(Said)
    await robot.settle()
    first = robot.door._engine
    hangs = asyncio.Event()

    async def hang(_self: object) -> None:
        hangs.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as broken:
        broken.setattr(engine.Engine, "_room_for_more", hang)
        await ana.say(room, "zwei")
        await asyncio.wait_for(hangs.wait(), 60)
    await ana.say(room, "drei")
    robot.door.begin_anew()
    await robot.hears(Said, lambda s: s.body == "drei")
    assert robot.door._engine is not first
    assert list(dict.fromkeys(robot.bodies(room))) == ["eins", "zwei", "drei"]
