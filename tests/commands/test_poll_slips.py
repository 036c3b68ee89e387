"""Polls as they are typed in a hurry: half of it, on several lines, with pictures, too late."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.model.documents import Kind
from tests.commands.conftest import DUPONT, JONAS, LEA, MARTIN, WEBER, School
from tests.conftest import PARIS, Open, bodies, keys

THURSDAY = datetime(2026, 11, 26, 18, 0, tzinfo=PARIS)


async def options(school: School, number: int = 1) -> tuple[str, list[str]]:
    poll = (await school.project()).polls[number]
    return poll.question, [one.text for one in poll.options]


async def votes(school: School, number: int = 1) -> dict[str, list[int]]:
    return (await school.project()).polls[number].votes


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("!poll", "Something is missing.\n!poll ‹question? answer / answer›"),
        ("!poll many", "Where does the question end?"),
        ("!poll per class", "Where does the question end?"),
        ("!poll close", "Where does the question end?"),
        ("!poll list", "No poll is open."),
        ("!show polls", "No poll is open."),
        ("!poll results", "No poll is open."),
        ("!vote", "No poll is open."),
        ("!when", "Something is missing.\n!when ‹topic, date / date›"),
    ],
)
async def test_half_a_command_asks_the_room_nothing(school: School, line: str, told: str) -> None:
    """The answer shows how to ask; no poll "many? yes / no" is put to three classes."""
    assert (await school.ask(line, WEBER)).startswith(told)
    assert {} == (await school.project()).polls


@pytest.mark.parametrize(
    ("line", "question", "answers"),
    [
        ("!poll Colour?\nblue\ngreen\nred", "Colour?", ["blue", "green", "red"]),
        ("!poll Colour\nblue\ngreen", "Colour", ["blue", "green"]),
        ("!poll Colour:\r\n- dark blue\r\n- green\r\n", "Colour", ["dark blue", "green"]),
        ("!poll Colour?\n1. blue\n2. green", "Colour?", ["blue", "green"]),
        ("!poll Colour? 1) blue / 2) green", "Colour?", ["blue", "green"]),
        ("!poll When? 1. May / 2. May", "When?", ["1. May", "2. May"]),
        ("!poll Hi all,\nwhich colour? blue / green", "Hi all, which colour?", ["blue", "green"]),
        ("!poll Which colour?\nblue / green\nuntil friday", "Which colour?", ["blue", "green"]),
        ("!poll Χρώμα;\nμπλε\nπράσινο", "Χρώμα;", ["μπλε", "πράσινο"]),
        ("!poll Shall we\nmeet tomorrow", "Shall we meet tomorrow", ["", ""]),
        (
            "!poll Do you like https://a.example/b? yes / no",
            "Do you like https://a.example/b?",
            ["yes", "no"],
        ),
        ("!poll When? by friday / by monday", "When?", ["by friday", "by monday"]),
    ],
)
async def test_answers_on_lines_of_their_own(
    school: School, line: str, question: str, answers: list[str]
) -> None:
    """As phones and lists write it."""
    await school.ask(line, WEBER)
    assert (question, answers) == await options(school)


async def test_dates_on_lines_of_their_own(school: School) -> None:
    """The topic is the first line."""
    said = await school.ask("!when Video call\nTue 1/12 10h\nThu 3/12 14h\nuntil friday", WEBER)
    assert said.splitlines()[:3] == [
        "Q1 · Video call",
        "🇦 Tue 1 Dec, 10:00 Pau, Köln",
        "🇧 Thu 3 Dec, 14:00 Pau, Köln",
    ]


async def test_lines_come_through_the_question_which_project(school: School) -> None:
    """What is asked from a direct room is put to the right room as it was typed."""
    talk, other = school.talk, "!other:x"
    await talk.say("!task other", WEBER, room=other)
    direct = "!direct-weber:x"
    shown = await talk.say("!poll Colour?\nblue\ngreen", WEBER, room=direct, direct=True)
    asked = next(one for one in shown if bodies([one]))
    assert asked.entry.body.startswith("Which project?")
    for letter in ("🇦", "🇧"):
        await talk.hear_reaction(letter, asked.event, room=direct, direct=True, who=WEBER)
        if (await school.project()).polls:
            break
        shown = await talk.say("!poll Colour?\nblue\ngreen", WEBER, room=direct, direct=True)
        asked = next(one for one in shown if bodies([one]))
    assert ("Colour?", ["blue", "green"]) == await options(school)


async def test_by_ends_a_poll_as_it_ends_a_task(school: School) -> None:
    """It is no part of the last answer."""
    said = await school.ask("!poll Logo? blue / green by thursday", WEBER)
    assert "Open until Thu 26 Nov, 18:00 Pau, Köln." in said
    assert ("Logo?", ["blue", "green"]) == await options(school)
    told = await school.ask("!poll Logo? blue / green by frdiay", WEBER)
    assert told.startswith("I could not read a date in “by frdiay”.")


async def test_pictures_beside_an_answer_need_not_be_typed(school: School) -> None:
    """Nor do those beside a vote count; where only the picture tells, it does."""
    await school.ask("!poll Snack? pie 🥧 / fruit 🍏 / fruit 🍎 / 🍕", WEBER)
    for said, chosen in (("Pie", 1), ("fruit 🍎", 3), ("🍕", 4), ("b 👍", 2), ("« pie »!", 1)):
        assert "✅" == await school.ask(f"!vote {said}", LEA)
        assert {LEA: [chosen]} == await votes(school), said
    assert (await school.ask("!vote fruit", LEA)).startswith("That is not an answer of this poll.")
    await school.ask("!poll Ready?", WEBER)
    assert "✅" == await school.ask("!Q2 yes 👍", LEA)


async def test_half_a_vote_is_asked_for(school: School) -> None:
    """A reply to the question is the vote; thanks are none."""
    await school.ask("!poll Logo? blue / green", WEBER)
    for line in ("!vote", "!vote Q1", "!Q1 vote"):
        shown = await school.talk.say(line, LEA)
        paper = "Q1 · Logo? · 1 blue · 2 green\nReply to this message with your answer."
        assert [paper] == bodies(shown)
    asked = next(one.event for one in shown if one.entry.kind is Kind.NOTICE)
    for said, chosen in (("2", 2), ("blue", 1), ("b", 2), ("thanks!", 2), ("nice one", 2)):
        await school.ask(said, LEA, reply_to=asked)
        assert {LEA: [chosen]} == await votes(school), said
    await school.ask("!close", WEBER)
    assert "Q1 is closed." == await school.ask("!vote Q1", LEA)


async def test_a_misspelt_answer_is_told_what_there_is(school: School) -> None:
    """And a reply to that is a vote, too."""
    await school.ask("!poll Logo? blue / green", WEBER)
    shown = await school.talk.say("!Q1 grene", LEA)
    assert ["That is not an answer of this poll. Its answers: 1 blue · 2 green"] == bodies(shown)
    asked = next(one.event for one in shown if one.entry.kind is Kind.NOTICE)
    assert "✅" == await school.ask("green", LEA, reply_to=asked)
    assert {LEA: [2]} == await votes(school)


async def test_one_answer_is_added_at_a_time(school: School) -> None:
    """Two of them would become one odd answer."""
    await school.ask("!poll Logo? blue / green", WEBER)
    assert "One answer at a time, please." == await school.ask("!Q1 + orange / lemon", WEBER)


async def test_the_number_of_the_poll_may_come_last(school: School) -> None:
    """As one says it; among several polls it still counts."""
    await school.ask("!poll Logo? blue / green", WEBER)
    await school.ask("!poll Song? old / new", WEBER)
    for said in ("!vote green Q1", "!vote for b in Q1", "!vote 2 on q1"):
        assert "✅" == await school.ask(said, LEA)
        assert {LEA: [2]} == await votes(school), said
        await school.ask("!vote Q1 1", LEA)


@pytest.mark.parametrize("line", ["poll Logo? blue / green", "poll many Logo? blue / green"])
async def test_a_vote_for_an_answer_taken_back_is_not_for_the_next(
    school: School, line: str
) -> None:
    """Orange was undone: whoever chose it did not choose lemon."""
    await school.ask(f"!{line}", WEBER)
    await school.ask("!Q1 + orange", WEBER)
    await school.ask("!vote orange", LEA)
    await school.ask("!vote green", JONAS)
    await school.ask("!undo", WEBER)
    await school.ask("!Q1 + lemon", WEBER)
    assert {JONAS: [2]} == await votes(school)


async def test_dates_that_are_past_do_not_win(school: School) -> None:
    """Closed late: what most could do last week is no milestone."""
    shown = await school.talk.say("!when Call 25/11 10h / 27/11 10h / 28/11 10h", WEBER)
    card = next(one.event for one in shown if one.entry.kind is Kind.NOTICE)
    for who in (LEA, JONAS, MARTIN):
        await school.tap("🇦", card, who)
    await school.tap("🇧", card, LEA)
    await school.talk.until(THURSDAY)
    shown = await school.talk.say("!close", WEBER)
    (said,) = bodies(shown)
    assert "Fri 27 Nov, 10:00 Pau, Köln suits best, but nobody from KOL chose it." in said
    await school.talk.until(timedelta(days=2))
    told = "The dates that people voted for are already past."
    assert told == await school.ask("!Q1 milestone", WEBER)


async def test_only_past_dates_were_chosen(school: School) -> None:
    """Then it is said so, and there is no button."""
    await school.ask("!when Call 25/11 10h / 28/11 10h", WEBER)
    await school.ask("!vote a", LEA)
    await school.talk.until(THURSDAY)
    shown = await school.talk.say("!close", WEBER)
    assert "The dates that people voted for are already past. Votes: 1 of 3" in bodies(shown)[0]
    assert "✅" not in keys(shown)


async def test_a_milestone_made_of_a_poll_edits_no_poll(school: School) -> None:
    """Its card shows nothing of it: no event is spent on that."""
    await school.ask("!when Call 1/12 10h / 2/12 10h", WEBER)
    await school.ask("!vote a", LEA)
    await school.talk.say("!close", WEBER)
    shown = await school.talk.say("!Q1 milestone", WEBER)
    assert "poll 1" not in [one.entry.target for one in shown]


async def test_a_poll_whose_words_were_taken_back_is_over(school: School) -> None:
    """Nobody votes on "[…]", and it is no poll that is open."""
    await school.talk.say("!poll many Snack? pie / fruit", WEBER, event="$q")
    await school.ask("!vote a", LEA)
    await school.talk.until(timedelta(minutes=11))
    shown = await school.talk.redact("$q", WEBER)
    (edit,) = [one.entry.body for one in shown if one.entry.kind is Kind.EDIT]
    assert "Q1 · […] · 🇦 […] · 🇧 […]\nClosed." == edit
    assert "No poll is open." == await school.ask("!polls", LEA)
    assert "Q1 is closed." == await school.ask("!vote Q1 b", LEA)
    assert "Q1 is closed." == await school.ask("!close Q1", WEBER)
    assert {} == await votes(school), "nobody needs to know any more who chose what"


async def test_signs_that_turn_a_line_around_stay_out_of_the_native_poll(school: School) -> None:
    """What clients draw of it is as plain as its companion."""
    shown = await school.talk.say("!poll Log\u202eo\u0007? bl\u202eue / green", WEBER)
    native = next(one.entry for one in shown if one.entry.kind is Kind.POLL)
    assert "\u202e" not in native.body + "".join(native.answers)
    assert "\u0007" not in native.body


async def test_a_date_at_night_is_on_the_day_of_the_first_class(open_talk: Open) -> None:
    """Asked in Volos for half past midnight, it is the evening before in Pau: in all languages."""
    async with open_talk(languages=("en", "fr")) as talk:
        eleni = "@eleni:vol.example"
        await talk.join(DUPONT, "Ms Dupont", 100)
        await talk.join(eleni, "Eleni", 50)
        await talk.say("!partner add PAU Pau Europe/Paris pau.example", DUPONT)
        await talk.say("!partner add VOL Volos Europe/Athens vol.example", DUPONT)
        shown = await talk.say("!when Call 3/12 00:30 / 4/12 10:00", eleni)
        card = next(one for one in bodies(shown) if one.startswith("Q1"))
        assert card.splitlines()[1:3] == [
            "🇦 2.12. 23:30 Pau · 3.12. 00:30 Volos",
            "🇧 4.12. 09:00 Pau · 10:00 Volos",
        ]


async def test_an_answer_that_one_poll_alone_has_needs_no_number(school: School) -> None:
    """Of two open polls "green" is an answer of one; "2" is one of both, so it is asked."""
    await school.ask("!poll Logo? blue / green")
    await school.ask("!poll Snack? cake / apples")

    await school.ask("!vote green")
    assert "Which poll?" in await school.ask("!vote 2")
    assert "Which poll?" in await school.ask("!vote purple")

    polls = (await school.project()).polls
    assert [1, 0] == [len(one.votes) for one in polls.values()]
