"""Quiet hours, as tables of local times and as laws."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.people import Holiday, Quiet
from bot.model.quiet import is_open, last_open_before, next_open, silence

PARIS, NEW_YORK, TBILISI = "Europe/Paris", "America/New_York", "Asia/Tbilisi"
USUAL = Quiet()
NIGHTS = Quiet(weekend=False)
SMALL_HOURS = Quiet(time(0), time(7))
"""Within one day: begins after midnight."""
WEEKENDS = Quiet(time(0), time(0))
NEVER = Quiet(time(12), time(12), weekend=False)
DAYTIME = Quiet(time(9), time(16), weekend=False)
CHRISTMAS = [Holiday(date(2026, 12, 19), date(2027, 1, 3))]


def at(text: str, zone: str = PARIS) -> datetime:
    """Return the moment (UTC) that a wall in *zone* shows; the weekday is for the reader."""
    naive = datetime.strptime(text, "%a %Y-%m-%d %H:%M")  # noqa: DTZ007 the zone comes next
    assert naive.strftime("%a") == text[:3]
    return naive.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def shown(moment: datetime, zone: str = PARIS) -> str:
    """Return what a wall in *zone* shows."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("quiet", "moment", "following", "previous"),
    [
        # Open: not moved.
        (USUAL, "Thu 2026-11-26 07:00", "Thu 2026-11-26 07:00", "Thu 2026-11-26 07:00"),
        (USUAL, "Thu 2026-11-26 19:59", "Thu 2026-11-26 19:59", "Thu 2026-11-26 19:59"),
        (USUAL, "Fri 2026-11-27 18:00", "Fri 2026-11-27 18:00", "Fri 2026-11-27 18:00"),
        # A night; its beginning belongs to it, its end does not.
        (USUAL, "Thu 2026-11-26 20:00", "Fri 2026-11-27 07:00", "Thu 2026-11-26 19:30"),
        (USUAL, "Fri 2026-11-27 06:59", "Fri 2026-11-27 07:00", "Thu 2026-11-26 19:30"),
        # The weekend goes from Friday's quiet start to Monday's quiet end.
        (USUAL, "Fri 2026-11-27 20:00", "Mon 2026-11-30 07:00", "Fri 2026-11-27 19:30"),
        (USUAL, "Sat 2026-11-28 12:00", "Mon 2026-11-30 07:00", "Fri 2026-11-27 19:30"),
        (USUAL, "Sun 2026-11-29 23:59", "Mon 2026-11-30 07:00", "Fri 2026-11-27 19:30"),
        (NIGHTS, "Sat 2026-11-28 12:00", "Sat 2026-11-28 12:00", "Sat 2026-11-28 12:00"),
        (NIGHTS, "Sat 2026-11-28 21:00", "Sun 2026-11-29 07:00", "Sat 2026-11-28 19:30"),
        # Both changes of clocks of 2027: the wall decides, not the number of hours.
        (USUAL, "Sat 2027-03-27 12:00", "Mon 2027-03-29 07:00", "Fri 2027-03-26 19:30"),
        (NIGHTS, "Sun 2027-03-28 03:30", "Sun 2027-03-28 07:00", "Sat 2027-03-27 19:30"),
        (NIGHTS, "Sun 2027-10-31 02:30", "Sun 2027-10-31 07:00", "Sat 2027-10-30 19:30"),
        # Quiet hours within one day; the weekend is then Saturday to Monday's quiet end.
        (SMALL_HOURS, "Thu 2026-11-26 00:00", "Thu 2026-11-26 07:00", "Wed 2026-11-25 23:30"),
        (SMALL_HOURS, "Thu 2026-11-26 23:00", "Thu 2026-11-26 23:00", "Thu 2026-11-26 23:00"),
        (SMALL_HOURS, "Fri 2026-11-27 23:00", "Fri 2026-11-27 23:00", "Fri 2026-11-27 23:00"),
        (SMALL_HOURS, "Sun 2026-11-29 09:00", "Mon 2026-11-30 07:00", "Fri 2026-11-27 23:30"),
        (DAYTIME, "Thu 2026-11-26 09:00", "Thu 2026-11-26 16:00", "Thu 2026-11-26 08:30"),
        # No nights at all.
        (WEEKENDS, "Thu 2026-11-26 03:00", "Thu 2026-11-26 03:00", "Thu 2026-11-26 03:00"),
        (WEEKENDS, "Sat 2026-11-28 03:00", "Mon 2026-11-30 00:00", "Fri 2026-11-27 23:30"),
        (NEVER, "Sat 2026-11-28 03:00", "Sat 2026-11-28 03:00", "Sat 2026-11-28 03:00"),
    ],
)
def test_moves(quiet: Quiet, moment: str, following: str, previous: str) -> None:
    """A moment in quiet time moves to its end, or half an hour before it began; others stay."""
    asked = at(moment)
    assert following == shown(next_open(asked, PARIS, quiet, []))
    assert previous == shown(last_open_before(asked, PARIS, quiet, []))
    assert (following == moment) is is_open(asked, PARIS, quiet, [])


