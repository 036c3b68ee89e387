"""Forgetting: nothing of a person is left in a project, and nothing of the others is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from bot.model.due import Due
from bot.model.forgetting import forget
from bot.model.people import FORMER, Member
from bot.model.project import Project
from bot.model.reminders import Audience, Reminder
from bot.model.tasks import Comment, Milestone, State, Task, Tick

LEA, JONAS = "@lea:pau.example", "@jonas:koln.example"
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
FRIDAY = Due(date(2026, 11, 27))


def project() -> Project:
    """Return a project in which Léa left a trace of every kind."""
    found = Project("!r", NOW, title="Ports of Europe")
    found.members = {one: Member(one, one[1:4], "PAU") for one in (LEA, JONAS)}
    tick = Tick(LEA, NOW)
    found.tasks = {
        1: Task(1, "Written", LEA, NOW),
        2: Task(2, "Given", JONAS, NOW, assignees=[LEA, JONAS]),
        3: Task(3, "Ticked", JONAS, NOW, ticks={"PAU": replace(tick)}),
        4: Task(4, "Finished", JONAS, NOW, state=State.DONE, finished=replace(tick)),
        5: Task(5, "Remarked", JONAS, NOW, comments=[Comment(LEA, "x", NOW)]),
        6: Task(6, "Others", JONAS, NOW, comments=[Comment(JONAS, "y", NOW)]),
    }
    found.milestones = {1: Milestone(1, "Show", LEA, NOW, FRIDAY)}
    found.reminders = {
        1: Reminder(1, "own", LEA, NOW, Audience([LEA]), FRIDAY),
        2: Reminder(2, "to me", JONAS, NOW, Audience([LEA]), FRIDAY),
        3: Reminder(3, "by me", LEA, NOW, Audience([JONAS]), FRIDAY),
        4: Reminder(4, "to both", JONAS, NOW, Audience([LEA, JONAS]), FRIDAY),
        5: Reminder(5, "by me to a class", LEA, NOW, Audience(partners=["PAU"]), FRIDAY),
        6: Reminder(6, "others", JONAS, NOW, Audience([JONAS]), FRIDAY),
    }
    return found


def test_forgetting_leaves_no_trace_and_no_hole() -> None:
    """Tasks and milestones stay, without the name; reminders that were only theirs go."""
    found = project()
    forget(found, LEA)

    assert LEA not in repr(found)
    assert [1, 2, 3, 4, 5, 6] == list(found.tasks)
    assert [4, 5, 6] == list(found.reminders)
    assert [JONAS] == found.reminders[4].audience.people
    assert FORMER == found.milestones[1].author == found.tasks[1].author
    assert FORMER == found.tasks[5].comments[0].by
    assert [JONAS] == list(found.members)


def test_nobody_else_is_forgotten() -> None:
    """Forgetting somebody who left no trace changes nothing."""
    found, before = project(), repr(project())
    forget(found, "@nobody:x")
    assert before == repr(found)
