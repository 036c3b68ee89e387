"""A restart loses nothing and repeats nothing that was acknowledged."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.heard import Heard, Left, Said
from bot.ports import StoreFull
from tests.matrix.people import NewBot, NewPerson, entry, until

pytestmark = pytest.mark.synapse


async def test_the_session_is_kept(person: NewPerson, bot: NewBot) -> None:
    """One login makes one device for ever; its files are private; old keys still decrypt."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user, encrypted=True)
    await robot.joins(room)
    await ana.sync()
    await ana.say(room, "un")
    await robot.hears(Said)
    before = json.loads((robot.directory / "session.json").read_text())
    await robot.settle()
    await robot.stop()
    await ana.say(room, "deux")
    await robot.restart()
    await robot.hears(Said, lambda s: s.body == "deux")
    assert json.loads((robot.directory / "session.json").read_text()) == before
    assert robot.bodies(room) == ["un", "deux"]
    assert robot.directory.stat().st_mode & 0o777 == 0o700
    for name in ("session.json", "sync.json", "crypto.key"):
        assert (robot.directory / name).stat().st_mode & 0o777 == 0o600
    await ana.see_id(await robot.door.deliver(room, entry(body="trois")))


@pytest.mark.parametrize("encrypted", [False, True])
async def test_everything_said_while_the_bot_was_down_arrives(
    person: NewPerson, bot: NewBot, encrypted: bool
) -> None:
    """150 messages, more than a timeline holds, all arrive once and in order."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user, encrypted=encrypted)
    await robot.joins(room)
    await ana.sync()
    await ana.say(room, "vorher")
    await robot.hears(Said)
    await robot.settle()
    await robot.stop()
    for number in range(150):
        await ana.say(room, str(number))
    await robot.restart()
    await robot.hears(Said, lambda s: s.body == "149")
    assert robot.bodies(room) == ["vorher", *map(str, range(150))]


async def test_a_burst_while_the_bot_listens_arrives(person: NewPerson, bot: NewBot) -> None:
    """A slow listener gets a limited timeline, and still every message once, in order."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user)
    await robot.joins(room)
    gate = asyncio.Event()
    write_down = robot.hear

    async def slow(heard: Heard) -> None:
        if isinstance(heard, Said):
            await gate.wait()
        await write_down(heard)

    robot.hear = slow
    for number in range(130):
        await ana.say(room, str(number))
    gate.set()
    await robot.hears(Said, lambda s: s.body == "129")
    assert robot.bodies(room) == [str(number) for number in range(130)]


async def test_killed_before_the_token_is_saved(person: NewPerson, bot: NewBot) -> None:
    """What was being heard when the bot died is heard again, under the same number."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user)
    await robot.joins(room)
    write_down, started = robot.hear, asyncio.Event()

    async def dies(heard: Heard) -> None:
        await write_down(heard)
        if isinstance(heard, Said):
            started.set()
            await asyncio.Event().wait()

    robot.hear = dies
    said = await ana.say(room, "wichtig")
    await asyncio.wait_for(started.wait(), 60)
    await robot.stop()  # cancelled inside hear: nothing of this batch was saved
    first = await robot.hears(Said)
    robot.heard.clear()
    robot.hear = write_down
    await robot.restart()
    again = await robot.hears(Said)
    assert (again.event, again.position) == (said, first.position)
    await until(lambda: robot.door.covered >= first.position or None)
    robot.heard.clear()
    await robot.restart()
    await ana.say(room, "danach")
    await robot.hears(Said)
    assert robot.bodies(room) == ["danach"]


async def test_a_full_disk_is_waited_for(person: NewPerson, bot: NewBot) -> None:
    """StoreFull stops the token, not the bot: the message is heard again until it is durable."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user)
    await robot.joins(room)
    await until(lambda: robot.door.covered or None)
    write_down, attempts = robot.hear, 0

    async def full(heard: Heard) -> None:
        nonlocal attempts
        if isinstance(heard, Said) and (attempts := attempts + 1) <= 2:
            assert robot.door.covered < heard.position
            raise StoreFull
        await write_down(heard)

    robot.hear = full
    await ana.say(room, "eins")
    await ana.say(room, "zwei")
    await robot.hears(Said, lambda s: s.body == "zwei")
    assert robot.bodies(room) == ["eins", "zwei"]


async def test_a_failing_listener_stops_nobody(
    person: NewPerson, bot: NewBot, caplog: pytest.LogCaptureFixture
) -> None:
    """One message that breaks the assistant is logged without its text; the next is heard."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user)
    await robot.joins(room)
    write_down = robot.hear

    async def breaks(heard: Heard) -> None:
        if isinstance(heard, Said) and heard.body == "geheimnis":
            raise RuntimeError(heard.body + heard.room)
        await write_down(heard)

    robot.hear = breaks
    await ana.say(room, "geheimnis")
    await ana.say(room, "gut")
    await robot.hears(Said)
    assert robot.bodies(room) == ["gut"]
    assert "RuntimeError" in caplog.text
    for secret in ("geheimnis", room, ana.id):
        assert secret not in caplog.text


async def test_leaving_while_the_bot_is_down_is_heard(person: NewPerson, bot: NewBot) -> None:
    """Who left, and that we were removed ourselves, is known after the restart."""
    ana, ben, robot = await person("ana"), await person("ben"), await bot()
    room = await ana.room(robot.door.user, ben.id)
    other = await ana.room(robot.door.user)
    await ben.client.join(room)
    await robot.joins(room)
    await robot.joins(other)
    await until(lambda: ben.id in robot.door.members(room) or None)
    await robot.settle()
    await robot.stop()
    await ben.client.room_leave(room)
    await ana.client.room_kick(other, robot.door.user)
    await robot.restart()
    await robot.hears(Left, lambda left: left.user == ben.id)
    await robot.hears(Left, lambda left: left.user == robot.door.user and left.room == other)
