"""Hostile answers: what only a homeserver (or who stands before it) can send."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.matrix.hostile.kinds import ODD, WRONG, Kind, Scene, Way, deep
from tests.matrix.hostile.server import (
    ANA,
    BOT,
    LATER,
    MALLORY,
    ROOM,
    Device,
    message,
    rooms,
    state,
)

REAL: Mapping[str, Any] = json.loads(
    Path(__file__).with_name("answer.json").read_text(encoding="utf-8")
)
"""A sync answer of Synapse 1.163.2 with something in every section; ids shortened."""
REPLACEMENTS: Mapping[str, Any] = {
    "null": None,
    "a number": 5,
    "an empty string": "",
    "an empty list": [],
    "an empty object": {},
    "a string of 100 kB": "x" * 100_000,
    "a list nested 200 deep": deep(200),
    "true": True,
    "a number of 30 digits": 10**29,
    "a lone surrogate": "\ud800",
}


def places(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to each node below *node*."""
    children: Any = ()
    if isinstance(node, dict):
        children = node.items()
    elif isinstance(node, list):
        children = enumerate(node)
    for name, child in children:
        yield (*path, name)
        yield from places(child, (*path, name))


def replaced(tree: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Return a copy of *tree* with *value* at *path* (whose last part may be new)."""
    new = copy.copy(tree)
    new[path[0]] = replaced(new[path[0]], path[1:], value) if path[1:] else value
    return new


def mutations(tree: Any, values: Mapping[str, Any] = REPLACEMENTS) -> Iterator[Any]:
    """Yield *tree* with each node in turn replaced by each of *values*."""
    for path in places(tree):
        for value in values.values():
            yield replaced(tree, path, value)


def _everywhere(name: str) -> Kind:
    return Kind(
        Way.SYNC,
        f"{name} in place of each node",
        "no field is sure to have its type",
        lambda _scene: mutations({k: v for k, v in REAL.items() if k != "next_batch"},
                                 {name: REPLACEMENTS[name]}),
    )  # fmt: skip


def _timeline(*events: Any, **more: Any) -> dict[str, Any]:
    return rooms(timeline={"events": list(events), **more})


def _times(_scene: Scene) -> Iterator[Any]:
    for number, when in enumerate(
        (
            0,
            1,
            -1,
            -(2**63),
            2**63 - 1,
            9_223_372_036_854_775_807,
            10**400,
            8.64e15,
            "5",
            253402300800000,
        )
    ):
        said = message(f"$t{number}", "when?") | {"origin_server_ts": when}
        yield _timeline(said)


def _ids(_scene: Scene) -> Iterator[Any]:
    good = {"timeline": {"events": [message("$i", "where?")]}}
    for name in (
        "",
        "!",
        "x",
        "@a:b",
        "!" + "x" * 300,
        "!\u202e:x",
        "!a b",
        "!\ud800:x",
        "!\x00:x",
    ):
        for section in ("join", "leave", "invite", "knock"):
            yield {"rooms": {section: {name: good}}}


def _twice(_scene: Scene) -> Iterator[Any]:
    said = message("$twice", "once")
    yield _timeline(said, said)
    yield _timeline(said)
    yield rooms(state={"events": [said]}, timeline={"events": [said]})


def _both(_scene: Scene) -> Iterator[Any]:
    gone = state("m.room.member", BOT, {"membership": "leave"}, BOT)
    left = {"timeline": {"events": [gone]}}
    here = {"timeline": {"events": [message("$both", "here and gone")]}}
    yield {"rooms": {"leave": {ROOM: left}, "join": {ROOM: here}}}
    yield {"rooms": {"leave": {ROOM: left}, "invite": {ROOM: {}}, "knock": {ROOM: {}}}}
    yield {"rooms": {"leave": {"!never:x": {"timeline": {"events": [message("$n", "ghost")]}}}}}
    yield {"rooms": {"leave": {"!never:x": here}}}


def _order(_scene: Scene) -> Iterator[Any]:
    rename = {"membership": "join", "displayname": "Zoe"}
    yield _timeline(
        message("$o2", "second") | {"origin_server_ts": LATER + 2},
        message("$o1", "first") | {"origin_server_ts": LATER + 1},
        state("m.room.member", ANA, rename, ANA),
        state("m.room.member", ANA, {"membership": "join", "displayname": "Ana"}, ANA),
    )


def _sections(_scene: Scene) -> Iterator[Any]:
    for section in (
        "account_data", "presence", "to_device", "device_lists", "device_one_time_keys_count",
        "device_unused_fallback_key_types", "groups", "rooms", "eu.example.unknown",
    ):  # fmt: skip
        for odd in (*ODD, {"events": [None, 5, [], {}]}, {"changed": [None, [], {}, "x", "@"]}):
            yield {section: odd}
    for count in (*WRONG, -1, 10**9, "5", 1.5, 10**400):
        yield {"device_one_time_keys_count": {"signed_curve25519": count}}


def _parts(_scene: Scene) -> Iterator[Any]:
    for part in (
        "state", "state_after", "timeline", "ephemeral", "account_data", "summary",
        "unread_notifications", "unread_thread_notifications", "eu.example.unknown",
    ):  # fmt: skip
        for odd in (*ODD, {"events": [None, 5, [], {}]}):
            yield rooms(**{part: odd})
    for odd in ODD:
        yield _timeline(limited=odd, prev_batch=odd)
        yield _timeline(limited=True, prev_batch=odd)


def _ephemeral(_scene: Scene) -> Iterator[Any]:
    for odd in ODD:
        yield rooms(
            ephemeral={
                "events": [
                    {"type": "m.typing", "content": {"user_ids": odd}},
                    {"type": "m.receipt", "content": {"$x": {"m.read": {BOT: odd}}}},
                    {"type": "m.receipt", "content": {"$x": odd}},
                    {"type": odd, "content": odd},
                    # what is no state in `ephemeral` or `account_data` is none, whatever it says
                    state("m.room.power_levels", "", {"users": {MALLORY: 100}}),
                    message("$eph", "!forged"),
                ]
            },
            account_data={"events": [state("m.room.power_levels", "", {"users": {MALLORY: 100}})]},
        )


def _like_state(_scene: Scene) -> Iterator[Any]:
    for number, (kind, content) in enumerate(
        (
            ("m.room.power_levels", {"users": {MALLORY: 100}}),
            ("m.room.member", {"membership": "join", "displayname": "Ghost"}),
            ("m.room.name", {"name": "pwned"}),
            ("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}),
            ("m.room.tombstone", {"replacement_room": "!evil:x", "body": "x"}),
            ("m.room.create", {"additional_creators": [MALLORY]}),
        )
    ):
        event = message(f"$like{number}", "", MALLORY) | {"type": kind, "content": content}
        yield _timeline(event)
        yield rooms(state={"events": [event]})
        yield _timeline(event | {"state_key": None})


def _redactions(_scene: Scene) -> Iterator[Any]:
    for number, odd in enumerate((*ODD, "$unknown", "$x" * 300)):
        redaction = message(f"$r{number}", "") | {"type": "m.room.redaction"}
        yield _timeline(redaction | {"redacts": odd, "content": {"redacts": odd}})
        because = {"redacted_because": odd, "redacted_by": odd}
        yield _timeline(message(f"$rb{number}", "x") | {"unsigned": because, "content": {}})


def _state_odd(_scene: Scene) -> Iterator[Any]:
    kinds = ("m.room.create", "m.room.power_levels", "m.room.member", "m.room.encryption",
             "m.room.name", "m.room.tombstone", "m.space.child")  # fmt: skip
    for kind in kinds:
        for odd in ODD:
            events = [state(kind, "", odd), {**state(kind, "", {}), "state_key": odd}]
            events += [{**state(kind, "x", {}), "sender": odd}, {"type": kind, "state_key": ""}]
            # not the encryption of this room: it would be encrypted from then on
            if kind != "m.room.encryption":
                yield rooms(state={"events": events}, timeline={"events": events})


def _much(_scene: Scene) -> Iterator[Any]:
    yield _timeline(*({"type": "x"} for _ in range(20_000)))
    yield {"rooms": {"join": {f"!{n}:x": {} for n in range(3_000)}}}
    yield {"rooms": {"invite": {f"!{n}:x": {} for n in range(3_000)}}}
    yield {"to_device": {"events": [{"type": "m.dummy", "sender": MALLORY}] * 10_000}}
    yield {"device_lists": {"changed": [f"@{n}:x" for n in range(20_000)]}}
    members = (state("m.room.member", f"@{n}:x", {"membership": "ban"}) for n in range(5_000))
    yield rooms(state={"events": list(members)})


SYNCS = (
    *(_everywhere(name) for name in REPLACEMENTS),
    Kind(Way.SYNC, "odd sections", "each top-level section has every wrong type", _sections),
    Kind(Way.SYNC, "odd parts of a room", "each part of a room has every wrong type", _parts),
    Kind(Way.SYNC, "odd typing, receipts, account data", "nobody asked for it", _ephemeral),
    Kind(
        Way.SYNC,
        "what is called like state",
        "a message-like m.room.power_levels is no state (Synapse refuses it, others do not)",
        _like_state,
    ),
    Kind(Way.SYNC, "odd redactions", "of nothing, or of what is no event", _redactions),
    Kind(Way.SYNC, "odd state", "what is believed is read from here", _state_odd),
    Kind(
        Way.SYNC,
        "odd times",
        "year 1970, year 292278994, before time, no number: OverflowError in datetime",
        _times,
    ),
    Kind(Way.SYNC, "room ids that are none", "they become names of files", _ids),
    Kind(Way.SYNC, "an event twice", "in one batch, in two, as state and message", _twice),
    Kind(Way.SYNC, "joined and left at once", "and events of rooms we never knew", _both),
    Kind(Way.SYNC, "events out of order", "time stamps are no order", _order),
    Kind(Way.SYNC, "20,000 of something", "work must stay bounded, others are served", _much),
)

PAGE = {"chunk": [message("$gap1", "in the gap"), message("$gap0", "before")], "start": "a"}


def _pages(*contents: Any) -> Any:
    return lambda _scene: contents


GAPS = (
    Kind(
        Way.GAP,
        "wrong types at every node",
        "a page is as foreign as a batch",
        lambda _scene: mutations({**PAGE, "end": "b"}),
    ),
    Kind(
        Way.GAP,
        "no page at all",
        "no JSON, no object",
        _pages(b"", b"[]", b"5", b"<html>", b'{"chunk": ['),
    ),
    Kind(Way.GAP, "pages that say where they end again", "would be read for ever", _pages(
        {**PAGE, "end": "gap"}, {**PAGE, "end": "a"}, {"chunk": [], "end": "z"},
    )),
    Kind(Way.GAP, "newer events than those after the gap", "they are heard in their place", _pages(
        {"chunk": [message("$heil9", "from the future") | {"origin_server_ts": LATER * 2}]},
    )),
    Kind(Way.GAP, "state in the past", "old state must not undo what is now", _pages(
        {"chunk": [state("m.room.power_levels", "", {"users": {MALLORY: 100}})]},
        {"chunk": [state("m.room.member", BOT, {"membership": "leave"})]},
        {"chunk": [], "state": [state("m.room.power_levels", "", {"users": {MALLORY: 100}})]},
    )),
)  # fmt: skip

EVENTS = (
    Kind(
        Way.EVENT,
        "wrong types at every node",
        "asked when somebody edits: who wrote it?",
        lambda _scene: mutations(message("$asked", "asked")),
    ),
    Kind(
        Way.EVENT,
        "no event at all",
        "then nobody knows who wrote it, and the edit is not heard",
        lambda _scene: [{}, {"sender": None}, {"event": message("$asked", "asked")}],
    ),
)

NAME = "TEMPLATE"
_DEVICE = Device(ANA, NAME)


@dataclass(frozen=True)
class Change:
    """What is wrong with the answer of one *place*: *value* stands at *path*."""

    place: str
    path: tuple[str | int, ...]
    value: Any

    def of(self, answer: Any, device: str) -> Any:
        """Return the good *answer*, about the device of this name, gone wrong."""
        path = (p.replace(NAME, device) if isinstance(p, str) else p for p in self.path)
        return replaced(answer, tuple(path), self.value)


def _changes(place: str, answer: Any) -> Any:
    return lambda _scene: (
        Change(place, path, value) for path in places(answer) for value in REPLACEMENTS.values()
    )


_EVIL = Device(MALLORY, "EVIL")
KEYS = (
    Kind(
        Way.KEYS,
        "wrong types at every node of /keys/query",
        "one user's rubbish must not hide another's devices",
        _changes("keys/query", _DEVICE.published()),
    ),
    Kind(
        Way.KEYS,
        "wrong types at every node of /keys/claim",
        "a bad one-time key must not stop the sharing",
        _changes("keys/claim", _DEVICE.claimed()),
    ),
    Kind(
        Way.KEYS,
        "wrong types in /keys/upload",
        "counts decide whether more keys are made",
        _changes("keys/upload", {"one_time_key_counts": {"signed_curve25519": 50}}),
    ),
    Kind(
        Way.KEYS,
        "keys of somebody who was not asked for",
        "devices are smuggled in",
        lambda _scene: [
            Change("keys/query", ("device_keys", MALLORY), _EVIL.published()["device_keys"]),
            Change("keys/query", ("device_keys", ANA), _EVIL.published()["device_keys"][MALLORY]),
            Change("keys/claim", ("one_time_keys",), _EVIL.claimed()["one_time_keys"]),
        ],
    ),
    Kind(
        Way.KEYS,
        "an answer of something else to /sendToDevice",
        "it is empty; nothing is to be read from it",
        lambda _scene: [Change("to-device", ("x",), value) for value in REPLACEMENTS.values()],
    ),
)
MEDIA = (
    Kind(
        Way.MEDIA,
        "another file than was posted",
        "its hash, not the server, says whether it is the one",
        lambda _scene: [b"", b"x", b"\x00" * 5000, b"BEGIN:VCALENDAR"],
    ),
    Kind(
        Way.MEDIA,
        "a file of 3 MB",
        "more than a command may read is not read to its end",
        lambda _scene: [b"x" * (3 * 1024 * 1024)],
    ),
)
