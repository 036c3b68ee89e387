"""Where bots are measured: a real Synapse, somebody who asks, and each bot in a room of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

from nio.client.async_client import AsyncClient

from bench.bots import client_of
from bench.child import ASKED, Child, Task, Used
from bench.figures import MILLI
from bot.adapters.synapse import Synapse

PASSWORD = "of accounts that live as long as a run"  # noqa: S105
PATIENCE = 20.0
"""Seconds until a question counts as unanswered."""
PAUSE_MILLISECONDS = 120
"""How long nothing may come before the next question is asked."""
IN_FLIGHT = 8
"""Messages on their way at the same moment."""
_JOIN_SECONDS = 60.0


@dataclass
class Side:
    """One bot, its room, and what was seen of it."""

    task: Task
    child: Child
    before: Used = field(default_factory=Used)
    after: Used = field(default_factory=Used)
    trips: list[float | None] = field(default_factory=list)
    """Seconds from asking to the answer, None where none came."""
    events: int = 0
    """What it sent into the room, of any kind."""

    @property
    def kind(self) -> str:
        """Return which bot it is."""
        return self.task.kind

    @property
    def room(self) -> str:
        """Return the id of its room."""
        return self.task.room

    @property
    def user(self) -> str:
        """Return its Matrix id."""
        return self.task.user

    @property
    def answered(self) -> list[float]:
        """Return the round trips that ended."""
        return [one for one in self.trips if one is not None]

    @property
    def cpu(self) -> float:
        """Return milliseconds of CPU per event that it sent."""
        return (self.after.cpu - self.before.cpu) / max(self.events, 1) * MILLI

    @property
    def inside(self) -> list[float]:
        """Return seconds from sync answer to request, of what was measured."""
        return self.after.inside[len(self.before.inside) :]

    @property
    def waits(self) -> list[float]:
        """Return the seconds of fsync in each of `inside`."""
        return self.after.waits[len(self.before.waits) :]

    @property
    def fsyncs(self) -> list[float]:
        """Return the seconds of each fsync, of what was measured."""
        return self.after.fsyncs[len(self.before.fsyncs) :]


@dataclass(frozen=True)
class Stage:
    """A homeserver, a place for files, and the client of the one who asks."""

    synapse: Synapse
    top: Path
    person: AsyncClient
    mark: str
    """What is measured: "plain" or "encrypted"."""

    @property
    def encrypted(self) -> bool:
        """Whether rooms are encrypted."""
        return bool(self.person.olm)

    async def room(self, name: str) -> str:
        """Make a room in which everybody may pin; return its id."""
        content = {"algorithm": "m.megolm.v1.aes-sha2"}
        state = [{"type": "m.room.encryption", "state_key": "", "content": content}]
        made = await self.person.room_create(
            name=name,
            initial_state=state if self.encrypted else [],
            power_level_override={"events": {"m.room.pinned_events": 0}},
        )
        return str(made.room_id)

    async def enter(self, kind: str, room: str, name: str) -> Side:
        """Start a bot, as user *name*, and invite it to *room*."""
        user = await asyncio.to_thread(self.synapse.register, name, PASSWORD)
        address, directory = self.synapse.address, str(self.top / name)
        task = Task(kind, address, user, PASSWORD, room, directory)
        side = Side(task, Child.start(task))
        try:
            await side.child.used()
            await self.person.room_invite(room, user)
        except BaseException:
            await side.child.stop()
            raise
        return side

    async def ask(self, room: str, body: str = ASKED) -> str:
        """Say *body*; return the id of the event. Raises RuntimeError if the server refuses it."""
        content = {"msgtype": "m.text", "body": body, "m.mentions": {}}
        answer = await self.person.room_send(
            room, "m.room.message", content, ignore_unverified_devices=True
        )
        if not hasattr(answer, "event_id"):
            raise RuntimeError(f"the server did not take a message: {answer}")
        return str(answer.event_id)

    async def all_there(self, sides: Sequence[Side]) -> None:
        """Wait until every bot is in its room, and has said what it says there at first.

        Raises TimeoutError, or ChildProcessError if one has ended.
        """
        end = monotonic() + _JOIN_SECONDS
        while any(not self._joined(side) for side in sides):
            if monotonic() > end:
                raise TimeoutError("a bot does not come")
            if any(side.child.ended for side in sides):
                raise ChildProcessError("a bot ended by itself")
            await self.person.sync(1000)
        await self.calm(sides, 1500)

    def _joined(self, side: Side) -> bool:
        room = self.person.rooms.get(side.room)
        return bool(room and side.user in room.users and not room.users[side.user].invited)

    async def calm(self, sides: Sequence[Side], milliseconds: int) -> None:
        """Sync until nothing has come from the bots for so long."""
        while True:
            answer = await self.person.sync(milliseconds)
            came = [sent(answer, side) for side in sides]
            if not any(came):
                return

    async def round_trip(self, side: Side) -> None:
        """Ask one bot, wait for its answer, then until nothing moves any more."""
        begun = perf_counter()
        await self.ask(side.room)
        trip = None
        while trip is None and perf_counter() - begun < PATIENCE:
            answer = await self.person.sync(2000)
            came = perf_counter()
            if any(_answers(event) for event in sent(answer, side)):
                trip = came - begun
        side.trips.append(trip)
        await self.calm([side], PAUSE_MILLISECONDS)

    async def say_all(self, room: str, lines: Iterable[str]) -> list[str]:
        """Say *lines*, 8 on their way at a time; return the ids of the questions among them."""
        todo, questions = iter(lines), []

        async def speak() -> None:
            for line in todo:
                event = await self.ask(room, line)
                if line == ASKED:
                    questions.append(event)

        await asyncio.gather(*(speak() for _ in range(IN_FLIGHT)))
        return questions


@asynccontextmanager
async def stage(synapse: Synapse, top: Path, *, encrypted: bool = False) -> AsyncIterator[Stage]:
    """Log somebody in who asks in plain or in encrypted rooms."""
    mark = "encrypted" if encrypted else "plain"
    name = await asyncio.to_thread(synapse.register, f"ana-{mark}", PASSWORD, shown="Ana")
    person = client_of(synapse.address, name, top / mark, encrypted=encrypted)
    try:
        await person.login(PASSWORD)
        await person.sync(0)
        if encrypted:
            await person.keys_upload()
        yield Stage(synapse, top, person, mark)
    finally:
        await person.close()  # type: ignore[no-untyped-call]


def sent(answer: Any, side: Side) -> list[Any]:
    """Return what one bot sent, and count it."""
    room = answer.rooms.join.get(side.room)
    events = [one for one in room.timeline.events if one.sender == side.user] if room else []
    side.events += len(events)
    return events


def _answers(event: Any) -> bool:
    return str(getattr(event, "body", "")).startswith("#14")
