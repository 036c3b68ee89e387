"""People as plain nio clients, and the door under test with a fake `hear`."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from nio.client.async_client import AsyncClient, AsyncClientConfig
from nio.store.database import SqliteStore

from bot.adapters.matrix import MatrixDoor, MatrixSettings
from bot.adapters.matrix.budget import Budget
from bot.adapters.synapse import Synapse
from bot.heard import Heard, Said
from bot.model.documents import Entry, Kind

DEADLINE = 60.0
"""Seconds after which waiting for the server is called a failure; nothing is measured by it."""
T = TypeVar("T")
H = TypeVar("H", bound=Heard)
numbers = itertools.count(1)


async def until(find: Callable[[], T | None], what: str = "it") -> T:
    """Return what *find* returns as soon as it is something."""
    async with asyncio.timeout(DEADLINE):
        while True:
            found = find()
            if found:
                return found
            await asyncio.sleep(0.02)
    raise AssertionError(what)


class Person:
    """Somebody with an ordinary client (plain nio), and all events that client saw."""

    def __init__(self, synapse: Synapse, name: str, password: str, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.synapse = synapse
        config = AsyncClientConfig(
            store=SqliteStore, encryption_enabled=True, pickle_key="person", max_timeouts=3
        )
        self.client = AsyncClient(synapse.address, name, store_path=str(directory), config=config)
        self.password = password
        self.seen: list[Any] = []
        self._loop: asyncio.Task[None] | None = None

    @property
    def id(self) -> str:
        return str(self.client.user_id)

    async def enter(self) -> None:
        await self.client.login(self.password)
        await self.sync()
        if self.client.should_upload_keys:
            await self.client.keys_upload()

    async def sync(self, *, full: bool = False) -> Any:
        """Sync once as nio's loop does, and remember the events of all timelines."""
        answer = await self.client.sync(0, full_state=full)
        for room in answer.rooms.join.values():
            self.seen.extend(room.timeline.events)
        await self.client.send_to_device_messages()
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        if self.client.should_query_keys:
            await self.client.keys_query()
        return answer

    async def see(self, wanted: Callable[[Any], bool]) -> Any:
        """Return the first event for which *wanted* is true, syncing until it is there."""
        async with asyncio.timeout(DEADLINE):
            while True:
                for event in self.seen:
                    if wanted(event):
                        return event
                await self.sync()
                await asyncio.sleep(0.05)

    async def see_id(self, event: str | None) -> Any:
        return await self.see(lambda e: e.event_id == event)

    async def room(
        self,
        *invite: str,
        version: str = "12",
        encrypted: bool = False,
        name: str | None = "Projet",
        direct: bool = False,
        powers: dict[str, int] | None = None,
    ) -> str:
        state: list[dict[str, Any]] = []
        if encrypted:
            content = {"algorithm": "m.megolm.v1.aes-sha2"}
            state.append({"type": "m.room.encryption", "state_key": "", "content": content})
        override: dict[str, Any] | None = {"users": powers} if powers else None
        if override and int(version) < 12:
            override["users"][self.id] = 100
        answer = await self.client.room_create(
            name=name,
            room_version=version,
            invite=invite,
            initial_state=state,
            is_direct=direct,
            power_level_override=override,
        )
        await self.sync(full=True)
        return str(answer.room_id)

    async def send(self, room: str, content: dict[str, Any], kind: str = "m.room.message") -> str:
        answer = await self.client.room_send(room, kind, content, ignore_unverified_devices=True)
        return str(answer.event_id)

    async def say(self, room: str, body: str, **content: Any) -> str:
        return await self.send(
            room, {"msgtype": "m.text", "body": body, "m.mentions": {}, **content}
        )

    async def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Send a raw request as this person."""
        synapse_path = f"/_matrix/client/v3{path}"
        return await asyncio.to_thread(
            self.synapse.ask, method, synapse_path, body, self.client.access_token
        )

    async def raw(self, method: str, path: str, body: str) -> int:
        """Send *body* as it is; return the status."""
        headers = {"Authorization": f"Bearer {self.client.access_token}"}
        answer = await self.client.send(method, f"/_matrix/client/v3{path}", body, headers)
        await answer.read()
        return int(answer.status)

    async def close(self) -> None:
        await self.client.close()  # type: ignore[no-untyped-call]
        if self.client.store:
            self.client.store.database.close()


class Bot:
    """The door with a fake `hear` that writes down what it hears."""

    def __init__(self, settings: MatrixSettings, directory: Path, **options: Any) -> None:
        self.settings = settings
        self.directory = directory
        self.options = options
        self.heard: list[Heard] = []
        self.hear: Callable[[Heard], Awaitable[None]] = self._write_down
        self.door = self._new()
        self._run: asyncio.Task[None] | None = None

    def _new(self) -> MatrixDoor:
        options = {"budget": Budget(rate=1000, burst=1000), **self.options}
        return MatrixDoor(self.settings, self.directory, _now, **options)

    async def _hear(self, heard: Heard) -> None:
        await self.hear(heard)

    async def _write_down(self, heard: Heard) -> None:
        self.heard.append(heard)

    async def start(self) -> None:
        self._run = asyncio.create_task(self.door.run(self._hear))
        await until(lambda: self.door.covered or self._run is None or self._run.done() or None)
        if self._run.done():
            self._run.result()

    async def stop(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)
        await self.door.close()

    async def settle(self) -> None:
        """Wait until all that was heard is covered: it will not be heard again."""
        newest = max((heard.position for heard in self.heard), default=0)
        await until(lambda: self.door.covered >= newest or None)

    async def restart(self) -> None:
        await self.stop()
        self.door = self._new()
        await self.start()

    async def hears(self, kind: type[H], wanted: Callable[[H], bool] = lambda _h: True) -> H:
        """Return the first thing heard of this *kind* that is *wanted*."""

        def find() -> H | None:
            found = (h for h in self.heard if isinstance(h, kind) and wanted(h))
            return next(found, None)

        return await until(find, kind.__name__)

    def bodies(self, room: str) -> list[str]:
        return [h.body for h in self.heard if isinstance(h, Said) and h.room == room]

    async def joins(self, room: str) -> None:
        """Wait until the bot knows that it is in *room*."""
        await until(lambda: self.door.user in self.door.members(room) or None)

    def failure(self) -> BaseException | None:
        return self._run.exception() if self._run and self._run.done() else None


def _now() -> datetime:
    return datetime.now(UTC)


def entry(kind: Kind = Kind.NOTICE, **fields: Any) -> Entry:
    """Make an outbox entry with an id of its own."""
    return Entry(id=f"e{next(numbers)}-{_now().timestamp()}", kind=kind, created=_now(), **fields)


NewPerson = Callable[..., Awaitable[Person]]
NewBot = Callable[..., Awaitable[Bot]]


async def react(who: Person, room: str, event: str, key: str) -> str:
    """Let *who* react to *event*."""
    relation = {"rel_type": "m.annotation", "event_id": event, "key": key}
    return await who.send(room, {"m.relates_to": relation}, "m.reaction")
