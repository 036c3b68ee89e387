"""Owns the loop: sync, hand out to the rooms, and remember how far all of them are."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from bot.adapters.matrix import intake
from bot.adapters.matrix.backfill import entered, fill
from bot.adapters.matrix.backlog import Backlog, Part
from bot.adapters.matrix.bookmark import Bookmark
from bot.adapters.matrix.client import Client, Refused, Unreachable
from bot.adapters.matrix.crypto import Crypto
from bot.adapters.matrix.hearing import Hearing
from bot.adapters.matrix.intake import Intake
from bot.adapters.matrix.invites import Invite, answer, find
from bot.adapters.matrix.lanes import Job, Lanes
from bot.adapters.matrix.ledger import Batch, Ledger
from bot.adapters.matrix.memory import Memory
from bot.adapters.matrix.patience import Patience
from bot.adapters.matrix.plain import identifier, mapping, sequence
from bot.adapters.matrix.session import LoginRefused, Progress
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
_BEAT_SECONDS = 60.0
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
_LOST_PLACE = {"M_UNKNOWN_POS", "M_INVALID_PARAM"}
"""The server does not know our token (any more): its database was set back, or it was moved."""


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
        self._tasks: set[asyncio.Task[None]] = set()
        self._tending: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._backlogs: dict[str, Backlog] = {}
        self._newest: dict[str, str] = {}
        """Room -> newest event id since the start."""
        self._since = means.memory.token
        self._number = means.memory.number
        self._first = True
        self._pulse = asyncio.Event()
        """Set by the next good sync, then replaced."""
        for waiting in self._memory.waiting:
            waiting.opened = None  # read before, perhaps, but not dealt with
        if self._since is None:
            self.intake.ignore_before = int(means.clock().timestamp() * 1000)

    async def run(self) -> None:
        """Loop for ever. Raises LoginRefused when the session has ended for good."""
        try:
            while True:
                self._vitals.beats += 1
                try:
                    answer = await self._sync()
                except Unreachable as failure:
                    await self._trouble(failure.reason, None)
                except Refused as refusal:
                    await self._refused(refusal)
                else:
                    self._means.patience.reset()
                    self._vitals.syncs += 1
                    self._vitals.synced = time.time()
                    self._pulse.set()
                    self._pulse = asyncio.Event()
                    self._take(answer)
                    await self._room_for_more()
        finally:
            await self._bookmark.close()
            tasks = [*self._tasks]
            for task in tasks:
                task.cancel()
            await self._lanes.close()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def next_sync(self, seconds: float) -> None:
        """Return once the server has answered a sync, at the latest after so many *seconds*."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._pulse.wait(), seconds)

    async def _sync(self) -> dict[str, Any]:
        """Ask for the next batch."""
        query = {"filter": _FILTER, "timeout": "0" if self._first else str(SYNC_MILLISECONDS)}
        if self._since is not None:
            query["since"] = self._since
            if self._first:
                query["full_state"] = "true"  # we keep no state on disk (matrix-nio#525)
        seconds = _FIRST_SECONDS if self._first else SYNC_MILLISECONDS / 1000 + _SLACK_SECONDS
        answer = await self._client.call("GET", "sync", query=query, seconds=seconds)
        if not isinstance(answer.get("next_batch"), str) or not answer["next_batch"]:
            raise Unreachable("an answer without next_batch")
        return answer

    async def _refused(self, refusal: Refused) -> None:
        """Wait after a refused sync, or give up where waiting does not help."""
        if refusal.code == "M_UNKNOWN_TOKEN" and refusal.soft:
            try:
                await self._means.renew()
            except (Refused, Unreachable) as failure:
                await self._trouble(str(failure), getattr(failure, "retry_after", None))
            return
        if refusal.code in {"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED"}:
            raise LoginRefused(refusal.code)
        if refusal.code in _LOST_PLACE and self._since is not None:
            _log.error("the server has forgotten our place (%s), beginning anew", refusal)
            self._since, self._first = None, True
            self.intake.ignore_before = self._memory.at  # what was before it is dealt with
        await self._trouble(str(refusal), refusal.retry_after)

    async def _trouble(self, reason: str, retry_after: float | None) -> None:
        seconds = self._means.patience.next(retry_after)
        self._vitals.failed_syncs += 1
        _log.warning("no sync (%s), again in %.1f s", reason, seconds)
        self._means.progress(f"The homeserver does not answer as it should ({reason}).")
        while seconds > 0:  # a long pause that the server asked for is no standstill
            await self._means.patience.sleep(min(seconds, _BEAT_SECONDS))
            self._vitals.beats += 1
            seconds -= _BEAT_SECONDS

    # --- handing out ------------------------------------------------------------------------------

    def _take(self, answer: Mapping[str, Any]) -> None:
        """Hand out what is in *answer* to the rooms.

        Keys are taken at once, and once: Olm messages cannot be read twice.
        """
        since, token = self._since, answer["next_batch"]
        worth = since != token and (self._first or not _is_echo(answer, self._me))
        batch = self._batch(token, worth=worth)
        close = self._ledger.open(batch)
        came = self._means.crypto.absorb(answer)
        rooms = mapping(answer.get("rooms"))
        for room, left in _rooms(rooms.get("leave")).items():
            self._add(room, partial(self._leave, Part(room, left, since, batch)), batch)
        joined = _rooms(rooms.get("join"))
        parts = [self._settled(Part(room, joined[room], since, batch)) for room in joined]
        self._read_late(None if self._first else came, batch)
        for part in parts:
            self._join(part)
        for room, invited in _rooms(rooms.get("invite")).items():
            if invite := find(invited, room, self._me):
                self._add(room, partial(self._invited, invite, batch), batch)
        self._since, self._first = token, False
        self._tend()
        self.ready.set()
        close()

    def _batch(self, token: str, *, worth: bool) -> Batch:
        self._number += 1
        return Batch(self._number, token, self._means.clock(), worth)

    def _read_late(self, came: set[tuple[str, str]] | None, batch: Batch) -> None:
        """Hand out what the keys that *came* open, and what has waited for its key too long."""
        for room, queue in self.intake.late(came, batch).items():
            self._add(room, partial(self._hearing.tell, queue), batch)
            batch.worth = True

    def _add(
        self, room: str, work: Callable[[], Awaitable[None]], batch: Batch, size: int = 1
    ) -> None:
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
        events, timeline = part.events, mapping(part.content.get("timeline"))
        older: list[Mapping[str, Any]] = []
        start = timeline.get("prev_batch")
        limited = timeline.get("limited") is True
        limited = limited and not any(entered(event, self._me) for event in events)
        if limited and isinstance(start, str) and part.since:
            known = self._newest.get(part.room)
            older = await fill(self._client, part.room, start, part.since, known)
        await self._means.know(_sealing([*older, *events]))
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
        if not self._memory.waiting:
            return
        batch = self._batch(self._since or "", worth=False)
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
            await self._hearing.tell([invite.heard(self._means.clock(), batch.number)])
        self._start(self._answered(invite, follow=follow))

    async def _answered(self, invite: Invite, *, follow: bool) -> None:
        async with self._joins:
            await answer(self._client, invite, follow=follow)

    def _cover(self, batch: Batch, worth: bool) -> None:
        """Learn that all up to *batch* is dealt with. Nothing is lost if our echo comes again."""
        self.heard_until = batch.at
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

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _rooms(part: object) -> dict[str, Mapping[str, Any]]:
    """Return the rooms of one section of a sync answer."""
    return {room: mapping(v) for room, v in mapping(part).items() if identifier(room, "!")}


def _sealing(events: list[Mapping[str, Any]]) -> set[str]:
    """Return who sent encrypted ones among *events*."""
    senders = (event.get("sender") for event in events if event.get("type") == "m.room.encrypted")
    return {sender for sender in senders if isinstance(sender, str)}


def _is_echo(answer: Mapping[str, Any], me: str) -> bool:
    """Tell whether all that a batch brings is what we sent ourselves."""
    if sequence(mapping(answer.get("to_device")).get("events")):
        return False
    rooms = mapping(answer.get("rooms"))
    if any(mapping(rooms.get(kind)) for kind in ("leave", "invite", "knock")):
        return False
    for part in _rooms(rooms.get("join")).values():
        timeline = mapping(part.get("timeline"))
        if timeline.get("limited") is True or sequence(mapping(part.get("state")).get("events")):
            return False
        if any(mapping(one).get("sender") != me for one in sequence(timeline.get("events"))):
            return False
    return True
