"""Whatever the homeserver does wrong, the loop backs off, and goes on when it is well again."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.matrix import LoginRefused, engine
from bot.adapters.matrix.client import Client
from bot.adapters.matrix.patience import Patience
from bot.heard import Said
from tests.matrix.hostile.faults import EVERYWHERE, Endless, answers, bomb, refuses, says
from tests.matrix.hostile.robot import Counting, bot_on, pauses, robot, server
from tests.matrix.hostile.server import ANA, ROOM, Fault, Server, batch, message
from tests.matrix.people import Bot, until

__all__ = ["robot", "server"]
MEGABYTE = 1024 * 1024
MUCH = 400 * MEGABYTE
"""More than any good answer, and than a small machine has."""
SYNC_ONLY: dict[str, Fault] = {
    "404": refuses(404, errcode="M_UNRECOGNIZED"),
    "403": refuses(403, errcode="M_FORBIDDEN"),
    "the account is locked": refuses(401, errcode="M_USER_LOCKED", soft_logout=True),
    "no consent given": refuses(403, errcode="M_CONSENT_NOT_GIVEN"),
    "too many users": refuses(403, errcode="M_RESOURCE_LIMIT_EXCEEDED"),
    "401 of somebody else": answers(status=401, text="<html>Log in first"),
    "no token": says({}),
    "an odd token": says({"next_batch": 5}),
    "an empty token": says({"next_batch": ""}),
    "an empty object for a code": refuses(500, errcode={}, retry_after_ms=[], soft_logout="yes"),
}


@pytest.fixture(autouse=True)
def short_syncs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a hung sync be noticed soon."""
    monkeypatch.setattr(engine, "SYNC_MILLISECONDS", 100)
    monkeypatch.setattr(engine, "_SLACK_SECONDS", 0.1)


async def heard_more(robot: Bot) -> None:
    """Wait until something new is heard."""
    before = len(robot.heard)
    await until(lambda: len(robot.heard) > before or None)


@pytest.mark.parametrize(
    "fault", [*EVERYWHERE.values(), *SYNC_ONLY.values()], ids=[*EVERYWHERE, *SYNC_ONLY]
)
async def test_every_failed_sync_is_followed_by_a_pause(
    server: Server, robot: Bot, fault: Fault
) -> None:
    """No request without a pause after a failure, pauses that grow, and then all is well."""
    await robot.start()
    await robot.hears(Said)
    before = len(pauses(robot))
    server.faults["sync"] = [fault] * 6
    await until(lambda: not server.faults["sync"] or None)
    await heard_more(robot)
    made = pauses(robot)[before:]
    assert 3 <= len(made) <= 6  # aiohttp itself asks once more where a connection was reset
    assert made[-1] > 1.5 * made[0]
    assert robot.failure() is None


WAITS: dict[str, tuple[Fault, float]] = {
    "retry_after_ms": (refuses(429, errcode="M_LIMIT_EXCEEDED", retry_after_ms=7000), 7),
    "Retry-After": (refuses(429, {"Retry-After": "7"}), 7),
    "both": (refuses(429, {"Retry-After": "9"}, retry_after_ms=1), 9),
    "of a server that is down": (refuses(503, {"Retry-After": "7"}), 7),
    "none": (refuses(429), 0),
    "zero": (refuses(429, {"Retry-After": "0"}, retry_after_ms=0), 0),
    "negative": (refuses(429, {"Retry-After": "-7"}, retry_after_ms=-7000), 0),
    "words": (refuses(429, {"Retry-After": "soon"}, retry_after_ms="soon"), 0),
    "a date": (refuses(429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), 0),
    "a fraction": (refuses(429, {"Retry-After": "0.5"}, retry_after_ms=0.5), 0),
    "a list": (refuses(429, retry_after_ms=[7000]), 0),
    "a year": (refuses(429, {"Retry-After": "31536000"}), 60),
    "longer than the universe": (refuses(429, {"Retry-After": "9" * 20}), 0),
    "a number of 400 digits": (refuses(429, retry_after_ms=10**400), 0),
    "a number of 5000 digits": (
        answers(status=429, body=b'{"retry_after_ms":' + b"9" * 5000 + b"}"),
        0,
    ),
    "infinite": (answers(status=429, body=b'{"retry_after_ms": 1e999}'), 0),
}


@pytest.mark.parametrize(("fault", "least"), WAITS.values(), ids=WAITS)
async def test_the_wait_that_the_server_asks_for_is_respected(
    server: Server, robot: Bot, fault: Fault, least: float
) -> None:
    """`retry_after_ms` and `Retry-After` are waited for, up to an hour; nonsense is ignored."""
    server.faults["sync"] = [fault]
    await robot.start()
    await robot.hears(Said)
    assert least <= pauses(robot)[0] <= 3600
    assert pauses(robot)[0] > 0


