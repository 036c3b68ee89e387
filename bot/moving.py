"""Moving: takes a project from a room that was replaced to the one that comes after it.

Two sides have to agree, both by real state: the tombstone of the old room and the first event of
the new one (client-server API, "Room upgrades"). The new document is durable, and says where it
comes from, before the old one is erased: whatever is cut in between is finished at the next start.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from bot.assistant import Reach, moving
from bot.heard import Heard, Invited, Upgraded
from bot.model.documents import RoomDocument
from bot.ports import Held, Store, StoreFull

log = logging.getLogger(__name__)
PEOPLE_AT_ONCE = 50
"""Persons whose documents are held together."""


class Moved(Exception):
    """The project is in another room now."""


@dataclass(frozen=True)
class Hands:
    """What the dispatcher lends."""

    store: Store
    together: AbstractAsyncContextManager[object]
    """Held by whoever holds several rooms at once."""
    commit: Callable[[Held, RoomDocument, Reach], Awaitable[None]]
    kick: Callable[[str], Awaitable[None]]
    still: Callable[[str], AbstractAsyncContextManager[object]]
    """While it is held nothing of that room is on its way to the server."""


class Moves:
    """Knows which rooms were left behind, and which are on their way."""

    def __init__(self) -> None:
        self.left_behind: dict[str, str] = {}
        """Old room -> the one that has its project."""
        self._known: dict[str, datetime] = {}
        """While starting: room -> when its project was made."""
        self._early: dict[str, Upgraded] = {}
        """Old room -> what the new one says, heard before the old one's tombstone."""

    # --- at the start --------------------------------------------------------------------------

    def learn(self, document: RoomDocument) -> None:
        """Take note of a stored *document*, for `repair`."""
        project = document.project
        self._known[project.room] = project.created
        for old in document.extra.get(moving.MOVED_FROM, ()):
            self.left_behind[old] = project.room

    async def repair(self, store: Store) -> list[str]:
        """Finish the moves that were cut; return the rooms whose documents were erased.

        A copy that was left over is as old as the project itself. A younger one is a new project:
        the bot was invited to the old room again.
        """
        stale = []
        for old, new in list(self.left_behind.items()):
            made = self._known.get(old)
            if made is None:
                continue
            if made == self._known.get(new):
                stale.append(old)
                await _erase(store, old, new)
            else:
                del self.left_behind[old]
        self._known = {}
        return stale

    # --- while running -------------------------------------------------------------------------

    def ignores(self, heard: Heard) -> bool:
        """Tell whether *heard* comes from a room that was left behind; an invitation never is."""
        if isinstance(heard, Invited):
            self.left_behind.pop(heard.room, None)
        return heard.room in self.left_behind

    async def invited(self, hands: Hands, heard: Invited) -> bool:
        """Tell whether *heard* leads to a room that a project is about to move to.

        Then nobody says hello there. The door follows the invitation.
        """
        for old in heard.replaces:
            async with hands.store.hold(old) as held:
                document = held.room
                if document is None or not moving.is_project(document):
                    continue
                note = document.extra.setdefault(
                    moving.NOTE, {"to": heard.room, "since": heard.at.isoformat()}
                )
                if note["to"] != heard.room or note.get("wrong"):
                    continue
                note["waits"] = True
                note["asked"] = bool(note.get("asked")) or heard.asked
                await hands.commit(held, document, Reach())
            return True
        return False

    async def upgraded(self, hands: Hands, heard: Upgraded, now: datetime) -> Invited | None:
        """Do what *heard* asks for: look for the way, move, or stay. Raises StoreFull.

        Return an invitation if the new room turns out to be a room like any other.
        """
        if heard.room in self.left_behind:
            return None
        awaited = False
        async with hands.store.hold(heard.room) as held:
            document = held.room
            if document is None or not moving.is_project(document):
                return None
            if heard.closed:
                heard = self._completed(heard)
                if moving.set_out(document, heard, now):
                    await hands.commit(held, document, Reach())
            note = moving.note_of(document)
            awaited = note.get("to") == heard.to and not note.get("wrong")
        if not awaited:
            self._early[heard.room] = heard
        elif heard.agreed is None:
            await hands.kick(heard.room)
        elif not (heard.agreed and await self._move(hands, heard, now)):
            return await self._stay(hands, heard, now)
        return None

    def _completed(self, heard: Upgraded) -> Upgraded:
        """Return the tombstone *heard* with what the new room said before, if it did."""
        early = self._early.pop(heard.room, None)
        if early is None or early.to != heard.to or heard.agreed is not None:
            return heard
        return replace(heard, agreed=early.agreed, people=early.people)

    async def _move(self, hands: Hands, heard: Upgraded, now: datetime) -> bool:
        """Move the project; False if the new room has one of its own, in which people work."""
        old, new = heard.room, heard.to
        async with AsyncExitStack() as stack:
            for room in sorted({old, new}):
                await stack.enter_async_context(hands.still(room))
            # after them: at a slow server they take minutes, in which others ask for all rooms
            await stack.enter_async_context(hands.together)
            helds = {
                room: await stack.enter_async_context(hands.store.hold(room))
                for room in sorted({old, new})
            }
            document, fresh = helds[old].room, helds[new].room
            if document is None:
                return True
            if fresh is not None and not moving.is_fresh(fresh):
                return False
            await hands.commit(helds[new], moving.moved(document, heard, fresh, now), Reach())
            self.left_behind[old] = new
            # whoever waits for the old document finds it empty and closed
            document.extra = {"left": now.isoformat(), moving.MOVED_TO: new}
            document.outbox.clear()
            try:
                await hands.commit(helds[old], document, Reach())
            except StoreFull:
                log.warning("an old copy of a project stays until the next start")
                return True
        await _erase(hands.store, old, new, list(document.project.members))
        await hands.kick(new)
        return True

    @staticmethod
    async def _stay(hands: Hands, heard: Upgraded, now: datetime) -> Invited | None:
        """Stay in the old room: the new one is not its successor."""
        asked = False
        async with hands.store.hold(heard.to) as there:
            known = there.room is not None and moving.is_project(there.room)
        async with hands.store.hold(heard.room) as held:
            if held.room is not None:
                asked = moving.wrong_way(held.room, now, known=known)
                await hands.commit(held, held.room, Reach())
        await hands.kick(heard.room)
        if not asked:
            return None
        event = f"$invite/{heard.to}"
        return Invited(heard.to, event, heard.sender, now, position=heard.position)

    async def stop_waiting(self, hands: Hands, now: datetime) -> None:
        """Count those who have not followed for long as gone."""
        rooms = [
            one.project.room async for one in hands.store.rooms() if moving.EXPECTED in one.extra
        ]
        for room in rooms:
            async with hands.store.hold(room) as held:
                if held.room is not None and moving.stop_waiting(held.room, now):
                    await hands.commit(held, held.room, Reach())


async def _erase(store: Store, old: str, new: str, members: list[str] | None = None) -> None:
    """Have the people of the project find it in the *new* room; erase the *old* copy.

    A disk that refuses is left to the next start: the project has moved all the same.
    """
    try:
        if members is None:
            async with store.hold(new) as held:
                members = list(held.room.project.members) if held.room else []
        for first in range(0, len(members), PEOPLE_AT_ONCE):
            some = members[first : first + PEOPLE_AT_ONCE]
            async with store.hold(new, some) as held:
                for person in held.people.values():
                    rooms = [new if one == old else one for one in person.rooms]
                    person.rooms = list(dict.fromkeys(rooms))
                await held.commit()
        await store.forget(old)
    except StoreFull:
        log.warning("an old copy of a project stays until the next start")
