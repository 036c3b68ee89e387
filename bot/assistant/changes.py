"""Changes: what a command touched, field by field, and how to take it back (DESIGN 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from bot.model.documents import LETTERS, Change, RoomDocument
from bot.model.project import Project

WINDOW = timedelta(minutes=10)
KEPT = 300
"""How many events stay known after their window: a late edit is no new line."""
STEP = "\t"
"""Between the keys of a path: no Matrix id holds one."""
_ABSENT = None
_OWN_AFFAIR = {"counters", "reminded_until", "reuse", "room", "created", "urns"}
"""Fields that no undo touches: they keep count, they are not what people said."""
_FROM_OUTSIDE = {"name", "power", "present", "user"}
"""Fields of a member that the room's own state decides."""
_NOT_SHOWN = {"votes", "taps", "nudged", "milestone"}
"""Fields of a poll that its card does not show."""

Field = tuple[str, Any, Any]


def snapshot(project: Project) -> dict[str, Any]:
    """Return *project* as plain JSON values."""
    plain: dict[str, Any] = msgspec.to_builtins(project, str_keys=True)
    return plain


def restored(plain: dict[str, Any]) -> Project:
    """Return the project that `snapshot` made *plain* of."""
    return msgspec.convert(plain, Project, strict=False)


def differences(before: Any, after: Any, path: str = "") -> Iterator[Field]:
    """Yield (path, before, after) for every leaf that differs; what is new or gone counts whole."""
    if before == after:
        return
    if not (isinstance(before, dict) and isinstance(after, dict)):
        yield path, before, after
        return
    for key in dict.fromkeys([*before, *after]):
        below = f"{path}{STEP}{key}" if path else str(key)
        if not _ours(below):
            continue
        yield from differences(before.get(key, _ABSENT), after.get(key, _ABSENT), below)


def _ours(path: str) -> bool:
    first, *rest = path.split(STEP)
    if first == "members" and len(rest) == 2:  # noqa: PLR2004 - members/@user/field
        return rest[1] not in _FROM_OUTSIDE
    return first not in _OWN_AFFAIR


@dataclass(frozen=True)
class Clash:
    """A field that somebody changed since: the change cannot be taken back."""

    path: str


def take_back(project: Project, change: Change) -> Project | Clash:
    """Return *project* without *change*, or the first field that is not as the change left it."""
    plain = snapshot(project)
    for path, _before, after in change.fields:
        if _look(plain, path) != after:
            return Clash(path)
    for path, before, _after in change.fields:
        _put(plain, path, before)
    return restored(plain)


def _look(plain: dict[str, Any], path: str) -> Any:
    found: Any = plain
    for key in path.split(STEP):
        if not isinstance(found, dict):
            return _ABSENT
        found = found.get(key, _ABSENT)
    return found


def _put(plain: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(STEP)
    place: Any = plain
    for key in above:
        place = place.setdefault(key, {})
    if value is _ABSENT and above:
        place.pop(last, None)
    else:
        place[last] = value


def numbers_of(document: RoomDocument, event: str) -> dict[str, list[int]]:
    """Return the numbers that the message *event* gave out and that are free again, by kind.

    An edited command keeps them, however often it is edited.
    """
    project = document.project
    taken: dict[str, set[int]] = {kind: set(getattr(project, f"{kind}s")) for kind in LETTERS}
    numbers: dict[str, list[int]] = {}
    for change in document.changes:
        if change.event != event or not change.undone:
            continue
        for path, before, after in change.fields:
            kind, _slash, number = path.partition(STEP)
            name = kind.removesuffix("s")
            if before is not None or not isinstance(after, dict) or not number.isdecimal():
                continue
            if name in taken and int(number) not in taken[name]:
                numbers.setdefault(name, []).append(int(number))
    return {name: sorted(set(found)) for name, found in numbers.items()}


def touched(fields: list[Field]) -> list[str]:
    """Return what *fields* belong to, as targets: "task 14", "milestone 2", "poll 3"."""
    found = []
    for path, _before, _after in fields:
        kind, number, part = (*path.split(STEP), "", "")[:3]
        if kind.removesuffix("s") in LETTERS and number and part not in _NOT_SHOWN:
            found.append(f"{kind.removesuffix('s')} {number}")
    return list(dict.fromkeys(found))


def find(document: RoomDocument, event: str) -> Change | None:
    """Return the change that the message *event* caused, or None if it never was a command."""
    return next((one for one in reversed(document.changes) if one.event == event), None)


def is_source(project: Project, event: str) -> bool:
    """Tell whether the message *event* is where something in the project comes from."""
    tasks = project.tasks.values()
    things = [one for kind in LETTERS for one in getattr(project, f"{kind}s").values()]
    remarks = (one for task in tasks for one in task.comments)
    return any(getattr(one, "event", None) == event for one in (*things, *remarks))


def is_fresh(change: Change, now: datetime) -> bool:
    """Tell whether *change* can still be taken back."""
    return not change.undone and now - change.at <= WINDOW


def last_of(
    document: RoomDocument, user: str, now: datetime, target: str | None = None
) -> Change | None:
    """Return the newest change that can be taken back: by *user*, or about *target*."""
    for change in reversed(document.changes):
        if not is_fresh(change, now) or not change.fields:
            continue
        if target is None and change.by == user:
            return change
        if target is not None and target in {change.answer, *touched(change.fields)}:
            return change
    return None


def expire(document: RoomDocument, now: datetime) -> None:
    """Drop what can no longer be taken back; keep the newest event ids."""
    for change in document.changes:
        if now - change.at > WINDOW:
            change.fields = []
    del document.changes[:-KEPT]
    yesterday = f"{(now - timedelta(days=1)).date()}"
    for key, value in list(document.extra.items()):
        day = value.get("day", "") if isinstance(value, dict) else value
        if key.startswith(("rung ", "undecryptable ")) and day < yesterday:
            del document.extra[key]
