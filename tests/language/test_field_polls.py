"""How a question, its answers and a vote are read from words."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.catalog import translate
from bot.language.field_polls import (
    Asked,
    OptionName,
    read_asked,
    read_asked_dates,
    read_more,
    read_option_name,
    read_until,
)
from bot.language.fields import Situation, Unfit
from bot.language.line import cut
from bot.language.message import _
from bot.language.poll_choices import chosen, has_plain_signs, place
from bot.language.poll_results import counted
from bot.language.render import Reader, render
from bot.model.asker import Asker
from bot.model.due import Due
from bot.model.people import Member, Role
from bot.model.polls import Ballot, Option, Poll
from bot.model.project import Project

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=ZoneInfo("Europe/Paris"))
LANGUAGES = ("en", "fr")


def situation(*polls: Poll) -> Situation:
    project = Project("!r", NOW, zone="Europe/Paris")
    project.members["@lea:x"] = Member("@lea:x", "Léa")
    project.polls = {one.number: one for one in polls}
    asker = Asker("@lea:x", "Léa", Role.TEACHER, "en", "Europe/Paris", NOW)
    return Situation(project, asker, LANGUAGES)


def poll(*options: str, ballot: Ballot = Ballot.ONE, number: int = 1) -> Poll:
    return Poll(number, "Logo?", "@a:x", NOW, ballot, [Option(one) for one in options])


def asked(text: str) -> Asked:
    return read_asked(cut(text).tokens, situation())


@pytest.mark.parametrize(
    ("text", "question", "options"),
    [
        ("Logo? blue / green / red", "Logo?", ("blue", "green", "red")),
        ("Logo?blue/green", "Logo?", ("blue", "green")),
        ("Logo?! blue/ green /red", "Logo?!", ("blue", "green", "red")),
        ("Start? either/or / and/or", "Start?", ("either/or", "and/or")),
        ("When? 24/7 / weekdays", "When?", ("24/7", "weekdays")),
        ("Pages? 1/2, 3/4", "Pages?", ("1/2", "3/4")),
        ("Score? 1,5 / 2,5", "Score?", ("1,5", "2,5")),
        ("Cold? -5 / 5", "Cold?", ("-5", "5")),
        ("Logo? - blue / - green", "Logo?", ("blue", "green")),
        ("Ratio? 1/2/3", "Ratio?", ("1", "2", "3")),
        ("Logo? blue", "Logo?", ("blue",)),
        ("Logo? blue / / green /blue", "Logo?", ("blue", "green", "blue")),
        ("We meet at 10:30, ok", "We meet at 10:30, ok", ()),
        ("Logo: blue / green", "Logo", ("blue", "green")),
        ("Remember: we start, all of us", "Remember: we start, all of us", ()),
        ("Ποιο; μπλε / πράσινο", "Ποιο;", ("μπλε", "πράσινο")),
        ("最初は？ 青 / 緑", "最初は？", ("青", "緑")),
        ("Is https://a.example/?q=1 ok? yes / no", "Is https://a.example/?q=1 ok?", ("yes", "no")),
        (
            "Site? https://a.example/b, https://c.example/d",
            "Site?",
            ("https://a.example/b", "https://c.example/d"),
        ),
    ],
)
def test_where_a_question_ends_and_what_separates(
    text: str, question: str, options: tuple[str, ...]
) -> None:
    """The first mark ends it; the surest sign that occurs separates, and no other."""
    assert Asked(question, options) == asked(text)


def test_a_question_whose_end_is_not_told() -> None:
    """Answers without a mark before them: nothing is guessed."""
    assert not asked("Logo blue / green").ends
    assert asked("? blue / green") == Asked("")


def test_a_stroke_at_the_end_is_no_poll() -> None:
    """What stood behind it was taken for the end of the poll, and belongs to the answers."""
    with pytest.raises(Unfit):
        asked("Until when? until friday /")


def test_a_topic_alone() -> None:
    """No date at all is told as too few; nothing to read is nothing."""
    assert () == read_asked_dates(cut("the call").tokens, situation()).dates
    with pytest.raises(Unfit):
        read_asked_dates(cut("Call 1/12 /").tokens, situation())


def test_a_mention_is_shown_by_name() -> None:
    """Matrix ids are never shown."""
    assert "Is @Léa ok?" == asked("Is \ue000@lea:x\ue001 ok?").question


WORD = st.text("abcdefgh", min_size=1, max_size=8)


@given(
    st.lists(WORD, min_size=2, max_size=20, unique=True),
    st.sampled_from([" / ", "/", " | ", "; ", ", ", " /"]),
)
def test_what_is_joined_is_separated_again(options: list[str], sign: str) -> None:
    """Whatever people put between the answers, the same answers come out."""
    assert Asked("Which one?", tuple(options)) == asked(f"Which one? {sign.join(options)}")


@given(st.lists(WORD, min_size=2, max_size=8, unique=True), st.data())
def test_words_letters_and_numbers_are_the_same_vote(
    options: list[str], data: st.DataObject
) -> None:
    """Where no answer looks like a sign, name, letter, tile, keycap and number mean the same."""
    one = poll(*options)
    number = data.draw(st.integers(1, len(options)))
    ways = [options[number - 1], options[number - 1].upper() + "!"]
    if has_plain_signs(one):
        letter = chr(ord("a") + number - 1)
        ways += [str(number), f"{number}\ufe0f\u20e3", letter.upper(), chr(0x1F1E6 + number - 1)]
    assert [[number]] * len(ways) == [chosen(one, way, LANGUAGES) for way in ways]


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("a c", [1, 3]), ("A, C", [1, 3]), ("1 and 3", [1, 3]), ("cake and dark bread", [1, 3]),
        ("cake / fruit", [1, 2]), ("dark bread", [3]), ("bread", []), ("cake and soup", []),
        ("9", []), ("", []),
    ],
)  # fmt: skip
def test_several_answers_at_once(said: str, numbers: list[int]) -> None:
    """All of it must be answers, or none counts."""
    assert numbers == chosen(poll("cake", "fruit", "dark bread"), said, LANGUAGES)


def test_yes_in_any_language_of_the_room() -> None:
    """Everybody answers in their own words."""
    one = poll()
    one.options = [Option(word="yes"), Option(word="no")]
    assert [[1], [2]] == [chosen(one, said, LANGUAGES) for said in ("Yes", "no.")]


@pytest.mark.parametrize("text", ["0", "21", "aa", "🍰", "", "-1"])
def test_what_is_no_sign(text: str) -> None:
    """Twenty answers at the most, one sign each."""
    assert place(text) is None


def test_the_name_of_an_answer_alone() -> None:
    """In reply to a poll: only what surely is an answer, people talk about polls too."""
    there = situation(poll("blue", "dark red"))
    assert OptionName("Dark red") == read_option_name(cut("Dark red").tokens, there)
    with pytest.raises(Unfit):
        read_option_name(cut("nice").tokens, there)


def test_dates_and_their_topic() -> None:
    """The longest date at the end of the first part is the first date."""
    found = read_asked_dates(cut("Video call Tue 1/12 10h / Thu 3/12").tokens, situation())
    days = [(one.day.isoformat(), one.clock) for one in found.dates]
    assert "Video call" == found.topic
    assert [("2026-12-01", found.dates[0].clock), ("2026-12-03", None)] == days
    assert found.dates[0].clock is not None


@pytest.mark.parametrize(
    "text",
    ["Call 20/11/2026 / 1/12", "Call mon 1/12 / 3/12", "Call 1/12 / mon 3/12", "Call 1/12 / soon"],
)
def test_a_date_that_cannot_be_taken_is_told(text: str) -> None:
    """Past, a wrong weekday, no date at all: never left out, never guessed."""
    assert read_asked_dates(cut(text).tokens, situation()).trouble is not None


def test_commas_between_dates() -> None:
    """Where nothing else stands between them."""
    found = read_asked_dates(cut("Call 1/12, 3/12").tokens, situation())
    assert 2 == len(found.dates)


def test_until() -> None:
    """A date, or why it is none; with a question mark it belongs to the question."""
    due = read_until(cut("27/11").tokens, situation()).due
    assert isinstance(due, Due)
    assert read_until(cut("31/2").tokens, situation()).trouble is not None
    with pytest.raises(Unfit):
        read_until(cut("friday?").tokens, situation())


def test_one_more_answer_may_be_a_date() -> None:
    """Which of the two counts, the poll decides."""
    assert read_more(cut("orange").tokens, situation()).due is None
    assert read_more(cut("3/12 10h").tokens, situation()).due is not None
    assert read_more(cut("31/2").tokens, situation()).trouble is not None
    assert read_more(cut("a " * 11).tokens, situation()).due is None
    with pytest.raises(Unfit):
        read_more(cut("/ -").tokens, situation())


ODD = st.text(st.sampled_from("ab 1/|;:,?؟-–'\"\ue000\ue001@.🇦\u20e3!\u0000é"), max_size=60)


@given(ODD)
def test_whatever_is_typed_is_read_or_not_taken(text: str) -> None:
    """No line breaks the reading, and no option is empty."""
    tokens, there = cut(text).tokens, situation(poll("blue", "a b"))
    if not tokens:
        return
    for read in (read_asked, read_asked_dates, read_until, read_more, read_option_name):
        with suppress(Unfit):
            found = read(tokens, there)
            assert all(getattr(found, "options", ("x",)))
    assert all(1 <= one <= 2 for one in chosen(poll("blue", "a b"), text, LANGUAGES))


@given(st.text(st.sampled_from("ab \r\n/?:;12.)@\u2028é"), max_size=40))
def test_a_line_is_read_again_as_it_was_typed(text: str) -> None:
    """What an offer keeps of a line has the same words on the same lines."""
    assert cut(text) == cut(cut(text).typed())


def test_words_remember_where_a_line_begins() -> None:
    """Empty lines are none, and the first line begins nothing new."""
    tokens = cut("\nwhich colour\r\n\n blue sky\ngreen").tokens
    assert ["blue", "green"] == [one.raw for one in tokens if one.breaks]


@pytest.mark.parametrize(
    ("text", "number"),
    [("green", 1), ("GREEN 🍏", 1), ("yes 👍", None), ("2 👍", 2), ("🍎", 3), ("c#", 4), ("c", 5)],
)
def test_pictures_tell_answers_apart_only_where_nothing_else_does(
    text: str, number: int | None
) -> None:
    """The words decide; a picture alone is an answer of its own."""
    there = poll("green 🍏", "red 🍎🍎", "🍎", "C#", "C")
    assert ([number] if number else []) == chosen(there, text, LANGUAGES)


def test_votes_are_set_beside_an_answer_as_its_language_writes() -> None:
    """In French there is a space before the colon."""
    one = poll("vert", "bleu")
    reader = Reader(("fr",), "Europe/Paris", NOW)
    said = render(counted(situation(one).project, one, [1, 0]), reader).body
    first = translate(_("{answer}: {votes}"), "fr").format(answer="vert", votes=1)
    assert said.startswith(f"Q1 · Logo? · {first} · ")


@pytest.mark.parametrize(
    "text",
    [
        "x" * 2000,
        "://" * 660,
        "/ " * 1000,
        "a/" * 1000,
        "? / " * 500,
        "; " * 1000,
        "a\n" * 1000,
        "1. a\n" * 400,
    ],
)
def test_hostile_lines_are_read_quickly(text: str) -> None:
    """The longest line that is read takes a few milliseconds."""
    tokens, there = cut(f"{text} b").tokens, situation()
    start = perf_counter()
    for read in (read_asked, read_asked_dates):
        with suppress(Unfit):
            read(tokens, there)
    assert perf_counter() - start < 0.5
