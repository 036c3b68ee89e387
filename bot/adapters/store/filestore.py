"""The store behind `ports.Store`: locks, private copies, commits and the scan at start."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from errno import EIO
from itertools import islice
from typing import TYPE_CHECKING, NoReturn, TypeVar

from bot.adapters.store.backend import Write
from bot.adapters.store.coding import as_loaded, body_of, person_of, room_of
from bot.adapters.store.directory import Directory
from bot.adapters.store.errors import Damage, Damaged
from bot.adapters.store.files import Files
from bot.adapters.store.held import HeldDocuments
from bot.adapters.store.names import Key, Kind
from bot.adapters.store.repair import doubtful
from bot.adapters.store.shelf import Shelf, Slot
from bot.adapters.store.writer import Writer
from bot.model.documents import PersonDocument, RoomDocument
from bot.ports import StoreFull

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from bot.adapters.store.coding import Document
    from bot.adapters.store.held import Change

CACHE = 512
"""Documents kept in memory after use."""
KEEP_FREE = 5 * 2**20
"""Bytes of the disk that we leave to others, and to erasing."""
IDLE = 1.0
"""Seconds until settled changes are written by themselves."""
PATIENCE = 30.0
"""Seconds until they are tried again when the disk did not take them."""
CHUNK = 8
"""Documents read in one go by the scan. More are slower: they leave the processor's caches."""

Result = TypeVar("Result")
logger = logging.getLogger(__name__)


