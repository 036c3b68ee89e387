"""A door made of lines: what the bot does is handed to a function, one event at a time."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.heard import Posted
from bot.model.documents import Entry, Kind
from bot.ports import Clock

BOT = "@comenius:example.org"
ROOM = "!room:example.org"


@dataclass(frozen=True)
class Event:
    """What the bot did, with its event id."""

    event: str
    room: str
    entry: Entry
    at: datetime


@dataclass
class LineDoor:
    """Delivers to *show*. The event id follows from the entry's, so a repeated one is the same."""

    show: Callable[[Event], None]
    clock: Clock
    user: str = BOT
    covered: int = 0
    heard_until: datetime | None = None
    powers: dict[tuple[str, str], int] = field(default_factory=dict)
    sealed: set[str] = field(default_factory=set)
    """Rooms that are encrypted."""

    async def deliver(self, room: str, entry: Entry) -> str | None:
        """Show *entry*."""
        if entry.kind in _RELATED and not entry.relates_to:
            return None
        event = f"${entry.id}"
        self.show(Event(event, room, entry, self.clock()))
        return event

    async def fetch(self, _room: str, posted: Posted) -> bytes:
        """Return what is in the file: here its handle is its content."""
        return b64decode(posted.handle)

    def power(self, room: str, user: str) -> int | None:
        """Return the power level that was declared, if it was."""
        return self.powers.get((room, user))

    def encrypted(self, room: str) -> bool:
        """Return whether *room* was declared to be encrypted."""
        return room in self.sealed


_RELATED = {Kind.EDIT, Kind.REACTION, Kind.REDACTION, Kind.PIN, Kind.POLL_END}
