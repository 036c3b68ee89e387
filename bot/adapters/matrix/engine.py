"""Owns the loop: sync, hand out to the rooms, and remember how far all of them are."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bot.adapters.matrix import intake
from bot.adapters.matrix.answers import is_echo, rooms, sealing
from bot.adapters.matrix.backfill import entered, fill
from bot.adapters.matrix.backlog import Backlog, Part
from bot.adapters.matrix.bookmark import Bookmark
from bot.adapters.matrix.client import LONGEST_ANSWER, Client, Refused, Unreachable
from bot.adapters.matrix.crypto import Crypto
from bot.adapters.matrix.hearing import Hearing
from bot.adapters.matrix.intake import Intake
from bot.adapters.matrix.invites import Invite, answer, find
from bot.adapters.matrix.lanes import Job, Lanes
from bot.adapters.matrix.ledger import Batch, Ledger
from bot.adapters.matrix.memory import Memory
from bot.adapters.matrix.outage import Outage
from bot.adapters.matrix.patience import Patience
from bot.adapters.matrix.plain import identifier, mapping
from bot.adapters.matrix.session import EXPIRED, LoginRefused, Progress
from bot.faults import where
from bot.ports import Clock, Hear
from bot.vitals import Vitals

_log = logging.getLogger(__name__)
SYNC_MILLISECONDS = 30_000
_SLACK_SECONDS = 15.0
"""How much longer than asked the server may take before we call it hung."""
_FIRST_SECONDS = 300.0
_LONGEST_LANE = 1000
"""Events of one room that may wait; what comes then is fetched again when it is their turn."""
_JOINS_AT_ONCE = 4
_SHORTEST_LOOK_SECONDS = 0.1
_TEND_PAUSE_SECONDS = 5.0
_NOTHING: dict[str, list[str]] = {"types": []}
_FILTER = json.dumps(
    {
        "presence": _NOTHING,
        "account_data": _NOTHING,
        "room": {
            "timeline": {"limit": 100},
            "state": {"lazy_load_members": False},  # keys go to all members, so we need them all
            "ephemeral": _NOTHING,
            "account_data": _NOTHING,
            "include_leave": False,
        },
    }
)
_ENDED = {"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", EXPIRED}
"""Waiting does not help."""
_BAD_REQUEST = 400
"""The server does not know our place (any more): its database was set back, or it was moved."""
_AT_ONCE_SECONDS = 0.05
_LONGEST_SYNC = 4 * LONGEST_ANSWER


@dataclass(frozen=True)
class Means:
    """What the loop works with."""

    client: Client
    crypto: Crypto
    memory: Memory
    clock: Clock
    patience: Patience
    progress: Progress
    vitals: Vitals
    welcome: Callable[[Invite], Awaitable[bool]]
    """Says whether an invitation is followed."""
    renew: Callable[[], Awaitable[None]]
    """Gets a new token when the old one expired."""
    tend: Callable[[], Awaitable[None]]
    """Keeps keys fresh, ours and others'. Raises Refused or Unreachable."""
    know: Callable[[set[str]], Awaitable[None]]
    """Asks for the devices of people whose messages are to be read. Never raises."""


NEVER = datetime.min.replace(tzinfo=UTC)
"""Before anything was heard."""


