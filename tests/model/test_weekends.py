"""Weekends are where the class is: nobody in Cairo is rung on a Friday."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.people import Quiet
from bot.model.quiet import is_open, next_open, silence
from bot.model.weekends import USUAL, weekend_of

ZONES = ("Europe/Paris", "Africa/Cairo", "Africa/Algiers", "Asia/Amman", "Africa/Tunis", "UTC")
FRIDAY, SATURDAY, SUNDAY = 4, 5, 6


@pytest.mark.parametrize(
    ("zone", "weekend"),
    [
        ("Africa/Cairo", (FRIDAY, SATURDAY)), ("Africa/Algiers", (FRIDAY, SATURDAY)),
        ("Asia/Amman", (FRIDAY, SATURDAY)), ("Asia/Tehran", (FRIDAY, FRIDAY)),
        ("Africa/Tunis", USUAL), ("Africa/Casablanca", USUAL), ("Asia/Dubai", USUAL),
        ("Europe/Istanbul", USUAL), ("Asia/Tbilisi", USUAL), ("UTC", USUAL), ("Etc/GMT+1", USUAL),
    ],
)  # fmt: skip
def test_a_weekend_is_that_of_the_country(zone: str, weekend: tuple[int, int]) -> None:
    """As CLDR knows it; where a zone lies nowhere, it is the usual one."""
    assert weekend == weekend_of(zone)


def at(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_the_weekend_in_cairo_is_one_silence() -> None:
    """From Thursday evening to Sunday morning; on Sunday at noon everybody is at school."""
    there = "Africa/Cairo"
    found = silence(at(there, "2026-11-27 12:00"), there, Quiet(), ())
    assert found == (at(there, "2026-11-26 20:00"), at(there, "2026-11-29 07:00"))
    assert is_open(at(there, "2026-11-29 12:00"), there, Quiet(), ())
    assert not is_open(at("Europe/Paris", "2026-11-29 12:00"), "Europe/Paris", Quiet(), ())


def test_without_nights_it_is_two_whole_days() -> None:
    """Friday and Saturday, from midnight to midnight."""
    never = Quiet(time(12), time(12), weekend=True)
    found = silence(at("Asia/Amman", "2026-11-27 12:00"), "Asia/Amman", never, ())
    assert found == (at("Asia/Amman", "2026-11-27 00:00"), at("Asia/Amman", "2026-11-29 00:00"))


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2030-01-01")),
    st.booleans(),
)
def test_nobody_is_rung_on_a_day_without_school(zone: str, wall: datetime, nights: bool) -> None:
    """Whatever the moment, what rings at the next open one rings on a school day."""
    quiet = Quiet() if nights else Quiet(time(0), time(0), weekend=True)
    moment = next_open(wall.replace(tzinfo=ZoneInfo(zone)), zone, quiet, ())
    first, last = weekend_of(zone)
    there = moment.astimezone(ZoneInfo(zone))
    assert there.weekday() not in {first, last}
    assert moment - wall.replace(tzinfo=ZoneInfo(zone)) < timedelta(days=4)
