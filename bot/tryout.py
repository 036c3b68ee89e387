"""Trying out what would be understood, for translators: phrases in, plain data out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from functools import singledispatch
from zoneinfo import ZoneInfo

from bot.language.dates import (
    DateTrouble,
    MissingDay,
    NoSuchDate,
    PastDate,
    Reading,
    UnreadWord,
    WrongWeekday,
    read_date,
)
from bot.language.dates.reading import local_moment

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def try_date(lines: Iterable[str], *, language: str, now: datetime) -> Iterator[dict[str, object]]:
    """Read each line as a date, in the language and in English, as asked at `now`.

    Gives for each line that is not empty either `text, start, has_time, every, alternatives` or
    `text, error`; `start` is an ISO moment with its offset, or an ISO date without time.
    """
    for line in lines:
        text = line.strip()
        if not text:
            continue
        try:
            reading = read_date(text, languages=(language, "en"), now=now)
        except DateTrouble as trouble:
            yield {"text": text, "error": explained(trouble)}
            continue
        yield {
            "text": text,
            "start": _written(reading),
            "has_time": reading.time is not None,
            "every": reading.every,
            "alternatives": [_written(other) for other in reading.alternatives],
        }


def _written(reading: Reading) -> str:
    if reading.time is None:
        return reading.day.isoformat()
    moment = local_moment(reading.day, reading.time, ZoneInfo(reading.zone))
    return moment.isoformat()


@singledispatch
def explained(trouble: DateTrouble) -> str:
    """Say in one kind English sentence why a text is not a date."""
    return f"This is not a date I can use: {trouble}."


@explained.register
def _(trouble: UnreadWord) -> str:
    if not trouble.word:
        return "There is nothing to read as a date."
    return f"I cannot read “{trouble.word}” as part of a date."


@explained.register
def _(trouble: MissingDay) -> str:
    return f"“{trouble.word}” does not say which day; please name one."


@explained.register
def _(trouble: PastDate) -> str:
    return f"{_told(trouble.day, trouble.time)} is already past."


@explained.register
def _(trouble: NoSuchDate) -> str:
    return f"“{trouble.words}” is not in the calendar or on the clock."


@explained.register
def _(trouble: WrongWeekday) -> str:
    said, real = _WEEKDAYS[trouble.said], _WEEKDAYS[trouble.day.weekday()]
    return f"{trouble.day} is a {real}, not a {said}; which one is meant?"


def _told(day: date, clock: time | None) -> str:
    weekday = _WEEKDAYS[day.weekday()]
    return f"{weekday}, {day}" if clock is None else f"{weekday}, {day}, {clock:%H:%M},"
