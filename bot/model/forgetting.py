"""Forgetting: how somebody is taken out of a project, and their work stays."""

from __future__ import annotations

import re
from base64 import b64decode
from html import escape
from typing import Any

from bot.model import polls
from bot.model.documents import Entry, Kind, RoomDocument, thing_of
from bot.model.people import FORMER
from bot.model.polls import Poll
from bot.model.project import Project
from bot.model.publication import Publication
from bot.model.reminders import Reminder
from bot.model.tasks import Comment, Milestone, Task, Tick

BLANK = "…"
"""Stands where a name was, in what waits to be sent."""


def forget(project: Project, user: str) -> None:
    """Take *user* out of *project*: what was theirs alone goes, what others share stays.

    Votes go, but what is in a secret urn cannot be told apart.
    """
    project.members.pop(user, None)
    for number, reminder in list(project.reminders.items()):
        people = reminder.audience.people
        if people == [user] or (reminder.author == user and people):
            del project.reminders[number]
    for poll in project.polls.values():
        polls.forget(poll, user, project.urns.get(poll.number))
    hand_over(project, user, FORMER)


def hand_over(project: Project, user: str, other: str) -> None:
    """Put *other* in the place of *user* wherever somebody's name stands; FORMER takes no work."""
    things: list[Task | Milestone | Reminder | Poll | Publication] = [
        *project.tasks.values(),
        *project.milestones.values(),
        *project.reminders.values(),
        *project.polls.values(),
        *project.publications.values(),
    ]
    for thing in things:
        thing.author = other if thing.author == user else thing.author
    for task in project.tasks.values():
        task.assignees = _without(task.assignees, user, other)
        _hand_over_ticks(task, user, other)
    for reminder in project.reminders.values():
        reminder.audience.people = _without(reminder.audience.people, user, other)


def _without(users: list[str], user: str, other: str) -> list[str]:
    """Return *users* with *other* in the place of *user*, each once."""
    found = [other if one == user else one for one in users]
    return [one for one in dict.fromkeys(found) if one != FORMER]


def _hand_over_ticks(task: Task, user: str, other: str) -> None:
    finished = [task.finished] if task.finished else []
    marks: list[Tick | Comment] = [*task.ticks.values(), *finished, *task.comments]
    for mark in marks:
        mark.by = other if mark.by == user else mark.by


def forget_traces(document: RoomDocument, user: str, name: str = "") -> None:
    """Drop whatever the room's own records say about *user*, who was called *name*.

    Undo records, questions that wait for them, once-a-day notes, files about them, and which files
    they posted in the last hour. What waits to be sent stays, without the name; a card that waits
    to be edited shows the project as it is without them, and the words of others in it stay.
    """
    document.changes = [one for one in document.changes if user not in repr(one)]
    notes = {key: _note_without(note, user) for key, note in document.extra.items()}
    document.extra = {key: note for key, note in notes.items() if user not in f"{key} {note}"}
    document.offers = [one for one in document.offers if one.who != [user]]
    for offer in document.offers:
        offer.who = [one for one in offer.who if one != user]
        offer.choices = {key: line for key, line in offer.choices.items() if user not in line}
    document.files = {
        event: one for event, one in document.files.items() if one.by not in {user, ""}
    }
    words = "|".join(re.escape(one) for one in (user, escape(name), name) if one)
    pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)")
    document.outbox = [one for one in document.outbox if not _holds(one, pattern)]
    for entry in document.outbox:
        if _shows_a_card(entry):
            continue
        entry.body, entry.html = pattern.sub(BLANK, entry.body), pattern.sub(BLANK, entry.html)
        entry.answers = [pattern.sub(BLANK, one) for one in entry.answers]
        entry.mentions = [one for one in entry.mentions if one != user]


def _note_without(note: Any, user: str) -> Any:
    """Return a *note* of the room without *user* in its list of people, if it has one."""
    if isinstance(note, dict) and isinstance(users := note.get("users"), list):
        return note | {"users": [one for one in users if one != user]}
    return note


def _shows_a_card(entry: Entry) -> bool:
    """Tell whether *entry* is an edit that is written anew with all that changes in its card."""
    kind, number = thing_of(entry.target or "")
    card = f"{kind} {number}" if number else "board"
    return entry.kind is Kind.EDIT and not entry.tried and entry.target == card


def _holds(entry: Entry, pattern: re.Pattern[str]) -> bool:
    """Tell whether *entry* is a file in which *pattern* is found."""
    return bool(pattern.search(b64decode(entry.content).decode("utf-8", "replace")))
