"""Recurrence rules as RFC 5545 writes them (section 3.3.10), the few forms that people use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from bot.language.dates.calendar_days import WEEK, real_day, shifted

DAY_CODES: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQUENCIES: Final = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY"}
_MONTHS_TRIED: Final = 48  # 31 of the month, every eleventh month


@dataclass(frozen=True, slots=True)
class Rule:
    """Every so many days, weeks or months, on these weekdays or on this day of the month."""

    unit: str
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    month_day: int | None = None
    until: date | None = None
    """The last day on which it may still happen, a local day."""

    def text(self) -> str:
        """Give the rule as RRULE text, in the order FREQ, INTERVAL, BYDAY, BYMONTHDAY, UNTIL."""
        parts = [f"FREQ={_FREQUENCIES[self.unit]}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.weekdays:
            parts.append("BYDAY=" + ",".join(DAY_CODES[day] for day in self.weekdays))
        if self.month_day:
            parts.append(f"BYMONTHDAY={self.month_day}")
        if self.until:
            parts.append(f"UNTIL={self.until:%Y%m%d}")
        return ";".join(parts)

    def days(self, start: date) -> Iterator[date]:
        """Give the days from `start` on that may be the first one; the first anchors the rest."""
        if self.unit == "month" and self.month_day:
            for months in range(_MONTHS_TRIED):
                month = shifted(start.replace(day=1), months=months)
                day = real_day(month.year, month.month, self.month_day) if month else None
                if day and day >= start:
                    yield day
            return
        for ahead in range(WEEK + 1):
            day = start + timedelta(days=ahead)
            if not self.weekdays or day.weekday() in self.weekdays:
                yield day


def parse_rule(text: str) -> Rule:
    """Read RRULE text of the forms that `Rule.text` gives; ValueError for any other."""
    fields = dict(part.split("=", 1) for part in text.upper().split(";") if part)
    units = {name: unit for unit, name in _FREQUENCIES.items()}
    unknown = fields.keys() - {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "UNTIL", "WKST"}
    if unknown or fields.get("FREQ") not in units:
        message = f"not a rule of the supported forms: {text}"
        raise ValueError(message)
    until = fields.get("UNTIL")
    return Rule(
        unit=units[fields["FREQ"]],
        interval=int(fields.get("INTERVAL", "1")),
        weekdays=tuple(
            DAY_CODES.index(code) for code in fields.get("BYDAY", "").split(",") if code
        ),
        month_day=int(fields["BYMONTHDAY"]) if "BYMONTHDAY" in fields else None,
        until=datetime.strptime(until[:8], "%Y%m%d").date() if until else None,  # noqa: DTZ007 - local day
    )
