"""Unpacking: an archive, written by anybody, becomes a project, or is refused with the place.

The file may come from strangers: what is too much, too deep or of another type is refused, what
nobody knows is ignored, every text is cut, and no id of the file is ever believed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from bot.model.archive import THINGS
from bot.model.charter import Charter
from bot.model.digest import Digest
from bot.model.people import FORMER, Member, Partner, Quiet
from bot.model.polls import Poll
from bot.model.project import DEFAULT_LEADS, Project
from bot.model.publication import Publication, Publisher
from bot.model.recurrence import BadRule
from bot.model.recurrence import Rule as Recurrence
from bot.model.reminders import Reminder
from bot.model.sifting import KEY, Trouble, Unreadable, sift
from bot.model.tasks import Comment, Milestone, Task, Tick
from bot.model.unlinked import user_of

MOST_NUMBER = 999_999
YEARS = range(2000, 2101)
LONGEST_LEAD = timedelta(days=366)
LARGEST_CLASS = 2000
MOST_LEADS = 10
RETENTION = range(28, 3700)
_CODE = re.compile(r"[^\W\d_][^\W_]{1,5}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_ZONE = re.compile(r"[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
_WHERE = re.compile(r"`\$([^`]*)`")
_ID = re.compile(r"@(\S+?):\S+")


@dataclass
class Named:
    """Somebody in an archive."""

    key: str
    name: str
    partner: str | None = None


@dataclass
class Settings:
    """What a project is set to."""

    title: str = ""
    ready: bool = False
    languages: list[str] = field(default_factory=list)
    zone: str = "UTC"
    deadline: time | None = None
    leads: list[timedelta] | None = None
    quiet: Quiet | None = None
    retention_days: int | None = None
    digest: Digest | None = None


PARTS: dict[str, Any] = {
    "project": Settings, "classes": list[Partner], "people": list[Named],
    "publisher": Publisher, "charter": Charter, "counters": dict[str, int],
    **{part: list[kind] for part, kind in THINGS.items() if kind is not Poll},  # type: ignore[valid-type]
}  # fmt: skip
"""Part of an archive -> what it is; polls are there to be read, not to be voted on again."""


TAKEN = ("languages", "zone", "deadline", "leads", "quiet", "publisher")
"""What an archive decides in the room that takes it up."""


def unpack(content: bytes, now: datetime) -> Project:
    """Return the project in *content*, its people unlinked, its room "". Raises Unreadable only.

    `now` (aware) is when it counts as made: what was due earlier does not ring.
    """
    found = {
        part: _typed(part, value, PARTS[part])
        for part, value in sift(content, tuple(PARTS)).items()
    }
    for part, value in found.items():
        for place, one in _leaves(value, part):
            _check(place, one)
    return _assembled(found, now)


def _typed(part: str, value: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind, str_keys=True)
    except (msgspec.ValidationError, OverflowError) as error:
        found = _WHERE.search(str(error))
        where = found[1] if found else ""
        raise Unreadable(Trouble.WRONG, f"{part}{where}") from None


def _leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Yield (place, value) for all that lies in *value*, itself included."""
    yield place, value
    if is_dataclass(value):
        for one in fields(value):
            yield from _leaves(getattr(value, one.name), f"{place}.{one.name}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _leaves(one, f"{place}[{number}]")
    elif isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one, f"{place}.…")


def _check(place: str, value: Any) -> None:
    """Refuse what has the right type but cannot be."""
    good = _GOOD.get(type(value), bool)
    named_zone = place.endswith(".zone") and isinstance(value, str)
    if (type(value) in _GOOD and not good(value)) or (named_zone and not _is_zone(value)):
        raise Unreadable(Trouble.WRONG, place)


def _is_zone(name: str) -> bool:
    if not _ZONE.fullmatch(name):
        return False
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _is_rule(text: str | None) -> bool:
    try:
        Recurrence.read(text or "FREQ=DAILY")
    except BadRule:
        return False
    return True


_GOOD: dict[type, Callable[[Any], bool]] = {
    datetime: lambda one: one.tzinfo is not None and one.year in YEARS,
    date: lambda one: one.year in YEARS,
    time: lambda one: one.tzinfo is None,
    timedelta: lambda one: timedelta(0) <= one <= LONGEST_LEAD,
    int: lambda one: 0 <= one <= MOST_NUMBER,
    Partner: lambda one: _CODE.fullmatch(one.code) is not None,
    Named: lambda one: KEY.fullmatch(one.key) is not None,
    Digest: lambda one: one.weekday in range(7),
    Reminder: lambda one: one.first.clock is not None and _is_rule(one.every),
}
"""Type -> whether a value of it can be."""


