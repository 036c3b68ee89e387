"""Polls as people live them: asked, voted by tap and by word, closed, read out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.adapters.console.door import ROOM, Event
from bot.heard import PollEnded, Said, Voted
from bot.model import tally
from bot.model.documents import Kind
from bot.model.institution import Institution
from tests.commands.conftest import ANA, DUPONT, JONAS, LEA, MARTIN, WEBER, School
from tests.conftest import NOW, PARIS, Open, Talk, bodies, keys

THURSDAY = datetime(2026, 11, 26, 18, 0, tzinfo=PARIS)


def native(shown: list[Event]) -> Event:
    """Return the native poll among *shown*."""
    return next(one for one in shown if one.entry.kind is Kind.POLL)


def one_body(shown: list[Event]) -> str:
    """Return the one text among *shown*."""
    (body,) = bodies(shown)
    return body


def kinds(shown: list[Event]) -> list[Kind]:
    return [one.entry.kind for one in shown]


def notices(shown: list[Event]) -> list[Event]:
    return [one for one in shown if one.entry.kind is Kind.NOTICE and one.entry.target != "board"]


async def tap(
    talk: Talk, poll: str, answer: str, who: str, at: datetime | None = None
) -> list[Event]:
    """Vote by the buttons of a native poll."""
    answers = (answer,) if answer else ()
    event = f"$vote{next(talk.numbers)}"
    return await talk.hear(Voted(ROOM, event, who, at or talk.room.now(), to=poll, answers=answers))


async def votes(school: School, number: int = 1) -> dict[str, list[int]]:
    return (await school.project()).polls[number].votes


# --- a poll from beginning to end ---------------------------------------------------------------


async def test_a_poll_from_question_to_result(school: School) -> None:
    """A native poll with its companion; votes by tap and by word; closed by time, told once."""
    shown = await school.talk.say("!poll Logo? blue / green / red until thursday", LEA)
    poll = native(shown)
    assert ["blue", "green", "red"] == poll.entry.answers
    assert (
        "Q1 · Logo? · 1 blue · 2 green · 3 red\n"
        "Tap your answer in the poll above, or write !vote Q1 2. "
        "Open until Thu 26 Nov, 18:00 Pau, Köln."
    ) == one_body(shown)

    assert [] == await tap(school.talk, poll.event, "2", LEA)
    assert "✅" == await school.ask("!vote green", JONAS)
    assert "✅" == await school.ask("!vote 1", WEBER)
    assert {LEA: [2], JONAS: [2], WEBER: [1]} == await votes(school)

    shown = await school.talk.until(THURSDAY)
    assert Kind.POLL_END in kinds(shown)
    result = notices(shown)
    assert (
        "Q1 · Logo? · green: 2 · blue: 1 · red: 0\n"
        "The answer is green. "
        "Votes: 1 of 3 known members in PAU · 2 of 2 known members in KOL."
    ) == one_body(result)
    assert not result[0].entry.mentions
    edit = next(
        one for one in shown if one.entry.target == "poll 1" and one.entry.kind is Kind.EDIT
    )
    assert edit.entry.body.endswith("Closed.")
    assert [] == notices(await school.talk.until(timedelta(days=30)))


async def test_yes_or_no_is_said_in_every_language(open_talk: Open) -> None:
    """A question without answers is yes or no, in the words of all classes."""
    async with open_talk(languages=("en", "fr")) as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        await talk.say("!setup en fr", WEBER)
        shown = await talk.say("!poll Shall we start on Monday?", WEBER)
        answers = native(shown).entry.answers
        assert 2 == len(answers)
        (companion,) = [one for one in bodies(shown) if one.startswith("Q1")]
        lines = companion.splitlines()
        assert lines[0].startswith("Q1 · Shall we start on Monday? · 1 Yes")
        assert ["EN  ", "FR  "] == [line[:4] for line in lines[1:]]
        assert ["✅"] == keys(await talk.say("!vote no", WEBER))
        assert {WEBER: [2]} == (await talk.document()).project.polls[1].votes


@pytest.mark.parametrize(
    ("line", "question", "answers"),
    [
        ("!poll Logo? blue/green/red", "Logo?", ["blue", "green", "red"]),
        ("! Poll  Logo ? bleu / vert", "Logo ?", ["bleu", "vert"]),
        ("!survey Logo? blue | green", "Logo?", ["blue", "green"]),
        ("!poll Logo? blue; green; red.", "Logo?", ["blue", "green", "red"]),
        ("!poll Logo? blue, green, dark red", "Logo?", ["blue", "green", "dark red"]),
        ("!poll Logo: blue / green", "Logo", ["blue", "green"]),
        ("!poll ¿Qué logo? azul / verde", "¿Qué logo?", ["azul", "verde"]),
        ("!poll Which day? 1/12 / 3/12", "Which day?", ["1/12", "3/12"]),
        (
            "!poll Which day? friday 27/11 / monday 30/11",
            "Which day?",
            ["friday 27/11", "monday 30/11"],
        ),
        ("!poll Λογότυπο; μπλε / πράσινο", "Λογότυπο;", ["μπλε", "πράσινο"]),
        ("!poll ما الشعار؟ أزرق / أخضر", "ما الشعار؟", ["أزرق", "أخضر"]),
        (
            "!poll Which page? https://a.example/b?c=1 / none",
            "Which page?",
            ["https://a.example/b?c=1", "none"],
        ),
        ("!poll Open 24/7?", "Open 24/7?", ["", ""]),
        (
            "!poll Until when? until friday / until monday",
            "Until when?",
            ["until friday", "until monday"],
        ),
        ("!poll How many? 1 / 2", "How many?", ["1", "2"]),
    ],
)
async def test_ways_to_ask(school: School, line: str, question: str, answers: list[str]) -> None:
    """As phones and languages write it."""
    await school.talk.say(line, WEBER)
    poll = (await school.project()).polls[1]
    assert question == poll.question
    assert answers == [one.text for one in poll.options]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("!poll Logo? blue", "Please give 2 to 20 answers, with / between them: "),
        ("!poll Logo? " + " / ".join(f"a{n}" for n in range(21)), "Please give 2 to 20 answers"),
        ("!poll many Logo? " + " / ".join(f"a{n}" for n in range(9)), "Please give 2 to 8 answers"),
        ("!poll ? blue / green", "What is the question?"),
        ("!poll blue / green", "Where does the question end?"),
        ("!poll Logo? blue / Blue", "You wrote “Blue” twice."),
        ("!poll Logo? a / b until 20/11/2026", "“20/11/2026” is already past."),
        ("!poll Logo? a / b until 31/2", "“31/2” is not in the calendar."),
        ("!poll Logo? a / b until frdiay", "I could not read a date in “until frdiay”."),
        ("!poll " + "x" * 141 + "?", "The question is too long: 140 characters at most."),
        ("!poll Logo? a / " + "x" * 61, "An answer is too long: 60 characters at most."),
        ("!when Call Tue 1/12 10h / someday", "I cannot read “someday” as a date."),
        ("!when Call Tue 1/12 10h", "Please give 2 to 6 dates"),
        ("!when 1/12 10h / 2/12 10h", "What is the question?"),
        ("!when Call 1/12 10h / 1/12 10h", "You wrote the same date twice."),
        ("!when Call 20/11/2026 / 1/12", "“20/11/2026” is already past."),
        ("!vote 2", "No poll is open."),
        ("!results", "No poll is open."),
        ("!close Q7", "There is no poll Q7."),
    ],
)
async def test_wrong_use_gets_one_line(school: School, line: str, told: str) -> None:
    """One sentence that says what is missing, and nothing is asked."""
    said = await school.ask(line, WEBER)
    assert said.startswith(told)
    assert 1 == len(said.splitlines())
    assert {} == (await school.project()).polls


# --- voting -------------------------------------------------------------------------------------


async def test_the_last_vote_counts_by_whichever_door(school: School) -> None:
    """Button, word, letter, number and reply are the same vote; a spoiled one takes it back."""
    shown = await school.talk.say("!poll Logo? blue / green / dark red", WEBER)
    poll, companion = native(shown).event, notices(shown)[0].event
    await tap(school.talk, poll, "1", LEA)
    for said, reply_to, expected in (
        ("!vote green", None, [2]),
        ("!vote Q1 dark red", None, [3]),
        ("!vote b", None, [2]),
        ("!Q1 vote 1", None, [1]),
        ("!vote Q1 C", None, [3]),
        ("green", companion, [2]),
        ("3", companion, [3]),
        ("1", poll, [1]),
        ("Dark Red", poll, [3]),
        ("!vote 2", companion, [2]),
    ):
        await school.talk.say(said, LEA, reply_to=reply_to)
        assert {LEA: expected} == await votes(school), said
    await school.pause()
    await tap(school.talk, poll, "3", LEA)
    assert {LEA: [3]} == await votes(school)
    await tap(school.talk, poll, "77", LEA)
    assert {} == await votes(school)
    await tap(school.talk, poll, "2", LEA)
    await tap(school.talk, poll, "", LEA)
    assert {} == await votes(school)


async def test_a_vote_by_word_is_answered_by_a_reaction_only(school: School) -> None:
    """No message, no edit: a class of 25 makes no noise. What is no answer is told kindly."""
    shown = await school.talk.say("!poll Logo? blue / green", WEBER)
    shown = await school.talk.say("!vote 2", LEA)
    assert [Kind.REACTION] == kinds(shown)
    assert "That is not an answer of this poll. Its answers: 1 blue · 2 green" == await school.ask(
        "!vote 3"
    )
    assert "Please choose one answer." == await school.ask("!vote blue, green")


async def test_with_several_polls_the_number_is_asked_for(school: School) -> None:
    """Never guessed; in reply it need not be typed."""
    await school.talk.say("!poll Logo? blue / green", WEBER)
    shown = await school.talk.say("!poll Song? old / new", WEBER)
    said = await school.ask("!vote 2", LEA)
    assert "Which poll? Please write its number: Q1 · Logo? · Q2 · Song?" == said
    assert "✅" == await school.ask("!vote 2", LEA, reply_to=notices(shown)[0].event)
    assert {LEA: [2]} == await votes(school, 2)
    assert ["Q1 · Logo?", "Q2 · Song?"] == (await school.ask("!polls")).splitlines()


async def test_a_short_reply_to_a_long_poll(school: School) -> None:
    """Any of its numbers, in reply to it."""
    line = "!poll Day? " + " / ".join(f"day {n}" for n in range(1, 21))
    card = notices(await school.talk.say(line, WEBER))[0].event
    for said, number in (("8", 8), ("9", 9), ("20", 20), ("day 11", 11), ("21", 11)):
        await school.talk.say(said, LEA, reply_to=card)
        assert {LEA: [number]} == await votes(school)


async def test_a_number_that_is_an_answer_means_the_answer(school: School) -> None:
    """Among 5, 10 and 2 the answer "2" is the third: words come before places."""
    shown = await school.talk.say("!poll How many? 5 / 10 / 2", WEBER)
    await school.talk.say("!vote 2", LEA)
    assert {LEA: [3]} == await votes(school)
    await school.talk.say("!vote a", LEA)
    assert {LEA: [1]} == await votes(school)
    await school.talk.say("2", JONAS, reply_to=notices(shown)[0].event)
    assert {LEA: [1]} == await votes(school), "in doubt nothing is counted"


async def test_a_vote_counts_only_until_the_end(school: School) -> None:
    """Sent in time counts, however late it is heard before the close; sent later never does."""
    shown = await school.talk.say("!poll Logo? blue / green until thursday", WEBER)
    poll = native(shown).event
    await school.talk.until(THURSDAY - timedelta(hours=1))
    await tap(school.talk, poll, "1", LEA, at=THURSDAY - timedelta(seconds=1))
    await tap(school.talk, poll, "2", LEA, at=THURSDAY + timedelta(seconds=1))
    assert {LEA: [1]} == await votes(school)
    await school.talk.until(THURSDAY)
    assert [] == await tap(school.talk, poll, "2", LEA, at=THURSDAY - timedelta(hours=2))
    assert "Q1 is closed." == await school.ask("!vote Q1 2")
    assert [1, 0] == tally.counts((await school.project()).polls[1])


# --- letters ------------------------------------------------------------------------------------


async def test_several_answers_by_letters(school: School) -> None:
    """Each letter counts while it stands; a vote by word is the whole choice."""
    shown = await school.talk.say("!poll many Snacks? cake / fruit / cheese", LEA)
    assert ["🇦", "🇧", "🇨"] == keys(shown)
    assert [Kind.NOTICE] == [one for one in kinds(shown) if one in {Kind.NOTICE, Kind.POLL}]
    card = notices(shown)[0]
    assert card.entry.body.startswith("Q1 · Snacks? · 🇦 cake · 🇧 fruit · 🇨 cheese\n")
    assert [] == await school.talk.react("🇦", card.event, JONAS)
    await school.talk.react("C", card.event, JONAS)
    assert {JONAS: [1, 3]} == await votes(school)
    assert "✅" == await school.ask("!vote cake and fruit", JONAS)
    assert {JONAS: [1, 2]} == await votes(school)
    assert "✅" == await school.ask("!vote a c", LEA)
    said = await school.ask("!results")
    assert "Q1 · Snacks? · cake: 2 · fruit: 1 · cheese: 1" == said.splitlines()[0]
    assert "Ahead so far: cake." in said


async def test_a_letter_taken_away_counts_no_more(school: School) -> None:
    """Removing the reaction removes the choice, and no other."""
    shown = await school.talk.say("!poll many Snacks? cake / fruit", WEBER)
    card = notices(shown)[0].event
    await school.talk.react("🇦", card, LEA)
    first = f"$in{next(school.talk.numbers) - 1}"
    await school.talk.react("2️⃣", card, LEA)
    await school.talk.redact(first, LEA)
    assert {LEA: [2]} == await votes(school)


async def test_one_vote_per_class(school: School) -> None:
    """A teacher votes for the class; pupils' taps do not count; a teacher without class is told."""
    await school.talk.join("@new:else.example", "Ms New", 50)
    shown = await school.talk.say("!poll classes Where? Pau / Köln", DUPONT)
    card = notices(shown)[0].event
    assert "" == await school.tap("🇦", card, LEA)
    await school.tap("🇧", card, MARTIN)
    await school.tap("🇦", card, WEBER)
    assert {"PAU": [2], "KOL": [1]} == await votes(school)
    await school.tap("🇦", card, DUPONT)
    assert {"PAU": [1], "KOL": [1]} == await votes(school)
    how = "For which class do you vote? Tell me yours first: !i am PAU"
    assert how == await school.tap("🇦", card, "@new:else.example")
    assert how == await school.ask("!vote a", "@new:else.example")
    assert "Here a class has one vote. Ask a teacher to do it." == await school.ask("!vote a", LEA)
    shown = await school.talk.say("!close", DUPONT)
    assert (
        "Q1 · Where? · Pau: 2 · Köln: 0\nThe answer is Pau. 2 of 2 classes have voted."
        in bodies(shown)
    )


