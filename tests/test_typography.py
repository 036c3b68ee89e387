"""Laws of typography: how each language writes quotes, questions and spaces, checked by machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.test_every_language import CATALOGS, is_typed, messages, strings

NARROW = "\u202f"
_FIELD = re.compile(r"\{[^}]*\}")
_TYPED = re.compile(r"!(?=[\w{‹])")
"""The sign before a command is no exclamation."""
_QUOTED_SIGN = re.compile(r"[«“„][!?¿¡;؟]\s*[»”“]")


@dataclass(frozen=True)
class Signs:
    """How a language is punctuated."""

    quotes: str
    """Every quotation mark and apostrophe that it has."""
    never: str = ""
    """Signs of other languages that look alike."""


LANGUAGES = {
    "fr": Signs("«»“”’"),
    "de": Signs("„“‚‘’"),
    "es": Signs("«»“”’"),
    "it": Signs("«»“”’"),
    "pl": Signs("„”«»’"),
    "pt": Signs("«»“”’"),
    "nl": Signs("“”‘’"),
    "ro": Signs("„”«»’"),
    "el": Signs("«»“”’", never="?"),
    "tr": Signs("“”‘’"),
    "ar": Signs("«»", never="?,;"),
}
"""Taken from each language's own usage: Duden (de), RAE (es), PWN (pl), Academia Română (ro) and
the like; CLDR's delimiters name the same outer marks."""

by_language = pytest.mark.parametrize("language", sorted(CATALOGS.keys() & LANGUAGES.keys()))


def sentences(language: str) -> Iterator[str]:
    """Yield what is read, not typed, without its {fields}."""
    for message in messages(language):
        if not is_typed(message):
            yield from (_FIELD.sub("x", text) for text in strings(message) if text)


@by_language
def test_quotation_marks(language: str) -> None:
    """Only the language's own ones, and none that a typewriter had; an apostrophe is curly."""
    strange = set("„“”‚‘’«»\"'") - set(LANGUAGES[language].quotes)
    assert [] == [text for text in sentences(language) if set(text) & strange]


@by_language
def test_three_dots_are_one_sign(language: str) -> None:
    """… and not three full stops."""
    assert [] == [text for text in sentences(language) if "..." in text]


@pytest.mark.parametrize("language", sorted(CATALOGS.keys() & LANGUAGES.keys() - {"fr"}))
def test_no_space_before_a_sign(language: str) -> None:
    """Only French has one there."""
    assert [] == [text for text in sentences(language) if re.search(r"\w [?!:;؟](\s|$)", text)]


@by_language
def test_signs_of_other_languages(language: str) -> None:
    """Greek asks with ; and Arabic with ؟, and its commas are its own."""
    never = LANGUAGES[language].never
    pattern = re.compile(rf"[{re.escape(never)}](?=\s|$)") if never else re.compile(r"(?!)")
    assert [] == [text for text in sentences(language) if pattern.search(text)]


def test_french_spaces() -> None:
    """A narrow no-break space before ; : ! ? and inside « »."""
    texts = list(sentences("fr"))
    assert sum(NARROW in text for text in texts) > 50
    for text in texts:
        for found in re.finditer(r"[;:?»]|!(?!\w)", text):
            before, after = text[: found.start()], text[found.end() :]
            joined = before[-1:] in "!?" or (found[0] == ":" and re.match(r"\d|//", after))
            assert joined or before.endswith(NARROW), text
        for found in re.finditer("«", text):
            assert text[found.end() :].startswith(NARROW), text


def test_spanish_signs_come_in_pairs() -> None:
    """A question begins with ¿, an exclamation with ¡."""
    for text in sentences("es"):
        plain = _QUOTED_SIGN.sub("", _TYPED.sub("", text))
        assert plain.count("?") == plain.count("¿"), text
        assert plain.count("!") == plain.count("¡"), text
