"""Owns the way of one outbox entry to the homeserver: one attempt, three possible ends."""

from __future__ import annotations

import json
import logging
from base64 import b64decode
from typing import Any

from nio.crypto.attachments import encrypt_attachment

from bot.adapters.matrix.budget import Budget
from bot.adapters.matrix.client import TOO_MANY, Client, Refused, Unreachable
from bot.adapters.matrix.crypto import Crypto
from bot.adapters.matrix.keys import Keys
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
_PATIENT = {"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_CONSENT_NOT_GIVEN", "M_USER_LOCKED"} | {
    "M_RESOURCE_LIMIT_EXCEEDED"
}
"""Refusals that concern the account, not the entry: the admin mends them."""
_NOT_LOCKED = {Kind.PIN, Kind.REDACTION, Kind.JOIN}
"""Kinds that may be forbidden in a room where we may speak."""


class Courier:
    """Delivers entries for one logged-in client."""

    def __init__(self, client: Client, crypto: Crypto, keys: Keys, budget: Budget) -> None:
        """Send by *client* at the pace of *budget*; *crypto* knows which rooms are encrypted."""
        self._client = client
        self._crypto = crypto
        self._keys = keys
        self._budget = budget

    async def deliver(self, room: str, entry: Entry) -> str | None:
        """Send *entry*; return the id of the event it became. Raises Later or Never."""
        if self._budget.closed > 1:
            raise Later(self._budget.closed)
        if entry.droppable and self._budget.short:
            raise Never("left out: the rate budget is short")
        try:
            return await self._attempt(room, entry)
        except Refused as refusal:
            if entry.kind is Kind.LEAVE and refusal.code in {"M_FORBIDDEN", "M_NOT_FOUND"}:
                return None  # not in there any more
            raise self._meaning(refusal, entry) from refusal
        except Unreachable as failure:
            raise Later(_SOON) from failure

    async def _attempt(self, room: str, entry: Entry) -> str | None:
        event = None
        if entry.kind is Kind.PIN:
            return await self._pin(room, aim(entry))
        if entry.kind is Kind.JOIN:
            await self._call("POST", "join", room, body={})
        elif entry.kind is Kind.LEAVE:
            await self._call("POST", "rooms", room, "leave", body={})
        elif entry.kind is Kind.REDACTION:
            path = ("rooms", room, "redact", aim(entry), transaction(entry))
            event = await self._call("PUT", *path, body={ENTRY_KEY: entry.id})
        else:
            if entry.kind is Kind.FILE:
                kind, content = MESSAGE, await self._upload(room, entry)
            else:
                kind, content = write(entry)
            _measure(content)
            if kind != REACTION and room in self._crypto.encrypted:
                # reactions stay in clear: servers could not count them else (spec 11.23)
                content = await self._keys.seal(room, kind, content)
                kind = SEALED
                _measure(content)
            path = ("rooms", room, "send", kind, transaction(entry))
            event = await self._call("PUT", *path, body=content)
        return str(event["event_id"]) if event and "event_id" in event else None

    async def _upload(self, room: str, entry: Entry) -> dict[str, Any]:
        """Put the content of a file on the server, encrypted if the room is; return the message."""
        content = b64decode(entry.content)
        if room in self._crypto.encrypted:
            sealed, key = encrypt_attachment(content)
            address = await self._client.upload_bytes(sealed, "application/octet-stream", "")
            return write_file(entry, len(content), {"file": {**key, "url": address}})
        address = await self._client.upload_bytes(content, entry.mimetype, entry.file)
        return write_file(entry, len(content), {"url": address})

    async def _pin(self, room: str, event: str) -> str:
        """Add *event* to what is pinned now, in real state. Doing it twice changes nothing."""
        path = ("rooms", room, "state", "m.room.pinned_events")
        pinned: list[str] = []
        try:
            now = await self._client.call("GET", *path)
            pinned = [p for p in sequence(now.get("pinned")) if isinstance(p, str)]
        except Refused as refusal:
            if refusal.status != _NOT_FOUND:
                raise
        if event not in pinned:
            await self._call("PUT", *path, body={"pinned": [*pinned, event]})
        return event

    async def _call(self, method: str, *path: str, body: dict[str, Any]) -> dict[str, Any]:
        await self._budget.take()
        answer = await self._client.call(method, *path, body=body)
        self._budget.success()
        return answer

    def _meaning(self, refusal: Refused, entry: Entry) -> Delivery:
        """Say what a *refusal* means for *entry* (DESIGN 4)."""
        if refusal.status == TOO_MANY:
            return Later(self._budget.refused(refusal.retry_after))
        if refusal.passing:
            return Later(refusal.retry_after or _SOON)
        if refusal.code in _PATIENT:
            return Later(_A_WHILE)
        if refusal.code == "M_FORBIDDEN" and entry.kind not in _NOT_LOCKED:
            return Later(_A_WHILE, locked=True)
        return Never(f"{entry.kind} refused: {refusal}")


def _measure(content: dict[str, Any]) -> None:
    """Raise Never if *content* cannot be an event; the server would take the whole upload first."""
    if len(json.dumps(content, ensure_ascii=False).encode()) > EVENT_LIMIT - _ENVELOPE:
        raise Never("longer than an event may be")
