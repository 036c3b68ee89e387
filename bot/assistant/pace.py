"""The pace of people: how many commands of one person are done within a minute."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
MOST_PEOPLE = 1000
"""Beyond so many, those who were silent for a minute are forgotten."""


class Pace:
    """Counts commands, in memory: a restart forgives."""

    def __init__(self, most: int) -> None:
        """Allow *most* commands a minute."""
        self._most = most
        self._times: dict[str, deque[datetime]] = {}

    def is_full(self, user: str, now: datetime) -> bool:
        """Tell whether *user* has had all their commands of the last minute."""
        times = self._times.setdefault(user, deque())
        while times and now - times[0] >= MINUTE:
            times.popleft()
        return len(times) >= self._most

    def is_too_much(self, user: str, now: datetime) -> bool:
        """Count a command of *user*; True if it is one too many, and does not count."""
        if self.is_full(user, now):
            return True
        self._times[user].append(now)
        if len(self._times) > MOST_PEOPLE:
            kept = self._times.items()
            self._times = {one: times for one, times in kept if times and now - times[-1] < MINUTE}
        return False
