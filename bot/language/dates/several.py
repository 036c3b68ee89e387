"""Whether a phrase that is no single date names several: two days, a span of days or of hours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from bot.language.dates.chunks import Chunk, Clock, Moment, Wait
from bot.language.dates.day_specs import DaySpec, Fixed, Monthly, OnWeekday, Yearly
from bot.language.dates.deciding import Now, decide
from bot.language.dates.lexicon import Lexicon, Sense
from bot.language.dates.matching import Chunks
from bot.language.dates.mistaking import is_mistakable
from bot.language.dates.reading import DateTrouble, PastDate, SeveralDays, WrongWeekday
from bot.language.dates.tokens import Token


@dataclass(frozen=True, slots=True)
class Means:
    """What it takes to read a part of a phrase."""

    cover: Callable[[Sequence[Token]], list[Chunks]]
    """Gives every way to cover tokens with the rules of the grammar."""
    lexicon: Lexicon
    now: Now


_JOINING: Final = frozenset(("and", "or", "range_to"))
_MARKS: Final = frozenset(("by", "by_the", "until", "until_the"))
"""`Kapitel 3 bis 5. Mai` is chapter 3 by 5 May; `vom 3. bis 5. Mai` is a span."""
_BEGINNING: Final = frozenset(("range_from", "from", "from_the", "from_after"))
_AROUND_NUMBERS: Final = frozenset(("article", "day_article", "day_noun", "dayname", "and"))
_FIGURES: Final = frozenset(("number", "ordinal"))
_SIGNS: Final = "-/"
_SIGNS_PASSED: Final = "-,"
_DASHED: Final = re.compile(r"(\d{1,2})-(\d{1,2})")
_LAST_DAY: Final = 31


@dataclass(frozen=True, slots=True)
class _Side:
    """What stands on one side of what joins several moments."""

    days: DaySpec | None = None
    has_clock: bool = False
    is_day: bool = False
    day: date | None = None
    """Where it can be told."""
    is_mistakable: bool = False
    """It says when by figures alone."""


def several(tokens: Sequence[Token], folded: str, words: str, means: Means) -> SeveralDays | None:
    """Give the trouble of a phrase that names several days or hours; None if it does not.

    *folded* is the text that the tokens were made of, *words* how it was typed.
    """
    tokens = _undashed(tokens)
    if not all(token.senses or token.text in _SIGNS for token in tokens):
        return None
    for left, rights, joiner in _splits(tokens, folded):
        for right in rights:
            last = _side(right, means) or _last_number(left, right)
            first = last and _first(left, last, joiner, means)
            if first and last:
                return _trouble(first, last, joiner, words)
    return None


def _trouble(first: _Side, last: _Side, joiner: frozenset[str], words: str) -> SeveralDays:
    hours = last.has_clock and not last.is_day and not isinstance(first.days, Yearly | Fixed)
    day = None if hours else last.day
    if day and first.day and (day < first.day or _is_number_of(first, last)):
        day = None  # `from friday to monday`, on a Sunday
    trouble = SeveralDays(words, day, hours=hours, certain=_is_certain(first, last, joiner))
    trouble.one_of = "or" in joiner and "and" not in joiner
    return trouble


def _undashed(tokens: Sequence[Token]) -> list[Token]:
    """Make `10`, `-` and `14` of the `10-14` in `10-14 may`, which is no date in figures."""
    found: list[Token] = []
    for here, token in enumerate(tokens):
        figures = _DASHED.fullmatch(token.text)
        beside = tokens[max(0, here - 1) : here + 3]
        if figures is None or not any("month" in _kinds(one) for one in beside):
            found.append(token)
            continue
        one, other = (Sense("number", int(each), each) for each in figures.groups())
        found += [
            replace(token, text=one.text, senses=(one,)),
            Token("-", (), token.start, glued=True),
            replace(token, text=other.text, senses=(other,)),
        ]
    return found


def _splits(
    tokens: Sequence[Token], folded: str
) -> Iterator[tuple[Sequence[Token], list[Sequence[Token]], frozenset[str]]]:
    """Give what stands before and behind everything that may join days, and the joiner's kinds."""
    for here in range(1, len(tokens)):
        token, left, right = tokens[here], tokens[:here], tokens[here + 1 :]
        kinds = _kinds(token)
        if right and kinds & _JOINING:
            # `du 3 au 14`: the word between makes a day of the number behind it.
            yield left, [right, tokens[here:]], kinds
        elif right and "from_after" in kinds:
            yield left, [right], kinds
        elif right and token.text in _SIGNS:
            yield left, [right], frozenset(("sign",))
        elif not token.glued and folded[: token.start].rstrip()[-1:] in _SIGNS_PASSED:
            yield left, [tokens[here:]], frozenset(("sign",))


