"""Whatever the homeserver does wrong, the loop backs off, and goes on when it is well again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.matrix import LoginRefused, MatrixSettings, engine
from bot.adapters.matrix.patience import Patience
from bot.heard import Said
from tests.matrix.people import Bot

Fault = Callable[[web.Request], Awaitable[web.StreamResponse]]
ROOM = "!room:fault.example"


class Server:
    """A homeserver of a few lines whose /sync does what a test tells it."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        """Used up one per request; then all is well."""
        self.always: Fault | None = None
        self.syncs = 0
        self.logins: list[dict[str, Any]] = []
        self.token = "token-1"
        self.events: list[dict[str, Any]] = []
        app = web.Application()
        base = "/_matrix/client/v3"
        app.router.add_get(f"{base}/sync", self.sync)
        app.router.add_get(f"{base}/account/whoami", self.whoami)
        app.router.add_post(f"{base}/login", self.login)
        app.router.add_route("*", "/{rest:.*}", self.anything)
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

    async def sync(self, request: web.Request) -> web.StreamResponse:
        self.syncs += 1
        if self.faults:
            return await self.faults.pop(0)(request)
        if self.always:
            return await self.always(request)
        if request.headers["Authorization"] != f"Bearer {self.token}":
            return refuse(401, errcode="M_UNKNOWN_TOKEN", soft_logout=True)
        return batch(self.syncs, [message(f"$m{self.syncs}", f"heil {self.syncs}")])

    async def login(self, request: web.Request) -> web.StreamResponse:
        self.logins.append(await request.json())
        device = self.logins[-1].get("device_id", "DEVICE")
        return web.json_response(
            {"user_id": "@bot:fault.example", "device_id": device, "access_token": self.token}
        )

    async def whoami(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"user_id": "@bot:fault.example", "device_id": "DEVICE"})

    async def anything(self, _request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.01)
        return web.json_response({})


def message(event: str, body: Any) -> dict[str, Any]:
    return {
        "type": "m.room.message",
        "event_id": event,
        "sender": "@ana:fault.example",
        "origin_server_ts": 4_000_000_000_000,
        "content": {"msgtype": "m.text", "body": body},
    }


def batch(number: int, events: list[dict[str, Any]]) -> web.Response:
    room = {"timeline": {"events": events}}
    return web.json_response({"next_batch": f"s{number}", "rooms": {"join": {ROOM: room}}})


def refuse(status: int, **fields: Any) -> web.Response:
    return web.json_response({"error": "no", **fields}, status=status)


def answers(**options: Any) -> Fault:
    """Make a fault that answers with these."""

    async def fault(_request: web.Request) -> web.StreamResponse:
        return web.Response(**options)

    return fault


def refuses(status: int, headers: dict[str, str] | None = None, **fields: Any) -> Fault:
    async def fault(_request: web.Request) -> web.StreamResponse:
        answer = refuse(status, **fields)
        answer.headers.update(headers or {})
        return answer

    return fault


async def truncated(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "1000"})
    await answer.prepare(request)
    await answer.write(b'{"next_batch":')
    assert request.transport
    request.transport.close()
    return answer


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.abort()
    return web.Response()


async def hung(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(3600)
    return web.Response()


class Counting(Patience):
    """Does not wait; writes down how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def next(self, at_least: float | None = None) -> float:
        self.pauses.append(super().next(at_least))
        return self.pauses[-1]

    @staticmethod
    async def sleep(seconds: float) -> None:
        del seconds
        await asyncio.sleep(0)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Start the homeserver whose /sync goes wrong."""
    new = Server()
    await new.start()
    yield new
    await new.stop()


@pytest.fixture
async def robot(server: Server, tmp_path: Path) -> AsyncIterator[Bot]:
    """Make a bot on it that is not running yet."""
    settings = MatrixSettings(server.address, "bot", password="secret")
    new = Bot(settings, tmp_path / "bot", patience=Counting())
    yield new
    await new.stop()


FAULTS = {
    "502 with HTML": answers(status=502, text="<html>Bad gateway", content_type="text/html"),
    "500 with JSON": refuses(500, errcode="M_UNKNOWN"),
    "404": refuses(404, errcode="M_UNRECOGNIZED"),
    "403": refuses(403, errcode="M_FORBIDDEN"),
    "429 without a time": refuses(429, errcode="M_LIMIT_EXCEEDED"),
    "truncated": truncated,
    "reset": reset,
    "hung": hung,
    "invalid UTF-8": answers(body=b'{"next_batch": "\xff\xfe"}', content_type="application/json"),
    "invalid JSON": answers(text='{"next_batch": "s', content_type="application/json"),
    "a list": answers(text="[]", content_type="application/json"),
    "a number": answers(text="5", content_type="application/json"),
    "nothing": answers(text=""),
    "no token": answers(text="{}", content_type="application/json"),
    "an odd token": answers(text='{"next_batch": 5}', content_type="application/json"),
    "a redirect": answers(status=302, headers={"Location": "/nowhere"}),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_every_failed_sync_is_followed_by_a_pause(
    server: Server, robot: Bot, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No request without a pause after a failure, pauses that grow, and then all is well."""
    monkeypatch.setattr(engine, "SYNC_MILLISECONDS", 100)
    monkeypatch.setattr(engine, "_SLACK_SECONDS", 0.1)
    await robot.start()
    patience = robot.options["patience"]
    await robot.hears(Said)
    before = len(patience.pauses)
    server.faults = [fault] * 6
    until_now = len(robot.heard)
    await robot.hears(Said, lambda s: robot.heard.index(s) > until_now and not server.faults)
    pauses = patience.pauses[before:]
    assert 3 <= len(pauses) <= 6  # aiohttp itself asks once more where a connection was reset
    assert pauses[-1] > 1.5 * pauses[0]
    assert robot.failure() is None