async def test_a_date_that_suits_the_weakest_class(school: School) -> None:
    """Two PAU votes against one of each class: the second date wins, and becomes a milestone."""
    shown = await school.talk.say(
        "!when Video call: Tue 1/12 10h / Thu 3/12 14h until thursday", WEBER
    )
    assert (
        "Q1 · Video call\n"
        "🇦 Tue 1 Dec, 10:00 Pau, Köln\n"
        "🇧 Thu 3 Dec, 14:00 Pau, Köln\n"
        "Tap all dates that suit you, or write !vote Q1 a b. "
        "Open until Thu 26 Nov, 18:00 Pau, Köln."
    ) == one_body(shown)
    card = notices(shown)[0].event
    for who in (LEA, MARTIN, DUPONT):
        await school.tap("🇦", card, who)
    await school.tap("🇧", card, LEA)
    await school.tap("🇧", card, JONAS)
    assert "The poll is still open. To close it: !close Q1" == await school.ask(
        "!Q1 milestone", WEBER
    )
    shown = await school.talk.until(THURSDAY)
    result = notices(shown)[-1]
    assert (
        "Q1 · Video call · 🇦 1.12. 10:00: 3 · 🇧 3.12. 14:00: 2\n"
        "Thu 3 Dec, 14:00 Pau, Köln suits best: even in the class that it "
        "suits least, 1 of 3 chose it. "
        "Votes: 3 of 3 known members in PAU · 1 of 2 known members in KOL. "
        "If a teacher taps ✅, this date becomes a milestone."
    ) == result.entry.body
    assert "" == await school.tap("✅", result.event, LEA)
    assert {} == (await school.project()).milestones
    assert "M1 ⚑ · Video call · Thu 3 Dec, 14:00 Pau, Köln" == await school.tap(
        "✅", result.event, WEBER
    )
    assert "It is a milestone already: M1." == await school.tap("✅", result.event, MARTIN)


