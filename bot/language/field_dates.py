"""Dates as fields: by when, when to remind, how long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache

from bot.language import dates
from bot.language.field_people import EVERYONE, LETTERS, ME, TOWARDS, is_name, words
from bot.language.fields import TYPES, Situation, Trouble, Type, Unfit
from bot.language.line import Token
from bot.language.message import Code, Joined, Message, When, _, say
from bot.model.due import Due

MORNING = time(8, 0)
"""When a reminder rings for which only a day was named."""
LONGEST_DATE = 10
_TWO_FIGURES, MONTHS = 2, 12
OR = _("or|and|&")
_PAGES = re.compile(r"\d{1,2}-\d{1,2}")
_DAY_MONTH = re.compile(
    r"\d{1,2}[/.-](\d{1,2})\.?(?: (?:at |a )?\d{1,2}(?:[:h.]\d\d| ?h| ?[ap]m))?"
)


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
    others: tuple[Due, ...] = ()
    """Other moments that people may mean by the same words ("next friday"): ask."""


class Several(Trouble):
    """The words name several days or hours where one is wanted."""

    def __init__(
        self, message: Message, words: str, *, certain: bool = False, weekdays: bool = False
    ) -> None:
        """`certain` if the words can hardly be part of a title; `weekdays` may come again."""
        super().__init__(message, words)
        self.certain = certain
        self.weekdays = weekdays


def reading(tokens: Sequence[Token], situation: Situation) -> dates.Reading:
    """Read *tokens* as a date in the asker's, the room's languages or English; Unfit if none."""
    return _read(tokens, situation, situation.asker.now)


def _read(tokens: Sequence[Token], situation: Situation, now: datetime) -> dates.Reading:
    if any(token.user for token in tokens):
        raise Unfit
    text = " ".join(token.raw for token in tokens)
    found = _remembered(text, situation.languages, now, str(now.tzinfo))
    if isinstance(found, dates.SeveralDays):
        again = found.last is None and not found.hours and not found.one_of
        raise Several(_too_many(found, text), text, certain=found.certain, weekdays=again)
    if isinstance(found, dates.UnreadWord):
        raise Unfit(found.word)
    if isinstance(found, dates.DateTrouble):
        raise Trouble(_explain(found, text), text)
    return found


def _too_many(trouble: dates.SeveralDays, text: str) -> Message:
    """Say that several days were named where one is wanted, with the fix."""
    if trouble.hours:
        return say(_("“{words}” is more than one hour. Please write just one."), words=text)
    if trouble.last is None:
        return say(_("“{words}” is more than one day. Please write just one."), words=text)
    return say(
        _("“{words}” is more than one day. Please write one of them; the last is {day}."),
        words=text,
        day=When(Due(trouble.last), "UTC"),
    )


@lru_cache(maxsize=128)
def _remembered(
    text: str, languages: tuple[str, ...], now: datetime, _zone: str
) -> dates.Reading | dates.DateTrouble:
    """Read *text* once, though several fields of several commands ask for it within one line.

    The zone is part of the key, since equal moments of two zones are equal to Python.
    """
    try:
        return dates.read_date(text, languages=languages, now=now)
    except dates.DateTrouble as trouble:
        return trouble


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
    """Read a deadline: a day, or a day and an hour; Trouble for "every friday"."""
    found = reading(tokens, situation)
    if found.every:
        text = " ".join(token.raw for token in tokens)
        raise Trouble(_too_many(dates.SeveralDays(text), text), text)
    due = _due(found)
    others = tuple(_due(one) for one in found.alternatives)
    return Doubtful(due.day, due.clock, due.zone, others) if others else due


def bare_due(tokens: Sequence[Token], situation: Situation, before: Token | None) -> bool:
    """Tell whether *tokens* are a date beyond doubt, with no word such as "by" before them.

    `27/11` is; `3/4` may be an exercise, "sam" a name, "2h" a length, "mai" is never a date
    (DESIGN 3; the table is docs/dates-in-titles.md).
    """
    try:
        found = reading(tokens, situation)
    except Several as several:
        if before is not None and _goes_on(before, tokens, situation):
            return False
        ends = ((tokens[at:], tokens[at - 1]) for at in range(1, len(tokens)))
        # Of several days never the last one alone: "trip 10.12. - 12.12."
        return several.certain or any(bare_due(end, situation, last) for end, last in ends)
    except Trouble as trouble:
        # The 31st of February is meant as a date, "pages 10-14" is not.
        return _PAGES.fullmatch(trouble.words) is None
    except Unfit:
        return False
    if before is not None and _goes_on(before, tokens, situation):
        return False
    return not found.mistakable or _is_day_and_month(tokens, situation, before)


def _is_day_and_month(tokens: Sequence[Token], situation: Situation, before: Token | None) -> bool:
    text = " ".join(token.folded for token in tokens)
    if not (numbers := _DAY_MONTH.fullmatch(text)):
        return False
    if "." in text and not text.endswith("."):
        return False  # "version 10.12"
    month = numbers[1]
    after_name = before is not None and is_name(before, situation)
    return after_name or (len(month) == _TWO_FIGURES and 1 <= int(month) <= MONTHS)


def _goes_on(before: Token, tokens: Sequence[Token], situation: Situation) -> bool:
    """Tell whether a sentence goes on from *before*: "every friday", "a poster about 14 July"."""
    if before.folded in words(OR, situation.languages):
        return True  # "friday or monday": neither
    if before.folded in words(EVERYONE, situation.languages):
        return False
    if before.folded in words(TOWARDS, situation.languages):
        return True
    try:
        reading([before, *tokens], situation)
    except Several:
        return True
    except Unfit:
        return False
    return True  # the longer date was looked at before, and left to the text


def bare_day(tokens: Sequence[Token], situation: Situation, before: Token | None) -> bool:
    """Tell whether *tokens* are one day beyond doubt; "every friday" belongs to the title."""
    return bare_due(tokens, situation, before) and not _comes_again(tokens, situation)


def _comes_again(tokens: Sequence[Token], situation: Situation) -> bool:
    try:
        return reading(tokens, situation).every is not None
    except Unfit:
        return False


def marked_due(tokens: Sequence[Token], situation: Situation) -> bool:
    """Tell whether *tokens* are a date behind a word such as "for": "for 2h" may be a length."""
    try:
        found = reading(tokens, situation)
    except Several as several:
        return several.certain
    except Unfit:
        return True
    return not (found.every or (found.mistakable and found.alternatives))


def read_schedule(tokens: Sequence[Token], situation: Situation) -> Schedule:
    """Read when to remind: a moment ("tomorrow 10h", "in 2 hours") or a rule ("every Monday 9h").

    "exact" is found by reading the same words a minute later: what moves with the clock was
    counted from now, in any language.
    """
    try:
        found = reading(tokens, situation)
    except Several as several:
        if several.weekdays:
            text = _("“{words}” is more than one day. Write “every” first, or a reminder for each.")
            raise Trouble(say(text, words=several.words), several.words) from several
        raise
    first = _ringing(found)
    if found.every:
        return Schedule(first, found.every, exact=False)
    later = situation.asker.now + timedelta(minutes=1)
    try:
        again = _read(tokens, situation, later)
    except Unfit:
        again = found
    if again.time != found.time:
        return Schedule(first, None, exact=True)  # "2h" is how long to wait
    others = tuple(_ringing(one) for one in found.alternatives if not one.every)
    return Schedule(first, None, exact=False, others=others)


def _ringing(found: dates.Reading) -> Due:
    return Due(found.day, found.time or MORNING, found.zone)


def typed(due: Due) -> str:
    """Return *due* as anybody may type it, in any language."""
    return f"{due.day:%Y-%m-%d}" + (f" {due.clock:%H:%M}" if due.clock else "")


def which_day(days: Sequence[Due], zone: str) -> Message:
    """Ask which of *days* is meant; their letters are the buttons."""
    choices = tuple(
        Joined((letter, When(one, zone)), " ") for letter, one in zip(LETTERS, days, strict=False)
    )
    return say(_("Which day do you mean? {choices}"), choices=Joined(choices))


def is_only_a_date_or_name(tokens: Sequence[Token], situation: Situation) -> bool:
    """Tell whether *tokens* are nothing but a date, or nothing but people: no text to remember."""
    said = " ".join(token.folded for token in tokens)
    if said in words(EVERYONE, situation.languages) | words(ME, situation.languages):
        return True
    known = frozenset().union(*map(dates.lexicon_words, situation.languages))
    if all(token.folded in known for token in tokens):
        return True  # "Uhr", left over from "um 10 Uhr"
    try:
        reading(tokens, situation)
    except Trouble:
        return True
    except Unfit:
        return False
    return True


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
    Due: Type(
        _("date"), read_due, longest=LONGEST_DATE, bare=bare_day, marked=marked_due, whole=True
    ),
    Schedule: Type(_("when"), read_schedule, longest=16, bare=bare_due, whole=True),
    timedelta: Type(_("how long"), read_delay, longest=4),
    tuple[timedelta, ...]: Type(_("how long before"), read_leads, longest=12),
}
