"""No to-device event, ciphertext, plaintext, key or sync answer raises, or is believed."""

from __future__ import annotations

import asyncio
import copy
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.matrix import channels as channels_module
from bot.adapters.matrix.crypto import NoKey, Unreadable
from bot.adapters.matrix.plain import mapping
from bot.heard import Heard, Said, Undecryptable
from tests.adapters.crypto_peers import DEVICE, ME, MEGOLM, NOW, ROOM, Desk, Identity, Peer

ANA, MALLORY = "@ana:x", "@mallory:x"
EXAMPLES = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
ODD_TEXT = st.sampled_from(
    ["", "\ud800", "\x00", "A", "AAAA", "!!!", "=", "A" * 43, "A" * 5000, ROOM, ANA, "$x", "é" * 22]
)
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -1, 0, 2**63, 1.5, float("inf"), float("nan")])
    | ODD_TEXT
    | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXT, inner, max_size=3),
    max_leaves=6,
)


def deep(levels: int) -> Any:
    nested: Any = "x"
    for number in range(levels):
        nested = [nested] if number % 2 else {"a": nested}
    return nested


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each part of *value*."""
    yield path
    steps: Any = ()
    if isinstance(value, dict):
        steps = value.items()
    elif isinstance(value, list):
        steps = enumerate(value)
    for step, inner in steps:
        yield from places(inner, (*path, step))


def changed(value: Any, path: tuple[Any, ...], new: Any, *, away: bool) -> Any:
    """Return *value* with *new* at *path*, or with nothing there."""
    if not path:
        return new
    made = copy.deepcopy(value)
    holder = made
    for step in path[:-1]:
        holder = holder[step]
    if away:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return made


def damaged(data: st.DataObject, good: Any) -> Any:
    """Return *good* with one to three parts of it replaced or taken away."""
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(good))))
        good = changed(good, path, data.draw(ODD), away=data.draw(st.booleans()))
    levels = data.draw(st.sampled_from([0, 0, 0, 300, 900]))
    if levels:
        path = data.draw(st.sampled_from(list(places(good))))
        good = changed(good, path, deep(levels), away=False)
    return good


class Table:
    """A desk at which Ana and Mallory are known, for all examples of one test."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.ana = Peer(desk.server, ANA, "A")
        self.mallory = Peer(desk.server, MALLORY, "M")
        self.run(self.begin())
        self.before = desk.state()

    @staticmethod
    def run(work: Any) -> Any:
        return asyncio.run(work)

    async def begin(self) -> None:
        await self.desk.keys.tend()
        self.desk.enter(ANA, MALLORY)
        self.desk.absorb(self.ana.gives_key(), self.mallory.gives_key())
        await self.desk.keys.tend()
        await self.desk.keys.seal(ROOM, "m.room.message", {"body": "x"})

    def unharmed(self) -> None:
        """Show that nothing was believed, and that Ana can still be read."""
        assert self.desk.state() == self.before
        assert [
            h.body for h in self.desk.hear(self.ana.says("noch da")) if isinstance(h, Said)
        ] == ["noch da"]


@pytest.fixture(params=[False, True], ids=["everyone", "cross-signed"])
def table(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Table]:
    desk = Desk(tmp_path_factory.mktemp("desk"), only_cross_signed=request.param)
    identity = Identity(desk.server, ANA)
    made = Table.__new__(Table)
    cross_sign = Peer.publish

    def publish(peer: Peer, *, one_time: int = 5) -> None:
        cross_sign(peer, one_time=one_time)
        if peer.user == ANA:
            peer.cross_sign(identity)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Peer, "publish", publish)
        made.__init__(desk)  # type: ignore[misc]
    yield made
    desk.rise()


def repeatedly(law: Callable[[st.DataObject], None]) -> None:
    """Try *law* with many inputs, at one table."""
    EXAMPLES(given(st.data())(law))()


def test_to_device_events(table: Table) -> None:
    """Events of all kinds, damaged in every place."""
    body = {"algorithm": MEGOLM, "room_id": ROOM, "session_id": table.ana.megolm.session_id}
    request = {"action": "request", "request_id": "1", "requesting_device_id": "M", "body": body}
    withheld = {**body, "sender_key": table.mallory.curve, "code": "m.no_olm", "reason": "x"}

    def law(data: st.DataObject) -> None:
        mallory = table.mallory
        kinds = [
            mallory.gives_key,
            lambda: mallory.to_device(request, "m.room_key_request"),
            lambda: {**mallory.to_device(request, "m.room_key_request"), "sender": ME},
            lambda: mallory.to_device(withheld, "m.room_key.withheld"),
            lambda: mallory.to_device(mallory.room_key(), "m.room_key"),
        ]
        event = data.draw(st.sampled_from(kinds))()
        table.desk.absorb(damaged(data, event))
        table.unharmed()

    repeatedly(law)
    table.run(table.desk.keys.tend())


