"""Reading a whole phrase as a date, in the languages of those who talk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from bot.language.dates.chunks import Chunk, Clock
from bot.language.dates.day_specs import Feast, Monthly
from bot.language.dates.deciding import Now, decide
from bot.language.dates.lexicon import EVERYWHERE, Lexicon, load_lexicon
from bot.language.dates.matching import Chunks, Grammar, coverings
from bot.language.dates.mistaking import is_mistakable
from bot.language.dates.neighbours import is_dated_deadline
from bot.language.dates.reading import (
    DateTrouble,
    MissingDay,
    Reading,
    SeveralDays,
    UnreadWord,
)
from bot.language.dates.rules_dates import add_date_rules
from bot.language.dates.rules_days import add_day_rules
from bot.language.dates.rules_hours import add_hour_rules
from bot.language.dates.rules_recurrence import add_recurrence_rules
from bot.language.dates.rules_waits import add_wait_rules
from bot.language.dates.scanning import is_double, scan
from bot.language.dates.several import Means, several
from bot.language.dates.spelling import plain
from bot.language.dates.tokens import Token

LONGEST_PHRASE: Final = 200
_GRAMMAR: Final = Grammar()
add_hour_rules(_GRAMMAR)
add_day_rules(_GRAMMAR)
add_date_rules(_GRAMMAR)
add_wait_rules(_GRAMMAR)
add_recurrence_rules(_GRAMMAR)


def read_date(text: str, *, languages: Sequence[str], now: datetime) -> Reading:
    """Read the whole text as a date, in the first of the languages in which all of it is one.

    `now` is aware; its zone is that of the reading. Whatever is not a date that is still to come
    raises a DateTrouble, and nothing else is ever raised.
    """
    here = Now(now)
    troubles: list[tuple[Sequence[Token], UnreadWord]] = []
    days: SeveralDays | None = None
    lexicons = known_lexicons(languages)
    if len(text) > LONGEST_PHRASE:
        raise UnreadWord(first_word(text))
    folded = plain(text).rstrip(": ")  # "tomorrow 10:00: bring the flag"
    for lexicon in lexicons:
        tokens = scan(folded, lexicon)
        try:
            return _read(text, folded, tokens, lexicon, here)
        except UnreadWord as trouble:
            troubles.append((tokens, trouble))
        except SeveralDays as trouble:
            days = days or trouble  # in another language it may be one
    raise days or _nearest(folded, troubles)


def _nearest(folded: str, troubles: Sequence[tuple[Sequence[Token], UnreadWord]]) -> UnreadWord:
    """Give the trouble of the language that understood the most, the first among equals."""
    if len(troubles) == 1:
        return troubles[0][1]
    missing = next((trouble for _, trouble in troubles if isinstance(trouble, MissingDay)), None)
    return missing or min(troubles, key=lambda found: _unknown(folded, found[0]))[1]


def known_lexicons(languages: Sequence[str]) -> list[Lexicon]:
    """Give the lexicons of the languages that have one, each once; figures are always read."""
    found = {lexicon.language: lexicon for code in languages if (lexicon := load_lexicon(code))}
    everywhere = load_lexicon(EVERYWHERE)
    return list(found.values()) or ([everywhere] if everywhere else [])


def _unknown(folded: str, tokens: Sequence[Token]) -> int:
    """Count the words, as separated by spaces, that the language does not know."""
    unknown = (token.start for token in tokens if not token.senses)
    return len({len(folded[: start + 1].split()) for start in unknown})


def _read(text: str, folded: str, tokens: Sequence[Token], lexicon: Lexicon, now: Now) -> Reading:
    try:
        return _understood(text, folded, tokens, lexicon, now)
    except (UnreadWord, SeveralDays) as trouble:
        if not is_double(folded, lexicon):
            raise
        days = trouble if isinstance(trouble, SeveralDays) else None
    try:
        return _understood(text, folded, scan(folded, lexicon, apart=False), lexicon, now)
    except UnreadWord as trouble:
        raise days or trouble from None


def _understood(
    text: str, folded: str, tokens: Sequence[Token], lexicon: Lexicon, now: Now
) -> Reading:
    unread = next((token for token in tokens if not token.senses), None)
    covered, furthest = ([], 0) if unread else coverings(_GRAMMAR, tokens, lexicon)
    means = Means(partial(_covered, lexicon), lexicon, now)
    if not covered:
        if days := several(tokens, folded, text.strip(), means):
            raise days
        if unread is None and tokens:
            unread = tokens[min(furthest, len(tokens) - 1)]
        raise UnreadWord(typed_word(text, folded, unread.start if unread else 0))
    readings: dict[tuple[object, ...], Reading] = {}
    doubtful: list[bool] = []
    first_trouble: DateTrouble | None = None
    for chunks in covered:
        try:
            for reading in decide(chunks, now, text.strip(), lexicon.habits.part_hours):
                readings.setdefault((reading.day, reading.time, reading.every), reading)
                doubtful.append(any(_is_doubtful(chunk) for chunk in chunks))
        except DateTrouble as trouble:
            if first_trouble is None or isinstance(first_trouble, UnreadWord):
                first_trouble = trouble
    if not readings:
        days = None
        if isinstance(first_trouble, MissingDay):  # `from 3 to 5 may`
            days = several(tokens, folded, text.strip(), means)
        raise days or first_trouble or UnreadWord(text.strip())
    mistakable = doubtful[0] or is_mistakable(tokens, lexicon)
    main, *others = _meant(list(readings.values()), tokens, lexicon)
    return replace(main, alternatives=tuple(others), mistakable=mistakable)


def _meant(readings: list[Reading], tokens: Sequence[Token], lexicon: Lexicon) -> list[Reading]:
    """Give the readings, without the hour that figures behind the mark of a deadline may be."""
    if not is_dated_deadline(tokens, lexicon.habits):
        return readings
    return [one for one in readings if one.time is None] or readings


def _covered(lexicon: Lexicon, tokens: Sequence[Token]) -> list[Chunks]:
    """Give every way to cover the tokens; none if one of them is no part of a date."""
    return coverings(_GRAMMAR, tokens, lexicon)[0] if all(one.senses for one in tokens) else []


def _is_doubtful(chunk: Chunk) -> bool:
    """Say whether a piece is too often part of a title, whatever stands beside it."""
    slangy = isinstance(chunk, Clock | Monthly) and chunk.slangy
    return slangy or isinstance(chunk, Feast)


def first_word(text: str) -> str:
    """Give the first word of a text, shortened if it is endless."""
    return next(iter(text.split(None, 1)), "")[:LONGEST_PHRASE]


def typed_word(text: str, folded: str, position: int) -> str:
    """Give the word as it was typed that lies at this position of the folded text."""
    typed = text.split()
    before = len(folded[:position].split())
    inside = position > 0 and not folded[position - 1 : position].isspace()
    index = before - 1 if inside else before
    if len(typed) != len(folded.split()) or not 0 <= index < len(typed):
        return (folded[position:].split() or [text.strip()])[0]
    return typed[index]
