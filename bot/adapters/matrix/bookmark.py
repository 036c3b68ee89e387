"""Owns the place in the stream that is durable: it moves once all before it is dealt with."""

from __future__ import annotations

import asyncio
import logging

from bot.adapters.matrix.crypto import Crypto
from bot.adapters.matrix.ledger import Batch
from bot.adapters.matrix.memory import Memory
from bot.adapters.matrix.patience import Patience
from bot.faults import where
from bot.vitals import Vitals

_log = logging.getLogger(__name__)
_LAST_SECONDS = 5.0
"""How long the end of the loop waits for what is on its way to the disk."""


class Bookmark:
    """Saves the newest place beside the loop, one write at a time."""

    def __init__(self, memory: Memory, crypto: Crypto, vitals: Vitals) -> None:
        """Save into *memory*, after what *crypto* has still to write."""
        self._memory = memory
        self._crypto = crypto
        self._vitals = vitals
        self._newest: Batch | None = None
        self._saving: asyncio.Task[None] | None = None

    def move(self, batch: Batch, *, worth: bool) -> None:
        """Learn that all up to *batch* is dealt with; save it, if it is *worth* a write."""
        forgotten = self._memory.drop_opened(batch.number)
        if not (worth or forgotten):
            return
        self._newest = batch
        if self._saving is None or self._saving.done():
            self._saving = asyncio.create_task(self._save())

    async def close(self) -> None:
        """Wait a moment for what is being written, then stop."""
        if self._saving is not None:
            await asyncio.wait({self._saving}, timeout=_LAST_SECONDS)
            self._saving.cancel()

    async def _save(self) -> None:
        """Make the newest place durable, however long the disk is full.

        Room keys first: the server hands them out once, with the sync that the place is after.
        """
        patience = Patience()
        while (batch := self._newest) is not None:
            try:
                self._crypto.flush()
                await self._memory.save(batch)
            except OSError as error:
                _log.error("cannot save the sync token (%s)", type(error).__name__)
                self._vitals.store_full += 1
                await patience.pause()
            except Exception as error:  # noqa: BLE001 - nobody else sees it, and it must be saved
                _log.error("cannot save the sync token: %s", where(error))
                await patience.pause()
            else:
                self._newest = self._newest if self._newest is not batch else None
