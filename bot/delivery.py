"""Delivery: what waits in the outboxes goes to the homeserver, in order, once (DESIGN 4)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.assistant import Assistant
from bot.assistant.speaking import BOARD
from bot.model.documents import Entry, Kind, RoomDocument
from bot.ports import Clock, Door, Later, Never, Store, StoreFull

log = logging.getLogger(__name__)
MOST_ANCHORS = 500
"""Messages of ours that stay known as what they show, per room."""
PASSING = ("answer ", "about ", "ring")
"""Targets that nobody edits once their message is forgotten."""
REMEMBERED = {Kind.NOTICE, Kind.TEXT}
AFTER_TROUBLE = 30.0
"""Seconds until a delivery that broke is tried again."""


@dataclass(frozen=True)
class Delivered:
    """An entry that is done with: sent, or set aside."""

    entry: Entry
    event: str | None
    refused: bool = False


class Delivery:
    """Empties the outboxes, one task per room; a slow room holds up no other."""

    def __init__(
        self,
        assistant: Assistant,
        store: Store,
        clock: Clock,
        plan: Callable[[RoomDocument], None],
    ) -> None:
        """`plan` has a room woken when it next has something to do."""
        self.door: Door | None = None
        self.background = True
        """Deliver in tasks of their own; False = `kick` returns when all is delivered."""
        self._assistant = assistant
        self._store = store
        self._clock = clock
        self._plan = plan
        self._pumps: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()

    async def close(self) -> None:
        """Stop; what is in the outboxes waits for the next start."""
        pumps = list(self._pumps.values())
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

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
                pause = AFTER_TROUBLE
            except Exception:
                log.exception("delivery stopped; it is tried again")
                pause = AFTER_TROUBLE
            if pause is not None:
                await asyncio.sleep(pause)
            elif room not in self._again:
                return

    async def _deliver_ready(self, room: str) -> float | None:
        """Deliver all that is ready; return the seconds to wait if the server wants us to."""
        done: list[Delivered] = []
        while ready := await self._next_ready(room, done):
            done = []
            for entry in ready:
                result = await self._attempt(room, entry)
                if not isinstance(result, Delivered):
                    await self._next_ready(room, done, choose=False)
                    return result
                done.append(result)
        return None

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
            frozen = choose and self._freeze(document, now)
            chosen = _choose(document, now) if choose else []
            for entry in chosen:
                entry.tried = True
            if frozen:
                await held.commit()
                self._plan(document)
            else:
                held.settle()
            return [_resolved(document, entry) for entry in chosen]

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

    async def _attempt(self, room: str, entry: Entry) -> Delivered | float:
        """Deliver one entry; return how it went, or the seconds to wait."""
        if self.door is None:
            return 1.0
        try:
            return Delivered(entry, await self.door.deliver(entry.room or room, entry))
        except Later as later:
            return later.seconds
        except Never as never:
            level = logging.DEBUG if entry.droppable else logging.WARNING
            log.log(level, "an entry was set aside: %s %s", entry.kind, never)
            return Delivered(entry, None, refused=True)


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


def _settle(document: RoomDocument, done: Delivered) -> None:
    """Take an entry out of the outbox; remember what its message shows."""
    entry, event = done.entry, done.event
    document.outbox = [one for one in document.outbox if one.id != entry.id]
    if event is None or entry.target is None or entry.kind not in REMEMBERED:
        return
    document.anchors[event] = entry.target
    document.places[entry.target] = event
    for old in list(document.anchors)[:-MOST_ANCHORS]:
        shown = document.anchors.pop(old)
        if document.places.get(shown) == old and shown.startswith(PASSING):
            del document.places[shown]
