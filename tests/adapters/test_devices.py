"""Whose device a message comes from, and which devices get the key to what the bot says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import vodozemac
from nio.crypto.sessions import InboundGroupSession

from bot.adapters.matrix import devices, seen, sharing
from bot.adapters.matrix import keys as keys_module
from bot.adapters.matrix.channels import Quota
from bot.adapters.matrix.client import Refused, Unreachable
from bot.adapters.matrix.crypto import NoKey, Unreadable
from bot.adapters.matrix.devices import Standing
from bot.adapters.matrix.provenance import mark_restored
from bot.adapters.matrix.seen import Place
from bot.heard import Said, Undecryptable, Why
from tests.adapters.crypto_peers import DEVICE, ME, ROOM, Desk, Identity, Peer

ANA, MALLORY = "@ana:x", "@mallory:x"
SAY = {"msgtype": "m.text", "body": "hallo"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.rise()


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Desk]:
    """Speak with cross-signed devices only."""
    made = Desk(tmp_path, only_cross_signed=True)
    yield made
    made.rise()


def codes(desk: Desk) -> list[tuple[str, str]]:
    sent = desk.server.sent
    return [(d, c["code"]) for k, _, d, c in sent if k == "m.room_key.withheld"]


def keys_to(desk: Desk) -> list[str]:
    return sorted(d for k, _, d, _ in desk.server.sent if k == "m.room.encrypted")


# --- who gets the key -----------------------------------------------------------------------------


async def test_every_device_is_served_whoever_vouches_for_it(desk: Desk) -> None:
    """Under `everyone` all devices can read what is said, also ones with the id of ours."""
    await desk.keys.tend()
    peers = [
        Peer(desk.server, ANA, "A1"),
        Peer(desk.server, ANA, DEVICE),
        Peer(desk.server, ME, "E"),
    ]
    desk.enter(ANA)
    sealed = await desk.keys.seal(ROOM, "m.room.message", SAY)
    assert keys_to(desk) == sorted(peer.device for peer in peers)
    for peer in peers:
        (content,) = [c for _, u, d, c in desk.server.sent if (u, d) == (peer.user, peer.device)]
        key = peer.opened(content)["content"]
        session = vodozemac.InboundGroupSession(vodozemac.SessionKey(key["session_key"]))
        message = vodozemac.MegolmMessage.from_base64(sealed["ciphertext"])
        assert b'"hallo"' in session.decrypt(message).plaintext
    assert codes(desk) == []


async def test_only_cross_signed_devices_get_the_key(strict: Desk) -> None:
    """The others are told why, once per session; a device that is vouched for later gets it."""
    await strict.keys.tend()
    identity = Identity(strict.server, ANA)
    good, bare = Peer(strict.server, ANA, "GOOD"), Peer(strict.server, ANA, "BARE")
    good.cross_sign(identity)
    strict.enter(ANA)
    for _ in range(3):
        await strict.keys.seal(ROOM, "m.room.message", SAY)
    assert (keys_to(strict), codes(strict)) == (["GOOD"], [("BARE", "m.unverified")])
    bare.cross_sign(identity)
    strict.absorb(device_lists={"changed": [ANA]})
    await strict.keys.seal(ROOM, "m.room.message", SAY)
    assert keys_to(strict) == ["BARE", "GOOD", "GOOD"]


async def test_what_is_no_cross_signature(strict: Desk) -> None:
    """By a key that the master did not sign, of another user, or over other keys: it is none."""
    await strict.keys.tend()
    ana, foreign = Identity(strict.server, ANA), Identity(strict.server, MALLORY)
    Peer(strict.server, ANA, "FOREIGN").cross_sign(foreign)
    changed = Peer(strict.server, ANA, "CHANGED")
    changed.cross_sign(ana)
    kept = strict.server.devices[ANA]["CHANGED"]["signatures"]
    again = Peer(strict.server, ANA, "CHANGED")
    strict.server.devices[ANA]["CHANGED"]["signatures"][ANA] |= {
        name: value for name, value in kept[ANA].items() if "CHANGED" not in name
    }
    lonely = Peer(strict.server, MALLORY, "LONELY")
    lonely.cross_sign(foreign)
    strict.server.signing[MALLORY]["signatures"] = ana.key(ana.first, "master")
    strict.enter(ANA, MALLORY)
    await strict.keys.seal(ROOM, "m.room.message", SAY)
    assert again.device == "CHANGED"
    assert keys_to(strict) == []
    assert {code for _, code in codes(strict)} == {"m.unverified"}


async def test_one_key_for_two_devices_keeps_nobody_from_reading(desk: Desk) -> None:
    """Mallory calls Ana's key hers; were there one channel for both, Ana could not read the bot."""
    await desk.keys.tend()
    ana = Peer(desk.server, ANA, "A")
    mallory = Peer(desk.server, MALLORY, "M")
    names = {"curve25519:M": ana.curve, "ed25519:M": mallory.signing}
    desk.server.devices[MALLORY]["M"] = mallory.keys(keys=names)
    desk.enter(MALLORY)
    await desk.keys.seal(ROOM, "m.room.message", SAY)
    desk.enter(ANA)
    await desk.keys.seal(ROOM, "m.room.message", SAY)
    contents = [c for _, u, _, c in desk.server.sent if u == ANA]
    assert ana.opened(contents[-1])["type"] == "m.room_key"
    desk.absorb(ana.gives_key())
    assert [h.body for h in desk.hear(ana.says("hallo")) if isinstance(h, Said)] == ["hallo"]


