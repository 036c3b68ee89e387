"""Where a question ends and what it offers, in the languages of the rooms."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.field_polls import Asked, is_question, read_asked, read_until
from bot.language.fields import Situation, Unfit
from bot.language.line import cut
from bot.language.poll_choices import place
from bot.model.asker import Asker
from bot.model.people import Role
from bot.model.project import Project

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
COMPLETE = ("en", "fr", "de", "es", "it", "pl", "pt", "nl", "ro", "el", "tr", "ar")


def situation(*languages: str) -> Situation:
    asker = Asker("@lea:x", "Léa", Role.TEACHER, languages[0], "UTC", NOW)
    return Situation(Project("!r", NOW), asker, tuple(dict.fromkeys((*languages, "en"))))


def asked(text: str, *languages: str) -> Asked:
    return read_asked(cut(text).tokens, situation(*(languages or ("en",))))


@pytest.mark.parametrize(
    ("language", "text", "options"),
    [
        ("en", "pizza or pasta?", ("pizza", "pasta")),
        ("en", "pizza or pasta", ("pizza", "pasta")),
        ("en", "Lunch: pizza, pasta or fruit salad?", ("pizza", "pasta", "fruit salad")),
        ("en", "in the morning or in the afternoon?", ("in the morning", "in the afternoon")),
        ("en", "“Romeo” or “Julia”?", ("Romeo", "Julia")),
        ("fr", "Pizza ou pâtes ?", ("Pizza", "pâtes")),
        ("de", "Pizza oder Nudeln?", ("Pizza", "Nudeln")),
        ("de", "mit dem Bus oder mit der Bahn?", ("mit dem Bus", "mit der Bahn")),
        ("es", "¿Pizza o pasta?", ("Pizza", "pasta")),
        ("es", "¿plata u oro?", ("plata", "oro")),
        ("it", "Pizza o pasta?", ("Pizza", "pasta")),
        ("it", "Pizza oppure pasta?", ("Pizza", "pasta")),
        ("pl", "Pizza czy makaron?", ("Pizza", "makaron")),
        ("pl", "Pizza lub makaron?", ("Pizza", "makaron")),
        ("pt", "Piza ou massa?", ("Piza", "massa")),
        ("nl", "Pizza of pasta?", ("Pizza", "pasta")),
        ("ro", "Pizza sau paste?", ("Pizza", "paste")),
        ("el", "πίτσα ή ζυμαρικά;", ("πίτσα", "ζυμαρικά")),
        ("tr", "Pizza ya da makarna?", ("Pizza", "makarna")),
        ("tr", "pizza mı makarna mı?", ("pizza", "makarna")),
        ("tr", "Köln mü yoksa Pau mu", ("Köln", "Pau")),
        ("ar", "بيتزا أو معكرونة؟", ("بيتزا", "معكرونة")),
    ],
)
def test_a_question_may_hold_its_own_answers(
    language: str, text: str, options: tuple[str, ...]
) -> None:
    """Two short things with "or" between them are what there is to choose, never yes or no."""
    assert Asked(text, options) == asked(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Is it ok or not?"), ("en", "Ok or not?"), ("en", "Yes or no?"),
        ("en", "Is it warm or cold?"), ("en", "Shall we sing a song or two this week?"),
        ("en", "or?"), ("en", "Is the poster in colour?"),
        ("fr", "On va où ?"), ("fr", "Sortie où demain ?"), ("fr", "Oui ou non ?"),
        ("fr", "Vous venez ou pas ?"), ("de", "Kommt ihr oder nicht?"), ("de", "Ja oder nein?"),
        ("es", "¿Vamos o no?"), ("it", "Andiamo o no?"), ("pl", "Idziemy czy nie?"),
        ("pt", "Vamos ou não?"), ("nl", "Gaan we of niet?"), ("ro", "Mergem sau nu?"),
        ("el", "Πάμε ή όχι;"), ("el", "Ωραία η πίτσα;"), ("tr", "Tamam mı değil mi?"),
        ("tr", "Ali mi geldi?"), ("ar", "نعم أو لا؟"),
    ],
)  # fmt: skip
def test_other_questions_are_answered_by_yes_or_no(language: str, text: str) -> None:
    """Said "or not", it offers nothing; nor does a word that only looks like "or"; both ask."""
    assert Asked(text) == asked(text, language)


WORD = st.text("abcdefgh", min_size=3, max_size=8).filter(lambda one: one not in {"bad", "add"})


@given(WORD, WORD, st.sampled_from(COMPLETE))
def test_what_stands_around_or_is_offered(one: str, other: str, language: str) -> None:
    """In every language the English word works as well: it is always understood."""
    assert (one, other) == asked(f"{one} or {other}?", language).options


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("Which? blue or green", ("blue", "green")),
        ("Which? blue, green or dark red", ("blue", "green", "dark red")),
        ("What do we eat? Pizza or pasta?", ("Pizza", "pasta")),
        ("Which? bread and butter, or jam", ("bread and butter", "jam")),
        ("Start? either or / and or", ("either or", "and or")),
        ("Start? this or that; none", ("this or that", "none")),
    ],
)
def test_or_sets_answers_apart_where_no_surer_sign_does(
    text: str, options: tuple[str, ...]
) -> None:
    """Behind the question, as in a sentence; beside a stroke it belongs to an answer."""
    assert options == asked(text).options


@pytest.mark.parametrize(
    ("text", "question", "options"),
    [
        ('"Which?" a / b', "Which?", ("a", "b")),
        ('"Which logo" "blue" "dark green"', "Which logo", ("blue", "dark green")),
        ("“Which logo?” “blue”, “green”", "Which logo?", ("blue", "green")),
        ("„Welches Logo?“ blau / grün", "Welches Logo?", ("blau", "grün")),
        ("« Quel logo ? » bleu / vert", "Quel logo ?", ("bleu", "vert")),
        ('Which logo? "blue" / "green"', "Which logo?", ("blue", "green")),
        ('"Shall we meet?"', "Shall we meet?", ()),
        ('"Hamlet" or "Lear"? yes / no', '"Hamlet" or "Lear"?', ("yes", "no")),
        ('Who says "to be or not"? Ana / Jan', 'Who says "to be or not"?', ("Ana", "Jan")),
    ],
)
def test_quotes_around_a_question_are_not_part_of_it(
    text: str, question: str, options: tuple[str, ...]
) -> None:
    """As other programs want it; quotes inside stay."""
    assert Asked(question, options) == asked(text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Logo? until friday blue / green"),
        ("en", "Logo? (until friday) blue / green"),
        ("en", "Logo?\nuntil friday\nblue\ngreen"),
        ("fr", "Logo ? jusqu'à vendredi blue / green"),
        ("de", "Logo? bis Freitag blue, green"),
        ("it", "Logo? entro venerdì blue / green"),
        ("pl", "Logo? do piątku blue / green"),
        ("el", "Logo; μέχρι Παρασκευή blue / green"),
    ],
)
def test_the_end_may_stand_behind_the_question(language: str, text: str) -> None:
    """It is no part of the first answer."""
    found = asked(text, language)
    assert ("blue", "green") == found.options
    assert found.until
    assert found.until.due
    assert date(2026, 11, 27) == found.until.due.day
    assert not found.unread


@pytest.mark.parametrize(
    "text",
    [
        "How long? until friday / until monday", "How long? until friday, until monday",
        "How long? until 10 May / 12 May", "How long? until friday", "When? by bus / by train",
    ],
)  # fmt: skip
def test_an_answer_may_be_a_day(text: str) -> None:
    """Where a sign follows it at once, it is there to be chosen."""
    assert asked(text).until is None


@pytest.mark.parametrize(
    ("text", "question", "options"),
    [
        ("Πάμε την Παρασκευή;", "Πάμε την Παρασκευή;", ()),
        ("Χρώμα; μπλε; πράσινο", "Χρώμα;", ("μπλε", "πράσινο")),
        ("Ποιο λογότυπο; μπλε, πράσινο", "Ποιο λογότυπο;", ("μπλε", "πράσινο")),
        ("Τι τρώμε; πίτσα ή ζυμαρικά;", "Τι τρώμε;", ("πίτσα", "ζυμαρικά")),
        ("Pame avrio;", "Pame avrio;", ()),
    ],
)
def test_a_greek_question_ends_at_its_mark(
    text: str, question: str, options: tuple[str, ...]
) -> None:
    """The Greek question mark looks like a semicolon, and is mostly typed as one."""
    assert Asked(question, options) == asked(text, "el")
    own = "\u037e"
    assert Asked(question.replace(";", own), options) == asked(text.replace(";", own), "el")


@pytest.mark.parametrize("languages", [("en",), ("fr", "el"), ("fr",)])
def test_elsewhere_a_semicolon_sets_answers_apart(languages: tuple[str, ...]) -> None:
    """Also for who writes Latin letters in a room that reads Greek among others."""
    assert ("blue", "green") == asked("Logo: blue; green", *languages).options
    assert not is_question(cut("on friday;").tokens, situation(*languages))


def test_a_greek_colon_comes_before_the_semicolon() -> None:
    """What was asked is clear already: the semicolon sets answers apart."""
    assert Asked("Χρώμα", ("μπλε", "πράσινο")) == asked("Χρώμα: μπλε; πράσινο", "el")


def test_the_end_of_a_greek_question_is_no_end_of_a_poll() -> None:
    """It asks: "until Friday;"."""
    for text, language in (("Παρασκευή;", "el"), ("friday?", "en"), ("الجمعة؟", "ar")):
        with pytest.raises(Unfit):
            read_until(cut(text).tokens, situation(language))
    assert read_until(cut("Παρασκευή").tokens, situation("el")).due


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("α", 1), ("Β", 2), ("γ", 3), ("Δ.", 4), ("ε)", 5), ("ζ", None),
        ("а", 1), ("Б", 2), ("г", 4), ("Д", 5), ("в", None), ("с", None),
        ("أ", 1), ("ب", 2), ("ج", 3), ("د", 4), ("\x00", None), ("C", 3), ("🇨", 3),
    ],
)  # fmt: skip
def test_letters_of_other_alphabets_are_answers_too(typed: str, number: int | None) -> None:
    """As schools count with them; one that is drawn like another Latin letter is not guessed."""
    assert number == place(typed)
