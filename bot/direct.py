"""Direct messages: which project somebody means who writes to the bot alone (DESIGN 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.heard import Heard, Reacted, Redacted, Said, Voted
from bot.ports import Store

_ABOUT_A_PROJECT = (Said, Reacted, Redacted, Voted)
"""Who comes, goes or names a direct room does nothing to a project."""


@dataclass(frozen=True)
class Destination:
    """Where something heard belongs."""

    room: str
    heard: Heard
    shared: dict[str, str] | None = None
    """Room -> title of the projects that it may be about, if that is not clear."""


async def destination(store: Store, heard: Heard) -> Destination:
    """Return the room whose document *heard* belongs to."""
    if not heard.direct or not isinstance(heard, _ABOUT_A_PROJECT):
        return Destination(heard.room, heard)
    if await _is_project(store, heard.room):
        return Destination(heard.room, replace(heard, direct=False))
    rooms = sorted(one for one in await store.rooms_of(heard.sender) if one != heard.room)
    if len(rooms) == 1:
        return Destination(rooms[0], heard)
    titles = {}
    event = _subject(heard)
    for room in rooms:
        async with store.hold(room) as held:
            if held.room is None:
                continue
            if event in held.room.anchors or any(one.event == event for one in held.room.changes):
                return Destination(room, heard)
            titles[room] = held.room.project.called
    return Destination(heard.room, heard, titles)


async def _is_project(store: Store, room: str) -> bool:
    """Tell whether *room* is a project's own, though only one other person is left in it."""
    async with store.hold(room) as held:
        return held.room is not None and "welcome" in held.room.places


def _subject(heard: Heard) -> str | None:
    """Return the message that *heard* is about, if any."""
    if isinstance(heard, Said):
        return heard.edits or heard.reply_to
    if isinstance(heard, Reacted | Voted):
        return heard.to
    return heard.redacts if isinstance(heard, Redacted) else None
