"""Whatever fails besides the sync: nothing is given up too early, and nothing is done twice."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import Any

import pytest

from bot.adapters.matrix import engine
from bot.adapters.matrix.budget import Budget
from bot.adapters.matrix.client import Client
from bot.heard import Said
from bot.model.documents import Entry, Kind
from bot.ports import Later
from tests.matrix.hostile.faults import EVERYWHERE, refuses, says
from tests.matrix.hostile.robot import bot_on, hurry, pauses, robot, server
from tests.matrix.hostile.server import (
    ANA,
    BOT,
    ROOM,
    SEALED_ROOM,
    Device,
    Server,
    message,
    rooms,
    sealed_room,
    state,
    state_of_room,
)
from tests.matrix.people import Bot, entry, until

__all__ = ["hurry", "robot", "server"]
pytestmark = pytest.mark.usefixtures("hurry", "short_requests")
PASSING = {
    name: fault for name, fault in EVERYWHERE.items() if not name.startswith("429")
}  # what 429 does to the rate is told in test_budget


@pytest.fixture
def short_requests(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every hung request be noticed soon; one that is answered has as long as it always has."""
    exchange = Client._exchange

    async def short(self: Client, *arguments: Any, **options: Any) -> bytes:
        method, address, sent, seconds, *more = arguments
        wrong = any(server.faults.values()) or server.always
        limit = min(seconds, 0.3) if wrong and "/sync" not in address else seconds
        return await exchange(self, method, address, sent, limit, *more, **options)

    monkeypatch.setattr(Client, "_exchange", short)


def first() -> dict[str, Any]:
    """Return the batch that brings the bot into the room, with a message."""
    return rooms(state={"events": state_of_room()}, timeline={"events": [message("$1", "first")]})


