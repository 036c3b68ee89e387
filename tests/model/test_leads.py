"""Which leads ring at all: not those that somebody has just heard, or is to hear again soon."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.agenda import due, next_due
from bot.model.due import Due
from bot.model.leads import before
from bot.model.people import Holiday, Partner, Quiet
from bot.model.tasks import Milestone, Task
from tests.model.test_agenda import (
    FAR,
    LEA,
    LONG_AGO,
    off,
    project,
    projects,
    quiets,
    rung,
    task,
    when,
)

if TYPE_CHECKING:
    from bot.model.project import Project

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
INSTANT = timedelta.resolution
SOON = 12 * HOUR

# --- two of one thing that come close together -----------------------------------------------


def in_holidays(*codes: str) -> Project:
    """Return a project in which Kraków has holidays until the weekend before Monday 4 January."""
    made = project(*codes)
    made.partners["KRK"].holidays = [Holiday(date(2026, 12, 23), date(2027, 1, 1))]
    return made


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        # After the holidays the week before would be rung three hours before the day before.
        ("2027-01-05 10:00", ["1d Mon 2027-01-04 10:00", "1h Tue 2027-01-05 09:00"]),
        # Twelve hours are soon; half an hour more is not.
        ("2027-01-05 19:00", ["1d Mon 2027-01-04 19:00", "1h Tue 2027-01-05 18:00"]),
        (
            "2027-01-05 19:30",
            ["7d Mon 2027-01-04 07:00", "1d Mon 2027-01-04 19:30", "1h Tue 2027-01-05 18:30"],
        ),
        # The day before is not given up for an hour before: there would be too little time left.
        ("2027-01-04 18:00", ["1d Mon 2027-01-04 07:00", "1h Mon 2027-01-04 17:00"]),
        ("2027-01-04 10:00", ["1d Mon 2027-01-04 07:00", "1h Mon 2027-01-04 09:00"]),
        ("2027-01-04 09:00", ["1h Mon 2027-01-04 08:00"]),
    ],
)
def test_a_postponed_lead_gives_way(deadline: str, expected: list[str]) -> None:
    """What rings late for holidays or a weekend does not if a shorter lead tells it soon."""
    made = in_holidays("KRK")
    made.milestones[5] = Milestone(5, "Call", LEA, LONG_AGO, when(deadline))
    assert [f"{line} KRK" for line in expected] == rung(made)


def test_it_gives_way_for_its_own_class_only() -> None:
    """Who is not on holiday hears it a week before."""
    made = in_holidays("PAU", "KRK")
    task(made, "2027-01-05 10:00")
    assert [
        "7d Tue 2026-12-29 10:00 PAU",
        "1d Mon 2027-01-04 10:00 PAU+KRK",
        "1h Tue 2027-01-05 09:00 PAU+KRK",
    ] == rung(made)


def test_leads_that_were_not_postponed_all_ring() -> None:
    """Who asks for leads that lie near each other has them."""
    made = project("PAU")
    task(made, "2026-11-27 18:00", leads=[30 * HOUR, 28 * HOUR, 26 * HOUR])
    assert [
        "1d6h Thu 2026-11-26 12:00 PAU",
        "1d4h Thu 2026-11-26 14:00 PAU",
        "1d2h Thu 2026-11-26 16:00 PAU",
    ] == rung(made)


def test_several_give_way_to_the_shortest() -> None:
    """It is what rings that others give way to, not what gives way itself."""
    made = in_holidays("KRK")
    task(made, "2027-01-05 12:00", leads=[9 * DAY, 7 * DAY, 28 * HOUR, DAY])
    assert [
        "1d4h Mon 2027-01-04 08:00 KRK",  # wanted then: it is not postponed
        "1d Mon 2027-01-04 12:00 KRK",
    ] == rung(made)
    made.tasks[1].leads = [7 * DAY, 2 * DAY, 17 * HOUR]
    assert ["17h Mon 2027-01-04 19:00 KRK"] == rung(made)


@pytest.mark.parametrize("until", ["07:00", "09:59", "10:00"])
def test_what_rings_after_the_window_is_known(until: str) -> None:
    """The 7-day reminder is not rung at 7:00 because nobody has looked as far as 10:00."""
    made = in_holidays("KRK")
    task(made, "2027-01-05 10:00")
    midnight = datetime(2027, 1, 4, tzinfo=ZoneInfo("Europe/Warsaw"))
    clock = time.fromisoformat(until)
    expected = ["1d Mon 2027-01-04 10:00 KRK"] * (until == "10:00")
    assert expected == rung(made, midnight, midnight.replace(hour=clock.hour, minute=clock.minute))
    assert midnight.replace(hour=10) == next_due(made, midnight)


# --- made a moment ago -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("created", "deadline", "expected"),
    [
        # On a Sunday for the next: "in 7 days" would follow it three hours later, or on Monday.
        ("2026-11-22T15:10", "2026-11-29", ["1h Fri 2026-11-27 19:30"]),
        # On a Tuesday for a week later: the same evening, and the next morning.
        ("2026-11-24T10:00", "2026-12-01", ["1d Mon 11-30 18:00", "1h Tue 12-01 17:00"]),
        (
            "2026-11-24T10:00",
            "2026-12-02 09:00",
            ["7d Wed 11-25 09:00", "1d Tue 12-01 09:00", "1h Wed 12-02 08:00"],
        ),
        # 14 hours are a twelfth of a week.
        ("2026-11-24T19:01", "2026-12-02 09:00", ["1d Tue 12-01 09:00", "1h Wed 12-02 08:00"]),
        (
            "2026-11-24T19:00",
            "2026-12-02 09:00",
            ["7d Wed 11-25 09:00", "1d Tue 12-01 09:00", "1h Wed 12-02 08:00"],
        ),
        # For tomorrow: 2 hours are a twelfth of a day.
        ("2026-11-24T10:00", "2026-11-25 09:00", ["1h Wed 11-25 08:00"]),
        ("2026-11-24T10:00", "2026-11-25 11:59", ["1h Wed 11-25 10:59"]),
        ("2026-11-24T10:00", "2026-11-25 12:00", ["1d Tue 11-24 12:00", "1h Wed 11-25 11:00"]),
        ("2026-11-24T10:00", "2026-11-25", ["1d Tue 11-24 18:00", "1h Wed 11-25 17:00"]),
        # For today: 5 minutes.
        ("2026-11-24T10:00", "2026-11-24 12:00", ["1h Tue 11-24 11:00"]),
        ("2026-11-24T10:00", "2026-11-24 11:05", ["1h Tue 11-24 10:05"]),
        ("2026-11-24T10:00", "2026-11-24 11:04", []),
        # The wish counts: on Friday afternoon for Sunday there is but Friday evening.
        ("2026-11-27T19:00", "2026-11-29", ["1h Fri 11-27 19:30"]),
    ],
)
def test_just_made(created: str, deadline: str, expected: list[str]) -> None:
    """What would ring within a twelfth of its lead after the task was made is superfluous."""
    made = project("PAU")
    task(made, deadline, created=moment(created))
    assert [f"{line} PAU".replace("2026-", "") for line in expected] == [
        line.replace("2026-", "") for line in rung(made)
    ]


def test_just_made_but_there_is_nothing_else() -> None:
    """A lead that quiet time moves near the making of the task rings: it is the only one."""
    made = project("PAU")
    task(made, "2026-11-29 18:00", created=moment("2026-11-27T19:00"), leads=[DAY])
    assert ["1d Fri 2026-11-27 19:30 PAU"] == rung(made)


def test_rung_at_the_deadline() -> None:
    """A lead of nothing is never just made."""
    made = project("PAU")
    created = moment("2026-11-24T10:00")
    task(made, "2026-11-24 10:01", created=created, leads=[timedelta(0)])
    task(made, "2026-11-24 10:00", created=created, leads=[timedelta(0)])
    assert ["0m Tue 2026-11-24 10:01 PAU"] == rung(made)


def moment(text: str) -> datetime:
    """Read a time of the wall in Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris"))


