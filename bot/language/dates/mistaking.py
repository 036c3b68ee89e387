"""Whether what is read as a date may be something else at the end of a title."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bot.language.dates.lexicon import Lexicon
from bot.language.dates.tokens import Token

_TELLING: Final = frozenset((
    "iso", "iso_moment", "instant", "month", "month_end", "end_of", "middle_of", "weekday",
    "weekdays", "relative", "part", "part_of", "today_part", "next_week", "next_month", "in",
    "later", "by", "by_the", "until", "until_the", "from", "from_the", "every", "each_month",
    "alternate", "frequency", "workdays", "until_after", "by_after", "from_after", "unit_later",
    "every_after", "every", "this_week", "part_joined",
))  # fmt: skip
"""Kinds of words that leave no doubt that a date is meant, as figures and articles do."""
_EXACT: Final = frozenset((
    "clock", "hour_mark", "meridiem", "clock_word", "numeric_date", "lead", "at_hour", "hour_word",
))  # fmt: skip
_LEADS: Final = frozenset(
    ("by", "by_the", "until", "until_the", "from", "from_the", "at", "every", "article")
)
_OF_OR_BY: Final = frozenset(("by", "range_from"))
_HABITUAL: Final = frozenset(("frequency", "workdays"))
_LONGEST_ABBREVIATION: Final = 4
_FAMOUS: Final = 80
_FIGURES: Final = re.compile(r"\d+")


def is_mistakable(tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    """Say whether a date is good as an answer, but not good enough to be cut off a title.

    Only figures, hour marks and articles say when: `3/4`, `20h`, `le jeu 3`. `at` and short
    weekdays need an hour or a date beside them: `mer 10h`, not `à 8` or `mer 8`.
    """
    kinds = [frozenset(sense.kind for sense in token.senses) for token in tokens]
    if _is_phrase_of_titles(tokens, kinds, lexicon):
        return True
    weak = exact = False
    for token, found in zip(tokens, kinds, strict=True):
        if found & {"weekday_short", "at"}:
            weak = True
        elif found >= _OF_OR_BY:
            continue  # `măsura de 3/4`, `reguli de luni`
        elif "clock_word" in found:
            exact = True  # `la lumière de midi`, `شمس الظهر`
        elif weak and found & {"part", "part_of"}:
            continue  # `mer au matin` may be the sea in the morning
        elif not _TELLING.isdisjoint(found):
            return False
        elif "numeric_date" in found and len(_FIGURES.findall(token.text)) > 2:  # noqa: PLR2004
            return False  # with its year
        exact = exact or not _EXACT.isdisjoint(found)
    return not (weak and exact)


def _is_phrase_of_titles(
    tokens: Sequence[Token], kinds: Iterable[frozenset[str]], lexicon: Lexicon
) -> bool:
    """Say whether the words stand together in titles as often as in dates."""
    kinds = list(kinds)
    named = [found for found in kinds if found.isdisjoint(_LEADS)]
    return (
        all("weekday_short" in found for found in named)  # `um dia na quinta`, on the farm
        or all(found & _HABITUAL for found in kinds)  # `program zilnic`, a daily schedule
        or any("opening" in found for found in kinds)  # `livres à rendre vendredi`
        or any(map(_is_famous, tokens))
        or (len(tokens) == 1 and _is_lonely(tokens[0], kinds[0], lexicon))
        or (any(map(_is_abbreviated_month, tokens)) and any(map(_is_spelled_day, tokens)))
    )


def _is_famous(token: Token) -> bool:
    """Say whether this is the number of `around the world in 80 days`."""
    return any(sense.kind == "number" and sense.number == _FAMOUS for sense in token.senses)


def _is_lonely(token: Token, kinds: frozenset[str], lexicon: Lexicon) -> bool:
    """Say whether a word is too often the end of a title to be a date all alone.

    Such are those that the language lists (Arabic `صلاة الجمعة`, Friday prayer), and weekdays that
    are lengths of time as well: Romanian `anul are 12 luni`.
    """
    return token.text in lexicon.mistakable or kinds >= {"weekday", "unit"}


def _is_abbreviated_month(token: Token) -> bool:
    """Say whether it is a short month, as in Portuguese `ganhámos o primeiro set`."""
    is_month = any(sense.kind == "month" for sense in token.senses)
    return is_month and len(token.text) <= _LONGEST_ABBREVIATION


def _is_spelled_day(token: Token) -> bool:
    return any(sense.kind == "ordinal" and not sense.text for sense in token.senses)