@pytest.mark.parametrize("place", ["login", "whoami", "keys/upload"])
async def test_the_beginning(
    server: Server, robot: Bot, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each failure while beginning is followed by another attempt, until it works."""
    monkeypatch.setattr(engine, "_TEND_PAUSE_SECONDS", 0.01)
    if place == "whoami":
        await robot.start()
        await robot.stop()
    server.faults[place] = [*PASSING.values()]
    run = asyncio.create_task(robot.restart() if place == "whoami" else robot.start())
    async with asyncio.timeout(60):
        await run
    await robot.hears(Said)
    await until(lambda: not server.faults[place] or None)
    assert robot.failure() is None


async def test_renewing(server: Server, robot: Bot) -> None:
    """A login that fails while the token is renewed is tried again."""
    await robot.start()
    await robot.hears(Said)
    server.faults["login"] = [*PASSING.values(), says({}), says({"access_token": 5})]
    server.token = "token-2"
    await until(lambda: not server.faults["login"] or None)
    before = len(robot.heard)
    await until(lambda: len(robot.heard) > before or None)
    assert len(pauses(robot)) >= len(PASSING) - 1  # aiohttp itself asks again after a reset
    assert robot.failure() is None


ENTRIES: dict[str, tuple[Kind, dict[str, Any]]] = {
    "send": (Kind.NOTICE, {"body": "oui"}),
    "redact": (Kind.REDACTION, {"relates_to": "$1"}),
    "set state": (Kind.PIN, {"relates_to": "$1"}),
    "join": (Kind.JOIN, {}),
    "leave": (Kind.LEAVE, {}),
    "upload": (Kind.FILE, {"file": "a.ics", "content": b64encode(b"BEGIN").decode()}),
}


async def later(robot: Bot, room: str, one: Entry) -> bool:
    """Try to deliver *one*; return whether it is to be tried again. Never must not come."""
    try:
        await robot.door.deliver(room, one)
    except Later:
        return True
    return False


@pytest.mark.parametrize("place", ENTRIES)
async def test_what_is_sent(server: Server, robot: Bot, place: str) -> None:
    """No failure that passes makes us give something up, or say it twice."""
    server.quiet = True
    server.batches = [first()]
    await robot.start()
    await robot.hears(Said)
    budgets = robot.door._budgets
    budgets.joins, budgets.uploads = Budget(1000, 1000), Budget(1000, 1000)
    kind, fields = ENTRIES[place]
    for name, fault in PASSING.items():
        one = entry(kind, **fields)
        server.faults[place] = [fault]
        server.sent.clear()
        before = server.requests[place]
        put_off = await later(robot, ROOM, one)
        # aiohttp itself asks again where a connection was reset
        assert put_off or (name == "reset" and server.requests[place] == before + 2), name
        assert not await later(robot, ROOM, one), name
        if kind in {Kind.NOTICE, Kind.FILE}:
            assert len(server.sent) == 1, name
    assert robot.failure() is None


async def test_an_answer_that_was_lost(server: Server, robot: Bot) -> None:
    """The server took it, and we did not learn so: the second attempt is the same transaction."""
    server.quiet = True
    server.batches = [first()]
    await robot.start()
    await robot.hears(Said)
    take = server._send

    async def lost(request: Any) -> Any:
        await take(request, {"room": ROOM, "kind": "m.room.message", "transaction": one.id})
        request.transport.abort()
        return refuses(500)

    one = entry(body="einmal")
    server.faults["send"] = [lost]
    tries = 0
    while await later(robot, ROOM, one):
        tries += 1
        assert tries < 3
    assert len(server.sent) == 1


@pytest.mark.parametrize("place", ["keys/query", "keys/claim", "to-device"])
async def test_keys(server: Server, robot: Bot, place: str) -> None:
    """A device that could not be reached with the key is no reason to speak without it."""
    server.quiet = True
    server.batches = [first(), sealed_room()]
    await robot.start()
    await until(lambda: robot.door.encrypted(SEALED_ROOM) or None)
    for number, (name, fault) in enumerate(PASSING.items()):
        server.ana = Device(ANA, f"D{number}")
        server.always[place] = fault
        heard = f"devices {number}"
        news = rooms(timeline={"events": [message(f"$d{number}", heard)]})
        server.batches.append({"device_lists": {"changed": [ANA]}, **news})
        await robot.hears(Said, lambda said, heard=heard: said.body == heard)  # type: ignore[misc]
        one = entry(body="oui")
        assert await later(robot, SEALED_ROOM, one), name
        server.always.clear()
        server.shared.clear()
        await until_delivered(robot, one)
        reached = [device for body in server.shared for device in body["messages"].get(ANA, {})]
        assert f"D{number}" in reached, name
    assert [kind for _, kind, _ in server.sent] == ["m.room.encrypted"] * len(PASSING)


async def until_delivered(robot: Bot, one: Entry) -> None:
    """Deliver *one*, which may be asked for twice while a request of the odd time is under way."""
    async with asyncio.timeout(10):
        while await later(robot, SEALED_ROOM, one):  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("name", PASSING)
async def test_a_gap(server: Server, robot: Bot, name: str) -> None:
    """What a server that is unwell leaves out of a room is heard when it is well."""
    server.quiet = True
    server.batches = [first()]
    await robot.start()
    await robot.hears(Said)
    server.faults["messages"] = [
        PASSING[name],
        PASSING[name],
        says({"chunk": [message("$missed", "missed")], "start": "a"}),
    ]
    later = {"events": [message("$2", "after")], "limited": True, "prev_batch": "gap"}
    server.batches.append(rooms(timeline=later))
    await robot.hears(Said, lambda said: said.body == "after")
    assert ["first", "missed", "after"] == robot.bodies(ROOM)


@pytest.mark.parametrize("name", PASSING)
async def test_the_author_of_what_is_edited(server: Server, robot: Bot, name: str) -> None:
    """An edit is not dropped because the server was unwell when we asked whose words they were."""
    server.quiet = True
    edit = message("$edit", "* later")
    edit["content"] |= {
        "m.new_content": {"msgtype": "m.text", "body": "later"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$asked"},
    }
    server.faults["event"] = [PASSING[name], PASSING[name]]
    server.batches = [first(), rooms(timeline={"events": [edit]})]
    await robot.start()
    await robot.hears(Said, lambda said: said.body == "later")


@pytest.mark.parametrize("place", ["join", "leave"])
async def test_invitations(server: Server, tmp_path: Any, place: str) -> None:
    """An invitation is answered once the server is well."""
    server.quiet = True
    invited = {
        "invite_state": {"events": [state("m.room.member", BOT, {"membership": "invite"}, ANA)]}
    }
    allow = ("@ana:*",) if place == "join" else ()
    for name, fault in list(PASSING.items())[::3]:  # each needs a bot of its own
        server.faults[place] = [fault]
        server.batches = [first(), {"rooms": {"invite": {f"!{len(name)}:x": invited}}}]
        before = server.requests[place]
        async with bot_on(server, tmp_path / name.replace(" ", ""), allow=allow) as robot:
            await robot.start()
            await until(lambda before=before: server.requests[place] >= before + 2 or None)  # type: ignore[misc]


@pytest.mark.parametrize("name", PASSING)
async def test_a_download(server: Server, robot: Bot, name: str) -> None:
    """A file that cannot be fetched now may be fetched later, and nobody else waits for it."""
    server.quiet = True
    posted = message("$file", "x.ics")
    posted["content"] |= {"msgtype": "m.file", "url": "mxc://fault.example/x"}
    server.batches = [first(), rooms(timeline={"events": [posted]})]
    await robot.start()
    said = await robot.hears(Said, lambda said: said.file is not None)
    assert said.file
    server.faults["download"] = [PASSING[name]]
    fetching = asyncio.create_task(robot.door.fetch(ROOM, said.file))
    await asyncio.wait({fetching}, timeout=20)
    failure = fetching.exception() if not fetching.cancelled() else None
    # whatever comes with 200 is the file: no JSON is expected
    assert failure is None or isinstance(failure, Later)
    server.faults["download"].clear()
    assert await robot.door.fetch(ROOM, said.file) == b"BEGIN:VCALENDAR"


async def test_a_gap_that_hangs_holds_up_no_other_room(server: Server, robot: Bot) -> None:
    """One room waits for its past; the others go on."""
    server.quiet = True
    server.batches = [first()]
    await robot.start()
    await robot.hears(Said)
    server.always["messages"] = PASSING["hung"]
    limited = {"events": [message("$2", "after")], "limited": True, "prev_batch": "gap"}
    other = {"timeline": {"events": [message("$o", "elsewhere")]}}
    server.batches = [rooms(timeline=limited), {"rooms": {"join": {"!other:x": other}}}]
    await robot.hears(Said, lambda said: said.body == "elsewhere")
    assert "after" not in robot.bodies(ROOM)
    del server.always["messages"]
    await robot.hears(Said, lambda said: said.body == "after")


@pytest.mark.parametrize("status", [403, 404])
async def test_a_gap_that_we_may_not_read(server: Server, robot: Bot, status: int) -> None:
    """What came after it is heard all the same."""
    server.quiet = True
    server.batches = [first()]
    await robot.start()
    await robot.hears(Said)
    server.always["messages"] = refuses(status, errcode="M_FORBIDDEN")
    limited = {"events": [message("$2", "after")], "limited": True, "prev_batch": "gap"}
    server.batches.append(rooms(timeline=limited))
    await robot.hears(Said, lambda said: said.body == "after")
    assert server.requests["messages"] == 1
