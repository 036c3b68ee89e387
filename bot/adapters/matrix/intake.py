"""Turns one sync answer into what was heard, room by room, and keeps the rooms' real state."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.adapters.matrix.backfill import entered
from bot.adapters.matrix.crypto import Crypto, NoKey, Unreadable
from bot.adapters.matrix.guard import guarded
from bot.adapters.matrix.ledger import Batch
from bot.adapters.matrix.memory import Memory, Waiting
from bot.adapters.matrix.plain import identifier, mapping, sequence, whole
from bot.adapters.matrix.reading import Reader
from bot.adapters.matrix.rooms import SPACE, Room
from bot.adapters.matrix.upgrades import Upgrades
from bot.heard import Heard, Left, Undecryptable

_log = logging.getLogger(__name__)
GRACE_SECONDS = 10.0
"""How long a key may be later than its message before we say so."""
KEEP_SECONDS = 24 * 3600.0
"""How long we keep trying after that."""
_IN_CLEAR = {"m.reaction", "m.room.redaction"}
"""What clients send in clear in encrypted rooms, too (spec 11.23, 11.8); nothing else is read."""


class Intake:
    """Knows the rooms we are in; reads events."""

    def __init__(self, me: str, crypto: Crypto, memory: Memory) -> None:
        """Read as *me*, decrypt by *crypto*, note in *memory* what could not be decrypted."""
        self._me = me
        self._crypto = crypto
        self._memory = memory
        self.rooms: dict[str, Room] = {}
        self.upgrades = Upgrades(self.rooms, me, memory.direct)
        self.ignore_before = 0
        """Of a fresh login: what was sent before it (ms) is not for us."""

    def settle(self, identity: str, joined: Mapping[str, Any]) -> bool:
        """Apply the state before the timeline. Return whether *identity* was closed already.

        Closed: messages in clear are ignored from the first event of the batch on.
        """
        room = self.rooms.setdefault(identity, Room(identity))
        closed = identity in self._crypto.encrypted
        for event in sequence(mapping(joined.get("state")).get("events")):
            guarded("a state event", self._apply, room, mapping(event))
        guarded("an upgrade", self.upgrades.settle, room, joined)
        self._readers(room)
        return closed

    def walk(
        self,
        identity: str,
        older: list[Mapping[str, Any]],
        joined: Mapping[str, Any],
        *,
        closed: bool,
        batch: Batch,
    ) -> list[Heard]:
        """Read the events *older* (from a gap) and those of the timeline, in order.

        A space is a folder: what is said in it is not for us.
        """
        room = self.rooms[identity]
        timeline = [mapping(e) for e in sequence(mapping(joined.get("timeline")).get("events"))]
        events = [(event, False) for event in older] + [(event, True) for event in timeline]
        starts = [i for i, (event, _) in enumerate(events) if entered(event, self._me)]
        begin = starts[-1] if starts else 0
        if not any(_is_encryption(event) for event, _ in events):
            closed = closed or room.encrypted
        heard: list[Heard] = []
        for index, (event, live) in enumerate(events):
            if live and "state_key" in event:
                # state in a gap is older than what `state` brought, so it is read but not applied
                guarded("a state event", self._apply, room, event)
            closed = closed or _is_encryption(event)
            if index >= begin and (whole(event.get("origin_server_ts")) or 0) >= self.ignore_before:
                reader = self._reader(room, batch)
                found = guarded("an event", self._read, reader, event, closed)
                heard += found or ()
        self._readers(room)
        if room.kind == SPACE:
            return []
        return [*heard, *self.upgrades.news(room, batch)]

    @property
    def untold(self) -> bool:
        """Tell whether a message waits for its key of which nobody was told yet."""
        return any(w.opened is None and not w.told for w in self._memory.waiting)

    def late(
        self, keys: set[tuple[str, str]] | None, batch: Batch, at: datetime
    ) -> dict[str, list[Heard]]:
        """Read *at* this moment what was waiting for one of *keys* (None: for any), by room.

        What waited too long is heard as Undecryptable. All of it stays in memory until the
        *batch* is dealt with.
        """
        heard: dict[str, list[Heard]] = {}
        now = at.timestamp()
        keys = None if keys is None else keys | self._crypto.judged()
        fresh = [w for w in self._memory.waiting if now - w.since <= KEEP_SECONDS]
        self._memory.waiting[:] = [w for w in fresh if w.room in self.rooms]
        for waiting in self._memory.waiting:
            reader = self._reader(self.rooms[waiting.room], batch)
            queue = heard.setdefault(waiting.room, [])
            if waiting.opened is None and (keys is None or waiting.session in keys):
                queue += guarded("a message", self._open_late, reader, waiting) or ()
            if waiting.opened is None and not waiting.told and now - waiting.since >= GRACE_SECONDS:
                waiting.told = True
                queue += guarded("a message", self._undecryptable, reader, waiting.event) or ()
        return {room: queue for room, queue in heard.items() if queue}

    def _open_late(self, reader: Reader, waiting: Waiting) -> list[Heard]:
        """Read *waiting* if its key is there now."""
        try:
            opened = self._crypto.open(reader.room.id, waiting.event)
        except NoKey:
            return []
        except Unreadable:
            waiting.opened = reader.position
            return [] if waiting.told else self._undecryptable(reader, waiting.event)
        waiting.opened = reader.position
        found = reader.message(waiting.event, opened)
        return [found] if found else []

    def gone(self, identity: str, left: Mapping[str, Any], batch: Batch) -> list[Heard]:
        """Read that we are not in the room *identity* any more."""
        room = self.rooms.pop(identity, None)
        self._crypto.left(identity)
        self.upgrades.gone(identity)
        self._memory.direct.discard(identity)
        self._memory.joining.discard(identity)
        parts = (mapping(left.get(part)).get("events") for part in ("state", "timeline"))
        events = [mapping(event) for part in parts for event in sequence(part)]
        for event in reversed(events):
            if event.get("type") != "m.room.member" or event.get("state_key") != self._me:
                continue
            before = mapping(mapping(event.get("unsigned")).get("prev_content"))
            if room is None and before.get("membership") != "join":
                return []  # an invitation that we did not follow
            if room is not None and room.kind == SPACE:
                return []
            about = self._reader(room or Room(identity), batch).about(event)
            return [Left(**about, user=self._me)] if about else []
        if room is None:
            return []
        event_id = f"$left/{identity}/{batch.number}"
        return [Left(identity, event_id, self._me, batch.at, user=self._me)]

    def _reader(self, room: Room, batch: Batch) -> Reader:
        flagged = room.id in self._memory.direct
        return Reader(room, self._me, batch.at, batch.number, flagged)

    def _readers(self, room: Room) -> None:
        if room.encrypted:
            self._crypto.readers(room.id, (*room.members, *room.invited))

    def _read(self, reader: Reader, event: Mapping[str, Any], closed: bool) -> list[Heard]:
        if "state_key" in event:
            return reader.state(event)
        if event.get("type") == "m.room.encrypted":
            return [] if event.get("sender") == self._me else self._open(reader, event)
        if closed and event.get("type") not in _IN_CLEAR:
            return []  # anybody on the way could have made it: a message, a vote, the end of a poll
        heard = reader.message(event, None)
        return [heard] if heard else []

    def _open(self, reader: Reader, event: Mapping[str, Any]) -> list[Heard]:
        if identifier(event.get("event_id"), "$") is None:
            return []
        try:
            opened = self._crypto.open(reader.room.id, event)
        except NoKey:
            since = reader.now.timestamp()
            self._memory.wait(Waiting(reader.room.id, dict(event), since))
            return []
        except Unreadable:
            _log.info("an encrypted message cannot be read by anybody")
            return self._undecryptable(reader, event)
        heard = reader.message(event, opened)
        return [heard] if heard else []

    def _undecryptable(self, reader: Reader, event: Mapping[str, Any]) -> list[Heard]:
        about = reader.about(event)
        why = self._crypto.why(reader.room.id, event)
        return [Undecryptable(**about, why=why)] if about else []

    def _apply(self, room: Room, event: Mapping[str, Any]) -> None:
        room.apply(event)
        if _is_encryption(event):
            self._crypto.rotate(room.id, mapping(event.get("content")))


def _is_encryption(event: Mapping[str, Any]) -> bool:
    return event.get("type") == "m.room.encryption" and event.get("state_key") == ""
