"""The watchdog: notices that the loop makes no progress, and where it stands."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from bot.faults import DEEPEST, facts
from bot.vitals import Vitals

_log = logging.getLogger(__name__)
STILL = 300.0
"""Seconds without an answer to a sync and without a failed one after which the loop is stuck."""
AT_FIRST = 600.0
"""The same before the first answer: that one may bring years of rooms."""
PACE = 10.0
"""Seconds between two looks."""
MOST_PLACES = 10
"""Places that are told when the loop is stuck, those with most tasks first."""
_FRAMES = ("cr_frame", "gi_frame", "ag_frame")
_AWAITED = ("cr_await", "gi_yieldfrom", "ag_await")


class Watchdog:
    """Judges by signs of life; knows no clock."""

    def __init__(self, vitals: Vitals) -> None:
        """Watch what is counted in *vitals*."""
        self._vitals = vitals
        self._signs = self._read()
        self._looked: float | None = None
        self._quiet = 0.0
        self.stuck = False
        """Whether there was no sign of life for too long."""

    def look(self, now: float) -> bool:
        """Look at *now* (monotonic seconds); return whether the loop is stuck.

        Time in which nobody looked does not count: then the whole process stood still, or the
        machine slept, and what came meanwhile is still to be dealt with.
        """
        passed = 0.0 if self._looked is None else min(now - self._looked, 2 * PACE)
        self._looked = now
        signs = self._read()
        self._quiet = 0.0 if signs != self._signs else self._quiet + passed
        self._signs = signs
        self.stuck = self._quiet >= (STILL if self._vitals.syncs else AT_FIRST)
        return self.stuck

    def _read(self) -> tuple[float, ...]:
        """Return what changes as long as the loop runs, also while it works off an outage."""
        now = self._vitals
        return (now.beats, now.syncs, now.failed_syncs, now.heard, now.store_full)


async def watch(
    watchdog: Watchdog,
    clock: Callable[[], float],
    alive: Callable[[], None],
    stuck: Callable[[], None],
    pace: float = PACE,
) -> None:
    """Look every *pace* seconds by the monotonic *clock*, until cancelled.

    Each time there is progress, *alive* is called; *stuck* once when there is none any more,
    after it was logged where all tasks stand.
    """
    while True:
        was = watchdog.stuck
        if not watchdog.look(clock()):
            alive()
        elif not was:
            _log.critical("the loop makes no progress", extra=facts(tasks=standing()))
            stuck()
        if was and not watchdog.stuck:
            _log.warning("the loop goes on")
        await asyncio.sleep(pace)


def standing() -> str:
    """Return where the tasks of the running loop stand: only files and lines."""
    here = asyncio.current_task()
    found = Counter(places_of(task.get_coro()) for task in asyncio.all_tasks() if task is not here)
    told = [f"{count}x {places}" for places, count in found.most_common(MOST_PLACES)]
    return "; ".join(told)


def places_of(waiting: Any) -> str:
    """Return what *waiting* (a coroutine, or what one awaits) stands in, the innermost first."""
    places: list[str] = []
    while waiting is not None:
        frame = _first(waiting, _FRAMES)
        if frame is not None:
            file = frame.f_code.co_filename.rpartition("/")[2]
            places.append(f"{file}:{frame.f_lineno}")
        waiting = _first(waiting, _AWAITED)
    return " < ".join(reversed(places[-DEEPEST:])) or "nowhere"


def _first(waiting: Any, names: tuple[str, ...]) -> Any:
    """Return the first attribute of *waiting* among *names*, None if it has none of them."""
    return next((getattr(waiting, name) for name in names if hasattr(waiting, name)), None)