async def test_six_dates_in_three_languages_stay_within_eight_lines(open_talk: Open) -> None:
    """However many languages: a screen of a phone holds it."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        await talk.say("!setup en fr de pl", WEBER)
        dates = " / ".join(f"{day}/12 10h" for day in range(1, 7))
        shown = await talk.say(f"!when Call {dates}", WEBER)
        body = next(one for one in bodies(shown) if one.startswith("Q1"))
        assert len(body.splitlines()) <= 8
        assert 6 == sum(line.startswith(tuple("🇦🇧🇨🇩🇪🇫")) for line in body.splitlines())


# --- a secret vote ------------------------------------------------------------------------------


async def whisper(school: School, text: str, who: str) -> list[Event]:
    """Write to the bot alone."""
    room = f"!direct-{who.lstrip('@')}"
    event = f"$in{next(school.talk.numbers)}"
    now = school.talk.room.now()
    return await school.talk.hear(Said(room, event, who, now, direct=True, body=text))


async def test_a_secret_vote(school: School) -> None:
    """By direct message, once and for all; totals at the close, from five voters on."""
    shown = await school.talk.say("!poll secret Speaker? Ana / Jonas", WEBER)
    (body,) = bodies(shown)
    assert "Classmates and teachers cannot see your vote; whoever runs the assistant could." in body
    assert [Kind.NOTICE] == kinds(shown)[:1]
    told = await school.ask("!vote Q1 2", LEA)
    assert (
        "This vote is secret. Please delete your message, and write me !vote "
        "Q1 … in a direct message." == told
    )
    for who, choice in ((LEA, "b"), (JONAS, "2"), (ANA, "Ana"), (MARTIN, "jonas")):
        shown = await whisper(school, f"!vote Q1 {choice}", who)
        assert ["Your vote is in. You cannot change it later."] == bodies(shown)
    shown = await whisper(school, "!vote Q1 1", LEA)
    assert ["You have voted already. A secret vote cannot be changed."] == bodies(shown)
    assert "Q1 · Speaker?\n4 people have voted." == await school.ask("!results")
    await whisper(school, "!vote Q1 2", DUPONT)
    shown = await school.talk.say("!close", WEBER)
    assert [
        "Q1 · Speaker? · Jonas: 4 · Ana: 1\nThe answer is Jonas. 5 people have voted."
    ] == bodies(shown)
    assert {} == (await school.project()).urns
    once = "Q1 · Speaker? · The totals of a secret vote are shown once, when it closes."
    assert once == await school.ask("!results")


async def test_a_secret_vote_leaves_no_other_trace(school: School) -> None:
    """Who has voted and what was voted never stand side by side, nor in any record of the room."""
    await school.talk.say("!poll secret Speaker? Zebra / Yak", WEBER)
    before = await school.talk.document()
    await whisper(school, "!vote Q1 yak", LEA)
    after = await school.talk.document()
    urn = after.project.urns[1]
    assert ([LEA], [0, 1]) == (urn.voted, urn.counts)
    own = replace(after.project, urns={})
    assert before.project.polls == own.polls
    new = [one for one in after.changes if one not in before.changes]
    assert all(not one.fields for one in new)
    for part in (new, after.outbox, after.offers, after.extra, after.places, after.anchors):
        assert "yak" not in repr(part).casefold()
    shown = await whisper(school, "!undo", LEA)
    assert "There is nothing to undo from the last 10 minutes." in bodies(shown)
    assert 1 == sum((await school.project()).urns[1].counts)


async def test_where_direct_messages_are_closed_no_vote_is_secret(school: School) -> None:
    """It would leave a class out: refused, with the reason."""
    assistant = school.talk.room.dispatcher.assistant
    house = Institution(no_direct_rooms=("koln.*", "*.edu"))
    assistant.runner.institution = house
    said = await school.ask("!poll secret Speaker? Ana / Jonas", WEBER)
    assert "People on koln.example cannot write to me directly: they could not vote." == said
    assert {} == (await school.project()).urns


async def test_below_five_a_secret_vote_shows_nothing(school: School) -> None:
    """Four votes would tell too much."""
    await school.talk.say("!poll secret Speaker? Ana / Jonas", WEBER)
    for who in (LEA, JONAS, ANA, MARTIN):
        await whisper(school, "!vote Q1 2", who)
    shown = await school.talk.say("!close", WEBER)
    assert ["Q1 · Speaker?\nFewer than 5 have voted: nothing is shown."] == bodies(shown)


async def test_a_secret_poll_that_is_edited_after_a_vote_is_another_one(school: School) -> None:
    """Nobody's vote turns up for another question: the new one has its own number and urn."""
    await school.talk.say("!poll secret Speaker? Ana / Jonas", WEBER, event="$q")
    await whisper(school, "!vote Q1 2", LEA)
    await school.talk.say("!poll secret Speaker? Ana / Tom", WEBER, edits="$q")
    project = await school.project()
    assert [2] == list(project.polls)
    assert ([], [0, 0]) == (project.urns[2].voted, project.urns[2].counts)
    await school.talk.until(timedelta(seconds=1))
    assert [2] == list((await school.project()).urns)


