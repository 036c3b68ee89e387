"""The key backup lies on the server: what comes out of it reads messages, and proves nothing."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import vodozemac
from nio.crypto.sessions import InboundGroupSession

from bot.adapters.matrix.trust.sealed_sessions import seal
from bot.adapters.synapse import Synapse
from bot.heard import Said
from tests.matrix.accounts import until_backed_up
from tests.matrix.other_client import OtherClient
from tests.matrix.people import NewBot, NewPerson, Person

pytestmark = pytest.mark.synapse


async def forge(server: OtherClient, ana: Person, room: str) -> vodozemac.GroupSession:
    """Put a room key into the bot's backup, as only the server can, in the name of *ana*."""
    assert ana.client.olm
    group, hers = vodozemac.GroupSession(), ana.client.olm.account.identity_keys
    session = InboundGroupSession(
        group.session_key.to_base64(), hers["ed25519"], hers["curve25519"], room
    )
    version = await server.ask("GET", "/room_keys/version")
    entry = seal(version["auth_data"]["public_key"], session)
    body = {"rooms": {room: {"sessions": {session.id: entry}}}}
    await server.ask("PUT", f"/room_keys/keys?version={version['version']}", body)
    return group


def sealed(group: vodozemac.GroupSession, room: str, body: str) -> dict[str, Any]:
    """Return the content of an encrypted event that says *body*, made with *group*."""
    content = {"msgtype": "m.text", "body": body}
    plain = {"type": "m.room.message", "room_id": room, "content": content}
    return {
        "algorithm": "m.megolm.v1.aes-sha2",
        "session_id": group.session_id,
        "ciphertext": group.encrypt(json.dumps(plain).encode()).to_base64(),
    }


async def test_a_forged_backup_proves_nothing(
    bot: NewBot, person: NewPerson, synapse: Synapse, tmp_path: Path
) -> None:
    """After a recovery, what the server could have written in ana's name is not taken for hers.

    Neither is what she wrote with a key that only the backup has; as soon as her device hands us
    its key itself, all is as before. It survives a restart.
    """
    robot, ana = await bot(), await person("ana")
    room = await ana.room(robot.door.user, encrypted=True)
    await robot.joins(room)
    await ana.sync()
    await ana.say(room, "before")
    assert (await robot.hears(Said)).encrypted
    await until_backed_up(robot, 1)
    key = robot.door.waiting_recovery_key()
    await robot.stop()
    server = await OtherClient(synapse, robot.door.user).enter()
    group = await forge(server, ana, room)

    robot.directory = tmp_path / "new machine"
    robot.settings = dataclasses.replace(robot.settings, recovery_key=key)
    robot.door = robot._new()
    await robot.start()
    for number in range(2):
        path = f"/rooms/{room}/send/m.room.encrypted/forged{number}"
        await ana.ask("PUT", path, sealed(group, room, f"forged {number}"))
        forged = await robot.hears(Said, lambda s, n=number: s.body == f"forged {n}")  # type: ignore[misc]
        assert not forged.encrypted
        await robot.restart()
    await ana.say(room, "known from the backup")
    assert not (await robot.hears(Said, lambda s: s.body == "known from the backup")).encrypted
    await ana.sync()
    await ana.say(room, "handed over")
    assert (await robot.hears(Said, lambda s: s.body == "handed over")).encrypted