def test_what_is_inside_olm(table: Table) -> None:
    """Well sealed messages with damaged or cut plaintexts; no key comes in but a right one."""

    def law(data: st.DataObject) -> None:
        mallory = table.mallory
        kind = data.draw(st.sampled_from(["m.room_key", "m.forwarded_room_key", "m.dummy", "m.x"]))
        good = mallory.payload(kind, mallory.room_key("!strange:x"))
        text = data.draw(
            st.sampled_from(["", "[", "[" * 100_000, "\u0000", '{"a":' * 50_000, "1" * 10_000])
            | st.none()
        )
        text = json.dumps(damaged(data, good)) if text is None else text
        came = table.desk.absorb(mallory.to_device(mallory.seal(text)))
        right = good["content"]["room_id"], good["content"]["session_id"]
        assert came <= {right, (ROOM, right[1])}
        table.unharmed()

    repeatedly(law)


def test_no_key_comes_in_but_from_the_device_that_made_it(table: Table) -> None:
    """Keys forwarded, in clear, for somebody else or by somebody else are not taken."""
    mallory, olm = table.mallory, table.desk.olm
    key = {**mallory.room_key("!new:x"), "forwarding_curve25519_key_chain": []}
    key |= {"sender_key": table.ana.curve, "sender_claimed_ed25519_key": table.ana.signing}
    own = table.desk.server.devices[ME][DEVICE]["keys"]
    wrong = [
        mallory.payload("m.forwarded_room_key", key),
        mallory.payload("m.room_key", key, sender=ANA),
        mallory.payload("m.room_key", key, recipient=ANA),
        mallory.payload("m.room_key", key, recipient_keys={"ed25519": mallory.signing}),
        mallory.payload("m.room_key", key, recipient_keys={}),
        mallory.payload("m.room_key", key, keys={}),
        mallory.payload("m.room_key", {**key, "session_id": "other"}),
        mallory.payload("m.room_key", {**key, "algorithm": "m.megolm.v2"}),
    ]
    events = [mallory.to_device(mallory.seal(json.dumps(payload))) for payload in wrong]
    events += [mallory.to_device(key, kind) for kind in ("m.room_key", "m.forwarded_room_key")]
    events.append({**mallory.gives_key(mallory.room_key("!new:x")), "sender": ANA})
    assert table.desk.absorb(*events) == set()
    assert "!new:x" not in olm.inbound_group_store._entries
    assert own


def test_megolm_events(table: Table) -> None:
    """Ciphertexts damaged in every place are Undecryptable, wait, or are not heard at all."""

    def law(data: st.DataObject) -> None:
        event = damaged(data, table.mallory.says("hallo"))
        heard = table.desk.hear(event if isinstance(event, dict) else {})
        assert all(isinstance(h, Said | Undecryptable) for h in heard)
        table.unharmed()

    repeatedly(law)
    json.dumps([waiting.event for waiting in table.desk.memory.waiting])


def test_what_is_inside_megolm(table: Table) -> None:
    """Well sealed rubbish, and state: nothing of it is believed."""
    powers = {"users": {MALLORY: 100}, "users_default": 100, "membership": "leave", "name": "x"}
    content = {**powers, "msgtype": "m.text", "body": "x", "m.relates_to": {"rel_type": "x"}}
    kinds = [f"m.room.{one}" for one in ("power_levels", "member", "name", "encryption", "message")]

    def law(data: st.DataObject) -> None:
        kind = data.draw(st.sampled_from(kinds))
        good: dict[str, Any] = {"type": kind, "room_id": ROOM, "content": content}
        if data.draw(st.booleans()):
            good["state_key"] = data.draw(st.sampled_from(["", ANA, ME]))
        text = data.draw(
            st.sampled_from(["", "[" * 100_000, "\ud7ff", "[]", "null", "1e999"]) | st.none()
        )
        text = json.dumps(damaged(data, good)) if text is None else text
        heard = table.desk.hear(table.mallory.sealed(text))
        assert all(h.sender == MALLORY and type(h) in {Said, Undecryptable} for h in heard)
        table.unharmed()

    repeatedly(law)


def test_key_queries(table: Table) -> None:
    """Whatever a server tells of Mallory's devices, Ana's stay known, and are served."""
    desk, server = table.desk, table.desk.server
    Identity(server, MALLORY)

    def law(data: st.DataObject) -> None:
        good = server.query({"device_keys": {MALLORY: []}})
        answer = damaged(data, good)
        server.changed["keys/query"] = answer if isinstance(answer, dict) else {}
        desk.olm.users_for_key_query.add(MALLORY)
        table.run(desk.keys.tend())
        server.changed.clear()
        assert [device.id for device in desk.crypto.devices.of(ANA)] == ["A"]
        assert desk.crypto.devices.vouched(ANA, "A")
        assert all(d.ed25519 == table.mallory.signing for d in desk.crypto.devices.of(MALLORY))
        before = len(server.sent)
        table.run(desk.keys.seal(ROOM, "m.room.message", {"body": "x"}))
        session = desk.olm.outbound_group_sessions[ROOM]
        assert (ANA, "A") in session.users_shared_with
        assert len(server.sent) - before <= 3
        assert [h for h in desk.hear(table.ana.says("x")) if isinstance(h, Said)]

    repeatedly(law)