class Engine:
    """Runs the sync loop of one logged-in client until cancelled.

    Rooms are dealt with side by side, each in order; a slow one holds up no other. The token is
    saved once all rooms have dealt with all up to it.
    """

    def __init__(self, means: Means, hear: Hear) -> None:
        """Hand over to *hear*."""
        self.heard_until = NEVER
        """When the newest batch came up to which all was heard."""
        self.ready = asyncio.Event()
        """Set once the state of all rooms is known."""
        self.outage = Outage(means.patience, means.progress, means.vitals)
        self.intake = Intake(means.client.user_id, means.crypto, means.memory)
        self._means = means
        self._client = means.client
        self._memory = means.memory
        self._me = means.client.user_id
        self._vitals = means.vitals
        self._hearing = Hearing(means.client, hear, means.vitals)
        self._lanes = Lanes()
        self._ledger = Ledger(self._cover)
        self._bookmark = Bookmark(means.memory, means.crypto, means.vitals)
        self._joins = asyncio.Semaphore(_JOINS_AT_ONCE)
        self._tasks: set[asyncio.Task[object]] = set()
        self._tending: asyncio.Task[object] | None = None
        self._looking: asyncio.Task[object] | None = None
        self._backlogs: dict[str, Backlog] = {}
        self._newest: dict[str, str] = {}
        """Room -> newest event id since the start."""
        self._since = means.memory.token
        self._number = means.memory.number
        self._began = 0
        """Number of the batch that brought everything anew, without a place to go on from."""
        self._came = NEVER
        """When the newest answer to a sync came."""
        self._first = True
        for waiting in self._memory.waiting:
            waiting.opened = None  # read before, perhaps, but not dealt with
        if self._since is None:
            self.intake.ignore_before = int(means.clock().timestamp() * 1000)

    async def run(self) -> None:
        """Loop for ever. Raises LoginRefused when the session has ended for good."""
        for room in self._memory.joining:
            self._start(self._join_room(room))
        try:
            while True:
                self._vitals.beats += 1
                since, asked = self._since, time.monotonic()
                try:
                    answer = await self._sync()
                except Unreachable as failure:
                    await self.outage.begin(failure.reason, None)
                except Refused as refusal:
                    await self._refused(refusal)
                else:
                    circles = answer["next_batch"] == since
                    circles = circles and time.monotonic() - asked < _AT_ONCE_SECONDS
                    self.outage.end(calm=not circles)
                    self._take(answer)
                    await self._room_for_more()
                    if circles:
                        await self.outage.begin("the same answer at once", None)
        finally:
            self.ready.set()  # whoever waits for it would wait for ever
            await self._bookmark.close()
            tasks = [*self._tasks]
            for task in tasks:
                task.cancel()
            await self._lanes.close()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _sync(self) -> dict[str, Any]:
        """Ask for the next batch."""
        query = {"filter": _FILTER, "timeout": "0" if self._first else str(SYNC_MILLISECONDS)}
        if self._since is not None:
            query["since"] = self._since
            if self._first:
                query["full_state"] = "true"  # we keep no state on disk (matrix-nio#525)
        seconds = _FIRST_SECONDS if self._first else SYNC_MILLISECONDS / 1000 + _SLACK_SECONDS
        answer = await self._client.call(
            "GET", "sync", query=query, seconds=seconds, most=_LONGEST_SYNC
        )
        if not isinstance(answer.get("next_batch"), str) or not answer["next_batch"]:
            raise Unreachable("an answer without next_batch")
        return answer

    async def _refused(self, refusal: Refused) -> None:
        """Wait after a refused sync, or give up where waiting does not help."""
        if refusal.code == "M_UNKNOWN_TOKEN" and refusal.soft:
            try:
                await self._means.renew()
            except (Refused, Unreachable) as failure:
                await self.outage.begin(str(failure), getattr(failure, "retry_after", None))
            return
        if refusal.code in _ENDED:
            raise LoginRefused(refusal.code)
        if refusal.status == _BAD_REQUEST and self._since is not None:
            _log.error("the server has forgotten our place (%s), beginning anew", refusal)
            self._since, self._first = None, True
            # what was before it is dealt with, or from before our time
            self.intake.ignore_before = max(self.intake.ignore_before, self._memory.at)
        await self.outage.begin(str(refusal), refusal.retry_after)

    # --- handing out ------------------------------------------------------------------------------

    def _take(self, answer: Mapping[str, Any]) -> None:
        """Hand out what is in *answer* to the rooms.

        Keys are taken at once, and once: Olm messages cannot be read twice.
        """
        since, token = self._since, answer["next_batch"]
        self._came = self._means.clock()
        worth = since != token and (self._first or not is_echo(answer, self._me))
        batch = self._batch(token, worth=worth)
        self._began = self._began if since is not None else batch.number
        close = self._ledger.open(batch)
        came = self._means.crypto.absorb(answer)
        sections = mapping(answer.get("rooms"))
        for room, left in rooms(sections.get("leave")).items():
            self._add(room, partial(self._leave, Part(room, left, since, batch)), batch)
        joined = rooms(sections.get("join"))
        parts = [self._settled(Part(room, joined[room], since, batch)) for room in joined]
        self._read_late(None if self._first else came, batch)
        for part in parts:
            self._join(part)
        for room, invited in rooms(sections.get("invite")).items():
            if invite := find(invited, room, self._me):
                self._add(room, partial(self._invited, invite, batch), batch)
        self._since, self._first = token, False
        self._tend()
        self.ready.set()
        close()

    def _batch(self, token: str, *, worth: bool) -> Batch:
        self._number += 1
        return Batch(self._number, token, self._came, worth)

    def _read_late(self, came: set[tuple[str, str]] | None, batch: Batch) -> None:
        """Hand out what the keys that *came* open, and what has waited for its key too long."""
        for room, queue in self.intake.late(came, batch, self._means.clock()).items():
            self._add(room, partial(self._hearing.tell, queue), batch)
            batch.worth = True

    def _add(
        self, room: str, work: Callable[[], Awaitable[None]], batch: Batch, size: int = 1
    ) -> None:
        self._backlogs.pop(room, None)  # what comes later must not be put before this
        self._lanes.add(room, Job(work, self._ledger.job(batch), max(1, size)))

    def _settled(self, part: Part) -> Part:
        """Take over the state of *part* now, if nothing older of the room waits."""
        if not self._lanes.idle(part.room):
            return part
        return replace(part, closed=self.intake.settle(part.room, part.content))

    def _join(self, part: Part) -> None:
        """Hand out what is new in a room, or leave it with the server if its queue is too long."""
        fits = self._lanes.load(part.room) < _LONGEST_LANE
        if part.closed is not None or fits or any(entered(e, self._me) for e in part.events):
            self._add(part.room, partial(self._hear, part), part.batch, len(part.events))
        else:
            self._leave_with_server(part)

    def _leave_with_server(self, part: Part) -> None:
        backlog = self._backlogs.get(part.room)
        if backlog is None:
            backlog = self._backlogs[part.room] = Backlog(part.room, part.since)
            job = Job(partial(self._hear_backlog, backlog), backlog.end)
            self._lanes.add(part.room, job)
        backlog.add(part, self._ledger.job(part.batch))

    async def _hear_backlog(self, backlog: Backlog) -> None:
        if self._backlogs.get(backlog.room) is backlog:
            del self._backlogs[backlog.room]
        await self._hear(backlog.part())

    async def _room_for_more(self) -> None:
        """Return once so little waits that more can be fetched."""
        self._vitals.pending, self._vitals.slow_rooms = self._lanes.waiting, self._lanes.slow
        await self._lanes.room_for_more()

    # --- in the rooms -----------------------------------------------------------------------------

    async def _leave(self, part: Part) -> None:
        self._newest.pop(part.room, None)
        await self._hearing.tell(self.intake.gone(part.room, part.content, part.batch))

    async def _hear(self, part: Part) -> None:
        """Hear all that is new in a room, in order."""
        closed = part.closed
        if closed is None:
            closed = self.intake.settle(part.room, part.content)
        part = part.only(self._hearing.is_new)
        events, timeline = part.events, mapping(part.content.get("timeline"))
        older: list[Mapping[str, Any]] = []
        start = timeline.get("prev_batch")
        limited = timeline.get("limited") is True
        limited = limited and not any(entered(event, self._me) for event in events)
        if limited and isinstance(start, str) and part.since:
            known = self._newest.get(part.room)
            older = await fill(self._client, part.room, start, part.since, known)
            older = [event for event in older if self._hearing.is_new(event)]
        await self._means.know(sealing([*older, *events]))
        heard = self.intake.walk(part.room, older, part.content, closed=closed, batch=part.batch)
        self._hearing.note([*older, *events])
        for event in reversed([*older, *events]):
            if identity := identifier(event.get("event_id"), "$"):
                self._newest[part.room] = identity
                break
        if self.intake.untold and (self._looking is None or self._looking.done()):
            self._looking = self._start(self._look_again())
        await self._hearing.tell(heard)

    def _read_again(self) -> None:
        """Hand out what can be read, or has to be told, though no sync brought anything."""
        if not self._memory.waiting or self._since is None:
            return
        batch = self._batch(self._since, worth=False)
        close = self._ledger.open(batch)
        self._read_late(set(), batch)
        close()

    async def _look_again(self) -> None:
        """Say of messages that their keys do not come, though the server has nothing to say."""
        while self.intake.untold:
            await asyncio.sleep(max(intake.GRACE_SECONDS, _SHORTEST_LOOK_SECONDS))
            self._read_again()

    async def _invited(self, invite: Invite, batch: Batch) -> None:
        """Hear of an invitation that we follow; refuse any other without a word."""
        follow = await self._means.welcome(invite)
        if follow:
            if invite.direct:
                self._memory.direct.add(invite.room)
            self._memory.join(invite.room)
            await self._hearing.tell([invite.heard(self._means.clock(), batch.number)])
            self._start(self._join_room(invite.room))
        else:
            self._start(answer(self._client, invite.room, follow=False))

    async def _join_room(self, room: str) -> None:
        async with self._joins:
            if await answer(self._client, room, follow=True):
                self._memory.joining.discard(room)

    def _cover(self, batch: Batch, worth: bool) -> None:
        """Learn that all up to *batch* is dealt with. Nothing is lost if our echo comes again."""
        self.heard_until = batch.at
        if self._since is not None and batch.number >= self._began:
            self.intake.ignore_before = 0
        self._bookmark.move(batch, worth=worth)

    # --- keys -------------------------------------------------------------------------------------

    def _tend(self) -> None:
        """Let keys be kept fresh beside the loop, one round at a time."""
        if self._tending is None or self._tending.done():
            self._tending = self._start(self._tended())

    async def _tended(self) -> None:
        try:
            await self._means.tend()
            self._read_again()  # whose devices are known now
        except (Refused, Unreachable) as failure:
            _log.warning("keys could not be refreshed (%s)", failure)
            await asyncio.sleep(_TEND_PAUSE_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever others publish as keys
            _log.error("keys could not be refreshed: %s", where(error))
            await asyncio.sleep(_TEND_PAUSE_SECONDS)

    def _start(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("work beside the loop broke: %s", where(error))
