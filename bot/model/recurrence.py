"""Rules by which a reminder comes back: a small part of RFC 5545 recurrence (3.3.10).

A rule speaks of local days only. The hour and the zone are the reminder's own, so that 9:00 stays
9:00 when clocks change (`bot.model.due.local`).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST = -1
"""The position of the last such weekday of a month."""
LONGEST_INTERVAL = 999
LARGEST_COUNT = 9999
IDLE_STEPS = 1000
"""A rule that finds nothing for so long never will (every 7 days from a Friday, but Mondays)."""

PARTS = {
    "FREQ": r"DAILY|WEEKLY|MONTHLY|YEARLY",
    "INTERVAL": r"\d{1,9}",
    "BYDAY": r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)(,(MO|TU|WE|TH|FR|SA|SU))*",
    "BYMONTHDAY": r"-1|28,29(,30(,31)?)?|\d{1,2}",
    "BYSETPOS": r"-1",
    "COUNT": r"\d{1,9}",
    "UNTIL": r"\d{8}",
    "WKST": r"MO",
}
"""The parts of a rule that are kept, and how each is written."""

OR_LAST = {29: "28,29", 30: "28,29,30", 31: "-1"}
"""Days that some months do not have: how RFC 5545 says such a day, or the month's last one; but
for -1, with BYSETPOS=-1, the last of those days that the month has."""


class BadRule(ValueError):
    """The text is no recurrence rule, or one that is not kept here."""


class Frequency(StrEnum):
    """The step of a rule."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True)
