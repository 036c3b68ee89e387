"""Other people's devices on a real homeserver: who is read, who can read, and with which keys."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from bot.adapters.matrix import intake
from bot.adapters.matrix.trust.signing import canonical
from bot.heard import Said, Undecryptable, Why
from tests.adapters.crypto_peers import Identity, Json, Peer, Server, numbers
from tests.matrix.assistant import Assistant, sees, text_of
from tests.matrix.people import Bot, NewBot, NewPerson, Person, entry

pytestmark = pytest.mark.synapse
LOCK = {"algorithm": "m.megolm.v1.aes-sha2", "rotation_period_msgs": 3}


def device_of(robot: Bot) -> str:
    kept = json.loads((robot.directory / "session.json").read_text())
    return str(kept["device_id"])


async def post(person: Person, path: str, body: Any) -> Json:
    return await person.ask("POST", path, body)


async def send_to_device(person: Person, user: str, device: str, content: Json) -> None:
    body = {"messages": {user: {device: content}}}
    await person.ask("PUT", f"/sendToDevice/m.room.encrypted/d{next(numbers)}", body)


async def withheld_from(person: Person) -> list[str]:
    """Return the codes with which keys were kept from the *person*, not yet synced by them."""
    unique = quote(json.dumps({"room": {"timeline": {"limit": next(numbers)}}}))  # not the cache's
    answer = await person.ask("GET", f"/sync?timeout=0&filter={unique}")
    events = answer.get("to_device", {}).get("events", [])
    return [e["content"]["code"] for e in events if e["type"] == "m.room_key.withheld"]


async def cross_sign(person: Person) -> None:
    """Give the *person* a cross-signing identity, and their device its signature."""
    server = Server()
    identity = Identity(server, person.id)
    keys = {"master_key": server.masters[person.id], "self_signing_key": server.signing[person.id]}
    await post(person, "/keys/device_signing/upload", keys)
    name = str(person.client.device_id)
    found = await post(person, "/keys/query", {"device_keys": {person.id: [name]}})
    device = found["device_keys"][person.id][name]
    bare = json.loads(canonical(device))
    signature = identity.second.sign(bare)
    signed = {**bare, "signatures": {person.id: {f"ed25519:{identity.second.public}": signature}}}
    answer = await post(person, "/keys/signatures/upload", {person.id: {name: signed}})
    assert answer["failures"] == {}


async def test_only_cross_signed_devices_are_read_and_written_to(
    person: NewPerson, bot: NewBot
) -> None:
    """Who has not verified their device is told so, both ways; afterwards all goes on."""
    ana, robot = await person("ana"), await bot(settings={"only_cross_signed": True})
    room = await ana.room(robot.door.user, encrypted=True)
    await robot.joins(room)
    await ana.sync()
    await ana.say(room, "!task one")
    told = await robot.hears(Undecryptable)
    assert (told.sender, told.why) == (ana.id, Why.UNVERIFIED)
    for _ in range(2):
        await robot.door.deliver(room, entry(body="nobody"))
    assert await withheld_from(ana) == ["m.unverified"]
    await cross_sign(ana)
    await ana.say(room, "!task two")
    await robot.hears(Said, lambda s: s.body == "!task two")
    sent = await robot.door.deliver(room, entry(body="ana"))
    assert (await ana.see_id(sent)).body == "ana"
    assert robot.bodies(room) == ["!task two"]


async def test_cross_signed_people_are_known_again_after_a_restart(
    person: NewPerson, bot: NewBot
) -> None:
    """Who vouches for whom is asked anew; what came meanwhile waits for the answer."""
    ana, robot = await person("ana"), await bot(settings={"only_cross_signed": True})
    await cross_sign(ana)
    room = await ana.room(robot.door.user, encrypted=True)
    await robot.joins(room)
    await ana.sync()
    await ana.say(room, "un")
    await robot.hears(Said)
    await robot.settle()
    await robot.stop()
    await ana.say(room, "deux")
    await robot.restart()
    await robot.hears(Said, lambda s: s.body == "deux")
    assert [h for h in robot.heard if isinstance(h, Undecryptable)] == []


async def test_more_new_sessions_than_one_time_keys(person: NewPerson, bot: NewBot) -> None:
    """120 devices open a session with the bot while it is away: it reads all of them."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user, encrypted=True)
    await robot.joins(room)
    await ana.sync()
    await ana.say(room, "vorher")
    await robot.hears(Said)
    await robot.settle()
    await robot.stop()
    user, name = robot.door.user, device_of(robot)
    found = await post(ana, "/keys/query", {"device_keys": {user: [name]}})
    server = Server(devices={user: {name: found["device_keys"][user][name]}})
    fallbacks = 0
    for number in range(120):
        wanted = {"one_time_keys": {user: {name: "signed_curve25519"}}}
        claimed = await post(ana, "/keys/claim", wanted)
        key = claimed["one_time_keys"][user][name]
        fallbacks += any(one.get("fallback") for one in key.values())
        server.one_time[user, name] = key
        peer = Peer(server, ana.id, f"D{number}", (user, name))
        event = peer.gives_key(peer.room_key(room))
        await send_to_device(ana, user, name, event["content"])
        content = peer.says(str(number), room)["content"]
        await ana.ask("PUT", f"/rooms/{room}/send/m.room.encrypted/n{number}", content)
    assert 60 <= fallbacks < 120
    await robot.restart()
    await robot.hears(Said, lambda s: s.body == "119")
    late = sorted((b for b in robot.bodies(room) if b.isdigit()), key=int)
    assert late == [str(number) for number in range(120)]


