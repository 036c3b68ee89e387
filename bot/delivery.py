"""Delivery: what waits in the outboxes goes to the homeserver, in order, once (DESIGN 4)."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from bot import faults
from bot.assistant import Assistant, files, locking, moving
from bot.assistant.speaking import BOARD
from bot.model.documents import Entry, Kind, RoomDocument
from bot.ports import Clock, Door, Later, Never, Store, StoreFull
from bot.vitals import Vitals

log = logging.getLogger(__name__)
MOST_ANCHORS = 500
"""Messages of ours that stay known as what they show, per room."""
PASSING = ("answer ", "about ", "ring")
"""Targets that nobody edits once their message is forgotten."""
REMEMBERED = {Kind.NOTICE, Kind.TEXT, Kind.POLL}
OWN_SECONDS = 60.0
"""How long somebody's button waits for the message that it belongs to."""
OWN_LOOK_SECONDS = 0.1
AFTER_TROUBLE = 30.0
"""Seconds until a delivery that broke is tried again."""


@dataclass(frozen=True)
class Delivered:
    """An entry that is done with: sent, or set aside."""

    entry: Entry
    event: str | None
    refused: bool = False


@dataclass(frozen=True)
class Pause:
    """How long to wait; if not `everything` waits, something new is delivered at once."""

    seconds: float
    everything: bool = True


