"""The agenda, as tables of local times and as laws."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.agenda import Occurrence, due, next_due
from bot.model.due import Due
from bot.model.people import Holiday, Member, Partner, Quiet
from bot.model.project import Project
from bot.model.quiet import is_open
from bot.model.recurrence import Frequency, Rule
from bot.model.reminders import Audience, Reminder
from bot.model.tasks import Milestone, State, Task, Tick

LEA, OLA, YANNIS, SAM, NINO, HELPER = "@lea:x", "@ola:x", "@yannis:x", "@sam:x", "@nino:x", "@h:x"
ZONES = {
    "PAU": "Europe/Paris",
    "KRK": "Europe/Warsaw",
    "VOL": "Europe/Athens",
    "NYC": "America/New_York",
    "TBS": "Asia/Tbilisi",
}
AT_HOME = {LEA: "PAU", OLA: "KRK", YANNIS: "VOL", SAM: "NYC", NINO: "TBS", HELPER: None}
LONG_AGO = datetime(2026, 9, 1, tzinfo=UTC)
FAR = datetime(2029, 1, 1, tzinfo=UTC)
NEVER = Quiet(time(0), time(0), weekend=False)
MINUTE = timedelta(minutes=1)


def project(*codes: str) -> Project:
    """Return a project of these classes, with one pupil in each and a helper without a class."""
    made = Project("!room", LONG_AGO, zone="Europe/Paris")
    for code in codes:
        made.partners[code] = Partner(code, code, ZONES[code])
    for user, home in AT_HOME.items():
        made.members[user] = Member(user, user, home if home in codes else None)
    return made


def when(text: str) -> Due:
    """Read "2026-11-27", "2026-11-27 18:00" or "2026-11-27 18:00 Europe/Paris"."""
    day, clock, zone, *_ = [*text.split(), "", ""]
    return Due(date.fromisoformat(day), time.fromisoformat(clock) if clock else None, zone or None)


def task(made: Project, deadline: str, **fields: object) -> Task:
    """Add a task for everybody, created long ago, unless told otherwise."""
    number = len(made.tasks) + 1
    fields = {"created": LONG_AGO, "author": LEA, **fields}
    made.tasks[number] = Task(number, "Film", due=when(deadline), **fields)  # type: ignore[arg-type]
    return made.tasks[number]


def remind(made: Project, first: str, audience: Audience, **fields: object) -> Reminder:
    """Add a reminder by Léa."""
    number = len(made.reminders) + 1
    fields = {"created": LONG_AGO, **fields}
    made.reminders[number] = Reminder(
        number,
        "Log",
        LEA,
        audience=audience,
        first=when(first),
        **fields,  # type: ignore[arg-type]
    )
    return made.reminders[number]


def local(one: Occurrence, code: str | None = None) -> str:
    """Return the moment of an occurrence as the first of its classes reads it."""
    code = code or (one.partners[0] if one.partners else None)
    zone = ZoneInfo(ZONES[code] if code else "Europe/Paris")
    return one.moment.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")


def rung(made: Project, since: datetime = LONG_AGO, until: datetime = FAR) -> list[str]:
    """Return all that rings: the lead, the local time of the first class rung, the classes."""
    found = []
    for one in due(made, since, until):
        words = one.key.split()
        lead = words[2] if len(words) == 5 else "-"
        found.append(f"{lead} {local(one)} {words[-1]}")
    return found


def every_time(made: Project, number: int, since: datetime = LONG_AGO) -> list[str]:
    """Return what rings when nothing is missed: step by step, as the alarm does."""
    found: list[str] = []
    while len(found) < number and (moment := next_due(made, since)):
        found += rung(made, since, moment)
        since = moment
    return found


# --- deadlines -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        # Without an hour: 18:00. A Friday; the week before is a Friday as well.
        (
            "2026-11-27",
            ["7d Fri 2026-11-20 18:00", "1d Thu 2026-11-26 18:00", "1h Fri 2026-11-27 17:00"],
        ),
        # Monday morning: the day before is a Sunday and would be rung Monday 7:00, with the hour
        # before, of which the shorter one rings.
        ("2026-11-30 08:00", ["7d Mon 2026-11-23 08:00", "1h Mon 2026-11-30 07:00"]),
        # Monday night: by the end of the quiet time it would be over, so earlier, and once.
        ("2026-11-30 06:30", ["7d Mon 2026-11-23 07:00", "1h Fri 2026-11-27 19:30"]),
        # At the moment the quiet time ends it would be over as well.
        ("2026-11-30 07:00", ["7d Mon 2026-11-23 07:00", "1h Fri 2026-11-27 19:30"]),
        (
            "2026-11-26 07:30",
            ["7d Thu 2026-11-19 07:30", "1d Wed 2026-11-25 07:30", "1h Thu 2026-11-26 07:00"],
        ),
        # An evening.
        (
            "2026-11-26 22:00",
            ["7d Fri 2026-11-20 07:00", "1d Thu 2026-11-26 07:00", "1h Thu 2026-11-26 19:30"],
        ),
        # A Sunday: a week before becomes Monday, the rest Friday before it.
        ("2026-11-29", ["7d Mon 2026-11-23 07:00", "1h Fri 2026-11-27 19:30"]),
        # Over both changes of clocks a day before is the same hour of the day before.
        (
            "2027-03-29 12:00",
            ["7d Mon 2027-03-22 12:00", "1d Mon 2027-03-29 07:00", "1h Mon 2027-03-29 11:00"],
        ),
        (
            "2027-04-02",
            ["7d Fri 2027-03-26 18:00", "1d Thu 2027-04-01 18:00", "1h Fri 2027-04-02 17:00"],
        ),
        (
            "2027-11-02",
            ["7d Tue 2027-10-26 18:00", "1d Mon 2027-11-01 18:00", "1h Tue 2027-11-02 17:00"],
        ),
    ],
)
def test_leads(deadline: str, expected: list[str]) -> None:
    """A deadline rings 7 days, 1 day and 1 hour before, in open hours, never after it."""
    made = project("PAU")
    task(made, deadline)
    assert [f"{line} PAU" for line in expected] == rung(made)


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        # New York changes two weeks before Europe in spring, a week after it in autumn.
        ("2027-03-16 10:00", ["7d Tue 2027-03-09 10:00", "1d Mon 2027-03-15 10:00"]),
        ("2027-11-09 10:00", ["7d Tue 2027-11-02 10:00", "1d Mon 2027-11-08 10:00"]),
    ],
)
def test_leads_in_another_regime(deadline: str, expected: list[str]) -> None:
    """The change of clocks that counts is the one of the class."""
    made = project("NYC")
    task(made, deadline, leads=[timedelta(days=7), timedelta(days=1)])
    assert [f"{line} NYC" for line in expected] == rung(made)


def test_holidays_move_leads() -> None:
    """In holidays nobody is rung: after them if there is still time, else on the last evening."""
    made = project("PAU")
    made.partners["PAU"].holidays = [Holiday(date(2026, 12, 19), date(2027, 1, 3))]
    task(made, "2027-01-06")
    task(made, "2026-12-28")
    assert [
        "1h Fri 2026-12-18 19:30 PAU",  # 28 December: the week before as well
        "7d Mon 2027-01-04 07:00 PAU",
        "1d Tue 2027-01-05 18:00 PAU",
        "1h Wed 2027-01-06 17:00 PAU",
    ] == rung(made)


@pytest.mark.parametrize(
    ("created", "deadline", "expected"),
    [
        # Made today for tomorrow: no reminder of a week before.
        ("2026-11-26T10:00", "2026-11-27", ["1d Thu 2026-11-26 18:00", "1h Fri 2026-11-27 17:00"]),
        ("2026-11-26T18:00", "2026-11-27", ["1h Fri 2026-11-27 17:00"]),
        ("2026-11-27T17:30", "2026-11-27", []),
        # Made at night for early next morning: nobody can be rung before, so nobody is.
        ("2026-11-26T21:00", "2026-11-27 06:30", []),
    ],
)
def test_created_late(created: str, deadline: str, expected: list[str]) -> None:
    """What would have rung before the task was made does not ring late."""
    made = project("PAU")
    moment = datetime.fromisoformat(created).replace(tzinfo=ZoneInfo("Europe/Paris"))
    task(made, deadline, created=moment)
    assert [f"{line} PAU" for line in expected] == rung(made)


def test_own_leads() -> None:
    """A task's own leads replace the project's; the same one twice, or one too long, is nothing."""
    made = project("PAU")
    made.leads = [timedelta(days=2)]
    task(made, "2026-11-26 12:00")
    task(
        made,
        "2026-11-27 12:00",
        leads=[timedelta(0), timedelta(hours=36), timedelta(hours=36), timedelta.max],
    )
    task(made, "2026-11-27 12:00", leads=[])
    task(made, "2026-11-27 12:00", leads=[-timedelta(hours=1)])
    assert [
        "2d Tue 2026-11-24 12:00 PAU",
        "1d12h Thu 2026-11-26 07:00 PAU",
        "0m Fri 2026-11-27 12:00 PAU",
    ] == rung(made)


def test_what_does_not_ring() -> None:
    """Done and deleted tasks, tasks without a date and deleted milestones are silent."""
    made = project("PAU")
    task(made, "2026-11-27", state=State.DONE)
    task(made, "2026-11-27", deleted=LONG_AGO)
    task(made, "2026-11-27").due = None
    made.milestones[1] = Milestone(1, "Call", LEA, LONG_AGO, when("2026-12-01"), deleted=LONG_AGO)
    assert [] == rung(made)
    assert next_due(made, LONG_AGO) is None


def test_end_of_the_calendar() -> None:
    """A deadline or a reminder at the end of all days disturbs nobody."""
    made = project("PAU", "NYC")
    task(made, "9999-12-31 23:00")
    remind(made, "9999-12-31 23:00", Audience(everyone=True))
    task(made, "2026-11-27", leads=[timedelta(days=1)], partners=["PAU"])
    assert ["1d Thu 2026-11-26 18:00 PAU"] == rung(made, until=datetime.max.replace(tzinfo=UTC))
    assert next_due(made, datetime.min.replace(tzinfo=UTC)) == due(made, LONG_AGO, FAR)[0].moment


# --- classes together ------------------------------------------------------------------------


def test_one_message_for_neighbours() -> None:
    """18:00 here and 18:00 an hour further east are rung together, at the earlier of both.

    Not so an hour before: it would be two hours for some.
    """
    made = project("PAU", "KRK", "VOL")
    task(made, "2026-11-27")
    assert [
        "7d Fri 2026-11-20 17:00 PAU+KRK+VOL",
        "1d Thu 2026-11-26 17:00 PAU+KRK+VOL",
        "1h Fri 2026-11-27 17:00 VOL",
        "1h Fri 2026-11-27 17:00 PAU+KRK",
    ] == rung(made)
    (_, one, _, _) = due(made, LONG_AGO, FAR)
    assert "task 1 1d 2026-11-26T16:00Z PAU+KRK+VOL" == one.key
    assert "task 1" == one.what
    assert timedelta(days=1) == one.lead
    assert datetime(2026, 11, 27, 16, tzinfo=UTC) == one.deadline  # that of Volos
    assert ("PAU", "KRK", "VOL") == one.partners
    assert one.wanted == one.moment == datetime(2026, 11, 26, 16, tzinfo=UTC)


def test_far_classes_apart() -> None:
    """18:00 in New York is another moment than 18:00 in Europe; Tbilisi is near Volos."""
    made = project("PAU", "VOL", "NYC", "TBS")
    task(made, "2026-11-27", leads=[timedelta(days=1)])
    assert [
        "1d Thu 2026-11-26 15:00 PAU+VOL+TBS",
        "1d Thu 2026-11-26 18:00 NYC",
    ] == rung(made)


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        # One moment for all: New York sleeps, so everybody is rung when it wakes, before the end.
        (
            "2026-11-27 10:00 Europe/Paris",
            [
                "7d Fri 2026-11-20 13:00 PAU+NYC",
                "1d Thu 2026-11-26 13:00 PAU+NYC",
                # An hour before there is no such moment: each by itself, New York the evening
                # before.
                "1h Thu 2026-11-26 19:30 NYC",
                "1h Fri 2026-11-27 09:00 PAU",
            ],
        ),
    ],
)
def test_one_moment_for_all(deadline: str, expected: list[str]) -> None:
    """A slot open for all is preferred if it lies before the deadline."""
    made = project("PAU", "NYC")
    task(made, deadline)
    assert expected == rung(made)


def test_weekend_of_one_class() -> None:
    """A class that may be rung on Sundays waits for Monday, when all can be rung."""
    made = project("PAU", "KRK")
    made.partners["KRK"].quiet = Quiet(weekend=False)
    task(made, "2026-11-30 18:00", leads=[timedelta(days=1)])
    assert ["1d Mon 2026-11-30 07:00 PAU+KRK"] == rung(made)


def test_holidays_of_one_class() -> None:
    """Nobody waits for weeks until another class is back; a shorter lead is not swallowed."""
    made = project("PAU", "KRK")
    made.partners["KRK"].holidays = [Holiday(date(2026, 11, 16), date(2026, 11, 29))]
    task(made, "2026-12-01 10:00")
    assert [
        "7d Tue 2026-11-24 10:00 PAU",
        # Would be a common slot for the week before as well, but more than a week-end later; and
        # Kraków, rung at 7:00 for the week before, would be rung again three hours later.
        "1d Mon 2026-11-30 10:00 PAU+KRK",
        "1h Tue 2026-12-01 09:00 PAU+KRK",
    ] == rung(made)


def test_last_evening_together() -> None:
    """Rung earlier, neighbours are rung together as well: at the earlier evening."""
    made = project("PAU", "VOL")
    task(made, "2026-11-29", leads=[timedelta(hours=1)])
    assert ["1h Fri 2026-11-27 18:30 PAU+VOL"] == rung(made)


def test_as_many_as_fit_together() -> None:
    """Where one class cannot join, the others still share a message."""
    made = project("PAU", "VOL", "KRK")
    made.partners["KRK"].holidays = [Holiday(date(2026, 11, 16), date(2026, 11, 26))]
    task(made, "2026-11-27 09:00 Europe/Paris", leads=[timedelta(hours=1)])
    task(made, "2026-11-27 05:45 Europe/Paris", leads=[timedelta(hours=1)])
    assert [
        "1h Fri 2026-11-13 19:30 KRK",  # the early one: its last evening before the holidays
        "1h Thu 2026-11-26 18:30 PAU+VOL",
        "1h Fri 2026-11-27 08:00 PAU+VOL+KRK",
    ] == rung(made)


# --- who is concerned ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "PAU+KRK"),
        ({"shared": True}, "PAU+KRK"),
        ({"partners": ["KRK"]}, "KRK"),
        ({"partners": ["KRK", "PAU"]}, "PAU+KRK"),
        ({"partners": ["GONE"]}, "PAU+KRK"),
        ({"assignees": [OLA]}, "KRK"),
        ({"assignees": [HELPER]}, "-"),
        ({"assignees": [HELPER, OLA]}, "KRK+-"),
        ({"assignees": ["@unknown:x"]}, "-"),
        # Named besides a class: must not be forgotten.
        ({"assignees": [OLA], "partners": ["PAU"]}, "PAU+KRK"),
        # A class that has ticked its part is left in peace.
        ({"shared": True, "ticks": {"PAU": Tick(LEA, LONG_AGO)}}, "KRK"),
        ({"partners": ["KRK", "PAU"], "ticks": {"PAU": Tick(LEA, LONG_AGO)}}, "KRK"),
        (
            {"shared": True, "assignees": [LEA], "ticks": {"PAU": Tick(LEA, LONG_AGO)}},
            "KRK",
        ),
        ({"shared": True, "ticks": dict.fromkeys(("PAU", "KRK"), Tick(LEA, LONG_AGO))}, ""),
    ],
)
def test_classes_of_a_task(fields: dict[str, object], expected: str) -> None:
    """A task rings for the classes named and those of its people; for all if nobody is named."""
    made = project("PAU", "KRK")
    task(made, "2026-11-27", leads=[timedelta(days=1)], **fields)
    assert [f"1d Thu 2026-11-26 18:00 {expected}"] * bool(expected) == rung(made)


def test_project_without_classes() -> None:
    """Before a project has classes, its own zone and quiet hours hold."""
    made = project()
    made.milestones[1] = Milestone(1, "Call", LEA, LONG_AGO, when("2026-12-01"))
    task(made, "2026-12-02", leads=[timedelta(hours=24)])
    remind(made, "2026-11-30 21:00", Audience(everyone=True))
    assert [
        "7d Tue 2026-11-24 18:00 -",
        "1d Mon 2026-11-30 18:00 -",
        "- Tue 2026-12-01 07:00 -",
        "1h Tue 2026-12-01 17:00 -",
        "1d Tue 2026-12-01 18:00 -",
    ] == rung(made)
    assert {()} == {one.partners for one in due(made, LONG_AGO, FAR)}


# --- what somebody asked for -----------------------------------------------------------------

ALL = Audience(everyone=True)


@pytest.mark.parametrize(
    ("first", "audience", "expected"),
    [
        # Wall time of each class: 10:00 is 10:00 everywhere.
        (
            "2026-11-27 10:00",
            ALL,
            [
                "- Fri 2026-11-27 10:00 VOL",
                "- Fri 2026-11-27 10:00 PAU+KRK",
                "- Fri 2026-11-27 10:00 NYC",
            ],
        ),
        # One moment: New York is asleep, all are rung when it wakes: nobody waits a day for it.
        ("2026-11-27 10:00 Europe/Paris", ALL, ["- Fri 2026-11-27 13:00 PAU+KRK+VOL+NYC"]),
        (
            "2026-11-27 10:00 Europe/Paris",
            Audience(partners=["KRK"]),
            ["- Fri 2026-11-27 10:00 KRK"],
        ),
        # Quiet time: the next open slot.
        ("2026-11-28 10:00", Audience(partners=["KRK"]), ["- Mon 2026-11-30 07:00 KRK"]),
        ("2026-11-28 10:00", Audience([OLA, LEA]), ["- Mon 2026-11-30 07:00 PAU+KRK"]),
        ("2026-11-28 10:00", Audience([OLA]), ["- Mon 2026-11-30 07:00 KRK"]),
        # Somebody's own time is not moved.
        ("2026-11-28 23:00", Audience([LEA]), ["- Sat 2026-11-28 23:00 PAU"]),
        # Nobody is left in the audience: who asked for it keeps it.
        ("2026-11-28 23:00", Audience(), ["- Sat 2026-11-28 23:00 PAU"]),
        # Together with a class it is no longer one's own time.
        ("2026-11-28 23:00", Audience([LEA], ["PAU"]), ["- Mon 2026-11-30 07:00 PAU"]),
        # The changing hours: what does not exist moves forward, of what exists twice the first.
        ("2027-03-28 02:30", Audience([LEA]), ["- Sun 2027-03-28 03:30 PAU"]),
        ("2027-10-31 02:30", Audience([LEA]), ["- Sun 2027-10-31 02:30 PAU"]),
    ],
)
def test_reminder_once(first: str, audience: Audience, expected: list[str]) -> None:
    """A reminder rings once, for whom it was meant, at the time that was said."""
    made = project("PAU", "KRK", "VOL", "NYC")
    remind(made, first, audience)
    assert expected == rung(made)


def test_repeated_hour_rings_once() -> None:
    """An hour that exists twice rings the first time only, in every zone that changes clocks."""
    made = project("PAU", "NYC")
    remind(made, "2027-10-31 02:30 Europe/Paris", Audience([LEA]))
    remind(made, "2027-11-07 01:30 America/New_York", Audience([LEA]))
    moments = [one.moment for one in due(made, LONG_AGO, FAR)]
    assert [
        datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
        datetime(2027, 11, 7, 5, 30, tzinfo=UTC),
    ] == moments


def test_holiday_of_one_class_keeps_nobody_waiting() -> None:
    """A reminder is not held back for a class that is away for weeks."""
    made = project("PAU", "KRK")
    made.partners["KRK"].holidays = [Holiday(date(2026, 11, 16), date(2026, 11, 29))]
    remind(made, "2026-11-24 10:00", ALL)
    assert ["- Tue 2026-11-24 10:00 PAU", "- Mon 2026-11-30 07:00 KRK"] == rung(made)


@pytest.mark.parametrize("fields", [{"stopped": LONG_AGO}, {"paused": True}])
def test_stopped_or_paused(fields: dict[str, object]) -> None:
    """A reminder that was stopped or is paused does not ring, nor does its snooze."""
    made = project("PAU")
    remind(made, "2026-11-27 10:00", ALL, snoozed=LONG_AGO + timedelta(days=9), **fields)
    assert [] == rung(made)
    assert next_due(made, LONG_AGO) is None


def test_snooze() -> None:
    """A snooze is one ringing more; in quiet time it moves, unless the time is one's own."""
    made = project("PAU")
    late = datetime(2026, 11, 26, 21, 30, 5, tzinfo=UTC)
    remind(made, "2026-11-26 10:00", ALL, snoozed=late)
    remind(made, "2026-11-26 11:00", Audience([LEA]), snoozed=late)
    keys = [one.key for one in due(made, LONG_AGO, FAR)]
    assert [
        "reminder 1 2026-11-26T09:00Z PAU",
        "reminder 2 2026-11-26T10:00Z PAU",
        "reminder 2 snooze 2026-11-26T21:30:05Z PAU",
        "reminder 1 snooze 2026-11-26T21:30:05Z PAU",
    ] == keys
    assert "snooze Fri 2026-11-27 07:00 PAU" == rung(made)[-1]


