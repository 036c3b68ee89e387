"""A homeserver of a few lines in which every answer can be made to go wrong."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import vodozemac
from aiohttp import web
from nio.api import Api

from tests.matrix.hostile.to_device import MEGOLM, OLM

Fault = Callable[[web.Request], Awaitable[web.StreamResponse]]
BOT, ANA, MALLORY = "@bot:fault.example", "@ana:fault.example", "@mallory:fault.example"
ROOM, SEALED_ROOM = "!projet:fault.example", "!conseil:fault.example"
LATER = 4_000_000_000_000
"""Milliseconds of the epoch at which all is sent: after any start."""
PLACES = (
    ("sync", "GET", r"sync"),
    ("login", "POST", r"login"),
    ("whoami", "GET", r"account/whoami"),
    ("keys/upload", "POST", r"keys/upload"),
    ("keys/query", "POST", r"keys/query"),
    ("keys/claim", "POST", r"keys/claim"),
    ("to-device", "PUT", r"sendToDevice/[^/]+/[^/]+"),
    ("send", "PUT", r"rooms/(?P<room>[^/]+)/send/(?P<kind>[^/]+)/(?P<transaction>[^/]+)"),
    ("redact", "PUT", r"rooms/[^/]+/redact/[^/]+/[^/]+"),
    ("state", "GET", r"rooms/[^/]+/state/.*"),
    ("set state", "PUT", r"rooms/[^/]+/state/.*"),
    ("messages", "GET", r"rooms/[^/]+/messages"),
    ("event", "GET", r"rooms/[^/]+/event/[^/]+"),
    ("join", "POST", r"join/[^/]+"),
    ("leave", "POST", r"rooms/[^/]+/leave"),
)
"""What the server knows: name of the place, method, path below /_matrix/client/v3/."""
DOWNLOAD, UPLOAD = "download", "upload"
CIRCLE, ELSEWHERE = "circle", "elsewhere"
"""Sends on to itself; is no part of a Matrix server."""


class Server:
    """Answers well, unless a test put something else into `faults` or `always`."""

    def __init__(self) -> None:
        self.faults: defaultdict[str, list[Fault]] = defaultdict(list)
        """Place -> what is answered instead, used up one per request."""
        self.always: dict[str, Fault] = {}
        """Place -> what is answered instead, each time."""
        self.batches: list[dict[str, Any]] = []
        """What /sync brings, one per request; then a message each time, unless `quiet`."""
        self.quiet = False
        self.requests: Counter[str] = Counter()
        self.queries: list[dict[str, str]] = []
        """The query of each sync."""
        self.logins: list[dict[str, Any]] = []
        self.token = "token-1"
        self.sent: list[tuple[str, str, Any]] = []
        """Room, type and content of each event the bot sent."""
        self.shared: list[Any] = []
        """Bodies of to-device requests."""
        self._events: dict[str, str] = {}
        """Transaction -> event."""
        self._handed = 0
        self.ana = Device(ANA, "ANADEVICE")
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{rest:.*}", self._any)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        self.port = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _any(self, request: web.Request) -> web.StreamResponse:
        place, found = _place(request)
        self.requests[place] += 1
        if self.faults[place]:
            return await self.faults[place].pop(0)(request)
        if place in self.always:
            return await self.always[place](request)
        return await self.well(place, request, found)

    async def well(
        self, place: str, request: web.Request, found: dict[str, str]
    ) -> web.StreamResponse:
        """Answer as a good server does."""
        special = {
            "sync": self._sync,
            "login": self._login,
            "send": self._send,
            "to-device": self._share,
        }
        if place in special:
            return await special[place](request, found)
        if place == CIRCLE:
            return web.Response(status=307, headers={"Location": f"/{CIRCLE}"})
        if place == DOWNLOAD:
            return web.Response(body=b"BEGIN:VCALENDAR")
        answers = {
            "whoami": {"user_id": BOT, "device_id": "DEVICE"},
            "keys/upload": {"one_time_key_counts": {"signed_curve25519": 50}},
            "keys/query": self.ana.published(),
            "keys/claim": self.ana.claimed(),
            "messages": {"chunk": [], "start": "s1"},
            "event": message("$asked", "asked"),
            "join": {"room_id": ROOM},
            "redact": {"event_id": "$redaction"},
            "set state": {"event_id": "$state"},
            UPLOAD: {"content_uri": "mxc://fault.example/up"},
        }
        if place in {"leave", *answers}:
            return web.json_response(answers.get(place, {}))
        if place == ELSEWHERE:
            return web.Response(status=404, text="<html>Not here", content_type="text/html")
        return refuse(404, errcode="M_UNRECOGNIZED")

    async def _sync(self, request: web.Request, _found: dict[str, str]) -> web.StreamResponse:
        self.queries.append(dict(request.query))
        if "Authorization" not in request.headers:
            return refuse(401, errcode="M_MISSING_TOKEN")
        if request.headers["Authorization"] != f"Bearer {self.token}":
            return refuse(401, errcode="M_UNKNOWN_TOKEN", soft_logout=True)
        if self.batches:
            self._handed += 1
            return web.json_response({"next_batch": f"b{self._handed}", **self.batches.pop(0)})
        if self.quiet:
            for _ in range(10):  # a long poll, as good servers do it
                await asyncio.sleep(0.005)
                if self.batches:
                    break
            return web.json_response({"next_batch": f"q{self.requests['sync']}"})
        await asyncio.sleep(0.01)
        number = self.requests["sync"]
        return web.json_response(batch([message(f"$m{number}", f"heil {number}")], number))

    async def _login(self, request: web.Request, _found: dict[str, str]) -> web.StreamResponse:
        self.logins.append(await request.json())
        device = self.logins[-1].get("device_id", "DEVICE")
        return web.json_response({"user_id": BOT, "device_id": device, "access_token": self.token})

    async def _send(self, request: web.Request, found: dict[str, str]) -> web.StreamResponse:
        transaction = found["transaction"]
        if transaction not in self._events:
            self._events[transaction] = f"$sent{len(self.sent)}"
            self.sent.append((found["room"], found["kind"], await request.json()))
        return web.json_response({"event_id": self._events[transaction]})

    async def _share(self, request: web.Request, _found: dict[str, str]) -> web.StreamResponse:
        self.shared.append(await request.json())
        return web.json_response({})


class Device:
    """The device of somebody, whose keys the server publishes."""

    def __init__(self, user: str, name: str) -> None:
        self.user, self.name = user, name
        self.account = vodozemac.Account()
        self._claims = 0

    def published(self) -> dict[str, Any]:
        """Return the answer to /keys/query."""
        keys = {
            "user_id": self.user,
            "device_id": self.name,
            "algorithms": [OLM, MEGOLM],
            "keys": {
                f"curve25519:{self.name}": self.account.curve25519_key.to_base64(),
                f"ed25519:{self.name}": self.account.ed25519_key.to_base64(),
            },
        }
        return {"device_keys": {self.user: {self.name: self._signed(keys)}}, "failures": {}}

    def claimed(self) -> dict[str, Any]:
        """Return the answer to /keys/claim, with a new key each time."""
        self.account.generate_one_time_keys(1)
        identity, key = next(iter(self.account.one_time_keys.items()))
        self.account.mark_keys_as_published()
        signed = self._signed({"key": key.to_base64()})
        named = {f"signed_curve25519:{identity}": signed}
        return {"one_time_keys": {self.user: {self.name: named}}, "failures": {}}

    def _signed(self, content: dict[str, Any]) -> dict[str, Any]:
        signature = self.account.sign(Api.to_canonical_json(content).encode()).to_base64()
        return {**content, "signatures": {self.user: {f"ed25519:{self.name}": signature}}}


def _place(request: web.Request) -> tuple[str, dict[str, str]]:
    path = request.path
    if path.startswith("/_matrix/client/v1/media/download/"):
        return DOWNLOAD, {}
    if path.startswith("/_matrix/media/v3/upload"):
        return UPLOAD, {}
    if path == f"/{CIRCLE}":
        return CIRCLE, {}
    if not path.startswith("/_matrix/"):
        return ELSEWHERE, {}
    below = path.removeprefix("/_matrix/client/v3/")
    for place, method, pattern in PLACES:
        found = re.fullmatch(pattern, below)
        if found and method == request.method:
            return place, found.groupdict()
    return "anything else", {}


def message(event: str, body: Any, sender: str = ANA, **more: Any) -> dict[str, Any]:
    return {
        "type": "m.room.message",
        "event_id": event,
        "sender": sender,
        "origin_server_ts": LATER,
        "content": {"msgtype": "m.text", "body": body},
        **more,
    }


def state(kind: str, key: str, content: Any, sender: str = ANA) -> dict[str, Any]:
    event = f"${kind}{key}"
    return message(event, "", sender) | {"type": kind, "state_key": key, "content": content}


def rooms(**parts: Any) -> dict[str, Any]:
    """Return a batch in which ROOM has these *parts*."""
    return {"rooms": {"join": {ROOM: parts}}}


def batch(events: list[dict[str, Any]], number: int, **more: Any) -> dict[str, Any]:
    return {"next_batch": f"s{number}", **rooms(timeline={"events": events, **more})}


def state_of_room() -> list[dict[str, Any]]:
    """Return the whole state of ROOM: Ana has made it, Mallory is nobody, the bot is there."""
    members = {ANA: "Ana", MALLORY: "Mallory", BOT: "Comenius"}
    return [
        state("m.room.create", "", {"room_version": "11"}),
        state("m.room.power_levels", "", {"users": {ANA: 100}, "users_default": 0}),
        state("m.room.name", "", {"name": "Projet"}),
        *(
            state("m.room.member", user, {"membership": "join", "displayname": name}, user)
            for user, name in members.items()
        ),
    ]


def sealed_room() -> dict[str, Any]:
    """Return a batch that brings the bot into an encrypted room with Ana."""
    here = [
        state("m.room.create", "", {"room_version": "11"}),
        state("m.room.encryption", "", {"algorithm": MEGOLM}),
        state("m.room.member", ANA, {"membership": "join"}, ANA),
        state("m.room.member", BOT, {"membership": "join"}, BOT),
    ]
    return {"rooms": {"join": {SEALED_ROOM: {"state": {"events": here}}}}}


def refuse(status: int, **fields: Any) -> web.Response:
    return web.json_response({"error": "no", **fields}, status=status)
