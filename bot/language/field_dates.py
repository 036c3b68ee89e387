"""Dates as fields: by when, when to remind, how long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.language import dates
from bot.language.fields import TYPES, Situation, Trouble, Type, Unfit
from bot.language.line import Token
from bot.language.message import Code, Message, When, _, say
from bot.model.due import Due

MORNING = time(8, 0)
"""When a reminder rings for which only a day was named."""
LONGEST_DATE = 10
_DAY_MONTH = re.compile(r"\d{1,2}[/.-](\d{1,2})\.?")


@dataclass(frozen=True)
class Doubtful(Due):
    """A due with other readings that people may mean as well ("next Friday")."""

    others: tuple[Due, ...] = ()

    @property
    def plain(self) -> Due:
        """Return the first reading alone."""
        return Due(self.day, self.clock, self.zone)


@dataclass(frozen=True)
class Schedule:
    """When to remind: once, or by a rule; `exact` if it was counted from now ("in 2 hours")."""

    first: Due
    every: str | None
    exact: bool


def reading(tokens: Sequence[Token], situation: Situation) -> dates.Reading:
    """Read *tokens* as a date in the asker's, the room's languages or English; Unfit if none."""
    return _read(tokens, situation, situation.asker.now)


def _read(tokens: Sequence[Token], situation: Situation, now: datetime) -> dates.Reading:
    if any(token.user for token in tokens):
        raise Unfit
    text = " ".join(token.raw for token in tokens)
    try:
        return dates.read_date(text, languages=situation.languages, now=now)
    except dates.UnreadWord as trouble:
        raise Unfit(trouble.word) from None
    except dates.DateTrouble as trouble:
        raise Trouble(_explain(trouble, text), text) from None


def _explain(trouble: dates.DateTrouble, text: str) -> Message:
    """Say why a date cannot be taken, with the fix."""
    if isinstance(trouble, dates.PastDate):
        return say(_("“{words}” is already past. Which day do you mean?"), words=text)
    if isinstance(trouble, dates.WrongWeekday):
        return say(
            _("“{words}”: that day is {day}. Which one do you mean?"),
            words=text,
            day=When(Due(trouble.day), "UTC"),
        )
    return say(
        _("“{words}” is not in the calendar. Please write the date as {example}."),
        words=text,
        example=Code("27/11"),
    )


def _due(found: dates.Reading) -> Due:
    return Due(found.day, found.time, found.zone if found.time else None)


def read_due(tokens: Sequence[Token], situation: Situation) -> Due:
    """Read a deadline: a day, or a day and an hour."""
    found = reading(tokens, situation)
    if found.every:
        raise Unfit
    due = _due(found)
    others = tuple(_due(one) for one in found.alternatives)
    return Doubtful(due.day, due.clock, due.zone, others) if others else due


def bare_due(tokens: Sequence[Token], situation: Situation, after_name: bool) -> bool:  # noqa: FBT001
    """Tell whether *tokens* are a date beyond doubt, with no word such as "by" before them.

    `27/11` is; `3/4` may be an exercise, "sam" a name, "2h" a length, "mai" is never a date
    (DESIGN 3; the table is docs/dates-in-titles.md).
    """
    text = " ".join(token.folded for token in tokens)
    if found := _DAY_MONTH.fullmatch(text):
        month = found[1]
        return after_name or (len(month) == 2 and 1 <= int(month) <= 12)  # noqa: PLR2004
    has_digit = any(sign.isdigit() for sign in text)
    if not has_digit:
        return any(len(word) > 3 for word in text.split())  # noqa: PLR2004
    if re.fullmatch(r"\d{1,2} ?[a-z]{1,3}\.?", text):  # "2h", "3 d", "18h": lengths look the same
        return bool(re.fullmatch(r"(1\d|2[0-3]|[7-9]) ?(h|am|pm)", text))
    return not re.fullmatch(r"\d{1,2}:\d\d|\d{1,2}[.-]\d{1,2}", text) or ":" in text


def read_schedule(tokens: Sequence[Token], situation: Situation) -> Schedule:
    """Read when to remind: a moment ("tomorrow 10h", "in 2 hours") or a rule ("every Monday 9h").

    "exact" is found by reading the same words a minute later: what moves with the clock was
    counted from now, in any language.
    """
    found = reading(tokens, situation)
    later = situation.asker.now + timedelta(minutes=1)
    first = Due(found.day, found.time or MORNING, found.zone)
    if found.every:
        return Schedule(first, found.every, exact=False)
    try:
        again = _read(tokens, situation, later)
    except Unfit:
        again = found
    return Schedule(first, None, exact=again.time != found.time)


def read_delay(tokens: Sequence[Token], situation: Situation) -> timedelta:
    """Read a length of time: "2h", "30 min", "1 day"."""
    try:
        return dates.read_span(
            " ".join(token.raw for token in tokens), languages=situation.languages
        )
    except dates.DateTrouble:
        raise Unfit from None


def read_leads(tokens: Sequence[Token], situation: Situation) -> tuple[timedelta, ...]:
    """Read lead times: "7d 1d 1h"."""
    try:
        return dates.read_spans(
            " ".join(token.raw for token in tokens), languages=situation.languages
        )
    except dates.DateTrouble:
        raise Unfit from None


TYPES |= {
    Due: Type(_("date"), read_due, longest=LONGEST_DATE, bare=bare_due),
    Schedule: Type(_("when"), read_schedule, longest=16, bare=bare_due),
    timedelta: Type(_("how long"), read_delay, longest=4),
    tuple[timedelta, ...]: Type(_("how long before"), read_leads, longest=12),
}
