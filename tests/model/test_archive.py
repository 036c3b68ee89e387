"""The archive: what leaves is whole and names no account; what comes in may come from anybody."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.archive import FORMAT, KEPT, archive
from bot.model.charter import Charter, Link, Mode, Rule, Signature, ruling
from bot.model.digest import Digest
from bot.model.due import Due
from bot.model.people import FORMER, Holiday, Member, Partner, Quiet, Role
from bot.model.polls import Ballot, Option, Poll, Urn
from bot.model.project import Project
from bot.model.publication import Answer, Publication, Publisher
from bot.model.reminders import Audience, Reminder
from bot.model.sifting import MOST_BYTES, Trouble, Unreadable
from bot.model.tasks import Comment, Milestone, State, Task, Tick
from bot.model.unlinked import user_of
from bot.model.unpacking import adopt, has_work, unpack

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
LEA, JONAS, TOM = "@lea.martin-ac-pau.fr:pau.example", "@jonas:koln.example", "@tom:pau.example"
FRIDAY = Due(date(2026, 11, 27), time(14, 0), "Europe/Paris")
LAST_MONTH = Due(date(2026, 10, 27), time(14, 0))
FORMAT_1 = Path(__file__).parent / "archive-format-1.json"
NOT_KEPT: dict[type, set[str]] = {
    Project: {
        "room", "created", "members", "urns", "counters", "reminded_until", "reuse", "partners",
        "tasks", "milestones", "reminders", "polls", "publications", "publisher", "charter",
    },
    Partner: {"server"},
    Task: {"deleted", "event", "sources"},
    Comment: {"event"},
    Milestone: {"deleted", "event"},
    Reminder: {"room", "reply_to", "stopped", "event"},
    Poll: {"author", "votes", "taps", "nudged", "closing", "result", "deleted", "grown", "event"},
    Publication: {"nudged", "deleted", "event"},
    Publisher: {"asked"},
    Charter: {"reminded", "dry"},
    Rule: set(),
    Signature: set(),
}  # fmt: skip
"""What an archive does not hold of each: parts of their own, ids, what is temporary or private."""


def rich() -> Project:
    """Return a project in which there is something of everything."""
    found = Project("!room:pau.example", NOW, title="Ports of Europe", ready=True)
    found.languages, found.zone, found.retention_days = ["fr", "de"], "Europe/Paris", 365
    found.digest = Digest(0, time(8, 0), NOW)
    found.partners = {
        "PAU": Partner("PAU", "Pau", "Europe/Paris", ["fr"], "FR", "pau.example", 24),
        "KOL": Partner(
            "KOL", "Köln", "Europe/Berlin", ["de"], quiet=Quiet(time(19), time(8), weekend=False),
            holidays=[Holiday(date(2026, 12, 23), date(2027, 1, 6))],
        ),
    }  # fmt: skip
    found.members = {
        LEA: Member(LEA, "Léa", "PAU", power=50),
        JONAS: Member(JONAS, "Jonas", "KOL", role=Role.COORDINATOR),
        TOM: Member(TOM, TOM, present=False),
    }
    tick = Tick(JONAS, NOW)
    found.tasks = {
        1: Task(1, f"Film {LEA} at work", LEA, NOW, due=FRIDAY, assignees=[JONAS, TOM]),
        2: Task(2, "Both", FORMER, NOW, shared=True, ticks={"KOL": tick}, leads=[timedelta(2)]),
        4: Task(4, "Done", JONAS, NOW, state=State.DONE, finished=tick, event="$e"),
        5: Task(5, "Gone", JONAS, NOW, deleted=NOW),
    }
    found.tasks[2].comments = [Comment(LEA, "Merci !", NOW, "$c"), Comment(LEA, "", NOW)]
    found.tasks[2].titles, found.tasks[2].tags = {"de": "Beide"}, ["video"]
    found.milestones = {2: Milestone(2, "Show", LEA, NOW, Due(date(2027, 3, 12)), event="$m")}
    found.reminders = {
        1: Reminder(1, "Diary", LEA, NOW, Audience([JONAS], ["PAU"]), FRIDAY, "FREQ=WEEKLY"),
        2: Reminder(2, "Private", LEA, NOW, Audience([LEA]), FRIDAY, room="!dm:pau.example"),
        3: Reminder(3, "Stopped", LEA, NOW, Audience(everyone=True), FRIDAY, stopped=NOW),
        4: Reminder(4, "Has rung", LEA, NOW, Audience(everyone=True), LAST_MONTH),
    }
    options = [Option("blue"), Option("green")]
    found.polls = {
        1: Poll(1, "Logo?", LEA, NOW, Ballot.ONE, options, votes={LEA: [1], JONAS: [2]}),
        2: Poll(2, "Flag?", LEA, NOW, Ballot.ONE, options, votes={LEA: [1]}, closed=NOW),
        3: Poll(3, "Chair?", LEA, NOW, Ballot.SECRET, options),
        4: Poll(4, "Song?", LEA, NOW, Ballot.SECRET, options, closed=NOW),
        5: Poll(5, "Trip?", LEA, NOW, Ballot.CLASSES, options, votes={"KOL": [2]}),
    }
    found.urns = {3: Urn([LEA], [1, 0]), 4: Urn([JONAS], [0, 1])}
    found.publications = {1: Publication(1, "Blog", LEA, NOW, points={3: Answer.OK})}
    found.publications[1].signed = {"PAU": date(2026, 11, 20)}
    found.publisher = Publisher("The classes", responsible="The head of school")
    found.charter = Charter(Mode.NOTE, 7, [Rule("youtube", reason="contract", made=NOW)])
    found.charter.signatures["PAU"] = Signature(
        "Lycée", "FR", "1", date(2026, 10, 1), "fr", "teacher"
    )
    found.counters = {"task": 5, "milestone": 2, "reminder": 3, "poll": 5, "publication": 1}
    return found


def written(project: Project) -> bytes:
    return json.dumps(archive(project, NOW, Role.TEACHER)).encode()


def moved(project: Project) -> Project:
    """Return *project* as it stands in the new room."""
    target = Project("!new:x", NOW)
    adopt(target, unpack(written(project), NOW))
    return target


@pytest.mark.parametrize("kind", KEPT, ids=lambda one: one.__name__)
def test_of_every_field_it_is_decided_whether_it_leaves(kind: Any) -> None:
    """A field that is added to the model goes into no archive before somebody thought about it."""
    assert {one.name for one in fields(kind)} == {*KEPT[kind]} | NOT_KEPT[kind]
    assert set() == {*KEPT[kind]} & NOT_KEPT[kind]


def test_an_archive_names_no_account() -> None:
    """No Matrix id, homeserver, room or event is in it, wherever they stood; names are."""
    text = written(rich()).decode()
    plain = json.dumps(archive(rich(), NOW, Role.TEACHER), ensure_ascii=False)

    ids = ("@", ".example", "!room", "!dm", "$e", "$c", "$m")
    for secret in (*ids, "Private", "Gone", "Stopped", "Has rung"):
        assert secret not in text, secret
    assert "Film Léa at work" in plain
    assert '{"key": "p3", "name": "tom", "partner": null}' in plain


def test_votes_leave_as_counts_only() -> None:
    """Closed: what came out. Open: how many of each class voted. Secret: nothing. No person."""
    polls = {one["number"]: one for one in archive(rich(), NOW, Role.TEACHER)["polls"]}

    assert {"PAU": 1, "KOL": 1} == polls[1]["voted_by_class"]
    assert [1, 0] == polls[2]["result"]
    for secret in (3, 4):
        assert set() == {"voted_by_class", "result", "votes"} & polls[secret].keys()
    assert {} == polls[5]["voted_by_class"]


def test_what_leaves_comes_in_again() -> None:
    """In the new room stands what stood in the old one, people unlinked; twice moved is the same.

    Polls stay behind: they are in the file to be read.
    """
    first, again = moved(rich()), moved(moved(rich()))

    def compared(project: Project) -> dict[str, Any]:
        project.digest = None  # counts from its new room's first day
        return archive(project, NOW, Role.TEACHER) | {"polls": [], "people": []}

    assert compared(rich()) == compared(first)
    assert compared(first) == compared(again)
    assert ["Léa", "Jonas", "tom"] == [one.name for one in first.members.values()]
    assert not any(one.present for one in first.members.values())
    assert {Role.PUPIL} == {first.role_of(one) for one in first.members}
    assert [user_of("p2"), user_of("p3")] == first.tasks[1].assignees
    assert FORMER == first.tasks[2].author
    assert {} == first.polls
    assert 6 == first.next_number("task") == first.next_number("poll")


def test_the_room_keeps_what_is_its_own() -> None:
    """Members who are there stay, a class keeps its homeserver, a title that was given stays."""
    room = Project("!new:x", NOW, title="Here")
    room.members["@ana:x"] = Member("@ana:x", "Ana", "PAU")
    room.partners["PAU"] = Partner("PAU", "Pau", "Europe/Paris", server="new.example")
    assert not has_work(room)
    adopt(room, unpack(written(rich()), NOW))

    assert has_work(room)
    assert ("!new:x", "Here") == (room.room, room.title)
    assert ("@ana:x", "new.example") == (next(iter(room.members)), room.partners["PAU"].server)
    assert 24 == room.partners["PAU"].size


def test_what_the_room_has_decided_is_not_undone_by_a_file() -> None:
    """A coordinator set mode and retention, schools have signed: a teacher's file adds only."""
    room, signature = Project("!new:x", NOW), rich().charter.signatures["PAU"]
    own = Rule("youtube", allowed=False, made=NOW)
    room.charter = Charter(Mode.REACTION, 30, [own], {"PAU": replace(signature, school="New")})
    room.retention_days, room.digest = 90, Digest(2, time(9), NOW)
    found = unpack(written(rich()), NOW)
    found.retention_days, found.digest = 30, None
    found.charter.signatures["KOL"] = signature
    adopt(room, found)

    assert (Mode.REACTION, 30, 90) == (
        room.charter.mode, room.charter.cooldown_days, room.retention_days
    )  # fmt: skip
    assert own == ruling(room.charter.rules, Link("youtube.com", "youtube"), NOW.date())
    assert 2 == len(room.charter.rules)
    assert {"PAU": "New", "KOL": signature.school} == {
        code: one.school for code, one in room.charter.signatures.items()
    }
    assert Digest(2, time(9), NOW) == room.digest


