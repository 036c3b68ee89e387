"""The agenda as fields: holidays, the weekday and hour of a digest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, NewType

from bot.language import dates
from bot.language.field_dates import read_due
from bot.language.field_people import words
from bot.language.field_settings import AND_WORDS, UNTIL
from bot.language.fields import TYPES, Situation, Trouble, Type, Unfit
from bot.language.line import Token, token
from bot.language.message import _, say
from bot.model.people import Holiday
from bot.model.recurrence import WEEKDAYS

HolidayList = NewType("HolidayList", tuple[Holiday, ...])

FROM = _("from|the")
_ELIDED = re.compile(r"\b([^\W\d_]+)['’](\d)")
"""all'8, dall'1"""
MORNING: Final = time(8, 0)
LONGEST_HOLIDAY: Final = timedelta(days=120)
MOST_WORDS: Final = 60
_LONGEST_DATE: Final = 5
_DASH: Final = "-"
_A_WEEK: Final = timedelta(days=7)
_A_SEASON: Final = timedelta(days=90)
_LOOK_BACK: Final = timedelta(days=290)
"""A date without a year is read up to ten months ahead (DESIGN 12)."""
_ISO: Final = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_ISO_RANGE: Final = re.compile(r"(\d{4}-\d\d-\d\d)/(?=\d{4}-)")
_DOTTED: Final = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})(?:\.(\d{4})?)?(?![\d.]*\d)")
_DAY_ALONE: Final = re.compile(r"(\d{1,2})\.?")


@dataclass(frozen=True)
class Weekly:
    """A weekday and an hour."""

    weekday: int
    """0 is Monday."""
    clock: time


def read_weekly(tokens: Sequence[Token], situation: Situation) -> Weekly:
    """Read "mon 8:00", "Monday", "every monday 8h": a weekday, not one day of the calendar."""
    text = " ".join(one.raw for one in tokens)
    now = situation.asker.now
    found = _read(text, situation, now)
    later = [_read(text, situation, now + shift) for shift in (timedelta(days=1), _A_WEEK)]
    if found is None or None in later:
        raise Unfit(text)
    # Only a weekday stays the same tomorrow and is seven days on in a week.
    moved = [one.day - found.day for one in later if one]
    weekday = found.day.weekday()
    rule = f"FREQ=WEEKLY;BYDAY={WEEKDAYS[weekday]}"
    if moved[0] not in {timedelta(), _A_WEEK} or moved[1] != _A_WEEK:
        raise Unfit(text)
    if found.every not in {None, rule}:
        raise Unfit(text)
    return Weekly(weekday, found.time or MORNING)


def _read(text: str, situation: Situation, now: datetime) -> dates.Reading | None:
    try:
        return dates.read_date(text, languages=situation.languages, now=now)
    except dates.DateTrouble:
        return None


def read_holidays(tokens: Sequence[Token], situation: Situation) -> HolidayList:
    """Read ranges of days: "23/12-1/1", "23.12.-1.1., 15.2.", "23 dec to 1 jan".

    A date without a year is the next one: the last day is today or ahead, the first day is the
    last one before it. Days may be one each. Trouble if a range ends before it begins.
    """
    if any(one.user for one in tokens):
        raise Unfit
    rest = _Rest(_words(tokens), situation)
    found: list[Holiday] = []
    while rest.skip():
        found.append(_range(rest))
    if not found:
        raise Unfit
    return HolidayList(tuple(found))


def _words(tokens: Sequence[Token]) -> list[Token]:
    """Return the words with every date as 23/12 or 23/12/2026, every dash and comma alone."""
    text = " ".join(one.raw for one in tokens)
    text = re.sub("[‐‑‒–—―−]", _DASH, text)
    text = _ISO_RANGE.sub(r"\1 - ", text)
    text = _ISO.sub(r"\3/\2/\1", text)
    text = _DOTTED.sub(lambda found: "/".join(one for one in found.groups() if one), text)
    text = _ELIDED.sub(r"\1' \2", text)
    return [token(one) for one in re.sub("([-,;])", r" \1 ", text).split()]


@dataclass
class _Rest:
    """The words that are still to be read."""

    words: list[Token]
    situation: Situation

    def skip(self) -> bool:
        """Pass over "from", "and", commas; tell whether anything is left."""
        known = words(AND_WORDS, self.situation.languages) | words(FROM, self.situation.languages)
        while self.words and (self.words[0].folded in known or self.words[0].raw in ",;"):
            del self.words[0]
        return bool(self.words)

    def until(self) -> bool:
        """Take a "to" or a dash, and tell whether there was one."""
        known = words(UNTIL, self.situation.languages)
        there = bool(self.words) and (self.words[0].raw == _DASH or self.words[0].folded in known)
        if there:
            del self.words[0]
            self.skip()
        return there

    def date_words(self) -> str:
        """Take the words of one date: the most that read as one."""
        stop = next((i for i, one in enumerate(self.words) if self._ends(one)), len(self.words))
        for size in range(min(stop, _LONGEST_DATE), 0, -1):
            text = " ".join(one.raw for one in self.words[:size])
            if self._is_date(text):
                del self.words[:size]
                return text
        if stop:
            read_due(self.words[: min(stop, _LONGEST_DATE)], self.situation)  # may say why
        raise Unfit(self.words[0].raw if self.words else "")

    def _ends(self, one: Token) -> bool:
        languages = self.situation.languages
        known = words(AND_WORDS, languages) | words(UNTIL, languages)
        return one.raw in {_DASH, ",", ";"} or one.folded in known

    def _is_date(self, text: str) -> bool:
        if _DAY_ALONE.fullmatch(text):
            return True
        now = self.situation.asker.now
        try:
            found = dates.read_date(text, languages=self.situation.languages, now=now)
        except dates.PastDate:
            return True
        except dates.DateTrouble:
            return False
        return found.time is None and found.every is None


def _range(rest: _Rest) -> Holiday:
    situation = rest.situation
    first_words = rest.date_words()
    if not rest.until():
        day = _next(first_words, situation)
        return Holiday(day, day)
    last_words = rest.date_words()
    last = _next(last_words, situation)
    first = _before(first_words, last, situation)
    if first is None or last - first > LONGEST_HOLIDAY:
        text = f"{first_words} - {last_words}"
        question = _("“{words}” is no holiday that I understand. Which days do you mean?")
        raise Trouble(say(question, words=text), text)
    return Holiday(first, last)


def _next(text: str, situation: Situation) -> date:
    """Return the next day called *text*, today included; without a year never in the past."""
    now = situation.asker.now
    if _DAY_ALONE.fullmatch(text):
        raise Unfit(text)
    for since in (now, now + _A_SEASON):
        if found := _read(text, situation, since):
            return found.day
    past = say(_("“{words}” is already past. Which day do you mean?"), words=text)
    raise Trouble(past, text)


def _before(text: str, last: date, situation: Situation) -> date | None:
    """Return the day called *text* that lies nearest before *last*, or None."""
    now = situation.asker.now
    if alone := _DAY_ALONE.fullmatch(text):
        try:
            first = last.replace(day=int(alone[1]))
        except ValueError:
            return None
        return first if first <= last else None
    earlier = datetime.combine(last - _LOOK_BACK, time(), now.tzinfo)
    found = [one.day for since in (now, earlier) if (one := _read(text, situation, since))]
    return max((one for one in found if one <= last), default=None)


TYPES |= {
    HolidayList: Type(_("days"), read_holidays, longest=MOST_WORDS),
    Weekly: Type(_("weekday and hour"), read_weekly, longest=6),
}
