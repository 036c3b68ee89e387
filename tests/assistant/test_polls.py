"""Polls behind the talk: what is stored, what is due when, what happens once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.console.door import ROOM
from bot.app import line_room
from bot.assistant import ballots, polling
from bot.assistant.reach import Reach, Scene
from bot.assistant.speaking import Speaker
from bot.heard import PollEnded, Reacted, Redacted, Said, Voted
from bot.model.documents import Entry, Kind, RoomDocument
from bot.model.people import Member, Partner
from bot.model.polls import Ballot, Option, Poll, Tap, blank, move_end, nudge_at
from bot.model.project import Project
from bot.settings import Settings
from tests.conftest import NOW, Open, Talk, bodies

LEA, JONAS, WEBER = "@lea:pau.example", "@jonas:koln.example", "@weber:koln.example"


def document_with(*polls: Poll) -> RoomDocument:
    """Return a room of two classes with *polls* that stand natively."""
    document = RoomDocument(Project(ROOM, NOW))
    project = document.project
    project.partners = {c: Partner(c, c, "Europe/Paris") for c in ("PAU", "KOL")}
    project.members = {
        LEA: Member(LEA, "Léa", "PAU"),
        JONAS: Member(JONAS, "Jonas", "KOL"),
        WEBER: Member(WEBER, "Ms Weber", "KOL", power=50),
    }
    project.polls = {one.number: one for one in polls}
    ballots.settle(document, NOW)
    document.outbox.clear()
    for one in polls:
        document.anchors |= {f"$ballot{one.number}": f"ballot {one.number}"}
        document.places |= {f"ballot {one.number}": f"$ballot{one.number}"}
        document.anchors |= {f"$card{one.number}": f"poll {one.number}"}
        document.places |= {f"poll {one.number}": f"$card{one.number}"}
    return document


def poll(number: int = 1, ballot: Ballot = Ballot.ONE, **more: Any) -> Poll:
    options = [Option("blue"), Option("green"), Option("red")]
    return Poll(number, "Logo?", LEA, NOW, ballot, options, **more)


def scene(document: RoomDocument, heard: Any) -> Scene:
    return Scene(document, heard, NOW, Reach())


def stored(document: RoomDocument) -> RoomDocument:
    """Return *document* as it comes back from the store."""
    return msgspec.json.decode(msgspec.json.encode(document), type=RoomDocument)


def sent(document: RoomDocument) -> list[Entry]:
    return [one for one in document.outbox if one.kind in {Kind.NOTICE, Kind.POLL_END, Kind.POLL}]


# --- votes ----------------------------------------------------------------------------------


def test_a_vote_is_no_change_and_no_message() -> None:
    """A button of the client's own: nothing is said, nothing can be undone, it is kept."""
    document = document_with(poll())
    heard = scene(document, Voted(ROOM, "$v", LEA, NOW, to="$ballot1", answers=("2", "3")))
    polling.voted(heard)
    assert {LEA: [2]} == document.project.polls[1].votes
    assert heard.reach.changed
    assert ([], []) == (document.outbox, document.changes)


@pytest.mark.parametrize("to", ["$card1", "$elsewhere", ""])
def test_a_vote_for_what_is_no_ballot(to: str) -> None:
    """Somebody else's poll is none of ours."""
    document = document_with(poll())
    heard = scene(document, Voted(ROOM, "$v", LEA, NOW, to=to, answers=("2",)))
    polling.voted(heard)
    assert not heard.reach.changed
    assert {} == document.project.polls[1].votes


def test_a_ballot_is_known_however_much_was_said_since() -> None:
    """Only the newest messages are remembered one by one; the native poll is found all the same."""
    document = document_with(poll())
    document.anchors.clear()
    polling.voted(scene(document, Voted(ROOM, "$v", LEA, NOW, to="$ballot1", answers=("2",))))
    assert {LEA: [2]} == document.project.polls[1].votes


