"""Rooms are upgraded on a real Synapse: the project follows real state of both rooms only."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.heard import Invited, Upgraded
from bot.model.documents import RoomDocument
from tests.matrix.assistant import Assistant, sees, text_of
from tests.matrix.people import DEADLINE, NewBot, NewPerson, Person

pytestmark = pytest.mark.synapse
MOVED = "We moved here; all tasks are with us."


async def school(teacher: Person, bot: str, *others: Person, **more: Any) -> str:
    """Make a room with the bot in it, *others* too, and one task."""
    room = await made(teacher, bot, *(one.id for one in others), **more)
    for one in others:
        await one.ask("POST", f"/join/{room}", {})
        await one.sync(full=True)
    await sees(teacher, bot, "📌")
    await teacher.sync(full=True)
    await teacher.say(room, "!setup en")
    await teacher.say(room, "!task Film the tour")
    await sees(teacher, bot, "#1 · Film the tour")
    return room


async def made(who: Person, *invite: str, public: bool = False, **more: Any) -> str:
    if not public:
        return await who.room(*invite, **more)
    body: dict[str, Any] = {"preset": "public_chat", "room_version": "11", "name": "Projet"}
    body["invite"] = [*invite]
    if more.get("encrypted"):
        content = {"algorithm": "m.megolm.v1.aes-sha2"}
        lock = {"type": "m.room.encryption", "state_key": "", "content": content}
        body["initial_state"] = [lock]
    room = (await who.ask("POST", "/createRoom", body))["room_id"]
    await who.sync(full=True)
    return str(room)


async def upgrade(who: Person, room: str) -> str:
    """Upgrade *room*, as a client does it; return the new one."""
    answer = await who.ask("POST", f"/rooms/{room}/upgrade", {"new_version": "12"})
    return str(answer["replacement_room"])


async def invite(who: Person, room: str, *users: str) -> None:
    for user in users:
        await who.ask("POST", f"/rooms/{room}/invite", {"user_id": user})


async def documents(assistant: Assistant) -> dict[str, RoomDocument]:
    """Return what lies on the disk, by room. The bot must have stopped."""
    from bot.adapters.store import FileStore  # noqa: PLC0415 - one store per directory

    store = FileStore(assistant.settings.store.directory)
    try:
        return {one.project.room: one async for one in store.rooms()}
    finally:
        await store.close()


async def said(who: Person, room: str, bot: str) -> list[str]:
    """Return what the bot has said in *room*, from the server."""
    answer = await who.ask("GET", f"/rooms/{room}/messages?dir=b&limit=100")
    events = [one for one in answer["chunk"] if one["sender"] == bot]
    return [str(one["content"].get("body", one["type"])) for one in reversed(events)]


async def membership(who: Person, room: str, user: str) -> str:
    state = await who.ask("GET", f"/rooms/{room}/state/m.room.member/{user}")
    return str(state.get("membership", ""))


async def ends(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until *holds* is true, asking the server."""
    async with asyncio.timeout(DEADLINE):
        while not await holds():  # noqa: ASYNC110 - the server is asked, it does not call
            await asyncio.sleep(0.1)


async def becomes(who: Person, room: str, user: str, wanted: str) -> None:
    """Wait until *user* is a member of *room* in this way."""

    async def holds() -> bool:
        return await membership(who, room, user) == wanted

    await ends(holds)


async def says(who: Person, room: str, bot: str, text: str) -> None:
    """Wait until the bot has said *text* in *room*, a plain one."""

    async def holds() -> bool:
        return any(text in body for body in await said(who, room, bot))

    await ends(holds)


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
@pytest.mark.parametrize("public", [False, True], ids=["private", "public"])
async def test_the_project_goes_on_in_the_new_room(
    assistant: Assistant, person: NewPerson, public: bool, encrypted: bool
) -> None:
    """Into a public room it goes by itself, into a private one when it is invited; once."""
    teacher, lea = await person("weber"), await person("lea")
    old = await school(teacher, assistant.user, lea, public=public, encrypted=encrypted)
    new = await upgrade(teacher, old)
    if not public:
        await invite(teacher, new, lea.id, assistant.user)
    await becomes(teacher, new, assistant.user, "join")
    await lea.ask("POST", f"/join/{new}", {})
    for one in (teacher, lea):
        await one.sync(full=True)
    await sees(teacher, assistant.user, MOVED)
    await sees(teacher, assistant.user, "📌", "#1 · Film the tour")
    await teacher.say(new, "!1 done")
    await teacher.say(new, "!task next")
    await sees(teacher, assistant.user, "#2 · next")
    await becomes(teacher, old, assistant.user, "leave")

    assert 1 == sum(MOVED in text_of(event) for event in teacher.seen)
    await assistant.stop()
    stored = await documents(assistant)
    assert {new} == stored.keys()
    assert [old] == stored[new].extra["moved_from"]
    assert stored[new].project.tasks[1].finished


