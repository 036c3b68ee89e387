"""Where the bot is in the stream: what is durable, what comes again, what overtakes what."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from peewee import OperationalError  # type: ignore[import-untyped]

from bot.adapters.matrix import engine, files
from bot.adapters.matrix.bookmark import Bookmark
from bot.adapters.matrix.engine import Engine
from bot.adapters.matrix.ledger import Batch
from bot.adapters.matrix.memory import Memory, Waiting
from bot.heard import Heard, Said, Undecryptable
from bot.vitals import Vitals
from tests.matrix.hostile.robot import hurry, robot, server
from tests.matrix.hostile.server import (
    ANA,
    MALLORY,
    ROOM,
    SEALED_ROOM,
    Server,
    message,
    rooms,
    sealed_room,
    state,
    state_of_room,
)
from tests.matrix.people import Bot, until

__all__ = ["hurry", "robot", "server"]
pytestmark = pytest.mark.usefixtures("hurry")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def begin(server: Server, robot: Bot) -> Engine:
    """Bring *robot* into the room; the server then waits for `batches`."""
    server.quiet = True
    events = {"events": [message("$1", "first")]}
    server.batches = [rooms(state={"events": state_of_room()}, timeline=events)]
    await robot.start()
    await robot.hears(Said)
    await robot.settle()
    at_work = robot.door._engine
    assert at_work is not None
    return at_work


def says(*bodies: str, **more: Any) -> dict[str, Any]:
    """Return a batch of messages, the event ids made of what is said."""
    return rooms(timeline={"events": [message(f"${body}", body, **more) for body in bodies]})


class Gates:
    """Lets *robot* wait with each of *bodies* until it is let through."""

    def __init__(self, robot: Bot, *bodies: str) -> None:
        self.open = {body: asyncio.Event() for body in bodies}
        self.write_down = robot.hear
        robot.hear = self.hear

    async def hear(self, heard: Heard) -> None:
        if isinstance(heard, Said) and heard.body in self.open:
            await self.open[heard.body].wait()
        await self.write_down(heard)


def unread(event: str, age: float) -> Waiting:
    """Return a message that has waited for its key for *age* seconds."""
    sealed = message(f"${event}", "") | {"type": "m.room.encrypted"}
    sealed["content"] = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "session_id": "s",
        "ciphertext": "c",
    }
    return Waiting(ROOM, sealed, time.time() - age)


async def lose_place(server: Server) -> tuple[asyncio.Event, asyncio.Event]:
    """Let the server forget our place; return when it is asked anew, and what lets it answer."""
    asked, go = asyncio.Event(), asyncio.Event()

    async def lost(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"errcode": "M_UNKNOWN_POS"}, status=400)

    async def later(_request: web.Request) -> web.StreamResponse:
        asked.set()
        await go.wait()
        here = {"state": {"events": state_of_room()}}
        events = [message("$old", "old", origin_server_ts=1), message("$new", "new")]
        return web.json_response({"next_batch": "n1", **rooms(**here, timeline={"events": events})})

    server.faults["sync"] = [lost, later]
    return asked, go


async def test_what_ends_meanwhile_opens_nothing_old(server: Server, robot: Bot) -> None:
    """Between a lost place and the answer that brings all anew, older batches may end."""
    await begin(server, robot)
    gates = Gates(robot, "held")
    server.batches = [says("old", origin_server_ts=1), says("held")]
    await robot.hears(Said, lambda said: said.body == "old")
    await until(lambda: not server.batches or None)
    asked, go = await lose_place(server)
    await asyncio.wait_for(asked.wait(), 30)
    gates.open["held"].set()
    await robot.hears(Said, lambda said: said.body == "held")
    await robot.settle()
    go.set()
    await robot.hears(Said, lambda said: said.body == "new")
    assert robot.bodies(ROOM).count("old") == 1


async def test_no_place_is_saved_while_there_is_none(server: Server, robot: Bot) -> None:
    """A message that is given up meanwhile is told of when the place is found again."""
    at_work = await begin(server, robot)
    asked, go = await lose_place(server)
    await asyncio.wait_for(asked.wait(), 30)
    at_work._memory.waiting.append(unread("sealed", 60))
    at_work._read_again()
    await asyncio.sleep(0.2)
    kept = json.loads((robot.directory / "sync.json").read_text())
    assert kept["next_batch"]
    go.set()
    await robot.hears(Undecryptable)


async def test_nothing_is_heard_while_the_server_is_silent(server: Server, robot: Bot) -> None:
    """That a key does not come is noticed without the server: it is no news of the rooms."""
    at_work = await begin(server, robot)
    asked, go = await lose_place(server)
    server.faults["sync"].pop(0)  # it is only silent
    await asyncio.wait_for(asked.wait(), 30)
    await robot.settle()
    until_then = robot.door.heard_until
    at_work._memory.waiting.append(unread("sealed", 60))
    at_work._read_again()
    told = await robot.hears(Undecryptable)
    await until(lambda: robot.door.covered >= told.position or None)
    assert robot.door.heard_until == until_then
    go.set()


async def test_what_waits_with_the_server_keeps_its_place(
    server: Server, robot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A room's queue that is full, then not, then full again: the newest state counts."""
    monkeypatch.setattr(engine, "_LONGEST_LANE", 3)
    at_work = await begin(server, robot)
    gates = Gates(robot, "a", "b", "c")
    await hand_over(server, says("a"), says("b"), says("c"), says("left with the server"))
    assert at_work._lanes.load(ROOM) == 4
    gates.open["a"].set()
    gates.open["b"].set()
    await until(lambda: at_work._lanes.load(ROOM) == 2 or None)
    for level in (50, 0):
        powers = {"users": {ANA: 100, MALLORY: level}}
        event = state("m.room.power_levels", "", powers) | {"event_id": f"$level{level}"}
        await hand_over(server, rooms(timeline={"events": [event]}))
    gates.open["c"].set()
    await until(lambda: at_work._lanes.load(ROOM) == 0 or None)
    assert robot.door.power(ROOM, MALLORY) == 0


