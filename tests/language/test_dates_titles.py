"""Titles are no dates: no ending of them is read as one, unless it is one, in any language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.language.dates import DateTrouble, Reading, read_date
from tests.together import together

TABLES = Path(__file__).parent / "dates"
NOW = datetime(2026, 11, 22, 15, tzinfo=ZoneInfo("Europe/Paris"))
LONGEST_ENDING = 4


def rows(language: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Give language, title and the endings that really are dates."""
    lines = (TABLES / f"titles.{language}.tsv").read_text(encoding="utf-8").splitlines()
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(language, title, tuple(filter(None, endings))) for title, *endings in cells]


TITLES = [
    row
    for file in sorted(TABLES.glob("titles.*.tsv"))
    for row in rows(file.suffixes[0].removeprefix("."))
]


def endings(title: str) -> Iterator[str]:
    words = title.split()
    for size in range(1, min(LONGEST_ENDING, len(words)) + 1):
        yield " ".join(words[-size:])


def read(text: str, language: str) -> Reading | None:
    try:
        return read_date(text, languages=[language, "en", "fr"], now=NOW)
    except DateTrouble:
        return None


@together(TITLES)
def test_no_ending_is_a_date(language: str, title: str, dates: tuple[str, ...]) -> None:
    found = []
    for ending in endings(title):
        reading = read(ending, language)
        if reading is not None and not reading.mistakable:
            found.append(ending)
    assert tuple(found) == dates


@together(TITLES)
def test_a_whole_title_is_a_date_only_where_said(
    language: str, title: str, dates: tuple[str, ...]
) -> None:
    reading = read(title, language)
    assert reading is None or reading.mistakable or title in dates


@pytest.mark.parametrize(
    "figures", ["3/4", "20h", "18:30", "2j", "le 14", "midi", "10.12", "le jeu 3", "27.11."]
)
def test_figures_alone_may_be_mistaken(figures: str) -> None:
    reading = read(figures, "fr")
    assert reading is not None
    assert reading.mistakable


@pytest.mark.parametrize(
    "words",
    ["vendredi", "27 nov", "27/11/2026", "jeu 10h", "pour 18h", "mar 1/12", "dans 2h", "le 7 sept"],
)
def test_words_that_say_when_are_not_mistaken(words: str) -> None:
    reading = read(words, "fr")
    assert reading is not None
    assert not reading.mistakable