def test_format_1_is_read_for_ever() -> None:
    """A file of the first version is still understood, whatever the model looks like today."""
    found = unpack(FORMAT_1.read_bytes(), NOW)
    known = moved(rich())

    for part in ("partners", "members", "tasks", "milestones", "reminders", "publications"):
        assert getattr(known, part) == getattr(found, part), part
    assert (known.publisher, known.charter) == (found.publisher, found.charter)


# --- files from strangers ------------------------------------------------------------------------


def changed(*path: Any, to: Any) -> bytes:
    """Return an archive in which what stands at *path* is *to*."""
    plain = deepcopy(archive(rich(), NOW, Role.TEACHER))
    place: Any = plain
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return json.dumps(plain).encode()


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (b"", Trouble.NOT_OURS),
        (b"no json", Trouble.NOT_OURS),
        (b"\xff\xfe", Trouble.NOT_OURS),
        (b"[" * 100_000, Trouble.NOT_OURS),
        (b'{"a":' * 100_000, Trouble.NOT_OURS),
        (b'["comenius"]', Trouble.NOT_OURS),
        (b'{"comenius": 1}', Trouble.NOT_OURS),
        (b'{"comenius": {"format": true}}', Trouble.NOT_OURS),
        (b'{"comenius": {"format": "1"}}', Trouble.NOT_OURS),
        (json.dumps({"comenius": {"format": FORMAT + 1}}).encode(), Trouble.TOO_NEW),
        (b" " * (MOST_BYTES + 1), Trouble.TOO_BIG),
    ],
)
def test_what_is_no_archive(content: bytes, trouble: Trouble) -> None:
    """What is not ours, too big or of tomorrow is refused as what it is."""
    with pytest.raises(Unreadable) as refused:
        unpack(content, NOW)
    assert trouble == refused.value.trouble


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (changed("tasks", to={}), "tasks"),
        (changed("tasks", 1, to="x"), "tasks[1]"),
        (changed("tasks", 1, "number", to="2"), "tasks[1].number"),
        (changed("tasks", 1, "number", to=-2), "tasks[1].number"),
        (changed("tasks", 1, "number", to=10**12), "tasks[1].number"),
        (changed("tasks", 1, "number", to=1), "tasks"),
        (changed("tasks", 0, "title", to=None), "tasks[0]"),
        (changed("tasks", 0, "author", to=["p1"]), "tasks[0].author"),
        (changed("tasks", 0, "state", to="late"), "tasks[0].state"),
        (changed("tasks", 0, "due", "day", to="0001-01-01"), "tasks[0].due.day"),
        (changed("tasks", 0, "due", "day", to="9999-12-31"), "tasks[0].due.day"),
        (changed("tasks", 0, "due", "zone", to="../etc/passwd"), "tasks[0].due.zone"),
        (changed("tasks", 0, "due", "zone", to="Europe"), "tasks[0].due.zone"),
        (changed("tasks", 0, "created", to="2026-11-22T14:00:00"), "tasks[0].created"),
        (changed("tasks", 0, "leads", to=["P9999D"]), "tasks[0].leads[0]"),
        (changed("tasks", 0, "assignees", to="p1"), "tasks[0].assignees"),
        (changed("tasks", 1, "comments", 0, "at", to=5), "tasks[1].comments[0].at"),
        (changed("reminders", 0, "first", "clock", to=None), "reminders[0]"),
        (changed("reminders", 0, "every", to="FREQ=SECONDLY"), "reminders[0]"),
        (changed("classes", 0, "code", to="A B"), "classes[0]"),
        (changed("classes", 0, "zone", to="Mars/Base"), "classes[0].zone"),
        (changed("people", 0, "key", to=LEA), "people[0]"),
        (changed("project", "deadline", to="18:00:00Z"), "project.deadline"),
        (changed("project", "digest", "weekday", to=7), "project.digest"),
        (changed("counters", "task", to=10**9), "counters.…"),
        (changed("publications", 0, "points", to={"x": "ok"}), "publications[0].points"),
    ],
)
def test_what_is_wrong_is_named(content: bytes, place: str) -> None:
    """One line names the place, counted as in the file, and nothing of what stands there."""
    with pytest.raises(Unreadable) as refused:
        unpack(content, NOW)
    assert Trouble.WRONG == refused.value.trouble
    assert refused.value.place.startswith(place)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (changed("tasks", to=[{}] * 2001), "tasks"),
        (changed("tasks", 0, "tags", to=["a"] * 101), "tasks[0].tags"),
        (changed("tasks", 0, "titles", to={str(n): "x" for n in range(101)}), "tasks[0].titles"),
        (changed("classes", 0, "x", to=[[[[[[[[[[]]]]]]]]]]), "classes[0].x"),
        (changed("people", to=[{}] * 2001), "people"),
    ],
)
def test_what_is_too_much_is_refused(content: bytes, place: str) -> None:
    """Lists have an end, and so have lists in lists."""
    with pytest.raises(Unreadable) as refused:
        unpack(content, NOW)
    assert Trouble.TOO_MUCH == refused.value.trouble
    assert refused.value.place.startswith(place)


