"""Agreements as fields: until when, why, where it is registered, how the guard behaves."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Final, NewType

from bot.language.dates.lexicon import load_lexicon
from bot.language.field_dates import LONGEST_DATE, bare_due, reading
from bot.language.field_people import words
from bot.language.fields import TYPES, Situation, Trouble, Type, Unfit, read_text
from bot.language.line import Token, cut
from bot.language.message import Message, Msgid, _, say
from bot.model.charter import Mode

UntilDay = NewType("UntilDay", date)
"""The last day on which something holds."""
Reason = NewType("Reason", str)
Reference = NewType("Reference", str)

UNTIL = _("until|till|up to|by")
BECAUSE = _("because|since|for")
REGISTERED = _("ref|reference|register")
MODES: Final[dict[Mode, Msgid]] = {
    Mode.NOTE: _("note|notes|on|message|messages|words"),
    Mode.REACTION: _("reaction|reactions|sign|silent|emoji"),
    Mode.OFF: _("off|none|never|stop"),
    Mode.DRY: _("dry|dry run|test|rehearsal|trial"),
}
LONGEST_REASON: Final = 60
LONGEST_REFERENCE: Final = 8
LONGEST_SHOWN: Final = 80
_YEAR: Final = re.compile("20[0-9]{2}")


def read_until(tokens: Sequence[Token], situation: Situation) -> UntilDay:
    """Read a last day; a month alone means its last day: "june", "juin 2027"."""
    if (day := _month_end(tokens, situation)) is not None:
        return UntilDay(day)
    found = reading(tokens, situation)
    if found.every or found.time:
        raise Unfit(tokens[0].raw)
    return UntilDay(found.day)


def _month_end(tokens: Sequence[Token], situation: Situation) -> date | None:
    """Return the last day of a month that is named alone or with its year; None if none is."""
    name, *rest = [token.folded for token in tokens] or [""]
    month = next((m for one in situation.languages if (m := _months(one).get(name))), None)
    today = situation.asker.today
    if month is None or len(rest) > 1 or not all(_YEAR.fullmatch(year) for year in rest):
        return None
    year = int(rest[0]) if rest else today.year + (month < today.month)
    last = date(year, month, monthrange(year, month)[1])
    return last if last >= today else None


@cache
def _months(language: str) -> Mapping[str, int]:
    """Return folded name -> month, in every form in which *language* has it."""
    words = load_lexicon(language)
    return {
        form: sense.number
        for form, senses in (words.senses.items() if words else ())
        for sense in senses
        if sense.kind == "month"
    }


def wrong_day(typed: str, situation: Situation) -> Message | None:
    """Return why what stands behind "until" in *typed* is no last day; None if nothing does."""
    marks = words(UNTIL, situation.languages)
    tokens = cut(typed).tokens
    starts = (at + size for at in range(len(tokens)) if (size := _begins(tokens[at:], marks)))
    if (start := next(starts, None)) is None or start == len(tokens):
        return None
    try:
        read_until(tokens[start:], situation)
    except Trouble as trouble:
        return trouble.message
    except Unfit:
        text = " ".join(token.raw for token in tokens[start:])
        return say(_("I did not understand “{words}”."), words=text[:LONGEST_SHOWN])
    return None


def read_reason(tokens: Sequence[Token], situation: Situation) -> Reason:
    """Read any words that hold neither a last day nor a reference: these are options of their own.

    "because the head agreed until june": only "the head agreed" is the reason.
    """
    marks = words(UNTIL, situation.languages)
    registered = words(REGISTERED, situation.languages)
    for at, token in enumerate(tokens):
        if token.folded in registered and _is_entry(tokens[at + 1 :]):
            raise Unfit(token.raw)
        if (size := _begins(tokens[at:], marks)) and _is_day(tokens[at + size :], situation):
            raise Unfit(token.raw)
    return Reason(read_text(tokens, situation))


def _begins(tokens: Sequence[Token], ways: Collection[str]) -> int:
    """Return how many of *tokens* are one of the *ways* to say something, 0 if they are none."""
    sizes = (len(way.split()) for way in ways if way.split() == _folded(tokens, len(way.split())))
    return max(sizes, default=0)


def _folded(tokens: Sequence[Token], size: int) -> list[str]:
    return [token.folded for token in tokens[:size]]


def _is_day(tokens: Sequence[Token], situation: Situation) -> bool:
    """Tell whether *tokens* begin with a last day."""
    for stop in range(1, min(len(tokens), LONGEST_DATE) + 1):
        try:
            read_until(tokens[:stop], situation)
        except Unfit:
            continue
        return True
    return False


def read_reference(tokens: Sequence[Token], situation: Situation) -> Reference:
    """Read the entry of a register: "2026-14", "no. 14 of 2026"; a figure stands at its start."""
    others = words(BECAUSE, situation.languages) | words(UNTIL, situation.languages)
    if not _is_entry(tokens) or any(token.folded in others for token in tokens):
        raise Unfit(tokens[0].raw)
    return Reference(read_text(tokens, situation))


def _is_entry(tokens: Sequence[Token]) -> bool:
    return any(sign.isdigit() for token in tokens[:2] for sign in token.raw)


def read_mode(tokens: Sequence[Token], situation: Situation) -> Mode:
    """Read how the guard is to behave."""
    wanted = " ".join(token.folded for token in tokens)
    for mode, names in MODES.items():
        if wanted in words(names, situation.languages):
            return mode
    raise Unfit(wanted)


TYPES |= {
    UntilDay: Type(_("date"), read_until, longest=LONGEST_DATE, bare=bare_due),
    Reason: Type(_("reason"), read_reason, longest=LONGEST_REASON),
    Reference: Type(_("register entry"), read_reference, longest=LONGEST_REFERENCE),
    Mode: Type(_("note, reaction, off or dry"), read_mode, longest=2),
}