@pytest.mark.parametrize("invited_first", [True, False])
async def test_an_upgrade_while_the_bot_is_down(
    assistant: Assistant, person: NewPerson, *, invited_first: bool
) -> None:
    """It finds tombstone and invitation together, or one after the other; no hello, no loss."""
    teacher = await person("weber")
    old = await school(teacher, assistant.user, powers={assistant.user: 50})
    await asyncio.sleep(0.5)
    await assistant.stop()
    await teacher.say(old, "!task said before the end")
    new = await upgrade(teacher, old)
    if invited_first:
        await invite(teacher, new, assistant.user)
    await assistant.start()
    if not invited_first:
        await sees(teacher, assistant.user, "This room has moved.")
        await invite(teacher, new, assistant.user)
    await becomes(teacher, new, assistant.user, "join")
    await sees(teacher, assistant.user, MOVED)
    await teacher.say(new, "!tasks")
    await sees(teacher, assistant.user, "#1", "#2", "said before the end")

    bodies = await said(teacher, new, assistant.user)
    assert [] == [body for body in bodies if body.startswith("Hello")]


async def test_a_chain_of_upgrades_while_the_bot_is_down(
    assistant: Assistant, person: NewPerson
) -> None:
    """It goes from room to room until it is where everybody is."""
    teacher = await person("weber")
    first = await school(teacher, assistant.user, public=True)
    await asyncio.sleep(0.5)
    await assistant.stop()
    second = await upgrade(teacher, first)
    third = await upgrade(teacher, second)
    await assistant.start()
    await becomes(teacher, third, assistant.user, "join")
    await says(teacher, third, assistant.user, MOVED)
    await becomes(teacher, second, assistant.user, "leave")
    await assistant.stop()
    stored = await documents(assistant)
    assert {third} == stored.keys()
    assert [first, second] == stored[third].extra["moved_from"]


async def test_in_a_read_only_room_whoever_can_invite_hears_of_it_alone(
    assistant: Assistant, person: NewPerson
) -> None:
    """The bot may say nothing in the old room: the coordinator has a direct one with it."""
    teacher = await person("weber")
    old = await school(teacher, assistant.user)
    direct = await teacher.room(assistant.user, direct=True, name=None)
    await becomes(teacher, direct, assistant.user, "join")
    await teacher.say(direct, "!help")
    await says(teacher, direct, assistant.user, "!")
    new = await upgrade(teacher, old)
    await sees(teacher, assistant.user, "has moved. Please invite me to the new room")
    assert any("has moved" in one for one in await said(teacher, direct, assistant.user))
    await invite(teacher, new, assistant.user)
    await sees(teacher, assistant.user, MOVED)


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
async def test_forged_tombstones_have_no_effect(
    assistant: Assistant, person: NewPerson, encrypted: bool
) -> None:
    """A pupil's: as state, and inside ciphertext with and without a state key."""
    teacher, mallory = await person("weber"), await person("mallory")
    room = await school(teacher, assistant.user, mallory, encrypted=encrypted)
    trap = await made(mallory, public=True)
    stone = {"body": "moved", "replacement_room": trap}
    state = f"/rooms/{room}/state/m.room.tombstone/"
    assert 403 == await mallory.raw("PUT", state, json.dumps(stone))
    if encrypted:
        await mallory.say(room, "hi")
        olm = mallory.client.olm
        assert olm is not None
        for extra in ({"state_key": ""}, {}):
            payload = {"type": "m.room.tombstone", "content": stone, **extra}
            sealed = olm.group_encrypt(room, payload)
            path = f"/rooms/{room}/send/m.room.encrypted/{secrets.token_hex(8)}"
            assert 200 == await mallory.raw("PUT", path, json.dumps(sealed))
    await teacher.say(room, "!task still here")
    await sees(teacher, assistant.user, "#2 · still here")

    assert "" == await membership(mallory, trap, assistant.user)
    await assistant.stop()
    assert {room} == (await documents(assistant)).keys()


