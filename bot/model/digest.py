"""The digest: when the room is told each week where its project stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time


@dataclass
class Digest:
    """A weekly digest."""

    weekday: int
    """0 is Monday."""
    clock: time
    """In the room's zone."""
    since: datetime
    """It is due at its first time after this moment (aware)."""
