"""Hostile encrypted events in a room, and hostile plaintexts of good ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from tests.matrix.hostile.clear import messages
from tests.matrix.hostile.kinds import ODD, WRONG, Kind, Scene, Way, deep
from tests.matrix.hostile.to_device import MEGOLM, OLM

GHOST = "@ghost:evil.example"
FORGED = {"msgtype": "m.text", "body": "!forged"}
_FORGED_STATE = "nio 0.26 believes state inside ciphertext: "


def _with(*changes: dict[str, Any]) -> Any:
    return lambda scene: [{**scene.sealed, **change} for change in changes]


def _without(*fields: str) -> Any:
    return lambda scene: [
        {name: value for name, value in scene.sealed.items() if name != field} for field in fields
    ]


def _garbage(scene: Scene) -> Iterator[dict[str, Any]]:
    good = scene.sealed["ciphertext"]
    for bad in (
        "",
        "!!!",
        "AwgA" + "A" * 200,
        good[:-4] + "AAAA",
        good[:60],
        good * 2,
        "A" * 40000,
    ):
        yield {**scene.sealed, "ciphertext": bad}


SEALED = (
    Kind(
        Way.SEALED,
        "empty sender_key or session_id",
        "a bare assert in nio's decrypt_megolm_event ended the loop",
        _with({"sender_key": ""}, {"session_id": ""}, {"sender_key": "", "session_id": ""}),
    ),
    Kind(
        Way.SEALED,
        "wrong types",
        "unhashable values as keys of dicts",
        _with(
            *({field: odd} for field in ("session_id", "sender_key", "device_id") for odd in ODD),
            *({"ciphertext": odd} for odd in ODD),
        ),
    ),
    Kind(
        Way.SEALED,
        "without sender_key or device_id",
        "MSC3700 allows it; nio makes it a BadEvent",
        _without("sender_key", "device_id"),
    ),
    Kind(
        Way.SEALED,
        "without algorithm, session or ciphertext",
        "what every reader takes for granted",
        _without("algorithm", "session_id", "ciphertext"),
    ),
    Kind(Way.SEALED, "ciphertext of garbage", "vodozemac.DecodeException", _garbage),
    Kind(
        Way.SEALED,
        "another algorithm",
        "an Olm event in a room; unknown or unhashable names",
        _with(
            *({"algorithm": odd} for odd in (*WRONG, "m.unknown")),
            {"algorithm": OLM, "ciphertext": {}},
        ),
    ),
    Kind(
        Way.SEALED,
        "odd relation outside",
        "it is read before decryption",
        _with(
            *({"m.relates_to": odd} for odd in ODD),
            {"m.relates_to": {"rel_type": "m.replace", "event_id": 5}},
            {"m.relates_to": {"rel_type": [], "event_id": "$x", "m.in_reply_to": []}},
        ),
    ),
    Kind(
        Way.SEALED,
        "replayed",
        "a command of yesterday is sent again by somebody else",
        lambda scene: [dict(scene.sealed)],
    ),
    Kind(
        Way.SEALED,
        "of an unknown session, 60 kB",
        "what waits for its key is kept: it must not fill memory and disk",
        _with(*({"session_id": f"none{n}", "padding": "x" * 50_000} for n in range(3))),
    ),
    Kind(
        Way.SEALED,
        "of an unknown session, nested deep",
        "what waits for its key is written to disk: RecursionError in json.dump",
        _with({"session_id": "deep", "deep": deep(100)}),
    ),
    Kind(Way.SEALED, "no content", "nothing to decrypt", lambda _scene: [{}]),
)


def _events(*events: tuple[Any, Any, dict[str, Any]]) -> Any:
    """Make plaintexts that are whole events: type, content, and what else there is."""

    def make(scene: Scene) -> Iterable[str]:
        for kind, content, more in events:
            whole = {"type": kind, "room_id": scene.room, "content": content, **more}
            yield json.dumps(whole)

    return make


def _powers(scene: Scene) -> Iterator[str]:
    powers = {"users": {scene.me: 100}, "users_default": 100}
    for more in ({"state_key": ""}, {}):
        yield from _events(("m.room.power_levels", powers, more))(scene)


def _membership(scene: Scene) -> Iterator[str]:
    joined = {"membership": "join", "displayname": "G"}
    yield from _events(
        ("m.room.member", joined, {"state_key": GHOST}),
        ("m.room.member", {"membership": "leave"}, {"state_key": scene.bot}),
        ("m.room.member", {"membership": "ban"}, {"state_key": scene.ana}),
    )(scene)


def _creation(scene: Scene) -> Iterator[str]:
    content = {"additional_creators": [scene.me], "room_version": "12"}
    yield from _events(("m.room.create", content, {"state_key": ""}))(scene)


def _elsewhere(_scene: Scene) -> Iterator[str]:
    yield json.dumps({"type": "m.room.message", "room_id": "!other:x", "content": FORGED})
    yield json.dumps({"type": "m.room.message", "content": FORGED})
    for odd in ODD:
        yield json.dumps({"type": "m.room.message", "room_id": odd, "content": FORGED})


def _messages(scene: Scene) -> Iterator[str]:
    for content in messages(scene.event):
        yield from _events(("m.room.message", content, {}))(scene)


def _foreign_edit(scene: Scene) -> Iterator[str]:
    relation = {"rel_type": "m.replace", "event_id": scene.event}
    content = {"msgtype": "m.text", "body": "* x", "m.new_content": FORGED}
    yield from _events(("m.room.message", {**content, "m.relates_to": relation}, {}))(scene)


INSIDE_MEGOLM = (
    Kind(
        Way.MEGOLM,
        "plaintext that is no object",
        "a JSON list ended nio's loop (TypeError)",
        lambda _scene: ["[]", '"x"', "5", "null"],
    ),
    Kind(
        Way.MEGOLM,
        "plaintext that is no JSON",
        "decoding raises ValueError",
        lambda _scene: ["{", "", "\u0000", "\ufeff{}"],
    ),
    Kind(
        Way.MEGOLM,
        "plaintext nested 3,000 levels deep",
        "RecursionError is no ValueError",
        lambda _scene: ["[" * 3000],
    ),
    Kind(Way.MEGOLM, "forged power levels", _FORGED_STATE + "a pupil becomes admin", _powers),
    Kind(Way.MEGOLM, "forged membership", _FORGED_STATE + "ghosts come, teachers go", _membership),
    Kind(Way.MEGOLM, "forged creation", _FORGED_STATE + "a creator outranks all", _creation),
    Kind(
        Way.MEGOLM,
        "forged name",
        _FORGED_STATE + "the room is called something else",
        _events(
            ("m.room.name", {"name": "pwned"}, {"state_key": ""}),
            ("m.room.topic", {"topic": "pwned"}, {"state_key": ""}),
        ),
    ),
    Kind(
        Way.MEGOLM,
        "forged tombstone",
        _FORGED_STATE + "the project moves to the attacker's room",
        _events(
            ("m.room.tombstone", {"body": "x", "replacement_room": "!evil:x"}, {"state_key": ""}),
            ("m.room.tombstone", {"body": "x", "replacement_room": "!evil:x"}, {}),
        ),
    ),
    Kind(
        Way.MEGOLM,
        "forged encryption",
        _FORGED_STATE + "keys are changed",
        _events(("m.room.encryption", {}, {"state_key": ""})),
    ),
    Kind(
        Way.MEGOLM,
        "redaction inside",
        "servers never saw it: nothing was deleted",
        _events(("m.room.redaction", {"redacts": "$x"}, {"redacts": "$x"})),
    ),
    Kind(
        Way.MEGOLM,
        "of another room",
        "a message is carried over from a room where the sender may command",
        _elsewhere,
    ),
    Kind(
        Way.MEGOLM,
        "a message with a state key",
        "state by another door",
        _events(("m.room.message", FORGED, {"state_key": None})),
    ),
    Kind(
        Way.MEGOLM,
        "another sender inside",
        "only the sender outside counts",
        lambda scene: [
            json.dumps(
                {
                    "type": "m.room.message",
                    "room_id": scene.room,
                    "sender": scene.ana,
                    "content": {"msgtype": "m.text", "body": "from mallory"},
                }
            )
        ],
    ),
    Kind(
        Way.MEGOLM,
        "type or content of a wrong type",
        "unhashable types, content that is a list",
        _events((5, {}, {}), ([], {}, {}), ("m.room.message", [], {}), (None, None, {})),
    ),
    Kind(
        Way.MEGOLM,
        "ciphertext in ciphertext",
        "decrypting again and again",
        _events(("m.room.encrypted", {"algorithm": MEGOLM}, {})),
    ),
    Kind(
        Way.MEGOLM,
        "odd relation inside",
        "some clients put it there",
        _events(
            ("m.room.message", {"m.relates_to": {"event_id": [], "rel_type": {}}}, {}),
            ("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": 5}}, {}),
        ),
    ),
    Kind(Way.MEGOLM, "messages of every wrong shape", "each field has every wrong type", _messages),
    Kind(
        Way.MEGOLM,
        "an edit of somebody else's message",
        "words in another's mouth; the relation stands inside, where servers cannot look",
        _foreign_edit,
    ),
    Kind(
        Way.MEGOLM,
        "lone surrogates",
        "valid JSON that cannot be written as UTF-8",
        _events(
            ("m.room.message", {"msgtype": "m.text", "body": "\ud800 x"}, {}),
            ("m.room.message", {"msgtype": "\udfff", "body": "x", "filename": "\ud800"}, {}),
            (
                "m.poll.response",
                {
                    "m.relates_to": {"rel_type": "m.reference", "event_id": "$x"},
                    "m.selections": ["\ud800", "\udfff"],
                },
                {},
            ),
        ),
    ),
    Kind(
        Way.MEGOLM,
        "nested 400 levels deep",
        "ciphertext has no server's limit on depth: RecursionError ended nio's loop",
        _events(
            ("m.room.message", {"msgtype": "m.text", "body": "x", "deep": deep(400)}, {}),
            ("m.room.message", {"msgtype": deep(400), "body": deep(400)}, {}),
            (deep(400), {}, {}),
        ),
    ),
    Kind(
        Way.MEGOLM,
        "numbers that are none",
        "NaN and Infinity are Python's JSON; 1e999 becomes infinite",
        lambda scene: [
            f'{{"type": "m.room.message", "room_id": "{scene.room}", "content": '
            f'{{"msgtype": "m.text", "body": {number}}}}}'
            for number in ("NaN", "-Infinity", "1e999", "1" * 5000)
        ],
    ),
)
