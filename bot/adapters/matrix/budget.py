"""Owns how fast we ask the homeserver: token buckets that learn from its answers."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.adapters.matrix.client import TOO_MANY, Refused
from bot.model.documents import Kind
from bot.ports import Later
from bot.vitals import Vitals

_SLOWEST = 0.05
"""Requests per second; Synapse's default for messages is 0.2."""
_FASTEST = 100.0
_BOLD = 1.5
"""How much faster each success makes us, as long as the server never refused."""
_RESERVE = 3.0
"""What may be left out is left out while fewer requests than this can be sent at once."""
_CALM_SECONDS = 60.0
_INSTANT = 1e-6
"""Seconds that are none: sums of floats seldom end at exactly one token."""
_DEFAULT_WAIT = 5.0
_LINKED_SECONDS = 30.0
"""A 429 so long after our last request says nothing of the time between the two."""


class Budget:
    """Starts at 1 request a second with a burst of 10.

    Every success makes it a little faster, until the first 429. A 429 tells the server's own pace:
    a leaky bucket that is full (Synapse `api/ratelimiting.py`) lets one request through each
    1/pace seconds, which is the time from our last success to the moment that it names. From then
    on the budget stays below that, and grows slowly a minute after the last 429.
    """

    def __init__(
        self, rate: float = 1.0, burst: float = 10.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Allow *rate* requests a second, and *burst* at once after a rest."""
        self.rate = rate
        self.vitals: Vitals | None = None
        """Where a 429 is counted."""
        self._burst = burst
        self._tokens = burst
        self._clock = clock
        self._filled = clock()
        self._closed_until = 0.0
        self._warned: float | None = None
        self._taken: float | None = None
        """When the server last took something from us."""
        self._numbers = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._timer: asyncio.TimerHandle | None = None

    @property
    def short(self) -> bool:
        """Whether what may be left out should be."""
        self._fill()
        return self._tokens < _RESERVE or self.closed > 0

    @property
    def closed(self) -> float:
        """Seconds for which the server wants to hear nothing."""
        return max(0.0, self._closed_until - self._clock())

    @property
    def delay(self) -> float:
        """Seconds until a request may be sent, if nobody else waits."""
        self._fill()
        delay = max(self.closed, (1 - self._tokens) / self.rate)
        return delay if delay > _INSTANT else 0.0

    async def take(self, priority: int = 1) -> None:
        """Wait until a request may be sent; the lowest *priority* first, then who came first."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._numbers), turn))
        self._serve()
        await turn

    @asynccontextmanager
    async def turn(self, priority: int = 1) -> AsyncIterator[None]:
        """Wait for a turn for the one request made inside, and learn how it ends.

        A 429 (Refused) leaves as Later.
        """
        await self.take(priority)
        asked = self._clock()
        try:
            yield
        except Refused as refusal:
            if refusal.status != TOO_MANY:
                raise
            raise Later(self.refused(refusal.retry_after, asked), unsent=True) from refusal
        self.success()

    def success(self) -> None:
        """Learn that a request was taken."""
        now = self._taken = self._clock()
        if self._warned is None:
            self.rate = min(self.rate * _BOLD, _FASTEST)
        elif now - self._warned > _CALM_SECONDS:
            self.rate = min(self.rate * 1.05, _FASTEST)

    def refused(self, retry_after: float | None, asked: float | None = None) -> float:
        """Learn from a 429 that names *retry_after* seconds; return the seconds to wait.

        *asked* is when the request was made: the server may hold its refusal back for a while.
        """
        if self.vitals is not None:
            self.vitals.throttled += 1
        now = self._clock()
        asked = now if asked is None else asked
        wait = _DEFAULT_WAIT if retry_after is None else retry_after
        if self.closed == 0:  # requests in flight are answered 429 too: one lesson, not ten
            self.rate = max(self._lesson(retry_after, asked), _SLOWEST)
        self._warned = now
        self._tokens = min(self._tokens, 0.0)
        self._closed_until = max(self._closed_until, asked + wait)
        return max(0.0, asked + wait - now)

    def _lesson(self, retry_after: float | None, asked: float) -> float:
        """Return the rate that a 429 teaches: the server's own, where it can be told."""
        if retry_after is None:
            return self.rate / 2
        spacing = retry_after
        if self._taken is not None and 0 <= asked - self._taken <= _LINKED_SECONDS:
            spacing += asked - self._taken
        return min(0.95 / max(spacing, 1 / _FASTEST), self.rate * 0.9)

    def _serve(self) -> None:
        """Let those go whose turn it is; come back when it is the next one's."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            if (delay := self.delay) > 0:
                self._timer = asyncio.get_running_loop().call_later(delay, self._serve)
                return
            _priority, _number, turn = heapq.heappop(self._waiting)
            if not turn.done():  # else whoever waited was cancelled
                self._tokens -= 1
                turn.set_result(None)

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self.rate)
        self._filled = now


class Budgets:
    """One budget for each limit that a server keeps apart: none closes or empties another.

    Synapse counts messages (`rc_message`: state, redactions and leaving too) and joins
    (`rc_joins`) on their own; reads and uploads it does not limit, proxies before it may.
    """

    def __init__(self, messages: Budget | None = None, vitals: Vitals | None = None) -> None:
        """Begin with these budgets; every 429 is counted in *vitals*."""
        self.messages = messages or Budget()
        self.joins = Budget(rate=0.5, burst=5)
        self.uploads = Budget(rate=1, burst=5)
        self.reads = Budget(rate=5, burst=20)
        for budget in (self.messages, self.joins, self.uploads, self.reads):
            budget.vitals = vitals

    def of(self, kind: Kind) -> Budget:
        """Return the budget that an entry of this *kind* is counted in when it is sent."""
        return self.joins if kind is Kind.JOIN else self.messages