class Rule:
    """On which local days something comes back."""

    frequency: Frequency
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    """0 = Monday. Of a weekly rule its days, of a daily one a sieve; with `position` just one."""
    month_day: int | None = None
    """1-31, monthly. In a shorter month its last day is meant, so that nobody is forgotten in
    February (RFC 5545 would leave that month out, so the text of the rule names both days)."""
    position: int | None = None
    """Monthly: the first (1) to fifth (5) or LAST such weekday; months without a fifth are left
    out."""
    until: date | None = None
    """The last local day, inclusive."""
    count: int | None = None
    """How many times in all."""

    def __post_init__(self) -> None:
        """Bring the weekdays into order; raise BadRule for a rule that contradicts itself."""
        object.__setattr__(self, "weekdays", tuple(sorted(set(self.weekdays))))
        monthly = self.frequency is Frequency.MONTHLY
        if not 1 <= self.interval <= LONGEST_INTERVAL:
            raise BadRule(f"an interval is 1-{LONGEST_INTERVAL}")
        if not set(self.weekdays) <= set(range(7)):
            raise BadRule("weekdays are 0 (Monday) to 6")
        if self.weekdays and self.frequency is Frequency.YEARLY:
            raise BadRule("a yearly rule keeps the date of its first day")
        if self.month_day is not None and not (monthly and self.month_day in range(1, 32)):
            raise BadRule("a day of the month is 1-31 and needs a monthly rule")
        if self.position is not None and not (monthly and self.position in {1, 2, 3, 4, 5, LAST}):
            raise BadRule("a position is 1-5 or -1 and needs a monthly rule")
        if monthly and len(self.weekdays) != (self.position is not None):
            raise BadRule("a monthly rule has one weekday with its position, or neither")
        if self.month_day is not None and self.position is not None:
            raise BadRule("a month has a day or a weekday, not both")
        if self.count is not None and not 1 <= self.count <= LARGEST_COUNT:
            raise BadRule(f"a count is 1-{LARGEST_COUNT}")
        if self.count is not None and self.until is not None:
            raise BadRule("a rule ends by a date or by a number, not both")

    @staticmethod
    @lru_cache(maxsize=1024)
    def read(text: str) -> Rule:
        """Return the rule that *text* writes ("FREQ=WEEKLY;BYDAY=MO"), or raise BadRule."""
        parts: dict[str, str] = {}
        for part in text.strip().upper().removeprefix("RRULE:").split(";"):
            name, _, value = part.partition("=")
            if name in parts or not re.fullmatch(PARTS.get(name, "(?!)"), value, re.ASCII):
                raise BadRule(f"{part[:40]!r} is not kept, or stands twice")
            parts[name] = value
        if "FREQ" not in parts:
            raise BadRule("a rule says DAILY, WEEKLY, MONTHLY or YEARLY")
        names = re.findall(r"[A-Z]+", parts.get("BYDAY", ""))
        position = re.match(r"[+-]?\d", parts.get("BYDAY", ""))
        listed = parts.get("BYMONTHDAY", "").split(",")
        if (len(listed) > 1) != ("BYSETPOS" in parts):
            raise BadRule("several days of the month need BYSETPOS=-1, and it needs them")
        month_day = int(listed[-1]) if listed[-1] else None
        try:
            until = date.fromisoformat(parts["UNTIL"]) if "UNTIL" in parts else None
        except ValueError:
            raise BadRule(f"there is no day {parts['UNTIL']}") from None
        return Rule(
            frequency=Frequency(parts["FREQ"]),
            interval=int(parts.get("INTERVAL", "1")),
            weekdays=tuple(WEEKDAYS.index(name) for name in names),
            month_day=31 if month_day == LAST else month_day,
            position=int(position[0]) if position else None,
            until=until,
            count=int(parts["COUNT"]) if "COUNT" in parts else None,
        )

    @property
    def text(self) -> str:
        """Return the rule as RFC 5545 text, its parts always in the same order."""
        place = "" if self.position is None else str(self.position)
        month_day = OR_LAST.get(self.month_day or 0, str(self.month_day or ""))
        parts = {
            "FREQ": self.frequency.value,
            "INTERVAL": str(self.interval) if self.interval > 1 else "",
            "BYDAY": ",".join(place + WEEKDAYS[one] for one in self.weekdays),
            "BYMONTHDAY": month_day,
            "BYSETPOS": str(LAST) if "," in month_day else "",
            "COUNT": str(self.count or ""),
            "UNTIL": self.until.isoformat().replace("-", "") if self.until else "",
        }
        return ";".join(f"{name}={value}" for name, value in parts.items() if value)

    def days(self, first: date, after: date) -> Iterator[date]:
        """Yield the days of the rule from *after* on, inclusive, in order, none before *first*.

        *first* gives what the rule does not name: the weekday, the day of the month, the phase of
        the interval. It is itself one of the days only if it fits the rule. However many years
        later *after* is, the way there is one step (up to `count` steps where they are counted).
        The iterator ends with the rule, with the calendar, or where nothing more can be found.
        """
        left = self.count
        idle = 0
        for step in count(0 if left else self._step_near(first, after)):
            try:
                days = self._days_of(first, step)
            except (OverflowError, ValueError):  # the calendar ends with the year 9999
                return
            idle += 1
            for day in days:
                if day < first:
                    continue
                if self.until and day > self.until:
                    return
                idle = 0
                if day >= after:
                    yield day
                if left is not None:
                    left -= 1
                    if not left:
                        return
            if idle > IDLE_STEPS:
                return

    def _step_near(self, first: date, after: date) -> int:
        """Return the number of the last step that begins no later than *after*, at least 0."""
        if self.frequency is Frequency.DAILY:
            passed = (after - first).days
        elif self.frequency is Frequency.WEEKLY:
            passed = (after - _monday(first)).days // 7
        elif self.frequency is Frequency.MONTHLY:
            passed = (after.year - first.year) * 12 + after.month - first.month
        else:
            passed = after.year - first.year
        return max(0, passed // self.interval)

    def _days_of(self, first: date, step: int) -> list[date]:
        """Return the days of the day, week, month or year that is *step* steps after *first*."""
        ahead = step * self.interval
        if self.frequency is Frequency.DAILY:
            day = first + timedelta(days=ahead)
            return [day] if not self.weekdays or day.weekday() in self.weekdays else []
        if self.frequency is Frequency.WEEKLY:
            monday = _monday(first) + timedelta(weeks=ahead)
            return [monday + timedelta(days=one) for one in self.weekdays or (first.weekday(),)]
        if self.frequency is Frequency.YEARLY:
            return [_in_month(first.year + ahead, first.month, first.day)]
        year, month = divmod(first.year * 12 + first.month - 1 + ahead, 12)
        if self.position is None:
            return [_in_month(year, month + 1, self.month_day or first.day)]
        return _at_position(year, month + 1, self.weekdays[0], self.position)


def _monday(day: date) -> date:
    """Return the day on which the week of *day* begins (WKST=MO)."""
    return day - timedelta(days=day.weekday())


def _in_month(year: int, month: int, day: int) -> date:
    """Return that day of the month, or the month's last one where it is shorter."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _at_position(year: int, month: int, weekday: int, position: int) -> list[date]:
    """Return the first, ..., fifth or last such weekday of a month, if it has it."""
    begins, length = calendar.monthrange(year, month)
    days = range(1 + (weekday - begins) % 7, length + 1, 7)
    if position == LAST:
        return [date(year, month, days[-1])]
    return [date(year, month, days[position - 1])] if position <= len(days) else []