async def hand_over(server: Server, *batches: dict[str, Any]) -> None:
    """Let the bot take *batches*, to the last."""
    server.batches = list(batches)
    await until(lambda: not server.batches or None)
    asked = server.requests["sync"]
    await until(lambda: server.requests["sync"] > asked + 1 or None)


async def test_a_full_disk_does_not_end_the_bot_in_an_encrypted_room(
    server: Server, robot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a room is encrypted is written when there is room; until then the token waits."""
    at_work = await begin(server, robot)
    store = at_work._means.crypto.unsaved._store
    full, save = [True], store.save_encrypted_rooms

    def refuses(one: set[str]) -> None:
        if full:
            raise OperationalError("database or disk is full")
        save(one)

    monkeypatch.setattr(store, "save_encrypted_rooms", refuses)
    server.batches = [sealed_room(), says("on")]
    said = await robot.hears(Said, lambda said: said.body == "on")
    assert robot.door.encrypted(SEALED_ROOM)
    assert robot.door.covered < said.position
    assert store.load_encrypted_rooms() == set()
    full.clear()
    await robot.settle()
    assert store.load_encrypted_rooms() == {SEALED_ROOM}
    assert robot.failure() is None


async def test_the_end_comes_also_while_the_loop_is_begun_anew(server: Server, robot: Bot) -> None:
    """Whoever stops the bot stops it, though the watchdog has just ended the loop."""
    await begin(server, robot)
    run = robot._run
    assert run is not None
    robot.door.begin_anew()
    run.cancel()
    await asyncio.wait({run}, timeout=20)
    assert run.cancelled()


async def test_work_beside_the_loop_that_breaks_is_told(
    server: Server, robot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody waits for it, so that nobody else would see it."""
    at_work = await begin(server, robot)

    async def breaks() -> None:
        raise LookupError("!secret:x")

    at_work._start(breaks())
    await until(lambda: "work beside the loop broke" in caplog.text or None)
    assert "LookupError" in caplog.text
    assert "secret" not in caplog.text


class NoCrypto:
    """Has nothing to write."""

    def flush(self) -> None:
        """Write nothing."""


async def test_a_place_that_breaks_is_saved_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong, not only a full disk: the token must not stay behind for ever."""
    memory, broken = Memory(tmp_path / "sync.json"), [True]
    write = files.write

    def breaks(path: Path, content: dict[str, Any]) -> None:
        if broken:
            broken.clear()
            raise RecursionError
        write(path, content)

    monkeypatch.setattr(files, "write", breaks)
    bookmark = Bookmark(memory, NoCrypto(), Vitals())  # type: ignore[arg-type]
    bookmark.move(Batch(1, "t1", NOW), worth=True)
    await until(lambda: memory.number or None)
    await bookmark.close()
    assert Memory.load(memory.path).token == "t1"
    assert "RecursionError" in caplog.text


async def test_two_writes_of_one_file_never_meet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write goes on in its thread though its loop was ended; the next one waits for it."""
    memory, steps = Memory(tmp_path / "sync.json"), list[str]()

    def slow(_path: Path, content: dict[str, Any]) -> None:
        steps.append(f"begin {content['next_batch']}")
        time.sleep(0.3)
        steps.append(f"end {content['next_batch']}")

    monkeypatch.setattr(files, "write", slow)
    first = asyncio.create_task(memory.save(Batch(1, "t1", NOW)))
    await until(lambda: steps or None)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    await memory.save(Batch(2, "t2", NOW))
    assert steps == ["begin t1", "end t1", "begin t2", "end t2"]