def test_key_claims(table: Table) -> None:
    """Whatever comes instead of a one-time key, sealing goes on; a later right one is used."""
    desk, server = table.desk, table.desk.server

    def law(data: st.DataObject) -> None:
        peer = Peer(server, MALLORY, "M")
        good = {"one_time_keys": {MALLORY: {"M": server.take(MALLORY, "M")}, ANA: {"A": {}}}}
        answer = damaged(data, good)
        server.changed["keys/claim"] = answer if isinstance(answer, dict) else {}
        device = desk.crypto.devices.of(MALLORY)[0]
        table.run(desk.keys._claim([device]))
        server.changed.clear()
        assert peer.curve != device.curve25519
        table.run(desk.keys.seal(ROOM, "m.room.message", {"body": "x"}))

    repeatedly(law)


def test_sync_answers(table: Table) -> None:
    """A whole answer, damaged anywhere: it is read as far as it makes sense, and no further."""
    desk = table.desk

    def law(data: st.DataObject) -> None:
        state = {"type": "m.room.topic", "state_key": "", "content": {"topic": "x"}, "sender": ANA}
        lock = {"type": "m.room.encryption", "state_key": "", "content": {"rotation_period_ms": 5}}
        part = {
            "state": {"events": [state, lock]},
            "timeline": {"events": [table.mallory.says("x"), state], "limited": False},
        }
        good = {
            "to_device": {"events": [table.mallory.gives_key()]},
            "device_lists": {"changed": [ANA], "left": ["@gone:x"]},
            "device_one_time_keys_count": {"signed_curve25519": 50},
            "device_unused_fallback_key_types": ["signed_curve25519"],
            "room": part,
        }
        answer = damaged(data, good)
        answer = answer if isinstance(answer, dict) else {}
        came = desk.crypto.absorb(answer)
        joined = mapping(answer.get("room"))
        closed = desk.intake.settle(ROOM, joined)
        heard: list[Heard] = desk.intake.walk(ROOM, [], joined, closed=closed, batch=desk.batch())
        desk.intake.late(came, desk.batch(), NOW)
        assert closed
        assert all(isinstance(one, Heard) for one in heard)
        table.run(desk.keys.tend())

    repeatedly(law)


def test_floods_cost_a_bounded_amount(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of hostile things: a bounded number of requests, and of things that are kept."""
    desk, mallory = table.desk, table.mallory
    monkeypatch.setattr(channels_module, "_SESSIONS_LIMIT", 5)
    good = mallory.seal("{}")
    box = next(iter(good["ciphertext"]))
    junk = {"type": 1, "body": "AwogABCD" * 10}
    garbage = mallory.to_device({**good, "ciphertext": {box: junk}})
    asked = len(desk.server.asked)
    for number in range(2000):
        made_up = {**good, "sender_key": f"{number:043d}", "ciphertext": {box: junk}}
        desk.absorb(garbage, mallory.to_device(made_up))
        strange = mallory.says("x")
        strange["content"] |= {"session_id": f"s{number}", "sender_key": f"k{number}" * 100}
        with pytest.raises((NoKey, Unreadable)):
            desk.crypto.open(ROOM, strange)
        withheld = {"room_id": ROOM, "session_id": f"s{number}", "code": "m.unverified"}
        desk.absorb(mallory.to_device(withheld, "m.room_key.withheld"))
    for _ in range(300):
        key = {**mallory.room_key(), "room_id": f"!r{_}:x"}
        desk.absorb(mallory.gives_key(key))
    table.run(desk.keys.tend())
    assert len(desk.server.asked) - asked <= 5
    olm = desk.olm
    assert len(olm.session_store._entries) <= 5
    assert len(olm.inbound_group_store._entries) <= 210
    assert len(olm.outgoing_to_device_messages) == 0
    assert len(desk.crypto.incoming._withheld) <= 1000
    for _ in range(30):  # each opens a new channel
        mallory.channel = None
        desk.absorb(mallory.gives_key())
    assert len(olm.session_store[mallory.curve]) <= 5
    table.unharmed()


def test_many_devices_of_one_user(table: Table) -> None:
    """Whoever has thousands of devices makes us serve some hundreds, in few requests."""
    desk = table.desk
    template = table.mallory
    for number in range(300):
        template.device = f"D{number}"
        desk.server.devices[MALLORY][template.device] = template.keys()
    desk.absorb(device_lists={"changed": [MALLORY]})
    asked = len(desk.server.asked)
    table.run(desk.keys.seal(ROOM, "m.room.message", {"body": "x"}))
    assert len(desk.crypto.devices.of(MALLORY)) <= 200
    assert len(desk.server.asked) - asked <= 12
    assert desk.hear(table.ana.says("x"))


def test_recursion_is_not_used_up(table: Table) -> None:
    """A plaintext nested deeper than Python can read is Unreadable, and costs one line of log."""
    limit = sys.getrecursionlimit()
    for levels in (limit - 100, limit, 20 * limit):
        event = table.mallory.sealed("[" * levels + "]" * levels)
        with pytest.raises(Unreadable):
            table.desk.crypto.open(ROOM, event)
    table.unharmed()