class FileStore:
    """Projects and persons in a directory; see `ports.Store`.

    One store per directory and process. `hold`s must not be nested: two tasks that each want what
    the other has would wait for ever; the same document twice is noticed and refused.
    """

    def __init__(
        self,
        directory: Path,
        *,
        cache: int = CACHE,
        keep_free: int = KEEP_FREE,
        idle: float = IDLE,
        on_damage: Callable[[Damage], None] | None = None,
    ) -> None:
        """Open *directory*, made if missing. Raises DirectoryInUse or DirectoryUnusable.

        *on_damage* is told once of each file that cannot be read (they are in `damaged`, too).
        """
        self.damaged: list[Damage] = []
        self._on_damage = on_damage
        self._idle = idle
        self._directory = Directory(directory)
        self._backend = Files(directory, keep_free=keep_free)
        self._writer = Writer(self._backend)
        self._shelf = Shelf(cache)
        self._met: set[Key] = set()
        self._flush: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None
        self._open = True
        if self._directory.was_cut_short:
            self._backend.sweep()

    @asynccontextmanager
    async def hold(self, room: str, people: Sequence[str] = ()) -> AsyncIterator[HeldDocuments]:
        """Lock *room* (and *people*) and hand out private copies.

        Raises Damaged if the room's document cannot be read. A person's that was moved to
        quarantine counts as missing: they are asked for their language once more, that is all.
        """
        async with AsyncExitStack() as stack:
            # Rooms before people, people in order: no two tasks can wait for each other.
            ours = await stack.enter_async_context(self._locked(Key(Kind.PROJECT, room)))
            theirs = [
                await stack.enter_async_context(self._locked(Key(Kind.PERSON, user)))
                for user in sorted(set(people))
            ]
            held = HeldDocuments(ours, theirs, self._commit, self._settle)
            try:
                yield held
            finally:
                held.end()

    async def forget(self, room: str) -> None:
        """Erase the document of *room* for good, copies in quarantine too. Raises StoreFull."""
        await self._erase(Key(Kind.PROJECT, room))

    async def forget_person(self, user: str) -> None:
        """Erase the document of *user* for good, copies in quarantine too. Raises StoreFull."""
        await self._erase(Key(Kind.PERSON, user))

    async def rooms(self) -> AsyncIterator[RoomDocument]:
        """Yield every stored project that can be read; what cannot is reported.

        If the last run was cut short, persons that disagree with the projects are mended at the
        end.
        """
        await self._write_settled()
        members: dict[str, dict[str, bool]] | None = None
        if self._directory.was_cut_short:
            members = defaultdict(dict)
        known: set[str] = set()
        complete = True
        async for one in self._scan(Kind.PROJECT):
            if not isinstance(one, RoomDocument):
                complete = False
                continue
            slot = self._shelf.peek(Key(Kind.PROJECT, one.project.room))
            if slot and slot.current is None:
                continue  # erased since the file was read
            document = room_of(slot.current) if slot and slot.current else as_loaded(one)
            if members is not None:
                known.add(document.project.room)
                for user, member in document.project.members.items():
                    members[user][document.project.room] = member.present
            yield document
        if members is not None:
            async for person in self._scan(Kind.PERSON):
                if isinstance(person, PersonDocument):
                    rooms = doubtful(person, members.get(person.user, {}), known, complete=complete)
                    await self._mend(person.user, rooms)
            self._directory.was_cut_short = False

    async def rooms_of(self, user: str) -> list[str]:
        """Return the project rooms in which *user* was seen, as those rooms know it."""
        rooms = []
        for room in await self._named(user):
            with suppress(Damaged):
                body = await self._look(Key(Kind.PROJECT, room))
                if body and user in room_of(body).project.members:
                    rooms.append(room)
        return rooms

    async def close(self) -> None:
        """Write what is settled, release the directory. Raises StoreFull if that was not taken."""
        if not self._open:
            return
        try:
            if self._flushing:
                await self._flushing
            await self._write_settled()
        finally:
            self._open = False
            if self._flush:
                self._flush.cancel()
            await asyncio.to_thread(self._writer.close)
            self._backend.close()
            self._directory.release(whole=not self._shelf.dirty())

    @asynccontextmanager
    async def _locked(self, key: Key) -> AsyncIterator[Slot]:
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
            self._report(error.damage)
            if slot.key.kind is Kind.PROJECT or not error.damage.quarantined:
                raise
            body = None
        self._met.add(slot.key)
        slot.durable = slot.current = body
        slot.known = True

    async def _commit(self, changes: list[Change]) -> None:
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

    def _settle(self, changes: list[Change]) -> None:
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
            await self._write_settled()
        except StoreFull as error:
            logger.warning("settled changes could not be written: %s", error.strerror)
            if self._flush is None and self._open:
                self._flush_in(PATIENCE)

    async def _write_settled(self) -> None:
        """Write everything that is only settled. Raises StoreFull after having tried it all."""
        tried = [self._write_settled_one(key) for key in self._shelf.dirty()]
        trouble = [one for one in await asyncio.gather(*tried, return_exceptions=True) if one]
        if trouble:
            raise trouble[0]

    async def _write_settled_one(self, key: Key) -> None:
        async with self._locked(key) as slot:
            if slot.dirty and slot.current is not None:
                await self._commit([(slot, slot.current)])

    async def _erase(self, key: Key) -> None:
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

    async def _look(self, key: Key) -> bytes | None:
        """Return the body of a document as it is this moment. Raises Damaged."""
        if slot := self._shelf.peek(key):
            return slot.current
        try:
            return await asyncio.to_thread(self._backend.load, key)
        except Damaged as error:
            self._report(error.damage)
            raise

    async def _named(self, user: str) -> list[str]:
        """Return the rooms that a person's own document names."""
        if slot := self._shelf.peek(Key(Kind.PERSON, user)):
            return person_of(slot.current).rooms if slot.current else []
        try:
            return await asyncio.to_thread(self._backend.rooms_of, user)
        except Damaged as error:
            self._report(error.damage)
            return []

    async def _scan(self, kind: Kind) -> AsyncIterator[Document | Damage]:
        """Yield the documents on disk, read by a thread, and report what cannot be read."""
        found = self._backend.scan(kind)
        while some := await asyncio.to_thread(lambda: list(islice(found, CHUNK))):
            for one in some:
                if isinstance(one, Damage):
                    self._report(one)
                yield one

    async def _mend(self, user: str, rooms: list[str]) -> None:
        """Bring a person into agreement with *rooms*: holding both does it."""
        for room in rooms:
            with suppress(Damaged, StoreFull):
                async with self.hold(room, [user]) as held:
                    await held.commit()

    def _report(self, damage: Damage) -> None:
        """Tell of *damage* once."""
        if any(one.reference == damage.reference for one in self.damaged):
            return
        self.damaged.append(damage)
        logger.error("%s", damage)
        if self._on_damage:
            self._on_damage(damage)


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
