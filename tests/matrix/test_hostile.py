"""Nothing that another user can send stops the bot or makes it believe what is not so."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from bot.heard import Said, Undecryptable
from tests.matrix.people import Bot, NewBot, NewPerson, Person, entry

pytestmark = pytest.mark.synapse

OLM, MEGOLM = "m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"
GHOST = "@ghost:evil.example"


def olm_contents(key: str, good: str) -> Iterator[Any]:
    """Contents of to-device m.room.encrypted for the device with the curve *key*."""
    for kind in (0, 1):
        for body in ("!!!", "", "AAAA", "x" * 5000, good[:-8], "\x00"):
            yield {"algorithm": OLM, "sender_key": key, "ciphertext": {key: _olm(kind, body)}}
        yield {"algorithm": OLM, "sender_key": "bad", "ciphertext": {key: _olm(kind, good)}}
        yield {"algorithm": OLM, "sender_key": "", "ciphertext": {key: _olm(kind, good)}}
        yield {"algorithm": OLM, "sender_key": key, "ciphertext": {key: _olm(kind, 5)}}
    yield {"algorithm": OLM, "sender_key": key, "ciphertext": {key: _olm(7, good)}}
    yield {"algorithm": OLM, "sender_key": key, "ciphertext": {key: _olm("0", good)}}
    yield {"algorithm": OLM, "sender_key": key, "ciphertext": {key: []}}
    yield {"algorithm": OLM, "sender_key": key, "ciphertext": "AAAA"}
    yield {"algorithm": OLM, "sender_key": 5, "ciphertext": {}}
    yield {"algorithm": OLM}
    yield {"algorithm": ["x"], "sender_key": key, "ciphertext": {}}
    yield {"algorithm": MEGOLM, "sender_key": key, "ciphertext": "AAAA"}
    yield {}


def _unpadded(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def _olm(kind: Any, body: Any) -> dict[str, Any]:
    return {"type": kind, "body": body}


OTHER_TO_DEVICE: list[tuple[str, Any]] = [
    ("m.room_key", {"algorithm": MEGOLM, "room_id": "!x", "session_id": "a", "session_key": "b"}),
    ("m.forwarded_room_key", {"algorithm": MEGOLM}),
    ("m.room_key_request", {"action": "request", "request_id": [], "requesting_device_id": {}}),
    ("m.room_key_request", {"action": 5}),
    ("m.room_key_request", {}),
    ("m.key.verification.start", {"from_device": 5, "transaction_id": []}),
    ("m.key.verification.start", {"method": "m.sas.v1", "transaction_id": "x", "from_device": "x"}),
    ("m.key.verification.key", {"transaction_id": "none", "key": "!"}),
    ("m.key.verification.mac", {"transaction_id": "none", "mac": [], "keys": 1}),
    ("m.secret.send", {"request_id": "1", "secret": "x"}),
    ("m.dummy", {}),
    ("eu.example.unknown", {"x": [None]}),
]


def olm_payloads(me: str, bot: str, bot_key: str) -> Iterator[str]:
    """Yield what is inside well-made Olm messages."""
    envelope: dict[str, Any] = {
        "sender": me,
        "recipient": bot,
        "recipient_keys": {"ed25519": bot_key},
        "keys": {"ed25519": "AAAA"},
        "type": "m.room_key",
    }
    yield "[]"
    yield "5"
    yield "{"
    yield "[" * 3000
    yield json.dumps(envelope)
    yield json.dumps(envelope | {"content": []})
    for content in (
        {},
        {"algorithm": MEGOLM, "room_id": 5, "session_id": "a", "session_key": "b"},
        {"algorithm": MEGOLM, "room_id": "!x:y", "session_id": "a", "session_key": "!!"},
        {"algorithm": MEGOLM, "room_id": "!x:y", "session_id": "a", "session_key": "AAAA"},
        {"algorithm": [], "room_id": "!x:y", "session_id": "", "session_key": ""},
    ):
        yield json.dumps(envelope | {"content": content})
        yield json.dumps(envelope | {"content": content, "keys": {}})
        yield json.dumps(envelope | {"content": content, "type": "m.forwarded_room_key"})
        yield json.dumps(envelope | {"content": content, "recipient": me})
    yield json.dumps(envelope | {"content": {"\ud800": "\udfff"}, "type": "m.dummy"})


def megolm_contents(good: dict[str, Any]) -> Iterator[Any]:
    """Contents of m.room.encrypted in a room; *good* is a readable one."""
    changes: tuple[dict[str, Any], ...] = (
        {"sender_key": ""},
        {"session_id": ""},
        {"sender_key": 5},
        {"session_id": ["x"]},
        {"session_id": {"a": 1}},
        {"ciphertext": 5},
        {"ciphertext": ""},
        {"ciphertext": "!!!"},
        {"ciphertext": "AwgA" + "A" * 200},
        {"ciphertext": good["ciphertext"][:-4] + "AAAA"},
        {"device_id": 5},
        {"algorithm": "m.unknown"},
        {"algorithm": 5},
        {"algorithm": OLM, "ciphertext": {}},
        {"m.relates_to": []},
        {"m.relates_to": {"rel_type": "m.replace", "event_id": 5}},
    )
    for change in changes:
        yield good | change
    yield {k: v for k, v in good.items() if k != "device_id"}
    yield {k: v for k, v in good.items() if k != "algorithm"}
    yield good  # replayed
    yield {}


def megolm_payloads(room: str, me: str, bot: str) -> Iterator[str]:
    """Yield what is inside readable Megolm messages."""
    yield from ("[]", '"x"', "5", "null", "{", "", "[" * 3000, "\u0000")

    def event(kind: Any, content: Any, **more: Any) -> str:
        return json.dumps({"type": kind, "room_id": room, "content": content, **more})

    powers = {"users": {me: 100}, "users_default": 100}
    yield event("m.room.power_levels", powers, state_key="")
    yield event("m.room.power_levels", powers)
    yield event("m.room.member", {"membership": "join", "displayname": "G"}, state_key=GHOST)
    yield event("m.room.member", {"membership": "leave"}, state_key=bot)
    yield event("m.room.name", {"name": "pwned"}, state_key="")
    yield event("m.room.create", {"additional_creators": [me], "room_version": "12"}, state_key="")
    yield event("m.room.tombstone", {"body": "x", "replacement_room": "!evil:x"}, state_key="")
    yield event("m.room.encryption", {}, state_key="")
    yield event("m.room.redaction", {"redacts": "$x"}, redacts="$x")
    yield json.dumps({"type": "m.room.message", "room_id": "!other:x", "content": FORGED})
    yield json.dumps({"type": "m.room.message", "content": FORGED})
    yield event("m.room.message", FORGED, state_key=None)
    yield event(5, {})
    yield event("m.room.message", [])
    yield event("m.room.encrypted", {"algorithm": MEGOLM})
    yield event("m.room.message", {"m.relates_to": {"event_id": [], "rel_type": {}}})
    yield event("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": 5}})
    for content in odd_messages():
        yield event("m.room.message", content)
    yield event("m.room.message", {"msgtype": "m.text", "body": "x", "deep": _deep(400)})


FORGED = {"msgtype": "m.text", "body": "!forged"}


def _deep(levels: int) -> Any:
    nested: Any = "x"
    for _ in range(levels):
        nested = [nested]
    return nested


def odd_messages() -> Iterator[dict[str, Any]]:
    """Contents of m.room.message of every wrong shape."""
    odd: tuple[Any, ...] = (None, 5, True, [], {}, [[]], {"a": []}, "")
    for value in odd:
        yield {"msgtype": "m.text", "body": value}
        yield {"msgtype": value, "body": "odd"}
        yield {"msgtype": "m.text", "body": "odd", "formatted_body": value, "format": value}
        yield {"msgtype": "m.text", "body": "odd", "m.mentions": value}
        yield {"msgtype": "m.text", "body": "odd", "m.mentions": {"user_ids": value}}
        yield {"msgtype": "m.text", "body": "odd", "m.mentions": {"user_ids": [value]}}
        yield {"msgtype": "m.text", "body": "odd", "m.relates_to": value}
        yield {"msgtype": "m.text", "body": "odd", "m.relates_to": {"m.in_reply_to": value}}
        replaces = {"rel_type": "m.replace", "event_id": value}
        yield {"msgtype": "m.text", "body": "odd", "m.relates_to": replaces}
        known = {"rel_type": "m.replace", "event_id": "$known"}
        yield {"msgtype": "m.text", "body": "odd", "m.new_content": value, "m.relates_to": known}


async def _still_works(robot: Bot, ana: Person, room: str, mallory: Person) -> None:
    """Show that the loop is alive, that it can be spoken with, and that nothing was believed."""
    assert robot.failure() is None
    await ana.sync()
    greeting = f"noch da? {secrets.token_hex(4)}"
    await ana.say(room, greeting)
    said = await robot.hears(Said, lambda s: s.body == greeting)
    assert said.sender == ana.id
    sent = await robot.door.deliver(room, entry(body="ja"))
    event = await ana.see(lambda e: e.event_id == sent and hasattr(e, "body"))
    assert event.body == "ja"
    assert robot.door.power(room, mallory.id) == 0
    assert set(robot.door.members(room)) == {ana.id, mallory.id, robot.door.user}
    assert "!forged" not in robot.bodies(room)


async def _meet(
    person: NewPerson, bot: NewBot, *, encrypted: bool
) -> tuple[Person, Person, Bot, str]:
    ana, mallory, robot = await person("ana"), await person("mallory"), await bot()
    room = await ana.room(robot.door.user, mallory.id, encrypted=encrypted)
    await robot.joins(room)
    await mallory.client.join(room)
    await mallory.sync(full=True)
    return ana, mallory, robot, room


async def test_malformed_to_device_messages(person: NewPerson, bot: NewBot) -> None:
    """One such message ends nio's own loop; anybody may send it, without a common room."""
    ana, mallory, robot, room = await _meet(person, bot, encrypted=True)
    await mallory.say(room, "hallo")
    await robot.hears(Said)
    olm = mallory.client.olm
    assert olm is not None
    device = next(iter(olm.device_store.active_user_devices(robot.door.user)))
    session = olm.session_store.get(device.curve25519)
    assert session is not None
    kind, good = session.encrypt("{}").to_parts()

    number = 0

    async def send(type_: str, content: Any) -> None:
        nonlocal number
        number += 1
        body = {"messages": {robot.door.user: {"*": content}}}
        await mallory.ask("PUT", f"/sendToDevice/{type_}/h{number}", body)

    for content in olm_contents(device.curve25519, _unpadded(good)):
        await send("m.room.encrypted", content)
    for type_, content in OTHER_TO_DEVICE:
        await send(type_, content)
    own_key = olm.account.identity_keys["curve25519"]
    for payload in olm_payloads(mallory.id, robot.door.user, device.ed25519):
        kind, raw = session.encrypt(payload).to_parts()
        content = {
            "algorithm": OLM,
            "sender_key": own_key,
            "ciphertext": {device.curve25519: _olm(kind, _unpadded(raw))},
        }
        await send("m.room.encrypted", content)
    assert number > 60
    await _still_works(robot, ana, room, mallory)


