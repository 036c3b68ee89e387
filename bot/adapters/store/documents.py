"""Documents by key: locked, copied from memory or disk, committed as a whole, settled, erased."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from errno import EIO
from typing import TYPE_CHECKING, NoReturn, TypeVar

from bot import faults
from bot.adapters.store.backend import Write
from bot.adapters.store.coding import as_loaded, body_of, room_of
from bot.adapters.store.errors import Damage, Damaged
from bot.adapters.store.names import Key, Kind
from bot.adapters.store.shelf import Shelf, Slot
from bot.adapters.store.writer import Writer
from bot.ports import StoreFull

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.adapters.store.backend import Backend

PATIENCE = 30.0
"""Seconds until settled changes are tried again when the disk did not take them."""

Change = tuple[Slot, bytes]
"""A slot and the body that it is to have."""
Result = TypeVar("Result")
logger = logging.getLogger(__name__)


class Documents:
    """What memory and disk hold, kept in agreement."""

    def __init__(
        self,
        backend: Backend,
        cache: int,
        idle: float,
        on_damage: Callable[[Damage], None] | None,
    ) -> None:
        """Keep *cache* documents of *backend* in memory; write what is settled after *idle* s."""
        self.damaged: list[Damage] = []
        self._on_damage = on_damage
        self._idle = idle
        self._backend = backend
        self._writer = Writer(backend)
        self._shelf = Shelf(cache)
        self._met: set[Key] = set()
        self._flush: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None
        self._open = True

    @asynccontextmanager
    async def locked(self, key: Key) -> AsyncIterator[Slot]:
        """Hold the lock of one document, which is known then, unless it cannot be read."""
        if not self._open:
            raise RuntimeError("the store is closed")
        slot = self._shelf.take(key)
        try:
            if slot.holder is asyncio.current_task():
                raise RuntimeError("this task holds that document already")
            async with slot.lock:
                slot.holder = asyncio.current_task()
                try:
                    if not slot.known:
                        await self._load(slot)
                    yield slot
                finally:
                    slot.holder = None
        finally:
            self._shelf.give_back(slot)

    async def _load(self, slot: Slot) -> None:
        """Learn what the disk holds of a document."""
        first = slot.key.kind is Kind.PROJECT and slot.key not in self._met

        def load() -> bytes | None:
            body = self._backend.load(slot.key)
            return body_of(as_loaded(room_of(body))) if body is not None and first else body

        try:
            body = await asyncio.to_thread(load)
        except Damaged as error:
            self.report(error.damage)
            if slot.key.kind is Kind.PROJECT or not error.damage.quarantined:
                raise
            body = None
        self._met.add(slot.key)
        slot.durable = slot.current = body
        slot.known = True

    async def commit(self, changes: list[Change]) -> None:
        """Make *changes* durable and visible, or change nothing."""
        if not self._open:
            raise RuntimeError("the store is closed")
        if not all(slot.known for slot, _ in changes):
            raise StoreFull(EIO, "the disk left open what it holds; let go and hold again")
        await _to_its_end(asyncio.ensure_future(self._write(changes)))

    async def _write(self, changes: list[Change]) -> None:
        unit = [Write(slot.key, body, slot.durable) for slot, body in changes]
        unit = [write for write in unit if write.body != write.before]
        failure = await self._writer.write(unit) if unit else None
        for slot, body in changes:
            if failure is None:
                slot.durable = slot.current = body
            elif failure.found is None:
                slot.known = False  # the next to hold it asks the disk
            elif slot.key in failure.found:
                settled = slot.dirty
                slot.durable = failure.found[slot.key]
                slot.current = slot.current if settled else slot.durable
        if failure is not None:
            _raise(failure.error)

    def settle(self, changes: list[Change]) -> None:
        """Make *changes* visible now and durable soon."""
        for slot, body in changes:
            slot.current = body
        if self._flush is None and any(slot.dirty for slot, _ in changes):
            self._flush_in(self._idle)

    def _flush_in(self, seconds: float) -> None:
        self._flush = asyncio.get_running_loop().call_later(seconds, self._begin_flush)

    def _begin_flush(self) -> None:
        self._flush = None
        self._flushing = asyncio.ensure_future(self._flush_now())

    async def _flush_now(self) -> None:
        try:
            await self.write_settled()
        except StoreFull as error:
            logger.warning("settled changes could not be written: %s", error.strerror)
        except Exception as error:  # noqa: BLE001 - what is settled is tried again
            faults.tell(logger, "settled changes could not be written", error)
        else:
            return
        if self._flush is None and self._open:
            self._flush_in(PATIENCE)

    async def write_settled(self) -> None:
        """Write everything that is only settled. Raises StoreFull after having tried it all."""
        tried = [self._write_settled_one(key) for key in self._shelf.dirty()]
        trouble = [one for one in await asyncio.gather(*tried, return_exceptions=True) if one]
        if trouble:
            raise trouble[0]

    async def _write_settled_one(self, key: Key) -> None:
        async with self.locked(key) as slot:
            if slot.dirty and slot.current is not None:
                await self.commit([(slot, slot.current)])

    async def erase(self, key: Key) -> None:
        """Erase a document from memory and disk. Raises StoreFull if the disk refuses."""
        if not self._open:
            raise RuntimeError("the store is closed")
        slot = self._shelf.take(key)
        try:
            if slot.holder is asyncio.current_task():
                raise RuntimeError("this task holds that document: let go of it first")
            async with slot.lock:
                slot.known = False  # the next to hold it asks the disk
                delete = asyncio.to_thread(self._backend.delete, key)
                try:
                    await _to_its_end(asyncio.ensure_future(delete))
                except OSError as error:
                    _raise(error)
        finally:
            self._shelf.give_back(slot)

    def in_memory(self, key: Key) -> Slot | None:
        """Return what memory knows of a document, None if the disk must be asked."""
        return self._shelf.peek(key)

    async def look(self, key: Key) -> bytes | None:
        """Return the body of a document as it is this moment. Raises Damaged."""
        if slot := self.in_memory(key):
            return slot.current
        try:
            return await asyncio.to_thread(self._backend.load, key)
        except Damaged as error:
            self.report(error.damage)
            raise

    def report(self, damage: Damage) -> None:
        """Tell of *damage* once."""
        if any(one.reference == damage.reference for one in self.damaged):
            return
        self.damaged.append(damage)
        logger.error("%s", damage)
        if self._on_damage:
            self._on_damage(damage)

    async def close(self) -> bool:
        """Write what is settled, end the writer; tell whether nothing is left. Raises StoreFull."""
        try:
            if self._flushing:
                await self._flushing
            await self.write_settled()
        finally:
            self._open = False
            if self._flush:
                self._flush.cancel()
            await asyncio.to_thread(self._writer.close)
        return not self._shelf.dirty()


def _raise(error: Exception) -> NoReturn:
    """Raise what those who wait are to get: StoreFull where the disk refused."""
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
        raise StoreFull(error.errno or EIO, reason) from error
    raise error


async def _to_its_end(work: asyncio.Future[Result]) -> Result:
    """Wait until *work* is done, even if we are cancelled; then be cancelled."""
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait({work})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled:
        with suppress(Exception):
            work.result()  # nobody is left to be told
        raise cancelled
    return work.result()
