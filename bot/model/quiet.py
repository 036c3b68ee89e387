"""When a class may be rung: its quiet hours, weekends and holidays.

All three are spans of absolute time whose ends are read from a wall in the class's own zone, so
that a change of clocks can neither open a night nor close a day. Moments are aware; those returned
are in UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from bot.model.due import local
from bot.model.weekends import weekend_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model.people import Holiday, Quiet

BEFORE_QUIET = timedelta(minutes=30)
"""A reminder moved forward rings so long before the quiet time begins."""
MIDNIGHT = time(0, 0)
A_DAY = timedelta(days=1)
INSTANT = timedelta.resolution
EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)
"""Holidays beyond are cut here: zones cannot be computed at the very ends of the calendar."""

Span = tuple[datetime, datetime]
"""From its first moment up to, not including, its second."""


class Hours(NamedTuple):
    """All that tells when one class may be rung; `is_open(moment, *hours)`."""

    zone: str
    quiet: Quiet
    holidays: Sequence[Holiday] = ()


def is_open(moment: datetime, zone: str, quiet: Quiet, holidays: Sequence[Holiday]) -> bool:
    """Tell whether a class in *zone* may be rung at *moment*."""
    return _span_at(moment, zone, quiet, holidays) is None


def silence(moment: datetime, zone: str, quiet: Quiet, holidays: Sequence[Holiday]) -> Span | None:
    """Return the whole unbroken silence around *moment*, or None if the class may be rung.

    A Friday night, the weekend and the holidays that follow are one silence.
    """
    span = _span_at(moment, zone, quiet, holidays)
    if span is None:
        return None
    begin, end = span
    while after := _span_at(end, zone, quiet, holidays):
        end = after[1]
    while before := _span_at(begin - INSTANT, zone, quiet, holidays):
        begin = before[0]
    return begin, end


def next_open(moment: datetime, zone: str, quiet: Quiet, holidays: Sequence[Holiday]) -> datetime:
    """Return *moment* itself if the class may be rung then, else the moment its silence ends."""
    span = silence(moment, zone, quiet, holidays)
    return span[1] if span else moment.astimezone(UTC)


def last_open_before(
    moment: datetime, zone: str, quiet: Quiet, holidays: Sequence[Holiday]
) -> datetime:
    """Return *moment* itself if open, else half an hour before the silence around it began.

    Where the class was not open for half an hour before that, the moment it opened counts.
    """
    span = silence(moment, zone, quiet, holidays)
    if span is None:
        return moment.astimezone(UTC)
    return next_open(span[0] - BEFORE_QUIET, zone, quiet, holidays)


def on_holiday(day: date, holidays: Sequence[Holiday]) -> bool:
    """Tell whether the local *day* is one without school."""
    return any(one.first <= day <= one.last for one in holidays)


def _span_at(moment: datetime, zone: str, quiet: Quiet, holidays: Sequence[Holiday]) -> Span | None:
    """Return a span of quiet hours, weekend or holidays in which *moment* lies."""
    day = moment.astimezone(ZoneInfo(zone)).date()
    for span in _quiet_spans(day, zone, quiet.start, quiet.end, quiet.weekend):
        if span[0] <= moment < span[1]:
            return span
    for one in holidays:
        if one.first <= day <= one.last:
            first, last = max(one.first, EARLIEST), min(one.last, LATEST)
            span = _between(first, MIDNIGHT, last + A_DAY, MIDNIGHT, zone)
            if span[0] <= moment < span[1]:
                return span
    return None


@lru_cache(maxsize=4096)
def _quiet_spans(day: date, zone: str, start: time, end: time, weekend: bool) -> tuple[Span, ...]:
    """Return the nights and the weekend that may touch the local *day*.

    `start > end` goes over midnight, `start < end` stays within one day, `start == end` is never.
    A weekend goes from Friday's quiet start to Monday's quiet end; where the quiet time does not
    begin in the evening it begins with the Saturday, and where there is none it ends with the
    Sunday. Where the weekend is on Friday and Saturday, all that is a day earlier.
    """
    spans = []
    if start > end:
        spans.append(_between(day - A_DAY, start, day, end, zone))
        spans.append(_between(day, start, day + A_DAY, end, zone))
    elif start < end:
        spans.append(_between(day, start, day, end, zone))
    if weekend:
        first, last = weekend_of(zone)
        eve = day - timedelta(days=(day.weekday() - first + 1) % 7)
        back = eve + timedelta(days=(last - first) % 7 + 2)
        spans.append(
            _between(eve, start, back, end, zone)
            if start > end
            else _between(eve + A_DAY, MIDNIGHT, back, end if start < end else MIDNIGHT, zone)
        )
    return tuple(spans)


def _between(first: date, start: time, last: date, end: time, zone: str) -> Span:
    """Return the time between two readings of a wall in *zone*, in UTC."""
    return local(first, start, zone).astimezone(UTC), local(last, end, zone).astimezone(UTC)
