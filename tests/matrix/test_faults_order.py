"""Servers repeat themselves, mix things up and never end: each message is dealt with once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot import app
from bot.heard import Left, Said
from bot.settings import Settings
from tests.matrix.hostile.robot import hurry, robot, server
from tests.matrix.hostile.server import (
    ANA,
    BOT,
    ROOM,
    Server,
    message,
    rooms,
    state,
    state_of_room,
)
from tests.matrix.people import Bot, until

__all__ = ["hurry", "robot", "server"]
pytestmark = pytest.mark.usefixtures("hurry")
PAGES = 100
"""As many pages of a gap are read at most."""


def first(*more: dict[str, Any]) -> dict[str, Any]:
    """Return the batch that brings the bot into the room, with a message."""
    events = [message("$1", "first"), *more]
    return rooms(state={"events": state_of_room()}, timeline={"events": events})


def timeline(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    return rooms(timeline={"events": list(events), **more})


# --- the whole bot ------------------------------------------------------------------------------


@pytest.fixture
async def answered(server: Server, tmp_path: Path) -> AsyncIterator[Server]:
    """Run the whole bot on the server, in the room; its own messages do not come back."""
    server.quiet = True
    server.batches = [first()]
    settings = Settings.model_validate(
        {
            "matrix": {"homeserver": server.address, "user": BOT, "allow": ["fault.example"]},
            "store": {"directory": tmp_path / "bot"},
            "languages": ["en"],
            "zone": "Europe/Paris",
        }
    )
    secrets = {"COMENIUS_PASSWORD": "secret"}
    run = asyncio.create_task(app.run(settings, secrets, lambda _sentence: None, tick=0.2))
    await until(lambda: server.requests["sync"] > 2 or run.done() or None)
    yield server
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)


def replies(server: Server, to: str) -> list[Any]:
    """Return what the bot said in reply to the event *to*."""
    found = []
    for _, kind, content in server.sent:
        relation = content.get("m.relates_to", {})
        if kind == "m.room.message" and relation.get("m.in_reply_to", {}).get("event_id") == to:
            found.append(content)
    return found


async def test_an_event_that_comes_again_is_dealt_with_once(answered: Server) -> None:
    """Twice in a batch, in the next one, as state and in a gap: one task."""
    task = message("$task", "!task Plakat")
    second = message("$task2", "!task Musik")
    answered.always["messages"] = once({"chunk": [task, second, task]})
    answered.batches += [
        timeline(task, task),
        timeline(task),
        rooms(state={"events": [task]}, timeline={"events": [task]}),
        timeline(second, limited=True, prev_batch="gap"),
        timeline(second, task),
        timeline(message("$end", "!task Ende")),
    ]
    await until(lambda: replies(answered, "$end") or None)
    said = [replies(answered, one) for one in ("$task", "$task2", "$end")]
    assert [1, 1, 1] == [len(one) for one in said], said
    assert "#3" in replies(answered, "$end")[0]["body"], "there are three tasks, not more"


@pytest.mark.parametrize("lost", [False, True], ids=["repeated", "after the place was lost"])
async def test_what_is_long_done_is_not_done_again(
    answered: Server, tmp_path: Path, *, lost: bool
) -> None:
    """A server repeats itself, or was set back and begins anew: one answer, and then on.

    The task's token is long saved by then, and its time stamp no help: it lies in the future.
    """
    task = message("$task", "!task Plakat")
    answered.batches.append(timeline(task))
    await until(lambda: replies(answered, "$task") or None)
    for name in ("$a", "$b", "$c"):
        saved = token_saved(tmp_path)
        answered.batches.append(timeline(message(name, "!task Musik")))
        await until(lambda name=name: replies(answered, name) or None)  # type: ignore[misc]
        await until(lambda saved=saved: token_saved(tmp_path) != saved or None)  # type: ignore[misc]
    if lost:
        answered.faults["sync"] = [lost_place]
    answered.batches = [first(task), timeline(message("$end", "!task Ende"))]
    await until(lambda: replies(answered, "$end") or None)
    assert len(replies(answered, "$task")) == 1
    assert "#5" in replies(answered, "$end")[0]["body"]


def token_saved(folder: Path) -> object:
    """Return how far the bot has remembered to be."""
    return next((path.read_text() for path in folder.rglob("sync.json")), None)


async def lost_place(_request: web.Request) -> web.StreamResponse:
    content = {"errcode": "M_UNKNOWN", "error": "Invalid stream token"}
    return web.json_response(content, status=400)


def once(page: dict[str, Any]) -> Any:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(page)

    return answer


# --- the door -----------------------------------------------------------------------------------


async def begin(server: Server, robot: Bot) -> None:
    server.quiet = True
    server.batches = [first()]
    await robot.start()
    await robot.hears(Said)


async def test_a_gap_that_never_ends(server: Server, robot: Bot) -> None:
    """Always another page, always new: at some point that is enough, and the present is heard."""
    numbers = count()

    async def pages(_request: web.Request) -> web.StreamResponse:
        number = next(numbers)
        said = message(f"$g{number}", f"old {number}")
        return web.json_response({"chunk": [said], "end": f"t{number}"})

    await begin(server, robot)
    server.always["messages"] = pages
    server.batches.append(timeline(message("$2", "now"), limited=True, prev_batch="gap"))
    await robot.hears(Said, lambda said: said.body == "now")
    assert server.requests["messages"] <= PAGES + 1
    assert ["old 1", "old 0", "now"] == robot.bodies(ROOM)[-3:]


async def test_a_gap_that_goes_in_a_circle(server: Server, robot: Bot) -> None:
    """The same two pages again and again: what is in them is heard once."""
    numbers = count()

    async def pages(_request: web.Request) -> web.StreamResponse:
        side = next(numbers) % 2
        said = message(f"$c{side}", f"side {side}")
        return web.json_response({"chunk": [said], "end": f"t{side}"})

    await begin(server, robot)
    server.always["messages"] = pages
    server.batches.append(timeline(message("$2", "now"), limited=True, prev_batch="gap"))
    await robot.hears(Said, lambda said: said.body == "now")
    assert server.requests["messages"] <= 4, "a circle is noticed when it closes"
    assert ["first", "side 1", "side 0", "now"] == robot.bodies(ROOM)


async def test_a_gap_of_empty_pages(server: Server, robot: Bot) -> None:
    """Pages may be empty where all was filtered out; the end is where no `end` is."""
    pages: list[dict[str, Any]] = [{"chunk": [], "end": f"t{number}"} for number in range(5)]
    pages.append({"chunk": [message("$old", "old")]})

    async def page(_request: web.Request) -> web.StreamResponse:
        return web.json_response(pages.pop(0))

    await begin(server, robot)
    server.always["messages"] = page
    server.batches.append(timeline(message("$2", "now"), limited=True, prev_batch="gap"))
    await robot.hears(Said, lambda said: said.body == "now")
    assert ["first", "old", "now"] == robot.bodies(ROOM)


@pytest.mark.parametrize("start", [None, 5, ""], ids=["none", "a number", "empty"])
async def test_a_gap_that_says_not_where_it_begins(server: Server, robot: Bot, start: Any) -> None:
    """Then nothing can be fetched, and the present is heard."""
    await begin(server, robot)
    server.batches.append(timeline(message("$2", "now"), limited=True, prev_batch=start))
    await robot.hears(Said, lambda said: said.body == "now")
    assert robot.failure() is None


async def test_the_server_says_the_order(server: Server, robot: Bot) -> None:
    """Time stamps are set by whoever sends; what came first is heard first."""
    await begin(server, robot)
    times = (2**63 - 1, 0, 4_000_000_000_000, 1, 292_278_994 * 365 * 86_400_000)
    said = [
        message(f"$t{number}", f"number {number}") | {"origin_server_ts": when}
        for number, when in enumerate(times)
    ]
    server.batches.append(timeline(*said))
    await robot.hears(Said, lambda heard: heard.body == "number 4")
    assert [f"number {number}" for number in range(5)] == robot.bodies(ROOM)[-5:]


async def test_joined_and_left_at_once(server: Server, robot: Bot) -> None:
    """A room in both sections of a batch: it is heard, and what comes next is heard, too."""
    await begin(server, robot)
    gone = state("m.room.member", BOT, {"membership": "leave"}, ANA)
    both: dict[str, Any] = timeline(message("$both", "both"))
    both["rooms"]["leave"] = {ROOM: {"timeline": {"events": [gone]}}}
    server.batches += [both, first(message("$next", "next"))]
    await robot.hears(Said, lambda said: said.body == "next")
    assert robot.failure() is None


async def test_what_was_said_in_a_room_that_we_left(server: Server, robot: Bot) -> None:
    """We hear that we are out, and no word of what was said there."""
    await begin(server, robot)
    gone = state("m.room.member", BOT, {"membership": "leave"}, ANA)
    gone["unsigned"] = {"prev_content": {"membership": "join"}}
    left = {"timeline": {"events": [message("$x", "behind our back"), gone]}}
    other = {"timeline": {"events": [message("$o", "elsewhere")]}}
    server.batches.append({"rooms": {"leave": {ROOM: left}, "join": {"!other:x": other}}})
    server.batches.append({"rooms": {"leave": {ROOM: left, "!never:x": left}}})
    await robot.hears(Left, lambda left: left.user == BOT)
    await robot.hears(Said, lambda said: said.body == "elsewhere")
    assert "behind our back" not in robot.bodies(ROOM)
    assert robot.door.members(ROOM) == {}


async def test_ids_that_are_no_rooms(server: Server, robot: Bot) -> None:
    """Whatever a room is called, only rooms are."""
    await begin(server, robot)
    said = {"timeline": {"events": [message("$no", "nowhere")]}}
    names = ("", "!", "@ana:x", "../../etc", "!" + "x" * 300, "!a\u202eb", "!a\nb")
    server.batches += [
        {"rooms": {"join": dict.fromkeys(names, said)}},
        timeline(message("$2", "now")),
    ]
    await robot.hears(Said, lambda said: said.body == "now")
    assert {ROOM} == {heard.room for heard in robot.heard}
