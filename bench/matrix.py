"""What the Matrix door costs beside a bare nio echo bot, on one real Synapse in one run.

Both bots answer every message with its text, each in a process of its own; people speak one at a
time (round trip, CPU per event sent) and then all at once (how many are answered, counted from the
room's history on the server). The machine's noise hits both: compare the columns.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import uuid4

from nio import RoomMessageText
from nio.client.async_client import AsyncClient, AsyncClientConfig
from nio.store.database import SqliteStore

from bot.adapters.matrix import MatrixDoor, MatrixSettings
from bot.adapters.matrix.budget import Budget
from bot.adapters.synapse import Synapse
from bot.heard import Heard, Said
from bot.model.documents import Entry, Kind

PASSWORD = "of accounts that live as long as a run"  # noqa: S105
KINDS = ("nio", "door")
IN_FLIGHT = 8
QUIET_SECONDS = 10.0
"""After a flood: so long without a new answer means that no more will come."""


def run(quick: bool = False) -> dict[str, Any]:
    """Return the figures: times in milliseconds. Takes some 3 minutes, *quick* 1 minute."""
    turns, flood = (20, 60) if quick else (60, 400)
    with Synapse(name="bench.local") as synapse, tempfile.TemporaryDirectory() as top:
        return {
            f"{kind} {'encrypted' if encrypted else 'plain'}": asyncio.run(
                _measure(synapse, kind, Path(top), turns, flood, encrypted=encrypted)
            )
            for encrypted in (False, True)
            for kind in KINDS
        }


async def _measure(  # noqa: PLR0913 - a measurement has that many settings
    synapse: Synapse, kind: str, top: Path, turns: int, flood: int, *, encrypted: bool
) -> dict[str, Any]:
    name = f"{kind}{uuid4().hex[:8]}"
    user = synapse.register(name, PASSWORD)
    bot = Child(kind, synapse.address, name, top / name)
    person = await _log_in(synapse.address, _person(synapse), top / f"{name}-person")
    try:
        room = await _meet(person, user, encrypted=encrypted)
        await bot.command("cpu")  # it answers once it syncs
        await _say(person, room, "warm")
        await _answer(person, user, "warm")
        cpu, times = await bot.command("cpu"), []
        for number in range(turns):
            begin = time.perf_counter()
            await _say(person, room, f"turn {number}")
            await _answer(person, user, f"turn {number}")
            times.append((time.perf_counter() - begin) * 1000)
        cpu = await bot.command("cpu") - cpu
        answered = await _flood(person, room, user, flood)
        memory = await bot.command("memory")
    finally:
        await person.close()  # type: ignore[no-untyped-call]
        await bot.stop()
    cuts = quantiles(times, n=20)
    return {
        "round trip p50": round(cuts[9], 1),
        "round trip p95": round(cuts[18], 1),
        "CPU per event sent": round(cpu / turns * 1000, 1),
        "answered": f"{answered}/{flood}",
        "memory MB": round(memory),
    }


async def _flood(person: AsyncClient, room: str, user: str, count: int) -> int:
    """Say *count* things, 8 at a time; return how many the bot answered, counted on the server."""
    slots = asyncio.Semaphore(IN_FLIGHT)

    async def one(number: int) -> None:
        async with slots:
            await _say(person, room, f"flood {number}")

    await asyncio.gather(*(one(number) for number in range(count)))
    found, since = 0, time.monotonic()
    while found < count and time.monotonic() - since < QUIET_SECONDS:
        await asyncio.sleep(1)
        now = await _counted(person, room, user)
        if now > found:
            found, since = now, time.monotonic()
    return found


async def _counted(person: AsyncClient, room: str, user: str) -> int:
    await person.sync(0)
    answers: set[str] = set()
    start: str | None = ""
    while start is not None:
        page = await person.room_messages(room, start or person.next_batch, limit=500)
        for event in page.chunk:
            if event.sender == user and getattr(event, "body", "").startswith("flood "):
                answers.add(event.body)
        start = page.end if page.chunk else None
    return len(answers)


def _person(synapse: Synapse) -> str:
    return synapse.register(f"person{uuid4().hex[:8]}", PASSWORD)


async def _log_in(address: str, user: str, directory: Path) -> AsyncClient:
    directory.mkdir(parents=True)  # noqa: ASYNC240 - before anything is measured
    config = AsyncClientConfig(store=SqliteStore, encryption_enabled=True, pickle_key="bench")
    client = AsyncClient(address, user, store_path=str(directory), config=config)
    await client.login(PASSWORD)
    await client.sync(0)
    await client.keys_upload()
    return client


async def _meet(person: AsyncClient, user: str, *, encrypted: bool) -> str:
    content = {"algorithm": "m.megolm.v1.aes-sha2"}
    state = [{"type": "m.room.encryption", "state_key": "", "content": content}]
    made = await person.room_create(
        name="bench", invite=[user], initial_state=state if encrypted else []
    )
    while True:
        room = person.rooms.get(made.room_id)
        if room and user in room.users and not room.users[user].invited:
            break
        await person.sync(1000)
    return str(made.room_id)


async def _say(person: AsyncClient, room: str, body: str) -> None:
    content = {"msgtype": "m.text", "body": body, "m.mentions": {}}
    await person.room_send(room, "m.room.message", content, ignore_unverified_devices=True)


async def _answer(person: AsyncClient, user: str, body: str) -> None:
    """Sync until the bot's answer is there."""
    while True:
        answer = await person.sync(5000)
        for room in answer.rooms.join.values():
            for event in room.timeline.events:
                if event.sender == user and getattr(event, "body", "") == body:
                    return


