"""Many people at once, cheaply: raw requests in plain rooms, one watching client for all rooms."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol
from urllib.parse import quote

import aiohttp

from bot.adapters.synapse import Synapse
from tests.matrix.counting import Asked
from tests.matrix.people import DEADLINE, Person, numbers, until

AT_ONCE = 8
"""Messages on their way at the same moment."""
ALL_EVENTS = {"room": {"timeline": {"limit": 100}}}
POLLS = "org.matrix.msc3381.poll."


class Speaker(Protocol):
    """Whoever can send: a person with a client, or a voice without."""

    @property
    def id(self) -> str:
        """Return the Matrix id."""

    async def send(self, room: str, content: dict[str, Any], kind: str = "m.room.message") -> str:
        """Send an event; return its id."""


class Voice:
    """Somebody who speaks in plain rooms by raw requests, again and again until it is heard."""

    def __init__(self, synapse: Synapse, session: aiohttp.ClientSession, user: str) -> None:
        self.id = user
        self._synapse = synapse
        self._session = session
        self._token = ""
        self._transactions = (f"v{number}" for number in itertools.count(1))

    @classmethod
    async def enter(
        cls, synapse: Synapse, session: aiohttp.ClientSession, name: str = "voice"
    ) -> Voice:
        """Register somebody called *name* and log them in."""
        unique = f"{name}{next(numbers)}"
        user = await asyncio.to_thread(synapse.register, unique, "secret", shown=name.title())
        new = cls(synapse, session, user)
        who = {"type": "m.id.user", "user": unique}
        login = {"type": "m.login.password", "identifier": who, "password": "secret"}
        new._token = (await new.ask("POST", "/login", login))["access_token"]
        return new

    async def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Request *path* until the server answers; return the JSON of its answer."""
        address = f"{self._synapse.address}/_matrix/client/v3{path}"
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with asyncio.timeout(DEADLINE):
            while True:
                try:
                    request = self._session.request(method, address, json=body, headers=headers)
                    async with request as answer:
                        if answer.status < 500:
                            content: dict[str, Any] = await answer.json()
                            return content
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.2)

    async def room(self, *invite: str) -> str:
        """Make a plain room."""
        body = {"name": "Projet", "invite": invite, "room_version": "12"}
        return str((await self.ask("POST", "/createRoom", body))["room_id"])

    async def send(self, room: str, content: dict[str, Any], kind: str = "m.room.message") -> str:
        path = f"/rooms/{quote(room)}/send/{kind}/{next(self._transactions)}"
        return str((await self.ask("PUT", path, content))["event_id"])

    async def joined(self, room: str) -> set[str]:
        """Return who is in *room*."""
        answer = await self.ask("GET", f"/rooms/{quote(room)}/joined_members")
        return set(answer.get("joined", {}))

    async def meets(self, room: str, bot: str) -> None:
        """Wait until *bot* is in *room*."""
        async with asyncio.timeout(DEADLINE):
            while bot not in await self.joined(room):  # noqa: ASYNC110 - it is elsewhere
                await asyncio.sleep(0.2)


@asynccontextmanager
async def voices(synapse: Synapse, count: int) -> AsyncIterator[list[Voice]]:
    """Make *count* people who share one pool of connections."""
    connections = aiohttp.TCPConnector(limit=2 * AT_ONCE)
    async with aiohttp.ClientSession(connector=connections) as session:
        yield [await Voice.enter(synapse, session) for _ in range(count)]


async def share(owner: Voice, others: Iterable[Voice], bot: str) -> str:
    """Let *owner* make a room for all of them and the bot; return it once everybody is in."""
    others = list(others)
    room = await owner.room(bot, *(one.id for one in others))
    for one in others:
        await one.ask("POST", f"/join/{quote(room)}", {})
    await owner.meets(room, bot)
    return room


async def say(who: Speaker, room: str, body: str) -> str:
    """Let *who* write *body*."""
    return await who.send(room, {"msgtype": "m.text", "body": body, "m.mentions": {}})


async def edit(who: Speaker, room: str, event: str, body: str) -> str:
    """Let *who* write *body* instead of what they wrote in *event*."""
    new = {"msgtype": "m.text", "body": body, "m.mentions": {}}
    relation = {"rel_type": "m.replace", "event_id": event}
    content = new | {"body": f"* {body}", "m.new_content": new, "m.relates_to": relation}
    return await who.send(room, content)


async def vote(who: Speaker, room: str, poll: str, answer: str) -> str:
    """Let *who* press the button *answer* of the native poll *poll*."""
    kind = f"{POLLS}response"
    relation = {"rel_type": "m.reference", "event_id": poll}
    return await who.send(room, {kind: {"answers": [answer]}, "m.relates_to": relation}, kind)


async def flood(who: Sequence[Voice], rooms: Sequence[str], lines: Iterable[str]) -> list[Asked]:
    """Write *lines*, 8 on their way at a time, in turn by each and in each room."""
    todo = enumerate(lines)
    asked: list[Asked] = []

    async def write() -> None:
        for number, line in todo:
            room = rooms[number % len(rooms)]
            event = await say(who[number % len(who)], room, line)
            asked.append(Asked(room, event, line, answers=line.startswith("!")))

    await asyncio.gather(*(write() for _ in range(AT_ONCE)))
    return asked


class Eye:
    """Watches all rooms of one person with an ordinary client, from now until it is closed."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.seen: dict[str, dict[str, Any]] = {}
        """Event id -> the event as the client shows it, decrypted."""
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        client = self.person.client
        while True:
            answer = await client.sync(10_000, sync_filter=ALL_EVENTS)
            if not hasattr(answer, "rooms"):  # an error: the server is away
                await asyncio.sleep(0.2)
                continue
            for info in answer.rooms.join.values():
                self.seen |= {event.event_id: event.source for event in info.timeline.events}
            await client.send_to_device_messages()
            if client.should_upload_keys:
                await client.keys_upload()
            if client.should_query_keys:
                await client.keys_query()

    async def answer(self, event: str, kind: str = "m.room.message") -> str:
        """Return the first message of this *kind* that replies to *event*, once it is there."""

        def find() -> str | None:
            for identity, source in self.seen.items():
                relation = source.get("content", {}).get("m.relates_to", {})
                answered = relation.get("m.in_reply_to", {}).get("event_id")
                if source.get("type") == kind and answered == event:
                    return identity
            return None

        return await until(find, "an answer")

    async def poll(self, word: str) -> str:
        """Return the native poll whose question holds *word*, once it is there."""

        def find() -> str | None:
            for identity, source in self.seen.items():
                if source.get("type") == f"{POLLS}start" and word in str(source.get("content")):
                    return identity
            return None

        return await until(find, "a poll")

    async def meets(self, room: str, bot: str) -> None:
        """Wait until this client knows that *bot* is in *room*: then it shares keys with it."""

        def joined() -> bool:
            known = self.person.client.rooms.get(room)
            return known is not None and bot in known.users and not known.users[bot].invited

        await until(lambda: joined() or None, "the bot")

    async def close(self) -> None:
        """Look away."""
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)