@pytest.mark.parametrize("claims", ["nothing", "another"])
async def test_a_room_that_is_not_the_next_one_is_left(
    assistant: Assistant, person: NewPerson, claims: str
) -> None:
    """A real tombstone names a room without predecessor, or with another's: we look, and leave."""
    teacher = await person("weber")
    room = await school(teacher, assistant.user)
    body: dict[str, Any] = {"preset": "public_chat", "room_version": "11"}
    if claims == "another":
        other = await made(teacher)
        body["creation_content"] = {"predecessor": {"room_id": other, "event_id": "$x"}}
    trap = str((await teacher.ask("POST", "/createRoom", body))["room_id"])
    stone = {"body": "moved", "replacement_room": trap}
    await teacher.ask("PUT", f"/rooms/{room}/state/m.room.tombstone/", stone)
    await becomes(teacher, trap, assistant.user, "leave")
    await teacher.say(room, "!task still here")
    await sees(teacher, assistant.user, "#2 · still here")

    assert [] == [b for b in await said(teacher, trap, assistant.user) if b != "m.room.member"]
    await assistant.stop()
    assert {room} == (await documents(assistant)).keys()


async def test_a_tombstone_that_names_another_project(
    assistant: Assistant, person: NewPerson
) -> None:
    """Neither project changes, and we stay in both."""
    teacher, other = await person("weber"), await person("kowalski")
    one = await school(teacher, assistant.user)
    two = await school(other, assistant.user)
    stone = {"body": "moved", "replacement_room": two}
    await teacher.ask("PUT", f"/rooms/{one}/state/m.room.tombstone/", stone)
    await teacher.say(one, "!task mine")
    await sees(teacher, assistant.user, "#2 · mine")
    await other.say(two, "!task yours")
    await sees(other, assistant.user, "#2 · yours")
    assert "join" == await membership(other, two, assistant.user)
    await assistant.stop()
    stored = await documents(assistant)
    assert ["mine", "yours"] == [stored[room].project.tasks[2].title for room in (one, two)]


async def test_a_direct_room_that_is_upgraded_keeps_working(
    assistant: Assistant, person: NewPerson
) -> None:
    """Who talks to the bot alone goes on in the new room, and finds the same project."""
    teacher = await person("weber")
    await school(teacher, assistant.user)
    direct = await teacher.room(assistant.user, direct=True, name="Comenius")
    await becomes(teacher, direct, assistant.user, "join")
    await teacher.say(direct, "tasks")
    new = await upgrade(teacher, direct)
    await invite(teacher, new, assistant.user)
    await becomes(teacher, new, assistant.user, "join")
    await teacher.sync(full=True)
    await teacher.say(new, "tasks")
    await says(teacher, new, assistant.user, "Film the tour")
    assert "Hello" not in "".join(await said(teacher, new, assistant.user))


async def test_whoever_invites_us_to_the_next_room_is_followed(
    person: NewPerson, bot: NewBot
) -> None:
    """Not on the list, but the tombstone of a room of ours named it; elsewhere they stay strangers.

    An invitation to any other room is refused.
    """
    ana, ben = await person("ana"), await person("ben")
    robot = await bot(settings={"allow": (ana.id,)})
    me = robot.door.user
    old = await ana.room(me, ben.id)
    await robot.joins(old)
    new = await upgrade(ana, old)
    await invite(ana, new, ben.id)
    await ben.ask("POST", f"/join/{new}", {})
    await robot.hears(Upgraded, lambda one: one.to == new)
    other = await ben.room(me)
    await invite(ben, new, me)
    await robot.joins(new)
    invited = await robot.hears(Invited, lambda one: one.room == new)
    agreed = await robot.hears(Upgraded, lambda one: one.agreed is True)

    assert ((old,), False) == (invited.replaces, invited.asked)
    assert (old, new, {ana.id, ben.id}) == (agreed.room, agreed.to, set(agreed.people))
    assert {ana.id: 100, ben.id: 0} == {user: one.power for user, one in agreed.people.items()}
    await becomes(ben, other, me, "leave")
