"""What one answer costs: the round trip, CPU and memory of each bot, asked in turns."""

from __future__ import annotations

import random
from collections.abc import Sequence
from time import monotonic

from bench.child import DISKLESS, PLAIN, SEALING, SIMPLE, WHOLE
from bench.figures import MILLI, Figure, figure, percentiles, scaled
from bench.stage import Side, Stage

WARM = 4
"""Rounds that are not counted: Comenius is careful with a server that it does not know yet."""
ADDED = 1.10
"""Times the round trip of a bare bot, and one fsync: so long may that of Comenius be."""


async def measure(stage: Stage, sides: Sequence[Side], rounds: int, seconds: float) -> None:
    """Ask every bot *rounds* times, but for no longer than so many *seconds*."""
    await _rounds(stage, sides, WARM, seconds / 2)
    for side in sides:
        side.before = await side.child.used()
        side.trips, side.events = [], 0
    await _rounds(stage, sides, rounds, seconds)
    await stage.calm(sides, 2000)  # what is written later belongs to it, too
    for side in sides:
        side.after = await side.child.used()


async def _rounds(stage: Stage, sides: Sequence[Side], rounds: int, seconds: float) -> None:
    """Ask each bot once in every round, in a new order."""
    chance, end = random.Random(14), monotonic() + seconds  # noqa: S311 - the same each time
    for _ in range(rounds):
        if monotonic() > end:
            break
        for side in chance.sample(sides, len(sides)):
            await stage.round_trip(side)


def figures(mark: str, sides: Sequence[Side]) -> list[Figure]:
    """Return what each bot needed, and then what is between them."""
    found = [one for side in sides for one in _alone(f"{mark}, {side.kind}", side)]
    by_kind = {side.kind: side for side in sides}
    whole = by_kind[WHOLE]
    name = f"{mark}, {WHOLE}"
    computed = [one - wait for one, wait in zip(whole.inside, whole.waits, strict=True)]
    count = len(whole.trips)
    found += [
        figure(f"{name}: inside, fsync subtracted", "ms", scaled(computed, MILLI)),
        figure(f"{name}: one fsync", "ms", scaled(whole.fsyncs, MILLI)),
        figure(f"{name}: fsync from sync to send", "ms", scaled(whole.waits, MILLI)),
        Figure(f"{name}: fsyncs per question", "", count, len(whole.fsyncs) / max(count, 1)),
    ]
    for bare in (PLAIN, SEALING, SIMPLE):
        if bare in by_kind:
            found += _beside(mark, whole, by_kind[bare])
    for bare in (PLAIN, SEALING):
        if bare in by_kind and DISKLESS in by_kind:
            found += _net(mark, by_kind[DISKLESS], by_kind[bare])
    return found


def _alone(name: str, side: Side) -> list[Figure]:
    n = len(side.trips)
    return [
        figure(f"{name}: round trip", "ms", scaled(side.answered, MILLI)),
        figure(f"{name}: inside, from sync to send", "ms", scaled(side.inside, MILLI)),
        Figure(
            f"{name}: CPU per event sent",
            "ms",
            side.events,
            side.cpu,
            aim=cpu_aim(name, side.kind),
        ),
        Figure(f"{name}: events sent per question", "", n, side.events / max(n, 1)),
        Figure(f"{name}: answered, of n asked", "", n, len(side.answered), aim="all"),
        Figure(f"{name}: memory", "MB", 1, side.after.memory),
    ]


def cpu_aim(name: str, kind: str) -> str:
    """Return what CPU per event is to be below: of Comenius, in encrypted rooms."""
    return "≤ 30" if kind == WHOLE and name.startswith("encrypted") else ""


def _beside(mark: str, whole: Side, bare: Side) -> list[Figure]:
    """Return how Comenius, disk and all, stands to another bot; the aims are those of issue 4."""
    p50, p95 = percentiles(whole.answered)
    bare_p50, bare_p95 = percentiles(bare.answered)
    one, _ = percentiles(whole.fsyncs)
    allowed = bare_p50 * ADDED + one, bare_p95 * ADDED + one
    name, n = f"{mark}, {whole.kind} ÷", len(whole.trips)
    ratio, asked = whole.cpu / bare.cpu, bare.kind != SIMPLE
    return [
        Figure(
            f"{name} ({ADDED:.2f} × {bare.kind} + one fsync): round trip",
            "×",
            n,
            p50 / allowed[0],
            p95 / allowed[1],
            "p50 ≤ 1" if asked else "",
        ),
        _paired(f"{mark}, {whole.kind} − {bare.kind}: round trip, by pairs", whole, bare),
        _added(f"{mark}, {whole.kind} − {bare.kind}: inside", whole.inside, bare.inside),
        Figure(
            f"{name} {bare.kind}: CPU per event",
            "×",
            whole.events,
            ratio,
            aim="≤ 1.5" if asked else "",
        ),
    ]


def _net(mark: str, side: Side, bare: Side) -> list[Figure]:
    """Return what *side*, which waits for no disk, needs more than *bare*."""
    less = f"{mark}, {side.kind} − {bare.kind}"
    return [
        _added(f"{less}: inside", side.inside, bare.inside),
        _added(f"{less}: round trip", side.answered, bare.answered, "p95 ≤ 5"),
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
