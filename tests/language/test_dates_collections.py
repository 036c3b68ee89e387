"""The date reader against collections of phrases by people who had not read it, in 36 languages.

They were written and committed before the reader knew any of these languages but two; see
`date_score.py` and `docs/dates.md`.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from tests.language.date_score import languages, rows, verdict

RIGHT: Final[dict[str, int]] = {
    "ar": 101, "az": 59, "bg": 64, "bs": 64, "cs": 71, "da": 78, "de": 134, "el": 100, "en": 86,
    "es": 142, "et": 75, "fi": 76, "fr": 91, "ga": 55, "hr": 73, "hu": 83, "hy": 60, "is": 65,
    "it": 146, "ka": 61, "lt": 77, "lv": 72, "mk": 60, "mt": 56, "nb": 75, "nl": 126, "pl": 117,
    "pt": 124, "ro": 121, "sk": 75, "sl": 75, "sq": 61, "sr": 109, "sv": 75, "tr": 98, "uk": 97,
}  # fmt: skip
"""How many phrases of each language were read right on 2026-11-22: what was understood once stays
understood. Refusing is allowed and guessing is not."""
DISPUTED: Final = {
    ("nl", "om middernacht"), ("pl", "o północy"), ("pt", "à meia-noite"),
    ("ro", "la miezul nopții"),
}  # fmt: skip
"""Midnight without a day is the coming one, as in English and French; the collections ask."""


@pytest.mark.parametrize("language", languages())
def test_no_phrase_of_a_stranger_is_misread(language: str) -> None:
    """A stranger's phrase is read as meant, or refused, or asked; it is never misread."""
    judged = [(row, verdict(row)) for row in rows(language)]
    wrong = [row for row, found in judged if found == "wrong"]
    assert [row for row in wrong if (language, row.phrase) not in DISPUTED] == []
    counts = Counter(found for _, found in judged)
    assert counts["right"] >= RIGHT[language], [row.phrase for row, f in judged if f == "refused"]


def test_all_languages_are_judged() -> None:
    assert sorted(RIGHT) == languages()