class Delivery:
    """Empties the outboxes, one task per room; a slow room holds up no other."""

    def __init__(
        self,
        assistant: Assistant,
        store: Store,
        clock: Clock,
        plan: Callable[[RoomDocument], None],
        vitals: Vitals | None = None,
    ) -> None:
        """`plan` has a room woken when it next has something to do; *vitals* count what is sent."""
        self._vitals = vitals or Vitals()
        self.door: Door | None = None
        self.background = True
        """Deliver in tasks of their own; False = `kick` returns when all is delivered."""
        self._assistant = assistant
        self._store = store
        self._clock = clock
        self._plan = plan
        self._pumps: dict[str, asyncio.Task[None]] = {}
        self._bells: dict[str, asyncio.Event] = {}
        """Rings for a pump when there is something new."""
        self._locked: dict[str, datetime] = {}
        """Rooms that refuse us -> when they are tried again."""
        self._unsent: set[str] = set()
        """Entries that were chosen in this life, and that the server has not taken for certain."""
        self._at_work: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._wanted: Counter[str] = Counter()
        """Project rooms whose deliveries somebody wants to hold up."""
        self._closed: dict[str, datetime] = {}
        """Project rooms that have something waiting for a locked room -> until when."""

    async def close(self) -> None:
        """Stop; what is in the outboxes waits for the next start."""
        pumps = list(self._pumps.values())
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    @asynccontextmanager
    async def still(self, room: str) -> AsyncIterator[None]:
        """Hold up the deliveries of the project *room*: nothing of it is on its way meanwhile.

        What is being sent is waited for, and nothing behind it.
        """
        self._wanted[room] += 1
        try:
            async with self._at_work.setdefault(room, asyncio.Lock()):
                yield
        finally:
            self._wanted -= Counter([room])

    def unlock(self, room: str) -> None:
        """Try *room* again at once: we were invited there."""
        self._locked.pop(room, None)

    async def know(self, room: str, event: str) -> None:
        """Wait until it is known what *event* shows, if it may be a message still being sent.

        People may have it before we know its id: a life ended, or an answer was lost, in between.
        Sent again it gets the same id. In vain for a minute, or in a room that refuses us: never.
        """
        end = asyncio.get_running_loop().time() + OWN_SECONDS
        while self.background and asyncio.get_running_loop().time() < end:
            async with self._store.hold(room) as held:
                document = held.room
                if document is None or event in document.anchors:
                    return
                if not any(self._may_be_sent(one, room) for one in document.outbox):
                    return
            await asyncio.sleep(OWN_LOOK_SECONDS)

    def _may_be_sent(self, entry: Entry, room: str) -> bool:
        """Tell whether *entry* may be a message that people see already."""
        if not entry.tried or entry.kind not in REMEMBERED or entry.id in self._unsent:
            return False
        return (entry.room or room) not in self._locked

    async def kick(self, room: str) -> None:
        """Deliver what waits in the outbox of *room*."""
        if not self.background:
            await self._deliver_ready(room)
            return
        if room in self._pumps and not self._pumps[room].done():
            self._bells[room].set()
            return
        self._bells[room] = asyncio.Event()
        pump = self._pumps[room] = asyncio.create_task(self._pump(room))
        pump.add_done_callback(lambda done: self._forget_pump(room, done))

    def _forget_pump(self, room: str, done: asyncio.Task[None]) -> None:
        if self._pumps.get(room) is done:
            del self._pumps[room], self._bells[room]

    async def _pump(self, room: str) -> None:
        """Deliver until nothing is left, waiting as long as the server wants."""
        bell = self._bells[room]
        while True:
            bell.clear()
            try:
                pause = await self._deliver_ready(room)
            except StoreFull:
                pause = Pause(AFTER_TROUBLE)
            except Exception as error:  # noqa: BLE001 - a mistake of ours ends no delivery
                self._vitals.bugs += 1
                faults.tell(log, "delivery stopped, it is tried again", error)
                pause = Pause(AFTER_TROUBLE)
            if pause is None and not bell.is_set():
                return
            if pause is not None and pause.everything:
                await asyncio.sleep(pause.seconds)
            elif pause is not None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(bell.wait(), pause.seconds)

    async def _deliver_ready(self, room: str) -> Pause | None:
        """Deliver all that is ready; return how long to wait if something is left over."""
        async with self._at_work.setdefault(room, asyncio.Lock()):
            return await self._deliver_all(room)

    async def _deliver_all(self, room: str) -> Pause | None:
        done: list[Delivered] = []
        try:
            while True:
                if room in self._wanted:
                    return Pause(0)
                ready, done = await self._next_ready(room, done), []
                if not ready:
                    break
                for entry in ready:
                    result = await self._attempt(room, entry)
                    if isinstance(result, Later) and not result.locked:
                        return Pause(result.seconds)
                    if isinstance(result, Later):
                        until = self._clock() + timedelta(seconds=result.seconds)
                        self._locked[entry.room or room] = until
                        self._vitals.locked_rooms = len(self._locked)
                        await self._tell_locked(room, entry)
                    else:
                        done.append(result)
                    if room in self._wanted or (entry.kind in REMEMBERED and done):
                        break  # settled at once; what rings by now goes before the rest
        finally:
            if done:
                await self._next_ready(room, done, choose=False)
        closed = self._closed.pop(room, None)
        if closed is None:
            return None
        return Pause(max(1.0, (closed - self._clock()).total_seconds()), everything=False)

    async def _next_ready(
        self, room: str, done: list[Delivered], *, choose: bool = True
    ) -> list[Entry]:
        """Settle what is *done*; return the entries to deliver next, in order, marked as tried."""
        now = self._clock()
        async with self._store.hold(room) as held:
            document = held.room
            if document is None or not (document.outbox or done):
                return []
            for one in done:
                _settle(document, one)
                if one.refused and one.entry.kind is Kind.PIN:
                    self._assistant.cannot_pin(document, now)
                elif one.refused and one.entry.kind is Kind.FILE:
                    files.not_taken(document, one.entry, now)
                elif one.refused and one.entry.kind is Kind.JOIN:
                    moving.no_way_in(document, one.entry.room or room, now)
                elif one.event:
                    locking.open_again(document, one.entry, now)
            frozen = choose and self._freeze(document, now)
            self._locked = {one: until for one, until in self._locked.items() if until > now}
            self._vitals.locked_rooms = len(self._locked)
            self._note_closed(document)
            chosen = _choose(document, now, frozenset(self._locked)) if choose else []
            for entry in chosen:
                if not entry.tried:
                    self._unsent.add(entry.id)
                entry.tried = True
            if frozen:
                await held.commit()
                self._plan(document)
            else:
                held.settle()
            return [_resolved(document, entry) for entry in chosen]

    async def _tell_locked(self, room: str, entry: Entry) -> None:
        """Have coordinators told, once and where they talk to us alone, that *room* is locked."""
        if entry.room not in {None, room} or entry.kind not in locking.WORDS:
            return
        async with self._store.hold(room) as held:
            if held.room is None or locking.is_told(held.room):
                return
            who = locking.coordinators(held.room.project)
        async with self._store.hold(room, who) as held:
            if held.room is not None and locking.tell(held.room, held.people, self._clock()):
                await held.commit()

    def _note_closed(self, document: RoomDocument) -> None:
        """Remember when something that waits for a locked room can be tried again."""
        room = document.project.room
        places = {entry.room or room for entry in document.outbox} & self._locked.keys()
        self._closed.pop(room, None)
        if places:
            self._closed[room] = min(self._locked[place] for place in places)

    def _freeze(self, document: RoomDocument, now: datetime) -> bool:
        """Put reminders that are about to be tried into words; drop those that say nothing now.

        True if there were any: what is tried has to be durable as it is.
        """
        found = False
        for entry in list(document.outbox):
            waits = entry.not_before is not None and entry.not_before > now
            if not entry.occurrences or entry.body or waits:
                continue
            found = True
            if not self._assistant.put_into_words(document, entry, now):
                document.outbox.remove(entry)
        return found

    async def _attempt(self, room: str, entry: Entry) -> Delivered | Later:
        """Deliver one entry; return how it went, or what to wait for."""
        if self.door is None:
            return Later(1)
        sure = entry.id in self._unsent
        self._unsent.discard(entry.id)
        try:
            event = await self.door.deliver(entry.room or room, entry)
        except Later as later:
            if sure and later.unsent:
                self._unsent.add(entry.id)
            return later
        except Never as never:
            log.log(_weight(entry), "an entry was set aside: %s %s", entry.kind, never)
            self._vitals.set_aside += 1
            return Delivered(entry, None, refused=True)
        self._vitals.sent += 1
        return Delivered(entry, event)


