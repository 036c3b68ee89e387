"""What Comenius costs, and what it holds out, beside what a user would pick instead.

All on one real Synapse in one run, in turns: bots that answer `!14`, with bare nio, with
simplematrixbotlib, and Comenius; the fourth is Comenius with fsync left out, which is how "net of
fsync" is measured rather than computed. Each has a process and a room of its own, and one person
asks them, in a new order each round, so that the noise of the machine hits all.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import flood, outage, peers, trips
from bench.child import DISKLESS, PLAIN, SEALING, SIMPLE, WHOLE
from bench.figures import Figure
from bench.stage import Side, Stage, stage
from bot.adapters.synapse import Synapse

_CLEAR = (PLAIN, SEALING, SIMPLE, WHOLE, DISKLESS)
_SEALED = (SEALING, SIMPLE, WHOLE, DISKLESS)
"""The first of the others cannot read encrypted rooms."""


@dataclass(frozen=True)
class Effort:
    """How much is asked, and of whom."""

    rounds: int
    seconds: float
    """How long all rounds may take."""
    flooded: Sequence[str]
    commands: int
    """In each flood."""
    away: Sequence[str]
    """Those that are sent away, to come back."""
    events: int
    """In each outage."""
    patience: float = 5.0
    """Seconds without an answer that mean that no more will come."""


_QUICK = Effort(4, 8, (PLAIN, WHOLE), 40, (PLAIN, WHOLE), 60, 2.0)
_THOROUGH = Effort(40, 60, (PLAIN, SIMPLE, WHOLE), 400, (PLAIN, SIMPLE, WHOLE), 500)
_SECRET = Effort(25, 40, (SEALING, SIMPLE, WHOLE), 400, (WHOLE,), 500)


async def _compare(where: Stage, kinds: Sequence[str], effort: Effort) -> list[Figure]:
    """Ask the bots in turns; then flood one after the other, and send one after the other away."""
    sides: list[Side] = []
    try:
        await asyncio.gather(*(_enter(where, kind, sides) for kind in kinds))
        sides.sort(key=lambda side: kinds.index(side.kind))
        await where.all_there(sides)
        await trips.measure(where, sides, effort.rounds, effort.seconds)
        found = trips.figures(where.mark, sides)
        flooded = [side for side in sides if side.kind in effort.flooded]
        found += await flood.flood(where, flooded, effort.commands, effort.patience)
        away = [side for side in sides if side.kind in effort.away]
        found += await outage.outage(where, away, effort.events, effort.patience)
    finally:
        await asyncio.gather(*(side.child.stop() for side in sides))
    return found


async def _enter(where: Stage, kind: str, sides: list[Side]) -> None:
    name = kind.lower().replace(" ", "-").replace(",", "")
    room = await where.room(kind)
    sides.append(await where.enter(kind, room, f"{name}-{where.mark}"))


async def _run(synapse: Synapse, top: Path, *, quick: bool) -> list[Figure]:
    there = await asyncio.to_thread(peers.fetched)
    wanted = {PLAIN, SEALING, WHOLE, DISKLESS} | ({SIMPLE} if there else set())
    if not there:
        print(f"{SIMPLE} could not be fetched: the others are measured.", file=sys.stderr)
    clear, sealed = ([kind for kind in kinds if kind in wanted] for kinds in (_CLEAR, _SEALED))
    async with stage(synapse, top) as where:
        found = await _compare(where, clear, _QUICK if quick else _THOROUGH)
    if not quick:
        async with stage(synapse, top, encrypted=True) as where:
            found += await _compare(where, sealed, _SECRET)
    return found


def run(*, quick: bool = False) -> list[Figure]:
    """Return the figures; takes 5 minutes, *quick* 40 seconds."""
    with Synapse(name="bench.local") as synapse, tempfile.TemporaryDirectory() as top:
        return asyncio.run(_run(synapse, Path(top), quick=quick))


if __name__ == "__main__":
    for one in run(quick="--quick" in sys.argv):
        print(one)
