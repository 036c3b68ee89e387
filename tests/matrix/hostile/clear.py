"""Hostile events in clear: messages, what is called like state, real state, invitations, files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.matrix.hostile.kinds import ODD, WRONG, Kind, Scene, Way, deep

_SEEN = {"rel_type": "m.annotation", "event_id": "$x"}
_POLL = "org.matrix.msc3381.poll."
_CONTROL = "\u202egnp.exe\u2066 \u200b\ufeff \x07\x1b[31m a\u0301" + "\u0335" * 200


def _text(**more: Any) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": "odd", **more}


def messages(event: str) -> Iterator[dict[str, Any]]:
    """Yield contents of m.room.message of every wrong shape; *event* is one of Ana's."""
    known = {"rel_type": "m.replace", "event_id": event}
    for odd in ODD:
        yield _text(body=odd)
        yield _text(msgtype=odd)
        yield _text(formatted_body=odd, format=odd)
        yield _text(**{"m.mentions": odd})
        yield _text(**{"m.mentions": {"user_ids": odd}})
        yield _text(**{"m.mentions": {"user_ids": [odd]}})
        yield _text(**{"m.relates_to": odd})
        yield _text(**{"m.relates_to": {"m.in_reply_to": odd}})
        yield _text(**{"m.relates_to": {"rel_type": "m.replace", "event_id": odd}})
        yield _text(**{"m.relates_to": {"rel_type": odd, "event_id": "$x"}})
        yield _text(**{"m.new_content": odd, "m.relates_to": known})
        yield _text(msgtype="m.file", url=odd, filename=odd, info=odd, file=odd)


def _sent(kind: str, *contents: Any) -> Any:
    """Events of one type; what follows is their contents."""
    return lambda _scene: [(kind, content) for content in contents]


def _messages(scene: Scene) -> Iterator[tuple[str, Any]]:
    for content in messages(scene.event):
        yield "m.room.message", content


def _foreign_edit(scene: Scene) -> Iterator[tuple[str, Any]]:
    relation = {"rel_type": "m.replace", "event_id": scene.event}
    new = {"msgtype": "m.text", "body": "!forged"}
    yield "m.room.message", _text(**{"m.new_content": new, "m.relates_to": relation})
    yield "m.room.message", _text(**{"m.new_content": new, "m.relates_to": relation | {"x": []}})


def _polls(_scene: Scene) -> Iterator[tuple[str, Any]]:
    relation = {"rel_type": "m.reference", "event_id": "$x"}
    for odd in ODD:
        yield f"{_POLL}start", {f"{_POLL}start": odd}
        yield f"{_POLL}start", {f"{_POLL}start": {"question": odd, "answers": odd}}
        yield f"{_POLL}start", {f"{_POLL}start": {"question": {"m.text": odd}, "answers": [odd]}}
        yield f"{_POLL}response", {"m.relates_to": relation, f"{_POLL}response": odd}
        yield f"{_POLL}response", {"m.relates_to": relation, f"{_POLL}response": {"answers": odd}}
        yield "m.poll.response", {"m.relates_to": relation, "m.selections": [odd, odd]}
        yield "m.poll.response", {"m.relates_to": odd, "m.selections": ["a"]}
        yield f"{_POLL}end", {"m.relates_to": odd}
    yield "m.poll.response", {"m.relates_to": relation, "m.selections": ["x" * 500] * 90}
    many = [{"id": str(n), "org.matrix.msc1767.text": "x"} for n in range(900)]
    yield f"{_POLL}start", {f"{_POLL}start": {"question": {"body": "?"}, "answers": many}}