async def test_a_deleted_secret_poll_keeps_its_urn_for_ten_minutes(school: School) -> None:
    """Undo brings all of it back; then it is gone for good."""
    await school.talk.say("!poll secret Speaker? Ana / Jonas", WEBER)
    await whisper(school, "!vote Q1 2", LEA)
    await school.talk.say("!Q1 delete", WEBER)
    await school.talk.until(timedelta(minutes=9))
    await school.talk.say("!undo", WEBER)
    assert [LEA] == (await school.project()).urns[1].voted
    await school.talk.say("!Q1 delete", WEBER)
    await school.talk.until(timedelta(minutes=10))
    assert {} == (await school.project()).urns


async def test_a_secret_poll_undone_takes_its_urn_along(school: School) -> None:
    """What was voted in it is gone."""
    await school.talk.say("!poll secret Speaker? Ana / Jonas", WEBER)
    await whisper(school, "!vote Q1 2", LEA)
    await school.talk.say("!undo", WEBER)
    await school.talk.until(timedelta(seconds=1))
    project = await school.project()
    assert ({}, {}) == (project.polls, project.urns)


# --- closing, growing, taking back --------------------------------------------------------------


async def test_who_may_close(school: School) -> None:
    """Author and teachers, by word or in their own client; nobody else."""
    poll = native(await school.talk.say("!poll Logo? blue / green", LEA)).event
    talk = school.talk
    assert "This poll is somebody else's. Ask a teacher to do it." == await school.ask(
        "!close", JONAS
    )
    assert [] == await talk.hear(PollEnded(ROOM, "$e1", JONAS, talk.room.now(), to=poll))
    shown = await talk.hear(PollEnded(ROOM, "$e2", LEA, talk.room.now(), to=poll))
    assert {Kind.POLL_END, Kind.NOTICE} <= set(kinds(shown))
    assert (
        "Q1 · Logo? · blue: 0 · green: 0\nNobody has voted. "
        "Votes: 0 of 3 known members in PAU · 0 of 2 known members in KOL."
    ) == one_body(shown)
    assert [] == await talk.hear(PollEnded(ROOM, "$e3", WEBER, talk.room.now(), to=poll))
    assert "Q1 is closed." == await school.ask("!close Q1", WEBER)


