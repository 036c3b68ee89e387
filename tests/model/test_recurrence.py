"""Recurrence rules, as tables and as laws."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.recurrence import LAST, BadRule, Frequency, Rule

FIRST = date(2026, 11, 2)  # a Monday


def days(text: str, first: str, after: str | None = None, number: int = 5) -> str:
    """Return the first days of a rule, short enough for a table."""
    begin = date.fromisoformat(first)
    found = Rule.read(text).days(begin, date.fromisoformat(after) if after else begin)
    return " ".join(day.isoformat() for day in islice(found, number))


@pytest.mark.parametrize(
    ("text", "first", "expected"),
    [
        ("FREQ=DAILY", "2027-02-27", "2027-02-27 2027-02-28 2027-03-01 2027-03-02 2027-03-03"),
        (
            "FREQ=DAILY;INTERVAL=3",
            "2026-12-30",
            "2026-12-30 2027-01-02 2027-01-05 2027-01-08 2027-01-11",
        ),
        (
            "FREQ=DAILY;BYDAY=MO,FR",
            "2026-11-03",
            "2026-11-06 2026-11-09 2026-11-13 2026-11-16 2026-11-20",
        ),
        (
            "FREQ=WEEKLY",
            "2026-11-04",
            "2026-11-04 2026-11-11 2026-11-18 2026-11-25 2026-12-02",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO,TH",
            "2026-11-04",
            "2026-11-05 2026-11-09 2026-11-12 2026-11-16 2026-11-19",
        ),
        # Every second week is counted from the week of the first day, which begins on Monday.
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR",
            "2026-11-04",
            "2026-11-06 2026-11-16 2026-11-20 2026-11-30 2026-12-04",
        ),
        (
            "FREQ=MONTHLY",
            "2027-01-31",
            "2027-01-31 2027-02-28 2027-03-31 2027-04-30 2027-05-31",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=31",
            "2027-11-15",
            "2027-11-30 2027-12-31 2028-01-31 2028-02-29 2028-03-31",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-1;INTERVAL=2",
            "2027-01-01",
            "2027-01-31 2027-03-31 2027-05-31 2027-07-31 2027-09-30",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=1",
            "2026-11-04",
            "2026-12-01 2027-01-01 2027-02-01 2027-03-01 2027-04-01",
        ),
        (
            "FREQ=MONTHLY;BYDAY=1MO",
            "2026-11-01",
            "2026-11-02 2026-12-07 2027-01-04 2027-02-01 2027-03-01",
        ),
        (
            "FREQ=MONTHLY;BYDAY=-1FR",
            "2026-11-01",
            "2026-11-27 2026-12-25 2027-01-29 2027-02-26 2027-03-26",
        ),
        # A month without a fifth Monday is left out.
        (
            "FREQ=MONTHLY;BYDAY=5MO",
            "2026-11-01",
            "2026-11-30 2027-03-29 2027-05-31 2027-08-30 2027-11-29",
        ),
        (
            "FREQ=YEARLY",
            "2028-02-29",
            "2028-02-29 2029-02-28 2030-02-28 2031-02-28 2032-02-29",
        ),
        ("FREQ=DAILY;COUNT=2", "2026-11-04", "2026-11-04 2026-11-05"),
        ("FREQ=WEEKLY;COUNT=2;BYDAY=MO", "2026-11-04", "2026-11-09 2026-11-16"),
        ("FREQ=WEEKLY;UNTIL=20261118", "2026-11-04", "2026-11-04 2026-11-11 2026-11-18"),
        ("FREQ=WEEKLY;UNTIL=20261103", "2026-11-04", ""),
        # Seven days from a Tuesday are never a Monday: found out, not searched for ever.
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-11-03", ""),
        (
            "FREQ=YEARLY;INTERVAL=999",
            "2026-11-03",
            "2026-11-03 3025-11-03 4024-11-03 5023-11-03 6022-11-03",
        ),
    ],
)
def test_days_of_a_rule(text: str, first: str, expected: str) -> None:
    """A rule gives these days, counted from its first."""
    assert expected == days(text, first)


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=3", "2036-01-01", "2036-01-02 2036-01-05"),
        ("FREQ=WEEKLY;INTERVAL=2", "2036-01-01", "2036-01-14 2036-01-28"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2036-02-29", "2036-02-29 2036-03-31"),
        ("FREQ=MONTHLY;BYDAY=2TU", "2036-02-13", "2036-03-11 2036-04-08"),
        ("FREQ=YEARLY", "2036-11-03", "2037-11-02 2038-11-02"),
        ("FREQ=DAILY;COUNT=5", "2026-11-05", "2026-11-05 2026-11-06"),
        ("FREQ=DAILY;COUNT=5", "2026-11-07", ""),
        ("FREQ=DAILY;UNTIL=20261107", "2026-11-07", "2026-11-07"),
        ("FREQ=DAILY", "9999-12-30", "9999-12-30 9999-12-31"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "9999-12-30", "9999-12-31"),
        ("FREQ=YEARLY;INTERVAL=999", "9999-01-01", ""),
        ("FREQ=DAILY", "2026-01-01", "2026-11-02 2026-11-03"),
    ],
)
def test_days_after_some_time(text: str, after: str, expected: str) -> None:
    """Looked at later, a rule gives the days from that day on, inclusive, in the same phase."""
    assert expected == days(text, FIRST.isoformat(), after, 2)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("FREQ=DAILY", "FREQ=DAILY"),
        ("RRULE:freq=weekly;byday=fr,mo,fr;interval=1", "FREQ=WEEKLY;BYDAY=MO,FR"),
        ("UNTIL=20270630;BYDAY=MO;FREQ=WEEKLY;WKST=MO", "FREQ=WEEKLY;BYDAY=MO;UNTIL=20270630"),
        ("FREQ=MONTHLY;BYDAY=+1MO", "FREQ=MONTHLY;BYDAY=1MO"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("FREQ=MONTHLY;BYSETPOS=-1;BYMONTHDAY=28,29,30,31", "FREQ=MONTHLY;BYMONTHDAY=-1"),
        ("FREQ=MONTHLY;BYMONTHDAY=30", "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1"),
        ("FREQ=MONTHLY;BYMONTHDAY=29;COUNT=3", "FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1;COUNT=3"),
        ("FREQ=MONTHLY;BYMONTHDAY=28", "FREQ=MONTHLY;BYMONTHDAY=28"),
        ("FREQ=YEARLY;COUNT=3;INTERVAL=2", "FREQ=YEARLY;INTERVAL=2;COUNT=3"),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    """Whatever the spelling, a rule is written in one way."""
    assert canonical == Rule.read(text).text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "weekly",
        "FREQ=",
        "FREQ=HOURLY",
        "INTERVAL=2",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=1000",
        "FREQ=DAILY;INTERVAL=99999999999999999999",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=10000",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=٣",
        "FREQ=DAILY;COUNT=3;UNTIL=20270101",
        "FREQ=DAILY;UNTIL=20270230",
        "FREQ=DAILY;UNTIL=20270101T000000Z",
        "FREQ=DAILY;BYMONTHDAY=3",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTHDAY=28,29",
        "FREQ=MONTHLY;BYMONTHDAY=28,30;BYSETPOS=-1",
        "FREQ=MONTHLY;BYMONTHDAY=29;BYSETPOS=-1",
        "FREQ=MONTHLY;BYSETPOS=-1",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=-1",
        "FREQ=MONTHLY;BYDAY=MO",
        "FREQ=MONTHLY;BYDAY=1MO,TU",
        "FREQ=MONTHLY;BYDAY=-2MO",
        "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=3",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;WKST=SU",
        "FREQ=YEARLY;BYDAY=MO",
        "FREQ=YEARLY;BYMONTH=3",
    ],
)
def test_bad_rules(text: str) -> None:
    """What is no rule, contradicts itself or is not kept here is refused, never half read."""
    with pytest.raises(BadRule):
        Rule.read(text)


def test_wrong_weekdays() -> None:
    """A rule made in code is checked as well, and its weekdays put into order."""
    with pytest.raises(BadRule):
        Rule(Frequency.WEEKLY, weekdays=(7,))
    assert (0, 4) == Rule(Frequency.WEEKLY, weekdays=(4, 0, 4)).weekdays


def test_far_away_is_near() -> None:
    """A daily rule of thousands of years ago is looked at as fast as one of yesterday."""
    late = date(9000, 1, 1)
    for _ in range(1000):  # a walk through all the days would take many minutes
        assert late == next(Rule.read("FREQ=DAILY").days(date(1, 1, 1), late))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Draw any rule that can be made."""
    frequency = draw(st.sampled_from(Frequency))
    weekdays: tuple[int, ...] = ()
    month_day = position = None
    if frequency in {Frequency.DAILY, Frequency.WEEKLY}:
        weekdays = tuple(draw(st.lists(st.integers(0, 6), max_size=7)))
    elif frequency is Frequency.MONTHLY:
        month_day = draw(st.none() | st.integers(1, 31))
        if month_day is None and draw(st.booleans()):
            position = draw(st.sampled_from([1, 2, 3, 4, 5, LAST]))
            weekdays = (draw(st.integers(0, 6)),)
    until = draw(st.none() | st.dates())
    return Rule(
        frequency,
        interval=draw(st.integers(1, 999)),
        weekdays=weekdays,
        month_day=month_day,
        position=position,
        until=until,
        count=draw(st.none() | st.integers(1, 50)) if until is None else None,
    )