def test_snooze_upon_the_next_time() -> None:
    """A snooze that lands on a time of the rule does not ring beside it."""
    made = project("PAU")
    weekly = remind(made, "2026-11-26 10:00", ALL, every="FREQ=WEEKLY")
    weekly.snoozed = datetime(2026, 12, 3, 9, tzinfo=UTC)
    since = datetime(2026, 11, 27, tzinfo=UTC)
    assert ["- Thu 2026-12-03 10:00 PAU"] == rung(made, since, since + timedelta(days=7))


@pytest.mark.parametrize(
    ("first", "every", "zones", "expected"),
    [
        # 9:00 stays 9:00 over both changes of 2027, in the regime of each class.
        (
            "2027-03-08 09:00",
            "FREQ=WEEKLY;BYDAY=MO;COUNT=4",
            "NYC",
            [
                "03-08 09:00 -05:00",
                "03-15 09:00 -04:00",
                "03-22 09:00 -04:00",
                "03-29 09:00 -04:00",
            ],
        ),
        (
            "2027-03-15 09:00",
            "FREQ=WEEKLY;BYDAY=MO;COUNT=3",
            "PAU",
            ["03-15 09:00 +01:00", "03-22 09:00 +01:00", "03-29 09:00 +02:00"],
        ),
        (
            "2027-10-25 09:00",
            "FREQ=WEEKLY;COUNT=3",
            "PAU",
            ["10-25 09:00 +02:00", "11-01 09:00 +01:00", "11-08 09:00 +01:00"],
        ),
        (
            "2027-10-25 09:00",
            "FREQ=WEEKLY;COUNT=3",
            "NYC",
            ["10-25 09:00 -04:00", "11-01 09:00 -04:00", "11-08 09:00 -05:00"],
        ),
        (
            "2027-03-22 09:00",
            "FREQ=WEEKLY;COUNT=2",
            "TBS",
            ["03-22 09:00 +04:00", "03-29 09:00 +04:00"],
        ),
        # The last day of the month.
        (
            "2027-01-31 09:00",
            "FREQ=MONTHLY;UNTIL=20270430",
            "PAU",
            [
                "02-01 07:00 +01:00",
                "03-01 07:00 +01:00",
                "03-31 09:00 +02:00",
                "04-30 09:00 +02:00",
            ],
        ),
        # A rule that cannot be read rings once: the rest of the project must go on.
        ("2027-03-15 09:00", "FREQ=NEVER", "PAU", ["03-15 09:00 +01:00"]),
    ],
)
def test_rules(first: str, every: str, zones: str, expected: list[str]) -> None:
    """A rule keeps its local wall time; a quiet day moves to the next open one."""
    made = project("PAU", "NYC", "TBS")
    remind(made, first, Audience(partners=[zones]), every=every)
    found, since = [], LONG_AGO
    while moment := next_due(made, since):
        wall = moment.astimezone(ZoneInfo(ZONES[zones])).isoformat(" ", "minutes")
        found.append(f"{wall[5:16]} {wall[16:]}")
        since = moment
    assert expected == found


