"""Wordings: a line as it may be meant as well, with its words cut, moved or left out."""

from __future__ import annotations

from bot.language.field_people import ASKING, COURTESY, is_name, words
from bot.language.fields import Situation
from bot.language.folding import fold
from bot.language.line import Line, Token, is_ornament, token

MOST_ELIDED = 5
"""Only among the first words of a line may a phrase end with an elided word."""
SHORTEST_WITH_NAME = 3
MOST_ASKING = 5
"""Words with which somebody asks kindly."""


def shorter(line: Line, situation: Situation) -> Line | None:
    """Return what is left of a line that says nothing as it stands; None if it cannot be less."""
    return (
        _split_sign(line) or _without_courtesy(line, situation) or _without_asking(line, situation)
    )


def _split_sign(line: Line) -> Line | None:
    """Return *line* with a "+" or "=" set apart from its word: "14 +photo 3 is missing"."""
    for at in (0, 1):
        glued = line.tokens[at : at + 1]
        if glued and len(glued[0].raw) > 1 and glued[0].raw[0] in "+=":
            return _split(line, at, 1)
    return None


def split_elision(line: Line) -> Line | None:
    """Return *line* with "d'" set apart from the word that it leans on: "d'envoyer"."""
    for at, one in enumerate(line.tokens[:MOST_ELIDED]):
        if one.folded.startswith("d'") and len(one.folded) > len("d'"):
            return _split(line, at, 2)
    return None


def _split(line: Line, at: int, letters: int) -> Line:
    raw = line.tokens[at].raw
    parts = (Token(raw[:letters], fold(raw[:letters])), token(raw[letters:]))
    return Line((*line.tokens[:at], *parts, *line.tokens[at + 1 :]), line.labels)


def name_last(line: Line, situation: Situation) -> Line | None:
    """Return *line* with a name right behind the verb moved to the end: "task @lea captions"."""
    if len(line.tokens) >= SHORTEST_WITH_NAME and is_name(line.tokens[1], situation):
        first, name, *rest = line.tokens
        return Line((first, *rest, name), line.labels)
    return None


def is_courtesy(line: Line, situation: Situation) -> bool:
    """Tell whether *line* is nothing but thanks and signs."""
    kind = words(COURTESY, situation.spoken)
    return all(one.folded in kind or _is_sign(one) for one in line.tokens)


def _without_courtesy(line: Line, situation: Situation) -> Line | None:
    """Return *line* without signs and kind words that stand alone at its end; None without any.

    A smile goes with them, but not alone: "14 👍" asks for nothing.
    """
    kind = words(COURTESY, situation.spoken)
    stop = len(line.tokens)
    while stop > 1 and (line.tokens[stop - 1].folded in kind or _is_sign(line.tokens[stop - 1])):
        stop -= 1
    left = line.tokens[stop:]
    if not any(one.folded in kind or _is_punctuation(one) for one in left):
        return None
    return Line(line.tokens[:stop], line.labels)


def _without_asking(line: Line, situation: Situation) -> Line | None:
    """Return *line* without the words that ask for it kindly: "can you remind me …"."""
    asking = words(ASKING, situation.spoken)
    for count in range(min(MOST_ASKING, len(line.tokens) - 1), 0, -1):
        if " ".join(one.folded for one in line.tokens[:count]) in asking:
            return Line(line.tokens[count:], line.labels)
    return None


def _is_sign(one: Token) -> bool:
    return is_ornament(one) or _is_punctuation(one)


def _is_punctuation(one: Token) -> bool:
    return not one.user and all(sign in "!?.…,;:" for sign in one.raw)