CLEAR = (
    Kind(Way.CLEAR, "messages of every wrong shape", "each field has every wrong type", _messages),
    Kind(
        Way.CLEAR,
        "odd reactions",
        "relations of wrong types; keys that fill a screen",
        _sent(
            "m.reaction",
            *({"m.relates_to": odd} for odd in (*ODD, _SEEN)),
            *({"m.relates_to": {**_SEEN, "key": odd}} for odd in (*ODD, "x" * 40_000)),
            *({"m.relates_to": {**_SEEN, "key": "x", "event_id": odd}} for odd in ODD),
        ),
    ),
    Kind(
        Way.CLEAR,
        "an edit of somebody else's message",
        "nio hands it over like any message: words in another's mouth",
        _foreign_edit,
    ),
    Kind(Way.CLEAR, "odd polls, votes and ends", "nested types; 900 answers", _polls),
    Kind(
        Way.CLEAR,
        "a message of 60 kB",
        "everything that is done with the text takes long",
        _sent(
            "m.room.message",
            _text(body="x" * 60_000),
            _text(body="> <@a:b> x\n" * 4_000),
            _text(body="!" + "remind me " * 5_000),
            _text(body="&" * 30_000, format="org.matrix.custom.html", formatted_body="<" * 20_000),
        ),
    ),
    Kind(
        Way.CLEAR,
        "nested 115 levels deep",
        "as deep as Synapse lets rooms be (other servers: 128 to 10,000)",
        _sent("m.room.message", _text(deep=deep(115)), _text(**{"m.relates_to": deep(115)})),
    ),
    Kind(
        Way.CLEAR,
        "controls, direction marks and heaps of accents",
        "they turn around what stands beside them",
        _sent("m.room.message", _text(body=_CONTROL), _text(body="\u202e!task x\u0000")),
    ),
    Kind(
        Way.CLEAR,
        "unknown types",
        "tomorrow's Matrix",
        _sent("eu.example.unknown", {}, {"body": 5}, {"m.relates_to": []}),
    ),
    Kind(
        Way.CLEAR,
        "10,000 mentions",
        "each would be looked up and drawn",
        _sent("m.room.message", _text(**{"m.mentions": {"user_ids": ["@a:b.c"] * 6000}})),
    ),
    Kind(
        Way.CLEAR,
        "ciphertext in a plain room",
        "nothing to decrypt it with",
        _sent("m.room.encrypted", {}, {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AAAA"}),
    ),
)


def _state(kind: str, key: str, field: str, *values: Any) -> Any:
    """State events of one type whose *field* has these values."""
    return lambda _scene: [(kind, key, {field: value}) for value in values]


def _own_membership(scene: Scene) -> Iterator[tuple[str, str, Any]]:
    joined = {"membership": "join"}
    for odd in (*ODD, "x" * 3000, _CONTROL, "Ana", "a\nb"):
        yield "m.room.member", scene.me, joined | {"displayname": odd}
        yield "m.room.member", scene.me, joined | {"avatar_url": odd}
    yield "m.room.member", scene.me, joined | {"deep": deep(110)}


def _powers(scene: Scene) -> Iterator[tuple[str, str, Any]]:
    """Yield levels that servers have let through somewhere."""
    values: tuple[Any, ...] = (*ODD, "5", 5.0, "x", -(2**53), 2**53 - 1)
    for odd in values:
        levels = {"users": {scene.ana: 100, scene.me: 0}, "users_default": 0}
        yield "m.room.power_levels", "", levels | {"events_default": odd}
        yield "m.room.power_levels", "", levels | {"events": {"m.room.name": odd}}
        yield "m.room.power_levels", "", levels | {"events": odd}
    yield "m.room.power_levels", "", {"users": {"no id": 100, "": 100, scene.ana: 100}}


STATE = (
    Kind(Way.STATE, "odd display name", "no string, 3 kB, controls, another's", _own_membership),
    Kind(
        Way.STATE,
        "odd room name",
        "no string, 3 kB, controls",
        _state("m.room.name", "", "name", *ODD, "x" * 3000, _CONTROL),
    ),
    Kind(
        Way.STATE,
        "odd topic",
        "no string, 3 kB, controls",
        _state("m.room.topic", "", "topic", *ODD, "x" * 3000, _CONTROL),
    ),
    Kind(
        Way.STATE,
        "odd pins",
        "no list, no ids",
        _state("m.room.pinned_events", "", "pinned", *ODD, ["x"] * 3000),
    ),
    Kind(Way.STATE, "odd power levels", "strings, floats, lists, no users", _powers),
    Kind(
        Way.STATE,
        "odd aliases, avatar, rules",
        "state that is of no use to us must cost nothing",
        lambda _scene: [
            (kind, "", {"url": odd, "alias": odd, "join_rule": odd, "history_visibility": odd})
            for kind in ("m.room.avatar", "m.room.canonical_alias", "m.room.guest_access")
            for odd in WRONG
        ],
    ),
    Kind(
        Way.STATE,
        "a tombstone to nowhere",
        "the room it names does not know us, or is no room",
        _state("m.room.tombstone", "", "replacement_room", *ODD, "!none:evil.example", "@a:b", "!"),
    ),
    Kind(
        Way.STATE,
        "odd children and parents of a space",
        "neither is a space of ours",
        lambda scene: [
            ("m.space.child", "!x:y", {"via": 5, "order": []}),
            ("m.space.child", "no room", {"via": [[]]}),
            ("m.space.parent", scene.room, {"via": {}, "canonical": "yes"}),
        ],
    ),
    Kind(
        Way.STATE,
        "unknown state with odd keys",
        "keys are free text, of 255 bytes",
        lambda _scene: [("eu.x", key, {"a": None}) for key in ("", "\u202e", "@", "x" * 200)],
    ),
)

DEVICES = (
    Kind(
        Way.DEVICES,
        "device without keys",
        "nobody else in the room may suffer",
        lambda _scene: [{"keys": {}}],
    ),
    Kind(
        Way.DEVICES,
        "device with keys that are none",
        "vodozemac raises on them when a room key is shared",
        lambda _scene: [
            {"keys": {"ed25519:D": bad, "curve25519:D": bad}} for bad in ("!!", "AAAA", "A" * 43)
        ],
    ),
    Kind(
        Way.DEVICES,
        "device with a forged signature",
        "anybody could read along",
        lambda scene: [{"signatures": {scene.me: {"ed25519:D": bad}}} for bad in ("AAAA", "!!")],
    ),
    Kind(
        Way.DEVICES,
        "device with odd algorithms",
        "a wrong type where a list is expected",
        lambda _scene: [{"algorithms": odd} for odd in (*WRONG, ["x"] * 5000)],
    ),
)

_NAME_TYPES = (*ODD, "x" * 3000, _CONTROL)
INVITES = (
    Kind(
        Way.INVITE,
        "into a room with an odd name",
        "an invitation brings state of a room nobody knows",
        lambda _scene: [
            {"initial_state": [{"type": "m.room.name", "state_key": "", "content": {"name": odd}}]}
            for odd in _NAME_TYPES
        ],
    ),
    Kind(
        Way.INVITE,
        "with an odd is_direct",
        "only true is true: else anybody opens a direct room",
        lambda _scene: [{"direct": odd} for odd in (*WRONG, "yes", 1)],
    ),
    Kind(
        Way.INVITE,
        "a storm of them",
        "each would be a room to look after",
        lambda _scene: [{}] * 12,
    ),
)

_KEY = {"k": "A" * 43, "kty": "oct", "alg": "A256CTR", "ext": True, "key_ops": ["encrypt"]}
_SEALED = {"url": "mxc://x/y", "key": _KEY, "iv": "A" * 22, "hashes": {"sha256": "A" * 43}}
FILES = (
    Kind(
        Way.FILE,
        "odd addresses",
        "`..` leads elsewhere on our own server; http would lead anywhere",
        lambda _scene: [
            {"url": url}
            for url in (
                "mxc://../..",
                "mxc://a/../../x",
                "http://127.0.0.1/x",
                "file:///etc/passwd",
                "mxc://a/b?x#y",
                "mxc://a%2fb/c",
                "mxc:///x",
                "",
                "mxc://" + "a" * 600 + "/b",
                *ODD,
            )
        ],
    ),
    Kind(
        Way.FILE,
        "odd names and types",
        "they are shown, and may become names of files",
        lambda _scene: [
            {"url": "mxc://test.local/x", "filename": odd, "body": odd, "info": {"mimetype": odd}}
            for odd in (*ODD, "../../etc/passwd", "x" * 5000, "a\x00b", _CONTROL)
        ],
    ),
    Kind(
        Way.FILE,
        "odd keys",
        "they go to a crypto library",
        lambda _scene: [
            {"file": {**_SEALED, field: odd}}
            for field in ("url", "key", "iv", "hashes")
            for odd in (*ODD, "!!", {"k": "!!", "sha256": "!!"})
        ],
    ),
    Kind(
        Way.FILE,
        "a file that is not there",
        "the server of whoever posted it is asked, and may never answer",
        lambda _scene: [{"url": "mxc://test.local/none"}, {"url": "mxc://none.invalid/x"}],
    ),
)