def test_one_zone_for_a_rule() -> None:
    """With a zone named, every class is rung when it is 15:00 there, whoever changes clocks."""
    made = project("PAU", "NYC")
    remind(made, "2027-03-10 15:00 Europe/Paris", ALL, every="FREQ=WEEKLY;COUNT=4")
    moments, since = [], LONG_AGO
    while moment := next_due(made, since):
        found = due(made, since, moment)
        assert [("PAU", "NYC")] == [one.partners for one in found]
        moments.append(f"{local(found[0], 'PAU')[4:]} {local(found[0], 'NYC')[-5:]}")
        since = moment
    assert [
        "2027-03-10 15:00 09:00",
        "2027-03-17 15:00 10:00",
        "2027-03-24 15:00 10:00",
        "2027-03-31 15:00 09:00",
    ] == moments


def test_daily_keeps_to_school_days() -> None:
    """Of a daily 9:00, Saturday's and Sunday's are left out rather than rung on Monday too."""
    made = project("PAU")
    remind(made, "2026-11-26 09:00", ALL, every="FREQ=DAILY")
    assert [
        "- Thu 2026-11-26 09:00 PAU",
        "- Fri 2026-11-27 09:00 PAU",
        "- Mon 2026-11-30 09:00 PAU",
    ] == every_time(made, 3)