async def test_a_closed_poll_is_not_changed_by_undo(school: School) -> None:
    """What was read out stays true."""
    await school.talk.say("!poll Logo? blue / green", WEBER)
    await school.ask("!vote 2", LEA)
    await school.talk.say("!close", WEBER)
    nothing = "There is nothing to undo from the last 10 minutes."
    assert nothing == await school.ask("!undo", LEA)
    assert "Q1 stays closed: its result has been told." == await school.ask("!undo", WEBER)
    assert "The answer is green." in await school.ask("!results Q1")


async def test_one_more_answer(school: School) -> None:
    """A native poll cannot grow: it is asked anew, and votes for the old one count."""
    shown = await school.talk.say("!poll Logo? blue / green", LEA)
    old = native(shown).event
    await tap(school.talk, old, "1", JONAS)
    assert "This poll is somebody else's. Ask a teacher to do it." == await school.ask(
        "!Q1 + red", JONAS
    )
    shown = await school.talk.say("!Q1 + red", LEA)
    new = native(shown)
    assert ["blue", "green", "red"] == new.entry.answers
    assert [old] == [o.entry.relates_to for o in shown if o.entry.kind is Kind.REDACTION]
    assert [] == bodies(shown)
    await tap(school.talk, new.event, "3", LEA)
    await tap(school.talk, old, "2", WEBER)
    assert {JONAS: [1], LEA: [3], WEBER: [2]} == await votes(school)
    assert "An answer was added; votes cast before still count." in await school.ask("!Q1")
    assert "You wrote “Red” twice." == await school.ask("!Q1 add Red", LEA)