async def test_malformed_and_forged_megolm_messages(person: NewPerson, bot: NewBot) -> None:
    """Garbage is survived, replay is not heard, and no state comes out of ciphertext."""
    ana, mallory, robot, room = await _meet(person, bot, encrypted=True)
    first = await mallory.say(room, "hallo")
    await robot.hears(Said)
    olm = mallory.client.olm
    assert olm is not None
    raw = await mallory.ask("GET", f"/rooms/{room}/event/{first}")
    session = olm.outbound_group_sessions[room]
    count = 0
    for content in megolm_contents(raw["content"]):
        count += 1
        await mallory.ask("PUT", f"/rooms/{room}/send/m.room.encrypted/a{count}", content)
    for payload in megolm_payloads(room, mallory.id, robot.door.user):
        count += 1
        session.message_count = 0  # no rotation in between
        content = raw["content"] | {"ciphertext": session.encrypt(payload)}  # type: ignore[no-untyped-call]
        await mallory.ask("PUT", f"/rooms/{room}/send/m.room.encrypted/b{count}", content)
    assert count > 100
    await _still_works(robot, ana, room, mallory)
    assert any(isinstance(h, Undecryptable) for h in robot.heard)
    assert robot.bodies(room).count("hallo") == 1


async def test_the_same_in_a_gap(person: NewPerson, bot: NewBot) -> None:
    """What comes by /messages after an outage goes through the same guard."""
    ana, mallory, robot, room = await _meet(person, bot, encrypted=True)
    first = await mallory.say(room, "hallo")
    await robot.hears(Said)
    await robot.settle()
    await robot.stop()
    olm = mallory.client.olm
    assert olm is not None
    raw = await mallory.ask("GET", f"/rooms/{room}/event/{first}")
    session = olm.outbound_group_sessions[room]
    for count, payload in enumerate(megolm_payloads(room, mallory.id, robot.door.user)):
        session.message_count = 0
        content = raw["content"] | {"ciphertext": session.encrypt(payload)}  # type: ignore[no-untyped-call]
        await mallory.ask("PUT", f"/rooms/{room}/send/m.room.encrypted/{count}", content)
    for number in range(110):
        await ana.say(room, str(number))
    await robot.restart()
    await _still_works(robot, ana, room, mallory)
    assert [b for b in robot.bodies(room) if b.isdigit()] == [str(n) for n in range(110)]