@settings(deadline=None)  # how fast this machine is just now is no law
@given(rules())
def test_what_is_written_is_read(rule: Rule) -> None:
    """The text of a rule says all of it."""
    assert rule == Rule.read(rule.text)


def as_rfc_5545_says(text: str, year: int, month: int) -> list[date]:
    """Return the days that a monthly rule by days of the month has in one month, read literally."""
    parts = dict(part.split("=") for part in text.split(";"))
    length = monthrange(year, month)[1]
    named = [int(day) for day in parts["BYMONTHDAY"].split(",")]
    real = sorted(day if day > 0 else length + 1 + day for day in named if day <= length)
    return [date(year, month, day) for day in (real[-1:] if "BYSETPOS" in parts else real)]


@pytest.mark.parametrize("day", range(1, 32))
def test_any_calendar_rings_when_the_bot_does(day: int) -> None:
    """The text of a rule for the 29th, 30th or 31st means the same days to RFC 5545 (3.3.10)."""
    rule = Rule(Frequency.MONTHLY, month_day=day)
    begin = date(2027, 1, 1)
    months = [(year, month) for year in (2027, 2028) for month in range(1, 13)]
    said = [one for month in months for one in as_rfc_5545_says(rule.text, *month)]
    assert said == list(islice(rule.days(begin, begin), len(months)))


@settings(deadline=None)  # how fast this machine is just now is no law
@given(rules(), st.dates(), st.dates())
def test_laws_of_days(rule: Rule, first: date, after: date) -> None:
    """The days ascend, keep to the bounds, and do not depend on when one begins to look."""
    found = list(islice(rule.days(first, after), 20))
    assert all(one < other for one, other in pairwise(found))
    assert all(max(first, after) <= day <= (rule.until or date.max) for day in found)
    if len(found) > 1:
        later = found[0] + timedelta(days=1)
        assert found[1:] == list(islice(rule.days(first, later), len(found) - 1))


@settings(deadline=None)  # how fast this machine is just now is no law
@given(rules(), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_count(rule: Rule, first: date) -> None:
    """A counted rule ends after so many days, or with the calendar."""
    assert rule.count is None or len(list(rule.days(first, first))) <= rule.count