@pytest.mark.parametrize(
    ("zone", "quiet", "end"),
    [
        # In the night that clocks change, a quiet end that does not exist moves forward.
        (PARIS, Quiet(time(20), time(2, 30), weekend=False), "Sun 2027-03-28 03:30"),
        (NEW_YORK, Quiet(time(20), time(2, 30), weekend=False), "Sun 2027-03-14 03:30"),
        # One that exists twice is the first: the second 2:10 is open.
        (PARIS, Quiet(time(20), time(2, 0), weekend=False), "Sun 2027-10-31 02:00"),
        (TBILISI, NIGHTS, "Sun 2027-03-28 07:00"),
    ],
)
def test_quiet_end_in_the_changing_hour(zone: str, quiet: Quiet, end: str) -> None:
    """A quiet time has one end, also when the wall skips or repeats it."""
    expected = at(end, zone)
    evening = expected - timedelta(hours=4)
    assert expected == next_open(evening, zone, quiet, [])
    assert not is_open(expected - timedelta(seconds=1), zone, quiet, [])
    assert all(
        is_open(expected + timedelta(minutes=minutes), zone, quiet, []) for minutes in range(180)
    )


@pytest.mark.parametrize(
    ("quiet", "holidays", "moment", "following", "previous"),
    [
        # Friday evening, weekends and two weeks of holidays are one silence.
        (USUAL, CHRISTMAS, "Wed 2026-12-23 12:00", "Mon 2027-01-04 07:00", "Fri 2026-12-18 19:30"),
        (USUAL, CHRISTMAS, "Fri 2026-12-18 20:00", "Mon 2027-01-04 07:00", "Fri 2026-12-18 19:30"),
        (NEVER, CHRISTMAS, "Wed 2026-12-23 12:00", "Mon 2027-01-04 00:00", "Fri 2026-12-18 23:30"),
        (NEVER, CHRISTMAS, "Fri 2026-12-18 23:59", "Fri 2026-12-18 23:59", "Fri 2026-12-18 23:59"),
        # A single day off.
        (
            USUAL,
            [Holiday(date(2026, 11, 11), date(2026, 11, 11))],
            "Wed 2026-11-11 10:00",
            "Thu 2026-11-12 07:00",
            "Tue 2026-11-10 19:30",
        ),
        # Written the wrong way round: none.
        (
            USUAL,
            [Holiday(date(2026, 11, 12), date(2026, 11, 11))],
            "Wed 2026-11-11 10:00",
            "Wed 2026-11-11 10:00",
            "Wed 2026-11-11 10:00",
        ),
    ],
)
def test_holidays(
    quiet: Quiet, holidays: list[Holiday], moment: str, following: str, previous: str
) -> None:
    """Holidays are whole local days, joined with the nights and weekends around them."""
    assert following == shown(next_open(at(moment), PARIS, quiet, holidays))
    assert previous == shown(last_open_before(at(moment), PARIS, quiet, holidays))


def test_own_zone() -> None:
    """One moment can be open for one class and quiet for another."""
    moment = at("Thu 2026-11-26 09:00")
    assert is_open(moment, PARIS, USUAL, [])
    assert "Thu 2026-11-26 07:00" == shown(next_open(moment, NEW_YORK, USUAL, []), NEW_YORK)


def test_little_open_time() -> None:
    """Where a class is open for less than half an hour, the moment it opened is the last one."""
    quiet = Quiet(time(20), time(19, 50), weekend=False)
    moment = at("Thu 2026-11-26 21:00")
    assert "Thu 2026-11-26 19:50" == shown(last_open_before(moment, PARIS, quiet, []))


def test_absurd_holidays() -> None:
    """Holidays up to the ends of the calendar are cut, not an error."""
    ever = [Holiday(date.min, date.max)]
    moment = at("Thu 2026-11-26 21:00")
    assert next_open(moment, "Pacific/Kiritimati", USUAL, ever) > moment
    assert last_open_before(moment, NEW_YORK, USUAL, ever) < moment


clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
quiets = st.builds(Quiet, clocks, clocks, st.booleans()) | st.just(USUAL)
moments = st.datetimes(datetime(2026, 9, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 hypothesis adds UTC
holidays = st.lists(
    st.builds(
        lambda first, days: Holiday(first, first + timedelta(days=days)),
        st.dates(date(2026, 9, 1), date(2028, 1, 1)),
        st.integers(0, 20),
    ),
    max_size=4,
)
zones = st.sampled_from([PARIS, NEW_YORK, TBILISI, "Australia/Lord_Howe", "Antarctica/Troll"])


@settings(deadline=None)  # how fast this machine is just now is no law
@given(moments, zones, quiets, holidays)
def test_laws(moment: datetime, zone: str, quiet: Quiet, off: list[Holiday]) -> None:
    """Next and last open moments are open, on their side, and what lies between is quiet."""
    following = next_open(moment, zone, quiet, off)
    previous = last_open_before(moment, zone, quiet, off)
    span = silence(moment, zone, quiet, off)
    assert previous <= moment <= following
    assert is_open(following, zone, quiet, off)
    assert is_open(previous, zone, quiet, off)
    assert (span is None) is is_open(moment, zone, quiet, off)
    if span is None:
        assert previous == moment == following
    else:
        assert span[1] == following
        for part in range(10):
            assert not is_open(span[0] + (span[1] - span[0]) / 10 * part, zone, quiet, off)
        assert is_open(span[0] - timedelta.resolution, zone, quiet, off)