def test_daily_at_night() -> None:
    """A daily time that is always quiet rings every school morning, once after the weekend."""
    made = project("PAU")
    remind(made, "2026-11-26 21:00", ALL, every="FREQ=DAILY")
    assert [
        "- Fri 2026-11-27 07:00 PAU",
        "- Mon 2026-11-30 07:00 PAU",
        "- Tue 2026-12-01 07:00 PAU",
    ] == every_time(made, 3)


def test_rule_and_holidays() -> None:
    """What comes back is left out in the holidays of a class, and only of that class."""
    made = project("PAU", "KRK")
    made.partners["PAU"].holidays = [Holiday(date(2026, 11, 30), date(2026, 12, 4))]
    remind(made, "2026-11-27 14:00", ALL, every="FREQ=WEEKLY;BYDAY=FR")
    assert [
        "- Fri 2026-11-27 14:00 PAU+KRK",
        "- Fri 2026-12-04 14:00 KRK",
        "- Fri 2026-12-11 14:00 PAU+KRK",
    ] == every_time(made, 3)


def test_night_before_the_holidays() -> None:
    """A time moved over the whole holidays gives way to the one of that very day."""
    made = project("PAU")
    made.partners["PAU"].holidays = [Holiday(date(2026, 12, 19), date(2027, 1, 3))]
    remind(made, "2026-12-18 21:00", ALL, every="FREQ=WEEKLY;COUNT=4")
    assert ["- Mon 2027-01-04 07:00 PAU", "- Mon 2027-01-11 07:00 PAU"] == every_time(made, 9)