async def test_one_more_date_and_letter(school: School) -> None:
    """Letters grow in place, with one more button."""
    await school.talk.say("!when Call 1/12 10h / 2/12 10h", WEBER)
    shown = await school.talk.say("!Q1 + 3/12 10h", WEBER)
    assert ["🇨"] == keys(shown)
    assert "I cannot read “someday” as a date." == await school.ask("!Q1 + someday", WEBER)
    assert "You wrote the same date twice." == await school.ask("!Q1 + 3/12 10h", WEBER)


@pytest.mark.parametrize("how", ["undo", "redact", "edit"])
async def test_a_poll_taken_back_leaves_no_native_poll(school: School, how: str) -> None:
    """Undone, redacted or edited into something else: nobody can vote in what is gone."""
    shown = await school.talk.say("!poll Logo? blue / green", WEBER, event="$q")
    poll = native(shown).event
    if how == "undo":
        shown = await school.talk.say("!undo", WEBER)
    elif how == "redact":
        shown = await school.talk.redact("$q", WEBER)
    else:
        shown = await school.talk.say("!task Film", WEBER, edits="$q")
    shown += await school.talk.until(timedelta(seconds=1))
    assert [poll] == [o.entry.relates_to for o in shown if o.entry.kind is Kind.REDACTION]
    assert {} == (await school.project()).polls
    assert [] == await tap(school.talk, poll, "1", LEA)


async def test_an_edited_poll_is_asked_anew(school: School) -> None:
    """Same number, same companion, new native poll; a vote in the old one does not count."""
    shown = await school.talk.say("!poll Logo? blue / gren", WEBER, event="$q")
    old = native(shown).event
    shown = await school.talk.say("!poll Logo? blue / green", WEBER, edits="$q")
    new = native(shown)
    assert ["blue", "green"] == new.entry.answers
    assert [old] == [o.entry.relates_to for o in shown if o.entry.kind is Kind.REDACTION]
    assert [] == bodies(shown)
    await tap(school.talk, old, "2", LEA)
    assert {} == await votes(school)
    await tap(school.talk, new.event, "2", LEA)
    assert {LEA: [2]} == await votes(school)
    said = await school.talk.say("!poll Song? a / b", WEBER, edits="$q")
    assert "Logo?" == (await school.project()).polls[1].question, bodies(said)