async def test_a_device_without_keys_is_told_and_served_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is never left out silently: once it has keys again it gets the session in use."""
    await desk.keys.tend()
    ana = Peer(desk.server, ANA, "A")
    desk.server.one_time.clear()
    desk.enter(ANA)
    first = await desk.keys.seal(ROOM, "m.room.message", SAY)
    await desk.keys.seal(ROOM, "m.room.message", SAY)
    assert (keys_to(desk), codes(desk)) == ([], [("A", "m.no_olm")])
    ana.give(1)
    monkeypatch.setattr(sharing, "_CLAIM_AGAIN_SECONDS", 0.0)
    second = await desk.keys.seal(ROOM, "m.room.message", SAY)
    assert keys_to(desk) == ["A"]
    assert first["session_id"] == second["session_id"]


async def test_who_left_while_the_key_was_shared_cannot_read_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that was given to somebody is not used once they are gone, even half shared."""
    await desk.keys.tend()
    Peer(desk.server, ANA, "A"), Peer(desk.server, MALLORY, "M")
    desk.enter(ANA, MALLORY)
    await desk.keys.tend()

    async def fail_after_one(*arguments: Any, **more: Any) -> Any:
        if arguments[1] == "sendToDevice" and desk.server.sent:
            raise Unreachable("test")
        return await desk.server.call(*arguments, **more)

    monkeypatch.setattr(desk.client, "call", fail_after_one)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharing, "_PER_REQUEST", 1)
        with pytest.raises(Unreachable):
            await desk.keys.seal(ROOM, "m.room.message", SAY)
    monkeypatch.setattr(desk.client, "call", desk.server.call)
    half = desk.olm.outbound_group_sessions[ROOM].id
    gone = {"type": "m.room.member", "state_key": ANA, "content": {"membership": "leave"}}
    desk.intake.settle(ROOM, {"state": {"events": [gone]}})
    sealed = await desk.keys.seal(ROOM, "m.room.message", SAY)
    assert sealed["session_id"] != half


async def test_a_device_that_comes_back_is_served_again(desk: Desk) -> None:
    """An answer without it, of a server that was half asleep, does not count for ever."""
    await desk.keys.tend()
    Peer(desk.server, ANA, "A")
    desk.enter(ANA)
    await desk.keys.tend()
    kept, desk.server.devices[ANA] = desk.server.devices[ANA], {}
    desk.absorb(device_lists={"changed": [ANA]})
    await desk.keys.seal(ROOM, "m.room.message", SAY)
    assert keys_to(desk) == []
    desk.server.devices[ANA] = kept
    desk.absorb(device_lists={"changed": [ANA]})
    await desk.keys.seal(ROOM, "m.room.message", SAY)
    assert keys_to(desk) == ["A"]


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        ({"rotation_period_msgs": 3}, 3),
        ({"rotation_period_msgs": "3"}, 3),
        ({}, 100),
        ({"rotation_period_msgs": 0}, 1),
        ({"rotation_period_msgs": 10**9, "rotation_period_ms": 10**15}, 1000),
        ({"rotation_period_msgs": [], "rotation_period_ms": -5}, 100),
    ],
)
async def test_rotation_by_the_settings_of_the_room(
    desk: Desk, content: dict[str, Any], messages: int
) -> None:
    """A session is used as often as the room says, within bounds."""
    await desk.keys.tend()
    desk.enter(ANA)
    event = {"type": "m.room.encryption", "state_key": "", "content": content}
    desk.intake.settle(ROOM, {"state": {"events": [event]}})
    used = [(await desk.keys.seal(ROOM, "m.room.message", SAY))["session_id"]]
    while used[-1] == used[0] and len(used) <= 1000:
        used.append((await desk.keys.seal(ROOM, "m.room.message", SAY))["session_id"])
    assert len(used) == messages + 1
    age = desk.crypto.rotation(ROOM).age.total_seconds()
    assert 3600 <= age <= 28 * 86400


