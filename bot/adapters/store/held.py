"""What a handler holds of the store: private copies, and the two ways to keep a change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.adapters.store.coding import body_of, person_of, room_of
from bot.adapters.store.names import key_of
from bot.adapters.store.repair import mend

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.adapters.store.documents import Change
    from bot.adapters.store.shelf import Slot
    from bot.model.documents import PersonDocument, RoomDocument


class HeldDocuments:
    """One room and some people, under their locks; see `ports.Held`."""

    room: RoomDocument | None
    people: dict[str, PersonDocument]

    def __init__(
        self,
        room: Slot,
        people: Sequence[Slot],
        commit: Callable[[list[Change]], Awaitable[None]],
        settle: Callable[[list[Change]], None],
    ) -> None:
        """Copy what the slots hold; *commit* and *settle* take what was changed."""
        self._room = room
        self._people = {slot.key.id: slot for slot in people}
        self._commit = commit
        self._settle = settle
        self._over = False
        self.room = room_of(room.current) if room.current is not None else None
        self.people = {
            user: person_of(slot.current)
            for user, slot in self._people.items()
            if slot.current is not None
        }
        for person in self.people.values():
            mend(person, room.key.id, self.room)

    async def commit(self) -> None:
        """Write all that was changed in one batch; return once it is durable.

        Raises StoreFull if the disk does not take it: then nothing was changed, in memory or on
        disk. Once begun, it is brought to its end even if the caller is cancelled.
        """
        await self._commit(self._changes())

    def settle(self) -> None:
        """Keep the changes in memory; they are written with the next commit, or within a second."""
        self._settle(self._changes())

    def end(self) -> None:
        """Take note that the locks are gone: nothing can be kept from now on."""
        self._over = True

    def _changes(self) -> list[Change]:
        """Return everything held with its body; the room last, since it is the truth."""
        if self._over:
            raise RuntimeError("the documents are no longer held")
        bodies: list[Change] = []
        for user, person in self.people.items():
            if user not in self._people or person.user != user:
                raise LookupError("a person can be kept only where hold() was asked for them")
            bodies.append((self._people[user], body_of(person)))
        if self.room is not None:
            if key_of(self.room) != self._room.key:
                raise LookupError("a room can be kept only under its own id")
            bodies.append((self._room, body_of(self.room)))
        elif self._room.current is not None:
            raise LookupError("a room is erased by forget(), not by leaving it out")
        return bodies
