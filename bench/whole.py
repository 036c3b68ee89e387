"""What Comenius costs beside a bare nio bot: both answer `!14`, on one real Synapse, in turns.

Each bot has a process and a room of its own: the bare ones, whose answer is fixed, Comenius, and
Comenius with fsync left out, which is how "net of fsync" is measured rather than computed. One
person asks them in turns, in a new order each round, so that the noise of the machine hits all.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

from nio.client.async_client import AsyncClient

from bench.bots import ASKED, DISKLESS, KINDS, PLAIN, SEALING, WHOLE, Child, Task, Used, client_of
from bench.figures import MILLI, Figure, figure, percentiles, scaled
from bot.adapters.synapse import Synapse

PASSWORD = "of accounts that live as long as a run"  # noqa: S105
WARM = 4
"""Rounds that are not counted: Comenius is careful with a server that it does not know yet."""
PATIENCE = 20.0
"""Seconds until a question counts as unanswered."""
PAUSE_MILLISECONDS = 120
"""How long nothing may come before the next question is asked."""


@dataclass
class Side:
    """One bot, its room, and what was seen of it."""

    kind: str
    user: str
    room: str
    child: Child
    before: Used = field(default_factory=Used)
    after: Used = field(default_factory=Used)
    trips: list[float | None] = field(default_factory=list)
    """Seconds from asking to the answer, None where none came."""
    events: int = 0
    """What it sent into the room, of any kind."""

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
    def computed(self) -> list[float]:
        """Return the same without the fsyncs in it."""
        waits = self.after.waits[len(self.before.waits) :]
        return [one - wait for one, wait in zip(self.inside, waits, strict=True)]

    @property
    def fsyncs(self) -> list[float]:
        """Return the seconds of each fsync, of what was measured."""
        return self.after.fsyncs[len(self.before.fsyncs) :]


def run(*, quick: bool = False) -> list[Figure]:
    """Return the figures; takes up to 3 minutes, *quick* 35 seconds."""
    with Synapse(name="bench.local") as synapse, tempfile.TemporaryDirectory() as top:
        rounds, seconds = (10, 12) if quick else (100, 90)
        figures = _figures("plain", asyncio.run(_measure(synapse, Path(top), rounds, seconds)))
        if not quick:
            secret = asyncio.run(_measure(synapse, Path(top), 40, 40, encrypted=True))
            figures += _figures("encrypted", secret)
    return figures


async def _measure(
    synapse: Synapse, top: Path, rounds: int, seconds: float, *, encrypted: bool = False
) -> list[Side]:
    """Ask every bot *rounds* times, but for no longer than so many *seconds*."""
    mark = "secret" if encrypted else "plain"
    name = synapse.register(f"ana-{mark}", PASSWORD, shown="Ana")
    person = client_of(synapse.address, name, top / name, encrypted=encrypted)
    sides: list[Side] = []
    try:
        await person.login(PASSWORD)
        await person.sync(0)
        if encrypted:
            await person.keys_upload()
        for number, kind in enumerate(KINDS[1:] if encrypted else KINDS):
            sides.append(await _side(synapse, person, kind, top, f"{mark}{number}"))
        await _all_there(person, sides)
        await _rounds(person, sides, WARM, seconds / 2)
        for side in sides:
            side.before = await side.child.used()
            side.trips, side.events = [], 0
        await _rounds(person, sides, rounds, seconds)
        await _calm(person, sides, 2000)  # what is written later belongs to it, too
        for side in sides:
            side.after = await side.child.used()
    finally:
        for side in sides:
            await side.child.stop()
        await person.close()  # type: ignore[no-untyped-call]
    return sides


async def _rounds(person: AsyncClient, sides: list[Side], rounds: int, seconds: float) -> None:
    """Ask each bot once in every round."""
    chance, end = random.Random(14), monotonic() + seconds  # noqa: S311 - the same each time
    for _ in range(rounds):
        if monotonic() > end:
            break
        for side in chance.sample(sides, len(sides)):
            await _ask(person, side)


async def _side(synapse: Synapse, person: AsyncClient, kind: str, top: Path, name: str) -> Side:
    """Make a room, and start a bot that is invited to it."""
    user = await asyncio.to_thread(synapse.register, name, PASSWORD)
    content = {"algorithm": "m.megolm.v1.aes-sha2"}
    state = [{"type": "m.room.encryption", "state_key": "", "content": content}]
    encrypted = bool(person.olm)
    made = await person.room_create(
        name=kind,
        initial_state=state if encrypted else [],
        power_level_override={"events": {"m.room.pinned_events": 0}},
    )
    directory = str(top / name)
    task = Task(kind, synapse.address, user, PASSWORD, made.room_id, directory)
    side = Side(kind, user, made.room_id, Child.start(task))
    await side.child.used()
    await person.room_invite(side.room, user)
    return side


async def _all_there(person: AsyncClient, sides: list[Side]) -> None:
    """Wait until every bot is in its room, and has said what it says there at first."""
    end = monotonic() + 60
    while any(not _joined(person, side) for side in sides):
        if monotonic() > end:
            raise TimeoutError("a bot does not come")
        await person.sync(1000)
    await _calm(person, sides, 1500)


def _joined(person: AsyncClient, side: Side) -> bool:
    room = person.rooms.get(side.room)
    return bool(room and side.user in room.users and not room.users[side.user].invited)


async def _ask(person: AsyncClient, side: Side) -> None:
    """Ask one bot, wait for its answer, then until nothing moves any more."""
    content = {"msgtype": "m.text", "body": ASKED, "m.mentions": {}}
    begun = perf_counter()
    await person.room_send(side.room, "m.room.message", content, ignore_unverified_devices=True)
    trip = None
    while trip is None and perf_counter() - begun < PATIENCE:
        answer = await person.sync(2000)
        came = perf_counter()
        if any(_answers(event) for event in _sent(answer, side)):
            trip = came - begun
    side.trips.append(trip)
    await _calm(person, [side], PAUSE_MILLISECONDS)


async def _calm(person: AsyncClient, sides: list[Side], milliseconds: int) -> None:
    """Sync until nothing has come for so long."""
    while any([_sent(await person.sync(milliseconds), side) for side in sides]):
        pass


def _sent(answer: Any, side: Side) -> list[Any]:
    """Return what one bot sent, and count it."""
    room = answer.rooms.join.get(side.room)
    events = [one for one in room.timeline.events if one.sender == side.user] if room else []
    side.events += len(events)
    return events


def _answers(event: Any) -> bool:
    return str(getattr(event, "body", "")).startswith("#14")


def _figures(mark: str, sides: list[Side]) -> list[Figure]:
    """Return what each bot needed, and then what is between them."""
    figures = [one for side in sides for one in _alone(f"{mark}, {side.kind}", side)]
    by_kind = {side.kind: side for side in sides}
    whole = by_kind[WHOLE]
    figures += [
        figure(f"{mark}, {WHOLE}: inside, fsync subtracted", "ms", scaled(whole.computed, MILLI)),
        figure(f"{mark}, {WHOLE}: one fsync", "ms", scaled(whole.fsyncs, MILLI)),
        Figure(
            f"{mark}, {WHOLE}: fsyncs per question",
            "",
            len(whole.trips),
            len(whole.fsyncs) / len(whole.trips),
        ),
    ]
    for kind in (WHOLE, DISKLESS):
        for bare in (PLAIN, SEALING):
            if bare in by_kind:
                figures += _between(mark, by_kind[kind], by_kind[bare])
    return figures


def _alone(name: str, side: Side) -> list[Figure]:
    n = len(side.trips)
    return [
        figure(f"{name}: round trip", "ms", scaled(side.answered, MILLI)),
        figure(f"{name}: inside, from sync to send", "ms", scaled(side.inside, MILLI)),
        Figure(f"{name}: CPU per event sent", "ms", side.events, side.cpu),
        Figure(f"{name}: events sent per question", "", n, side.events / n),
        Figure(f"{name}: answered, of n asked", "", n, len(side.answered)),
        Figure(f"{name}: memory", "MB", 1, side.after.memory),
    ]


def _between(mark: str, side: Side, bare: Side) -> list[Figure]:
    """Return what *side* needs more than *bare*. The aims hold without what the disk takes."""
    less, net = f"{mark}, {side.kind} − {bare.kind}", side.kind == DISKLESS
    ratio = side.cpu / bare.cpu
    shown = f"{mark}, {side.kind} ÷ {bare.kind}: CPU per event"
    return [
        _added(f"{less}: inside", side.inside, bare.inside),
        _added(f"{less}: round trip", side.answered, bare.answered, "p95 ≤ 5" if net else ""),
        _paired(f"{less}: round trip, by pairs", side, bare),
        Figure(shown, "×", side.events, ratio, aim="≤ 1.5" if net else ""),
    ]


def _added(what: str, times: list[float], bare: list[float], aim: str = "") -> Figure:
    """Return by how much the percentiles of *times* lie above those of *bare*."""
    (p50, p95), (bare_p50, bare_p95) = percentiles(times), percentiles(bare)
    n = len(times)
    return Figure(what, "ms", n, (p50 - bare_p50) * MILLI, (p95 - bare_p95) * MILLI, aim)


def _paired(what: str, side: Side, bare: Side) -> Figure:
    """Return the differences within each round: what slows a whole round down falls out."""
    pairs = zip(side.trips, bare.trips, strict=True)
    differences = [(one - other) * MILLI for one, other in pairs if one and other]
    return figure(what, "ms", differences)


if __name__ == "__main__":
    for one in run(quick="--quick" in sys.argv):
        print(one)
