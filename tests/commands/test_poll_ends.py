"""How polls end: another end, a close that stands, what is kept of the votes, words taken back."""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import datetime, timedelta

import pytest

from bot.adapters.console.door import ROOM, Event
from bot.heard import PollEnded, Voted
from bot.model import tally
from bot.model.documents import Kind
from tests.commands.conftest import DUPONT, JONAS, LEA, MARTIN, WEBER, School
from tests.conftest import PARIS, Open, bodies

THURSDAY = datetime(2026, 11, 26, 18, 0, tzinfo=PARIS)
FRIDAY = THURSDAY + timedelta(days=1)
STAYS = "Q1 stays closed: its result has been told."
NOTHING = "There is nothing to undo from the last 10 minutes."


def new(shown: list[Event]) -> list[str]:
    """Return the messages of the bot, without the board."""
    return bodies([one for one in shown if one.entry.target != "board"])


def edits(shown: list[Event]) -> list[str]:
    return [one.entry.body for one in shown if one.entry.kind is Kind.EDIT]


def event_of(shown: list[Event], kind: Kind) -> str:
    return next(one.event for one in shown if one.entry.kind is kind)


# --- another end --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "Q1 until friday",
        "q1 till friday 18:00",
        "Q1 by 27/11",
        "extend Q1 to friday",
        "move Q1 friday",
        "poll Q1 until friday",
    ],
)
async def test_a_poll_gets_another_end(school: School, line: str) -> None:
    """It is said with the end of before, the card shows it, and the poll closes then."""
    await school.talk.say("!poll Logo? blue / green until thursday", LEA)
    shown = await school.talk.say(f"!{line}", LEA)
    assert [
        "Q1 · Open until Fri 27 Nov, 18:00 Pau, Köln.\nBefore: Thu 26 Nov, 18:00 Pau, Köln."
    ] == new(shown)
    assert any(one.endswith("Open until Fri 27 Nov, 18:00 Pau, Köln.") for one in edits(shown))
    assert not any("The answer" in one for one in new(await school.talk.until(THURSDAY)))
    assert "✅" == await school.ask("!vote 2", LEA)
    assert any("The answer is green." in one for one in new(await school.talk.until(FRIDAY)))


@pytest.mark.parametrize("line", ["Q1 no end", "Q1 without end"])
async def test_a_poll_loses_its_end_and_gets_one(school: School, line: str) -> None:
    """Then it stays open until somebody closes it."""
    await school.talk.say("!poll Logo? blue / green until thursday", WEBER)
    expected = "Q1 · Open until its author or a teacher writes !close Q1."
    said = await school.ask(f"!{line}", WEBER)
    assert f"{expected}\nBefore: Thu 26 Nov, 18:00 Pau, Köln." == said
    await school.talk.until(FRIDAY)
    assert "✅" == await school.ask("!vote 2", LEA)
    said = await school.ask("!Q1 until monday", WEBER)
    assert "Q1 · Open until Mon 30 Nov, 18:00 Pau, Köln." == said


async def test_who_may_move_the_end_and_to_when(school: School) -> None:
    """Its author and teachers, as long as it is open; a day that is past or doubtful is told."""
    await school.talk.say("!poll Logo? blue / green until thursday", LEA)
    somebody_elses = "This poll is somebody else's. Ask a teacher to do it."
    assert somebody_elses == await school.ask("!Q1 until friday", JONAS)
    for line, told in (
        ("Q1 until 20/11/2026", "“20/11/2026” is already past. Which day do you mean?"),
        ("Q1 until next friday", "Which day do you mean, "),
        ("Q1 until 31/2", "“31/2” is not in the calendar."),
        ("Q1 until frdiay", "I cannot read “frdiay” as a date."),
        ("Q7 until friday", "There is no poll Q7."),
    ):
        assert (await school.ask(f"!{line}", LEA)).startswith(told), line
    assert THURSDAY == (await school.project()).polls[1].until
    assert (await school.ask("!Q1 until friday", MARTIN)).startswith("Q1 · Open until Fri")
    await school.talk.say("!close", LEA)
    assert "Q1 is closed." == await school.ask("!Q1 until monday", LEA)
    assert "Q1 is closed." == await school.ask("!Q1 no end", LEA)


