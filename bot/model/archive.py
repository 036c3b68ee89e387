"""The archive: a project as one readable, versioned structure that names nobody's Matrix id.

School servers are made anew every year and messengers are switched off overnight (reference
charter.md 0.10): what a partnership has agreed on must fit into a file. People stand in it by name
and a key of this file alone ("p1"); secret votes, undo records and whatever waits to be sent stay
out. `bot.model.unpacking` reads it back.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from bot.model import tally
from bot.model.charter import Charter, Rule, Signature
from bot.model.people import FORMER, Partner, Role
from bot.model.polls import Ballot, Poll
from bot.model.project import Project
from bot.model.publication import Publication, Publisher
from bot.model.reminders import Reminder
from bot.model.retention import last_ring
from bot.model.tasks import Comment, Milestone, Task
from bot.model.unlinked import is_unlinked

FORMAT = 1
"""Of the structure; a change that older versions cannot read makes it 2."""
GONE = "former"
"""The key of whoever asked to be forgotten."""
ONE, SEVERAL = frozenset({"author", "by"}), frozenset({"assignees", "people"})
"""Fields in which one person stands, or a list of them."""
KEPT: dict[type, tuple[str, ...]] = {
    Project: (
        "title", "ready", "languages", "zone", "deadline", "leads", "quiet", "digest",
        "retention_days",
    ),
    Partner: ("code", "name", "country", "zone", "languages", "size", "quiet", "holidays"),
    Task: (
        "number", "title", "titles", "state", "due", "partners", "assignees", "shared", "ticks",
        "finished", "tags", "leads", "author", "created", "comments",
    ),
    Comment: ("by", "text", "at"),
    Milestone: ("number", "title", "due", "leads", "author", "created"),
    Reminder: (
        "number", "text", "audience", "first", "every", "about", "snoozed", "paused", "author",
        "created",
    ),
    Poll: ("number", "question", "ballot", "options", "until", "closed", "milestone", "created"),
    Publication: ("number", "title", "due", "points", "signed", "published", "author", "created"),
    Publisher: ("who", "project", "responsible", "host", "contact", "credits", "confirmed"),
    Charter: ("mode", "cooldown_days", "rules", "signatures"),
    Rule: ("what", "allowed", "reason", "decided_by", "reference", "until", "made"),
    Signature: ("school", "country", "version", "day", "language", "role", "digests"),
}  # fmt: skip
"""Dataclass -> the fields of it that an archive holds, in the order of reading. Nothing else goes
into one, and nothing else is taken from one."""
THINGS: dict[str, type] = {
    "tasks": Task, "milestones": Milestone, "reminders": Reminder, "polls": Poll,
    "publications": Publication,
}  # fmt: skip
"""Part of an archive -> what the numbered things in it are."""


def archive(project: Project, now: datetime, by: Role) -> dict[str, Any]:
    """Return *project* as plain values, made at *now* (aware) by somebody with the role *by*.

    Left out: what was deleted or stopped, reminders that have rung for the last time, and those
    that somebody asked for in private.
    """
    keys = Keys(project)
    parts = {}
    for part in THINGS:
        standing = [one for one in getattr(project, part).values() if _stands(project, one, now)]
        parts[part] = [keys.hide(_thing(project, one)) for one in standing]
    charter = keys.hide(_charter(project.charter))
    return {
        "comenius": {
            "format": FORMAT,
            "made": now.isoformat(timespec="seconds"),
            "by": by.name.lower(),
        },
        "project": kept(project),
        "classes": [kept(one) for one in project.partners.values()],
        "people": keys.people(),
        **parts,
        "publisher": kept(project.publisher),
        "charter": charter,
        "counters": dict(project.counters),
    }


def kept(thing: Any) -> dict[str, Any]:
    """Return those fields of *thing* that an archive holds, as plain values."""
    values = {name: getattr(thing, name) for name in KEPT[type(thing)]}
    return {name: msgspec.to_builtins(one, str_keys=True) for name, one in values.items()}


def _stands(project: Project, thing: Any, now: datetime) -> bool:
    """Tell whether *thing* is there for the room; a reminder that has rung is no more."""
    if isinstance(thing, Reminder):
        rung = last_ring(project, thing)
        over = thing.stopped is not None or (rung is not None and rung < now)
        return not over and thing.room is None
    return thing.deleted is None


def _thing(project: Project, thing: Any) -> dict[str, Any]:
    plain = kept(thing)
    if isinstance(thing, Task):
        plain["comments"] = [kept(one) for one in thing.comments if one.text]
    if isinstance(thing, Poll):
        plain |= _votes(project, thing)
    return plain


def _charter(charter: Charter) -> dict[str, Any]:
    rules = [kept(one) for one in charter.rules]
    signatures = {code: kept(one) for code, one in charter.signatures.items()}
    return kept(charter) | {"rules": rules, "signatures": signatures}


def _votes(project: Project, poll: Poll) -> dict[str, Any]:
    """Return what came out of a closed poll; of an open one how many of each class have voted.

    Nothing of a secret ballot: its totals are shown once, when it closes.
    """
    if poll.ballot is Ballot.SECRET:
        return {}
    if poll.open:
        turnout = tally.turnout(project, poll)
        return {"voted_by_class": {one.partner: one.voted for one in turnout}}
    return {"result": tally.counts(poll)}


def ids_of(project: Project, but: str = "") -> re.Pattern[str]:
    """Return what finds the Matrix ids of the people of *project* (but of one) in a text."""
    ids = sorted(project.members.keys() - {but}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, ids)) or "(?!)")


def without_ids(project: Project, text: str, ids: re.Pattern[str]) -> str:
    """Return *text* with names where it holds *ids*, as of somebody who was mentioned."""
    return ids.sub(lambda found: called(project, found[0]), text)


def called(project: Project, user: str) -> str:
    """Return what *user* is called, without an id that stands in the name."""
    return re.sub(r"@(\S+?):\S+", r"\1", project.name_of(user))


class Keys:
    """Who stands behind which key of one archive."""

    def __init__(self, project: Project) -> None:
        """Give a key to who is in the room or waited for; others get theirs where they are met."""
        self._project = project
        self._keys = {FORMER: GONE}
        for member in project.members.values():
            if member.present or is_unlinked(member):
                self._key(member.user)
        self._ids = ids_of(project)

    def _key(self, user: str) -> str:
        return self._keys.setdefault(user, f"p{len(self._keys)}")

    def hide(self, value: Any) -> Any:
        """Return the plain *value* with keys instead of people, and names instead of their ids."""
        if isinstance(value, str):
            return without_ids(self._project, value, self._ids)
        return renamed(value, self._key, self.hide)

    def people(self) -> list[dict[str, str | None]]:
        """Return everybody who has a key."""
        known = [(user, key) for user, key in self._keys.items() if user != FORMER]
        partners = {user: self._project.partner_of(user) for user, _key in known}
        return [
            {
                "key": key,
                "name": called(self._project, user),
                "partner": one.code if (one := partners[user]) else None,
            }
            for user, key in known
        ]


def renamed(value: Any, rename: Callable[[str], str], rest: Callable[[Any], Any]) -> Any:
    """Return the plain *value* with people renamed; *rest* is applied to what lies deeper.

    Who is renamed to "" is left out of lists.
    """
    if isinstance(value, list):
        return [rest(one) for one in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, one in value.items():
        if name in ONE and isinstance(one, str):
            found[name] = rename(one)
        elif name in SEVERAL and isinstance(one, list):
            users = [rename(user) if isinstance(user, str) else user for user in one]
            found[name] = [user for user in users if user != ""]
        else:
            found[name] = rest(one)
    return found
