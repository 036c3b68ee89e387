"""Retention: what is finished long enough to be erased, and when a room is to look again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from bot.model.documents import RoomDocument
from bot.model.due import local
from bot.model.polls import Poll
from bot.model.project import Project
from bot.model.publication import Publication
from bot.model.recurrence import BadRule, Rule
from bot.model.reminders import Reminder
from bot.model.tasks import Milestone, State, Task

NIGHT = time(2, 30)
"""The hour (UTC) at which a room is tidied: once a night at the most."""
A_DAY = timedelta(days=1)
LEAST_MONTHS, MOST_MONTHS = 1, 120
TIDIED = "tidied"
"""The note in a room's document of when it was tidied last."""
DAYS_A_YEAR, MONTHS_A_YEAR = 365, 12

Thing = Task | Milestone | Reminder | Poll | Publication


def days_of(months: int) -> int:
    """Return how many days so many *months* are."""
    return months * DAYS_A_YEAR // MONTHS_A_YEAR


def months_of(days: int) -> int:
    """Return how many months are meant by so many *days*, made by `days_of`."""
    return round(days * MONTHS_A_YEAR / DAYS_A_YEAR)


def mark(document: RoomDocument, now: datetime) -> None:
    """Note since when the room is to be tidied: never before the next night, so undo has time."""
    if document.project.retention_days is None:
        document.extra.pop(TIDIED, None)
    else:
        document.extra.setdefault(TIDIED, now.isoformat())


def next_moment(document: RoomDocument) -> datetime | None:
    """Return the night (UTC) in which the first thing is to be erased; None: nothing is waiting."""
    project, tidied = document.project, document.extra.get(TIDIED)
    if project.retention_days is None or tidied is None:
        return None
    first = min((ended for _kind, _number, ended in _ended(project)), default=None)
    if first is None:
        return None
    since = max(first + timedelta(days=project.retention_days), datetime.fromisoformat(tidied))
    return _night_after(since)


def tidy(document: RoomDocument, now: datetime) -> bool:
    """Erase what is finished for too long, if the night for it has come; True if it had.

    Numbers are never given again: the counters stay.
    """
    moment = next_moment(document)
    if moment is None or moment > now:
        return False
    document.extra[TIDIED] = now.isoformat()
    gone = old(document.project, now)
    for kind, number in gone:
        things: dict[int, Thing] = getattr(document.project, f"{kind}s")
        things.pop(number, None)
    _untie(document.project)
    _forget_places(document, {f"{kind} {number}" for kind, number in gone})
    return True


def old(project: Project, now: datetime) -> list[tuple[str, int]]:
    """Return what is finished longer than *project* wants to keep it: ("task", 14)."""
    if project.retention_days is None:
        return []
    keep = timedelta(days=project.retention_days)
    return [(kind, number) for kind, number, ended in _ended(project) if ended + keep <= now]


def _forget_places(document: RoomDocument, targets: set[str]) -> None:
    """Forget which messages showed *targets*."""
    for target in targets:
        document.places.pop(target, None)
        document.written.pop(target, None)
        document.elsewhere.pop(target, None)
    document.anchors = {
        one: shown for one, shown in document.anchors.items() if shown not in targets
    }


def _untie(project: Project) -> None:
    """Drop what only makes sense with something that is gone."""
    for number in [one for one in project.urns if one not in project.polls]:
        del project.urns[number]
    for number, reminder in list(project.reminders.items()):
        if reminder.about is not None and reminder.about not in project.tasks:
            del project.reminders[number]
    for poll in project.polls.values():
        poll.milestone = poll.milestone if poll.milestone in project.milestones else None


def _night_after(moment: datetime) -> datetime:
    """Return the first night that begins after *moment*."""
    night = datetime.combine(moment.astimezone(UTC), NIGHT, UTC)
    return night if night > moment else night + A_DAY


def _ended(project: Project) -> Iterator[tuple[str, int, datetime]]:
    """Yield (kind, number, since when) of all that is finished, closed, past, stopped, deleted."""
    for task in project.tasks.values():
        if (ended := task.deleted or _done(task)) is not None:
            yield "task", task.number, ended
    for milestone in project.milestones.values():
        yield "milestone", milestone.number, milestone.deleted or _last_moment(project, milestone)
    for reminder in project.reminders.values():
        if (ended := reminder.stopped or last_ring(project, reminder)) is not None:
            yield "reminder", reminder.number, ended
    for poll in project.polls.values():
        if (ended := poll.deleted or poll.closed) is not None:
            yield "poll", poll.number, ended
    for publication in project.publications.values():
        if (ended := publication.deleted or publication.published) is not None:
            yield "publication", publication.number, ended


def _done(task: Task) -> datetime | None:
    """Return when *task* was done; one that nobody ticked counts from its making."""
    if task.state is not State.DONE:
        return None
    return task.finished.at if task.finished else task.created


def _last_moment(project: Project, milestone: Milestone) -> datetime:
    """Return when *milestone* is past for every class."""
    classes = [*project.partners.values(), None]
    return max(project.deadline_of(milestone.due, one) for one in classes)


def last_ring(project: Project, reminder: Reminder) -> datetime | None:
    """Return when *reminder* rings for the last time; None if that is not known."""
    last = reminder.first.day
    if reminder.every is not None:
        try:
            until = Rule.read(reminder.every).until
        except BadRule:
            return None
        if until is None:
            return None
        last = max(last, until)
    clock = reminder.first.clock or project.deadline
    moment = local(last, clock, reminder.first.zone or project.zone) + A_DAY
    return max(moment, reminder.snoozed) if reminder.snoozed else moment