async def test_a_room_that_becomes_encrypted_works_on(person: NewPerson, bot: NewBot) -> None:
    """Both directions, across a restart, with the room's own rule for new sessions."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user)
    await robot.joins(room)
    await ana.say(room, "offen")
    await robot.hears(Said)
    await ana.ask("PUT", f"/rooms/{room}/state/m.room.encryption/", LOCK)
    await ana.sync()
    await ana.sync()
    await ana.say(room, "zu")
    closed = await robot.hears(Said, lambda s: s.body == "zu")
    assert closed.encrypted
    sessions: list[str] = []

    async def answers(body: str) -> None:
        event = await ana.see_id(await robot.door.deliver(room, entry(body=body)))
        assert (event.body, event.decrypted) == (body, True)
        sessions.append(event.session_id)

    for body in ("1", "2", "3", "4"):
        await answers(body)
    assert [sessions.count(one) for one in dict.fromkeys(sessions)] == [3, 1]
    await robot.settle()
    await robot.stop()
    await ana.say(room, "weg")
    await robot.restart()
    await robot.hears(Said, lambda s: s.body == "weg")
    await answers("5")
    await ana.say(room, "da")
    await robot.hears(Said, lambda s: s.body == "da")
    clear = {"msgtype": "m.text", "body": "wieder offen"}
    await ana.ask("PUT", f"/rooms/{room}/send/m.room.message/clear", clear)
    await ana.say(room, "Ende")
    await robot.hears(Said, lambda s: s.body == "Ende")
    assert robot.bodies(room) == ["offen", "zu", "weg", "da", "Ende"]


async def test_a_store_restored_from_an_old_copy(person: NewPerson, bot: NewBot) -> None:
    """The server has keys that the old copy does not know; the bot makes new ones, and is read."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user, encrypted=True)
    await robot.joins(room)
    await robot.stop()
    (store,) = robot.directory.glob("@*.db")
    copy = Path(f"{store}.copy")
    shutil.copy(store, copy)
    await robot.restart()
    await ana.sync()
    await ana.say(room, "eins")
    await robot.hears(Said)
    user, name = robot.door.user, device_of(robot)
    for _ in range(20):
        wanted = {"one_time_keys": {user: {name: "signed_curve25519"}}}
        await post(ana, "/keys/claim", wanted)
    await ana.say(room, "zwei")
    await robot.hears(Said, lambda s: s.body == "zwei")
    await robot.settle()
    await robot.stop()
    shutil.move(copy, store)
    for _ in range(20):
        await post(ana, "/keys/claim", {"one_time_keys": {user: {name: "signed_curve25519"}}})
    await robot.restart()
    bert = await person("bert")
    await ana.client.room_invite(room, bert.id)
    await bert.client.join(room)
    await bert.sync(full=True)
    await bert.say(room, "drei")
    await robot.hears(Said, lambda s: s.body == "drei")
    event = await bert.see_id(await robot.door.deliver(room, entry(body="vier")))
    assert event.body == "vier"


async def test_one_sentence_for_many_messages_that_cannot_be_read(
    person: NewPerson, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """30 unreadable messages get one kind answer; the next day there is another."""
    monkeypatch.setattr(intake, "GRACE_SECONDS", 0.0)
    ana = await person("ana")
    room = await ana.room(assistant.user, encrypted=True)
    hello = await ana.see(lambda e: e.sender == assistant.user and bool(text_of(e)))
    assert hello
    olm = ana.client.olm
    assert olm is not None

    async def unreadable(count: int) -> None:
        olm.create_outbound_group_session(room)
        olm.outbound_group_sessions[room].shared = True  # which is not true
        for number in range(count):
            await ana.say(room, f"!task nummer {number}")
            await ana.sync()  # a timeline holds no more than ten events

    def sentences() -> int:
        return sum(e.sender == assistant.user and "Référence" in text_of(e) for e in ana.seen)

    async def readable(title: str) -> None:
        del olm.outbound_group_sessions[room]
        await ana.say(room, f"!task {title}")
        await sees(ana, assistant.user, title)

    await unreadable(30)
    await ana.see(lambda _e: sentences() == 1)
    await unreadable(5)
    await readable("un")
    assistant.ahead += timedelta(days=1, hours=1)
    await unreadable(5)
    await ana.see(lambda _e: sentences() == 2)
    await readable("deux")
    assert sentences() == 2
