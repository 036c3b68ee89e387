"""Titles as fields: what a new task is called, and the mark in front of a translation: `pl:`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import NewType

from bot.language import dates
from bot.language.dates.lexicon import Lexicon, load_lexicon, pieces
from bot.language.dates.scanning import scan
from bot.language.dates.spelling import plain
from bot.language.field_dates import LONGEST_DATE
from bot.language.field_people import words
from bot.language.field_settings import find_language
from bot.language.fields import TYPES, Situation, Trouble, Type, Unfit, read_text
from bot.language.line import Token
from bot.language.message import Code, _, say
from bot.model.due import Due

Title = NewType("Title", str)
"""What somebody calls a new task."""
LanguageMark = NewType("LanguageMark", str)

HOLIDAYS = _(
    "the holidays|holidays|the school holidays|the summer holidays|the winter holidays|the break|"
    "the end of term|end of term|the end of the school year|the end of school"
)
"""Times that every school knows, each on other days."""
_VAGUE = frozenset(("vague", "this_week", "this_month", "this_year", "next_month", "next_year"))
"""Kinds of words of the date lexicon that name a time, but no day."""
_NEAR = frozenset(("this", "this_week", "next_month", "next_year"))
_BEFORE = frozenset(("by", "by_the", "until", "until_the", "until_after", "by_after"))
_OF_OR_BY = frozenset(("by", "range_from"))


def read_mark(tokens: Sequence[Token], situation: Situation) -> LanguageMark:
    """Read a language followed by a colon: without it, `de` and `la` are words of a sentence."""
    raw = "".join(token.raw for token in tokens)
    found = find_language(raw[:-1], situation.spoken) if raw.endswith(":") else None
    if found is None:
        raise Unfit(raw)
    return LanguageMark(found)


def read_title(tokens: Sequence[Token], situation: Situation) -> Title:
    """Read what a task is called: any words."""
    return Title(read_text(tokens, situation))


def doubt_day(title: object, situation: Situation, others: Collection[object]) -> Trouble | None:
    """Return what to say of a title that ends with a time, but no day: "by the weekend".

    The words stay in the title. Nothing is said if there is a day besides, or where they are no
    more than part of a title: "Film by night", "The weekend".
    """
    typed = str(title).split()
    if any(isinstance(one, Due) for one in others):
        return None
    for language in situation.languages:
        for size in range(min(LONGEST_DATE, len(typed) - 1), 0, -1):
            tail = " ".join(typed[-size:])
            if _names_no_day(tail, language, situation):
                return Trouble(
                    say(
                        _(
                            "“{words}” does not say which day, so I set no date. "
                            "Reply with a day, like {example}."
                        ),
                        words=tail,
                        example=Code("27/11"),
                    ),
                    tail,
                )
    return None


def _names_no_day(text: str, language: str, situation: Situation) -> bool:
    folded = plain(text)
    lexicon = load_lexicon(language)
    last = pieces(folded)[-1:]
    if lexicon is None or not last or last[0] not in _last_pieces(language):
        return False
    if _is_before_holidays(folded, language):
        return True
    kinds = _kinds(folded, lexicon)
    if not any(one & _VAGUE for one in kinds) or not any(map(_is_meant, kinds)):
        return False
    try:
        dates.read_date(text, languages=[language], now=situation.asker.now)
    except dates.MissingDay:
        return True
    except dates.DateTrouble:
        pass
    return False


def _kinds(folded: str, lexicon: Lexicon) -> list[frozenset[str]]:
    return [frozenset(sense.kind for sense in one.senses) for one in scan(folded, lexicon)]


def _is_meant(kinds: frozenset[str]) -> bool:
    """Tell whether a word says that a time is to be kept: "by", "until", "this"."""
    return bool(kinds & _NEAR) or (bool(kinds & _BEFORE) and not kinds >= _OF_OR_BY)


def _is_before_holidays(folded: str, language: str) -> bool:
    """Tell whether it is a word such as "before" with the holidays behind it, and nothing else."""
    lexicon, typed = load_lexicon(language), " ".join(pieces(folded))
    name = next((one for one in _holidays(language) if typed.endswith(f" {one}")), None)
    if name is None or lexicon is None:
        return False
    before = _kinds(typed.removesuffix(name).strip(), lexicon)
    return bool(before) and all(one & _BEFORE for one in before)


@cache
def _holidays(language: str) -> tuple[str, ...]:
    names = {" ".join(pieces(plain(name))) for name in words(HOLIDAYS, (language,))}
    return tuple(sorted(names, key=len, reverse=True))


@cache
def _last_pieces(language: str) -> frozenset[str]:
    """Return with what the words may end that name a time but no day, or a time before one."""
    lexicon = load_lexicon(language)
    vague = (
        entry.split()[-1]
        for entry, senses in (lexicon.senses.items() if lexicon else ())
        if any(sense.kind in _VAGUE or sense.kind.endswith("_after") for sense in senses)
    )
    return frozenset((*vague, *(name.split()[-1] for name in _holidays(language))))


TYPES |= {
    Title: Type(_("text"), read_title, longest=10_000, text=True, doubts=doubt_day),
    LanguageMark: Type(_("language:"), read_mark, longest=2),
}
