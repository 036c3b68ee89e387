"""Blanking: a message that is taken back late takes the words quoted from it along (DESIGN 4)."""

from __future__ import annotations

from collections.abc import Iterator

from bot.assistant import changes
from bot.assistant.speaking import Speaker
from bot.model import polls
from bot.model.asker import Asker
from bot.model.documents import LETTERS, RoomDocument
from bot.model.people import Role
from bot.model.project import Project

BLANK = "[…]"
"""Stands where a title was."""


def _author(document: RoomDocument, event: str) -> str | None:
    """Return who wrote the message *event*, as far as it is known.

    Somebody else's task may have been renamed or translated by it; of a message that is too old to
    be remembered, whoever made the thing counts as its author.
    """
    if (change := changes.find(document, event)) is not None:
        return change.by
    project = document.project
    things = [one for kind in LETTERS for one in getattr(project, f"{kind}s").values()]
    authors = [one.author for one in things if one.event == event]
    remarks = [one for task in project.tasks.values() for one in task.comments]
    sources = [task.author for task in project.tasks.values() if event in task.sources.values()]
    found = [*authors, *(one.by for one in remarks if one.event == event), *sources]
    return next(iter(found), None)


def blank(speaker: Speaker, event: str, asker: Asker) -> bool:
    """Take text quoted from a redacted message out of the project; True if there was any.

    Only its author and moderators redact a message; where a door does not see to that, we do.
    """
    project = speaker.document.project
    if asker.role < Role.TEACHER and asker.user != _author(speaker.document, event):
        return False
    targets = [*_blank_titles(project, event), *_blank_remarks(project, event)]
    speaker.refresh(list(dict.fromkeys(targets)))
    return bool(targets)


_QUOTED = {"task": "title", "milestone": "title", "reminder": "text", "publication": "title"}
"""Kind of a thing -> what of it was quoted from its message."""


def _blank_titles(project: Project, event: str) -> Iterator[str]:
    for kind, words in _QUOTED.items():
        for number, thing in getattr(project, f"{kind}s").items():
            if thing.event == event and getattr(thing, words) != BLANK:
                setattr(thing, words, BLANK)
                yield f"{kind} {number}"
    for number, poll in project.polls.items():
        if poll.event == event and poll.question:
            polls.blank(poll)
            yield f"poll {number}"


def _blank_remarks(project: Project, event: str) -> Iterator[str]:
    for number, task in project.tasks.items():
        for language in [one for one, source in task.sources.items() if source == event]:
            task.titles.pop(language, None)
            del task.sources[language]
            yield f"task {number}"
        for remark in task.comments:
            if remark.event == event and remark.text:
                remark.text = ""
                yield f"task {number}"