@pytest.mark.parametrize(
    ("to", "key"), [("$card1", "🇭"), ("$card1", "👍"), ("$ballot1", "🇦"), ("$other", "🇦")]
)
def test_reactions_that_are_no_votes(to: str, key: str) -> None:
    """They may mean something else, and are left to others."""
    document = document_with(poll(ballot=Ballot.MANY))
    assert not polling.tapped(scene(document, Reacted(ROOM, "$r", LEA, NOW, to=to, key=key)))
    native = document_with(poll())
    assert not polling.tapped(scene(native, Reacted(ROOM, "$r", LEA, NOW, to="$card1", key="🇦")))
    assert not polling.tapped(scene(native, Voted(ROOM, "$r", LEA, NOW)))
    assert not polling.untapped(scene(native, Redacted(ROOM, "$r", LEA, NOW, redacts="$x")))
    assert not polling.untapped(scene(native, Voted(ROOM, "$r", LEA, NOW)))
    assert polling.ended(scene(native, PollEnded(ROOM, "$r", LEA, NOW, to="$x"))) is None


def test_letters_count_only_until_the_end() -> None:
    """Neither tapping nor taking away changes what has ended."""
    document = document_with(poll(ballot=Ballot.MANY, until=NOW))
    late = NOW + timedelta(seconds=1)
    one = document.project.polls[1]
    assert polling.tapped(scene(document, Reacted(ROOM, "$1", LEA, NOW, to="$card1", key="b")))
    assert polling.tapped(scene(document, Reacted(ROOM, "$2", JONAS, late, to="$card1", key="b")))
    assert polling.untapped(scene(document, Redacted(ROOM, "$3", LEA, late, redacts="$1")))
    assert {LEA: [2]} == one.votes


def test_letters_survive_the_store() -> None:
    """Whose letter it was is still known when it is taken away after a restart."""
    document = document_with(poll(ballot=Ballot.MANY))
    for at, key in enumerate("ab"):
        heard = Reacted(ROOM, f"${at}", LEA, NOW, to="$card1", key=key)
        assert polling.tapped(scene(document, heard))
    document = stored(document)
    assert polling.untapped(scene(document, Redacted(ROOM, "$x", LEA, NOW, redacts="$0")))
    assert {LEA: [2]} == document.project.polls[1].votes


DOORS = st.lists(
    st.tuples(st.sampled_from([LEA, JONAS]), st.integers(1, 3), st.booleans()),
    min_size=1,
    max_size=12,
)


@settings(max_examples=15, deadline=None)
@given(DOORS)
def test_two_doors_one_vote(votes: list[tuple[str, int, bool]]) -> None:
    """By button or by word in any order: the last one of each person counts."""
    asyncio.run(_two_doors(votes))


async def _two_doors(votes: list[tuple[str, int, bool]]) -> None:
    async with line_room(Settings(), None, NOW, lambda _event: None) as room:
        # this room keeps nothing on disk
        talk = Talk(room, [], None)  # type: ignore[arg-type]
        await talk.say("!poll Logo? blue / green / red", WEBER)
        native = (await talk.document()).places["ballot 1"]
        for at, (who, number, by_word) in enumerate(votes):
            if by_word:
                await talk.say(f"!vote {number}", who)
            else:
                await talk.hear(Voted(ROOM, f"$v{at}", who, NOW, to=native, answers=(str(number),)))
        last = {who: [number] for who, number, _by_word in votes}
        assert last == (await talk.document()).project.polls[1].votes


# --- what is due ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "before"),
    [
        (timedelta(days=7), timedelta(days=1)),
        (timedelta(days=2), timedelta(days=1)),
        (timedelta(days=1), timedelta(hours=6)),
        (timedelta(hours=2), timedelta(minutes=30)),
        (timedelta(minutes=119), None),
    ],
)
def test_when_classes_are_reminded(length: timedelta, before: timedelta | None) -> None:
    """A day before; of shorter polls at three quarters; of the shortest never."""
    until = NOW + length
    assert nudge_at(poll(until=until)) == (until - before if before else None)
    assert nudge_at(poll(until=until, nudged=NOW)) is None
    assert nudge_at(poll(until=until, ballot=Ballot.SECRET)) is None
    assert nudge_at(poll()) is None