def _assembled(found: dict[str, Any], now: datetime) -> Project:
    """Return the project of the typed parts, with nothing in it that leads nowhere."""
    settings: Settings = found.get("project", Settings())
    project = Project("", now, title=settings.title, zone=settings.zone, ready=settings.ready)
    project.languages = [one for one in settings.languages if _LANGUAGE.fullmatch(one)][:12]
    project.languages = project.languages or ["en"]
    project.quiet = settings.quiet or project.quiet
    project.deadline = settings.deadline or project.deadline
    project.leads = list(DEFAULT_LEADS) if settings.leads is None else settings.leads
    project.leads = project.leads[:MOST_LEADS]
    if settings.digest:
        project.digest = replace(settings.digest, since=now)
    if settings.retention_days in RETENTION:
        project.retention_days = settings.retention_days
    project.reminded_until = now
    project.partners = {one.code: _believable(one) for one in found.get("classes", [])}
    for one in found.get("people", []):
        user = user_of(one.key)
        partner = one.partner if one.partner in project.partners else None
        name = _ID.sub(r"\1", one.name) or one.key
        project.members[user] = Member(user, name, partner, present=False)
    for part in THINGS.keys() & PARTS.keys():
        things = found.get(part, [])
        numbered = {one.number: one for one in things if one.number > 0}
        if len(numbered) != len(things):
            raise Unreadable(Trouble.WRONG, part)
        getattr(project, part).update(sorted(numbered.items()))
    project.publisher = found.get("publisher", project.publisher)
    project.charter = found.get("charter", project.charter)
    _tie(project, now)
    _count(project, found.get("counters", {}))
    return project


def _believable(partner: Partner) -> Partner:
    """Return *partner* with a number of pupils and languages that can be."""
    partner.size = partner.size if partner.size and partner.size <= LARGEST_CLASS else None
    partner.languages = [one for one in partner.languages if _LANGUAGE.fullmatch(one)][:12]
    partner.name = partner.name or partner.code
    return partner


def _tie(project: Project, now: datetime) -> None:
    """Drop what refers to people, classes and tasks that are not there."""
    codes = project.partners.keys()
    dated: list[Task | Milestone] = [*project.tasks.values(), *project.milestones.values()]
    for thing in dated:
        thing.author = thing.author or FORMER
        thing.leads = thing.leads[:MOST_LEADS] if thing.leads is not None else None
    for task in project.tasks.values():
        _tie_task(task, set(codes))
    for number, reminder in list(project.reminders.items()):
        reminder.author = reminder.author or FORMER
        audience = reminder.audience
        audience.partners = [code for code in audience.partners if code in codes]
        lost = reminder.about is not None and reminder.about not in project.tasks
        if lost or not audience:
            del project.reminders[number]
    for publication in project.publications.values():
        _tie_publication(publication, now)


def _tie_task(task: Task, codes: set[str]) -> None:
    task.partners = [code for code in task.partners if code in codes]
    task.ticks = {code: tick for code, tick in task.ticks.items() if code in codes}
    task.comments = [one for one in task.comments if one.text]
    task.titles = {one: text for one, text in task.titles.items() if _LANGUAGE.fullmatch(one)}
    task.tags = [one for one in task.tags if re.fullmatch(r"[^\W\d_][\w-]{0,29}", one)]
    finished = [task.finished] if task.finished else []
    marks: list[Tick | Comment] = [*task.ticks.values(), *task.comments, *finished]
    for mark in marks:
        mark.by = mark.by or FORMER


def _tie_publication(publication: Publication, now: datetime) -> None:
    publication.author = publication.author or FORMER
    publication.nudged = now


def _count(project: Project, counters: dict[str, int]) -> None:
    """Go on counting where the archive stopped, and never below what is there."""
    for part in THINGS:
        kind = part.removesuffix("s")
        numbers = [*getattr(project, part), counters.get(kind, 0)]
        if last := max(numbers):
            project.counters[kind] = last


def adopt(project: Project, found: Project) -> None:
    """Take the unpacked project *found* up in *project*, which has no work of its own yet.

    Who is in the room stays there, and so does what was decided there: the homeserver of a class,
    the charter with its signatures, the digest, how long things are kept.
    """
    for code, partner in found.partners.items():
        if known := project.partners.get(code):
            partner.server = known.server
        project.partners[code] = partner
    project.members.update(found.members)
    for part in THINGS:
        getattr(project, part).update(getattr(found, part))
    for name in TAKEN:
        setattr(project, name, getattr(found, name))
    project.digest = project.digest or found.digest
    if project.retention_days is None:
        project.retention_days = found.retention_days
    project.charter = _charter_of_both(project.charter, found.charter)
    project.title = project.title or found.title
    project.ready = project.ready or found.ready or bool(found.partners)
    for kind, last in found.counters.items():
        project.counters[kind] = max(last, project.counters.get(kind, 0))


def _charter_of_both(own: Charter, found: Charter) -> Charter:
    """Return *own* with what *found* adds: of two rules the own one, being the last, decides."""
    decided = found if own.mode is None else own
    return replace(
        own,
        mode=decided.mode,
        cooldown_days=decided.cooldown_days,
        rules=[*found.rules, *own.rules],
        signatures=found.signatures | own.signatures,
    )


def has_work(project: Project) -> bool:
    """Tell whether *project* has numbered things of its own, deleted ones too."""
    return any(getattr(project, part) for part in THINGS)
