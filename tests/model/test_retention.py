"""Retention: what is finished goes in its night, what is open stays, and no number comes back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.documents import RoomDocument
from bot.model.due import Due
from bot.model.people import Partner
from bot.model.polls import Ballot, Option, Poll, Urn
from bot.model.project import Project
from bot.model.publication import Publication
from bot.model.reminders import Audience, Reminder
from bot.model.retention import days_of, mark, months_of, next_moment, old, tidy
from bot.model.tasks import Milestone, State, Task, Tick

THEN = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
TONIGHT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
LEA = "@lea:pau.example"
DAY = Due(THEN.date(), time(12))


def document() -> RoomDocument:
    """Return a room with something old and something open of every kind."""
    found = Project("!r", THEN, zone="Europe/Paris")
    found.partners["VOL"] = Partner("VOL", "Volos", "Europe/Athens")
    tick = Tick(LEA, THEN)
    everyone = Audience(everyone=True)
    found.tasks = {
        1: Task(1, "done", LEA, THEN, state=State.DONE, finished=tick),
        2: Task(2, "deleted", LEA, THEN, deleted=THEN),
        3: Task(3, "open", LEA, THEN, due=DAY),
        4: Task(4, "done lately", LEA, THEN, state=State.DONE, finished=Tick(LEA, NOW)),
        5: Task(5, "done by nobody", LEA, THEN, state=State.DONE),
    }
    found.milestones = {
        1: Milestone(1, "past", LEA, THEN, DAY),
        2: Milestone(2, "to come", LEA, THEN, Due(date(2027, 3, 1))),
    }
    found.reminders = {
        1: Reminder(1, "stopped", LEA, THEN, everyone, DAY, "FREQ=WEEKLY", stopped=THEN),
        2: Reminder(2, "rang", LEA, THEN, everyone, DAY),
        3: Reminder(3, "rings on", LEA, THEN, everyone, DAY, "FREQ=WEEKLY"),
        4: Reminder(4, "rang to its end", LEA, THEN, everyone, DAY, "FREQ=DAILY;UNTIL=20260201"),
        5: Reminder(5, "to come", LEA, THEN, everyone, Due(date(2027, 1, 1), time(9))),
        6: Reminder(6, "snoozed", LEA, THEN, everyone, DAY, snoozed=TONIGHT, about=4),
        8: Reminder(8, "with a damaged rule", LEA, THEN, everyone, DAY, "FREQ=NEVER"),
        7: Reminder(7, "of what is gone", LEA, THEN, everyone, DAY, "FREQ=DAILY", about=1),
    }
    options = [Option("a")]
    found.polls = {
        1: Poll(1, "closed", LEA, THEN, Ballot.SECRET, options, closed=THEN),
        2: Poll(2, "open", LEA, THEN, Ballot.DATES, options, milestone=1),
    }
    found.urns = {1: Urn([LEA], [1])}
    found.publications = {
        1: Publication(1, "published", LEA, THEN, published=THEN),
        2: Publication(2, "open", LEA, THEN),
    }
    found.counters = {"task": 5}
    room = RoomDocument(found)
    room.places = {"task 1": "$1", "task 3": "$3"}
    room.anchors = {"$1": "task 1", "$3": "task 3"}
    return room


def kept(project: Project) -> dict[str, list[int]]:
    parts = ("tasks", "milestones", "reminders", "polls", "publications")
    return {part: list(getattr(project, part)) for part in parts}


def test_what_is_finished_goes_and_what_is_open_stays() -> None:
    """Done, deleted, past, stopped, rung, closed and published things go; numbers do not return."""
    room = document()
    room.project.retention_days = days_of(6)
    mark(room, NOW)
    assert TONIGHT == next_moment(room)
    assert tidy(room, TONIGHT)

    assert {
        "tasks": [3, 4],
        "milestones": [2],
        "reminders": [3, 5, 6, 8],
        "polls": [2],
        "publications": [2],
    } == kept(room.project)
    assert {} == room.project.urns
    assert room.project.polls[2].milestone is None
    assert 6 == room.project.next_number("task")
    assert ({"task 3": "$3"}, {"$3": "task 3"}) == (room.places, room.anchors)


def test_nothing_goes_before_its_night() -> None:
    """Undo has its ten minutes, and nothing happens twice in a night."""
    room = document()
    room.project.retention_days = days_of(6)
    before = kept(room.project)
    assert next_moment(room) is None
    assert not tidy(room, NOW)
    mark(room, NOW)
    assert not tidy(room, TONIGHT - timedelta(seconds=1))
    assert before == kept(room.project)
    assert tidy(room, TONIGHT + timedelta(days=3))
    assert not tidy(room, TONIGHT + timedelta(days=4))


def test_without_retention_everything_stays() -> None:
    """Nobody decided: nothing goes; what was decided and taken back begins anew."""
    room = document()
    mark(room, NOW)
    assert (None, []) == (next_moment(room), old(room.project, NOW))
    assert not tidy(room, NOW + timedelta(days=9999))
    room.project.retention_days = 180
    mark(room, NOW)
    room.project.retention_days = None
    mark(room, NOW)
    room.project.retention_days = 180
    mark(room, NOW + timedelta(days=10))
    assert TONIGHT + timedelta(days=10) == next_moment(room)


def test_the_next_night_is_that_of_the_first_to_go() -> None:
    """A room sleeps until something is old enough."""
    room = RoomDocument(Project("!r", THEN, retention_days=30))
    mark(room, NOW)
    assert next_moment(room) is None
    room.project.tasks[1] = Task(1, "x", LEA, NOW, state=State.DONE, finished=Tick(LEA, NOW))
    assert datetime(2026, 12, 23, 2, 30, tzinfo=UTC) == next_moment(room)


@pytest.mark.parametrize("months", range(1, 121))
def test_months_are_said_back(months: int) -> None:
    """What a coordinator asked for is what they read."""
    assert months == months_of(days_of(months))


moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments, moments, moments, st.integers(30, 400))
def test_whatever_goes_is_old_enough(
    ended: datetime, marked: datetime, now: datetime, days: int
) -> None:
    """Never earlier than asked for, never before the night after it was asked for."""
    room = RoomDocument(Project("!r", THEN, retention_days=days))
    room.project.tasks[1] = Task(1, "x", LEA, ended, state=State.DONE, finished=Tick(LEA, ended))
    mark(room, marked)
    moment = next_moment(room)

    assert moment is not None
    assert moment > marked
    assert moment >= ended + timedelta(days=days)
    assert tidy(room, now) == (now >= moment) == (room.project.tasks == {})