async def test_who_may_delete(school: School) -> None:
    """Its author while nobody has voted, then a teacher; undo brings it back as it was."""
    poll = native(await school.talk.say("!poll Logo? blue / green", LEA)).event
    await school.ask("!vote 2", JONAS)
    said = await school.ask("!Q1 delete", LEA)
    assert (
        "You can only delete a poll of your own, and only while nobody has "
        "voted. Ask a teacher to do it." == said
    )
    shown = await school.talk.say("!Q1 delete", WEBER)
    shown += await school.talk.until(timedelta(seconds=1))
    assert [poll] == [o.entry.relates_to for o in shown if o.entry.kind is Kind.REDACTION]
    assert "There is no poll Q1." == await school.ask("!vote Q1 1")
    shown = await school.talk.say("!undo", WEBER)
    shown += await school.talk.until(timedelta(seconds=1))
    assert ["blue", "green"] == native(shown).entry.answers
    assert {JONAS: [2]} == await votes(school)


async def test_a_pupil_has_three_open_polls_at_most(school: School) -> None:
    """And no others than plain ones."""
    for _n in range(3):
        await school.talk.say("!poll Logo? blue / green", LEA)
    assert "You have 3 open polls. Close one first." == await school.ask("!poll Song? a / b", LEA)
    for line in ("when Call 1/12 / 2/12", "poll secret Who? a / b", "poll classes Who? a / b"):
        assert "Only a teacher can do that." == await school.ask(f"!{line}", LEA)


# --- before it closes, and after being away -----------------------------------------------------


async def test_classes_that_have_not_answered_are_named_once(school: School) -> None:
    """A day before the end, classes and never persons; nobody is rung."""
    await school.talk.say("!poll Logo? blue / green until thursday", WEBER)
    await school.ask("!vote 2", LEA)
    assert [] == notices(await school.talk.until(THURSDAY - timedelta(days=1, seconds=1)))
    shown = notices(await school.talk.until(THURSDAY - timedelta(days=1)))
    assert ["Q1 · Logo?\nNo answer yet from KOL. Open until Thu 26 Nov, 18:00 Pau, Köln."] == [
        one.entry.body for one in shown
    ]
    assert not shown[0].entry.mentions
    assert [] == notices(await school.talk.until(THURSDAY - timedelta(seconds=1)))


async def test_no_reminder_when_every_class_has_answered(school: School) -> None:
    """Nobody needs to be told."""
    await school.talk.say("!poll Logo? blue / green until thursday", WEBER)
    await school.ask("!vote 2", LEA)
    await school.ask("!vote 2", JONAS)
    assert 1 == len(notices(await school.talk.until(THURSDAY)))


async def test_polls_survive_a_restart(open_talk: Open) -> None:
    """Votes of before and after count together, and the result is told once."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        poll = native(await talk.say("!poll Logo? blue / green until thursday", WEBER)).event
        await tap(talk, poll, "2", WEBER)
    async with open_talk(now=NOW + timedelta(days=1)) as talk:
        await tap(talk, poll, "2", LEA)
        shown = await talk.until(THURSDAY)
        assert ["Q1 · Logo? · green: 2 · blue: 0\nThe answer is green. 2 people have voted."] == [
            one.entry.body for one in notices(shown)
        ]
    async with open_talk(now=THURSDAY + timedelta(days=1)) as talk:
        assert [] == talk.shown


async def test_a_poll_that_ended_while_the_bot_was_away(open_talk: Open) -> None:
    """It is closed at catch-up, and votes sent in time count though they are heard late."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        poll = native(await talk.say("!poll Logo? blue / green until thursday", WEBER)).event
    async with open_talk(now=THURSDAY + timedelta(hours=5), start=False) as talk:
        await tap(talk, poll, "2", LEA, at=THURSDAY - timedelta(hours=1))
        await tap(talk, poll, "1", WEBER, at=THURSDAY + timedelta(hours=1))
        await talk.room.start()
        assert ["Q1 · Logo? · green: 1 · blue: 0\nThe answer is green. 1 person has voted."] == [
            one.entry.body for one in notices(talk.shown)
        ]


async def test_from_a_direct_message_a_poll_goes_to_the_room(school: School) -> None:
    """Whoever asks alone sees that it was done."""
    shown = await whisper(school, "!poll Logo? blue / green", WEBER)
    assert {ROOM} == {one.room for one in shown if one.entry.kind in {Kind.POLL, Kind.NOTICE}}
    assert ["👍"] == keys(shown)


# --- the rest of what may happen ----------------------------------------------------------------


async def test_a_tie_and_a_poll_that_nobody_answers(school: School) -> None:
    """The answer is never made up."""
    await school.talk.say("!poll Logo? blue / green / red", WEBER)
    await school.ask("!vote 1", LEA)
    await school.ask("!vote 3", JONAS)
    assert "Ahead so far: blue and red." in await school.ask("!results")
    shown = await school.talk.say("!close", WEBER)
    assert "A tie between blue and red." in one_body(shown)
    assert "A tie between blue and red." in await school.ask("!results Q1", LEA)
    assert "A tie between blue and red." in await school.ask("!results", LEA)


