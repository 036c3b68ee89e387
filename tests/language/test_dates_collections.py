"""The date reader against collections of phrases by people who had not read it, in 36 languages.

The first was written and committed before the reader knew any of these languages but two, the
second before its grammar was changed for the last time; see `date_score.py` and `docs/dates.md`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from tests.language.date_score import FOLDERS, languages, rows, verdict

FIRST, SECOND = FOLDERS
RIGHT: Final[dict[str, int]] = {
    "ar": 104, "az": 61, "bg": 64, "bs": 65, "cs": 71, "da": 78, "de": 135, "el": 100, "en": 86,
    "es": 142, "et": 75, "fi": 78, "fr": 91, "ga": 56, "hr": 73, "hu": 83, "hy": 60, "is": 66,
    "it": 146, "ka": 61, "lt": 77, "lv": 73, "mk": 60, "mt": 59, "nb": 75, "nl": 128, "pl": 119,
    "pt": 129, "ro": 123, "sk": 75, "sl": 75, "sq": 62, "sr": 109, "sv": 75, "tr": 102, "uk": 97,
}  # fmt: skip
"""How many phrases of each language were read right on 2026-11-23: what was understood once stays
understood. Refusing is allowed and guessing is not."""
ALL_RIGHT_AGAIN: Final = 40
"""The phrases of each language in the second collection."""
REFUSED_AGAIN: Final = {"sk": 1}
"""`str 12.5.` is page 12.5 to others."""
LEAST: Final = {
    FIRST: RIGHT,
    SECOND: {name: ALL_RIGHT_AGAIN - REFUSED_AGAIN.get(name, 0) for name in languages(SECOND)},
}


@pytest.mark.parametrize(
    ("folder", "language"),
    [(folder, language) for folder in FOLDERS for language in languages(folder)],
    ids=lambda value: value.name if isinstance(value, Path) else value,
)
def test_no_phrase_of_a_stranger_is_misread(folder: Path, language: str) -> None:
    """A stranger's phrase is read as meant, or refused, or asked; it is never misread."""
    judged = [(row, verdict(row)) for row in rows(language, folder)]
    wrong = [row for row, found in judged if found == "wrong"]
    assert wrong == []
    counts = Counter(found for _, found in judged)
    least = LEAST[folder][language]
    assert counts["right"] >= least, [row.phrase for row, f in judged if f == "refused"]


def test_all_languages_are_judged() -> None:
    """Both collections are there: 36 languages, and 28 of them again."""
    assert sorted(RIGHT) == languages()
    assert len(languages(SECOND)) == 28
    assert set(languages(SECOND)) < set(RIGHT)