# --- laws ------------------------------------------------------------------------------------

minutes = st.sampled_from([0, 10, 60, 120, 720, 1440, 1500, 2880, 10080]) | st.integers(0, 20000)
some_leads = st.lists(minutes.map(lambda number: timedelta(minutes=number)), max_size=6)


@st.composite
def busy(draw: st.DrawFn) -> Project:
    """Draw a project whose deadlines follow holidays and are told by many leads."""
    made = draw(projects(asked=False))
    things: list[Task | Milestone] = [*made.tasks.values(), *made.milestones.values()]
    for thing in things:
        thing.leads = draw(st.none() | some_leads)
        back = draw(st.integers(0, 15000))
        if draw(st.booleans()):
            midnight = datetime.combine(thing.due.day, time(12), UTC) if thing.due else LONG_AGO
            thing.created = midnight - timedelta(minutes=back)
        for partner in made.partners.values():
            if thing.due and not partner.holidays and draw(st.booleans()):
                last = thing.due.day - draw(st.integers(1, 4)) * DAY
                partner.holidays = [Holiday(last - draw(st.integers(0, 9)) * DAY, last)]
    return made


def wanted(made: Project, what: str, code: str | None, lead: timedelta) -> datetime:
    """Return when a class would be rung if nobody slept."""
    return before(made.deadline_of(of(made, what).due or when(""), partner(made, code)), lead)


