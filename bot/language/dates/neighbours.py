"""What words say because of their neighbours: lists, ranges, numbers in two words, the 27th."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.language.dates.calendar_days import real_day
from bot.language.dates.habits import Habits
from bot.language.dates.lexicon import Sense
from bot.language.dates.tokens import Token

_NOTHING: Final = Token("", (), 0, glued=False)
_LEADS: Final = ("at", "at_spoken", "by", "by_the", "until", "until_the")
_LONGEST_BARE_WAIT: Final = 6
_ABBREVIATED: Final = 3
_TENS: Final = (20, 30, 40, 50)
_TEN: Final = 10
_LAST_DAY: Final = 31
_ARTICLED: Final = frozenset(("at", "day_article"))
_ARTICLES: Final = ("article", "day_article")
_AT: Final = frozenset(("at", "at_spoken", "at_hour"))
_HOURS: Final = frozenset(
    ("number", "clock", "dotted_clock", "hour_mark", "hour_word", "clock_word", "part_of", "trail")
)
_DAYS: Final = frozenset(("weekday", "weekday_short", "relative"))
_DEADLINES: Final = frozenset(("by", "by_the", "until", "until_the"))
_BETWEEN: Final = frozenset(("by", "by_the", "at", "article", "every"))
"""What may stand before the second weekday of a list: `monday and on thursday`."""


def settled(tokens: Sequence[Token], folded: str, habits: Habits) -> list[Token]:
    """Settle what tokens say because of their neighbours.

    `Mo-Fr` is a range; `monday and on thursday` a list; `27 d.` the 27th.
    """
    tokens = _summed(tokens)
    kinds = [{sense.kind for sense in token.senses} for token in tokens]
    found: list[Token] = []
    for here, token in enumerate(tokens):
        last = kinds[here - 1] if here else set()
        following = kinds[here + 1] if here + 1 < len(tokens) else set()
        if "dayname" in last & kinds[here] and _dashed(token, tokens[here - 1], folded):
            found.append(Token("-", (Sense("range_to"),), token.start, glued=True))
        if "dayname" in following and kinds[here] & _BETWEEN and _lists(kinds, here):
            continue
        if habits.dotted_dates and "dotted_clock" in kinds[here] and "dayname" in last | following:
            token = _date_beside_weekday(token)  # noqa: PLW2901 - the same token, settled
        found.append(_settle(token, kinds[here], last, tokens[here + 1 : here + 3]))
    return found


def _settle(token: Token, kinds: set[str], last: set[str], behind: Sequence[Token]) -> Token:
    """Settle one token by what stands in front of it and the two tokens *behind*."""
    following, after = (
        {sense.kind for sense in token.senses} for token in (*behind, _NOTHING, _NOTHING)[:2]
    )
    if "hour_word" in kinds and last & _AT:
        settled = _without(token, ("ordinal",))  # о 18-ій is no 18th
    elif "of" in kinds and last & _HOURS and following & _DAYS:
        settled = replace(token, senses=(*token.senses, Sense("by")))  # alle 8 di venerdì
    elif kinds >= _ARTICLED and "number" in following and behind[1:]:
        settled = _at_hour(token, after)
    elif "day_mark" in following and not behind[0].glued:
        settled = _dated(token)
    elif "ordinal" in kinds and "dayname" in following:
        settled = _nth(token)
    elif "in" in kinds and behind[1:] and "number" in following:
        settled = _waiting(token, behind[0], behind[1])
    else:
        return token
    return settled


def _lists(kinds: Sequence[set[str]], here: int) -> bool:
    """Say whether what stands between weekdays only goes on with a list: `and on`, `, every`."""
    if not here or "range_to" in kinds[here]:
        return False
    if "and" in kinds[here - 1]:
        return here > 1 and "dayname" in kinds[here - 2]
    return "dayname" in kinds[here - 1] and any("and" in behind for behind in kinds[here:])


def _waiting(token: Token, number: Token, unit: Token) -> Token:
    """Settle a word that is both `in` and `at`: Slovak `o 2 hod.` is a wait, `o 17 hod.` an hour.

    One that is both `in` and `by` before hours is `in`: Croatian `za 5 sati`.
    """
    if not any(sense.kind == "hour_unit" for sense in unit.senses):
        return token
    at = any(sense.kind == "at" for sense in token.senses)
    late = number.senses[0].number > _LONGEST_BARE_WAIT
    if at and late and len(unit.text) > _ABBREVIATED:
        return token  # `o 11 hodín` may be either
    dropped = ("in",) if at and late else _LEADS
    return _without(token, dropped)


def _at_hour(token: Token, behind: set[str]) -> Token:
    """Settle Greek `στις 9 το πρωί`: the hour and not the ninth, as a part of the day follows."""
    if behind.isdisjoint(("part", "part_of", "meridiem", "hour_mark", "trail")):
        return token
    return _without(token, _ARTICLES)


def is_dated_deadline(tokens: Sequence[Token], habits: Habits) -> bool:
    """Say whether `1.12` in `bis 1.12` is the day, if that day is still to come; `1.12` may not be.

    Behind a mark that hours have, too (Romanian `la`), it may be either.
    """
    if not habits.dotted_dates or len(tokens) != 2:  # noqa: PLR2004 - the mark and the date
        return False
    mark, figures = ({sense.kind for sense in token.senses} for token in tokens)
    return "dotted_clock" in figures and bool(mark & _DEADLINES) and mark.isdisjoint(_AT)


def _date_beside_weekday(token: Token) -> Token:
    """Make a date of `пн, 23.11`, which CLDR writes without a dot behind; `9.30` stays an hour."""
    day, _, month = token.text.partition(".")
    if real_day(2024, int(month), int(day)) is None:  # a leap year
        return token
    return _without(token, ("dotted_clock",))


def _without(token: Token, kinds: Sequence[str]) -> Token:
    return replace(token, senses=tuple(s for s in token.senses if s.kind not in kinds))


def _nth(token: Token) -> Token:
    """Make `first` before a weekday the first of that weekday, and no day of the month."""
    more = tuple(s._replace(kind="nth") for s in token.senses if s.kind == "ordinal")
    kept = tuple(s for s in token.senses if s.kind != "ordinal" or s.text)
    return replace(token, senses=kept + more)


def _summed(tokens: Sequence[Token]) -> list[Token]:
    """Make one number of tens and units in words: twenty five, tuttugasta og fyrsta."""
    found: list[Token] = []
    for token in tokens:
        joined_by_and = len(found) > 1 and _is(found[-1], "and")
        tens = _in_words(found[-2 if joined_by_and else -1]) if found else None
        units = _in_words(token)
        if tens is None or units is None or not _make_one(tens, units, joined=joined_by_and):
            found.append(token)
            continue
        if joined_by_and:
            found.pop()
        whole = Sense(units.kind, tens.number + units.number, "")
        found[-1] = replace(found[-1], senses=(whole,))
    return found


def _make_one(tens: Sense, units: Sense, *, joined: bool) -> bool:
    """Say whether two words are one number; joined by and, only ordinals are."""
    if tens.number not in _TENS or not 0 < units.number < _TEN:
        return False
    if units.kind == "ordinal" and tens.number + units.number > _LAST_DAY:
        return False
    return not joined or tens.kind == units.kind == "ordinal"


def _in_words(token: Token) -> Sense | None:
    spelled = (s for s in token.senses if s.kind in ("number", "ordinal") and not s.text)
    return next(spelled, None)


def _is(token: Token, kind: str) -> bool:
    return any(sense.kind == kind for sense in token.senses)


def _dashed(token: Token, last: Token, folded: str) -> bool:
    """Say whether a dash leads from a Monday to this day; other days would be a single span."""
    monday = any(sense.kind == "dayname" and sense.number == 0 for sense in last.senses)
    return monday and folded[: token.start].rstrip().endswith("-")


def _dated(token: Token) -> Token:
    number = next((sense for sense in token.senses if sense.kind == "number"), None)
    if number is None or not number.text:
        return token
    ordinal = Sense("ordinal", number.number, number.text)
    return replace(token, senses=(*token.senses, ordinal))
