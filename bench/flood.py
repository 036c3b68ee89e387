"""What each bot makes of a class that types all at once: 400 commands, 8 at a time."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from bench.child import ASKED
from bench.figures import MILLI, Figure
from bench.stage import Side, Stage
from bench.tally import Tally, distinct, doubled, per_second
from bench.trips import cpu_aim


async def flood(
    stage: Stage, sides: Sequence[Side], commands: int, patience: float
) -> list[Figure]:
    """Flood one bot after the other, each in its room; all have answered something before.

    So many seconds of *patience* without an answer mean that no more will come.
    """
    return [one for side in sides for one in await _flood(stage, side, commands, patience)]


async def _flood(stage: Stage, side: Side, commands: int, patience: float) -> list[Figure]:
    tally = await Tally.begin(stage, side.room)
    before = await side.child.used()
    begun = perf_counter()
    questions = await stage.say_all(side.room, [ASKED] * commands)
    asked = perf_counter() - begun
    answers = await tally.until_answered(side, questions, patience)
    after = await side.child.used()
    sent = sum(one.sender == side.user for one in tally.events)
    cpu = (after.cpu - before.cpu) / max(sent, 1) * MILLI
    name = f"{stage.mark} flood, {side.kind}"
    return [
        Figure(f"{name}: answered, of n asked", "", commands, distinct(answers), aim="all"),
        Figure(f"{name}: said twice", "", commands, doubled(answers), aim="0"),
        Figure(f"{name}: asked", "per s", commands, commands / asked),
        Figure(f"{name}: answers", "per s", len(answers), per_second(answers)),
        Figure(f"{name}: CPU per event sent", "ms", sent, cpu, aim=cpu_aim(name, side.kind)),
        Figure(f"{name}: memory afterwards", "MB", 1, after.memory),
    ]