async def test_dates_in_a_room_without_classes(open_talk: Open) -> None:
    """The date that most people can; a day without an hour stays a day."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        shown = await talk.say("!when Excursion 1/12 / 3/12", WEBER)
        assert "🇦 Tue 1 Dec\n🇧 Thu 3 Dec" in one_body(shown)
        assert ["✅"] == keys(await talk.say("!vote b", WEBER))
        shown = await talk.say("!close", WEBER)
        assert (
            "Q1 · Excursion · 🇧 3.12.: 1 · 🇦 1.12.: 0\nThu 3 Dec suits best. 1 person has voted. "
            "If a teacher taps ✅, this date becomes a milestone."
        ) == one_body(shown)
        shown = await talk.say("!milestone Q1", WEBER)
        assert "M1 ⚑ · Excursion · Thu 3 Dec" in one_body(shown)


async def test_a_date_that_a_whole_class_cannot(school: School) -> None:
    """It is told before anybody makes it a milestone."""
    await school.talk.say("!when Call 1/12 10h / 2/12 10h", WEBER)
    await school.ask("!vote a", LEA)
    said = await school.ask("!results")
    assert "Tue 1 Dec, 10:00 Pau, Köln suits best, but nobody from KOL chose it." in said


async def test_many_classes_and_people_without_one(school: School) -> None:
    """Eight classes are counted out, the rest only as many."""
    for n in range(9):
        await school.pause()
        await school.ask(f"!partner add X{n}A Xtown{n} Europe/Paris 20", DUPONT)
    await school.pause()
    await school.talk.say("!poll Logo? blue / green", WEBER)
    await school.ask("!vote 1", ANA)
    said = await school.ask("!results")
    assert "0 of 20 in X5A · … and 3 more · 1 without a class." in said


async def test_a_teacher_takes_the_vote_of_a_class_back(school: School) -> None:
    """Then the letter counts that another teacher of it has tapped."""
    shown = await school.talk.say("!poll classes Where? Pau / Köln", DUPONT)
    card = notices(shown)[0].event
    await school.tap("🇦", card, MARTIN)
    await school.tap("🇧", card, DUPONT)
    assert {"PAU": [2]} == await votes(school)
    await school.talk.redact(f"$in{next(school.talk.numbers) - 1}", DUPONT)
    assert {"PAU": [1]} == await votes(school)
    assert "✅" == await school.ask("!vote b", MARTIN)
    assert {"PAU": [2]} == await votes(school)


async def test_classes_need_classes(open_talk: Open) -> None:
    """One vote per class makes sense from two on; without any, a tap says nothing."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        shown = await talk.say("!poll classes Where? Pau / Köln", WEBER)
        assert "That needs two classes at least." == one_body(shown)


async def test_the_open_polls(school: School) -> None:
    """One line each, with its end."""
    assert "No poll is open." == await school.ask("!polls")
    await school.talk.say("!poll Logo? blue / green until thursday", WEBER)
    said = "Q1 · Logo? · Open until Thu 26 Nov, 18:00 Pau, Köln."
    assert said == await school.ask("!polls")
    shown = await school.ask("!Q1")
    assert shown.startswith("Q1 · Logo? · 1 blue · 2 green\n")


async def test_what_a_closed_or_secret_poll_refuses(school: School) -> None:
    """One line each."""
    await school.talk.say("!poll secret Who? a / b", WEBER)
    assert "You cannot add an answer to a secret vote." == await school.ask("!Q1 + c", WEBER)
    await school.talk.say("!poll Logo? blue / green", WEBER)
    await school.talk.say("!close Q2", WEBER)
    assert "Q2 is closed." == await school.ask("!Q2 + red", WEBER)
    assert "This poll is not about dates." == await school.ask("!Q2 milestone", WEBER)
    await school.talk.say("!when Call 1/12 / 2/12 / 3/12 / 4/12 / 5/12 / 6/12", WEBER)
    assert (await school.ask("!Q3 + 7/12", WEBER)).startswith("Please give 2 to 6 dates")
    await school.talk.say("!close Q3", WEBER)
    assert "Nobody has voted." == await school.ask("!Q3 milestone", WEBER)


async def test_a_day_that_may_be_another_is_asked_for(school: School) -> None:
    """Never guessed: neither as an end nor as an option."""
    for line in ("poll Logo? a / b until next friday", "when Call next friday / 12/12"):
        said = await school.ask(f"!{line}", WEBER)
        assert said.startswith("Which day do you mean, ")
    assert {} == (await school.project()).polls


async def test_help_says_what_servers_can_read(school: School) -> None:
    """Said once, where polls are explained; seven lines a teacher can take in."""
    said = await school.ask("!help polls", WEBER)
    assert "The servers always see who taps what." in said
    assert 7 == len(said.splitlines())
