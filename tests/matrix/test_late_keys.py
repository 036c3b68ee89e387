"""A message whose key comes late is not lost, and its sender does not wait for ever."""

from __future__ import annotations

import pytest

from bot.adapters.matrix import intake
from bot.heard import Said, Undecryptable
from tests.matrix.people import NewBot, NewPerson

pytestmark = pytest.mark.synapse


async def test_late_keys(person: NewPerson, bot: NewBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its key a message is Undecryptable, once; with it, after a restart, it is said."""
    monkeypatch.setattr(intake, "GRACE_SECONDS", 0.0)
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user, encrypted=True)
    await robot.joins(room)
    await ana.sync()
    olm = ana.client.olm
    assert olm is not None
    olm.create_outbound_group_session(room)
    session = olm.outbound_group_sessions[room]
    key = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "room_id": room,
        "session_id": session.id,
        "session_key": session.session_key,
    }
    session.shared = True  # which is not true
    said = await ana.say(room, "spät")
    silent = await robot.hears(Undecryptable)
    assert (silent.event, silent.sender) == (said, ana.id)
    await robot.settle()
    await robot.restart()

    await ana.client.keys_claim(ana.client.get_missing_sessions(room))
    device = next(iter(olm.device_store.active_user_devices(robot.door.user)))
    channel = olm.session_store.get(device.curve25519)
    sealed = olm._olm_encrypt(channel, device, "m.room_key", key)  # type: ignore[no-untyped-call]
    body = {"messages": {robot.door.user: {device.id: sealed}}}
    await ana.ask("PUT", "/sendToDevice/m.room.encrypted/late", body)
    late = await robot.hears(Said)
    assert (late.event, late.body, late.encrypted) == (said, "spät", True)
    await ana.say(room, "pünktlich")
    await robot.hears(Said, lambda s: s.body == "pünktlich")
    assert len([h for h in robot.heard if isinstance(h, Undecryptable)]) == 1
    assert robot.bodies(room) == ["spät", "pünktlich"]