def test_only_the_last_missed() -> None:
    """After a downtime, of what comes back each class hears the last time only."""
    made = project("PAU", "KRK", "VOL")
    made.partners["KRK"].holidays = [Holiday(date(2026, 11, 19), date(2026, 11, 28))]
    remind(made, "2026-11-02 10:00", ALL, every="FREQ=WEEKLY")
    until = datetime(2026, 11, 26, tzinfo=UTC)
    assert [
        "- Mon 2026-11-16 10:00 PAU+KRK",
        "- Mon 2026-11-23 10:00 VOL",
        "- Mon 2026-11-23 10:00 PAU",
    ] == rung(made, until=until)


def test_years_of_downtime() -> None:
    """After years, the last time of a daily reminder is found without walking through them all."""
    made = project("PAU")
    remind(made, "2026-11-02 10:00", ALL, every="FREQ=DAILY")
    remind(made, "2026-11-02 10:00", ALL, every="FREQ=YEARLY")
    until = datetime(2096, 11, 1, 12, tzinfo=UTC)
    assert ["- Wed 2095-11-02 10:00 PAU", "- Thu 2096-11-01 10:00 PAU"] == rung(made, until=until)


def test_created_reminder() -> None:
    """The times of a reminder before it was made do not ring."""
    made = project("PAU")
    created = datetime(2026, 11, 10, tzinfo=UTC)
    remind(made, "2026-11-02 10:00", ALL, every="FREQ=WEEKLY", created=created)
    assert ["- Mon 2026-11-16 10:00 PAU"] == every_time(made, 1)


