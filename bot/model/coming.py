"""Coming: the dates ahead of a project, of milestones, open tasks, polls and publications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.model.concern import classes_of
from bot.model.due import Due

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.model.polls import Poll
    from bot.model.project import Project
    from bot.model.publication import Publication
    from bot.model.tasks import Milestone, Task

FAR_APART = timedelta(days=2)
"""More than the calendars of any two places differ."""


@dataclass(frozen=True)
class Coming:
    """A date ahead."""

    thing: Task | Milestone | Poll | Publication
    due: Due
    first: datetime
    """When it comes for the first class that it concerns (aware)."""
    last: datetime
    """When it comes for the last of them (aware)."""


def dates_ahead(project: Project, now: datetime, within: timedelta | None = None) -> list[Coming]:
    """Return what comes after *now* (aware) for any class that it concerns, soonest first.

    *within* leaves out what comes first only after that time.
    """
    found = [one for one in _dates(project, now) if one.last >= now]
    if within is not None:
        found = [one for one in found if one.first <= now + within]
    return sorted(found, key=lambda one: one.first)


def _dates(project: Project, now: datetime) -> Iterator[Coming]:
    milestones = [one for one in project.milestones.values() if one.deleted is None]
    tasks = [one for one in project.tasks.values() if one.open]
    things: list[Task | Milestone] = [*milestones, *tasks]
    for thing in things:
        if thing.due and thing.due.day >= (now - FAR_APART).date():
            yield _coming(project, thing, thing.due)
    for poll in project.polls.values():
        if poll.open and poll.until:
            local = poll.until.astimezone(ZoneInfo(project.zone))
            due = Due(local.date(), local.time(), project.zone)
            yield Coming(poll, due, poll.until, poll.until)
    for publication in project.publications.values():
        if publication.due and not (publication.deleted or publication.published):
            moment = project.deadline_of(publication.due, None)
            yield Coming(publication, publication.due, moment, moment)


def _coming(project: Project, thing: Task | Milestone, due: Due) -> Coming:
    classes = classes_of(project, thing) or [None]
    moments = [
        project.deadline_of(due, project.partners[code] if code else None) for code in classes
    ]
    return Coming(thing, due, min(moments), max(moments))
