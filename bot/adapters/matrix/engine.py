"""Owns the loop: sync, read, hear, and only then remember how far we are."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.adapters.matrix.backfill import entered, fill
from bot.adapters.matrix.client import Client, Refused, Unreachable
from bot.adapters.matrix.crypto import Crypto
from bot.adapters.matrix.hearing import Hearing
from bot.adapters.matrix.intake import Intake
from bot.adapters.matrix.invites import Invite, answer, find
from bot.adapters.matrix.keys import Keys
from bot.adapters.matrix.memory import Memory
from bot.adapters.matrix.patience import Patience
from bot.adapters.matrix.plain import identifier, mapping, sequence
from bot.adapters.matrix.session import LoginRefused, Progress
from bot.faults import where
from bot.heard import Heard
from bot.ports import Clock, Hear

_log = logging.getLogger(__name__)
SYNC_MILLISECONDS = 30_000
_SLACK_SECONDS = 15.0
"""How much longer than asked the server may take before we call it hung."""
_FIRST_SECONDS = 300.0
_WAITING_MILLISECONDS = 3_000
"""Length of a sync while a message waits for its key, so that we can soon say so."""
_ROOMS_AT_ONCE = 32
_BATCH_ATTEMPTS = 3
_KEYS_PAUSE_SECONDS = 5.0
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


@dataclass(frozen=True)
class Means:
    """What the loop works with."""

    client: Client
    crypto: Crypto
    keys: Keys
    memory: Memory
    clock: Clock
    patience: Patience
    progress: Progress
    welcome: Callable[[Invite], Awaitable[bool]]
    """Says whether an invitation is followed."""
    renew: Callable[[], Awaitable[None]]
    """Gets a new token when the old one expired."""


NEVER = datetime.min.replace(tzinfo=UTC)
"""Before anything was heard."""


class Engine:
    """Runs the sync loop of one logged-in client until cancelled."""

    def __init__(self, means: Means, hear: Hear) -> None:
        """Hand over to *hear*."""
        self.heard_until = NEVER
        """When the newest batch came that was heard."""
        self._means = means
        self._client = means.client
        self._memory = means.memory
        self._me = means.client.user_id
        self._hearing = Hearing(means.client, hear)
        self._slots = asyncio.Semaphore(_ROOMS_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._tending: asyncio.Task[None] | None = None
        self._newest: dict[str, str] = {}
        """Room -> newest event id since the start."""
        self._first = True
        self.intake = Intake(self._me, means.crypto, means.memory)
        self.ready = asyncio.Event()
        """Set once the state of all rooms is known."""
        if self._memory.token is None:
            self.intake.ignore_before = int(means.clock().timestamp() * 1000)

    async def run(self) -> None:
        """Loop for ever. Raises LoginRefused when the session has ended for good."""
        try:
            while True:
                try:
                    answer = await self._sync()
                except Unreachable as failure:
                    await self._trouble(failure.reason, None)
                except Refused as refusal:
                    await self._refused(refusal)
                else:
                    self._means.patience.reset()
                    await self._take(answer)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _sync(self) -> dict[str, Any]:
        """Ask for the next batch."""
        untold = any(not waiting.told for waiting in self._memory.waiting)
        length = _WAITING_MILLISECONDS if untold else SYNC_MILLISECONDS
        query = {"filter": _FILTER, "timeout": "0" if self._first else str(length)}
        if self._memory.token is not None:
            query["since"] = self._memory.token
            if self._first:
                query["full_state"] = "true"  # we keep no state on disk (matrix-nio#525)
        seconds = _FIRST_SECONDS if self._first else length / 1000 + _SLACK_SECONDS
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
        await self._trouble(str(refusal), refusal.retry_after)

    async def _trouble(self, reason: str, retry_after: float | None) -> None:
        seconds = self._means.patience.next(retry_after)
        _log.warning("no sync (%s), again in %.1f s", reason, seconds)
        self._means.progress(f"The homeserver does not answer as it should ({reason}).")
        await self._means.patience.sleep(seconds)

    async def _take(self, answer: dict[str, Any]) -> None:
        """Hear all of a batch, then save the token.

        Keys are taken once: Olm messages cannot be read twice. If a fault of ours stops the rest
        it is tried again, then left behind: one batch must not stop all that follow.
        """
        now = self._means.clock()
        came = self._means.crypto.absorb(answer)
        late: list[Heard] = []
        for attempt in range(_BATCH_ATTEMPTS):
            try:
                await self._listen(answer, came, late)
            except Exception as error:  # noqa: BLE001 - see above
                _log.error("batch failed, attempt %d: %s", attempt + 1, where(error))
                await asyncio.sleep(attempt)
            else:
                break
        self.ready.set()
        self.heard_until = now
        changed = answer["next_batch"] != self._memory.token
        self._memory.token = answer["next_batch"]
        # Nothing is lost if our own echo comes again: its token waits for the next batch.
        if late or (changed and (self._first or not _is_echo(answer, self._me))):
            await self._save(self._memory.number + 1)
        self.intake.ignore_before = 0
        self._first = False

    async def _listen(
        self, answer: Mapping[str, Any], came: set[tuple[str, str]], late: list[Heard]
    ) -> None:
        """Hear what is in *answer*, and add to *late* what the keys that *came* opened."""
        now = self._means.clock()
        rooms = mapping(answer.get("rooms"))
        queues: dict[str, list[Heard]] = {}
        for room, left in _rooms(rooms.get("leave")).items():
            queues.setdefault(room, []).extend(self.intake.gone(room, left, now))
            self._newest.pop(room, None)
        joined = _rooms(rooms.get("join"))
        closed = {room: self.intake.settle(room, part) for room, part in joined.items()}
        late += self.intake.late(came, now)
        for heard in late:
            queues.setdefault(heard.room, []).append(heard)
        self._tend()
        self.ready.set()
        work: list[Coroutine[Any, Any, None]] = [
            self._room(room, part, queues.pop(room, []), closed=closed[room])
            for room, part in joined.items()
        ]
        work += [self._hearing.tell(queue) for queue in queues.values()]
        for room, part in _rooms(rooms.get("invite")).items():
            if invite := find(part, room, self._me):
                work.append(self._answer(invite))
        for result in await asyncio.gather(*work, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result

    async def _save(self, number: int) -> None:
        """Make the token durable, however long the disk is full; then batch *number* is covered."""
        patience = Patience()
        while True:
            try:
                await asyncio.to_thread(self._memory.save, number)
            except OSError as error:
                _log.error("cannot save the sync token (%s)", type(error).__name__)
                await patience.pause()
            else:
                return

    async def _room(
        self, room: str, part: Mapping[str, Any], before: list[Heard], *, closed: bool
    ) -> None:
        """Hear *before*, and then all that is new in one *room*, in order."""
        async with self._slots:
            timeline = mapping(part.get("timeline"))
            events = [mapping(event) for event in sequence(timeline.get("events"))]
            older: list[Mapping[str, Any]] = []
            start, since = timeline.get("prev_batch"), self._memory.token
            limited = timeline.get("limited") is True
            limited = limited and not any(entered(event, self._me) for event in events)
            if limited and isinstance(start, str) and since:
                known = self._newest.get(room)
                older = await fill(self._client, room, start, since, known)
            now = self._means.clock()
            heard = self.intake.walk(room, older, part, closed=closed, now=now)
            self._hearing.note([*older, *events])
            for event in reversed(events):
                if identity := identifier(event.get("event_id"), "$"):
                    self._newest[room] = identity
                    break
            await self._hearing.tell([*before, *heard])

    async def _answer(self, invite: Invite) -> None:
        """Hear of an invitation that we follow; refuse any other without a word."""
        follow = await self._means.welcome(invite)
        if follow:
            if invite.direct:
                self._memory.direct.add(invite.room)
            now, number = self._means.clock(), self._memory.number + 1
            await self._hearing.tell([invite.heard(now, number)])
        self._start(answer(self._client, invite, follow=follow))

    def _tend(self) -> None:
        """Let keys be kept fresh beside the loop, one round at a time."""
        if self._tending is None or self._tending.done():
            self._tending = self._start(self._tended())

    async def _tended(self) -> None:
        try:
            await self._means.keys.tend()
        except (Refused, Unreachable) as failure:
            _log.warning("keys could not be refreshed (%s)", failure)
            await asyncio.sleep(_KEYS_PAUSE_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever others publish as keys
            _log.error("keys could not be refreshed: %s", where(error))
            await asyncio.sleep(_KEYS_PAUSE_SECONDS)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _rooms(part: object) -> dict[str, Mapping[str, Any]]:
    """Return the rooms of one section of a sync answer."""
    return {room: mapping(v) for room, v in mapping(part).items() if identifier(room, "!")}


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