MOMENTS = st.integers(0, 60 * 24 * 20).map(lambda minutes: NOW + timedelta(minutes=minutes))


@given(st.lists(MOMENTS, min_size=1, max_size=5), st.lists(MOMENTS, min_size=1, max_size=8))
def test_everything_is_said_once_whenever_the_bot_wakes(
    ends: list[datetime], wakes: list[datetime]
) -> None:
    """However late, however often, with a store in between: one result each, one reminder each."""
    found = [poll(n, until=end, votes={LEA: [1]}) for n, end in enumerate(ends, 1) if end > NOW]
    document, said = document_with(*found), list[str]()
    for now in sorted(wakes):
        polling.run(document, now)
        said += [one.target or "" for one in sent(document) if one.kind is Kind.NOTICE]
        document.outbox.clear()
        document = stored(document)
        due = polling.next_moment(document, now)
        assert due is None or due > now
        assert not any(one.votes for one in document.project.polls.values() if one.closed)
        for one in document.project.polls.values():
            assert (one.closed is not None) == (one.until is not None and one.until <= now)
    assert len(said) == len(set(said))


@given(MOMENTS, st.lists(st.tuples(MOMENTS, st.none() | MOMENTS), max_size=5))
def test_the_reminder_follows_the_end(first: datetime, moves: list[tuple[datetime, Any]]) -> None:
    """However often the end is moved: once per end, never of a moment that is past, and it closes.

    What the last move says holds, as if it had been asked so from the beginning.
    """
    document, now = document_with(one := poll(until=first)), NOW
    for now, until in sorted(moves, key=lambda move: move[0]):
        polling.run(document, now)
        if one.open and (until is None or until > now):
            move_end(one, until, now)
            said = len(sent(document))
            polling.run(document, now)
            assert said == len(sent(document)), "the new end was said just now"
            asked = nudge_at(poll(until=until))
            late = asked is not None and asked <= now
            assert polling.next_moment(document, now) == (until if late else asked or until)
    if one.open and one.until:
        polling.run(document, max(one.until, now))
        assert one.closed == max(one.until, now)


@pytest.mark.parametrize(
    ("over", "since"),
    [
        ({"closed": NOW}, NOW),
        ({"deleted": NOW}, NOW + timedelta(minutes=10)),
        ({"question": ""}, NOW),
    ],
)
def test_votes_of_a_poll_that_is_over_are_counted_for_good(over: Any, since: datetime) -> None:
    """Those of files of older versions, and of deleted polls that cannot come back any more."""
    document = document_with(one := poll(votes={LEA: [2]}, taps={"$v": Tap(LEA, 2)}))
    for name, value in over.items():
        setattr(one, name, value)
    ballots.settle(document, NOW)
    assert since == polling.next_moment(document, NOW)
    assert not polling.settle(document, since - timedelta(seconds=1)) or since == NOW
    polling.settle(document, since)
    assert ({}, {}) == (one.votes, one.taps)
    assert one.result is not None
    assert [0, 1, 0] == one.result.counts
    assert polling.next_moment(document, since) is None
    assert not polling.settle(document, since)


def test_nothing_is_done_before_its_time() -> None:
    """An errand of another kind does not close a poll."""
    document = document_with(poll(until=NOW + timedelta(days=9)))
    polling.run(document, NOW)
    assert [] == document.outbox
    assert NOW + timedelta(days=8) == polling.next_moment(document, NOW)


def test_a_poll_that_ended_meanwhile_is_closed_without_a_reminder() -> None:
    """After the end nobody is asked to answer."""
    document = document_with(poll(until=NOW + timedelta(days=3)))
    polling.run(document, NOW + timedelta(days=4))
    assert [Kind.POLL_END, Kind.NOTICE] == [one.kind for one in sent(document)]
    assert "reminder" not in document.outbox[1].body


