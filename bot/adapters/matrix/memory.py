"""Owns what the door must not forget between two batches: sync.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.adapters.matrix import files
from bot.adapters.matrix.plain import identifier, mapping, sequence, whole

WAITING_LIMIT = 200


@dataclass
class Waiting:
    """An encrypted event whose key has not come yet; stored as ciphertext."""

    room: str
    event: Mapping[str, Any]
    since: float
    """Seconds of the epoch."""
    told: bool = False
    """Was it heard as Undecryptable?"""

    @property
    def session(self) -> tuple[str, object]:
        """Return what its key will be announced as."""
        return self.room, mapping(self.event.get("content")).get("session_id")


@dataclass
class Memory:
    """The newest batch whose effects are durable, and what was left open by it."""

    path: Path
    token: str | None = None
    number: int = 0
    direct: set[str] = field(default_factory=set)
    """Rooms to which we were invited as direct ones."""
    waiting: list[Waiting] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path) -> Memory:
        """Read *path*; an empty memory if there is none. Raises ValueError if it is damaged."""
        content = files.read(path)
        token = content.get("next_batch")
        waiting = [
            Waiting(str(w["room"]), w["event"], float(w["since"]), told=w.get("told") is True)
            for w in map(mapping, sequence(content.get("waiting")))
            if {"room", "event", "since"} <= w.keys()
        ]
        direct = {room for room in sequence(content.get("direct")) if identifier(room, "!")}
        number = whole(content.get("number")) or 0
        return cls(path, token if isinstance(token, str) else None, number, direct, waiting)

    def wait(self, waiting: Waiting) -> None:
        """Keep *waiting*, once; the oldest make room."""
        if all(w.event.get("event_id") != waiting.event.get("event_id") for w in self.waiting):
            self.waiting.append(waiting)
            del self.waiting[:-WAITING_LIMIT]

    def save(self, number: int) -> None:
        """Write to disk; once this returns it is durable, and *number* the newest batch."""
        waiting = [
            {"room": w.room, "event": w.event, "since": w.since, "told": w.told}
            for w in self.waiting
        ]
        content = {
            "next_batch": self.token,
            "number": number,
            "direct": sorted(self.direct),
            "waiting": waiting,
        }
        files.write(self.path, content)
        self.number = number
