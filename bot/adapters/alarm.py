"""The alarm: wakes the assistant for each room when something falls due there (DESIGN 5).

What is due is computed from the projects, so nothing is stored here. APScheduler carries one
wake-up for the earliest moment, and the nightly maintenance; never one job per reminder.
"""

# APScheduler 3 ships no types, so that each call of it would count as unchecked.
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from bot import faults

if TYPE_CHECKING:
    from bot.ports import Clock

TICK = 30.0
"""Seconds between two looks at the clock: it may have jumped, or the machine may have slept."""
AT_ONCE = 8
"""Rooms woken at the same time; the others wait their turn."""
RETRY = timedelta(minutes=1)
"""After this, a room whose waking failed is woken again."""
FARTHEST = timedelta(days=1)
"""No wake-up is planned for later: what is farther away than this is planned when it is nearer."""
EVERY_DAY = "mon-sun"
WAKE_UP = "wake-up"

logger = logging.getLogger(__name__)


class Heap:
    """Which room is due when; one moment per room. Knows no clock."""

    def __init__(self) -> None:
        """Begin with nothing due."""
        self._moments: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []

    def __len__(self) -> int:
        return len(self._moments)

    def __contains__(self, room: str) -> bool:
        return room in self._moments

    def set(self, room: str, moment: datetime | None) -> None:
        """Let *room* be due at *moment* (aware) instead of whenever it was; None = not at all."""
        if moment is None:
            self._moments.pop(room, None)
        elif self._moments.get(room) != moment:
            self._moments[room] = moment
            heapq.heappush(self._heap, (moment, room))
        if len(self._heap) > 2 * len(self._moments) + 64:  # mostly stale: make it anew
            self._heap = [(moment, room) for room, moment in self._moments.items()]
            heapq.heapify(self._heap)

    def first(self) -> datetime | None:
        """Return the earliest moment, None if nothing is due."""
        while self._heap and self._moments.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)  # set anew since, or taken out
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: datetime) -> list[str]:
        """Take out and return the rooms due at *now* or before, the earliest first."""
        rooms = []
        while (moment := self.first()) is not None and moment <= now:
            room = heapq.heappop(self._heap)[1]
            del self._moments[room]
            rooms.append(room)
        return rooms


class AlarmClock:
    """Calls *wake* for each room at its moment; see `ports.Alarm`."""

    def __init__(
        self,
        wake: Callable[[str], Awaitable[None]],
        clock: Clock,
        *,
        tick: float = TICK,
        at_once: int = AT_ONCE,
        retry: timedelta = RETRY,
    ) -> None:
        """Take what wakes a room, and the clock by which moments are meant.

        Look at the clock every *tick* seconds at the latest; wake *at_once* rooms at a time; wake
        a room again *retry* after its waking raised.
        """
        self._wake = wake
        self._clock = clock
        self._tick = tick
        self._at_once = at_once
        self._retry = retry
        self._heap = Heap()
        self._planned: datetime | None = None
        self._due: asyncio.Queue[str] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            # Late is better than never, once is enough, and never twice at the same time.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def set(self, room: str, moment: datetime | None) -> None:
        """Ring for *room* at *moment* (aware), replacing what was set; None = nothing due."""
        self._heap.set(room, moment)
        self._plan()

    def maintenance(
        self,
        name: str,
        hour: int,
        function: Callable[[], Awaitable[None]],
        *,
        days: str = EVERY_DAY,
    ) -> None:
        """Run *function* at *hour* (UTC) on *days*, as English day names: "mon-sun", "sun"."""

        async def run() -> None:
            try:
                await function()
            except Exception as error:  # noqa: BLE001 - it is tried again the next night
                faults.tell(logger, f"maintenance {name} failed", error)

        # Names, since the numbers of APScheduler begin with Monday and everybody else's do not.
        trigger = CronTrigger(hour=hour, day_of_week=days, timezone=UTC)
        self._scheduler.add_job(run, trigger, id=name, name=name, replace_existing=True)

    def start(self) -> None:
        """Begin to ring; needs a running loop."""
        self._tasks = [asyncio.create_task(self._work()) for _ in range(self._at_once)]
        self._tasks.append(asyncio.create_task(self._look_often()))
        self._scheduler.start()
        self._plan()

    async def stop(self) -> None:
        """Ring no more. A waking under way is cancelled: what it did not commit is due again."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
            await asyncio.sleep(0)  # it shuts down in the next round of the loop
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def _plan(self) -> None:
        """Hand over what is due; have us woken for what comes next, if that is not arranged yet.

        Never waits and never raises.
        """
        if not self._tasks:
            return
        now = self._clock()
        for room in self._heap.pop_due(now):
            self._due.put_nowait(room)
        first = self._heap.first()
        if first is None or (self._planned is not None and self._planned <= first):
            return  # waking too early does no harm, and plans anew
        self._planned = min(first, now + FARTHEST)
        # Ours may be another clock than the scheduler's; what counts is how long it is until then.
        when = datetime.now(UTC) + (self._planned - now)
        # An instance counts until the scheduler has heard of its end, which is after it has planned
        # the next; a date job that meets too many instances is dropped.
        self._scheduler.add_job(
            self._ring,
            DateTrigger(when, timezone=UTC),
            id=WAKE_UP,
            max_instances=3,
            replace_existing=True,
        )

    async def _ring(self) -> None:
        """Do what there is to do now."""
        self._planned = None
        self._plan()

    async def _look_often(self) -> None:
        """Look at the clock by the loop's own time, which no jump of the clock can stop."""
        while True:
            await asyncio.sleep(self._tick)
            self._scheduler.wakeup()
            await self._ring()

    async def _work(self) -> None:
        """Wake one room after the other."""
        while True:
            room = await self._due.get()
            try:
                await self._wake(room)
            except Exception as error:  # noqa: BLE001 - a mistake in one room stops no other
                faults.tell(logger, "a room could not be woken; it will be tried again", error)
                if room not in self._heap:  # else the waking set it anew before it failed
                    self.set(room, self._clock() + self._retry)