async def test_a_moved_end_is_taken_back(school: School) -> None:
    """As any other change, with the reminder that goes with it."""
    await school.talk.say("!poll Logo? blue / green until thursday", WEBER)
    await school.talk.say("!Q1 until 5/12", WEBER)
    shown = await school.talk.say("!undo", WEBER)
    assert any(one.endswith("Open until Thu 26 Nov, 18:00 Pau, Köln.") for one in edits(shown))
    assert any("No answer yet" in one for one in new(await school.talk.until(THURSDAY)))


async def test_the_reminder_moves_with_the_end(school: School) -> None:
    """A day before the new end, though there was one before the old end; none that is late."""
    await school.talk.say("!poll Logo? blue / green until thursday", WEBER)
    shown = await school.talk.until(THURSDAY - timedelta(hours=1))
    assert 1 == sum("No answer yet" in one for one in new(shown))
    await school.talk.say("!Q1 until 5/12", WEBER)
    end = datetime(2026, 12, 5, 18, 0, tzinfo=PARIS)
    assert [] == new(await school.talk.until(end - timedelta(days=1, seconds=1)))
    shown = await school.talk.until(end - timedelta(days=1))
    assert [
        "Q1 · Logo?\nNo answer yet from PAU and KOL. Open until Sat 5 Dec, 18:00 Pau, Köln."
    ] == new(shown)
    await school.talk.say("!Q1 until today 20:00", WEBER)
    assert [] == new(await school.talk.until(timedelta(hours=1)))


