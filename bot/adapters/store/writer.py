"""The thread that writes: whatever waits when it comes round goes to the disk together."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from bot.adapters.store.backend import Failure

if TYPE_CHECKING:
    from bot.adapters.store.backend import Backend, Unit

MOST = 256
"""Units in one batch; what waits longer comes with the next."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Order:
    """A unit, and who waits for it."""

    unit: Unit
    done: asyncio.Future[Failure | None]


class Writer:
    """Hands units to the backend, in order, batch by batch."""

    def __init__(self, backend: Backend, most: int = MOST) -> None:
        """Write to *backend*, at *most* so many units at a time."""
        self._backend = backend
        self._most = most
        self._orders: SimpleQueue[_Order | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def write(self, unit: Unit) -> asyncio.Future[Failure | None]:
        """Return a future that tells how *unit* failed, or None once it is durable."""
        done: asyncio.Future[Failure | None] = asyncio.get_running_loop().create_future()
        self._orders.put(_Order(unit, done))
        return done

    def close(self) -> None:
        """Write what waits, then end the thread. Blocks."""
        self._orders.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._orders.get()) is not None:
            batch = [first]
            while len(batch) < self._most:
                try:
                    further = self._orders.get_nowait()
                except Empty:
                    break
                if further is None:
                    self._orders.put(None)  # for the next round
                    break
                batch.append(further)
            self._do(batch)

    def _do(self, batch: list[_Order]) -> None:
        try:
            failures = self._backend.commit([one.unit for one in batch])
        except Exception as error:  # noqa: BLE001 - the thread must live; those who wait are told
            failures = [Failure(error, None)] * len(batch)
        for order, failure in zip(batch, failures, strict=True):
            try:
                order.done.get_loop().call_soon_threadsafe(_tell, order.done, failure)
            except RuntimeError:  # its loop is closed
                logger.warning("nobody waits any more for what was written")


def _tell(done: asyncio.Future[Failure | None], failure: Failure | None) -> None:
    if not done.done():
        done.set_result(failure)
