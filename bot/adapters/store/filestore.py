"""The store behind `ports.Store`: private copies, kept in a directory of readable files."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING

from bot.adapters.store.coding import as_loaded, person_of, room_of
from bot.adapters.store.directory import Directory
from bot.adapters.store.documents import Documents
from bot.adapters.store.errors import Damage, Damaged
from bot.adapters.store.files import Files
from bot.adapters.store.held import HeldDocuments
from bot.adapters.store.names import Key, Kind
from bot.adapters.store.repair import doubtful
from bot.model.documents import PersonDocument, RoomDocument
from bot.ports import StoreFull

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from bot.adapters.store.coding import Document

CACHE = 512
"""Documents kept in memory after use."""
KEEP_FREE = 5 * 2**20
"""Bytes of the disk that we leave to others, and to erasing."""
IDLE = 1.0
"""Seconds until settled changes are written by themselves."""
CHUNK = 8
"""Documents read in one go by the scan. More are slower: they leave the processor's caches."""


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
        self._directory = Directory(directory)
        self._backend = Files(directory, keep_free=keep_free)
        self._documents = Documents(self._backend, cache, idle, on_damage)
        self._open = True
        if self._directory.was_cut_short:
            self._backend.sweep()

    @property
    def damaged(self) -> list[Damage]:
        """What could not be read so far."""
        return self._documents.damaged

    @asynccontextmanager
    async def hold(self, room: str, people: Sequence[str] = ()) -> AsyncIterator[HeldDocuments]:
        """Lock *room* (and *people*) and hand out private copies.

        Raises Damaged if the room's document cannot be read. A person's that was moved to
        quarantine counts as missing: they are asked for their language once more, that is all.
        """
        locked = self._documents.locked
        async with AsyncExitStack() as stack:
            # Rooms before people, people in order: no two tasks can wait for each other.
            ours = await stack.enter_async_context(locked(Key(Kind.PROJECT, room)))
            theirs = [
                await stack.enter_async_context(locked(Key(Kind.PERSON, user)))
                for user in sorted(set(people))
            ]
            held = HeldDocuments(ours, theirs, self._documents.commit, self._documents.settle)
            try:
                yield held
            finally:
                held.end()

    async def forget(self, room: str) -> None:
        """Erase the document of *room* for good, copies in quarantine too. Raises StoreFull."""
        await self._documents.erase(Key(Kind.PROJECT, room))

    async def forget_person(self, user: str) -> None:
        """Erase the document of *user* for good, copies in quarantine too. Raises StoreFull."""
        await self._documents.erase(Key(Kind.PERSON, user))

    async def rooms(self) -> AsyncIterator[RoomDocument]:
        """Yield every stored project that can be read; what cannot is reported.

        If the last run was cut short, persons that disagree with the projects are mended at the
        end.
        """
        members: dict[str, dict[str, bool]] = defaultdict(dict)
        known: set[str] = set()
        complete = True
        with suppress(StoreFull):  # then memory knows better than the disk, and is asked below
            await self._documents.write_settled()
        async for one in self._scan(Kind.PROJECT):
            if not isinstance(one, RoomDocument):
                complete = False
                continue
            slot = self._documents.in_memory(Key(Kind.PROJECT, one.project.room))
            if slot and slot.current is None:
                continue  # erased since the file was read
            document = room_of(slot.current) if slot and slot.current else as_loaded(one)
            if self._directory.was_cut_short:
                known.add(document.project.room)
                for user, member in document.project.members.items():
                    members[user][document.project.room] = member.present
            yield document
        if self._directory.was_cut_short:
            async for person in self._scan(Kind.PERSON):
                if isinstance(person, PersonDocument):
                    present = members.get(person.user, {})
                    await self._mend(person, doubtful(person, present, known, complete=complete))
            self._directory.was_cut_short = False

    async def rooms_of(self, user: str, *, left: bool = False) -> list[str]:
        """Return the project rooms that *user* is in, as those rooms know it; `left`: or was."""
        slot = self._documents.in_memory(Key(Kind.PERSON, user))
        try:
            if slot is None:
                named = await asyncio.to_thread(self._backend.rooms_of, user)
            else:
                named = person_of(slot.current).rooms if slot.current else []
        except Damaged as error:
            self._documents.report(error.damage)
            return []
        rooms = []
        for room in named:
            with suppress(Damaged):
                body = await self._documents.look(Key(Kind.PROJECT, room))
                if body and _knows(room_of(body), user, left=left):
                    rooms.append(room)
        return rooms

    async def close(self) -> None:
        """Write what is settled, release the directory. Raises StoreFull if that was not taken."""
        if not self._open:
            return
        self._open = False
        whole = False
        try:
            whole = await self._documents.close()
        finally:
            self._backend.close()
            self._directory.release(whole=whole)

    async def _scan(self, kind: Kind) -> AsyncIterator[Document | Damage]:
        """Yield the documents on disk, read by a thread, and report what cannot be read."""
        found = self._backend.scan(kind)
        while some := await asyncio.to_thread(lambda: list(islice(found, CHUNK))):
            for one in some:
                if isinstance(one, Damage):
                    self._documents.report(one)
                yield one

    async def _mend(self, person: PersonDocument, rooms: list[str]) -> None:
        """Bring *person* into agreement with *rooms*: holding both does it."""
        for room in rooms:
            with suppress(Damaged, StoreFull):
                async with self.hold(room, [person.user]) as held:
                    await held.commit()


def _knows(document: RoomDocument, user: str, *, left: bool) -> bool:
    """Tell whether *user* is in a room that the bot is in; `left`: whether they ever were."""
    member = document.project.members.get(user)
    if member is None:
        return False
    return left or (member.present and "left" not in document.extra)