def test_what_nobody_knows_is_left_out() -> None:
    """Ids, events, rooms and other fields of ours in a file of strangers are not believed."""
    content = changed("tasks", 0, "event", to="$stolen")
    plain = json.loads(content)
    plain["tasks"][0] |= {"author": LEA, "assignees": [JONAS, "p2", "former"], "deleted": "x"}
    plain["tasks"][0] |= {"sources": {"fr": "$x"}, "partners": ["PAU", "NOPE"], "key": 1}
    plain["tasks"][1]["comments"][0] |= {"event": "$stolen", "by": "@weber:kol.example"}
    plain["reminders"][0] |= {"room": "!dm:x", "reply_to": "$x", "stopped": None}
    plain["reminders"].append(plain["reminders"][0] | {"number": 9, "audience": {"people": [LEA]}})
    plain["reminders"].append(plain["reminders"][0] | {"number": 8, "about": 77})
    plain["classes"][0] |= {"server": "evil.example", "size": -5}
    plain["people"][0] |= {"power": 100, "role": 100, "present": True}
    plain["unknown"], plain["members"], plain["urns"] = [], {LEA: {}}, {"1": {}}
    plain["classes"][0]["size"] = 10**5
    found = unpack(json.dumps(plain).encode(), NOW)
    task = found.tasks[1]

    assert (FORMER, [user_of("p2"), FORMER]) == (task.author, task.assignees)
    assert (None, None, {}, ["PAU"]) == (task.event, task.deleted, task.sources, task.partners)
    assert (None, FORMER) == (found.tasks[2].comments[0].event, found.tasks[2].comments[0].by)
    assert [1] == list(found.reminders)
    assert (None, None) == (found.reminders[1].room, found.reminders[1].reply_to)
    assert (None, None) == (found.partners["PAU"].server, found.partners["PAU"].size)
    assert all(one.power == 0 and one.role is None for one in found.members.values())
    assert not any(one.present for one in found.members.values())
    assert ("", {}) == (found.room, found.urns)


