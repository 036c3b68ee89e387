"""What reminders cost in CPU: the next one of a room, those of a window, and a year of downtime."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bench.figures import MILLI, Figure, figure, scaled, timed
from bench.heart import assistant
from bench.rooms import NOW, copies, document
from bot.assistant import Assistant
from bot.model import agenda
from bot.model.documents import RoomDocument
from bot.model.project import Project

TASKS = 200
YEAR = timedelta(days=365)


def run(*, quick: bool = False) -> list[Figure]:
    """Return the figures; takes some 5 seconds, *quick* 2."""
    turns = 20 if quick else 100
    room = document(TASKS)
    project = room.project
    windows = {"30 seconds": timedelta(seconds=30), "a day": timedelta(days=1), "a year": YEAR}
    figures = [
        figure(
            f"{TASKS} tasks, the next reminder",
            "ms",
            scaled(timed(lambda: project, lambda one: agenda.next_due(one, NOW), turns), MILLI),
        )
    ]
    for name, length in windows.items():
        until = NOW + length
        seconds = timed(lambda: project, _ringing(until), turns)
        count = len(agenda.due(project, NOW, until))
        what = f"{TASKS} tasks, all that rings in {name} ({count})"
        figures.append(figure(what, "ms", scaled(seconds, MILLI)))
    fresh = copies(room)
    heart = assistant()
    seconds = timed(fresh, lambda one: _catch_up(heart, one), turns // 2)
    figures.append(
        figure(f"{TASKS} tasks, back after a year, in words", "ms", scaled(seconds, MILLI))
    )
    return figures


def _ringing(until: datetime) -> Callable[[Project], object]:
    """Return what finds all that rings from now *until* then."""
    return lambda project: agenda.due(project, NOW, until)


def _catch_up(heart: Assistant, room: RoomDocument) -> None:
    """Ring what was missed in a year, and say it."""
    now = NOW + YEAR
    heart.remind(room, now)
    if not room.outbox:
        raise LookupError("nothing was due in a year")
    for entry in room.outbox:
        heart.put_into_words(room, entry, now)
