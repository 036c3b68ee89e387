"""Owns whether the homeserver is away, and the pauses until it is back."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress

from bot.adapters.matrix.patience import Patience
from bot.adapters.matrix.session import Progress
from bot.vitals import Vitals

_log = logging.getLogger(__name__)
_BEAT_SECONDS = 60.0


class Outage:
    """What became of the newest sync."""

    def __init__(self, patience: Patience, progress: Progress, vitals: Vitals) -> None:
        """Pause as *patience* says; tell *progress*, count in *vitals*."""
        self._patience = patience
        self._progress = progress
        self._vitals = vitals
        self._away = False
        self._over = asyncio.Event()
        """Set by the next good sync, then replaced."""

    async def begin(self, reason: str, retry_after: float | None) -> None:
        """Learn that a sync failed; pause."""
        seconds = self._patience.next(retry_after)
        self._vitals.failed_syncs += 1
        self._away = True
        _log.warning("no sync (%s), again in %.1f s", reason, seconds)
        self._progress(f"The homeserver does not answer as it should ({reason}).")
        while seconds > 0:  # a long pause that the server asked for is no standstill
            await self._patience.sleep(min(seconds, _BEAT_SECONDS))
            self._vitals.beats += 1
            seconds -= _BEAT_SECONDS

    def end(self, *, calm: bool) -> None:
        """Learn that a sync was answered; *calm*: as it should be."""
        if calm:
            self._patience.reset()
        self._vitals.syncs += 1
        self._vitals.synced = time.time()
        self._away = False
        self._over.set()
        self._over = asyncio.Event()

    async def outlast(self, seconds: float) -> bool:
        """Wait until the server is back, if it is away, at most so many *seconds*.

        Tell whether it was away.
        """
        if not self._away:
            return False
        with suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)
        return True
