"""Plain calendar arithmetic on local days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Final

WEEK: Final = 7
_MONTHS: Final = 12


def real_day(year: int, month: int, day: int) -> date | None:
    """Give the day, or None if the calendar has none such."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def shifted(day: date, *, days: int = 0, months: int = 0) -> date | None:
    """Give the day so many months and days later; 31 January plus a month is 28 February."""
    try:
        year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
        moved = date(year, month + 1, 1)
        return moved.replace(day=min(day.day, length(moved))) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None


def length(month: date) -> int:
    """Give the number of days of the month that this day lies in."""
    return monthrange(month.year, month.month)[1]


def month_end(day: date) -> date:
    """Give the last day of the month that this day lies in."""
    return day.replace(day=length(day))


def coming(weekday: int, today: date) -> date:
    """Give the next day with this weekday (0 is Monday), never today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % WEEK + 1)


def in_week(weekday: int, today: date, weeks: int) -> date:
    """Give that weekday of the week so many weeks after this one; weeks begin on Monday."""
    return today + timedelta(days=weekday - today.weekday() + WEEK * weeks)
