"""A typed line, cut into words that remember how they were written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.language.folding import fold

LONGEST = 2000
"""Characters of one command that are read; a title is cut far below that."""

PILL = re.compile("\ue000([^\ue000\ue001]*)\ue001")
"""How a mention stands inside a line: its Matrix id between two private characters."""
_NEW_LINE = re.compile(r"[\r\n]+")
_EDGE = ".,;:!?¡¿؟،؛…\"'()«»“”"
_LOOKS_LIKE_ID = re.compile(r"#?[μмρрτт]\d{1,6}(?!\d)")
_LATIN = str.maketrans("μмρрτт", "mmpptt")
"""Greek and Cyrillic letters whose capitals look like those of ids: M2, P1, T14."""
_EMOJI = "So", "Sk"
_FIRST_EMOJI = "\u2300"
"""What comes before it in Unicode are signs of text: ° © №."""
_ORNAMENT = {*_EMOJI, "Cf", "Mn", "Po", "Ps", "Pe"}


@dataclass(frozen=True)
class Token:
    """One word: as typed, folded for comparison, and the user id if it is a mention."""

    raw: str
    folded: str
    user: str | None = None
    breaks: bool = False
    """A new line begins with it."""


@dataclass(frozen=True)
class Line:
    """What somebody typed, without the sign or name that addressed the bot."""

    tokens: tuple[Token, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    """User id -> the name that a mention showed."""

    def text(self, start: int = 0, stop: int | None = None) -> str:
        """Return the words from *start* to *stop* as they were typed, mentions by name."""
        return " ".join(self._shown(token) for token in self.tokens[start:stop])

    def typed(self) -> str:
        """Return all of it as it was typed, to be read again: its lines stay apart."""
        signs = ("\n" if one.breaks else " " for one in self.tokens)
        return "".join(
            f"{sign}{self._shown(one)}" for sign, one in zip(signs, self.tokens, strict=True)
        )[1:]

    def _shown(self, token: Token) -> str:
        return "@" + self.labels.get(token.user, token.user) if token.user else token.raw

    def with_first(self, word: str) -> Line:
        """Return the line with another first word."""
        return Line((token(word), *self.tokens[1:]), self.labels)

    def after(self, *words: str) -> Line:
        """Return the line with *words* in front."""
        return Line((*(token(word) for word in words), *self.tokens), self.labels)


def token(raw: str) -> Token:
    """Return *raw* as a token."""
    found = PILL.search(raw)
    if found:
        return Token(raw, raw, found[1])
    folded = fold(raw)
    stripped = folded.strip(_EDGE) or folded
    return Token(raw, stripped if raw.isascii() else _plain(stripped))


def is_ornament(one: Token) -> bool:
    """Tell whether *one* is nothing but emoji and smileys: it adds a smile, and no word."""
    kinds = {unicodedata.category(sign) for sign in one.folded}
    return not one.user and kinds <= _ORNAMENT


def _plain(folded: str) -> str:
    """Return *folded* as an id if it looks like one (Μ2), and without an emoji stuck to it."""
    if _LOOKS_LIKE_ID.match(folded):
        return folded[:2].translate(_LATIN) + folded[2:]
    stem = folded
    while stem[-1:] >= _FIRST_EMOJI and unicodedata.category(stem[-1]) in _EMOJI:
        stem = stem[:-1]
    return stem if stem[-1:].isalnum() else folded


def cut(text: str, labels: Mapping[str, str] | None = None) -> Line:
    """Cut *text* into tokens; mentions are already marked as in PILL."""
    spaced = PILL.sub(lambda found: f" {found[0]} ", text[:LONGEST])
    lines = [[token(raw) for raw in one.split()] for one in _NEW_LINE.split(spaced)]
    first, *rest = [one for one in lines if one] or [[]]
    broken = [replace(word, breaks=not at) for one in rest for at, word in enumerate(one)]
    return Line((*first, *broken), labels or {})