# --- whose message it is --------------------------------------------------------------------------


async def test_a_session_of_somebody_else_opens_nothing(desk: Desk) -> None:
    """The homeserver may put Ana's name on it: what Mallory's device wrote is not Ana's."""
    await desk.keys.tend()
    ana, mallory = Peer(desk.server, ANA, "A"), Peer(desk.server, MALLORY, "M")
    desk.enter(ANA, MALLORY)
    desk.absorb(ana.gives_key(), mallory.gives_key())
    await desk.keys.know({ANA, MALLORY})
    forged = mallory.says("!sign", sender=ANA)
    forged["content"]["sender_key"] = ana.curve
    with pytest.raises(NoKey):
        desk.crypto.open(ROOM, forged)
    ours = await desk.keys.seal(ROOM, "m.room.message", SAY)
    with pytest.raises(NoKey):
        desk.crypto.open(ROOM, {"type": "m.room.encrypted", "sender": ANA, "content": ours})
    assert desk.hear(ana.says("x"))


async def test_keys_that_do_not_belong_together(desk: Desk) -> None:
    """A device signs with the key of its list, or its messages are not read."""
    await desk.keys.tend()
    ana = Peer(desk.server, ANA, "A")
    desk.enter(ANA)
    await desk.keys.know({ANA})
    other = vodozemac.Account().ed25519_key.to_base64()
    desk.absorb(ana.gives_key(keys={"ed25519": other}))
    with pytest.raises(Unreadable):
        desk.crypto.open(ROOM, ana.says("x"))


@pytest.mark.parametrize("first", [True, False])
async def test_a_copied_key_takes_nothing_from_its_owner(desk: Desk, *, first: bool) -> None:
    """Whoever was given a key can send it on; Ana's words stay Ana's, also after a restart."""
    await desk.keys.tend()
    ana, mallory = Peer(desk.server, ANA, "A"), Peer(desk.server, MALLORY, "M")
    desk.enter(ANA, MALLORY)
    await desk.keys.know({ANA, MALLORY})
    copy = mallory.gives_key(ana.room_key())
    elsewhere = mallory.gives_key(ana.room_key("!other:x"))
    early = ana.says("früh")
    if first:
        desk.absorb(elsewhere, copy)
        assert desk.hear(early) == []
        (read,) = desk.late(desk.absorb(ana.gives_key()))
    else:
        desk.absorb(ana.gives_key())
        desk.absorb(copy, elsewhere)
        (read,) = desk.hear(early)
    assert (read.sender, getattr(read, "body", "")) == (ANA, "früh")
    desk.crypto.flush()
    desk.rise()
    desk.sit()
    desk.enter(ANA, MALLORY)
    await desk.keys.know({ANA, MALLORY})
    (read,) = desk.hear(ana.says("spät"))
    assert (read.sender, getattr(read, "body", "")) == (ANA, "spät")


async def test_a_later_copy_of_a_key_hides_no_earlier_message(desk: Desk) -> None:
    """A key that comes again from a later index does not replace the one we have."""
    await desk.keys.tend()
    ana, mallory = Peer(desk.server, ANA, "A"), Peer(desk.server, MALLORY, "M")
    desk.enter(ANA, MALLORY)
    desk.absorb(ana.gives_key())
    early = ana.says("früh")
    late = ana.room_key(now=True)
    desk.absorb(ana.gives_key(late), mallory.gives_key(late))
    desk.rise()
    desk.sit()
    desk.enter(ANA, MALLORY)
    assert [h.body for h in desk.hear(early) if isinstance(h, Said)] == ["früh"]


