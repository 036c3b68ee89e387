"""The ways of naming a day, each knowing which days it may mean once today is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final

from bot.language.dates.calendar_days import (
    WEEK,
    coming,
    in_week,
    month_end,
    real_day,
    shifted,
)

HORIZON_MONTHS: Final = 10
"""How far ahead a date without a year may jump to its next occurrence once it is past."""
FARTHEST_YEAR: Final = 2200
"""Later years are slips of the finger."""
MOST_WEEKDAYS: Final = 4
"""Every month has four mondays; a fifth one is not counted on."""
_YEARS_TRIED: Final = 8  # 29 February comes within eight years, even around 2100
_FRIDAY, _SATURDAY = 4, 5


class DaySpec:
    """Says which day is meant."""

    __slots__ = ()

    def candidates(self, today: date) -> Iterator[date]:
        """Give the days that may be meant, earliest first; the first that is not over counts."""
        raise NotImplementedError

    def others(self, today: date) -> Iterator[date]:  # noqa: ARG002 - most leave no doubt
        """Give the days that some people mean by the same words."""
        return iter(())

    def bounds(self, today: date) -> Iterator[date]:
        """Give the days that may end or begin a recurrence: from today on, however far."""
        return self.candidates(today)

    def said_weekday(self) -> int | None:
        """Give the weekday that was said along with the day, to be checked (0 is Monday)."""
        return None


@dataclass(frozen=True, slots=True)
class Fixed(DaySpec):
    """A day with its year."""

    day: date
    weekday: int | None = None

    def candidates(self, today: date) -> Iterator[date]:  # noqa: ARG002 - the same on any day
        """Give the one day."""
        yield self.day

    def said_weekday(self) -> int | None:
        """Give the weekday said along with it."""
        return self.weekday


@dataclass(frozen=True, slots=True)
class Yearly(DaySpec):
    """A day and a month without a year."""

    month: int
    day: int
    weekday: int | None = None

    def candidates(self, today: date) -> Iterator[date]:
        """Give this year's day, then the next one if it is at most ten months away."""
        this_year = real_day(today.year, self.month, self.day)
        if this_year:
            yield this_year
        horizon = shifted(today, months=HORIZON_MONTHS) or date.max
        for following in islice(self.bounds(today), 1):
            if following != this_year and following <= horizon:
                yield following

    def bounds(self, today: date) -> Iterator[date]:
        """Give every such day from today on."""
        for year in range(today.year, today.year + _YEARS_TRIED + 1):
            day = real_day(year, self.month, self.day)
            if day and day >= today:
                yield day

    def said_weekday(self) -> int | None:
        """Give the weekday said along with it."""
        return self.weekday


@dataclass(frozen=True, slots=True)
class Feast(DaySpec):
    """A day with a name of its own: Christmas. Just after it no other one is meant yet."""

    yearly: Yearly
    also: Yearly | None = None
    """Another day that people may mean by the same name: Christmas Eve."""

    def candidates(self, today: date) -> Iterator[date]:
        """Give the next such day, if it is near enough."""
        return (day for day in self.yearly.candidates(today) if day >= today)

    def others(self, today: date) -> Iterator[date]:
        """Give the next such day of the other date."""
        return self.also.candidates(today) if self.also else iter(())

    def bounds(self, today: date) -> Iterator[date]:
        """Give every such day from today on."""
        return self.yearly.bounds(today)


@dataclass(frozen=True, slots=True)
class Monthly(DaySpec):
    """A day of the month alone: the 27th."""

    day: int
    weekday: int | None = None
    months: int | None = None
    """The month, counted from this one, if it was said: `the 5th of next month`."""
    slangy: bool = False
    """Written as other things are too (`27th`): not taken off a title."""
    weak: bool = False
    """A bare ordinal that may be something else (`4e`): counts only beside `every month`."""

    def candidates(self, today: date) -> Iterator[date]:
        """Give that day of this month and of the next ones, from today on."""
        for months in range(3) if self.months is None else (self.months,):
            month = shifted(today.replace(day=1), months=months)
            day = real_day(month.year, month.month, self.day) if month else None
            if day and day >= today:
                yield day

    def said_weekday(self) -> int | None:
        """Give the weekday said along with it."""
        return self.weekday


@dataclass(frozen=True, slots=True)
class OnWeekday(DaySpec):
    """A weekday: the coming one, this one, or the one that 'next' means in this language."""

    number: int
    which: str = "coming"
    """coming | after | this | next | last | week, which is the week `weeks` from this one; `after`
    is the same as coming, but the weeks were said first: `in two weeks on monday`"""
    weeks: int = 0
    """Whole weeks to add: 1 in `lundi en huit`, and in `übernächsten Montag`."""
    weak: bool = False
    """A short word that may be something else (`sun`, `mer`): counts only beside a clock time."""

    def candidates(self, today: date) -> Iterator[date]:
        """Give the one day."""
        if self.which == "week":
            yield in_week(self.number, today, self.weeks)
        elif self.which == "next":
            yield in_week(self.number, today, 1 + self.weeks)
        elif self.which == "last":
            yield coming(self.number, today - timedelta(days=1)) - timedelta(days=WEEK)
        elif self.which == "this":
            yield coming(self.number, today - timedelta(days=1))
        else:
            yield coming(self.number, today) + timedelta(days=WEEK * self.weeks)

    def others(self, today: date) -> Iterator[date]:
        """Give the other Friday of 'next Friday', and of what is said of Friday on a Friday."""
        is_today = self.number == today.weekday()
        added = timedelta(days=WEEK * self.weeks)
        main = next(self.candidates(today))
        if self.which == "next":
            nearest = coming(self.number, today) + added
            if nearest != main:
                yield nearest
            elif not self.weeks and (is_today or today.weekday() >= _SATURDAY):
                # at the weekend, to some next week is the one behind the coming one
                yield main + timedelta(days=WEEK)
        elif self.which == "this" and is_today:
            yield coming(self.number, today)
        elif self.which in {"coming", "after"} and self.weeks and is_today:
            yield today + added  # `za tydzień w środę`, a week from today
        elif self.which == "after" and self.weeks > 1:
            within = in_week(self.number, today, self.weeks)
            if within != main:
                yield within


