"""Being watched: service manager, watchdog and the page for monitors, for one run of the bot."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.adapters.service import Service
from bot.adapters.watchdog import PACE, Watchdog, watch
from bot.vitals import Vitals

if TYPE_CHECKING:
    from aiohttp.web import AppRunner

CONNECTED = "Connected."


class Watch:
    """Tells whoever watches how the bot is. `open`, `ready`, `close`."""

    def __init__(
        self, vitals: Vitals, environment: Mapping[str, str], progress: Callable[[str], None]
    ) -> None:
        """Watch *vitals*; *environment* names the service manager, *progress* is told, too."""
        self.watchdog = Watchdog(vitals)
        self._vitals = vitals
        self._service = Service(environment)
        self._progress = progress
        self._status = ""
        self._syncs = 0
        self._page: AppRunner | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self, port: int | None) -> None:
        """Answer monitors on *port* of this machine, if there is one."""
        if port is None:
            return
        from bot.adapters.health import Pulse, serve  # noqa: PLC0415 - few want it, it is large

        self._page = await serve(port, Pulse(self._vitals, lambda: self.watchdog.stuck))

    def say(self, sentence: str) -> None:
        """Tell in a sentence what takes long."""
        self._progress(sentence)
        self._show(sentence)

    def ready(self, stuck: Callable[[], None] = lambda: None) -> None:
        """Say that the bot is connected, and watch from now on; *stuck* is called if it hangs."""
        self._service.ready()
        pace = min(PACE, (self._service.pause or 2 * PACE) / 2)

        def hangs() -> None:
            self._show("The loop makes no progress: see the log.")
            stuck()

        watching = watch(self.watchdog, time.monotonic, self._alive, hangs, pace)
        self._task = asyncio.create_task(watching)

    async def close(self) -> None:
        """Say that the bot ends, and watch no more."""
        self._service.stopping()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._page is not None:
            await self._page.cleanup()

    def _alive(self) -> None:
        self._service.alive()
        if self._vitals.syncs != self._syncs:
            self._syncs = self._vitals.syncs
            self._show(CONNECTED)

    def _show(self, status: str) -> None:
        if status != self._status:
            self._status = status
            self._service.status(status)
