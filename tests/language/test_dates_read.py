"""The tables of phrases: each is read as the table says, or refused as it says."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.language.dates import (
    DateTrouble,
    NoSuchDate,
    PastDate,
    Reading,
    UnreadWord,
    WrongWeekday,
    read_date,
)
from tests.together import together

TABLES = Path(__file__).parent / "dates"
NOW = datetime(2026, 11, 22, 15, tzinfo=ZoneInfo("Europe/Paris"))


def rows(name: str) -> list[tuple[str, str]]:
    lines = (TABLES / name).read_text(encoding="utf-8").splitlines()
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(cell[0], cell[1]) for cell in cells]


def shown_moment(day: date, clock: time | None) -> str:
    return f"{day}" if clock is None else f"{day}T{clock.isoformat('minutes')}"


def shown(reading: Reading) -> str:
    first = shown_moment(reading.day, reading.time)
    if reading.every:
        return f"{reading.every} @ {first}"
    return " | ".join([first, *(shown_moment(o.day, o.time) for o in reading.alternatives)])


def told(trouble: DateTrouble) -> str:
    name = f"!{type(trouble).__name__}"
    match trouble:
        case PastDate():
            return f"{name} {shown_moment(trouble.day, trouble.time)}"
        case WrongWeekday():
            return f"{name} {trouble.day}"
        case UnreadWord() if type(trouble) is UnreadWord:
            return f"{name} {trouble.word}"
    return name


def outcome(phrase: str, languages: list[str], now: datetime = NOW) -> str:
    try:
        return shown(read_date(phrase, languages=languages, now=now))
    except DateTrouble as trouble:
        return told(trouble)


LANGUAGES = sorted(file.suffixes[0].removeprefix(".") for file in TABLES.glob("read.*.tsv"))
ROWS = [(language, *row) for language in LANGUAGES for row in rows(f"read.{language}.tsv")]
OTHERS = {"en": "fr"}
"""The room's other language, where it is not English."""


@together(ROWS)
def test_phrases_of_each_language(language: str, phrase: str, expected: str) -> None:
    assert outcome(phrase, [language, OTHERS.get(language, "en")]) == expected


@pytest.mark.parametrize("phrase", ["31 février", "30/02", "25:00"])
def test_what_does_not_exist_is_named(phrase: str) -> None:
    with pytest.raises(NoSuchDate) as caught:
        read_date(phrase, languages=["fr"], now=NOW)
    assert caught.value.words


READ = [(language, phrase) for language, phrase, found in ROWS if not found.startswith("!")]


def without_accents(phrase: str) -> str:
    letters = unicodedata.normalize("NFD", phrase)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@together(READ)
def test_how_it_is_typed_does_not_matter(language: str, phrase: str) -> None:
    """Capital letters, missing accents, spaces of all kinds, curly quotes change nothing."""
    languages = [language, "fr", "en"]
    expected = outcome(phrase, languages)
    assert outcome(phrase.upper(), languages) == expected
    assert outcome(phrase.capitalize(), languages) == expected
    assert outcome(without_accents(phrase), languages) == expected
    assert outcome(unicodedata.normalize("NFD", phrase), languages) == expected
    assert outcome(f"  {phrase} \n".replace(" ", "\u202f"), languages) == expected
    assert outcome(phrase.replace("'", "’"), languages) == expected
    if not phrase[-1].isdigit():
        assert outcome(f"{phrase}.", languages) == expected


@together(READ)
def test_every_word_counts(language: str, phrase: str) -> None:
    """A word that is no part of a date, wherever it stands, makes it none."""
    words = phrase.split()
    for place in range(len(words) + 1):
        typed = " ".join([*words[:place], "Marchand", *words[place:]])
        assert outcome(typed, [language, "fr", "en"]).startswith("!UnreadWord")
