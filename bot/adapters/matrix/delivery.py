"""Owns the way of one outbox entry to the homeserver: one attempt, three possible ends."""

from __future__ import annotations

import json
import logging
from base64 import b64decode
from typing import Any

from nio.crypto.attachments import encrypt_attachment

from bot.adapters.matrix.budget import Budgets
from bot.adapters.matrix.client import SERVER_ERROR, Client, Refused, Unreachable
from bot.adapters.matrix.crypto import Crypto
from bot.adapters.matrix.keys import Keys
from bot.adapters.matrix.lookup import Lookup
from bot.adapters.matrix.plain import sequence
from bot.adapters.matrix.writing import (
    ENTRY_KEY,
    MESSAGE,
    REACTION,
    SEALED,
    aim,
    transaction,
    write,
    write_file,
)
from bot.model.documents import Entry, Kind
from bot.ports import Delivery, Later, Never

_log = logging.getLogger(__name__)
EVENT_LIMIT = 64 * 1024
"""An event is at most 65,536 bytes (client-server API 2); some of it the server adds."""
_ENVELOPE = 2048
_SOON, _A_WHILE = 30.0, 300.0
_NOT_FOUND = 404
_UPLOADS = 5
"""So often an upload may break off while the server answers otherwise: it is too large for it."""
_BREAKS = 20
"""So often (for ten minutes) the server may break on an entry while it can write otherwise."""
_PATIENT = {"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_CONSENT_NOT_GIVEN", "M_USER_LOCKED"} | {
    "M_RESOURCE_LIMIT_EXCEEDED"
}
"""Refusals that concern the account, not the entry: the admin mends them."""
_NOT_LOCKED = {Kind.PIN, Kind.REDACTION, Kind.JOIN}
"""Kinds that may be forbidden in a room where we may speak."""
_ALREADY = {Kind.LEAVE: {"M_FORBIDDEN", "M_NOT_FOUND"}, Kind.REACTION: {"M_DUPLICATE_ANNOTATION"}}
"""Refusals that mean it is as it should be: we are not in there, the reaction is there."""