def _first(
    left: Sequence[Token], last: _Side, joiner: frozenset[str], means: Means
) -> _Side | None:
    """Read what stands in front: a day, an hour, or the number of a day whose month comes last."""
    begun = [token for token in left if _kinds(token).isdisjoint(_BEGINNING)]
    for part in (left, begun):
        if part and (side := _side(part, means)):
            return side
    is_span = len(begun) < len(left)
    if begun and _are_numbers(begun, joiner, is_span=is_span):
        return _Side(is_day=last.is_day, has_clock=last.has_clock, is_mistakable=True)
    # `3 and 4 may and 5 june`
    inner = several(begun, "", "", means) if begun else None
    return _Side(is_day=True, is_mistakable=not inner.certain) if inner else None


def _last_number(left: Sequence[Token], right: Sequence[Token]) -> _Side | None:
    """Make a day of the number behind `dec 3 to`, where the month stood in front."""
    month_first = len(left) > 1 and not _kinds(left[-1]).isdisjoint(_FIGURES)
    month_first = month_first and any("month" in _kinds(token) for token in left)
    numbered = not _kinds(right[0]).isdisjoint(_FIGURES)
    rest = all("until_after" in _kinds(token) for token in right[1:])
    return _Side(is_day=True) if month_first and numbered and rest else None


def _are_numbers(tokens: Sequence[Token], joiner: frozenset[str], *, is_span: bool) -> bool:
    """Say whether they are figures that a month behind would make days of: `10` to 14 may."""
    if not is_span and "sign" in joiner and len(tokens) > 1:
        return False
    for token in tokens:
        figure = next((s for s in token.senses if s.kind in {"number", "ordinal"}), None)
        if figure is None:
            if _kinds(token).isdisjoint(_AROUND_NUMBERS):
                return False
            continue
        if not figure.text or not 1 <= figure.number <= _LAST_DAY:
            return False
    kinds = _kinds(tokens[-1])
    return "ordinal" in kinds or ("number" in kinds and (is_span or joiner.isdisjoint(_MARKS)))


def _side(tokens: Sequence[Token], means: Means) -> _Side | None:
    """Give what these tokens say when they stand alone; None if they name neither day nor hour."""
    over: _Side | None = None
    for chunks in means.cover(tokens):
        if any(isinstance(chunk, Wait) for chunk in chunks):
            continue
        side = replace(_named(chunks), is_mistakable=is_mistakable(tokens, means.lexicon))
        try:
            reading = decide(chunks, means.now, "")[0]
        except (PastDate, WrongWeekday):
            over = over or side
        except DateTrouble:
            continue
        else:
            if not reading.every:
                return replace(side, day=reading.day)
    return over


def _named(chunks: Sequence[Chunk]) -> _Side:
    days = next((chunk for chunk in chunks if isinstance(chunk, DaySpec)), None)
    has_moment = any(isinstance(chunk, Moment) for chunk in chunks)
    has_clock = has_moment or any(isinstance(chunk, Clock) for chunk in chunks)
    return _Side(days, has_clock, has_moment or days is not None)


def _is_certain(first: _Side, last: _Side, joiner: frozenset[str]) -> bool:
    """Say whether this can hardly be part of a title.

    `la nuit de mardi à mercredi`, `concert de 20h à 22h` and `pages du 3 au 14` are.
    """
    named = [side for side in (first, last) if side.is_day]
    figures = first.is_mistakable and last.is_mistakable  # mix 1/2 and 3/4
    if not named or figures:
        return False
    if isinstance(last.days, Monthly) and not _is_number_of(first, last):
        return False
    weekdays = all(isinstance(side.days, OnWeekday) for side in named)
    clock = first.has_clock or last.has_clock
    return not weekdays or clock or "and" in joiner


def _is_number_of(first: _Side, last: _Side) -> bool:
    """Say whether the last is only a number, of a month that was said before."""
    return isinstance(last.days, Monthly) and isinstance(first.days, Yearly | Fixed)


def _kinds(token: Token) -> frozenset[str]:
    return frozenset(sense.kind for sense in token.senses)
