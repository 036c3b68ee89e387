"""What each bot makes of 500 events that came while it was away, 100 of them commands.

It ends in good order, so that it can keep its place; then all is said at once, and it is started.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter, time

from bench.child import ASKED, WHOLE, Child
from bench.figures import Figure, figure
from bench.stage import Side, Stage
from bench.tally import Tally, distinct, doubled, per_second

EACH = 5
"""Of so many events one is a command."""
_ONE_BY_ONE = 40
"""Events that the bare sender sends one after the other, as a bot answers in one room."""


@dataclass(frozen=True)
class _Absence:
    """What was said while a bot was away, and how fast the server took it, in events a second."""

    questions: list[str]
    one_by_one: float
    at_once: float


async def outage(stage: Stage, sides: Sequence[Side], events: int, patience: float) -> list[Figure]:
    """Let each bot leave, say so many *events*, let it come back.

    So many seconds of *patience* without an answer mean that no more will come.
    """
    figures: list[Figure] = []
    absences: list[_Absence] = []
    for side in sides:
        await side.child.stop()
        tally = await Tally.begin(stage, side.room)
        absence = await _say(stage, side.room, events)
        absences.append(absence)
        figures += await _back(side, tally, absence, patience)
    name = f"{stage.mark} outage, a bare sender"
    one_by_one = [one.one_by_one for one in absences]
    return [
        *figures,
        figure(f"{name}, one after the other", "per s", one_by_one),
        figure(f"{name}, 8 at a time", "per s", [one.at_once for one in absences]),
    ]


async def _say(stage: Stage, room: str, events: int) -> _Absence:
    """Fill the room, at first one after the other."""
    lines = [ASKED if n % EACH == 0 else f"Has anybody seen number {n}?" for n in range(events)]
    first, rest = lines[:_ONE_BY_ONE], lines[_ONE_BY_ONE:]
    begun = perf_counter()
    said = [(line, await stage.ask(room, line)) for line in first]
    turned = perf_counter()
    questions = await stage.say_all(room, rest)
    ended = perf_counter()
    return _Absence(
        [event for line, event in said if line == ASKED] + questions,
        len(first) / (turned - begun),
        len(rest) / (ended - turned),
    )


async def _back(side: Side, tally: Tally, absence: _Absence, patience: float) -> list[Figure]:
    """Start a bot again, and count what it answers."""
    questions, begun = absence.questions, time()
    side.child = Child.start(side.task)
    await side.child.used()
    ready = time()
    answers = await tally.until_answered(side, questions, patience)
    name, n = f"{tally.stage.mark} outage, {side.kind}", len(questions)
    speed = per_second(answers)
    last = max((one.at for one in answers), default=float("nan"))
    figures = [
        Figure(f"{name}: answered, of n asked", "", n, distinct(answers), aim="all"),
        Figure(f"{name}: said twice", "", n, doubled(answers), aim="0"),
        Figure(f"{name}: from start to logged in", "s", 1, ready - begun),
        Figure(f"{name}: from there to the last answer", "s", 1, last - ready),
        Figure(f"{name}: answers", "per s", len(answers), speed),
    ]
    if side.kind == WHOLE:
        what = f"{name}: answers ÷ a bare sender, one after the other"
        ratio = speed / absence.one_by_one
        figures.append(Figure(what, "×", len(answers), ratio, aim="about 1"))
    return figures