def test_the_result_names_no_person() -> None:
    """Numbers and classes: neither names nor ids, in no language."""
    one = poll(until=NOW, votes={LEA: [1], JONAS: [2], "@gone:x": [2]})
    document = document_with(one)
    document.project.languages = ["en", "fr"]
    polling.run(document, NOW)
    for entry in sent(document):
        assert not {"Léa", "Jonas", "@", "gone"} & {*entry.body.split()}
        assert "@" not in entry.body + entry.html
        assert [] == entry.mentions
    result = sent(document)[-1].body.splitlines()
    assert "Q1 · Logo? · green: 2 · blue: 1 · red: 0" == result[0]
    assert ["EN  ", "FR  "] == [line[:4] for line in result[1:]]


# --- the native polls -------------------------------------------------------------------------


def test_a_native_poll_that_was_refused_is_not_asked_for_ever() -> None:
    """Its companion is enough to vote by."""
    document = document_with(poll())
    document.places.pop("ballot 1")
    assert not ballots.are_wrong(document)
    assert not polling.settle(document, NOW)


def test_a_native_poll_on_its_way_is_waited_for() -> None:
    """Its event id is not known yet: it is taken back when it is."""
    document = RoomDocument(Project(ROOM, NOW, polls={1: poll()}))
    ballots.settle(document, NOW)
    document.outbox[0].tried = True
    document.project.polls.clear()
    assert not ballots.are_wrong(document)
    document.outbox.clear()
    document.places["ballot 1"] = "$native"
    ballots.settle(document, NOW)
    assert [(Kind.REDACTION, "$native")] == [(o.kind, o.relates_to) for o in document.outbox]
    assert not ballots.are_wrong(document)


def test_a_native_poll_that_was_never_tried_is_just_dropped() -> None:
    """Nobody has seen it."""
    document = RoomDocument(Project(ROOM, NOW, polls={1: poll()}))
    ballots.settle(document, NOW)
    document.project.polls.clear()
    ballots.settle(document, NOW)
    assert [] == document.outbox


@pytest.mark.parametrize("closed", [None, NOW])
def test_words_taken_back_late_leave_the_native_poll_too(closed: datetime | None) -> None:
    """Blanked, open or closed: the native poll is redacted, the card holds no word of it."""
    document = document_with(poll())
    document.project.polls[1].closed = closed
    blank(document.project.polls[1])
    polling.settle(document, NOW)
    assert [(Kind.REDACTION, "$ballot1")] == [(o.kind, o.relates_to) for o in document.outbox]
    card = Speaker(document, NOW).show("poll 1").body
    assert "Q1 · […] · 1 […] · 2 […] · 3 […]" == card.splitlines()[0]
    assert not ballots.are_wrong(document)


async def test_a_long_poll_of_the_whole_room(open_talk: Open) -> None:
    """Twenty answers, asked by phone with odd signs, are one line and one native poll."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        options = " / ".join(f"answer {n}" for n in range(1, 21))
        shown = await talk.say(f"!\u00a0poll Which\u202f?\u00a0{options}", WEBER)
        (body,) = [one for one in bodies(shown) if one.startswith("Q1")]
        assert 2 == len(body.splitlines())
        native = next(one.entry for one in shown if one.entry.kind is Kind.POLL)
        assert [f"answer {n}" for n in range(1, 21)] == native.answers
        await talk.say("!vote 20", WEBER)
        await talk.say("!vote t", LEA)
        votes = (await talk.document()).project.polls[1].votes
        assert {WEBER: [20], LEA: [20]} == votes


async def test_people_s_words_stay_values(open_talk: Open) -> None:
    """Markup, mentions and line breaks in a question do nothing."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        shown = await talk.say("!poll <b>@room</b>? <i>a</i> / @weber:koln.example\u2028x", WEBER)
        (notice,) = [
            one.entry
            for one in shown
            if (one.entry.target or "") == "poll 1" and one.entry.kind is Kind.NOTICE
        ]
        assert "<i>" not in notice.html
        assert "&lt;b&gt;@room" in notice.html
        assert "@weber:koln.example" not in notice.body
        assert not any(one.entry.mentions for one in shown)


