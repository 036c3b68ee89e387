"""Sifting: what stands in a file from strangers becomes plain values that are safe to look at.

What is too big, too much or too deep is refused with the place; what nobody knows is left out,
every text is cut and loses its unseen signs, and people are only whom the file itself names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Any

import msgspec

from bot.model.archive import FORMAT, GONE, KEPT, THINGS, renamed
from bot.model.charter import Charter, Rule, Signature
from bot.model.people import FORMER, Partner
from bot.model.project import Project
from bot.model.publication import Publisher
from bot.model.tasks import Comment, Task
from bot.model.unlinked import user_of

MOST_BYTES = 1_000_000
DEEPEST = 8
MOST = {
    "tasks": 2000, "milestones": 500, "reminders": 200, "polls": 1000, "publications": 500,
    "people": 2000, "classes": 30, "rules": 300, "comments": 500,
    "holidays": 60,
}  # fmt: skip
FEW = 100
"""Of everything else."""
LONGEST = {
    "title": 140, "titles": 140, "name": 80, "school": 120, "tags": 30, "what": 200, "zone": 60,
    "country": 2, "role": 40, "version": 60, "language": 10,
}  # fmt: skip
LONGEST_TEXT = 1000
LONGEST_NAME = 40
"""Of a name within a list of named things."""
KEY = re.compile(r"p\d{1,4}")
"""How people are called in an archive."""
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\ue000\ue001\ufeff]+")


class Trouble(StrEnum):
    """Why a file is not taken up."""

    TOO_BIG = "too big"
    NOT_OURS = "not ours"
    TOO_NEW = "too new"
    TOO_MUCH = "too much"
    WRONG = "wrong"


class Unreadable(ValueError):
    """The file is not taken up."""

    def __init__(self, trouble: Trouble, place: str = "") -> None:
        """`place` says where, as in "tasks[3].due"; it holds nothing of the content."""
        super().__init__(f"{trouble.value}: {place}" if place else trouble.value)
        self.trouble = trouble
        self.place = place


def sift(content: bytes, parts: tuple[str, ...]) -> dict[str, Any]:
    """Return those *parts* of the archive in *content* that are there. Raises Unreadable only."""
    plain = _decoded(content)
    keys = _keys(plain.get("people"))
    found = {}
    for part in parts:
        if plain.get(part) is not None:
            cleaned = _clean(plain[part], part, part, 0)
            found[part] = _people(_only_known(part, cleaned), partial(_user, keys=keys))
    return found


def _decoded(content: bytes) -> dict[str, Any]:
    if len(content) > MOST_BYTES:
        raise Unreadable(Trouble.TOO_BIG)
    try:
        plain = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        raise Unreadable(Trouble.NOT_OURS) from None
    head = plain.get("comenius") if isinstance(plain, dict) else None
    version = head.get("format") if isinstance(head, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise Unreadable(Trouble.NOT_OURS)
    if version > FORMAT:
        raise Unreadable(Trouble.TOO_NEW)
    return dict(plain)


def _clean(value: Any, name: str, place: str, depth: int) -> Any:
    """Return *value*, called *name*, with every text cut; refuse what is too much."""
    if depth > DEEPEST:
        raise Unreadable(Trouble.TOO_MUCH, place)
    if isinstance(value, list | dict) and len(value) > MOST.get(name, FEW):
        raise Unreadable(Trouble.TOO_MUCH, place)
    if isinstance(value, str):
        return _short(value, LONGEST.get(name, LONGEST_TEXT))
    if isinstance(value, list):
        return [_clean(one, name, f"{place}[{n}]", depth + 1) for n, one in enumerate(value)]
    if not isinstance(value, dict):
        return value
    found = {}
    for key, one in value.items():
        below = name if name in LONGEST else key
        found[_short(key, LONGEST_NAME)] = _clean(one, below, f"{place}.{_step(key)}", depth + 1)
    return found


def _step(key: str) -> str:
    """Return *key* as it may stand in a place: a name of ours, never words of the file."""
    return key if re.fullmatch("[a-z_]{1,20}", key) else "…"


def _short(text: str, most: int) -> str:
    flat = " ".join(_UNSEEN.sub(" ", text).split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


def _only_known(part: str, value: Any) -> Any:
    """Return the plain *value* of a part with those fields only that an archive holds."""
    match part:
        case "project":
            return _fields(value, Project)
        case "classes":
            return _each(value, Partner)
        case "publisher":
            return _fields(value, Publisher)
        case "charter":
            return _known_charter(_fields(value, Charter))
        case "tasks":
            return _known_remarks(_each(value, Task))
    return _each(value, THINGS[part]) if part in THINGS else value


def _fields(value: Any, kind: type) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: value[name] for name in KEPT[kind] if value.get(name) is not None}


def _each(value: Any, kind: type) -> Any:
    return [_fields(one, kind) for one in value] if isinstance(value, list) else value


def _known_remarks(tasks: Any) -> Any:
    for task in tasks if isinstance(tasks, list) else ():
        if isinstance(task, dict) and "comments" in task:
            task["comments"] = _each(task["comments"], Comment)
    return tasks


def _known_charter(charter: Any) -> Any:
    if not isinstance(charter, dict):
        return charter
    found = dict(charter)
    if "rules" in found:
        found["rules"] = _each(found["rules"], Rule)
    if isinstance(found.get("signatures"), dict):
        signatures = found["signatures"].items()
        found["signatures"] = {code: _fields(one, Signature) for code, one in signatures}
    return found


def _keys(people: Any) -> frozenset[str]:
    """Return the keys of the people whom the file knows."""
    listed = people if isinstance(people, list) else []
    keys = (one.get("key") for one in listed if isinstance(one, dict))
    return frozenset(key for key in keys if isinstance(key, str) and KEY.fullmatch(key))


def _user(key: str, *, keys: frozenset[str]) -> str:
    """Return whom *key* stands for; "" for somebody whom the file does not know."""
    if key in keys:
        return user_of(key)
    return FORMER if key == GONE else ""


def _people(value: Any, rename: Callable[[str], str]) -> Any:
    return renamed(value, rename, partial(_people, rename=rename))
