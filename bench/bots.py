"""One bot in a process of its own, bare nio or all of Comenius, and what it used up.

Its first line of input is what it has to know, as JSON; to each line after that it answers with
what it has used so far, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Self

from nio import InviteMemberEvent, RoomMessageText
from nio.client.async_client import AsyncClient, AsyncClientConfig
from nio.store.database import SqliteStore

from bench.memory import resident
from bench.rooms import document
from bot import app
from bot.adapters.store import FileStore
from bot.settings import Settings

PLAIN, SEALING = "bare nio", "bare nio with keys"
WHOLE, DISKLESS = "Comenius", "Comenius, no fsync"
KINDS = (PLAIN, SEALING, WHOLE, DISKLESS)
"""The first cannot read encrypted rooms; the second can, as Comenius can."""
TASKS = 20
ASKED, ANSWER = "!14", "#14 · Film part 14 of the school tour · 6 Dec, 18:00"


@dataclass(frozen=True)
class Task:
    """What a bot has to know."""

    kind: str
    address: str
    user: str
    password: str
    room: str
    directory: str


@dataclass
class Used:
    """What a bot has used since it was started, and when it did what."""

    cpu: float = 0.0
    """Seconds of all its threads, in user and system mode."""
    memory: float = 0.0
    inside: list[float] = field(default_factory=list)
    """Seconds from the arrival of each sync answer until the answer to it begins to be sent."""
    waits: list[float] = field(default_factory=list)
    """Seconds of fsync in each of `inside`."""
    fsyncs: list[float] = field(default_factory=list)
    """Seconds of each."""


class Child:
    """A bot as its parent sees it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Take its process."""
        self._process = process

    @classmethod
    def start(cls, task: Task) -> Self:
        """Start a bot; the first `used` returns once it is logged in."""
        command = [sys.executable, "-m", "bench.bots"]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        print(json.dumps(asdict(task)), file=process.stdin, flush=True)
        return cls(process)

    async def used(self) -> Used:
        """Ask what it has used so far."""
        return Used(**json.loads(await asyncio.to_thread(self._ask)))

    def _ask(self) -> str:
        print("used", file=self._process.stdin, flush=True)
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise ChildProcessError("a bot ended by itself")
        return line

    async def stop(self) -> None:
        """End it."""
        self._process.kill()
        await asyncio.to_thread(self._process.communicate)


async def _serve(task: Task) -> None:
    """Be that bot, and answer its parent's questions."""
    used, ready = Used(), asyncio.Event()
    _watch_requests(used)
    _watch_disk(used, sync=task.kind != DISKLESS)
    running = asyncio.create_task(_bot(task, ready.set))
    running.add_done_callback(lambda _task: ready.set())
    await ready.wait()
    while not running.done():
        line: str = await asyncio.to_thread(sys.stdin.readline)
        if not line:
            break
        used.cpu, used.memory = time.process_time(), resident()
        print(json.dumps(asdict(used)), flush=True)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def _watch_requests(used: Used) -> None:
    """Note how long the bot works on a sync answer before it begins to send."""
    send, came, before = AsyncClient.send, [0.0], [0]

    async def watched(self: AsyncClient, method: str, path: str, *rest: Any, **more: Any) -> Any:
        if method == "PUT" and "/rooms/" in path and "/send/" in path and came[0]:
            used.inside.append(perf_counter() - came[0])
            used.waits.append(sum(used.fsyncs[before[0] :]))
            came[0] = 0.0
        answer = await send(self, method, path, *rest, **more)
        if method == "GET" and "/sync" in path:
            await answer.read()
            came[0], before[0] = perf_counter(), len(used.fsyncs)
        return answer

    AsyncClient.send = watched  # type: ignore[method-assign]


def _watch_disk(used: Used, *, sync: bool) -> None:
    """Note what each fsync took; without *sync*, leave them all out."""
    fsync: Callable[[int], None] = os.fsync

    def watched(file: int) -> None:
        begun = perf_counter()
        if sync:
            fsync(file)
        used.fsyncs.append(perf_counter() - begun)

    os.fsync = watched  # type: ignore[assignment]


async def _bot(task: Task, ready: Callable[[], object]) -> None:
    await (_bare if task.kind in {PLAIN, SEALING} else _whole)(task, ready)


async def _bare(task: Task, ready: Callable[[], object]) -> None:
    """Answer as the examples of nio do, and do nothing else."""
    directory = Path(task.directory)
    client = client_of(task.address, task.user, directory, encrypted=task.kind == SEALING)

    async def said(room: Any, event: Any) -> None:
        if event.sender != client.user_id and event.body == ASKED:
            content = {"msgtype": "m.notice", "body": ANSWER}
            await client.room_send(
                room.room_id, "m.room.message", content, ignore_unverified_devices=True
            )

    async def invited(room: Any, _event: Any) -> None:
        await client.join(room.room_id)

    await client.login(task.password)
    client.add_event_callback(said, RoomMessageText)
    client.add_event_callback(invited, InviteMemberEvent)  # type: ignore[arg-type]
    ready()
    await client.sync_forever(30_000, full_state=True)


async def _whole(task: Task, ready: Callable[[], object]) -> None:
    """Be Comenius as `comenius run` is, in a room that has its tasks already."""
    directory = Path(task.directory)
    await _lay(directory, task.room)
    server = task.user.partition(":")[2]
    settings = Settings.model_validate(
        {
            "matrix": {"homeserver": task.address, "user": task.user, "allow": [server]},
            "store": {"directory": directory},
            "languages": ["en", "fr"],
            "zone": "Europe/Paris",
            "limits": {"commands_per_minute": 1000},
        }
    )

    def progress(sentence: str) -> None:
        if sentence == "Connected.":
            ready()

    await app.run(settings, {"COMENIUS_PASSWORD": task.password}, progress)


async def _lay(directory: Path, room: str) -> None:
    store = FileStore(directory)
    async with store.hold(room) as held:
        held.room = document(TASKS, room=room, languages=("en", "fr"), now=app.clock())
        await held.commit()
    await store.close()


def client_of(address: str, user: str, directory: Path, *, encrypted: bool) -> AsyncClient:
    """Return nio's client; what encryption needs is kept in *directory*."""
    logging.getLogger("nio").setLevel(logging.ERROR)  # it tells of every session it lacks
    if not encrypted:
        return AsyncClient(address, user, config=AsyncClientConfig(encryption_enabled=False))
    directory.mkdir(parents=True, exist_ok=True)
    config = AsyncClientConfig(store=SqliteStore, encryption_enabled=True, pickle_key="bench")
    return AsyncClient(address, user, store_path=str(directory), config=config)


if __name__ == "__main__":
    asyncio.run(_serve(Task(**json.loads(sys.stdin.readline()))))