class Courier:
    """Delivers entries for one logged-in client."""

    def __init__(
        self, client: Client, crypto: Crypto, keys: Keys, budgets: Budgets, lookup: Lookup
    ) -> None:
        """Send by *client* at the pace of *budgets*, unless *lookup* finds that it was sent."""
        self._client = client
        self._crypto = crypto
        self._keys = keys
        self._budgets = budgets
        self._lookup = lookup
        self._broken: dict[str, int] = {}
        """Entry -> how often the server broke on it, or its upload broke off."""
        self._uploaded: dict[tuple[str, bool], dict[str, Any]] = {}
        """Entry, and whether it was sealed -> the message for what lies on the server already."""

    async def deliver(self, room: str, entry: Entry) -> str | None:
        """Send *entry*; return the id of the event it became. Raises Later or Never."""
        budget = self._budgets.of(entry.kind)
        if budget.closed > 1:
            raise Later(budget.closed, unsent=True)
        if entry.droppable and budget.short:
            raise Never("left out: the rate budget is short")
        try:
            event = await self._lookup.find(room, entry) or await self._attempt(room, entry)
        except Refused as refusal:
            if refusal.code in _ALREADY.get(entry.kind, ()):
                return None
            if await self._breaks(refusal, entry):
                raise Never("the server breaks on it each time") from refusal
            raise _meaning(refusal, entry) from refusal
        except Unreachable as failure:
            raise Later(_SOON) from failure
        self._broken.pop(entry.id, None)
        return event

    async def _attempt(self, room: str, entry: Entry) -> str | None:
        if entry.kind is Kind.PIN:
            return await self._pin(room, aim(entry), entry.priority)
        if entry.kind is Kind.JOIN:
            await self._call("POST", "join", room, body={}, entry=entry)
        elif entry.kind is Kind.LEAVE:
            await self._call("POST", "rooms", room, "leave", body={}, entry=entry)
        elif entry.kind is Kind.REDACTION:
            path = ("rooms", room, "redact", aim(entry), transaction(entry))
            return await self._call("PUT", *path, body={ENTRY_KEY: entry.id}, entry=entry)
        else:
            return await self._say(room, entry)
        return None

    async def _say(self, room: str, entry: Entry) -> str | None:
        """Send what becomes an event that people see."""
        if entry.kind is Kind.FILE:
            kind, content = MESSAGE, await self._upload(room, entry)
        else:
            kind, content = write(entry)
        _measure(content)
        async with self._budgets.messages.turn(entry.priority):
            # sealed when it is its turn, not before: people may come or go meanwhile
            if kind != REACTION and room in self._crypto.encrypted:
                # reactions stay in clear: servers could not count them else (spec 11.23)
                content = await self._keys.seal(room, kind, content)
                kind = SEALED
                _measure(content)
            path = ("rooms", room, "send", kind, transaction(entry))
            answer = await self._client.call("PUT", *path, body=content)
        self._uploaded.pop((entry.id, room in self._crypto.encrypted), None)
        return str(answer["event_id"]) if "event_id" in answer else None

    async def _upload(self, room: str, entry: Entry) -> dict[str, Any]:
        """Put the content of a file on the server, encrypted if the room is; return the message."""
        closed = room in self._crypto.encrypted
        if known := self._uploaded.get((entry.id, closed)):
            return known
        content = b64decode(entry.content)
        if closed:
            sealed, key = encrypt_attachment(content)
            address = await self._put(entry, sealed, "application/octet-stream", "")
            place: dict[str, Any] = {"file": {**key, "url": address}}
        else:
            place = {"url": await self._put(entry, content, entry.mimetype, entry.file)}
        message = self._uploaded[entry.id, closed] = write_file(entry, len(content), place)
        return message

    async def _put(self, entry: Entry, content: bytes, mimetype: str, name: str) -> str:
        """Upload *content*; return its address.

        Proxies close the connection when a body is too large for them, often before they say so:
        that would look like an outage for ever.
        """
        try:
            async with self._budgets.uploads.turn(entry.priority):
                address = await self._client.upload_bytes(content, mimetype, name)
        except Unreachable:
            await self._client.call("GET", "account", "whoami")
            self._broken[entry.id] = self._broken.get(entry.id, 0) + 1
            if self._broken[entry.id] < _UPLOADS:
                raise
            del self._broken[entry.id]
            raise Never("the upload breaks off each time") from None
        return address

    async def _breaks(self, refusal: Refused, entry: Entry) -> bool:
        """Tell whether the server will break on *entry* for ever, and on nothing else.

        Synapse answers 500 to some content; all that is behind it would wait for ever. If it can
        write something else, it is not the server that is broken.
        """
        if refusal.status != SERVER_ERROR or not refusal.code:
            return False
        self._broken[entry.id] = self._broken.get(entry.id, 0) + 1
        if self._broken[entry.id] < _BREAKS:
            return False
        path = ("user", self._client.user_id, "account_data", f"{ENTRY_KEY}.probe")
        try:
            await self._client.call("PUT", *path, body={})
        except (Refused, Unreachable):
            return False
        del self._broken[entry.id]
        return True

    async def _pin(self, room: str, event: str, priority: int) -> str:
        """Add *event* to what is pinned now, in real state. Doing it twice changes nothing."""
        path = ("rooms", room, "state", "m.room.pinned_events")
        pinned: list[str] = []
        try:
            async with self._budgets.reads.turn(priority):
                now = await self._client.call("GET", *path)
            pinned = [p for p in sequence(now.get("pinned")) if isinstance(p, str)]
        except Refused as refusal:
            if refusal.status != _NOT_FOUND:
                raise
        if event not in pinned:
            async with self._budgets.messages.turn(priority):
                await self._client.call("PUT", *path, body={"pinned": [*pinned, event]})
        return event

    async def _call(
        self, method: str, *path: str, body: dict[str, Any], entry: Entry
    ) -> str | None:
        async with self._budgets.of(entry.kind).turn(entry.priority):
            answer = await self._client.call(method, *path, body=body)
        return str(answer["event_id"]) if "event_id" in answer else None


def _meaning(refusal: Refused, entry: Entry) -> Delivery:
    """Say what a *refusal* means for *entry* (DESIGN 4)."""
    if refusal.passing:
        return Later(refusal.retry_after or _SOON)
    if refusal.code in _PATIENT:
        return Later(_A_WHILE)
    if refusal.code == "M_FORBIDDEN" and entry.kind not in _NOT_LOCKED:
        return Later(_A_WHILE, locked=True)
    return Never(f"refused: {refusal}")


def _measure(content: dict[str, Any]) -> None:
    """Raise Never if *content* cannot be an event; the server would take the whole upload first."""
    if len(json.dumps(content, ensure_ascii=False).encode()) > EVENT_LIMIT - _ENVELOPE:
        raise Never("longer than an event may be")
