"""Owns what the door must not forget between two batches: sync.json."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from bot.adapters.matrix import files
from bot.adapters.matrix.ledger import Batch
from bot.adapters.matrix.plain import identifier, mapping, sequence, whole

WAITING_LIMIT = 200
_JOINING_LIMIT = 1000
_ONE_SENDERS_LIMIT = 40
_CHARACTERS_LIMIT = 2_000_000
"""Of all ciphertexts that wait together."""
_KEPT = ("type", "event_id", "sender", "origin_server_ts")
_KEPT_INSIDE = ("algorithm", "session_id", "ciphertext", "m.relates_to")


@dataclass
class Waiting:
    """An encrypted event whose key has not come yet; stored as ciphertext."""

    room: str
    event: Mapping[str, Any]
    since: float
    """Seconds of the epoch."""
    told: bool = False
    """Was it heard as Undecryptable?"""
    opened: int | None = None
    """The batch with which it was read; kept until that is dealt with."""

    @cached_property
    def size(self) -> int:
        """Return how many characters it takes on disk, about."""
        return len(json.dumps(self.event, ensure_ascii=False))

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
    at: int = 0
    """When the newest batch came, in milliseconds of the epoch."""
    direct: set[str] = field(default_factory=set)
    """Rooms to which we were invited as direct ones."""
    joining: set[str] = field(default_factory=set)
    """Rooms that we are on our way into."""
    waiting: list[Waiting] = field(default_factory=list)
    _writing: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)
    """A write goes on in its thread though whoever asked for it was cancelled."""

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
        direct, joining = (
            {room for room in sequence(content.get(name)) if identifier(room, "!")}
            for name in ("direct", "joining")
        )
        number, at = (whole(content.get(name)) or 0 for name in ("number", "at"))
        token = token if isinstance(token, str) else None
        return cls(path, token, number, at, direct, joining, waiting)

    def wait(self, waiting: Waiting) -> None:
        """Keep *waiting*, once; the oldest of the same sender, or the largest, make room for it."""
        event = {name: waiting.event[name] for name in _KEPT if name in waiting.event}
        inside = mapping(waiting.event.get("content"))
        event["content"] = {name: inside[name] for name in _KEPT_INSIDE if name in inside}
        if any(w.event.get("event_id") == event.get("event_id") for w in self.waiting):
            return
        self.waiting.append(replace(waiting, event=event))
        theirs = [w for w in self.waiting if w.event.get("sender") == event.get("sender")]
        if len(theirs) > _ONE_SENDERS_LIMIT:
            self.waiting.remove(theirs[0])
        del self.waiting[:-WAITING_LIMIT]
        while sum(one.size for one in self.waiting) > _CHARACTERS_LIMIT:
            largest = max(self.waiting, key=lambda one: one.size)
            self.waiting.remove(largest)

    def join(self, room: str) -> None:
        """Keep in mind that we want to be in *room*, over the end of the program."""
        if len(self.joining) < _JOINING_LIMIT:
            self.joining.add(room)

    def drop_opened(self, number: int) -> bool:
        """Forget what was read with the batch *number* or before; tell whether there was any."""
        before = len(self.waiting)
        self.waiting[:] = [w for w in self.waiting if w.opened is None or w.opened > number]
        return len(self.waiting) != before

    async def save(self, batch: Batch) -> None:
        """Write to disk; once this returns it is durable, and *batch* the newest one.

        Raises OSError, and then nothing is changed.
        """
        waiting = [
            {"room": w.room, "event": w.event, "since": w.since, "told": w.told}
            for w in self.waiting
        ]
        at = int(batch.at.timestamp() * 1000)
        content = {
            "next_batch": batch.token,
            "number": batch.number,
            "at": at,
            "direct": sorted(self.direct),
            "joining": sorted(self.joining),
            "waiting": waiting,
        }
        await asyncio.to_thread(self._write, content)
        self.token, self.number, self.at = batch.token, batch.number, at

    def _write(self, content: dict[str, Any]) -> None:
        with self._writing:
            files.write(self.path, content)