async def test_the_same_event_heard_twice_votes_once(open_talk: Open) -> None:
    """Word and button alike."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        await talk.say("!poll Logo? blue / green", WEBER)
        said = Said(ROOM, "$once", LEA, NOW, body="!vote 1")
        await talk.hear(said)
        await talk.say("!vote 2", LEA)
        assert [] == await talk.hear(said)
        assert {LEA: [2]} == (await talk.document()).project.polls[1].votes


def test_errands_come_in_order() -> None:
    """The next moment is the earliest of all polls, and moves on as they are done."""
    document = document_with(*(poll(n, until=NOW + timedelta(days=n * 3)) for n in (1, 2, 3)))
    moments = []
    now = NOW
    while (due := polling.next_moment(document, now)) is not None:
        moments.append(due)
        polling.run(document, now := due)
    assert 6 == len(moments)
    assert all(one < other for one, other in pairwise(moments))


# --- votes taken back, votes that come late --------------------------------------------------


def test_a_native_vote_that_is_redacted_does_not_count() -> None:
    """MSC3381: a redacted response is none; an older or a spoken vote is not touched by it."""
    document = document_with(poll())
    chosen = document.project.polls[1].votes
    for event, answer in (("$v1", "1"), ("$v2", "2")):
        heard = Voted(ROOM, event, LEA, NOW, to="$ballot1", answers=(answer,))
        polling.voted(scene(document, heard))
    assert not polling.untapped(scene(document, Redacted(ROOM, "$x", LEA, NOW, redacts="$v1")))
    assert {LEA: [2]} == chosen

    assert polling.untapped(scene(document, Redacted(ROOM, "$y", LEA, NOW, redacts="$v2")))

    assert {} == chosen


async def test_a_native_vote_replaced_by_a_word_is_not_what_is_redacted(talk: Talk) -> None:
    """The last vote counts, however it was cast."""
    await talk.say("!poll Logo? blue / green", LEA)
    event = (await talk.document()).places["ballot 1"]
    await talk.hear(Voted(ROOM, "$v", LEA, talk.room.now(), to=event, answers=("2",)))
    await talk.say("!vote green", LEA)
    await talk.redact("$v", LEA)
    assert {LEA: [2]} == (await talk.document()).project.polls[1].votes


def test_one_person_keeps_few_letters() -> None:
    """The same choice in ever new spellings does not fill the disk, and is one vote."""
    document = document_with(poll(ballot=Ballot.MANY))
    found = document.project.polls[1]
    for number in range(50):
        heard = Reacted(ROOM, f"$r{number}", LEA, NOW, to="$card1", key="A" + "." * number)
        polling.tapped(scene(document, heard))
    assert len(found.taps) <= 3
    assert {LEA: [1]} == found.votes


async def test_a_vote_in_time_counts_though_an_outage_brings_it_late(talk: Talk) -> None:
    """A poll is closed only once all that happened before its end has been heard."""
    await talk.say("!poll Logo? blue / green until today 16:00", LEA)
    event = (await talk.document()).places["ballot 1"]
    end = NOW + timedelta(hours=1)
    talk.room.door.heard_until = NOW + timedelta(minutes=10)
    assert not [one for one in await talk.until(end) if one.entry.kind is Kind.POLL_END]
    await talk.until(timedelta(seconds=20))
    late = Voted(ROOM, "$late", JONAS, end - timedelta(minutes=5), to=event, answers=("2",))
    await talk.hear(late)

    talk.room.door.heard_until = end
    closed = await talk.until(timedelta(seconds=10))

    assert Kind.POLL_END in [one.entry.kind for one in closed]
    assert "green: 1" in bodies(closed)[0]