def of(made: Project, what: str) -> Task | Milestone:
    """Return a task or a milestone."""
    kind, number = what.split()
    return made.tasks[int(number)] if kind == "task" else made.milestones[int(number)]


def partner(made: Project, code: str | None) -> Partner | None:
    """Return the class with this code."""
    return made.partners[code] if code else None


Heard = dict[tuple[str, str | None], list[tuple[datetime, timedelta]]]


def heard(made: Project) -> Heard:
    """Return what each class hears of each thing: moments and leads."""
    found: Heard = defaultdict(list)
    for one in due(made, LONG_AGO, FAR):
        assert one.lead is not None
        for code in one.key.split()[-1].split("+"):
            found[one.what, None if code == "-" else code].append((one.moment, one.lead))
    return found


@settings(deadline=None)  # how fast this machine is just now is no law
@given(busy())
def test_law_of_giving_way(made: Project) -> None:
    """Nothing postponed rings for a class that hears a shorter lead soon, with time left."""
    for (what, code), times in heard(made).items():
        end = wanted(made, what, code, timedelta(0))
        for moment, lead in times:
            if moment > wanted(made, what, code, lead):
                soon = [
                    after
                    for after, shorter in times
                    if shorter < lead and moment <= after <= moment + min(SOON, end - after)
                ]
                assert [] == soon, f"{what} {lead} rings {code} at {moment}, and soon again"


@settings(deadline=None)  # how fast this machine is just now is no law
@given(busy())
def test_law_of_the_just_made(made: Project) -> None:
    """Nothing rings that wants to within a twelfth of its lead after the thing was made."""
    for (what, code), times in heard(made).items():
        for _, lead in times:
            assert wanted(made, what, code, lead) - of(made, what).created >= lead / 12


@settings(deadline=None)  # how fast this machine is just now is no law
@given(
    st.dates(date(2026, 11, 1), date(2027, 11, 1)),
    st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    some_leads,
    quiets,
    off,
)
def test_law_of_nothing_lost(
    day: date, clock: time, leads: list[timedelta], quiet: Quiet | None, holidays: list[Holiday]
) -> None:
    """What a lead would tell a class if it were the only one, it tells, or a shorter one soon."""
    made = project("PAU")
    made.partners["PAU"].quiet, made.partners["PAU"].holidays = quiet, holidays
    made.tasks[1] = Task(1, "Film", LEA, LONG_AGO, due=Due(day, clock), leads=leads)
    together = {one.lead: one.moment for one in due(made, LONG_AGO, FAR)}
    for lead in {*leads}:
        made.tasks[1].leads = [lead]
        for alone in due(made, LONG_AGO, FAR):
            assert together.get(lead, alone.moment) == alone.moment
            told = [
                after
                for shorter, after in together.items()
                if shorter is not None
                and shorter <= lead
                and alone.moment <= after <= alone.moment + SOON
            ]
            assert told, f"nobody hears of {lead}"


@settings(deadline=None)  # how fast this machine is just now is no law
@given(busy())
def test_law_of_every_cut(made: Project) -> None:
    """Wherever time is cut, the parts hold what the whole holds; step by step, too."""
    whole = due(made, LONG_AGO, FAR)
    moments = sorted({one.moment for one in whole})
    cuts = {cut for one in moments for cut in (one - INSTANT, one, one + HOUR)}
    for cut in sorted(cuts)[:40]:
        assert whole == due(made, LONG_AGO, cut) + due(made, cut, FAR)
    for since, until in pairwise([LONG_AGO, *sorted(cuts), FAR]):
        held = [one for one in whole if since < one.moment <= until]
        assert held == due(made, since, until)
    steps, since = [], LONG_AGO
    while step := next_due(made, since):
        steps.append(step)
        since = step
    assert moments == steps
