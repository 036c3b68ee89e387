"""Newcomers: who joins later is greeted once, together with the others, in one line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.assistant.reach import Scene
from bot.assistant.speaking import Answering, Speaker, room_reader
from bot.language.message import Joined, Typed, _, say
from bot.language.render import Text, render, stack
from bot.model.documents import Offer, RoomDocument
from bot.model.project import Project
from commands.partners import class_choices, label
from commands.people import IAM

NOTE = "newcomers"
QUIET = timedelta(minutes=5)
"""The greeting waits until nobody has come for so long."""
PATIENCE = timedelta(minutes=30)
"""The first who came waits no longer."""
STANDS = timedelta(days=30)


def came(scene: Scene) -> None:
    """Take note that somebody joined who was never here before.

    Called before they become a member: whoever is one, or ever was, is no newcomer.
    """
    heard, document = scene.heard, scene.document
    project = document.project
    if heard.direct or heard.sender in project.members or not (project.ready and project.partners):
        return
    if not heard.event:
        return  # nobody came: a door only makes somebody known
    if _placed_by_server(project, heard.sender):
        return
    now = scene.now.isoformat()
    note: dict[str, Any] = document.extra.setdefault(NOTE, {"since": now, "users": []})
    note["last"] = now
    note["users"].append(heard.sender)
    scene.reach.changed = True


def _placed_by_server(project: Project, user: str) -> bool:
    """Tell whether the homeserver of *user* is that of one class alone."""
    server = user.partition(":")[2]
    return sum(one.server == server for one in project.partners.values()) == 1


def next_moment(document: RoomDocument, now: datetime) -> datetime | None:
    """Return when those who came are greeted."""
    del now
    note = document.extra.get(NOTE)
    if note is None:
        return None
    since, last = (datetime.fromisoformat(note[name]) for name in ("since", "last"))
    return min(last + QUIET, since + PATIENCE)


def run(document: RoomDocument, now: datetime) -> None:
    """Greet those who came, all at once, if somebody of them is still without a class."""
    due = next_moment(document, now)
    if due is None or due > now:
        return
    note = document.extra.pop(NOTE)
    project = document.project
    waiting = [
        user
        for user in note["users"]
        if (member := project.members.get(user)) and member.present and not member.partner
    ]
    if waiting and project.partners:
        _greet(document, now, f"newcomers {note['since']}")


def _greet(document: RoomDocument, now: datetime, target: str) -> None:
    """Ask everybody who is new, without a name, to tap their class."""
    project = document.project
    choices = class_choices(project)
    how = Typed(IAM, {"partner": choices[0][1].code})
    reader = room_reader(document, now)
    asked = stack(say(_("New here? Tap your class, or write {how}."), how=how), reader)
    shown = render(Joined(tuple(f"{letter} {label(one)}" for letter, one in choices)), reader)
    text = Text(f"{asked.body}\n{shown.body}", f"{asked.html}<br>{shown.html}")
    speaker = Speaker(document, now)
    speaker.message(text, target, Answering())
    lines = {letter: f"iam {one.code}" for letter, one in choices}
    document.offers.append(Offer(target, now + STANDS, [], lines, stays=True))
    speaker.seed(tuple(lines), target)
