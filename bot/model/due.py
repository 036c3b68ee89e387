"""When something is due: a day, or a day and an hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

END_OF_SCHOOL_DAY = time(18, 0)
"""A deadline without an hour means this hour in each class's own zone (DESIGN 12)."""


@dataclass(frozen=True)
class Due:
    """A local day and, perhaps, hour.

    With a `zone`, `clock` is one moment for everybody. Without a zone it is wall time in the zone
    of each reader, as is a missing `clock`, which stands for the end of the school day.
    """

    day: date
    clock: time | None = None
    zone: str | None = None

    def at(self, zone: str, *, otherwise: time = END_OF_SCHOOL_DAY) -> datetime:
        """Return the aware moment for a reader in *zone*; `otherwise` stands for a missing hour."""
        clock = self.clock if self.clock is not None else otherwise
        return local(self.day, clock, self.zone if self.zone and self.clock else zone)


def local(day: date, clock: time, zone: str) -> datetime:
    """Return the aware moment at which a wall in *zone* shows *day* and *clock*.

    A time that the spring change skips moves forward by the gap (02:30 -> 03:30); of a time that
    the autumn change repeats, the first is meant (RFC 5545 3.3.5).
    """
    naive = datetime.combine(day, clock, tzinfo=ZoneInfo(zone)).replace(fold=0)
    return naive.astimezone(UTC).astimezone(ZoneInfo(zone))
