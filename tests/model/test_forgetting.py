"""Forgetting: nothing of a person is left in a project, and nothing of the others is lost."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, date, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bot.model.agenda import Occurrence
from bot.model.documents import Change, Entry, Kind, Offer, PostedFile, RoomDocument
from bot.model.due import Due
from bot.model.forgetting import BLANK, forget, forget_traces
from bot.model.people import FORMER, Member
from bot.model.polls import Ballot, Option, Poll, Tap, Urn
from bot.model.project import Project
from bot.model.publication import Publication
from bot.model.reminders import Audience, Reminder
from bot.model.tasks import Comment, Milestone, State, Task, Tick

LEA, JONAS = "@lea:pau.example", "@jonas:koln.example"
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
FRIDAY = Due(date(2026, 11, 27))


def project() -> Project:
    """Return a project in which Léa left a trace of every kind."""
    found = Project("!r", NOW, title="Ports of Europe")
    found.members = {
        one: Member(one, name, "PAU") for one, name in ((LEA, "Léa"), (JONAS, "Jonas"))
    }
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
    options = [Option("blue"), Option("green")]
    found.polls = {
        1: Poll(1, "Logo?", LEA, NOW, Ballot.ONE, options, votes={LEA: [1], JONAS: [2]}),
        2: Poll(2, "Days?", JONAS, NOW, Ballot.MANY, options, taps={"$t": Tap(LEA, 1)}),
        3: Poll(3, "Chair?", JONAS, NOW, Ballot.SECRET, options),
    }
    found.urns = {3: Urn([JONAS, LEA], [1, 1])}
    found.publications = {1: Publication(1, "Blog", LEA, NOW)}
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
    assert {JONAS: [2]} == found.polls[1].votes
    assert {} == found.polls[2].taps
    assert [1, 1] == found.urns[3].counts
    assert FORMER == found.polls[1].author == found.publications[1].author


def test_nobody_else_is_forgotten() -> None:
    """Forgetting somebody who left no trace changes nothing."""
    found, before = project(), repr(project())
    forget(found, "@nobody:x")
    assert before == repr(found)


def document() -> RoomDocument:
    """Return a room in whose own records Léa stands everywhere."""
    found = RoomDocument(project())
    found.changes = [
        Change("$1", LEA, NOW),
        Change("$2", JONAS, NOW, [("tasks\t2\tassignees", [], [LEA])]),
        Change("$3", JONAS, NOW, [("tasks\t6\ttitle", "a", "b")]),
    ]
    found.extra = {f"undecryptable {LEA}": NOW.isoformat(), "cannot pin": "x", "rung a": LEA}
    found.offers = [
        Offer("answer $1", NOW, [LEA], {"👍": "forget me now"}),
        Offer("answer $2", NOW, [LEA, JONAS], {"👍": "1 done"}),
        Offer("answer $3", NOW, [], {"✅": f"link p1 to {LEA}", "❌": "no"}),
    ]
    told = b64encode(json.dumps({"about": LEA}).encode()).decode()
    found.outbox = [
        Entry("1", Kind.NOTICE, NOW, body="#1 Léa", html="#1 <b>Léa</b>", mentions=[LEA, JONAS]),
        Entry("2", Kind.FILE, NOW, file="my-data.json", content=told),
        Entry("3", Kind.FILE, NOW, file="a.csv", content=b64encode(b"Jonas").decode()),
        Entry("4", Kind.TEXT, NOW, occurrences=[Occurrence("due", "task 2", NOW, NOW)]),
        Entry("5", Kind.POLL, NOW, body="Who?", answers=["Léa", "Léanne"]),
    ]
    found.files = {
        "$f": PostedFile("mxc://x/y", NOW, "plan.ics", LEA),
        "$g": PostedFile("mxc://x/z", NOW, "plan.ics", JONAS),
        "$h": PostedFile("mxc://x/u", NOW),
    }
    return found


def test_the_rooms_own_records_forget_too() -> None:
    """Undo records, questions, files and notes go; what waits to be sent loses the name only."""
    found = document()
    forget(found.project, LEA)
    forget_traces(found, LEA, "Léa")

    assert LEA not in msgspec.json.encode(found).decode()
    assert ["$3"] == [one.event for one in found.changes]
    assert {"cannot pin": "x"} == found.extra
    assert [[JONAS], []] == [one.who for one in found.offers]
    assert [{"👍": "1 done"}, {"❌": "no"}] == [one.choices for one in found.offers]
    assert ["1", "3", "4", "5"] == [one.id for one in found.outbox]
    first = found.outbox[0]
    assert (f"#1 {BLANK}", f"#1 <b>{BLANK}</b>") == (first.body, first.html)
    assert [JONAS] == first.mentions
    assert [BLANK, "Léanne"] == found.outbox[3].answers
    assert ["$g"] == list(found.files)


def test_a_card_that_waits_to_be_edited_keeps_the_words_of_others() -> None:
    """It was written anew without the person; Léa in a title may be another Léa, and stays."""
    found = document()
    words = "#6 · Léa and the ports"
    found.outbox = [
        Entry("1", Kind.EDIT, NOW, target="task 6", body=words, html=words),
        Entry("2", Kind.EDIT, NOW, target="board", body=words, html=words),
        Entry("3", Kind.EDIT, NOW, target="task 6", body=words, html=words, tried=True),
        Entry("4", Kind.EDIT, NOW, target="answer $1", body=words, html=words),
    ]
    forget_traces(found, LEA, "Léa")
    blank = f"#6 · {BLANK} and the ports"
    assert [words, words, blank, blank] == [one.body for one in found.outbox]


def test_who_came_with_somebody_is_still_greeted() -> None:
    """The note of newcomers loses one of them, not all."""
    found = document()
    note = {"since": NOW.isoformat(), "last": NOW.isoformat(), "users": [LEA, JONAS]}
    found.extra = {"newcomers": note}
    forget_traces(found, LEA, "Léa")
    assert [JONAS] == found.extra["newcomers"]["users"]


def test_a_question_to_one_person_is_nobody_elses_afterwards() -> None:
    """An offer that only the forgotten could answer goes: an empty list would mean everybody."""
    found = document()
    forget_traces(found, LEA, "Léa")
    assert "forget me now" not in repr(found.offers)


names = st.sampled_from([LEA, JONAS, "@tom:pau.example", FORMER])


@given(st.lists(names, max_size=4), names, names, names, names)
def test_wherever_somebody_stands_they_are_forgotten(
    given_to: list[str], author: str, ticked: str, voted: str, forgotten: str
) -> None:
    """Whoever did whatever: afterwards the id is nowhere, everybody else is where they were."""
    found = project()
    found.tasks[7] = Task(
        7, "Any", author, NOW, assignees=given_to, ticks={"PAU": Tick(ticked, NOW)}
    )
    found.reminders[7] = Reminder(7, "Any", author, NOW, Audience(given_to, ["PAU"]), FRIDAY)
    found.polls[7] = Poll(7, "Any?", author, NOW, Ballot.ONE, [Option("a")], votes={voted: [1]})
    others = {JONAS, "@tom:pau.example"} - {forgotten}
    before = {one: repr(found.tasks[7].assignees).count(one) > 0 for one in others}
    forget(found, forgotten)

    text = msgspec.json.encode(found).decode()
    assert forgotten == FORMER or forgotten not in text
    for one in others:
        assert before[one] == (one in found.tasks[7].assignees)
    assert FORMER not in found.tasks[7].assignees
