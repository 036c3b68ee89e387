"""Owns which sync answers are dealt with, and so how far the token may move."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass
class Batch:
    """One sync answer on its way."""

    number: int
    """Counts up; what was heard from it carries it as its position."""
    token: str
    """Where the next sync after it begins."""
    at: datetime
    """When it came (aware)."""
    worth: bool = True
    """Whether its token is worth a write of its own: not if it only echoes what we sent."""
    open: int = 1
    """Jobs that are not done, and the one of handing them out."""


class Ledger:
    """Batches in the order in which they came; they count once all before them are done, too."""

    def __init__(self, covered: Callable[[Batch, bool], None]) -> None:
        """Tell *covered* the newest batch up to which all is done, and whether it is worth it."""
        self._covered = covered
        self._batches: deque[Batch] = deque()

    def open(self, batch: Batch) -> Callable[[], None]:
        """Take up *batch*; call what is returned when all of its jobs are handed out."""
        self._batches.append(batch)
        return lambda: self._close(batch)

    def job(self, batch: Batch) -> Callable[[], None]:
        """Count one more job of *batch*; call what is returned when it is done."""
        batch.open += 1
        return lambda: self._close(batch)

    def _close(self, batch: Batch) -> None:
        batch.open -= 1
        newest, worth = None, False
        while self._batches and self._batches[0].open == 0:
            newest = self._batches.popleft()
            worth = worth or newest.worth
        if newest is not None:
            self._covered(newest, worth)
