"""Rooms that we leave, that are no conversations, and that do not let us do everything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.adapters.store import FileStore
from bot.heard import Left
from tests.matrix.assistant import Assistant, sees, text_of
from tests.matrix.people import DEADLINE, NewBot, NewPerson, Person, until

pytestmark = pytest.mark.synapse


async def ends(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until *holds* is true, asking the server."""
    async with asyncio.timeout(DEADLINE):
        while not await holds():  # noqa: ASYNC110 - the server is asked, it does not call
            await asyncio.sleep(0.1)


async def membership(who: Person, room: str, user: str) -> str:
    state = await who.ask("GET", f"/rooms/{room}/state/m.room.member/{user}")
    return str(state.get("membership", ""))


async def becomes(who: Person, room: str, user: str, wanted: str) -> None:
    async def holds() -> bool:
        return await membership(who, room, user) == wanted

    await ends(holds)


async def said(who: Person, room: str, bot: str) -> list[str]:
    answer = await who.ask("GET", f"/rooms/{room}/messages?dir=b&limit=100")
    events = [one for one in answer["chunk"] if one["sender"] == bot]
    return [one["type"] for one in events if one["type"] != "m.room.member"]


@pytest.mark.parametrize("how", ["kick", "ban"])
async def test_a_room_that_removed_us_is_forgotten_once_that_is_safe(
    person: NewPerson, bot: NewBot, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Heard as Left; only when that is dealt with does the homeserver forget the room."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user)
    await robot.joins(room)
    dealing, go_on = asyncio.Event(), asyncio.Event()
    client = robot.door._client
    assert client is not None
    forgotten: list[str] = []
    call = client.call

    async def noted(method: str, *path: str, **more: Any) -> dict[str, Any]:
        answer = await call(method, *path, **more)
        if path[-1] == "forget":
            forgotten.append(path[1])
        return answer

    monkeypatch.setattr(client, "call", noted)
    write_down = robot.hear

    async def slowly(heard: Any) -> None:
        await write_down(heard)
        if isinstance(heard, Left):
            dealing.set()
            await go_on.wait()

    robot.hear = slowly
    await ana.ask("POST", f"/rooms/{room}/{how}", {"user_id": robot.door.user})
    await asyncio.wait_for(dealing.wait(), DEADLINE)
    assert [] == forgotten
    go_on.set()
    await until(lambda: forgotten or None)
    assert [room] == forgotten
    assert [room] == [one.room for one in robot.heard if isinstance(one, Left)]


async def test_a_project_that_lost_us_is_there_when_we_come_back(
    assistant: Assistant, person: NewPerson
) -> None:
    """Kicked, forgotten by the homeserver, invited again: the tasks are as they were."""
    ana = await person("ana")
    room = await ana.room(assistant.user)
    await sees(ana, assistant.user, "📌")
    await ana.sync(full=True)
    await ana.say(room, "!task Film the tour")
    await sees(ana, assistant.user, "#1 · Film the tour")
    await ana.ask("POST", f"/rooms/{room}/kick", {"user_id": assistant.user})
    await asyncio.sleep(1)
    await ana.ask("POST", f"/rooms/{room}/invite", {"user_id": assistant.user})
    await becomes(ana, room, assistant.user, "join")
    await ana.sync(full=True)
    await ana.say(room, "!task next")
    await sees(ana, assistant.user, "#2 · next")


async def test_a_space_is_joined_in_silence(assistant: Assistant, person: NewPerson) -> None:
    """Who may invite us gets us into a space; nothing is said there, nothing is kept."""
    ana = await person("ana")
    body = {"creation_content": {"type": "m.space"}, "invite": [assistant.user], "name": "École"}
    space = str((await ana.ask("POST", "/createRoom", body))["room_id"])
    await becomes(ana, space, assistant.user, "join")
    message = {"msgtype": "m.text", "body": "!task Film the tour"}
    await ana.ask("PUT", f"/rooms/{space}/send/m.room.message/1", message)
    child = {"via": ["test.local"]}
    room = await ana.room(assistant.user)
    await ana.ask("PUT", f"/rooms/{space}/state/m.space.child/{room}", child)
    await sees(ana, assistant.user, "📌")
    await ana.sync(full=True)
    await ana.say(room, "!task here")
    await sees(ana, assistant.user, "#1 · here")

    assert [] == await said(ana, space, assistant.user)
    await ana.ask("POST", f"/rooms/{space}/kick", {"user_id": assistant.user})
    await ana.say(room, "!task there")
    await sees(ana, assistant.user, "#2 · there")
    await assistant.stop()
    assert {room} == await _rooms(assistant)


async def _rooms(assistant: Assistant) -> set[str]:
    store = FileStore(assistant.settings.store.directory)
    try:
        return {one.project.room async for one in store.rooms()}
    finally:
        await store.close()


async def test_without_the_right_to_pin_all_else_works(
    assistant: Assistant, person: NewPerson
) -> None:
    """In a private room it is said once what would help; alone with somebody nothing is pinned."""
    ana = await person("ana")
    room = await ana.room(assistant.user, version="11")
    await sees(ana, assistant.user, "📌")
    await sees(ana, assistant.user, "mod")
    await ana.sync(full=True)
    await ana.say(room, "!task one")
    await sees(ana, assistant.user, "#1 · one")
    direct = await ana.room(assistant.user, direct=True, name=None)
    await becomes(ana, direct, assistant.user, "join")
    await ana.say(direct, "!task two")
    await sees(ana, assistant.user, "#2 · two")
    powers = await ana.ask("GET", f"/rooms/{room}/state/m.room.power_levels")
    powers["events"]["m.reaction"] = 50
    await ana.ask("PUT", f"/rooms/{room}/state/m.room.power_levels", powers)
    await ana.say(room, "!task three")
    await sees(ana, assistant.user, "#3 · three")

    pinned = await ana.ask("GET", f"/rooms/{direct}/state/m.room.pinned_events")
    assert "pinned" not in pinned
    asked = [event for event in ana.seen if "📌" not in text_of(event)]
    assert 1 == sum("mod" in text_of(event) for event in asked if event.sender == assistant.user)


async def test_a_locked_room_and_its_coordinator(assistant: Assistant, person: NewPerson) -> None:
    """Where only moderators may write we wait; the coordinator hears of it in the direct room."""
    ana = await person("ana")
    room = await ana.room(assistant.user, version="11")
    await sees(ana, assistant.user, "📌")
    direct = await ana.room(assistant.user, direct=True, name=None)
    await becomes(ana, direct, assistant.user, "join")
    await ana.sync(full=True)
    await ana.say(room, "!setup en")
    await ana.say(room, "!task zero")
    await sees(ana, assistant.user, "#1 · zero")
    await ana.say(direct, "!help")

    async def answered() -> bool:
        return bool(await said(ana, direct, assistant.user))

    await ends(answered)
    powers = await ana.ask("GET", f"/rooms/{room}/state/m.room.power_levels")
    powers["events"]["m.room.message"] = 50
    await ana.ask("PUT", f"/rooms/{room}/state/m.room.power_levels", powers)
    await ana.say(room, "!task one")
    await sees(ana, assistant.user, "I am not allowed to write in", "nothing is lost")
    powers["users"][assistant.user] = 50
    await ana.ask("PUT", f"/rooms/{room}/state/m.room.power_levels", powers)
    await assistant.stop()  # what waits is tried anew at the start, instead of five minutes later
    await assistant.start()
    await sees(ana, assistant.user, "#2 · one")