async def test_odd_events_in_clear(person: NewPerson, bot: NewBot) -> None:
    """Messages, reactions, redactions and state of every wrong shape in a plain room."""
    ana, mallory, robot, room = await _meet(person, bot, encrypted=False)
    count = 0

    async def send(kind: str, content: Any) -> None:
        nonlocal count
        count += 1
        await mallory.ask("PUT", f"/rooms/{room}/send/{kind}/c{count}", content)

    for content in odd_messages():
        await send("m.room.message", content)
    odd: tuple[Any, ...] = (None, 5, [], {}, {"rel_type": "m.annotation", "event_id": "$x"})
    for relation in odd:
        await send("m.reaction", {"m.relates_to": relation})
    for levels in (100, 500, 900, 5000):
        deep = '{"msgtype": "m.text", "body": "deep", "deep": ' + "[" * levels + "]" * levels + "}"
        await mallory.raw("PUT", f"/rooms/{room}/send/m.room.message/d{levels}", deep)
    await send("m.room.message", {"msgtype": "m.text", "body": "x" * 60_000})
    # a message that is called like state is none
    await send("m.room.power_levels", {"users": {mallory.id: 100}})
    await send("m.room.member", {"membership": "join"})
    await send("m.room.redaction", {"redacts": 5})
    for name in (*odd, "x" * 3000):
        await mallory.ask(
            "PUT",
            f"/rooms/{room}/state/m.room.member/{mallory.id}",
            {"membership": "join", "displayname": name},
        )
        await ana.ask("PUT", f"/rooms/{room}/state/m.room.name", {"name": name})
        await ana.ask("PUT", f"/rooms/{room}/state/m.room.topic", {"topic": name})
        await ana.ask("PUT", f"/rooms/{room}/state/m.room.pinned_events", {"pinned": name})
    await _still_works(robot, ana, room, mallory)


