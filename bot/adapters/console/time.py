"""A clock that stands still until it is moved, and the alarm that goes with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.adapters.alarm import Heap


class StandingClock:
    """Time for tests, stories and demos: every due moment is played at its own time."""

    def __init__(self, now: datetime) -> None:
        """Stand at *now* (aware)."""
        self.now = now
        self.heap = Heap()

    def __call__(self) -> datetime:
        """Return the present moment."""
        return self.now

    def set(self, room: str, moment: datetime | None) -> None:
        """Ring for *room* at *moment*; see `ports.Alarm`."""
        self.heap.set(room, moment)

    async def move(self, until: datetime, wake: Callable[[str], Awaitable[None]]) -> None:
        """Let time pass until *until*, waking each room at its moments."""
        zone = self.now.tzinfo
        while (first := self.heap.first()) is not None and first <= until:
            self.now = max(self.now, first.astimezone(zone))
            for room in self.heap.pop_due(self.now):
                await wake(room)
        self.now = max(self.now, until.astimezone(zone))
