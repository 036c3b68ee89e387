"""Hostile to-device messages: anybody may send them, without a common room."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.matrix.hostile.kinds import ODD, WRONG, Kind, Scene, Way, deep

OLM, MEGOLM = "m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"
_KILLS = "vodozemac.DecodeException ends nio's sync_forever: one message stops the bot"


def part(kind: Any, body: Any) -> dict[str, Any]:
    """Return what an Olm event holds for one device."""
    return {"type": kind, "body": body}


def _olm(kind: Any, *bodies: Any) -> Any:
    def make(scene: Scene) -> Iterator[tuple[str, Any]]:
        for body in bodies:
            parts = {scene.key: part(kind, body)}
            content = {"algorithm": OLM, "sender_key": scene.key, "ciphertext": parts}
            yield "m.room.encrypted", content

    return make


def _changed(**changes: Any) -> Any:
    """Change, and leave out, fields of a good Olm event."""

    def make(scene: Scene) -> Iterator[tuple[str, Any]]:
        parts = {scene.key: part(1, scene.good)}
        good = {"algorithm": OLM, "sender_key": scene.key, "ciphertext": parts}
        for field, values in changes.items():
            for value in values:
                yield "m.room.encrypted", good | {field: value}
            yield "m.room.encrypted", {name: v for name, v in good.items() if name != field}

    return make


def _as(type_: str, *contents: Any) -> Any:
    def make(_scene: Scene) -> Iterator[tuple[str, Any]]:
        for content in contents:
            yield type_, content

    return make


def _cut(scene: Scene) -> Iterator[tuple[str, Any]]:
    for kind in (0, 1):
        yield from _olm(kind, scene.good[:-8], scene.good[:40], scene.good + "AAAA")(scene)


def _confused(scene: Scene) -> Iterator[tuple[str, Any]]:
    kinds: tuple[Any, ...] = (0, 1, 7, "0", None, [], -1)
    for kind in kinds:
        yield from _olm(kind, scene.good)(scene)


def _many(scene: Scene) -> Iterator[tuple[str, Any]]:
    parts = {f"{n:043}": part(0, "AAAA") for n in range(300)} | {scene.key: part(1, "AAAA")}
    yield "m.room.encrypted", {"algorithm": OLM, "sender_key": scene.key, "ciphertext": parts}


def _forwarded(scene: Scene) -> Iterator[tuple[str, Any]]:
    yield "m.forwarded_room_key", {"algorithm": MEGOLM}
    key = {"algorithm": MEGOLM, "room_id": scene.room, "session_id": "a", "session_key": "b"}
    yield "m.forwarded_room_key", key | {"sender_key": scene.key}
    yield "m.room_key", key
    yield "m.room_key", key | {"session_id": [], "session_key": {}}


def _requests(scene: Scene) -> Iterator[tuple[str, Any]]:
    wanted = {"algorithm": MEGOLM, "room_id": scene.room, "session_id": "a", "sender_key": "b"}
    asked = {"action": "request", "requesting_device_id": "D", "request_id": "1", "body": wanted}
    yield "m.room_key_request", asked
    yield "m.room_key_request", asked | {"body": []}
    yield "m.room_key_request", {"action": 5}
    yield "m.room_key_request", {}
    for odd in ODD:
        yield "m.room_key_request", asked | {"request_id": odd}
        yield "m.room_key_request", asked | {"requesting_device_id": odd}


_VERIFICATION = {"transaction_id": "x", "from_device": "x", "method": "m.sas.v1"}
TO_DEVICE = (
    Kind(Way.TO_DEVICE, "prekey message that is no base64", _KILLS, _olm(0, "!!!", "", "\x00")),
    Kind(Way.TO_DEVICE, "prekey message of garbage", _KILLS, _olm(0, "AAAA", "x" * 5000)),
    Kind(Way.TO_DEVICE, "normal message that is no base64", _KILLS, _olm(1, "!!!", "", "\x00")),
    Kind(Way.TO_DEVICE, "normal message of garbage", _KILLS, _olm(1, "AAAA", "x" * 5000)),
    Kind(Way.TO_DEVICE, "Olm message that was cut", _KILLS, _cut),
    Kind(Way.TO_DEVICE, "Olm body that is no string", "a wrong type reaches Rust", _olm(0, *ODD)),
    Kind(Way.TO_DEVICE, "Olm type that is none", "a message is taken for another", _confused),
    Kind(
        Way.TO_DEVICE,
        "bad sender key",
        "garbage under a key that is none ended the loop",
        _changed(sender_key=("bad", "", 5, [], "\ud83d\ude08" * 40)),
    ),
    Kind(
        Way.TO_DEVICE,
        "odd ciphertext",
        "no dict, or nothing for us in it",
        _changed(ciphertext=("AAAA", [], {}, {"x": 5}, None)),
    ),
    Kind(
        Way.TO_DEVICE,
        "odd algorithm",
        "Megolm to a device; unhashable",
        _changed(algorithm=(MEGOLM, ["x"], {}, 5, "m.unknown")),
    ),
    Kind(Way.TO_DEVICE, "Olm message to 300 devices", "work grows with the sender's will", _many),
    Kind(
        Way.TO_DEVICE,
        "room key in clear",
        "a key anybody made would be trusted: forged history",
        _forwarded,
    ),
    Kind(Way.TO_DEVICE, "key request", "a stranger asks for keys, in odd ways", _requests),
    Kind(
        Way.TO_DEVICE,
        "odd verification",
        "nio's SAS parses what strangers send",
        _as(
            "m.key.verification.start",
            _VERIFICATION,
            _VERIFICATION | {"from_device": 5, "transaction_id": []},
            _VERIFICATION | {"hashes": 5, "key_agreement_protocols": {}},
            {},
        ),
    ),
    Kind(
        Way.TO_DEVICE,
        "verification out of order",
        "a key or MAC of a verification that never began",
        lambda _scene: [
            ("m.key.verification.key", {"transaction_id": "none", "key": "!"}),
            ("m.key.verification.mac", {"transaction_id": "none", "mac": [], "keys": 1}),
            ("m.key.verification.cancel", {"transaction_id": "none", "code": []}),
            ("m.key.verification.done", {}),
        ],
    ),
    Kind(
        Way.TO_DEVICE,
        "a secret nobody asked for",
        "would replace the bot's own keys",
        _as("m.secret.send", {"request_id": "1", "secret": "x"}, {"request_id": [], "secret": 5}),
    ),
    Kind(
        Way.TO_DEVICE,
        "somebody asks for our secrets",
        "would give the account away",
        _as(
            "m.secret.request",
            {
                "name": "m.cross_signing.master",
                "action": "request",
                "requesting_device_id": "D",
                "request_id": "1",
            },
        ),
    ),
    Kind(
        Way.TO_DEVICE,
        "withheld key",
        "odd fields in the news that a key will not come",
        _as(
            "m.room_key.withheld",
            {},
            {"algorithm": MEGOLM, "code": "m.unverified", "room_id": [], "session_id": {}},
            {"code": "x" * 9000, "reason": 5},
        ),
    ),
    Kind(
        Way.TO_DEVICE,
        "unknown type",
        "only two types are wanted; the rest must cost nothing",
        _as("eu.example.unknown", {"x": [None]}, {}),
    ),
    Kind(
        Way.TO_DEVICE,
        "nested 900 levels deep",
        "Synapse takes 940 here (125 in rooms); RecursionError in whoever walks it",
        _as("m.room.encrypted", {"algorithm": OLM, "sender_key": deep(900), "ciphertext": {}}),
    ),
    Kind(
        Way.TO_DEVICE,
        "a number of 4,000 digits",
        "Synapse takes it; arithmetic on it raises OverflowError",
        _as("m.room.encrypted", {"algorithm": OLM, "sender_key": "x", "n": 10**3999}),
    ),
)


def _envelope(scene: Scene) -> dict[str, Any]:
    return {
        "sender": scene.me,
        "recipient": scene.bot,
        "recipient_keys": {"ed25519": scene.signing},
        "keys": {"ed25519": "AAAA"},
        "type": "m.room_key",
    }


ROOM_KEYS: tuple[Any, ...] = (
    {},
    {"algorithm": MEGOLM, "room_id": 5, "session_id": "a", "session_key": "b"},
    {"algorithm": MEGOLM, "room_id": "!x:y", "session_id": "a", "session_key": "!!"},
    {"algorithm": MEGOLM, "room_id": "!x:y", "session_id": "a", "session_key": "AAAA"},
    {"algorithm": [], "room_id": "!x:y", "session_id": "", "session_key": ""},
)


def _said(**more: Any) -> Any:
    """Say each of the odd room keys in a good envelope, but for what is given as *more*."""

    def make(scene: Scene) -> Iterator[str]:
        changes = {name: value(scene) if callable(value) else value for name, value in more.items()}
        for content in ROOM_KEYS:
            yield json.dumps(_envelope(scene) | {"content": content} | changes)

    return make


def _without(scene: Scene) -> Iterator[str]:
    whole = _envelope(scene) | {"content": ROOM_KEYS[3]}
    for field in whole:
        yield json.dumps({name: value for name, value in whole.items() if name != field})
        for odd in WRONG:
            yield json.dumps(whole | {field: odd})


_KEY_OF_NONE = "the sender's fingerprint key must be checked"
INSIDE_OLM = (
    Kind(
        Way.OLM,
        "plaintext that is no object",
        "nio takes fields of whatever it decrypted",
        lambda _scene: ["[]", "5", '"x"', "null", "true"],
    ),
    Kind(
        Way.OLM,
        "plaintext that is no JSON",
        "decoding raises ValueError",
        lambda _scene: ["{", "", "\u0000", "\ufeff{}", "NaN"],
    ),
    Kind(
        Way.OLM,
        "plaintext nested 3,000 levels deep",
        "RecursionError is no ValueError",
        lambda _scene: ["[" * 3000, '{"a":' * 3000],
    ),
    Kind(Way.OLM, "envelope without a field", "each may lack or have a wrong type", _without),
    Kind(Way.OLM, "odd room key", "wrong types and garbage keys", _said()),
    Kind(Way.OLM, "room key without fingerprint", _KEY_OF_NONE, _said(keys={})),
    Kind(
        Way.OLM,
        "room key for somebody else",
        "unknown key share: a message meant for another is passed on",
        _said(recipient=lambda scene: scene.me),
    ),
    Kind(
        Way.OLM,
        "room key by somebody else",
        "the sender inside must be the sender outside",
        _said(sender=lambda scene: scene.ana),
    ),
    Kind(
        Way.OLM,
        "forwarded key nobody asked for",
        "forged history",
        _said(type="m.forwarded_room_key"),
    ),
    Kind(
        Way.OLM,
        "lone surrogates",
        "valid JSON that cannot be written as UTF-8",
        lambda scene: [
            json.dumps(_envelope(scene) | {"content": {"\ud800": "\udfff"}, "type": "m.dummy"})
        ],
    ),
)
