"""Hands over what was heard, in order, and does not let go before it is durable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from bot.adapters.matrix.client import Client, Refused, Unreachable
from bot.adapters.matrix.patience import Patience
from bot.adapters.matrix.plain import identifier
from bot.faults import where
from bot.heard import Heard, Said
from bot.ports import Hear, StoreFull
from bot.vitals import Vitals

_log = logging.getLogger(__name__)
_AUTHORS_LIMIT = 5000
_ATTEMPTS = 8
_MOST_SECONDS = 300.0
"""For one thing that was heard; whoever takes longer has lost their way, and others wait."""


class Hearing:
    """Calls `hear`, and checks edits on the way to it."""

    def __init__(self, client: Client, hear: Hear, vitals: Vitals) -> None:
        """Ask *client* who wrote what an edit changes; hand over to *hear*."""
        self._client = client
        self._vitals = vitals
        self._hear = hear
        self._authors: dict[str, str] = {}
        """Event -> who sent it."""

    def note(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Remember who sent *events*."""
        for event in events:
            identity, sender = event.get("event_id"), event.get("sender")
            if isinstance(identity, str) and isinstance(sender, str):
                self._authors[identity] = sender
        while len(self._authors) > _AUTHORS_LIMIT:
            del self._authors[next(iter(self._authors))]

    def is_new(self, event: Mapping[str, Any]) -> bool:
        """Tell whether *event* was not noted before: servers may repeat themselves."""
        identity = event.get("event_id")
        return not (isinstance(identity, str) and identity in self._authors)

    async def tell(self, queue: Iterable[Heard]) -> None:
        """Hand over *queue* in order; return when all of it is durable or given up.

        A full disk is waited for, however long: the sync token stays where it is. Any other
        failure concerns one message and must not stop the next.
        """
        for heard in queue:
            if not await self._genuine(heard):
                continue
            patience = Patience()
            while True:
                try:
                    async with asyncio.timeout(_MOST_SECONDS):
                        await self._hear(heard)
                except StoreFull:
                    _log.warning("the store is full, waiting")
                    self._vitals.store_full += 1
                    await patience.pause()
                except Exception as error:  # noqa: BLE001 - see above
                    _log.error("a message was not dealt with: %s", where(error))
                    break
                else:
                    break

    async def _genuine(self, heard: Heard) -> bool:
        """Whether *heard* is no edit of what somebody else wrote (spec 11.24.1: ignored)."""
        if not isinstance(heard, Said) or heard.edits is None:
            return True
        author = self._authors.get(heard.edits)
        if author is None:
            author = await self._author(heard.room, heard.edits)
        return author == heard.sender

    async def _author(self, room: str, event: str) -> str | None:
        patience = Patience()
        for _ in range(_ATTEMPTS):
            try:
                found = await self._client.call("GET", "rooms", room, "event", event)
            except Unreachable:
                await patience.pause()
            except Refused as refusal:
                if not refusal.passing:
                    return None
                await patience.pause(refusal.retry_after)
            else:
                return identifier(found.get("sender"), "@")
        return None
