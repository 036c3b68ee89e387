"""Endings: what is cut off a word, in which languages, and what never is."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.catalog import languages
from bot.language.endings import without_ending
from bot.language.folding import fold

KNOWN = {
    language: one
    for language, one in json.loads(
        (files("bot.data") / "endings.json").read_text(encoding="utf-8")
    ).items()
    if language != "about"
}


@pytest.mark.parametrize("language", sorted(KNOWN))
def test_every_ending_is_cut(language: str) -> None:
    """Each ending of the data is found behind each sign, and no language is one that nobody has."""
    one = KNOWN[language]
    assert language in languages()
    for sign in one["signs"]:
        for ending in one["behind"]:
            assert "14" in set(without_ending(fold(f"14{sign}{ending}"), (language,))), ending
            assert "pau" in set(without_ending(fold(f"PAU{sign}{ending}"), (language,))), ending
    for ending in one.get("glued", ()):
        assert "m2" in set(without_ending(fold(f"M2{ending}"), (language,))), ending


@pytest.mark.parametrize(
    "word", ["14", "film", "27/11", "3/4", "2026-11-27", "14:30", "m2", "l'eau"]
)
def test_what_has_no_ending(word: str) -> None:
    """Numbers, dates and plain words are whole in every language."""
    assert [] == list(without_ending(word, languages()))


@given(st.text(max_size=20), st.sampled_from(sorted(KNOWN)))
def test_a_stem_begins_its_word(text: str, language: str) -> None:
    """Whatever is typed, what is left is the beginning of it, and something is left."""
    folded = fold(text)
    for stem in without_ending(folded, (language,)):
        assert stem
        assert folded.startswith(stem)
        assert stem != folded


def test_a_language_without_endings_cuts_none() -> None:
    """In a room of French and English an apostrophe is part of the word."""
    assert [] == list(without_ending("1'i", ("fr", "en")))
