"""Reading lengths of time: 2h, 30 min, une semaine, 1h30."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from bot.language.dates.phrases import LONGEST_PHRASE, first_word, known_lexicons, typed_word
from bot.language.dates.reading import UnreadWord
from bot.language.dates.scanning import scan
from bot.language.dates.spelling import plain
from bot.language.dates.tokens import Token

_UNITS: Final = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "fortnight": timedelta(weeks=2),
}
_COUNTS: Final = ("number", "large_number", "one")
_HOUR_IN_MINUTES: Final = 60


class _Unread(Exception):
    """The token that is not part of a length of time."""

    def __init__(self, token: Token | None) -> None:
        super().__init__(token)
        self.token = token


def read_span(text: str, *, languages: Sequence[str]) -> timedelta:
    """Read one length of time, whole; `1h 30min` is one and a half hour."""
    return sum(read_spans(text, languages=languages), timedelta())


def read_spans(text: str, *, languages: Sequence[str]) -> tuple[timedelta, ...]:
    """Read lengths of time one after the other, `7d 1d 1h`; raises UnreadWord."""
    if len(text) > LONGEST_PHRASE:
        raise UnreadWord(first_word(text))
    folded = plain(text)
    trouble: UnreadWord | None = None
    for lexicon in known_lexicons(languages):
        try:
            return tuple(_spans(scan(folded, lexicon)))
        except _Unread as unread:
            start = unread.token.start if unread.token else 0
            trouble = trouble or UnreadWord(typed_word(text, folded, start))
        except OverflowError:
            trouble = trouble or UnreadWord(text.strip())
    raise trouble or UnreadWord(text.strip())


def _spans(tokens: Sequence[Token]) -> Iterator[timedelta]:
    position = 0
    if not tokens:
        raise _Unread(None)
    while position < len(tokens):
        span, used = _one(tokens[position:])
        yield span
        position += used
        if position < len(tokens) - 1 and _has(tokens[position], "and"):
            position += 1


def _one(tokens: Sequence[Token]) -> tuple[timedelta, int]:
    """Read the span that the tokens begin with, and say how many of them it takes."""
    first = tokens[0]
    for sense in first.senses:
        if sense.kind == "span_words":
            return timedelta(minutes=sense.number), 1
        held, _, unit = sense.text.partition(" ") if sense.kind == "units" else ("", "", "")
        if unit in _UNITS:
            return int(held) * _UNITS[unit], 1
    count = next((s.number for s in first.senses if s.kind in _COUNTS), None)
    if count is None or len(tokens) == 1:
        raise _Unread(first)
    unit = next((s.text for s in tokens[1].senses if s.kind == "unit"), "")
    if unit not in _UNITS or not count:
        raise _Unread(tokens[1] if count else first)
    span = count * _UNITS[unit]
    if unit == "hour" and len(tokens) > 2:  # noqa: PLR2004 - something follows the unit
        minutes, used = _minutes(tokens[2:], glued=tokens[1].glued)
        return span + timedelta(minutes=minutes), 2 + used
    return span, 2


def _minutes(tokens: Sequence[Token], *, glued: bool) -> tuple[int, int]:
    """Read the minutes after an hour: `1h30`, `1 h 30`, `une heure et demie`."""
    for sense in tokens[0].senses:
        if sense.kind == "trail" and sense.number > 0:
            return sense.number, 1
    number = next((s.number for s in tokens[0].senses if s.kind == "number"), None)
    followed = len(tokens) > 1 and _has(tokens[1], "unit")
    if number is None or number >= _HOUR_IN_MINUTES or followed or (glued != tokens[0].glued):
        return 0, 0
    return number, 1


def _has(token: Token, kind: str) -> bool:
    return any(sense.kind == kind for sense in token.senses)