async def test_a_long_pause_is_no_standstill(server: Server, robot: Bot) -> None:
    """While it waits because the server asked for it, the loop goes on giving signs of life."""
    server.faults["sync"] = [refuses(429, errcode="M_LIMIT_EXCEEDED", retry_after_ms=1_800_000)]
    await robot.start()
    await robot.hears(Said)
    assert robot.door._vitals.beats > 1800 / 60


def test_pauses_double_and_are_never_twice_the_same() -> None:
    """Many bots do not come back in step after an outage."""
    rows = []
    for _ in range(50):
        patience = Patience(1.0, 60.0)
        rows.append([patience.next() for _ in range(40)])
    for number in range(40):
        column = [row[number] for row in rows]
        full = min(2.0**number, 60.0)
        assert all(full / 2 <= pause <= full for pause in column)
        assert len(set(column)) == len(column)


async def test_every_pause_is_waited_for_before_the_next_request(
    server: Server, robot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many requests as pauses: nothing is asked in between."""
    await robot.start()
    await robot.hears(Said)
    asked_at: list[int] = []

    async def sleep(_seconds: float) -> None:
        asked_at.append(server.requests["sync"])
        await asyncio.sleep(0.01)  # whoever does not wait would ask now

    monkeypatch.setattr(Counting, "sleep", staticmethod(sleep))
    server.always["sync"] = refuses(500, errcode="M_UNKNOWN")
    await until(lambda: len(asked_at) > 20 or None)
    assert asked_at == list(range(asked_at[0], asked_at[0] + len(asked_at)))


async def test_a_server_that_is_away_is_waited_for(server: Server, robot: Bot) -> None:
    """Refused connections, at the login already, end when the server is back."""
    await server.stop()
    run = asyncio.create_task(robot.start())
    await until(lambda: len(pauses(robot)) >= 5 or None)
    back = Server()
    back.port = server.port
    await back.start()
    await run
    await robot.hears(Said)
    await robot.stop()
    await back.stop()


async def test_a_name_that_is_not_found_is_waited_for(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that is away is an outage like any other."""
    loop = asyncio.get_running_loop()
    away = True

    async def getaddrinfo(*arguments: Any, **options: Any) -> Any:
        del arguments, options
        if away:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        address = ("127.0.0.1", server.port)
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)]

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo, raising=False)
    named = Server()
    named.port = server.port
    monkeypatch.setattr(Server, "address", f"http://matrix.invalid:{server.port}")
    async with bot_on(named, tmp_path / "bot") as robot:
        run = asyncio.create_task(robot.start())
        await until(lambda: len(pauses(robot)) >= 5 or None)
        away = False
        await run
        await robot.hears(Said)


async def test_soft_logout_keeps_the_device(server: Server, robot: Bot) -> None:
    """An expired token is replaced by the password, on the same device."""
    await robot.start()
    await robot.hears(Said)
    server.token = "token-2"
    await until(lambda: len(server.logins) > 1 or None)
    await heard_more(robot)
    assert [login.get("device_id") for login in server.logins] == [None, "DEVICE"]
    assert "token-2" in (robot.directory / "session.json").read_text()


@pytest.mark.parametrize(
    "code",
    ["M_UNKNOWN_TOKEN", "M_USER_DEACTIVATED", "M_MISSING_TOKEN", "ORG_MATRIX_EXPIRED_ACCOUNT"],
)
async def test_the_end_of_the_session_is_the_end(server: Server, robot: Bot, code: str) -> None:
    """A revoked token raises LoginRefused with what to do, after one request."""
    await robot.start()
    before = server.requests["sync"]
    server.always["sync"] = refuses(401, errcode=code)
    await until(lambda: robot.failure() or None)
    failure = robot.failure()
    assert isinstance(failure, LoginRefused)
    assert failure.code == code
    assert failure.advice
    assert server.requests["sync"] <= before + 2


async def test_a_soft_logout_without_a_password_is_the_end(server: Server, tmp_path: Path) -> None:
    """A bot that was given only a token cannot get a new one, and says so."""
    async with bot_on(server, tmp_path / "bot", password=None, token="token-1") as robot:
        await robot.start()
        server.token = "token-2"
        await until(lambda: robot.failure() or None)
        assert isinstance(robot.failure(), LoginRefused)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "M_UNKNOWN"),  # Synapse 1.163: "Invalid stream token"
        (400, "M_INVALID_PARAM"),
        (400, "M_UNKNOWN_POS"),
        (400, "M_BAD_JSON"),
    ],
)
async def test_a_place_that_the_server_has_forgotten(
    server: Server, robot: Bot, status: int, code: str
) -> None:
    """After the server's database was set back the bot begins anew, and hears what comes."""
    await robot.start()
    await robot.hears(Said)

    async def sync(request: web.Request) -> web.StreamResponse:
        since = request.query.get("since", "")
        if since and not since.startswith("new"):
            return refuses_now(status, code)
        number = server.requests["sync"]
        new = batch([message(f"$new{number}", "after the restore")], number)
        return web.json_response(new | {"next_batch": f"new{number}"})

    server.always["sync"] = sync
    await robot.hears(Said, lambda said: said.body == "after the restore")
    assert robot.failure() is None


