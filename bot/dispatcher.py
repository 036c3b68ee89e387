"""The dispatcher: takes what was heard through load, hear, commit and deliver, room by room."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import fields, replace
from datetime import datetime, timedelta

from bot import everywhere, faults
from bot.assistant import Assistant, Reach, errands
from bot.assistant.moving import arrived
from bot.delivery import Delivery
from bot.direct import Destination, destination
from bot.heard import Heard, Invited, Left, Ordered, Posted, Reacted, Undecryptable, Upgraded
from bot.model import retention
from bot.model.documents import RoomDocument
from bot.moving import Hands, Moved, Moves
from bot.ports import Alarm, Clock, Door, Held, Later, Never, Store, StoreFull
from bot.vitals import Vitals

log = logging.getLogger(__name__)
SOON = timedelta(seconds=5)
"""Until a room is seen to again in which something is still due: never at once, in a circle."""
MANY = 32
"""Commands worked on at the same time; more would make the loop late for everybody."""


class Dispatcher:
    """Brings store, heart and door together; each room is worked on by one task at a time."""

    def __init__(
        self,
        assistant: Assistant,
        store: Store,
        clock: Clock,
        alarm: Alarm,
        vitals: Vitals | None = None,
    ) -> None:
        """Bring them together; the door is set before the first message is heard.

        What happens is counted in *vitals*.
        """
        self.vitals = vitals or Vitals()
        self.assistant = assistant
        self.store = store
        self.clock = clock
        self.alarm = alarm
        self.delivery = Delivery(assistant, store, clock, self._plan, self.vitals)
        self.moves = Moves()
        self._due: dict[str, datetime | None] = {}
        self._all_rooms = asyncio.Lock()
        self._places = asyncio.Semaphore(MANY)

    async def start(self) -> None:
        """Find out what is due in every stored room, and deliver what was left over.

        What the last run did not bring to its end is finished first.
        """
        waiting = []
        async for document in self.store.rooms():
            self.moves.learn(document)
            if "left" in document.extra:
                continue
            self._plan(document)
            if document.outbox:
                waiting.append(document.project.room)
        erased = await self.moves.repair(self.store)
        for room in erased:
            self._due.pop(room, None)
            self.alarm.set(room, None)
        for room in waiting:
            if room not in erased:
                await self.kick(room)

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
        about = getattr(heard, "to", "") or getattr(heard, "reply_to", None)
        if about and not isinstance(heard, Upgraded):  # there it is a room
            await self.delivery.know((await destination(self.store, heard)).room, about)
        async with self._places:
            if isinstance(heard, Undecryptable):
                self.vitals.undecryptable += 1
                known = faults.facts(self.assistant.reference(heard))
                log.info("a message could not be decrypted", extra=known)
            if not await self._hear_of_rooms(heard):
                await self._hear_at(await destination(self.store, heard))
        self.vitals.heard += 1

    async def _hear_of_rooms(self, heard: Heard) -> bool:
        """Tell whether *heard* concerns no conversation, only which room is which."""
        if self.moves.ignores(heard):
            return True
        if isinstance(heard, Upgraded):
            invited = await self.moves.upgraded(self._hands(), heard, self.clock())
            if invited is not None:
                await self._hear_at(Destination(invited.room, invited))
            return True
        if not isinstance(heard, Invited):
            return False
        self.delivery.unlock(heard.room)
        return heard.space or await self.moves.invited(self._hands(), heard)

    async def _hear_at(self, place: Destination) -> None:
        """Hear in the document of one room, wherever its project has moved to meanwhile."""
        room = self.moves.left_behind.get(place.room, place.room)
        try:
            await self._hear_in(replace(place, room=room))
        except Moved:
            if place.heard.room != place.room:  # what was said in the old room itself is over
                await self._hear_at(place)

    async def _hear_in(self, place: Destination) -> None:
        """Hear in the document of one room, then do what reaches beyond it."""
        try:
            reach = await self._once(place, final=False)
            if reach.wants_file:
                file = await self._fetched(place.heard, reach.wants_file)
                reach = await self._once(place, final=False, file=file)
        except StoreFull:
            await self._cannot_save(place)
            raise
        except (OSError, Moved):
            raise
        except Exception as error:  # noqa: BLE001 - a mistake of ours, whatever it is
            reference = self.assistant.reference(place.heard)
            self.vitals.bugs += 1
            faults.tell(log, "a bug while hearing", error, reference)
            await self._say_bug(place, reference)
            return
        if reach.wants_rooms:
            await self._hear_everywhere(place.room, place.heard)
        elif reach.redirect:
            # The other room first: it knows the event by itself, so that a cut in between
            # repeats it without doing it twice.
            room, line = reach.redirect
            if room in await self.store.rooms_of(place.heard.sender):  # may have been removed since
                await self._hear_at(Destination(room, _ordered(place.heard, line)))
            await self._once(place, final=True)
        elif reach.changed:
            await self.kick(place.room)

    async def _fetched(self, heard: Heard, posted: Posted) -> bytes:
        """Return the file that a command asked for, b"" if it cannot be had; needs no lock."""
        if self.door is None:
            return b""
        try:
            return await self.door.fetch(heard.room, posted)
        except (Later, Never) as trouble:
            log.warning("a file could not be fetched: %s", trouble)
            return b""

    async def _once(self, place: Destination, *, final: bool, file: bytes | None = None) -> Reach:
        """Hear and commit; a line that is to be run elsewhere is committed only when `final`."""
        now, heard = self.clock(), place.heard
        reach = Reach(shared=place.shared, file=file)
        async with self.store.hold(place.room, [heard.sender]) as held:
            if place.room in self.moves.left_behind:  # while we waited for it
                raise Moved
            if held.room is None and isinstance(heard, Left):
                return reach  # nobody misses anybody in a room that is none of ours
            document = held.room or self.assistant.new_room(place.room, now)
            reach.people = dict(held.people)
            reach.unproven = self._look_around(document, heard)
            reach.changed = self._catch_up(document, now) | arrived(document, heard)
            self.assistant.hear(document, heard, now, reach)
            self.vitals.bugs += reach.broke
            elsewhere = reach.redirect is not None and not final
            beyond = reach.wants_rooms or reach.wants_file is not None or elsewhere
            if reach.changed and not beyond:
                await self._commit(held, document, reach)
        return reach

    async def _say_bug(self, place: Destination, reference: str) -> None:
        """Tell who spoke to us that something broke, with the reference; change nothing else."""
        now = self.clock()
        async with self.store.hold(place.room) as held:
            document = held.room or self.assistant.new_room(place.room, now)
            self.assistant.say_bug(document, place.heard, now, reference)
            await self._commit(held, document, Reach())
        await self.kick(place.room)

    def _catch_up(self, document: RoomDocument, now: datetime) -> bool:
        """Ring what is due before anything changes; True if there was something.

        What falls due before a change follows the project as it was: a task that is opened again
        must not be reminded of dates that passed while it was done.
        """
        project = document.project
        if "left" in document.extra:
            return False
        due = self._due.get(project.room, project.reminded_until)
        if due is not None and due <= now:
            before = len(document.outbox)
            self.assistant.remind(document, now)
            return len(document.outbox) != before
        if project.reminded_until is None or project.reminded_until < now:
            project.reminded_until = now
        return False

    def _look_around(self, document: RoomDocument, heard: Heard) -> bool:
        """Read the sender's power anew from the room's real state (DESIGN 7).

        True if the room is encrypted, and nothing proves who speaks.
        """
        if self.door is None:
            return False
        room = document.project.room
        if heard.direct:
            member = document.project.members.get(heard.sender)
            power = self.door.power(room, heard.sender)
            if member and power is not None:
                member.power = power
        return self.door.encrypted(room) and not heard.encrypted

    async def _hear_everywhere(self, room: str, heard: Heard) -> None:
        """Hear again with all rooms of the sender: "my data", "forget me"."""
        try:
            async with self._all_rooms:
                here = self.moves.left_behind.get(room, room)
                rooms = await everywhere.hear(self._means(), here, heard, self.clock())
        except StoreFull:
            await self._cannot_save(Destination(room, heard))
            raise
        for one in rooms:
            await self.kick(one)

    def _means(self) -> everywhere.Means:
        return everywhere.Means(
            self.assistant, self.store, self._catch_up, self._commit, self.vitals
        )

    def _hands(self) -> Hands:
        return Hands(self.store, self._all_rooms, self._commit, self.kick, self.delivery.still)

    async def _commit(self, held: Held, document: RoomDocument, reach: Reach) -> None:
        """Write the room and the people, in one batch."""
        covered = self.door.covered if self.door else 0
        document.seen = {e: n for e, n in document.seen.items() if n == 0 or n > covered}
        retention.mark(document, self.clock())
        held.room = document
        for user, person in reach.people.items():
            held.people[user] = person
        await held.commit()
        due = self._due.get(document.project.room, document.project.created)
        if not reach.shown or (due is not None and due <= self.clock()):
            self._plan(document)

    def _plan(self, document: RoomDocument, again: datetime | None = None) -> None:
        """Have the room woken when it next has something to do.

        *again*: the earliest moment for what is still due, though it was seen to just now.
        """
        room = document.project.room
        moment = None
        if "left" not in document.extra:
            moment = self.assistant.next_due(document, self.clock())
        if again is not None and moment is not None and moment < again and moment <= self.clock():
            moment = again
        self._due[room] = moment
        self.alarm.set(room, moment)

    async def _cannot_save(self, place: Destination) -> None:
        """Tell who spoke to us, in this one case without the outbox: the disk takes nothing."""
        heard, now = place.heard, self.clock()
        log.error("nothing can be saved", extra=faults.facts(self.assistant.reference(heard)))
        blank = self.assistant.new_room(place.room, now)
        if self.door is None or not self.assistant.is_for_us(blank, heard):
            return
        try:
            await self.door.deliver(heard.room, self.assistant.cannot_save(heard, now))
        except (Later, Never):
            log.warning("the sender could not be told that the disk is full")

    async def forget_left_rooms(self) -> None:
        """Erase the projects of rooms that were left; wait no more for who did not follow."""
        await everywhere.forget_left_rooms(self.store, self.clock())
        await self.moves.stop_waiting(self._hands(), self.clock())

    # --- reminding -----------------------------------------------------------------------------

    async def wake(self, room: str) -> None:
        """Remind *room* of what is due, do its errands, and deliver what had to wait.

        An errand that breaks is tried again by the alarm; it holds up no reminder.
        """
        if room in self.moves.left_behind:
            return
        try:
            await self._see_to(room, self.clock())
        except Exception:
            await self.kick(room)
            raise
        await self.kick(room)

    async def _see_to(self, room: str, now: datetime) -> None:
        """Commit the reminders of *room*, then its errands; have it woken for what comes next."""
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
            waits = self._has_not_heard_all(document, now)
            done = not waits and self.assistant.run_errands(document, now)
            if done:
                await held.commit()
            self._plan(document, again=now + SOON)

    def _has_not_heard_all(self, document: RoomDocument, now: datetime) -> bool:
        """Tell whether an errand is due but what happened before it may still be on its way.

        A vote that was sent in time counts, though an outage brings it late.
        """
        until = self.door.heard_until if self.door else None
        due = errands.next_moment(document, now)
        return until is not None and due is not None and until < due <= now


def _ordered(heard: Heard, line: str) -> Ordered:
    """Return *line* as asked for by who pressed a button, or answered, in a direct room."""
    to = heard.to if isinstance(heard, Reacted) else heard.event
    common = {one.name: getattr(heard, one.name) for one in fields(Heard)}
    return Ordered(**common, line=line, to=to)