async def test_deleted_devices_are_not_kept_for_ever(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever logs in and out all day long does not fill the store; the newest stay known."""
    monkeypatch.setattr(devices, "_GONE_LIMIT", 3)
    everybody = [Peer(desk.server, ANA, f"D{number}") for number in range(8)]
    listed = {one.device: one.keys() for one in everybody}
    known = desk.crypto.devices
    for number in range(1, 8):
        known.take(ANA, dict(list(listed.items())[number - 1 : number + 1]), {}, {})

    assert ["D6", "D7"] == [one.id for one in known.of(ANA)]
    assert {"D3", "D4", "D5", "D6", "D7"} == set(desk.olm.device_store[ANA])
    assert known.standing(ANA, everybody[0].curve, everybody[0].signing) is Standing.UNKNOWN
    assert known.standing(ANA, everybody[4].curve, everybody[4].signing) is Standing.THEIRS
    desk.rise()
    desk.sit()
    assert {"D3", "D4", "D5", "D6", "D7"} == set(desk.olm.device_store[ANA])


async def test_a_key_from_the_backup_is_proven_once_its_owner_hands_it_over(desk: Desk) -> None:
    """Until then its messages are unproven, afterwards not; a restart changes nothing."""
    await desk.keys.tend()
    ana = Peer(desk.server, ANA, "A")
    desk.enter(ANA)
    await desk.keys.know({ANA})
    key, (earlier, first, second) = ana.room_key(), (ana.says(n) for n in ("0", "1", "2"))
    olm: Any = desk.olm
    restored = InboundGroupSession(key["session_key"], ana.signing, ana.curve, ROOM)
    mark_restored(restored)
    olm.inbound_group_store.add(restored)
    olm.save_inbound_group_session(restored)

    assert [False] == [one.encrypted for one in desk.hear(earlier)]
    desk.rise()
    desk.sit()
    desk.enter(ANA)
    await desk.keys.know({ANA})
    assert [False] == [one.encrypted for one in desk.hear(first)]
    desk.absorb(ana.gives_key(ana.room_key(now=True)))
    desk.crypto.flush()
    assert [True] == [one.encrypted for one in desk.hear(second)]
    desk.rise()
    desk.sit()
    desk.enter(ANA)
    await desk.keys.know({ANA})
    assert [True] == [one.encrypted for one in desk.hear(ana.says("3"))]


async def test_devices_nobody_has_vouched_for_are_not_obeyed(strict: Desk) -> None:
    """They hear why; a device that we do not know yet is asked for first, and then read."""
    await strict.keys.tend()
    identity = Identity(strict.server, ANA)
    good, bare = Peer(strict.server, ANA, "GOOD"), Peer(strict.server, ANA, "BARE")
    good.cross_sign(identity)
    strict.enter(ANA)
    strict.absorb(good.gives_key(), bare.gives_key())
    message, other = good.says("!task one"), bare.says("!task two")
    assert strict.hear(message, other) == []
    await strict.keys.tend()
    heard = strict.late(strict.absorb())
    assert [h.body for h in heard if isinstance(h, Said)] == ["!task one"]
    assert [h.why for h in heard if isinstance(h, Undecryptable)] == [Why.UNVERIFIED]
    late = Peer(strict.server, ANA, "LATE")
    late.cross_sign(identity)
    strict.absorb(late.gives_key())
    assert strict.hear(late.says("!task three")) == []
    await strict.keys.know({ANA})
    assert [type(h) for h in strict.late(strict.absorb())] == [Said]


async def test_everyone_is_read_whatever_became_of_their_device(desk: Desk) -> None:
    """Under `everyone` unknown and deleted devices are read, as are sessions from the backup."""
    await desk.keys.tend()
    ana = Peer(desk.server, ANA, "A")
    desk.enter(ANA)
    desk.absorb(ana.gives_key())
    assert desk.hear(ana.says("unknown"))
    await desk.keys.know({ANA})
    assert desk.hear(ana.says("known"))
    desk.server.devices[ANA] = {}
    desk.absorb(device_lists={"changed": [ANA]})
    await desk.keys.tend()
    assert desk.hear(ana.says("deleted"))


async def test_a_key_that_is_withheld_says_so(desk: Desk) -> None:
    """The sentence can tell people why; a stranger cannot make it say so of somebody else."""
    await desk.keys.tend()
    ana, mallory = Peer(desk.server, ANA, "A"), Peer(desk.server, MALLORY, "M")
    desk.enter(ANA, MALLORY)
    told = {"room_id": ROOM, "session_id": ana.megolm.session_id, "code": "m.unverified"}
    event = ana.says("x")
    desk.absorb(mallory.to_device(told, "m.room_key.withheld"))
    assert desk.crypto.why(ROOM, event) is Why.UNKNOWN
    desk.absorb(ana.to_device(told, "m.room_key.withheld"))
    assert desk.crypto.why(ROOM, event) is Why.WITHHELD


async def test_no_message_can_be_sent_again_as_another(desk: Desk) -> None:
    """Not even after a restart: a homeserver could let people sign what they signed long ago."""
    await desk.keys.tend()
    ana = Peer(desk.server, ANA, "A")
    desk.enter(ANA)
    desk.absorb(ana.gives_key())
    signed = ana.says("!sign")
    again = {**signed, "event_id": "$again"}
    assert [type(h) for h in desk.hear(signed, signed, again)] == [Said, Said, Undecryptable]
    desk.rise()
    desk.sit()
    desk.enter(ANA)
    assert [type(h) for h in desk.hear(again, signed)] == [Undecryptable, Said]


# --- keys of our own ------------------------------------------------------------------------------


async def test_used_up_keys_are_replaced_and_a_fallback_key_bridges_the_gap(desk: Desk) -> None:
    """More new sessions than one-time keys while the bot is away: all can be read afterwards."""
    await desk.keys.tend()
    assert desk.server.fallback[ME, DEVICE] == {}
    desk.absorb(device_unused_fallback_key_types=[])
    await desk.keys.tend()
    peers = [Peer(desk.server, f"@p{n}:x", "D") for n in range(120)]
    events = [peer.gives_key() for peer in peers]
    assert desk.server.one_time[ME, DEVICE] == {}
    desk.enter(*(peer.user for peer in peers))
    counts = {"signed_curve25519": 0}
    came = desk.absorb(*events, device_one_time_keys_count=counts)
    assert len(came) == 120
    assert len(desk.hear(*(peer.says("hallo") for peer in peers))) == 120
    before = set(desk.server.fallback[ME, DEVICE])
    desk.absorb(device_unused_fallback_key_types=[])
    await desk.keys.tend()
    assert len(desk.server.one_time[ME, DEVICE]) == 50
    assert len(set(desk.server.fallback[ME, DEVICE]) - before) == 1


async def test_failed_uploads_push_no_key_out(desk: Desk) -> None:
    """However often the server fails, the keys offered are the same ones, and are all kept."""
    desk.absorb(device_unused_fallback_key_types=[])
    desk.server.failures += [Unreachable("test")] * 30
    for _ in range(30):
        with pytest.raises(Unreachable):
            await desk.keys.tend()
    desk.rise()
    desk.sit()
    await desk.keys.tend()
    bodies = [body for path, body in desk.server.asked if path == "keys/upload"]
    assert {len(body["one_time_keys"]) for body in bodies} == {50}
    assert all(body["fallback_keys"] == bodies[0]["fallback_keys"] for body in bodies)


async def test_keys_the_server_has_already(desk: Desk) -> None:
    """A store older than the server's keys (restored from a copy) gets over it by new ones."""
    await desk.keys.tend()
    desk.absorb(device_one_time_keys_count={"signed_curve25519": 10})
    desk.server.failures.append(Refused(400, "M_UNKNOWN", None, soft=False))
    await desk.keys.tend()
    desk.absorb(device_one_time_keys_count={"signed_curve25519": 10})
    desk.server.one_time.clear()
    await desk.keys.tend()
    uploads = [set(b["one_time_keys"]) for p, b in desk.server.asked if p == "keys/upload"]
    assert len(uploads[-1]) == 40
    assert not uploads[-1] & uploads[-2]


async def test_our_other_devices_get_keys_only_under_our_own_identity(desk: Desk) -> None:
    """A request counts if the identity that vouches for its device bears OUR signature."""
    await desk.keys.tend()
    ana, mine = Peer(desk.server, ANA, "A"), Peer(desk.server, ME, "MINE")
    identity = Identity(desk.server, ME)
    mine.cross_sign(identity)
    desk.enter(ANA)
    desk.absorb(ana.gives_key())
    body = {"algorithm": "m.megolm.v1.aes-sha2", "room_id": ROOM}
    wanted = {
        "action": "request",
        "request_id": "1",
        "requesting_device_id": "MINE",
        "body": {**body, "session_id": ana.megolm.session_id},
    }

    async def ask(peer: Peer) -> list[str]:
        before = len(desk.server.sent)
        desk.absorb(peer.to_device(wanted, "m.room_key_request"))
        await desk.keys.tend()
        await desk.keys.tend()
        return [mine.opened(c)["type"] for _, _, d, c in desk.server.sent[before:] if d == "MINE"]

    await desk.keys.tend()
    assert await ask(mine) == []  # whoever runs the server could have made that identity
    master = desk.server.masters[ME]
    signature = desk.olm.sign_json({k: v for k, v in master.items() if k != "signatures"})
    master["signatures"] = {ME: {f"ed25519:{DEVICE}": signature}}
    desk.absorb(device_lists={"changed": [ME]})
    await desk.keys.tend()
    assert await ask(ana) == []
    assert "m.forwarded_room_key" in await ask(mine)


async def test_know_asks_once_a_minute_and_never_raises(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is down, or slow for ever, keeps nobody from being read."""
    await desk.keys.tend()
    desk.enter(ANA)
    asked = len(desk.server.asked)
    desk.server.failures += [Unreachable("test"), RuntimeError("test")]
    for _ in range(5):
        await desk.keys.know({ANA, "rubbish", ""})
    await desk.keys.know({MALLORY})
    assert len(desk.server.asked) == asked + 2

    async def hang(*_arguments: Any, **_more: Any) -> Any:
        await asyncio.sleep(60)

    monkeypatch.setattr(desk.client, "call", hang)
    monkeypatch.setattr(keys_module, "_KNOW_SECONDS", 0.01)
    await desk.keys.know({"@third:x"})
    assert {ANA, MALLORY, "@third:x"} <= desk.olm.users_for_key_query


async def test_nothing_of_a_sync_is_lost_with_the_process(desk: Desk) -> None:
    """What came is on disk at once or not at all; then the same sync can be read again."""
    await desk.keys.tend()
    ana = Peer(desk.server, ANA, "A")
    desk.enter(ANA)
    event, message = ana.gives_key(), ana.says("hallo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk.crypto.unsaved, "flush", lambda **_all: None)  # it dies before
        assert desk.absorb(event)
        desk.rise()
    desk.sit()
    desk.enter(ANA)
    assert desk.absorb(event)
    assert desk.hear(message)


async def test_a_key_that_another_device_names_meanwhile_loses_no_message(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the key goes out in parts, somebody in another room says that he holds Ana's too."""
    monkeypatch.setattr(sharing, "_PER_REQUEST", 1)
    await desk.keys.tend()
    ana = [Peer(desk.server, ANA, name) for name in ("A1", "A2")]
    desk.enter(ANA)
    call = desk.server.call

    async def lie(method: str, *path: str, **more: Any) -> Any:
        if path[0] == "sendToDevice":
            monkeypatch.setattr(desk.client, "call", call)
            liar = Peer(desk.server, MALLORY, "M")
            names = {"curve25519:M": ana[1].curve, "ed25519:M": liar.signing}
            desk.crypto.learn(MALLORY, {"M": liar.keys(keys=names)}, None, None)
        return await call(method, *path, **more)

    monkeypatch.setattr(desk.client, "call", lie)
    assert await desk.keys.seal(ROOM, "m.room.message", SAY)
    assert keys_to(desk) == ["A1"]
    assert codes(desk) == [("A2", "m.no_olm")]


async def test_nobody_fills_the_store_with_keys(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys for a room that we are in are counted, too: anybody can send them, in it or not."""
    monkeypatch.setattr(desk.crypto.incoming, "_usual", Quota(3))
    await desk.keys.tend()
    ana, mallory = Peer(desk.server, ANA, "A"), Peer(desk.server, MALLORY, "M")
    desk.enter(ANA)
    came = set()
    for _ in range(5):
        mallory.megolm = vodozemac.GroupSession()
        mallory.first_key = mallory.megolm.session_key.to_base64()
        came |= desk.absorb(mallory.gives_key())
    assert len(came) == 3
    assert len(desk.absorb(ana.gives_key())) == 1


def test_what_was_seen_is_forgotten_while_the_bot_runs(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest makes room at each write, not only at a start that may be years away."""
    monkeypatch.setattr(seen, "_MOST", 5)
    for index in range(20):
        assert desk.crypto.unsaved.seen.first(Place("k", "s", index), f"${index}", 1)
        desk.crypto.unsaved.flush(all_of_it=True)
    database = desk.crypto.unsaved._store.database
    kept = database.execute_sql("SELECT count(*) FROM comenius_seen").fetchone()
    assert kept == (5,)