def refuses_now(status: int, code: str) -> web.Response:
    return web.json_response({"errcode": code, "error": "Invalid stream token"}, status=status)


@pytest.mark.parametrize("token", ["", "\ud800", "x" * 100_000, "\x00", " ", "é&since=x#"])
async def test_odd_tokens(server: Server, robot: Bot, token: str) -> None:
    """A token is sent back as it came, or the batch counts as none; then all goes on."""
    await robot.start()
    server.faults["sync"] = [says({"next_batch": token})]
    await until(lambda: not server.faults["sync"] or None)
    await heard_more(robot)
    assert robot.failure() is None


async def test_a_server_that_answers_the_same_at_once_is_not_asked_for_ever(
    server: Server, robot: Bot
) -> None:
    """An empty answer with the same token, without a wait: as good as a failure."""
    await robot.start()
    await robot.hears(Said)
    server.always["sync"] = says({"next_batch": server.queries[-1]["since"]})
    await asyncio.sleep(0.5)
    before = len(pauses(robot)), server.requests["sync"]
    await until(
        lambda: server.requests["sync"] >= before[1] + 100 or len(pauses(robot)) > 3 or None
    )
    assert len(pauses(robot)) > 3, "100 requests without a pause"


@pytest.mark.parametrize("place", ["sync", "login", "keys/query", "whoami"])
async def test_an_answer_without_end(
    server: Server, robot: Bot, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more is read than any good answer has."""
    monkeypatch.setattr(engine, "_SLACK_SECONDS", 30.0)
    endless = Endless(MUCH)
    if place == "whoami":
        await robot.start()
        await robot.stop()
    server.faults[place] = [endless]
    if place == "keys/query":
        server.batches = [{"device_lists": {"changed": [ANA]}, **sealed(ANA)}]
    await robot.restart() if place == "whoami" else await robot.start()
    await until(lambda: not server.faults[place] or None)
    await robot.hears(Said)
    assert endless.sent < MUCH, "all of it was read"


def sealed(user: str) -> dict[str, Any]:
    member = {"type": "m.room.member", "state_key": user, "content": {"membership": "join"}}
    closed = {"type": "m.room.encryption", "state_key": "", "content": {}}
    return {"rooms": {"join": {"!sealed:x": {"state": {"events": [member, closed]}}}}}


async def test_an_answer_that_grows_when_unpacked(
    server: Server, robot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """400 kB of gzip are not unpacked to 400 MB."""
    monkeypatch.setattr(engine, "_SLACK_SECONDS", 30.0)
    await robot.start()
    await robot.hears(Said)
    sizes: list[int] = []
    exchange = Client._exchange

    async def measured(self: Client, *arguments: Any, **options: Any) -> bytes:
        raw = await exchange(self, *arguments, **options)
        sizes.append(len(raw))
        return raw

    monkeypatch.setattr(Client, "_exchange", measured)
    before = len(pauses(robot))
    server.faults["sync"] = [bomb(MUCH)]
    await until(lambda: not server.faults["sync"] or None)
    await heard_more(robot)
    assert max(sizes) < MUCH
    assert len(pauses(robot)) > before


async def test_a_message_nested_too_deep_hides_no_other(server: Server, robot: Bot) -> None:
    """Servers that are not Python let users nest deeper than Python can read.

    The same answer would come for ever: until it is taken, nobody is heard.
    """
    await robot.start()
    deep = json.dumps(message("$deep", "DEEP")).replace('"DEEP"', "[" * 5000 + "]" * 5000)
    long = json.dumps(message("$long", "LONG")).replace('"LONG"', "1" * 5000)
    other = json.dumps(message("$other", "beside it"))
    timeline = f'{{"timeline": {{"events": [{deep}, {long}, {other}]}}}}'
    answer = f'{{"next_batch": "deep", "rooms": {{"join": {{"{ROOM}": {timeline}}}}}}}'

    async def sync(request: web.Request) -> web.StreamResponse:
        if request.query.get("since") != "deep":
            return web.Response(body=answer.encode(), content_type="application/json")
        return web.json_response({"next_batch": "deep"})

    server.always["sync"] = sync
    await robot.hears(Said, lambda said: said.body == "beside it")
