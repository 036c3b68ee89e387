"""Trying out what would be understood, for translators: phrases in, plain data out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from functools import singledispatch
from zoneinfo import ZoneInfo

from bot.assistant.understanding import NotUnderstood, Reader, Understood
from bot.assistant.unread import look
from bot.command import Commands
from bot.language.catalog import SOURCE
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
from bot.language.fields import Situation
from bot.language.line import cut
from bot.language.links import alternatives, find
from bot.language.message import Part
from bot.language.places import territories
from bot.language.render import Reader as Audience
from bot.language.render import render
from bot.model.asker import Asker
from bot.model.people import Member, Partner, Role
from bot.model.project import Project
from bot.model.services import Found

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_REGION = re.compile("[A-Z0-9]{1,3}")
"""What follows the dash in ISO 3166-2, `DE-BY`."""


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


def try_phrase(
    lines: Iterable[str], commands: Commands, *, language: str, now: datetime, zone: str
) -> Iterator[dict[str, object]]:
    """Read each line as a command, in the language and in English, as asked at `now` in `zone`.

    The room is made up: classes PAU (Pau) and KRK (Kraków), Ana who speaks, and Lea.
    Gives for each line that is not empty either `text, command, language, fields`, with a `note`
    on words that could not be read as a field; or `text, meant`, the line that it nearly is; or
    `text, error`.
    """
    reader = Reader(commands)
    situation = _made_up(language, now, zone)
    for line in lines:
        text = line.strip()
        if text:
            yield {"text": text} | _understood(text, reader, situation)


def try_link(lines: Iterable[str], *, countries: Sequence[str]) -> Iterator[dict[str, object]]:
    """Tell what the charter guard would speak about, in a room with partners of *countries*.

    Gives for each line that is not empty `text, found`: of each consumer service or shortener its
    `host, service, class, act, category, article` and the names of the `alternatives`.
    """
    for line in lines:
        text = line.strip()
        if text:
            yield {"text": text, "found": [_told_link(one, countries) for one in find(text)]}


def countries_told(text: str) -> tuple[str, ...]:
    """Return the ISO 3166 codes of a list like `FR,PL` or `FR,DE-BY`, upper-case, each once.

    Raises ValueError with a sentence that names the first code that is none.
    """
    codes = [one.strip().upper() for one in text.split(",") if one.strip()]
    for code in codes:
        country, dash, region = code.partition("-")
        if country not in territories() or bool(dash) != bool(_REGION.fullmatch(region)):
            raise ValueError(f"{code} is no country code of ISO 3166, like FR or DE-BY")
    return tuple(dict.fromkeys(codes))


def _told_link(found: Found, countries: Sequence[str]) -> dict[str, object]:
    return {
        "host": found.host,
        "service": found.service.name,
        "class": found.service.kind.value,
        "act": found.act.value,
        "category": found.category,
        "article": found.article,
        "alternatives": [one.name for one in alternatives(found, countries)],
    }


def _understood(text: str, reader: Reader, situation: Situation) -> dict[str, object]:
    line = cut(text.lstrip("!/ \u00a0\u202f"))
    if found := reader.read(line, situation):
        return _told_fields(found, situation)
    if near := reader.near(line, situation):
        return {"meant": f"!{near.line}"}
    trouble = reader.explain(line, situation)
    return {"error": _why(trouble, situation)}


def _told_fields(found: Understood, situation: Situation) -> dict[str, object]:
    command = found.command
    told: dict[str, object] = {
        "command": f"{command.family}.{command.handler.__name__}",
        "language": found.language,
        "fields": {name: plain(value) for name, value in found.match.values.items()},
    }
    if note := _in_english(look(found, situation, None).says, situation):
        told["note"] = note
    return told


def _why(trouble: NotUnderstood | None, situation: Situation) -> str:
    if trouble is None:
        return "No command begins like this."
    if trouble.when:
        return "The date is missing."
    if trouble.trouble is not None:
        return _in_english(trouble.trouble.message, situation)
    return f"I cannot read “{trouble.word}”." if trouble.word else "Something is missing."


def _in_english(part: Part, situation: Situation) -> str:
    audience = Audience((SOURCE,), situation.asker.zone, situation.asker.now)
    return render(part, audience).body


def _made_up(language: str, now: datetime, zone: str) -> Situation:
    project = Project("!try:example.org", now, [language], zone, ready=True)
    project.partners["PAU"] = Partner("PAU", "Pau", "Europe/Paris", ["fr"])
    project.partners["KRK"] = Partner("KRK", "Kraków", "Europe/Warsaw", ["pl"])
    for name in ("Ana", "Lea"):
        user = f"@{name.lower()}:example.org"
        project.members[user] = Member(user, name, "PAU")
    asker = Asker("@ana:example.org", "Ana", Role.COORDINATOR, language, zone, now)
    return Situation(project, asker, tuple(dict.fromkeys((language, SOURCE))))


@singledispatch
def plain(value: object) -> object:
    """Return *value* as plain data for JSON; what is not set is left out."""
    if is_dataclass(value):
        pairs = [(one.name, getattr(value, one.name)) for one in fields(value)]
        return {name: plain(inner) for name, inner in pairs if inner not in (None, False, [], ())}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


@plain.register(date)
@plain.register(time)
def _(value: date | time) -> str:
    return value.isoformat()


@plain.register
def _(value: timedelta) -> str:
    days, rest = divmod(value, timedelta(days=1))
    return f"P{days}D" if not rest else f"PT{value // timedelta(minutes=1)}M"


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