def _weight(entry: Entry) -> int:
    """Return how much it matters that *entry* was set aside; few rooms let us pin."""
    if entry.droppable:
        return logging.DEBUG
    return logging.INFO if entry.kind is Kind.PIN else logging.WARNING


def _choose(document: RoomDocument, now: datetime, locked: frozenset[str]) -> list[Entry]:
    """Return what can be sent now: by priority, but in order among entries of one target.

    What goes into a room that is *locked* holds up nothing that goes elsewhere.

    An entry that needs the event id of a message still to be sent waits for the next round.
    """
    busy: set[str] = set()
    held_up = False
    chosen: list[tuple[int, int, Entry]] = []
    for place, entry in enumerate(document.outbox):
        key = entry.target or entry.id
        waits = entry.not_before is not None and entry.not_before > now
        shut = (entry.room or document.project.room) in locked
        waits = waits or (shut and entry.kind is not Kind.LEAVE)
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


def _settle(document: RoomDocument, done: Delivered) -> None:
    """Take an entry out of the outbox; remember what its message shows."""
    entry, event = done.entry, done.event
    document.outbox = [one for one in document.outbox if one.id != entry.id]
    if entry.kind is Kind.LEAVE and entry.room is not None:
        document.outbox = [one for one in document.outbox if one.room != entry.room]
    if event is None or entry.target is None or entry.kind not in REMEMBERED:
        return
    document.anchors[event] = entry.target
    document.places[entry.target] = event
    document.elsewhere.pop(entry.target, None)
    if entry.room:
        document.elsewhere[entry.target] = entry.room
    for old in list(document.anchors)[:-MOST_ANCHORS]:
        shown = document.anchors.pop(old)
        if document.places.get(shown) == old and shown.startswith(PASSING):
            del document.places[shown]
            document.elsewhere.pop(shown, None)
