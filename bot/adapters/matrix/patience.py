"""Owns how long to wait before trying again."""

from __future__ import annotations

import asyncio
import random


class Patience:
    """Pauses that double from *first* to *most* seconds, with jitter, until `reset`."""

    def __init__(self, first: float = 1.0, most: float = 60.0) -> None:
        self._first = first
        self._most = most
        self._failures = 0

    def reset(self) -> None:
        """Begin anew: it worked."""
        self._failures = 0

    def next(self, at_least: float | None = None) -> float:
        """Count a failure and return the seconds to wait, never less than *at_least*."""
        full = min(self._first * 2.0 ** min(self._failures, 30), self._most)
        self._failures += 1
        # jitter, so that many bots do not come back in step after an outage
        pause = full * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
        return max(pause, at_least or 0.0)

    async def pause(self, at_least: float | None = None) -> float:
        """Count a failure, sleep, return how long it was."""
        seconds = self.next(at_least)
        await self.sleep(seconds)
        return seconds

    @staticmethod
    async def sleep(seconds: float) -> None:
        """Sleep, after `next`."""
        await asyncio.sleep(seconds)
