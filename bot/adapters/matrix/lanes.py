"""Owns the order of work: one queue per room, rooms side by side, none longer than it may be."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.faults import where

_log = logging.getLogger(__name__)
_AT_ONCE = 32
"""Rooms worked on at the same moment."""
_MOST = 20_000
"""Events that may wait, in all rooms together; then no more are fetched."""
_ATTEMPTS = 3
_SLOW_SECONDS = 60.0


@dataclass(frozen=True)
class Job:
    """What is to be done in a room, once all before it is done."""

    work: Callable[[], Awaitable[None]]
    done: Callable[[], None]
    """Called when it is over, well or not."""
    size: int = 1
    """Events in it."""


@dataclass
class _Lane:
    """The queue of one room."""

    jobs: deque[Job] = field(default_factory=deque)
    waiting: int = 0
    """Events in `jobs`, and in the job that is being worked on."""
    since: float | None = None
    """When the job at work was begun (monotonic)."""


class Lanes:
    """Works in order within a room and in parallel across rooms."""

    def __init__(self, at_once: int = _AT_ONCE, most: int = _MOST) -> None:
        """Work on *at_once* rooms; ask for a pause once *most* events wait."""
        self._slots = asyncio.Semaphore(at_once)
        self._most = most
        self._lanes: dict[str, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._moved = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Return how many events wait or are being dealt with."""
        return sum(lane.waiting for lane in self._lanes.values())

    @property
    def slow(self) -> int:
        """Return how many rooms have been at the same job for longer than a minute."""
        now = time.monotonic()
        begun = [lane.since for lane in self._lanes.values() if lane.since is not None]
        return sum(now - since > _SLOW_SECONDS for since in begun)

    def load(self, room: str) -> int:
        """Return how many events of *room* wait or are being dealt with."""
        lane = self._lanes.get(room)
        return lane.waiting if lane else 0

    def idle(self, room: str) -> bool:
        """Tell whether nothing of *room* waits or is at work."""
        return room not in self._lanes

    def add(self, room: str, job: Job) -> None:
        """Put *job* behind all else of *room*."""
        lane = self._lanes.get(room)
        if lane is None:
            lane = self._lanes[room] = _Lane()
            task = asyncio.create_task(self._work(room, lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        lane.jobs.append(job)
        lane.waiting += job.size

    async def room_for_more(self) -> None:
        """Return once fewer events wait than may."""
        while self.waiting >= self._most:
            self._moved.clear()
            await self._moved.wait()

    async def close(self) -> None:
        """Stop; what was not done is not done."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lanes.clear()

    async def _work(self, room: str, lane: _Lane) -> None:
        while lane.jobs:
            job = lane.jobs.popleft()
            async with self._slots:
                lane.since = time.monotonic()
                await _attempt(job)
                lane.since = None
            lane.waiting -= job.size
            self._moved.set()
            if not lane.jobs:
                del self._lanes[room]
            job.done()


async def _attempt(job: Job) -> None:
    """Do *job*; a mistake of ours is tried again, then left behind: it must not stop the room."""
    for attempt in range(_ATTEMPTS):
        try:
            await job.work()
        except Exception as error:  # noqa: BLE001 - see above
            _log.error("a room's batch failed, attempt %d: %s", attempt + 1, where(error))
            await asyncio.sleep(attempt)
        else:
            return
