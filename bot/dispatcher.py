"""The dispatcher: takes what was heard through load, hear, commit and deliver, room by room."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime

from bot.assistant import Assistant, Reach
from bot.delivery import Delivery
from bot.heard import Heard, Said
from bot.model.documents import RoomDocument
from bot.ports import Alarm, Clock, Door, Held, Later, Never, Store, StoreFull

log = logging.getLogger(__name__)
MANY = 32
"""Commands worked on at the same time; more would make the loop late for everybody."""


class Dispatcher:
    """Brings store, heart and door together; each room is worked on by one task at a time."""

    def __init__(self, assistant: Assistant, store: Store, clock: Clock, alarm: Alarm) -> None:
        """Bring them together; the door is set before the first message is heard."""
        self.assistant = assistant
        self.store = store
        self.clock = clock
        self.alarm = alarm
        self.delivery = Delivery(assistant, store, clock, self._plan)
        self._due: dict[str, datetime | None] = {}
        self._all_rooms = asyncio.Lock()
        self._places = asyncio.Semaphore(MANY)

    async def start(self) -> None:
        """Find out what is due in every stored room, and deliver what was left over."""
        async for document in self.store.rooms():
            if "left" in document.extra:
                continue
            self._plan(document)
            if document.outbox:
                await self.kick(document.project.room)

    async def close(self) -> None:
        """Stop delivering."""
        await self.delivery.close()

    @property
    def door(self) -> Door | None:
        """Return the way in and out; it is set before the first message is heard."""
        return self.delivery.door

    @door.setter
    def door(self, door: Door) -> None:
        self.delivery.door = door

    async def kick(self, room: str) -> None:
        """Deliver what waits in the outbox of *room*."""
        await self.delivery.kick(room)

    # --- hearing -----------------------------------------------------------------------------

    async def hear(self, heard: Heard) -> None:
        """Do what *heard* asks for; return when its effects are durable. Raises StoreFull."""
        async with self._places:
            shared = await self._shared(heard)
            room = shared[0] if shared is not None and len(shared) == 1 else heard.room
            several = shared if shared is not None and len(shared) != 1 else None
            await self._hear_in(room, heard, several)

    async def _shared(self, heard: Heard) -> list[str] | None:
        """Return the projects that a direct message may be about; None if it is not direct."""
        if not heard.direct:
            return None
        rooms = await self.store.rooms_of(heard.sender)
        return sorted(room for room in rooms if room != heard.room)

    async def _hear_in(self, room: str, heard: Heard, several: list[str] | None) -> None:
        now = self.clock()
        reach = Reach(shared=await self._titles(several))
        try:
            async with self.store.hold(room, [heard.sender]) as held:
                document = held.room or self.assistant.new_room(room, now)
                known = len(document.project.members)
                reach.people = dict(held.people)
                self._look_around(document, heard)
                reach.changed = self._catch_up(document, now)
                self.assistant.hear(document, heard, now, reach)
                if reach.changed and not reach.wants_rooms:
                    await self._commit(held, document, reach)
                elif not reach.wants_rooms and len(document.project.members) != known:
                    held.room = document
                    held.settle()
        except StoreFull:
            await self._cannot_save(heard)
            raise
        except OSError:
            raise
        except Exception:
            reference = self.assistant.reference(heard)
            log.exception("bug %s while hearing %s", reference, type(heard).__name__)
            await self._say_bug(room, heard, reference)
            return
        if reach.wants_rooms:
            await self._hear_everywhere(room, heard)
            return
        if reach.redirect:
            target, line = reach.redirect
            event = f"{heard.event}>{target}"
            said = _as_said(heard, line, event)
            await self._hear_in(target, said, None)
            return
        if reach.changed:
            await self.kick(room)

    async def _say_bug(self, room: str, heard: Heard, reference: str) -> None:
        """Tell who spoke to us that something broke, with the reference; change nothing else."""
        async with self.store.hold(room) as held:
            if held.room is None:
                return
            self.assistant.say_bug(held.room, heard, self.clock(), reference)
            await self._commit(held, held.room, Reach())
        await self.kick(room)

    def _catch_up(self, document: RoomDocument, now: datetime) -> bool:
        """Ring what is due before anything changes; True if there was something.

        What falls due before a change follows the project as it was: a task that is opened again
        must not be reminded of dates that passed while it was done.
        """
        project = document.project
        due = self._due.get(project.room, project.reminded_until)
        if "left" in document.extra or (due is not None and due <= now):
            before = len(document.outbox)
            self.assistant.remind(document, now)
            return len(document.outbox) != before
        if project.reminded_until is None or project.reminded_until < now:
            project.reminded_until = now
        return False

    async def _titles(self, rooms: list[str] | None) -> dict[str, str] | None:
        """Return room -> what people call its project."""
        if rooms is None:
            return None
        titles = {}
        for room in rooms:
            async with self.store.hold(room) as held:
                titles[room] = held.room.project.called if held.room else ""
        return titles

    def _look_around(self, document: RoomDocument, heard: Heard) -> None:
        """Read the sender's power anew from the room's real state (DESIGN 7)."""
        if self.door is None or not heard.direct:
            return
        member = document.project.members.get(heard.sender)
        power = self.door.power(document.project.room, heard.sender)
        if member and power is not None:
            member.power = power

    async def _hear_everywhere(self, room: str, heard: Heard) -> None:
        """Hear again with all rooms of the sender: "my data", "forget me"."""
        now = self.clock()
        rooms = sorted({room, *await self.store.rooms_of(heard.sender)})
        async with self._all_rooms, AsyncExitStack() as stack:
            helds: dict[str, Held] = {}
            for one in rooms:
                people = [heard.sender] if one == rooms[-1] else []
                helds[one] = await stack.enter_async_context(self.store.hold(one, people))
            documents = {
                one: held.room or self.assistant.new_room(one, now) for one, held in helds.items()
            }
            reach = Reach(people=dict(helds[rooms[-1]].people))
            reach.rooms = [documents[one] for one in rooms]
            try:
                self.assistant.hear(documents[room], heard, now, reach)
                for one in rooms:
                    last = one == rooms[-1]
                    await self._commit(helds[one], documents[one], reach if last else Reach())
            except StoreFull:
                await self._cannot_save(heard)
                raise
        if reach.forgets:
            await self.store.forget_person(heard.sender)
        for one in rooms:
            await self.kick(one)

    async def _commit(self, held: Held, document: RoomDocument, reach: Reach) -> None:
        """Write the room and the people, in one batch."""
        covered = self.door.covered if self.door else 0
        document.seen = {e: n for e, n in document.seen.items() if n == 0 or n > covered}
        held.room = document
        for user, person in reach.people.items():
            held.people[user] = person
        await held.commit()
        due = self._due.get(document.project.room, document.project.created)
        if not reach.shown or (due is not None and due <= self.clock()):
            self._plan(document)

    def _plan(self, document: RoomDocument) -> None:
        """Have the room woken when it next has something to do."""
        room = document.project.room
        moment = None
        if "left" not in document.extra:
            moment = self.assistant.next_due(document, self.clock())
        self._due[room] = moment
        self.alarm.set(room, moment)

    async def _cannot_save(self, heard: Heard) -> None:
        """Tell the sender, in this one case without the outbox: the disk takes nothing."""
        if self.door is None or not isinstance(heard, Said):
            return
        try:
            await self.door.deliver(heard.room, self.assistant.cannot_save(heard, self.clock()))
        except (Later, Never):
            log.warning("the sender could not be told that the disk is full")

    # --- reminding -----------------------------------------------------------------------------

    async def wake(self, room: str) -> None:
        """Remind *room* of what is due, and deliver what had to wait."""
        now = self.clock()
        async with self.store.hold(room) as held:
            document = held.room
            if document is None or "left" in document.extra:
                return
            before = len(document.outbox)
            self.assistant.remind(document, now)
            if len(document.outbox) != before:
                await held.commit()
            else:
                held.settle()
            self._plan(document)
        await self.kick(room)


def _as_said(heard: Heard, line: str, event: str) -> Said:
    said = (
        heard if isinstance(heard, Said) else Said(heard.room, heard.event, heard.sender, heard.at)
    )
    return replace(
        said, event=event, body=f"!{line}", html=None, direct=True, reply_to=None, edits=None
    )
