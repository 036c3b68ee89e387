"""From text to tokens: figures, words and signs, each with everything it may mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.language.dates.lexicon import Lexicon, Sense

_ITEM: Final = re.compile(
    r"""
      (?P<iso>\d{4}-\d{1,2}-\d{1,2})(?!\d)
      (?:t(?P<hour>\d{2}:\d{2})(?::\d{2}(?:[.,]\d{1,9})?)?(?P<offset>z|[+-]\d{2}:?\d{2})?(?![\d:]))?
    | (?P<date>(?:\d{4}|\d{1,2})(?P<sep>[./-])\d{1,2}(?:(?P=sep)(?:\d{4}|\d{2}))?)
      (?!\d|[./-]\d)(?P<dot>\.(?=[\s,]|$))?
    | (?P<clock>\d{1,2}:\d{2})(?![\d:])
    | (?P<number>\d+)
    | (?P<word>[^\W\d_]+)
    | (?P<mark>\S)
    """,
    re.VERBOSE,
)
_YEAR_FIGURES: Final = 4
_MOST_FIGURES: Final = 3
_MINUTES: Final = 60


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a figure or several of them that belong together."""

    text: str
    senses: tuple[Sense, ...]
    """Empty: this is not part of a date in this language."""
    start: int
    """Where it begins in the folded text."""
    glued: bool
    """Nothing stands between this token and the one before."""


def scan(folded: str, lexicon: Lexicon) -> list[Token]:
    """Give the tokens of a folded text, the longest entries of the lexicon first."""
    items = _items(folded, lexicon)
    tokens = []
    position = 0
    while position < len(items):
        item = items[position]
        token, used = item, 1
        for size in range(lexicon.longest.get(item.text, 0), 0, -1):
            found = lexicon.senses.get(" ".join(i.text for i in items[position : position + size]))
            if found is not None and (size > 1 or not item.senses):
                token = Token(item.text, found, item.start, item.glued)
                used = size
                break
        tokens.append(token)
        position += used
    return tokens


def _items(folded: str, lexicon: Lexicon) -> list[Token]:
    items: list[Token] = []
    end = -1
    for match in _ITEM.finditer(folded):
        text = match[0]
        kind = match.lastgroup
        start = match.start()
        glued = start == end
        end = match.end()
        if kind == "mark" and _droppable(folded, start, text):
            if text == "." and glued and "." in lexicon.ordinal_suffixes:
                _make_ordinal(items)
            continue
        if kind == "word" and glued and text in lexicon.ordinal_suffixes and _make_ordinal(items):
            continue
        items.append(Token(text, _figures(match, kind or "", text), start, glued))
    return items


def _make_ordinal(items: list[Token]) -> bool:
    last = items[-1] if items else None
    if last is None or not last.senses or last.senses[0].kind != "number":
        return False
    value = last.senses[0].number
    items[-1] = Token(last.text, (Sense("ordinal", value, last.text),), last.start, last.glued)
    return True


def _droppable(folded: str, start: int, sign: str) -> bool:
    """Say whether a sign may be passed over: commas, full stops, apostrophes, joining dashes."""
    if sign in ",.'":
        return True
    if sign == "-":
        around = folded[max(start - 1, 0) : start + 2]
        return start > 0 and not any(figure.isdigit() for figure in around)
    return sign == "!" and not folded[start:].strip("! ")


def _figures(match: re.Match[str], kind: str, text: str) -> tuple[Sense, ...]:
    """Give what figures mean; words and signs get their senses from the lexicon."""
    if kind == "number":
        return _number(text)
    if kind == "clock":
        return (_clock(text),)
    if match["iso"]:
        name = "instant" if match["offset"] else "iso_moment" if match["hour"] else "iso"
        return (Sense(name, 0, text),)
    return _date(match, text) if match["date"] else ()


def _date(match: re.Match[str], text: str) -> tuple[Sense, ...]:
    """Give a date in figures; 10.12 without a closing dot may be a clock time as well."""
    date = Sense("numeric_date", 0, match["date"])
    hour, _, minute = match["date"].partition(".")
    if match["dot"] is None and len(minute) == 2 and minute.isdigit():  # noqa: PLR2004
        return (date, Sense("dotted_clock", int(hour) * _MINUTES + int(minute), text))
    return (date,)


def _number(text: str) -> tuple[Sense, ...]:
    if not text.isascii() or len(text) > _YEAR_FIGURES:
        return ()
    value = int(text)
    if len(text) == _YEAR_FIGURES:
        return (Sense("year", value, text),)
    if len(text) == _MOST_FIGURES:
        return (Sense("large_number", value, text),)
    number = Sense("number", value, text)
    return (number, Sense("short_year", value, text)) if len(text) == 2 else (number,)  # noqa: PLR2004


def _clock(text: str) -> Sense:
    hour, minute = map(int, text.split(":"))
    return Sense("clock", hour * _MINUTES + minute if minute < _MINUTES else -1, text)