@pytest.mark.parametrize(
    "fault",
    [
        refuses(429, errcode="M_LIMIT_EXCEEDED", retry_after_ms=7000),
        refuses(429, {"Retry-After": "7"}),
        refuses(503, {"Retry-After": "7"}),
    ],
)
async def test_the_wait_that_the_server_asks_for_is_respected(
    server: Server, robot: Bot, fault: Fault
) -> None:
    """`retry_after_ms` and `Retry-After` are waited for, at least."""
    server.faults = [fault]
    await robot.start()
    await robot.hears(Said)
    assert robot.options["patience"].pauses[0] >= 7


async def test_a_server_that_is_away_is_waited_for(server: Server, robot: Bot) -> None:
    """Refused connections, at the login already, end when the server is back."""
    await server.stop()
    run = asyncio.create_task(robot.start())
    patience = robot.options["patience"]
    async with asyncio.timeout(30):
        while len(patience.pauses) < 5:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)
    back = Server()
    back.port = server.port
    await back.start()
    await run
    await robot.hears(Said)
    await robot.stop()
    await back.stop()


async def test_soft_logout_keeps_the_device(server: Server, robot: Bot) -> None:
    """An expired token is replaced by the password, on the same device."""
    await robot.start()
    await robot.hears(Said)
    server.token = "token-2"
    before = len(robot.heard)
    await robot.hears(Said, lambda s: robot.heard.index(s) > before)
    assert [login.get("device_id") for login in server.logins] == [None, "DEVICE"]
    assert "token-2" in (robot.directory / "session.json").read_text()


@pytest.mark.parametrize("code", ["M_UNKNOWN_TOKEN", "M_USER_DEACTIVATED"])
async def test_the_end_of_the_session_is_the_end(server: Server, robot: Bot, code: str) -> None:
    """A revoked token raises LoginRefused with what to do, after one request."""
    await robot.start()
    before = server.syncs
    server.always = refuses(401, errcode=code)
    async with asyncio.timeout(30):
        while robot.failure() is None:  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)
    failure = robot.failure()
    assert isinstance(failure, LoginRefused)
    assert failure.code == code
    assert failure.advice
    assert server.syncs <= before + 2


ODD: list[Any] = [None, 5, "x", [], {}, [None], {"x": None}, {ROOM: 5}, {ROOM: []}]


def odd_batches() -> list[dict[str, Any]]:
    """Batches whose parts have every wrong type."""
    found: list[dict[str, Any]] = []
    for odd in ODD:
        found += [
            {"rooms": odd},
            {"to_device": odd},
            {"to_device": {"events": odd}},
            {"device_lists": odd},
            {"device_lists": {"changed": odd}},
            {"device_one_time_keys_count": odd},
            {"device_one_time_keys_count": {"signed_curve25519": odd}},
            {"rooms": {"join": odd, "leave": odd, "invite": odd}},
        ]
        for part in ("state", "timeline", "invite_state"):
            for inner in (odd, {"events": odd}, {"events": [odd]}):
                room = {ROOM: {part: inner}}
                found.append({"rooms": {"join": room, "leave": room, "invite": room}})
        found.append({"rooms": {"join": {ROOM: {"timeline": {"limited": odd, "prev_batch": odd}}}}})
        for field in ("type", "event_id", "sender", "content", "origin_server_ts", "state_key",
                      "unsigned"):  # fmt: skip
            events = [
                message("$a", "x") | {field: odd},
                {"type": "m.room.member", "state_key": "@a:x", "sender": "@a:x", "event_id": "$b",
                 "content": {"membership": "join"}} | {field: odd},
                {"type": "m.room.power_levels", "state_key": "", "sender": "@a:x",
                 "event_id": "$c", "content": {"users": odd, "users_default": odd}} | {field: odd},
                {"type": "m.room.create", "state_key": "", "sender": "@a:x", "event_id": "$d",
                 "content": {"additional_creators": odd, "room_version": odd}} | {field: odd},
                {"type": "m.room.encrypted", "sender": "@a:x", "event_id": "$e",
                 "content": {"algorithm": "m.megolm.v1.aes-sha2", "session_id": "x",
                             "ciphertext": "x"}} | {field: odd},
            ]  # fmt: skip
            whole = {"state": {"events": events}, "timeline": {"events": events}}
            found.append({"rooms": {"join": {ROOM: whole}, "leave": {ROOM: whole}}})
    return found


async def test_batches_of_every_wrong_shape(
    server: Server, robot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    """A batch in which anything has the wrong type is survived, each and all of them."""
    batches = odd_batches()
    for number, content in enumerate(batches):

        async def odd(_request: web.Request, n: int = number, c: Any = content) -> web.Response:
            return web.json_response({"next_batch": f"odd{n}", **c})

        server.faults.append(odd)
    await robot.start()
    await robot.hears(Said, lambda s: s.body.startswith("heil"))
    assert robot.failure() is None
    assert len(batches) > 200
    assert robot.options["patience"].pauses == []
    assert "batch failed" not in caplog.text
