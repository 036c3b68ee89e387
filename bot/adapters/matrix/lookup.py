"""Looks in a room whether an entry was already sent, where its transaction id would not tell."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.adapters.matrix.budget import Budget
from bot.adapters.matrix.client import SERVER_ERROR, Client, Refused
from bot.adapters.matrix.guard import guarded
from bot.adapters.matrix.plain import identifier, mapping, sequence, whole
from bot.adapters.matrix.writing import ENTRY_KEY, SEALED
from bot.model.documents import Entry, Kind
from bot.ports import Clock

_log = logging.getLogger(__name__)
REMEMBERED = timedelta(hours=12)
"""How long we rely on the server's memory of transaction ids (Synapse forgets them after 24 h)."""
PAGES = 20
PAGE = 100
"""At most so many pages of so many of our own messages: the server leaves out all others."""
_SLACK_SECONDS = 60.0
_KEPT_SECONDS = 3600.0
_REFUSALS = 8
_ASKED_WRONGLY = {400, 404, 405}
_ONCE = {Kind.REACTION, Kind.REDACTION, Kind.PIN, Kind.JOIN, Kind.LEAVE}
"""Kinds that change nothing the second time."""


@dataclass
class _Searched:
    """How far back a room was searched, and what of ours was found there.

    It stays true for a while: what was tried since then was tried by this device just now, and
    the server knows such a transaction id.
    """

    begun: float
    """Like `reached` a moment of time.monotonic."""
    found: dict[str, str] = field(default_factory=dict)
    """Entry id -> event id."""
    reached: float = float("inf")
    """When the oldest of our messages was sent that was looked at."""
    token: str | None = None
    """Where the next page begins; None: at the newest event."""
    pages: int = 0
    refusals: int = 0
    ended: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Lookup:
    """Finds our own messages by the ids of their entries, for one logged-in client."""

    def __init__(self, client: Client, reads: Budget, clock: Clock, since: datetime | None) -> None:
        """Read by *client* at the pace of *reads*. Its device exists *since* then (None: ever)."""
        self._client = client
        self._reads = reads
        self._clock = clock
        self._since = since
        self._rooms: dict[str, _Searched] = {}

    async def find(self, room: str, entry: Entry) -> str | None:
        """Return the event that *entry* became in *room*, None if it has to be sent.

        Looks only where the transaction id alone would not keep it from being said twice: if it
        may have been tried by another device, or so long ago that the server has forgotten
        (`reference/storage-and-scheduling.md` 2.5). Raises Refused, Unreachable or Later.
        """
        tried = max(entry.created, entry.not_before or entry.created)
        age = self._clock() - tried
        foreign = self._since is not None and tried < self._since
        if entry.kind in _ONCE or not (foreign or age > REMEMBERED):
            return None
        searched = self._searched(room)
        async with searched.lock:
            wanted = time.monotonic() - age.total_seconds() - _SLACK_SECONDS
            while entry.id not in searched.found and not searched.ended:
                if searched.reached < wanted:
                    break
                await self._page(room, searched, entry.priority)
        return searched.found.get(entry.id)

    def _searched(self, room: str) -> _Searched:
        now = time.monotonic()
        self._rooms = {
            name: one for name, one in self._rooms.items() if now - one.begun < _KEPT_SECONDS
        }
        return self._rooms.setdefault(room, _Searched(now))

    async def _page(self, room: str, searched: _Searched, priority: int) -> None:
        """Look at the next page of our own messages in *room*."""
        me = self._client.user_id
        only_ours = json.dumps({"senders": [me]})
        query = {"dir": "b", "limit": str(PAGE), "filter": only_ours}
        if searched.token is not None:
            query["from"] = searched.token
        try:
            async with self._reads.turn(priority):
                answer = await self._client.call("GET", "rooms", room, "messages", query=query)
        except Refused as refusal:
            # a proxy before a stopped server has no Matrix code: that is an outage
            stubborn = refusal.status >= SERVER_ERROR and bool(refusal.code)
            searched.refusals += stubborn
            if searched.refusals < _REFUSALS and refusal.status not in _ASKED_WRONGLY:
                raise
            _log.error("a room cannot be searched: something may be said twice (%s)", refusal)
            searched.ended = True
            return
        chunk = [mapping(event) for event in sequence(answer.get("chunk"))]
        ours = [event for event in chunk if event.get("sender") == me]
        unread = sum(not self._note(room, searched, event) for event in ours)
        if unread:
            _log.warning("%d messages of ours are unreadable: they may be said twice", unread)
        end = answer.get("end")
        searched.pages += 1
        last = not isinstance(end, str) or end == searched.token
        searched.ended = last or searched.pages >= PAGES
        searched.token = end if isinstance(end, str) else None

    def _note(self, room: str, searched: _Searched, event: Mapping[str, Any]) -> bool:
        """Remember what an *event* of ours was; False if it cannot be read any more."""
        content = mapping(event.get("content"))
        readable = True
        if event.get("type") == SEALED and content:  # else it was redacted
            content = mapping(self._opened(room, content))
            readable = bool(content)
        entry, identity = content.get(ENTRY_KEY), identifier(event.get("event_id"), "$")
        if isinstance(entry, str) and identity:
            searched.found[entry] = identity
        searched.reached = min(searched.reached, time.monotonic() - self._age(event))
        return readable

    def _age(self, event: Mapping[str, Any]) -> float:
        """Return for how many seconds *event* exists: by the server's clock, if it says so."""
        age = whole(mapping(event.get("unsigned")).get("age"))
        if age is not None:
            return age / 1000
        return self._clock().timestamp() - (whole(event.get("origin_server_ts")) or 0) / 1000

    def _opened(self, room: str, sealed: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the content inside *sealed*; None if its key is gone.

        `Crypto.open` is not for this: it remembers where it saw a ciphertext first, so that a copy
        of ours that somebody else posted would hide ours here. A session may be there twice, from
        its copy that somebody sent us under his own key: each is tried.
        """
        olm: Any = self._client.olm
        for sessions in list(olm.inbound_group_store[room].values()):
            plain = guarded("a message of ours", _decrypted, sessions, sealed)
            if plain and plain.get("room_id") == room:
                return mapping(plain.get("content"))
        return None


def _decrypted(sessions: Mapping[str, Any], sealed: Mapping[str, Any]) -> Mapping[str, Any] | None:
    session = sessions.get(sealed["session_id"])
    return mapping(json.loads(session.decrypt(sealed["ciphertext"])[0])) if session else None