async def test_odd_device_keys(person: NewPerson, bot: NewBot) -> None:
    """Somebody's malformed devices keep nobody else in the room from reading the bot."""
    ana, mallory, robot, room = await _meet(person, bot, encrypted=True)
    await robot.door.deliver(room, entry(body="vorher"))
    changes: tuple[dict[str, Any], ...] = (
        {"keys": {}},
        {"keys": {"ed25519:D": "!!", "curve25519:D": "!!"}},
        {"keys": {"ed25519:D": "AAAA", "curve25519:D": "AAAA"}},
        {"signatures": {mallory.id: {"ed25519:D": "AAAA"}}},
        {"algorithms": 5},
    )
    for keys in changes:
        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": mallory.id},
            "password": "secret",
            "initial_device_display_name": "\ud83d\ude08" * 30,
        }
        new = await mallory.ask("POST", "/login", login)
        name = new["device_id"]
        device = {
            "user_id": mallory.id,
            "device_id": name,
            "algorithms": [OLM, MEGOLM],
            "keys": {},
            "signatures": {},
            **json.loads(json.dumps(keys).replace(":D", f":{name}")),
        }
        one_time = {"signed_curve25519:AAAA": {"key": "!!", "signatures": {}}}
        mallory.synapse.ask(
            "POST",
            "/_matrix/client/v3/keys/upload",
            {"device_keys": device, "one_time_keys": one_time},
            new["access_token"],
        )
    await _still_works(robot, ana, room, mallory)
