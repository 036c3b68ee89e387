"""From text to tokens: figures, words and signs, each with everything it may mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.language.dates.lexicon import Ending, Lexicon, Sense, Senses, pieces
from bot.language.dates.neighbours import settled
from bot.language.dates.tokens import Token

_ITEM: Final = re.compile(
    r"""
      (?P<iso>\d{4}-\d{1,2}-\d{1,2})(?!\d)
      (?:t(?P<hour>\d{2}:\d{2})(?::\d{2}(?:[.,]\d{1,9})?)?(?P<offset>z|[+-]\d{2}:?\d{2})?(?![\d:]))?
    | (?P<date>(?:\d{4}|\d{1,2})(?P<sep>[./-])\d{1,2}(?:(?P=sep)(?:\d{4}|\d{2})|-\d{4})?)
      (?!\d|[./-]\d)(?P<dot>\.+(?=[\s,]|$))?
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
_WORD: Final = re.compile(r"[^\W\d_]+")
_LAST_WORD: Final = re.compile(r"[^\W\d_]+$")
_FIGURE_KINDS: Final = frozenset(
    ("number", "ordinal", "year", "clock", "dotted_clock", "numeric_date", "iso")
)


def scan(folded: str, lexicon: Lexicon, *, apart: bool = True) -> list[Token]:
    """Give the tokens of a folded text, the longest entries of the lexicon first.

    Words that are several words in one are taken *apart*; if not, only those that are nothing
    else, neither one word nor several.
    """
    items = _items(folded, lexicon)
    tokens: list[Token] = []
    position = 0
    while position < len(items):
        item = items[position]
        if item.glued and not _is_class(item, folded) and tokens and _stuck(tokens, item, lexicon):
            position += 1
            continue
        is_ordinal = any(sense.kind == "ordinal" for sense in item.senses)
        for size in range(1 if is_ordinal else lexicon.longest.get(item.text, 1), 0, -1):
            found = _entry(items[position : position + size], lexicon, apart=apart)
            if found and (size > 1 or not item.senses):
                tokens.extend(found)
                position += size
                break
        else:
            tokens.append(item)
            position += 1
    return settled(tokens, folded, lexicon.habits)


def is_double(folded: str, lexicon: Lexicon) -> bool:
    """Say whether words of the text may be taken apart or not: `cumaya`, friday or to friday."""
    said = f" {' '.join(pieces(folded))} "
    return any(f" {entry} " in said for entry in lexicon.double)


def _entry(items: Sequence[Token], lexicon: Lexicon, *, apart: bool) -> list[Token]:
    """Give the tokens that these pieces are together; none if the lexicon has no such entry."""
    key = " ".join(item.text for item in items)
    first = items[0]
    senses = lexicon.senses.get(key)
    apart = apart or (senses is None and len(items) == 1)
    several = lexicon.compounds.get(key) if apart else None
    if several is not None:
        return [Token(first.text, each, first.start, glued=False) for each in several]
    if senses is not None:
        return [Token(first.text, senses, first.start, first.glued)]
    for form, endings in lexicon.endings.items():
        senses = lexicon.senses.get(key.removesuffix(form)) if key.endswith(form) else None
        if senses is not None:
            token = Token(first.text, senses, first.start, first.glued)
            for ending in endings:
                if not ending.behind.isdisjoint(sense.kind for sense in senses):
                    return [token, *_ending(ending, first)]
    return []


def _is_class(item: Token, folded: str) -> bool:
    """Say whether a single letter makes a class of a figure: Turkish `9a`, but not `9'a`."""
    return len(item.text) == 1 and item.text.isalpha() and folded[item.start - 1].isdigit()


def _stuck(tokens: list[Token], item: Token, lexicon: Lexicon) -> bool:
    """Put what is stuck to a figure, or to a word behind an apostrophe, to the tokens."""
    last = tokens[-1]
    kinds = {sense.kind for sense in last.senses}
    if kinds & _FIGURE_KINDS:
        kinds.add("figure")
    means = [
        ending.means
        for ending in lexicon.endings.get(item.text, ())
        if not ending.behind.isdisjoint(kinds)
    ]
    if not means:
        return False
    days = [any(sense.kind == "ordinal" for token in each for sense in token) for each in means]
    if any(days):
        _make_ordinal(tokens, keep=not all(days))
    if len(means) > 1:  # 18-ra: by 18:00, or by the 18th; 27-ին: at 27, or the 27th
        mark = () if all(days) else (Sense("day_mark"),)
        means = [((*(s for each in means for token in each for s in token), *mark),)]
    tokens.extend(_ending(Ending(frozenset(), means[0]), item))
    return True


def _ending(ending: Ending, item: Token) -> list[Token]:
    means = (tuple(s for s in senses if s.kind != "ordinal") for senses in ending.means)
    return [Token(item.text, senses, item.start, glued=True) for senses in means if senses]


def _items(folded: str, lexicon: Lexicon) -> list[Token]:
    items: list[Token] = []
    end = -1
    for match in _ITEM.finditer(folded):
        text = match[0]
        kind = match.lastgroup
        start = match.start()
        glued = start == end
        end = match.end()
        if kind == "mark" and _droppable(folded, start, text, lexicon):
            if text == "." and glued and "." in lexicon.ordinal_suffixes:
                _make_ordinal(items, keep=not folded[end:].strip())
            continue
        if text == "°" and glued and text in lexicon.ordinal_suffixes:
            _make_ordinal(items, keep=False)
            continue
        if kind == "word" and glued and _is_suffix(text, items, lexicon):
            _make_ordinal(items, keep=False, hour=text in lexicon.hour_suffixes)
            continue
        items.append(Token(text, _figures(match, kind or "", text), start, glued))
    return items


def _is_suffix(text: str, items: Sequence[Token], lexicon: Lexicon) -> bool:
    """Say whether a word makes an ordinal or an hour of the figure it is stuck to."""
    if text not in lexicon.ordinal_suffixes and text not in lexicon.hour_suffixes:
        return False
    last = items[-1] if items else None
    if last is None or not last.senses or last.senses[0].kind != "number":
        return False
    return f"{last.text} {text}" not in lexicon.senses  # Portuguese 6ª is Friday


def _make_ordinal(items: list[Token], *, keep: bool, hour: bool = False) -> None:
    """Make `27.` the 27th; at the end of a text the dot may be a full stop: *keep* the number."""
    last = items[-1] if items else None
    if last is None or not last.senses or last.senses[0].kind != "number":
        return
    number = last.senses[0]
    senses: Senses = (Sense("ordinal", number.number, last.text),)
    if hour:
        senses = (*senses, Sense("hour_word", number.number * _MINUTES, last.text))
    items[-1] = replace(last, senses=(*last.senses, *senses) if keep else senses)


def _droppable(folded: str, start: int, sign: str, lexicon: Lexicon) -> bool:
    """Say whether a sign may be passed over: commas, full stops, apostrophes, joining dashes."""
    if sign in ",.'":
        return True
    if sign in "-:" and start > 0:
        around = folded[start - 1 : start + 2]
        if not any(figure.isdigit() for figure in around):
            return sign == "-"
        if around[0].isalpha():  # Maltese fis-6
            return sign == "-" and _found(_LAST_WORD.search(folded, 0, start)) in lexicon.leading
        # 27-го, 18-kor, 27:e
        return _found(_WORD.match(folded, start + 1)) in lexicon.sticking and around[0].isdigit()
    return sign == "!" and not folded[start:].strip("! ")


def _found(match: re.Match[str] | None) -> str:
    return match[0] if match else ""


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