def test_texts_are_cut_and_lose_their_unseen_signs() -> None:
    """A title is as long as a title; marks of mentions, line breaks and directions are gone."""
    content = changed("tasks", 0, "title", to="a\x00b\ue000@x:y\ue001\u202ec\n" + "d" * 500)
    title = unpack(content, NOW).tasks[1].title
    assert 140 == len(title)
    assert title.startswith("a b @x:y c d")
    named = unpack(changed("people", 0, "name", to="@weber:kol.example"), NOW)
    assert "weber" == next(iter(named.members.values())).name


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
PARTS = [*archive(rich(), NOW, Role.TEACHER)]


@given(st.dictionaries(st.sampled_from(PARTS), json_values))
def test_any_json_is_read_or_refused(plain: dict[str, Any]) -> None:
    """Whatever stands in the parts, only the one refusal is raised."""
    content = json.dumps(plain | {"comenius": {"format": 1}}).encode("utf-8", "replace")
    _read_or_refused(content)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Whatever is in the file, only the one refusal is raised."""
    _read_or_refused(content)


@given(st.data(), json_values)
def test_a_good_file_with_anything_in_any_place(data: st.DataObject, value: Any) -> None:
    """A good archive with anything in one place is read or refused; what is read can be moved."""
    plain: Any = deepcopy(archive(rich(), NOW, Role.TEACHER))
    place = plain
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = value
    _read_or_refused(json.dumps(plain).encode("utf-8", "replace"))


def _read_or_refused(content: bytes) -> None:
    try:
        found = unpack(content, NOW)
    except Unreadable:
        return
    room = Project("!new:x", NOW)
    adopt(room, found)
    assert unpack(written(room), NOW).tasks == room.tasks