async def test_short_replies_are_votes_until_the_new_end(open_talk: Open) -> None:
    """Also after a restart, and after the old end."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        card = event_of(
            [
                one
                for one in await talk.say("!poll Logo? blue / green until thursday", WEBER)
                if one.entry.target == "poll 1"
            ],
            Kind.NOTICE,
        )
        await talk.say("!Q1 until 5/12", WEBER)
    async with open_talk(now=FRIDAY) as talk:
        await talk.say("2", LEA, reply_to=card, event="$late")
        assert {LEA: [2]} == (await talk.document()).project.polls[1].votes
        await talk.say("!Q1 no end", WEBER, event="$none")
    async with open_talk(now=FRIDAY + timedelta(days=30)) as talk:
        await talk.say("1", LEA, reply_to=card, event="$later")
        assert {LEA: [1]} == (await talk.document()).project.polls[1].votes


async def test_an_answer_that_begins_with_until_is_a_vote(school: School) -> None:
    """Of two readings, the one that changes nothing for others."""
    await school.talk.say("!poll How long? until friday / until monday", WEBER)
    assert "✅" == await school.ask("!Q1 until friday", WEBER)
    poll = (await school.project()).polls[1]
    assert (None, {WEBER: [1]}) == (poll.until, poll.votes)
    await school.pause()
    await school.talk.say("!poll Which day? friday / monday", WEBER)
    assert (await school.ask("!Q2 until tuesday", WEBER)).startswith("Q2 · Open until Tue")
    assert "✅" == await school.ask("!Q2 friday", WEBER)


# --- what is kept of the votes ------------------------------------------------------------------


async def test_a_closed_poll_does_not_know_who_voted_what(school: School) -> None:
    """In the file there are numbers in the place of votes, at once; they say the same for ever."""
    await school.talk.say("!poll Logo? blue / green", WEBER)
    await school.talk.say("!poll many Snacks? cake / fruit", WEBER)
    card = (await school.talk.document()).places["poll 2"]
    native = (await school.talk.document()).places["ballot 1"]
    now = school.talk.room.now()
    await school.talk.hear(Voted(ROOM, "$v", JONAS, now, to=native, answers=("1",)))
    await school.ask("!vote Q1 green", LEA)
    await school.talk.react("🇦", card, LEA)
    for number in (1, 2):
        shown = await school.talk.say(f"!close Q{number}", WEBER)
        (result,) = new(shown)
        document = await school.talk.document()
        poll = document.project.polls[number]
        assert ({}, {}) == (poll.votes, poll.taps)
        paths = [path for change in document.changes for path, _old, _new in change.fields]
        assert not any(path.startswith(f"polls\t{number}\tvotes") for path in paths)
        assert result == await school.ask(f"!results Q{number}")
        for who in (LEA, JONAS):
            await school.talk.say("!forget me now", who)
        await school.ask("!partner remove KOL", DUPONT)
        assert result == await school.ask(f"!results Q{number}", WEBER)
        await school.pause()


async def test_a_date_is_still_explained_after_its_poll(school: School) -> None:
    """Which class it suits least is the one thing that is kept by class."""
    await school.talk.say("!when Call 1/12 10h / 2/12 10h", WEBER)
    await school.ask("!vote b", LEA)
    await school.ask("!vote a b", JONAS)
    (result,) = new(await school.talk.say("!close", WEBER))
    said = result.removesuffix(" If a teacher taps ✅, this date becomes a milestone.")
    assert "in the class that it suits least, 1 of 3 chose it" in said
    await school.talk.say("!forget me now", JONAS)
    assert said == await school.ask("!results", LEA)
    assert (await school.ask("!Q1 milestone", WEBER)).startswith("M1 ⚑ · Call · Wed 2 Dec")


async def test_votes_in_open_polls_alone_are_my_data(school: School) -> None:
    """Of a closed one there is nothing left to tell."""
    await school.talk.say("!poll Logo? blue / green", WEBER)
    await school.talk.say("!poll Song? old / new", WEBER)
    await school.ask("!vote Q1 2", LEA)
    await school.ask("!vote Q2 2", LEA)
    await school.ask("!close Q1", WEBER)
    shown = await school.talk.say("my data", LEA, room="!direct-lea:x", direct=True)
    file = next(one.entry for one in shown if one.entry.kind is Kind.FILE)
    (project,) = json.loads(b64decode(file.content))["projects"]
    assert [(2, [2])] == [(one["number"], one["your_votes"]) for one in project["polls"]]
    shown = await school.talk.say("my data", WEBER, room="!direct-weber:x", direct=True)
    file = next(one.entry for one in shown if one.entry.kind is Kind.FILE)
    (project,) = json.loads(b64decode(file.content))["projects"]
    assert [False, True] == ["your_votes" in one for one in project["polls"]]


async def test_the_votes_of_a_deleted_poll_go_when_it_cannot_come_back(school: School) -> None:
    """For ten minutes undo brings them back."""
    await school.talk.say("!poll Logo? blue / green", WEBER)
    await school.ask("!vote 2", LEA)
    await school.talk.say("!Q1 delete", WEBER)
    await school.talk.until(timedelta(minutes=9))
    assert {LEA: [2]} == (await school.project()).polls[1].votes
    await school.talk.until(timedelta(minutes=2))
    assert {} == (await school.project()).polls[1].votes
    assert NOTHING == await school.ask("!undo", WEBER)


async def test_results_without_a_number_are_those_of_the_last_close(school: School) -> None:
    """Not of the poll that was asked last."""
    await school.talk.say("!poll Logo? blue / green", WEBER)
    await school.talk.say("!poll Song? old / new", WEBER)
    await school.talk.say("!close Q2", WEBER)
    await school.pause()
    await school.talk.say("!close Q1", WEBER)
    assert (await school.ask("!results")).startswith("Q1 · Logo?")


# --- a close stands -----------------------------------------------------------------------------


async def test_a_close_is_not_taken_back(school: School) -> None:
    """By no way: it is said in one line, and nothing earlier is undone instead."""
    await school.talk.say("!task Film", WEBER)
    await school.talk.say("!poll Logo? blue / green", WEBER)
    await school.ask("!vote 2", LEA)
    await school.talk.say("!close Q1", WEBER, event="$close")
    card = (await school.talk.document()).places["poll 1"]
    assert STAYS == await school.ask("!undo", WEBER)
    assert STAYS == await school.tap("↩️", card, WEBER)
    assert [STAYS] == new(await school.talk.say("!close Q2", WEBER, edits="$close"))
    assert [STAYS] == new(await school.talk.redact("$close", WEBER))
    poll = (await school.project()).polls[1]
    assert poll.closed
    assert [0, 1] == tally.counts(poll)
    assert [1] == list((await school.project()).tasks)


async def test_a_close_in_the_own_client_or_by_itself_stands_too(school: School) -> None:
    """Whoever asked is told the same."""
    shown = await school.talk.say("!poll Logo? blue / green", LEA)
    native = event_of(shown, Kind.POLL)
    await school.talk.hear(PollEnded(ROOM, "$e", LEA, school.talk.room.now(), to=native))
    assert STAYS == await school.ask("!undo", LEA)
    await school.pause()
    await school.talk.say("!poll Song? old / new until today 15:08", WEBER)
    await school.talk.until(timedelta(minutes=8))
    assert "Q2 stays closed: its result has been told." == await school.ask("!undo", WEBER)


async def test_what_comes_after_a_close_can_be_undone(school: School) -> None:
    """A deletion, and the milestone that was made."""
    await school.talk.say("!when Call 1/12 10h / 2/12 10h", WEBER)
    await school.ask("!vote b", LEA)
    await school.talk.say("!close", WEBER)
    await school.talk.say("!Q1 milestone", WEBER)
    await school.talk.say("!undo", WEBER)
    assert {} == (await school.project()).milestones
    await school.talk.say("!Q1 delete", WEBER)
    await school.talk.say("!undo", WEBER)
    poll = (await school.project()).polls[1]
    assert (None, [0, 1]) == (poll.deleted, tally.counts(poll))
    assert STAYS == await school.ask("!undo", WEBER)


# --- words taken back ---------------------------------------------------------------------------


@pytest.mark.parametrize("who", [LEA, WEBER])
@pytest.mark.parametrize("kind", ["poll", "poll many"])
async def test_a_poll_whose_message_is_taken_back_goes_with_its_votes(
    school: School, kind: str, who: str
) -> None:
    """By its author or a teacher within ten minutes: no word about it, card and native poll too."""
    talk = school.talk
    await talk.say(f"!{kind} Logo? blue / green", LEA, event="$q")
    await school.ask("!vote 2", JONAS)
    await school.ask("!Q1 + red", MARTIN)
    shown = await talk.redact("$q", who)
    shown += await talk.until(timedelta(seconds=1))
    assert [] == new(shown)
    assert not any("Logo" in one for one in edits(shown))
    assert ["Q1 Taken back."] == [one for one in edits(shown) if one.startswith("Q1")]
    document = await talk.document()
    assert {} == document.project.polls
    assert "ballot 1" not in document.places
    assert not any("polls\t1" in repr(one.fields) for one in document.changes if one.by == JONAS)
    assert "No poll is open." == await school.ask("!polls")
    assert NOTHING == await school.ask("!undo", JONAS)
    await talk.say("!poll Song? old / new", LEA)
    assert [2] == list((await school.project()).polls), "its number is not given again"


async def test_a_pupil_cannot_take_back_the_poll_of_another(school: School) -> None:
    """A door that lets it through is no reason."""
    await school.talk.say("!poll Logo? blue / green", WEBER, event="$q")
    await school.ask("!vote 2", JONAS)
    assert [] == await school.talk.redact("$q", LEA)
    assert {JONAS: [2]} == (await school.project()).polls[1].votes


async def test_a_closed_poll_whose_message_is_taken_back_keeps_its_numbers(
    school: School,
) -> None:
    """Its words go, as they do later; nobody is told that anything was changed."""
    await school.talk.say("!poll Logo? blue / green", WEBER, event="$q")
    await school.ask("!vote 2", JONAS)
    await school.talk.say("!close", WEBER)
    shown = await school.talk.redact("$q", WEBER)
    assert [] == new(shown)
    assert ["Q1 · […] · 1 […] · 2 […]\nClosed."] == edits(shown)
    poll = (await school.project()).polls[1]
    assert ([0, 1], "") == (tally.counts(poll), poll.question)


async def test_an_undo_by_word_leaves_the_votes_of_others(school: School) -> None:
    """The question still stands in the room: a teacher deletes it, or its author takes it back."""
    await school.talk.say("!poll Logo? blue / green", LEA)
    await school.ask("!vote 2", JONAS)
    assert "Q1 has been changed since then, so I leave it as it is." == await school.ask(
        "!undo", LEA
    )
    assert {JONAS: [2]} == (await school.project()).polls[1].votes
