"""What one piece of a date phrase says: a day, a clock time, a part of the day, a rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.language.dates.day_specs import DaySpec


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock time as it was said; what it means may depend on the part of the day."""

    hour: int
    minute: int = 0
    exact: bool = False
    """Written in the 24-hour way (`03:00`), or said with am or pm already."""
    midnight: bool = False
    """The word for midnight: the end of the day, or its beginning."""
    part: str | None = None
    """The part of the day said along with it: am, pm, morning, afternoon, evening, night."""
    slangy: bool = False
    """Written as other things are too (`friday 1800`, `friday 6p`): not taken off a title."""
    weak: bool = False
    """A word that is an hour only beside a day or a part of it: `ósma`."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day that colours the clock time, or stands for a usual hour of its own."""

    name: str


@dataclass(frozen=True, slots=True)
class Wait:
    """A length of time from now."""

    span: timedelta
    finest: str = "minute"
    """`second` if seconds were named: otherwise the moment is rounded up to the minute."""
    bare: bool = False
    """Said without `in`, as `2h`: after `at` it would be a clock time."""


@dataclass(frozen=True, slots=True)
class Every:
    """A recurrence, perhaps still without the days it falls on."""

    unit: str
    """day | week | month | year"""
    interval: int = 1
    weekdays: frozenset[int] = frozenset()
    month_day: int | None = None
    position: int | None = None
    """Of a month: the first (1) to fourth such weekday, or the last (-1)."""
    only_with_hour: bool = False
    """`from monday to thursday` is a span of days, with an hour it is every week."""


@dataclass(frozen=True, slots=True)
class Lead:
    """A word in front of a day: by (also on, for, ...), until, from, since, to.

    `since` begins what `to` must end, and only for what comes again: `du 4 janvier au 29 mars`.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Closing:
    """Words around a date that change nothing: please, at the latest; after an hour: sharp."""

    behind: tuple[str, ...] = ()
    """Slots that must be filled by then."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A day and a clock time given together, to the minute, with their distance to UTC."""

    text: str


@dataclass(frozen=True, slots=True)
class Impossible:
    """Words that have the form of a date or an hour, but name none."""

    slot: str = "days"


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A month or a year as a whole: no day is named."""


Chunk = DaySpec | Clock | Part | Wait | Every | Lead | Closing | Moment | Impossible | Unnamed
