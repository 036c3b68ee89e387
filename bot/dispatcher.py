"""The dispatcher: takes what was heard through load, hear, commit and deliver, room by room."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime

from bot.assistant import Assistant, Reach
from bot.assistant.speaking import BOARD
from bot.heard import Heard, Said
from bot.model.documents import Entry, Kind, RoomDocument
from bot.ports import Alarm, Clock, Door, Held, Later, Never, Store, StoreFull

log = logging.getLogger(__name__)
MOST_ANCHORS = 500
"""Messages of ours that stay known as what they show, per room."""
PASSING = ("answer ", "about ", "ring")
"""Targets that nobody edits once their message is forgotten."""
REMEMBERED = {Kind.NOTICE, Kind.TEXT}
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
        self.door: Door | None = None
        self.background = True
        """Deliver in tasks of their own; False = `hear` returns when all is delivered."""
        self._pumps: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
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
        """Stop delivering; what is in the outboxes waits for the next start."""
        pumps = list(self._pumps.values())
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

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

    # --- delivering ------------------------------------------------------------------------------

    async def kick(self, room: str) -> None:
        """Deliver what waits in the outbox of *room*."""
        if not self.background:
            await self._deliver_ready(room)
            return
        if room in self._pumps and not self._pumps[room].done():
            self._again.add(room)
            return
        pump = self._pumps[room] = asyncio.create_task(self._pump(room))
        pump.add_done_callback(lambda done: self._forget_pump(room, done))

    def _forget_pump(self, room: str, done: asyncio.Task[None]) -> None:
        if self._pumps.get(room) is done:
            del self._pumps[room]

    async def _pump(self, room: str) -> None:
        while True:
            self._again.discard(room)
            try:
                pause = await self._deliver_ready(room)
            except StoreFull:
                pause = 30.0
            except Exception:
                log.exception("delivery stopped; it is tried again")
                pause = 30.0
            if pause is not None:
                await asyncio.sleep(pause)
            elif room not in self._again:
                return

    async def _deliver_ready(self, room: str) -> float | None:
        """Deliver all that is ready; return the seconds to wait if the server wants us to."""
        while ready := await self._next_ready(room):
            for entry in ready:
                pause = await self._deliver(room, entry)
                if pause is not None:
                    return pause
        return None

    async def _next_ready(self, room: str) -> list[Entry]:
        """Return the entries to deliver now, in order, marked as tried and resolved."""
        now = self.clock()
        async with self.store.hold(room) as held:
            document = held.room
            if document is None or not document.outbox:
                return []
            frozen, dropped = self._freeze(document, now)
            chosen = _choose(document, now)
            for entry in chosen:
                entry.tried = True
            if frozen or dropped:
                await held.commit()
            else:
                held.settle()
            self._plan(document)
            return [_resolved(document, entry) for entry in chosen]

    def _freeze(self, document: RoomDocument, now: datetime) -> tuple[bool, bool]:
        """Put reminders that are about to be tried into words; drop those that say nothing now."""
        frozen = dropped = False
        for entry in list(document.outbox):
            waits = entry.not_before is not None and entry.not_before > now
            if not entry.occurrences or entry.body or waits:
                continue
            if self.assistant.put_into_words(document, entry, now):
                frozen = True
            else:
                document.outbox.remove(entry)
                dropped = True
        return frozen, dropped

    async def _deliver(self, room: str, entry: Entry) -> float | None:
        """Deliver one entry and settle its event id; return the seconds to wait if it must."""
        if self.door is None:
            return 1.0
        event: str | None = None
        refused = False
        try:
            event = await self.door.deliver(entry.room or room, entry)
        except Later as later:
            return later.seconds
        except Never as never:
            refused = True
            log.log(
                logging.DEBUG if entry.droppable else logging.WARNING,
                "an entry was set aside: %s %s",
                entry.kind,
                never,
            )
        async with self.store.hold(room) as held:
            if held.room is not None:
                _delivered(held.room, entry, event)
                if refused and entry.kind is Kind.PIN:
                    self.assistant.cannot_pin(held.room, self.clock())
                held.settle()
        return None


def _as_said(heard: Heard, line: str, event: str) -> Said:
    said = (
        heard if isinstance(heard, Said) else Said(heard.room, heard.event, heard.sender, heard.at)
    )
    return replace(
        said, event=event, body=f"!{line}", html=None, direct=True, reply_to=None, edits=None
    )


def _choose(document: RoomDocument, now: datetime) -> list[Entry]:
    """Return what can be sent now: by priority, but in order among entries of one target.

    An entry that needs the event id of a message still to be sent waits for the next round.
    """
    busy: set[str] = set()
    held_up = False
    chosen: list[tuple[int, int, Entry]] = []
    for place, entry in enumerate(document.outbox):
        key = entry.target or entry.id
        waits = entry.not_before is not None and entry.not_before > now
        if waits or key in busy:
            held_up = held_up or not waits
            busy.add(key)
            continue
        busy.add(key)
        chosen.append((entry.priority, place, entry))
    ready = [entry for _priority, _place, entry in sorted(chosen, key=lambda one: one[:2])]
    urgent = [entry for entry in ready if entry.priority < BOARD]
    return urgent if held_up and urgent else ready  # the board is the last of all


def _resolved(document: RoomDocument, entry: Entry) -> Entry:
    """Return *entry* with the event id that its target stands for."""
    if entry.relates_to or entry.kind in REMEMBERED or entry.target is None:
        return entry
    return replace(entry, relates_to=document.places.get(entry.target, ""))


def _delivered(document: RoomDocument, entry: Entry, event: str | None) -> None:
    """Take *entry* out of the outbox; remember what its message shows."""
    document.outbox = [one for one in document.outbox if one.id != entry.id]
    if event is None or entry.target is None or entry.kind not in REMEMBERED:
        return
    document.anchors[event] = entry.target
    document.places[entry.target] = event
    for old in list(document.anchors)[:-MOST_ANCHORS]:
        shown = document.anchors.pop(old)
        if document.places.get(shown) == old and shown.startswith(PASSING):
            del document.places[shown]
