"""Calendars: iCalendar files (RFC 5545), written for calendar programs, read for holidays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2s
from typing import Final

from icalendar import Calendar, Event

from bot.language.catalog import translate
from bot.language.field_agenda import LONGEST_HOLIDAY
from bot.language.message import Msgid, _
from bot.model.asker import Asker
from bot.model.coming import Coming, dates_ahead
from bot.model.people import Holiday, Partner
from bot.model.project import Project
from bot.model.publication import Publication
from bot.model.tasks import Milestone, Task

PRODUCT: Final = "-//Comenius//Partner classes//EN"
MOST_HOLIDAYS: Final = 50
LARGEST: Final = 300_000
"""Bytes of a calendar that are read."""
A_DAY: Final = timedelta(days=1)
MILESTONE, TASK, POLL = _("Milestone"), _("Task"), _("Poll")
PUBLICATION, HOLIDAYS = _("Publication"), _("Holidays")
_CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]+")


class BadCalendar(ValueError):
    """A file that is no calendar."""


@dataclass(frozen=True)
class Written:
    """A calendar file."""

    content: bytes
    events: int


@dataclass(frozen=True)
class Read:
    """What a calendar file tells of holidays."""

    holidays: tuple[Holiday, ...]
    """Those not over yet, in order."""
    left_out: int
    """How many were too long for holidays, or too many."""
    recurring: int
    """How many come back by a rule, which is not followed."""


def write_calendar(project: Project, asker: Asker) -> Written:
    """Write the dates ahead of *project*, and the holidays of its classes, for *asker*.

    An hour is written in UTC, a date without an hour as a whole day. The identifiers (UID) stay
    the same from file to file, so that a date that is imported again is moved and not doubled;
    they tell neither the room nor a person.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    events = [_event(project, asker, one) for one in dates_ahead(project, asker.now)]
    for partner in project.partners.values():
        events += _holidays(project, asker, partner)
    for event in events:
        calendar.add_component(event)
    return Written(calendar.to_ical(), len(events))


def _event(project: Project, asker: Asker, coming: Coming) -> Event:
    thing = coming.thing
    if isinstance(thing, Milestone):
        kind, number, title, category = "milestone", f"M{thing.number}", thing.title, MILESTONE
    elif isinstance(thing, Task):
        title = thing.titles.get(asker.language, thing.title)
        kind, number, category = "task", f"#{thing.number}", TASK
    elif isinstance(thing, Publication):
        kind, number, title = "publication", f"P{thing.number}", thing.title
        category = PUBLICATION
    else:
        kind, number, title, category = "poll", f"Q{thing.number}", thing.question, POLL
    event = _new(project, asker, f"{kind} {thing.number}", category)
    event.add("summary", _clean(f"{number} {title or '[…]'}"))
    if coming.due.clock is None:
        _whole_days(event, coming.due.day, coming.due.day)
    else:
        event.add("dtstart", coming.due.at(asker.zone).astimezone(UTC))
    return event


def _holidays(project: Project, asker: Asker, partner: Partner) -> Iterator[Event]:
    """Yield the holidays of a class: days that leave the reader free for other things."""
    for one in partner.holidays:
        if one.last < asker.today:
            continue
        event = _new(project, asker, f"holidays {partner.code} {one.first}", HOLIDAYS)
        event.add("summary", _clean(f"{partner.code}: {translate(HOLIDAYS, *asker.chain)}"))
        event.add("transp", "TRANSPARENT")
        _whole_days(event, one.first, one.last)
        yield event


def _new(project: Project, asker: Asker, what: str, category: Msgid) -> Event:
    event = Event()
    seed = f"{project.created.astimezone(UTC).isoformat()}|{what}"
    event.add("uid", f"{blake2s(seed.encode(), digest_size=16).hexdigest()}@comenius.invalid")
    event.add("dtstamp", asker.now.astimezone(UTC).replace(microsecond=0))
    event.add("categories", [translate(category, *asker.chain)])
    return event


def _whole_days(event: Event, first: date, last: date) -> None:
    event.add("dtstart", first)
    event.add("dtend", last + A_DAY)  # the first day that is not in it (RFC 5545, 3.6.1)


def _clean(text: str) -> str:
    """Return people's words without signs that no calendar may hold."""
    return _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def read_calendar(content: bytes, today: date) -> Read:
    """Return the holidays that the whole days of a calendar file tell, from *today* on.

    What an event is called is not looked at. Of an event with a rule only the first time counts.
    Raises BadCalendar.
    """
    if len(content) > LARGEST:
        raise BadCalendar
    known: dict[tuple[date, date], Holiday] = {}
    left_out = recurring = 0
    for event in _events(content):
        days = _days(event)
        if days is None:
            continue
        recurring += "RRULE" in event
        if days.last < today:
            continue
        if days.last - days.first > LONGEST_HOLIDAY:
            left_out += 1
        else:
            known[days.first, days.last] = days
    found = [known[one] for one in sorted(known)]
    left_out += max(0, len(found) - MOST_HOLIDAYS)
    return Read(tuple(found[:MOST_HOLIDAYS]), left_out, recurring)


def _events(content: bytes) -> list[Event]:
    try:
        calendars = Calendar.from_ical(content, multiple=True)
        found = [one for calendar in calendars for one in calendar.walk("VEVENT")]
        names = {one.name for one in calendars}
    except Exception as error:
        # Whatever a stranger's file makes the library stumble over: the file cannot be read.
        raise BadCalendar from error
    if names != {"VCALENDAR"}:
        raise BadCalendar
    return [one for one in found if isinstance(one, Event)]


def _days(event: Event) -> Holiday | None:
    """Return the whole days of an event, or None if it has an hour or no sense."""
    first, end, length = (_value(event, name) for name in ("dtstart", "dtend", "duration"))
    if not isinstance(first, date) or isinstance(first, datetime):
        return None
    try:
        if isinstance(end, date) and not isinstance(end, datetime):
            last = end - A_DAY
        elif isinstance(length, timedelta):
            last = first + length - A_DAY
        else:
            last = first
    except OverflowError:
        return None
    return Holiday(first, max(first, last))


def _value(event: Event, name: str) -> object:
    """Return what a property holds, or None if it is missing, doubled or broken."""
    try:
        return getattr(event.get(name), "dt", None)
    except ValueError:
        return None
