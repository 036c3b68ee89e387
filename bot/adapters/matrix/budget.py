"""Owns how fast we send: a token bucket for the homeserver that learns from its answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_SLOWEST = 0.1
"""Requests per second; Synapse's default for messages is 0.2."""
_FASTEST = 100.0
_RESERVE = 3.0
"""What may be left out is left out while fewer requests than this can be sent at once."""
_CALM_SECONDS = 60.0
_DEFAULT_WAIT = 5.0


class Budget:
    """Starts at 1 request a second with a burst of 10.

    Every success makes it a little faster; a 429 halves it and makes it careful: from then on it
    grows slowly, and only a minute after the last 429.
    """

    def __init__(
        self, rate: float = 1.0, burst: float = 10.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Allow *rate* requests a second, and *burst* at once after a rest."""
        self.rate = rate
        self._burst = burst
        self._tokens = burst
        self._clock = clock
        self._filled = clock()
        self._closed_until = 0.0
        self._warned: float | None = None
        self._turn = asyncio.Lock()

    @property
    def short(self) -> bool:
        """Whether what may be left out should be."""
        self._fill()
        return self._tokens < _RESERVE or self.closed > 0

    @property
    def closed(self) -> float:
        """Seconds for which the server wants to hear nothing."""
        return max(0.0, self._closed_until - self._clock())

    async def take(self) -> None:
        """Wait until a request may be sent; first come, first served."""
        async with self._turn:
            self._fill()
            while self._tokens < 1:
                await asyncio.sleep((1 - self._tokens) / self.rate)
                self._fill()
            self._tokens -= 1

    def success(self) -> None:
        """Learn that a request was taken."""
        if self._warned is None:
            self.rate = min(self.rate * 1.1, _FASTEST)
        elif self._clock() - self._warned > _CALM_SECONDS:
            self.rate = min(self.rate * 1.01, _FASTEST)

    def refused(self, retry_after: float | None) -> float:
        """Learn from a 429 that names *retry_after*; return the seconds to wait."""
        wait = _DEFAULT_WAIT if retry_after is None else retry_after
        now = self._clock()
        if self.closed == 0:  # requests in flight are answered 429 too: one lesson, not ten
            self.rate = max(self.rate / 2, _SLOWEST)
        self._warned = now
        self._tokens = min(self._tokens, 0.0)
        self._closed_until = max(self._closed_until, now + wait)
        return wait

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self.rate)
        self._filled = now