@dataclass(frozen=True, slots=True)
class OnWeekdays(DaySpec):
    """Several weekdays: no day of its own, but they complete `every 2 weeks`."""

    numbers: frozenset[int]
    weak: bool = False
    """All of them were short words that may be something else: `mar et sam`."""

    def candidates(self, today: date) -> Iterator[date]:  # noqa: ARG002 - no single day is meant
        """Give nothing."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Shift(DaySpec):
    """A day so many days or months from today."""

    days: int = 0
    months: int = 0
    also: int | None = None
    """Another number of days that people may mean (`dans 15 jours` is often two weeks)."""
    weekday: int | None = None

    def candidates(self, today: date) -> Iterator[date]:
        """Give the one day."""
        day = shifted(today, days=self.days, months=self.months)
        if day:
            yield day

    def others(self, today: date) -> Iterator[date]:
        """Give the day of the idiom, if there is one."""
        day = None if self.also is None else shifted(today, days=self.also)
        if day:
            yield day

    def said_weekday(self) -> int | None:
        """Give the weekday said along with it."""
        return self.weekday


@dataclass(frozen=True, slots=True)
class WholeWeek(DaySpec):
    """A week as a whole: its Monday, or its Friday, so the bot asks."""

    weeks: int

    def candidates(self, today: date) -> Iterator[date]:
        """Give the Monday."""
        yield in_week(0, today, self.weeks)

    def others(self, today: date) -> Iterator[date]:
        """Give the Friday."""
        yield in_week(_FRIDAY, today, self.weeks)


@dataclass(frozen=True, slots=True)
class InMonth(DaySpec):
    """The first, middle or last day of a month, named (`november`) or counted from this one."""

    edge: str
    """start | middle | end"""
    month: int | None = None
    year: int | None = None
    months: int = 0
    whole: bool = False
    """Only the month was named, `until june`: that bounds what comes again, and is no day."""

    @property
    def is_last_day(self) -> bool:
        """Say whether it is the last day of the month, whichever that is."""
        return self.edge == "end" and self.month is None and not self.months

    def candidates(self, today: date) -> Iterator[date]:
        """Give that day of this year's month, then the next one within ten months."""
        if self.month is None:
            start = shifted(today.replace(day=1), months=self.months)
            if start:
                yield self._in(start)
            return
        this_year = self._in(date(self.year or today.year, self.month, 1))
        yield this_year
        if self.year is None:
            for following in islice(self.bounds(today), 1):
                horizon = shifted(today, months=HORIZON_MONTHS) or date.max
                if following != this_year and following <= horizon:
                    yield following

    def bounds(self, today: date) -> Iterator[date]:
        """Give every such day from today on."""
        if self.month is None or self.year is not None:
            yield from self.candidates(today)
            return
        for year in range(today.year, min(today.year + 2, date.max.year + 1)):
            day = self._in(date(year, self.month, 1))
            if day >= today:
                yield day

    def _in(self, start: date) -> date:
        if self.edge == "end":
            return month_end(start)
        return start.replace(day=15) if self.edge == "middle" else start


@dataclass(frozen=True, slots=True)
class WeekdayOfMonth(DaySpec):
    """The first monday of december, the last friday of the month."""

    which: int
    """1 to 4, or -1 for the last one"""
    number: int
    month: int | None = None
    year: int | None = None

    def candidates(self, today: date) -> Iterator[date]:
        """Give that day of the month named, else of this month and of the next one."""
        if self.month is None:
            following = shifted(today.replace(day=1), months=1)
            months = [today.replace(day=1), *([following] if following else [])]
        else:
            years = (today.year, today.year + 1) if self.year is None else (self.year,)
            months = [start for year in years if (start := real_day(year, self.month, 1))]
        horizon = shifted(today, months=HORIZON_MONTHS) or date.max
        for place, month in enumerate(months):
            day = self._in(month)
            if place == 0 or day <= horizon:
                yield day

    def _in(self, month: date) -> date:
        if self.which < 0:
            return coming(self.number, month_end(month)) - timedelta(days=WEEK)
        before = month - timedelta(days=1)
        return coming(self.number, before) + timedelta(days=WEEK * (self.which - 1))


@dataclass(frozen=True, slots=True)
class InWeek(DaySpec):
    """A day of a week of the calendar, counted as ISO 8601 does: `fredag v. 49`."""

    week: int
    weekday: int | None = None

    def candidates(self, today: date) -> Iterator[date]:
        """Give its weekday, or its Monday, in this year or the next."""
        return self._days(today, 0 if self.weekday is None else self.weekday)

    def others(self, today: date) -> Iterator[date]:
        """Give the Friday where no weekday was said."""
        return self._days(today, _FRIDAY) if self.weekday is None else iter(())

    def _days(self, today: date, weekday: int) -> Iterator[date]:
        for year in (today.isocalendar().year, today.isocalendar().year + 1):
            with suppress(ValueError):
                day = date.fromisocalendar(year, self.week, weekday + 1)
                if day >= today:
                    yield day
