"""From the chunks of a phrase and the present moment to the day and time that are meant."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from bot.language.dates.calendar_days import WEEK
from bot.language.dates.chunks import (
    Chunk,
    Clock,
    Every,
    Impossible,
    Lead,
    Moment,
    Part,
    Unnamed,
    Wait,
)
from bot.language.dates.day_specs import (
    FARTHEST_YEAR,
    DaySpec,
    Feast,
    Fixed,
    InMonth,
    Monthly,
    OnWeekday,
    OnWeekdays,
    Shift,
    WeekdayOfMonth,
    Yearly,
)
from bot.language.dates.hours import Settled, settle, usual_hours
from bot.language.dates.matching import BOUNDS
from bot.language.dates.reading import (
    MissingDay,
    NoSuchDate,
    PastDate,
    Reading,
    SeveralDays,
    UnreadWord,
    WrongWeekday,
    local_moment,
)
from bot.model.recurrence import Frequency, Rule

_MINUTE: Final = 60
_FREQUENCIES: Final = {
    "day": Frequency.DAILY,
    "week": Frequency.WEEKLY,
    "month": Frequency.MONTHLY,
    "year": Frequency.YEARLY,
}
_LONGEST_MONTH: Final = 31
_DAYS_TRIED: Final = 3  # the first one may be over today, the next one never is
Kind = TypeVar("Kind")


class Now:
    """The present moment, as the one who asks lives it."""

    def __init__(self, now: datetime) -> None:
        """Take an aware moment whose zone has an IANA name (or none: then it is UTC)."""
        zone = now.tzinfo if isinstance(now.tzinfo, ZoneInfo) and now.tzinfo.key else None
        self.zone: Final = zone or ZoneInfo("UTC")
        self.moment: Final = now.astimezone(self.zone)
        self.today: Final = self.moment.date()
        self.name: Final = self.zone.key

    def is_over(self, day: date, clock: time | None) -> bool:
        """Say whether a whole day, or a moment, lies behind; the present moment does."""
        if clock is None:
            return day < self.today
        return local_moment(day, clock, self.zone) <= self.moment


def decide(
    chunks: Sequence[Chunk],
    now: Now,
    words: str,
    part_hours: Mapping[str, time] | None = None,
) -> list[Reading]:
    """Give what the chunks mean, likeliest first; at least one reading, else DateTrouble.

    *part_hours* are the hours that parts of the day stand for, where they are not the usual ones.
    """
    said = Said(chunks, words)
    said.part_hours = part_hours or {}
    if said.impossible:
        if said.impossible.slot == "before" and said.days is None:
            raise UnreadWord(words)  # `the day before` is a title, too
        raise NoSuchDate(words)
    if said.unnamed:
        raise MissingDay(words)
    if said.wait:
        return [_after(said.wait, now, words)]
    if said.moment:
        return [_at(said.moment, now, words)]
    if said.every:
        return [_recurring(said, said.every, now)]
    return list(_single(said, now))


class Said:
    """The chunks of a phrase, each in its place."""

    def __init__(self, chunks: Sequence[Chunk], words: str) -> None:
        """Sort the chunks; a day after `until` or `from` bounds a recurrence."""
        self.words = words
        self.part_hours: Mapping[str, time] = {}
        self.clock = _first(Clock, chunks)
        self.every = _first(Every, chunks)
        self.wait = _first(Wait, chunks)
        self.moment = _first(Moment, chunks)
        self.unnamed = _first(Unnamed, chunks)
        part = _first(Part, chunks)
        self.part = part.name if part else None
        self.impossible = _first(Impossible, chunks)
        days: dict[str, DaySpec] = {}
        lead = ""
        for chunk in chunks:
            if isinstance(chunk, DaySpec):
                days[BOUNDS.get(lead, "")] = chunk
            lead = chunk.name if isinstance(chunk, Lead) else ""
        self.days, self.until, self.start = days.get(""), days.get("until"), days.get("from")
        if self.every is None:
            # `until friday` is friday; `from friday` has no end.
            if self.start is not None or (self.until is not None and self.days is not None):
                raise MissingDay(words)
            if isinstance(self.until, InMonth) and self.until.whole:
                raise MissingDay(words)  # `until june`: its first day, or its last?
            self.days = self.days or self.until


def _first(kind: type[Kind], chunks: Sequence[Chunk]) -> Kind | None:
    return next((chunk for chunk in chunks if isinstance(chunk, kind)), None)


def _after(wait: Wait, now: Now, words: str) -> Reading:
    """Give the moment after a wait, rounded up to the minute unless seconds were named."""
    try:
        seconds = (now.moment.astimezone(UTC) + wait.span).timestamp()
        step = 1 if wait.finest == "second" else _MINUTE
        moment = datetime.fromtimestamp(math.ceil(seconds / step) * step, now.zone)
    except (OverflowError, ValueError) as trouble:
        raise NoSuchDate(words) from trouble
    return Reading(moment.date(), moment.time(), now.name)


def _at(moment: Moment, now: Now, words: str) -> Reading:
    """Give an ISO moment; one with its distance to UTC is moved to the zone of `now`."""
    try:
        parsed = datetime.fromisoformat(moment.text.upper())
        if parsed.tzinfo is not None:
            parsed = parsed.astimezone(now.zone)
    except (ValueError, OverflowError) as trouble:
        raise NoSuchDate(words) from trouble
    if parsed.year > FARTHEST_YEAR:
        raise NoSuchDate(words)
    reading = Reading(parsed.date(), parsed.time().replace(fold=0), now.name)
    if now.is_over(reading.day, reading.time):
        raise PastDate(reading.day, reading.time)
    return reading


def _single(said: Said, now: Now) -> Iterator[Reading]:
    """Give the readings of a date that does not come again."""
    days = said.days
    _check_day(said, now)
    hours = _hours(said)
    readings: dict[tuple[date, time | None], Reading] = {}
    first_trouble: PastDate | None = None
    # A midnight said without a zero belongs to one day or the next: each is a reading of its own.
    choices = [[hour] for hour in hours] if said.clock else [hours]
    only = days is None and len(hours) == 1  # `18:00` alone is the next one, whichever day it is
    for choice in choices:
        for alternatives in (False,) if only else (False, True):
            try:
                reading = _earliest(
                    _candidates(days, now, alternatives=alternatives), choice, now, days
                )
            except PastDate as trouble:
                first_trouble = first_trouble or trouble
                continue
            if reading:
                readings.setdefault((reading.day, reading.time), reading)
    if not readings:
        raise first_trouble or NoSuchDate(said.words)
    yield from readings.values()


def _check_day(said: Said, now: Now) -> None:
    """Raise the trouble of words that name no single day, nor an hour."""
    days = said.days
    if _is_weak(said):
        raise UnreadWord(said.words)
    if isinstance(days, OnWeekdays):
        if len(days.numbers) == 1:
            raise MissingDay(said.words)
        raise SeveralDays(said.words, certain=not days.weak)
    if days is None and said.clock is None:
        raise MissingDay(said.words)
    if isinstance(days, Feast) and next(days.candidates(now.today), None) is None:
        raise MissingDay(said.words)  # `photos de Noël`, in the last days of the year


def _is_weak(said: Said) -> bool:
    """Say whether a word that is often something else stands too much alone to be a date."""
    days = said.days
    if isinstance(days, Monthly) and days.weak:
        return True
    if isinstance(days, OnWeekday) and days.weak:
        return not (said.clock or said.part)
    return bool(said.clock and said.clock.weak and days is None and said.part is None)


def _hours(said: Said) -> list[Settled | None]:
    if said.clock is None:
        return list(usual_hours(said.part, said.part_hours)) if said.part else [None]
    hours = settle(said.clock, said.part)
    if not hours:
        raise NoSuchDate(said.words)
    return list(hours)


def _candidates(days: DaySpec | None, now: Now, *, alternatives: bool) -> Iterator[date]:
    if days is None:
        today, tomorrow = now.today, now.today + timedelta(days=1)
        return iter((tomorrow,) if alternatives else (today, tomorrow))
    return days.others(now.today) if alternatives else days.candidates(now.today)


def _earliest(
    candidates: Iterator[date], hours: Sequence[Settled | None], now: Now, days: DaySpec | None
) -> Reading | None:
    """Give the first candidate that is not over; None without candidates."""
    past: PastDate | None = None
    for day in candidates:
        said = days.said_weekday() if days else None
        if said is not None and said != day.weekday():
            if not now.is_over(day, None):
                raise WrongWeekday(said, day)
            past = past or PastDate(day)
            continue
        for hour in hours:
            later, clock = hour or (0, None)
            meant = day + timedelta(days=later)
            if not now.is_over(meant, clock):
                return Reading(meant, clock, now.name)
            past = past or PastDate(meant, clock)
    if past:
        raise past
    return None


def _recurring(said: Said, every: Every, now: Now) -> Reading:
    """Give the first occurrence, the rule and its end."""
    hours = _hours(said) if said.clock or said.part else [None]
    later, clock = hours[0] or (0, None)
    if later and every.unit != "day":
        raise MissingDay(said.words)  # midnight ends one weekday and begins another: ask
    rule = _rule(said, _weekly(every, said.days))
    is_span = every.only_with_hour and not (said.clock or said.part)
    if is_span or (isinstance(said.start, OnWeekday) and isinstance(said.until, OnWeekday)):
        raise MissingDay(said.words)  # from monday to thursday; the same said with other words
    start = now.today
    if said.start is not None:
        start = _bound(said.start, now.today, said.words)
        if start < now.today:
            raise PastDate(start)
    # The interval counts from the first occurrence, so any week may be the first.
    days = replace(rule, interval=1).days(*[_counted_from(said, rule, start, clock, now)] * 2)
    first = next((day for day in islice(days, _DAYS_TRIED) if not now.is_over(day, clock)), None)
    if first is None:
        raise NoSuchDate(said.words)
    until = None
    if said.until is not None:
        since = now.today if isinstance(said.until, Shift) else start
        until = _bound(said.until, since, said.words)
        if until < now.today:
            raise PastDate(until)
        if until < first:
            raise NoSuchDate(said.words)
    weekdays = rule.weekdays
    if rule.frequency is Frequency.WEEKLY and not weekdays:  # every 2 weeks from 7 december
        weekdays = (first.weekday(),)
    text = replace(rule, weekdays=weekdays, until=until).text
    return Reading(first, clock, now.name, text)


def _counted_from(said: Said, rule: Rule, start: date, clock: time | None, now: Now) -> date:
    """Give the day from which the days of the rule are looked for."""
    if rule.frequency is Frequency.YEARLY and said.days is not None:
        day = start
        for day in islice(said.days.bounds(start), _DAYS_TRIED):
            if not now.is_over(day, clock):
                return day
        raise PastDate(day, clock)
    if rule.frequency is Frequency.WEEKLY and clock is None and said.start is None:
        return start + timedelta(days=1)  # a bare weekday is never today
    return start


def _weekly(every: Every, days: DaySpec | None) -> Every:
    """Make every 2 weeks of every 14 days, where a weekday is named: `co 14 dni w piątek`."""
    weeks, rest = divmod(every.interval, WEEK)
    if every.unit == "day" and weeks and not rest and isinstance(days, OnWeekday | OnWeekdays):
        return Every("week", weeks)
    return every


def _rule(said: Said, every: Every) -> Rule:
    """Complete `every 2 weeks` with `on monday`, and `every month` with `the 1st`."""
    weekdays, month_day, position = every.weekdays, every.month_day, every.position
    days = said.days
    if isinstance(days, OnWeekday) and every.unit == "week" and not weekdays:
        weekdays = frozenset({days.number})
    elif isinstance(days, OnWeekdays) and every.unit == "week" and not weekdays:
        weekdays = days.numbers
    elif (
        isinstance(days, Monthly)
        and every.unit == "month"
        and days.weekday is days.months is None
        and month_day is every.position is None
    ):
        month_day = days.day
    elif (
        isinstance(days, InMonth)
        and every.unit == "month"
        and days.is_last_day
        and month_day is every.position is None
    ):
        month_day = _LONGEST_MONTH
    elif isinstance(days, WeekdayOfMonth) and every.unit == "month" and days.month is None:
        weekdays, position = frozenset({days.number}), days.which
    elif every.unit == "year":
        has_date = isinstance(days, Yearly | Fixed) and days.said_weekday() is None
        has_date = has_date or (isinstance(days, Feast) and days.also is None)
        if not has_date or said.start is not None:
            raise MissingDay(said.words)
    elif days is not None:
        raise MissingDay(said.words)
    if (every.unit == "week" and not weekdays and not said.start) or (
        every.unit == "month" and month_day is position is None
    ):
        raise MissingDay(said.words)
    return Rule(_FREQUENCIES[every.unit], every.interval, tuple(weekdays), month_day, position)


def _bound(days: DaySpec, start: date, words: str) -> date:
    """Give the day on which a recurrence begins or ends: the next such day, however far."""
    day = next(days.bounds(start), None)
    if day is None:
        raise MissingDay(words)
    said = days.said_weekday()
    if said is not None and said != day.weekday():
        raise WrongWeekday(said, day)
    return day
