"""Whom a reminder mentions, as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.agenda import Occurrence, concerned, due
from bot.model.due import Due
from bot.model.people import Member, Partner, Role
from bot.model.project import Project
from bot.model.reminders import Audience, Reminder
from bot.model.tasks import Milestone, Task, Tick

CREATED = datetime(2026, 11, 1, tzinfo=UTC)
FAR = datetime(2027, 11, 1, tzinfo=UTC)
DUE = Due(date(2026, 11, 27))
TICK = {"KRK": Tick("@ola", CREATED)}


@pytest.fixture
def project() -> Project:
    """Return the project of this file."""
    return two_classes()


def two_classes() -> Project:
    """Return two classes with pupils and teachers, some gone, and people without a class.

    In Pau Léa and Noé have opted in, in Kraków nobody has.
    """
    made = Project("!room", CREATED, zone="Europe/Paris")
    made.partners = {
        "PAU": Partner("PAU", "Pau", "Europe/Paris"),
        "KRK": Partner("KRK", "Kraków", "Europe/Warsaw"),
    }
    for one in (
        Member("@coordinator", "C", power=100),
        Member("@lea", "Léa", "PAU", rings=True),
        Member("@noe", "Noé", "PAU", rings=True),
        Member("@max", "Max", "PAU"),
        Member("@prof", "P", "PAU", power=50),
        Member("@gone", "G", "PAU", rings=True, present=False),
        Member("@ola", "Ola", "KRK"),
        Member("@pani", "P", "KRK", role=Role.TEACHER),
        Member("@pan", "P", "KRK", power=50, present=False),
        Member("@guest", "G", "OLD", rings=True),
        Member("@away", "A", role=Role.TEACHER, rings=True, present=False),
    ):
        made.members[one.user] = one
    return made


def mentions(project: Project) -> list[list[str]]:
    """Return whom the occurrences of the project mention, one after the other."""
    return [concerned(project, one) for one in due(project, CREATED, FAR)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        # Nobody named: the author, if in the room.
        ({"author": "@max"}, ["@max"]),
        ({"author": "@coordinator"}, ["@coordinator"]),
        ({"author": "@gone"}, []),
        ({"author": "@unknown"}, []),
        # People: in the order named, once, only who is in the room.
        ({"assignees": ["@ola", "@lea", "@ola", "@gone"]}, ["@ola", "@lea"]),
        ({"assignees": ["@coordinator", "@ola"]}, ["@coordinator", "@ola"]),
        ({"assignees": ["@guest"]}, ["@guest"]),
        # None of them is in the room: their classes; of those without one the room's teachers.
        ({"assignees": ["@gone"]}, ["@lea", "@noe"]),
        ({"assignees": ["@gone", "@lea"]}, ["@lea"]),
        ({"assignees": ["@pan"]}, ["@pani"]),
        ({"assignees": ["@pan", "@gone", "@pan"]}, ["@pani", "@lea", "@noe"]),
        ({"assignees": ["@pan"], "partners": ["PAU"]}, ["@pani", "@lea", "@noe"]),
        ({"assignees": ["@gone"], "shared": True}, ["@lea", "@noe", "@pani"]),
        ({"assignees": ["@pan"], "shared": True, "ticks": TICK}, ["@lea", "@noe"]),
        ({"assignees": ["@unknown"]}, ["@coordinator", "@prof", "@pani"]),
        ({"assignees": ["@away"]}, ["@coordinator", "@prof", "@pani"]),
        ({"assignees": ["@away", "@coordinator"]}, ["@coordinator"]),
        (
            {"assignees": ["@away", "@gone"]},
            ["@coordinator", "@prof", "@pani", "@lea", "@noe"],
        ),
        # Who has no class, and is away, has ticked for another.
        (
            {"assignees": ["@away"], "shared": True, "ticks": {"KRK": Tick("@away", CREATED)}},
            ["@lea", "@noe"],
        ),
        # A class: who opted in, else its teachers.
        ({"partners": ["PAU"]}, ["@lea", "@noe"]),
        ({"partners": ["KRK"]}, ["@pani"]),
        ({"partners": ["KRK", "PAU"]}, ["@lea", "@noe", "@pani"]),
        ({"shared": True}, ["@lea", "@noe", "@pani"]),
        ({"partners": ["KRK"], "assignees": ["@max", "@pani"]}, ["@max", "@pani"]),
        # A class that has ticked its part, and its people, are left in peace.
        ({"shared": True, "ticks": TICK}, ["@lea", "@noe"]),
        ({"shared": True, "ticks": TICK, "assignees": ["@ola", "@max"]}, ["@max", "@lea", "@noe"]),
        # Who has no class has ticked by having ticked.
        (
            {
                "shared": True,
                "ticks": {"KRK": Tick("@coordinator", CREATED)},
                "assignees": ["@coordinator"],
            },
            ["@lea", "@noe"],
        ),
    ],
)
def test_task(project: Project, fields: dict[str, object], expected: list[str]) -> None:
    """A task mentions those who can do something about it, and nobody who is not there."""
    fields = {"author": "@max", "leads": [timedelta(days=1)], **fields}
    project.tasks[14] = Task(14, "Film", created=CREATED, due=DUE, **fields)  # type: ignore[arg-type]
    assert [expected] == mentions(project)


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        (Audience(["@ola", "@gone", "@max"]), ["@ola", "@max"]),
        (Audience(partners=["PAU"]), ["@lea", "@noe"]),
        (Audience(["@max"], ["KRK"]), ["@max", "@pani"]),
        (Audience(everyone=True), ["@lea", "@noe", "@pani"]),
        (Audience(["@coordinator"], everyone=True), ["@coordinator", "@lea", "@noe", "@pani"]),
        # Nobody of them is known any more: whoever asked for it, and nobody else.
        (Audience(), ["@max"]),
        (Audience(partners=["OLD"]), ["@max"]),
        (Audience(["@unknown"]), ["@max"]),
        (Audience(["@unknown"], ["OLD"]), ["@max"]),
        # Some of them are.
        (Audience(["@unknown"], ["KRK", "OLD"]), ["@pani"]),
        (Audience(["@unknown", "@ola"], ["OLD"]), ["@ola"]),
        (Audience(["@gone"]), []),
    ],
)
def test_reminder(project: Project, audience: Audience, expected: list[str]) -> None:
    """A reminder mentions whom it was meant for."""
    first = Due(date(2026, 11, 27), DUE.at("UTC").time())
    project.reminders[3] = Reminder(3, "Log", "@max", CREATED, audience, first)
    assert [expected] == mentions(project)


def test_a_reminder_of_a_class_that_is_gone_rings_for_one_class(project: Project) -> None:
    """It is about the class of whoever asked for it, not about all of them."""
    first = Due(date(2026, 11, 27), DUE.at("UTC").time())
    audience = Audience(partners=["OLD"])
    project.reminders[3] = Reminder(3, "Log", "@max", CREATED, audience, first)
    assert [("PAU",)] == [one.partners for one in due(project, CREATED, FAR)]


def test_milestone(project: Project) -> None:
    """A milestone mentions all classes; before there are any, the people without one."""
    project.milestones[2] = Milestone(2, "Call", "@max", CREATED, DUE, [timedelta(days=1)])
    assert [["@lea", "@noe", "@pani"]] == mentions(project)
    project.partners = {}
    assert [["@lea", "@noe", "@guest"]] == mentions(project)
    for member in project.members.values():
        member.rings = False
    assert [["@coordinator", "@prof", "@pani"]] == mentions(project)


def test_only_the_classes_rung(project: Project) -> None:
    """Rung apart, each class hears of its own people only."""
    project.partners["KRK"] = Partner("KRK", "Buffalo", "America/New_York")
    project.tasks[1] = Task(
        1, "Film", "@max", CREATED, due=DUE, shared=True, leads=[timedelta(days=1)]
    )
    assert [["@lea", "@noe"], ["@pani"]] == mentions(project)


def test_ticked_meanwhile(project: Project) -> None:
    """Between falling due and ringing a class may tick its part: nobody there is mentioned."""
    project.tasks[1] = Task(1, "Film", "@max", CREATED, due=DUE, partners=["PAU", "KRK"])
    one = due(project, CREATED, FAR)[0]
    assert ["@lea", "@noe", "@pani"] == concerned(project, one)
    project.tasks[1].ticks = TICK
    assert ["@lea", "@noe"] == concerned(project, one)


def test_taken_up_in_a_new_room(project: Project) -> None:
    """Of a task whose owners did not come along, each class hears as a class, at its own hours."""
    project.partners["NYC"] = Partner("NYC", "Buffalo", "America/New_York")
    project.members = {
        one.user: one
        for one in (
            Member("@p1:imported", "Ola", "KRK", present=False),
            Member("@p2:imported", "Sam", "NYC", present=False),
            Member("@pani:krk", "P", "KRK", role=Role.TEACHER),
            Member("@ann:nyc", "A", "NYC", rings=True),
            Member("@head:nyc", "H", "NYC", power=50),
        )
    }
    owners = ["@p1:imported", "@p2:imported"]
    project.tasks[1] = Task(
        1, "Film", "@p1:imported", CREATED, due=DUE, assignees=owners, leads=[timedelta(days=1)]
    )
    assert [["@pani:krk"], ["@ann:nyc"]] == mentions(project)
    # One of them is found again: it is theirs, and no longer everybody's.
    project.members["@p1:imported"].present = True
    assert [["@p1:imported"], []] == mentions(project)


@given(
    st.lists(st.sampled_from(["@lea", "@max", "@ola", "@gone", "@pan", "@away", "@?"]), max_size=3),
    st.lists(st.sampled_from(["PAU", "KRK"]), max_size=2),
    st.booleans(),
    st.sets(st.sampled_from(["@lea", "@noe", "@prof", "@max", "@ola", "@pani", "@coordinator"])),
)
def test_law_of_mentions(
    assignees: list[str], partners: list[str], shared: bool, away: set[str]
) -> None:
    """Who is mentioned is in the room; an owner who is there is never replaced by their class."""
    project = two_classes()
    for user in away:
        project.members[user].present = False
    project.tasks[1] = Task(
        1, "Film", "@max", CREATED, due=DUE, assignees=assignees, partners=partners, shared=shared
    )
    here = [one for one in assignees if one in project.members and project.members[one].present]
    for found in mentions(project):
        assert len(found) == len({*found})
        assert all(project.members[user].present for user in found)
        assert {*here} <= {*found}
        if assignees and not (partners or shared):
            assert not here or {*here} == {*found}
            teachers = {one.user for one in project.members.values() if one.highest >= Role.TEACHER}
            chosen = {one.user for one in project.members.values() if one.rings}
            assert {*found} <= {*assignees} | teachers | chosen


def test_what_is_gone(project: Project) -> None:
    """What is no longer there mentions nobody."""
    one = Occurrence("task 9 1d 2026-11-26T17:00Z PAU", "task 9", FAR, FAR)
    assert [] == concerned(project, one)
    assert [] == concerned(project, replace(one, what="milestone 9"))
