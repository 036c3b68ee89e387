"""Personal data: all that is held about one person, as plain values, with nobody else in them.

For the right of access (GDPR art. 15): what the person wrote is given in their own words; others
stand in it nowhere, not even as a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from bot.model.archive import ids_of
from bot.model.asker import Asker
from bot.model.documents import RoomDocument
from bot.model.polls import has_voted
from bot.model.project import Project
from bot.model.reminders import Reminder
from bot.model.tasks import Task

NOT_MINE = {
    "author", "assignees", "ticks", "finished", "comments", "votes", "taps", "audience", "by",
    "signed",
}  # fmt: skip
"""Fields of a thing in which others may stand."""
SECRET = "You voted. What you chose is stored nowhere."  # noqa: S105 - a sentence


def about(
    projects: Sequence[Project], asker: Asker, documents: Iterable[RoomDocument] = ()
) -> dict[str, Any]:
    """Return what *projects* (and what else their *documents* keep) hold about the *asker*.

    Of a secret ballot it is said that they voted, and that what they chose is not known.
    """
    user = asker.user
    name, zone = known_as(projects, asker)
    notes = {one.project.room: _notes(one, user) for one in documents}
    return {
        "comenius": {"made": asker.now.isoformat(timespec="seconds"), "about": user},
        "person": {
            "name": name,
            "language": asker.language,
            "zone": zone,
            "direct_room": asker.room,
            "rooms": [one.room for one in projects],
        },
        "projects": [_project(one, user) | notes.get(one.room, {}) for one in projects],
    }


def known_as(projects: Sequence[Project], asker: Asker) -> tuple[str, str]:
    """Return name and IANA zone of the *asker*, as their first project has them.

    Who shares several projects asks in a direct room, which knows neither.
    """
    home = next((one for one in projects if asker.user in one.members), None)
    if home is None:
        return asker.name, asker.zone
    return home.name_of(asker.user), home.zone_of(asker.user)


def _project(project: Project, user: str) -> dict[str, Any]:
    member = project.members.get(user)
    found: dict[str, Any] = {
        "room": project.room,
        "title": project.title,
        "membership": msgspec.to_builtins(member) if member else None,
        "role": project.role_of(user).name.lower(),
        "tasks": [_thing(one) | _part(one, user) for one in tasks(project, user)],
        "reminders": [
            _thing(one) | {"by_you": one.author == user, "for_you": user in one.audience.people}
            for one in reminders(project, user)
        ],
        "polls": list(_polls(project, user)),
        "milestones": _written(project.milestones.values(), user),
        "publications": _written(project.publications.values(), user),
    }
    others = ids_of(project, but=user)
    return {name: _alone(one, others) for name, one in found.items() if one != []}


def _alone(value: Any, others: re.Pattern[str]) -> Any:
    """Return *value* without the Matrix ids of others, whom a text may have mentioned."""
    if isinstance(value, str):
        return others.sub("…", value)
    if isinstance(value, list):
        return [_alone(one, others) for one in value]
    if isinstance(value, dict):
        return {name: _alone(one, others) for name, one in value.items()}
    return value


def tasks(project: Project, user: str) -> list[Task]:
    """Return the tasks in which *user* stands."""
    return [one for one in project.tasks.values() if any(_part(one, user).values())]


def work(project: Project, user: str) -> list[Task]:
    """Return the tasks that *user* made, was given or ticked; not those only remarked on."""
    found = ((one, _part(one, user) | {"your_remarks": []}) for one in project.tasks.values())
    return [task for task, part in found if any(part.values())]


def reminders(project: Project, user: str) -> list[Reminder]:
    """Return the reminders in which *user* stands."""
    found = project.reminders.values()
    return [one for one in found if user == one.author or user in one.audience.people]


def remarks(project: Project, user: str) -> int:
    """Return how many remarks *user* wrote."""
    return sum(one.by == user for task in project.tasks.values() for one in task.comments)


def _part(task: Task, user: str) -> dict[str, Any]:
    """Return what *user* has to do with *task*."""
    finished = task.finished if task.finished and task.finished.by == user else None
    return {
        "by_you": task.author == user,
        "given_to_you": user in task.assignees,
        "ticked_by_you": {
            code: _when(tick.at) for code, tick in task.ticks.items() if tick.by == user
        },
        "finished_by_you": _when(finished.at) if finished else None,
        "your_remarks": [
            {"text": one.text, "at": _when(one.at), "event": one.event}
            for one in task.comments
            if one.by == user
        ],
    }


def _written(things: Iterable[Any], user: str) -> list[dict[str, Any]]:
    return [_thing(one) for one in things if one.author == user]


def _thing(thing: Any) -> dict[str, Any]:
    """Return what *thing* says, without anybody."""
    plain = msgspec.to_builtins(thing, str_keys=True)
    return {name: one for name, one in plain.items() if name not in NOT_MINE and one}


def _polls(project: Project, user: str) -> Iterator[dict[str, Any]]:
    """Yield the polls that *user* made, and the open ones in which they voted.

    When a poll is over nobody knows any more who voted in it: what came out is in it instead.
    """
    for poll in project.polls.values():
        urn = project.urns.get(poll.number)
        secret = urn is not None and has_voted(urn, user)
        taps = [event for event, tap in poll.taps.items() if tap.by == user]
        votes = poll.votes.get(user, [])
        if not (poll.author == user or votes or taps or secret):
            continue
        found = _thing(poll) | {"by_you": poll.author == user}
        if votes or poll.open:
            found["your_votes"] = votes
        if taps:
            found["your_reactions"] = taps
        if secret:
            found["your_secret_vote"] = SECRET
        yield found


def _notes(document: RoomDocument, user: str) -> dict[str, Any]:
    """Return what the room keeps for a while beside its project: for undo, questions, mentions."""
    changes = [one for one in document.changes if one.by == user]
    found = {
        "recent_commands": [{"event": one.event, "at": _when(one.at)} for one in changes],
        "open_questions": [
            _when(one.until)
            for one in document.offers
            if user in one.who or any(user in line for line in one.choices.values())
        ],
        "waiting_mentions": sum(user in one.mentions for one in document.outbox),
        "posted_files": [
            {"name": one.name, "at": _when(one.at)}
            for one in document.files.values()
            if one.by == user
        ],
        "notes": [
            key.partition(" ")[0] for key, note in document.extra.items() if user in f"{key} {note}"
        ],
    }
    return {name: one for name, one in found.items() if one}


def _when(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