# --- laws ------------------------------------------------------------------------------------

clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
days = st.dates(date(2026, 9, 2), date(2027, 12, 1))
dues = st.builds(
    Due,
    days,
    st.none() | clocks | st.just(time(10)),
    st.none() | st.sampled_from(list(ZONES.values())),
)
quiets = st.none() | st.just(NEVER) | st.builds(Quiet, clocks, clocks, st.booleans())
off = st.lists(
    st.builds(lambda day, n: Holiday(day, day + timedelta(days=n)), days, st.integers(0, 16)),
    max_size=3,
)
creations = st.just(LONG_AGO) | st.datetimes(
    datetime(2026, 9, 1),  # noqa: DTZ001 hypothesis adds UTC
    datetime(2027, 6, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
audiences = (
    st.just(ALL)
    | st.builds(Audience, st.lists(st.sampled_from(list(AT_HOME)), min_size=1, max_size=2))
    | st.builds(Audience, partners=st.lists(st.sampled_from(list(ZONES)), min_size=1, max_size=3))
)
rules = st.sampled_from(
    [
        None,
        "FREQ=DAILY",
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=SA,SU",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;INTERVAL=2;UNTIL=20270401",
    ]
)


LEADS = st.integers(0, 20 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
"""Lead times as people can type them: whole minutes."""


@st.composite
def projects(draw: st.DrawFn, *, asked: bool = True) -> Project:
    """Draw a small project in which much can happen."""
    made = project(*draw(st.lists(st.sampled_from(list(ZONES)), unique=True, max_size=4)))
    for partner in made.partners.values():
        partner.quiet = draw(quiets)
        partner.holidays = draw(off)
    for number in range(1, draw(st.integers(0, 3)) + 1):
        made.tasks[number] = Task(
            number,
            "Film",
            LEA,
            draw(creations),
            due=draw(dues),
            shared=draw(st.booleans()),
            partners=draw(st.lists(st.sampled_from(list(ZONES)), max_size=2)),
            assignees=draw(st.lists(st.sampled_from(list(AT_HOME)), max_size=2)),
            leads=draw(st.none() | st.lists(LEADS)),
        )
    if draw(st.booleans()):
        made.milestones[1] = Milestone(1, "Call", LEA, draw(creations), draw(dues))
    for number in range(1, draw(st.integers(0, 2)) + 1) if asked else ():
        first = draw(dues.filter(lambda one: one.clock is not None))
        made.reminders[number] = Reminder(
            number,
            "Log",
            draw(st.sampled_from([LEA, HELPER])),
            draw(creations),
            draw(audiences),
            first,
            every=draw(rules),
            snoozed=draw(st.none() | creations),
        )
    return made


moments = st.datetimes(
    datetime(2026, 9, 1),  # noqa: DTZ001 hypothesis adds UTC
    datetime(2027, 12, 20),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def own_time(made: Project, one: Occurrence) -> bool:
    """Tell whether this is a time that somebody named for themselves only."""
    kind, number = one.what.split()
    if kind != "reminder":
        return False
    reminder = made.reminders[int(number)]
    audience = reminder.audience
    return {reminder.author} == {*audience.people} and not (audience.partners or audience.everyone)


@settings(deadline=None)  # how fast this machine is just now is no law
@given(projects(), moments, moments)
def test_law_of_quiet(made: Project, since: datetime, until: datetime) -> None:
    """Nobody is rung in their quiet hours or holidays but at a time of their own."""
    for one in due(made, since, until):
        assert since < one.moment <= until
        if own_time(made, one):
            assert one.moment == one.wanted
            continue
        for code in one.partners:
            partner = made.partners[code]
            assert is_open(one.moment, partner.zone, made.quiet_of(partner), partner.holidays), (
                f"{one.key} rings {code} in quiet time"
            )
        if not one.partners:
            assert is_open(one.moment, made.zone, made.quiet, [])


@settings(deadline=None)  # how fast this machine is just now is no law
@given(projects())
def test_law_of_deadlines(made: Project) -> None:
    """Nothing rings after its deadline, before it was made, or twice at once for a class."""
    found = due(made, LONG_AGO, FAR)
    assert len(found) == len({one.key for one in found})
    assert found == sorted(found, key=lambda one: (one.moment, one.key))
    created = (
        {f"task {one.number}": one.created for one in made.tasks.values()}
        | {f"milestone {one.number}": one.created for one in made.milestones.values()}
        | {f"reminder {one.number}": one.created for one in made.reminders.values()}
    )
    at_once: dict[tuple[str, datetime], list[str]] = defaultdict(list)
    for one in found:
        assert one.deadline is None or one.moment <= one.deadline
        assert one.moment > created[one.what]
        at_once[one.what, one.moment] += one.key.split()[-1].split("+")
    for what, codes in at_once.items():
        assert len(codes) == len(set(codes)), f"{what} rings somebody twice"


@settings(deadline=None)  # how fast this machine is just now is no law
@given(projects(asked=False), moments, moments, moments)
def test_law_of_windows(made: Project, one: datetime, two: datetime, three: datetime) -> None:
    """Looking twice at parts of a time finds what looking once at the whole finds."""
    since, middle, until = sorted((one, two, three))
    assert due(made, since, until) == due(made, since, middle) + due(made, middle, until)


@settings(deadline=None)  # how fast this machine is just now is no law
@given(projects(), moments, moments, moments)
def test_law_of_windows_for_rules(
    made: Project, one: datetime, two: datetime, three: datetime
) -> None:
    """The whole holds nothing that the parts do not hold; of what comes back it may hold less."""
    since, middle, until = sorted((one, two, three))
    whole = due(made, since, until)
    parts = due(made, since, middle) + due(made, middle, until)
    assert {one.key for one in whole} <= {one.key for one in parts}
    last = {number for number, one in made.reminders.items() if one.every is None}
    assert [one for one in parts if one.what.split()[0] != "reminder"] == [
        one for one in whole if one.what.split()[0] != "reminder"
    ]
    for number in last:
        what = f"reminder {number}"
        assert [one for one in parts if one.what == what] == [
            one for one in whole if one.what == what
        ]


@settings(deadline=None)  # how fast this machine is just now is no law
@given(projects(), moments)
def test_law_of_next(made: Project, since: datetime) -> None:
    """What is next due is what rings next: not later, and nothing before."""
    moment = next_due(made, since)
    if moment is None:
        assert [] == due(made, since, FAR)
        return
    found = due(made, since, moment)
    assert found
    assert {moment} == {one.moment for one in found}
    assert [] == due(made, since, moment - timedelta.resolution)


@settings(deadline=None)  # how fast this machine is just now is no law
@given(
    st.sampled_from(list(ZONES)),
    st.integers(0, 4),
    st.datetimes(datetime(2027, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_law_of_nine_o_clock(code: str, weekday: int, since: datetime) -> None:
    """A weekly 9:00 is 9:00 on the wall for ever."""
    made = project(code)
    rule = Rule(Frequency.WEEKLY, weekdays=(weekday,))
    remind(made, "2026-11-02 09:00", ALL, every=rule.text)
    moment = next_due(made, since)
    assert moment is not None
    wall = moment.astimezone(ZoneInfo(ZONES[code]))
    assert (9, 0, weekday) == (wall.hour, wall.minute, wall.weekday())
    assert moment - since <= timedelta(days=7, hours=2)