class Child:
    """One echo bot in a process of its own."""

    def __init__(self, kind: str, address: str, name: str, directory: Path) -> None:
        """Start it; it answers `command` once it is syncing."""
        command = [sys.executable, "-m", "bench.matrix", kind, address, name, str(directory)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    async def command(self, word: str) -> float:
        """Return the seconds of CPU used so far, or the memory in use (MB)."""
        return float(await asyncio.to_thread(self._ask, word))

    def _ask(self, word: str) -> str:
        print(word, file=self._process.stdin, flush=True)
        return self._process.stdout.readline() if self._process.stdout else ""

    async def stop(self) -> None:
        """End it."""
        self._process.kill()
        await asyncio.to_thread(self._process.communicate)


async def _serve(kind: str, address: str, name: str, directory: Path) -> None:
    """Be an echo bot, and answer the parent's questions."""
    echo = {"nio": _bare, "door": _door}[kind]
    ready = asyncio.Event()
    running = asyncio.create_task(echo(address, name, directory, ready))
    await ready.wait()
    while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
        print(time.process_time() if word == "cpu" else _memory(), flush=True)
    running.cancel()


def _memory() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


async def _bare(address: str, name: str, directory: Path, ready: asyncio.Event) -> None:
    """Echo as nio's documentation would."""
    client = await _log_in(address, name, directory)

    async def said(room: Any, event: Any) -> None:
        if event.sender != client.user_id and event.source["content"]["msgtype"] == "m.text":
            content = {"msgtype": "m.notice", "body": event.body, "m.mentions": {}}
            await client.room_send(
                room.room_id, "m.room.message", content, ignore_unverified_devices=True
            )

    async def joins() -> None:
        while not client.invited_rooms:  # noqa: ASYNC110 - nio has no event for it
            await asyncio.sleep(0.05)
        await client.join(next(iter(client.invited_rooms)))

    client.add_event_callback(said, RoomMessageText)
    joining = asyncio.create_task(joins())
    ready.set()
    await client.sync_forever(30000, full_state=True)
    await joining


async def _door(address: str, name: str, directory: Path, ready: asyncio.Event) -> None:
    """Echo through the door."""
    settings = MatrixSettings(address, name, password=PASSWORD, allow=("*",))
    budget = Budget(rate=10_000, burst=10_000)
    door = MatrixDoor(settings, directory, lambda: datetime.now(UTC), budget=budget)

    async def hear(heard: Heard) -> None:
        if isinstance(heard, Said):
            entry = Entry(heard.event, Kind.NOTICE, heard.at, body=heard.body)
            await door.deliver(heard.room, entry)

    await door.open()
    ready.set()
    await door.run(hear)


if __name__ == "__main__":
    if len(sys.argv) > 3:
        asyncio.run(_serve(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])))
    else:
        print(json.dumps(run("--quick" in sys.argv), indent=2))
