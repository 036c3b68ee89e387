"""Room keys go to the server's backup as they come, and only into one that is ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import vodozemac
from nio.crypto.sessions import InboundGroupSession

from bot.adapters.matrix.client import Refused
from bot.adapters.matrix.trust import key_backup
from bot.adapters.matrix.trust.backed_up import BackedUp
from bot.adapters.matrix.trust.key_backup import Backup
from bot.adapters.matrix.trust.state import Restored, Untrusted
from bot.adapters.synapse import Synapse
from bot.heard import Said
from tests.matrix.accounts import Call, intercept, until_backed_up
from tests.matrix.other_client import OtherClient, recovery_key_of
from tests.matrix.people import Bot, NewBot, NewPerson, entry

pytestmark = pytest.mark.synapse
ROOM = "!room:test.local"


def session(
    room: str = ROOM, sender: str | None = None, group: vodozemac.GroupSession | None = None
) -> InboundGroupSession:
    """Make a room key as it comes from somebody's device."""
    group = group or vodozemac.GroupSession()
    other = vodozemac.Account()
    sender = sender or other.curve25519_key.to_base64()
    return InboundGroupSession(
        group.session_key.to_base64(), other.ed25519_key.to_base64(), sender, room
    )


async def opened(bot: NewBot) -> tuple[Bot, Backup]:
    """Make a bot that is logged in and not running: only the test tends its backup."""
    robot = await bot(running=False)
    await robot.door.open()
    return robot, backup_of(robot)


def backup_of(robot: Bot) -> Backup:
    assert robot.door._trust
    return robot.door._trust._backup


def comes(robot: Bot, *sessions: InboundGroupSession) -> None:
    """Let the bot get room keys."""
    client = robot.door._client
    assert client
    assert client.olm
    for one in sessions:
        client.olm.inbound_group_store.add(one)
        client.olm.save_inbound_group_session(one)


async def owner(robot: Bot, synapse: Synapse) -> tuple[OtherClient, bytes]:
    """Return the account in another client, and the backup's private key."""
    other = await OtherClient(synapse, robot.door.user).enter()
    storage = await other.open_storage(robot.door.waiting_recovery_key() or "")
    await other.load_pens(storage)
    return other, await other.secret(storage, "m.megolm_backup.v1")


async def test_independent_code_reads_the_room_from_the_backup(
    bot: NewBot, person: NewPerson, synapse: Synapse
) -> None:
    """What ana said and what the bot said can be read with nothing but the recovery key."""
    robot, ana = await bot(), await person("ana")
    room = await ana.room(robot.door.user, encrypted=True)
    await robot.joins(room)
    await ana.sync()
    await ana.say(room, "Dobrý den")
    await robot.hears(Said)
    await robot.door.deliver(room, entry(body="Ahoj"))
    await until_backed_up(robot, 2)
    other, private = await owner(robot, synapse)
    found = await other.backed_up(private)
    read = []
    for event in (await ana.ask("GET", f"/rooms/{room}/messages?dir=f&limit=100"))["chunk"]:
        if event["type"] != "m.room.encrypted":
            continue
        key = found[room, event["content"]["session_id"]]
        opened = vodozemac.InboundGroupSession.import_session(
            vodozemac.ExportedSessionKey(key["session_key"])
        )
        sealed = vodozemac.MegolmMessage.from_base64(event["content"]["ciphertext"])
        read.append(json.loads(opened.decrypt(sealed).plaintext)["content"]["body"])
    assert read == ["Dobrý den", "Ahoj"]
    state = await robot.door.trust()
    assert (state.backed_up, state.sessions) == (2, 2)


async def test_each_room_key_is_uploaded_once(bot: NewBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """In batches of at most 200; never again, also after a restart; nothing new costs nothing."""
    robot, backup = await opened(bot)
    sizes: list[int] = []

    async def count(go: Call, method: str, path: str, body: Any) -> Any:
        if path == "room_keys/keys" and method == "PUT":
            sizes.append(sum(len(room["sessions"]) for room in body["rooms"].values()))
        return await go()

    intercept(monkeypatch, count)
    comes(robot, *(session(f"!room{number % 7}:test.local") for number in range(450)))
    await backup.upload()
    await backup.upload()
    assert sizes == [200, 200, 50]
    comes(robot, session())
    await backup.upload()
    await robot.stop()
    robot.door = robot._new()
    await robot.door.open()
    await backup_of(robot).upload()
    assert sizes == [200, 200, 50, 1]
    assert (await robot.door.trust()).backed_up == 451


async def test_much_to_do_is_done_in_turns(bot: NewBot) -> None:
    """One call uploads a thousand at most, so that other work on keys is not kept waiting."""
    robot, backup = await opened(bot)
    comes(robot, *(session() for _ in range(1010)))
    await backup.upload()
    assert backup.backed_up == 1000
    await backup.upload()
    assert backup.backed_up == 1010


async def test_a_lost_or_torn_ledger_only_costs_an_upload(bot: NewBot, synapse: Synapse) -> None:
    """What was forgotten is uploaded again, and the backup stays as it was."""
    robot, backup = await opened(bot)
    comes(robot, *(session() for _ in range(5)))
    await backup.upload()
    other, private = await owner(robot, synapse)
    before = await other.backed_up(private)
    file = robot.directory / "backup.keys"
    good = file.read_bytes()
    for content in (None, b"", b"{", good[:-30], good + b"\nrubbish \xff\n", good[:40]):
        await robot.stop()
        file.unlink()
        if content is not None:
            file.write_bytes(content)
        robot.door = robot._new()
        await robot.door.open()
        await backup_of(robot).upload()
        state = await robot.door.trust()
        assert (state.backed_up, state.trouble) == (5, ""), content
        assert await other.backed_up(private) == before


async def test_an_earlier_index_replaces(bot: NewBot, synapse: Synapse) -> None:
    """A room key that later comes from its beginning on takes the place of the shorter one."""
    robot, backup = await opened(bot)
    group = vodozemac.GroupSession()
    first = session(group=group)
    late = InboundGroupSession.import_session(
        first._session.export_at(7).to_base64(),  # type: ignore[union-attr]
        first.ed25519,
        first.sender_key,
        ROOM,
    )
    other, private = await owner(robot, synapse)
    for one, index in ((late, 7), (first, 0), (late, 0)):
        comes(robot, one)
        await backup.upload()
        found = (await other.backed_up(private))[ROOM, first.id]["session_key"]
        assert found == first._session.export_at(index).to_base64()  # type: ignore[union-attr]
    assert backup.backed_up == 1


async def test_somebody_passes_off_a_room_key_as_theirs(bot: NewBot, synapse: Synapse) -> None:
    """The same key again from another device or for another room does not replace the first."""
    robot, backup = await opened(bot)
    group = vodozemac.GroupSession()
    first = session(group=group)
    late = InboundGroupSession.import_session(
        first._session.export_at(3).to_base64(),  # type: ignore[union-attr]
        first.ed25519,
        first.sender_key,
        ROOM,
    )
    comes(robot, late)
    await backup.upload()
    comes(robot, session(group=group), session("!other:test.local", group=group))
    await backup.upload()
    other, private = await owner(robot, synapse)
    found = await other.backed_up(private)
    assert list(found) == [(ROOM, first.id)]
    assert found[ROOM, first.id]["sender_key"] == first.sender_key


# --- another client changes the backup ------------------------------------------------------------


async def test_a_new_version_of_our_own_is_followed(bot: NewBot, synapse: Synapse) -> None:
    """A version that the account's identity signed gets all room keys, from the next one on."""
    robot, backup = await opened(bot)
    comes(robot, *(session() for _ in range(3)))
    await backup.upload()
    other, _old = await owner(robot, synapse)
    storage = await other.open_storage(robot.door.waiting_recovery_key() or "")
    private = await other.make_backup(storage)
    comes(robot, session())
    await backup.upload()
    await backup.upload()
    assert len(await other.backed_up(private)) == 4
    state = await robot.door.trust()
    assert (state.backup, state.backed_up, state.trouble) == ("2", 4, "")


@pytest.mark.parametrize("running", [True, False])
async def test_a_strangers_version_gets_nothing(
    bot: NewBot, synapse: Synapse, running: bool
) -> None:
    """A version that nobody of ours signed (a server may make one) gets no room key."""
    robot, backup = await opened(bot)
    comes(robot, session())
    await backup.upload()
    other, _old = await owner(robot, synapse)
    robot.door.forget_recovery_key()
    private = await other.make_backup(None, signed=False)
    if not running:
        await robot.stop()
        robot.door = robot._new()
        await robot.door.open()
        backup = backup_of(robot)
    comes(robot, session())
    assert robot.door._trust
    await robot.door._trust.tend()
    assert await other.backed_up(private) == {}
    state = await robot.door.trust()
    assert state.backup is None
    assert "not signed by its identity" in state.trouble


async def test_a_deleted_backup_is_made_anew_only_when_told(bot: NewBot, synapse: Synapse) -> None:
    """After a deletion elsewhere nothing goes anywhere until an admin says so; then all does."""
    robot, backup = await opened(bot)
    comes(robot, session())
    await backup.upload()
    key = robot.door.waiting_recovery_key() or ""
    other, _old = await owner(robot, synapse)
    await other.ask("DELETE", "/room_keys/version/1")
    comes(robot, session())
    await backup.upload()
    state = await robot.door.trust()
    assert (state.backup, state.backed_up) == (None, 0)
    assert "deleted or replaced" in state.trouble
    await robot.stop()
    robot.door = robot._new()
    await robot.door.open()
    assert "errcode" in await other.ask("GET", "/room_keys/version")
    assert (await robot.door.trust()).trouble == state.trouble
    await robot.door.recover(key)
    await backup_of(robot).upload()
    storage = await other.open_storage(key)
    found = await other.backed_up(await other.secret(storage, "m.megolm_backup.v1"))
    assert len(found) == 2


async def test_a_backup_whose_key_is_not_stored(bot: NewBot, synapse: Synapse) -> None:
    """Element can make a backup without storing its key: used, not restored, not an error."""
    robot, backup = await opened(bot)
    other, _old = await owner(robot, synapse)
    private = await other.make_backup(None)
    comes(robot, session())
    restored = await robot.door.recover(robot.door.waiting_recovery_key() or "")
    assert restored == Restored()
    await backup.upload()
    assert len(await other.backed_up(private)) == 1
    state = await robot.door.trust()
    assert state.backup == "2"
    assert "cannot be restored" in state.trouble


async def test_a_backup_of_an_unknown_kind(
    bot: NewBot, synapse: Synapse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that we cannot read is left alone, and said."""
    robot, _backup = await opened(bot)
    client = robot.door._client
    assert client
    odd: list[Any] = [
        {}, {"algorithm": "m.other"}, {"version": 5}, {"auth_data": []},
        {"auth_data": {"public_key": "AA"}}, {"auth_data": {"public_key": None}},
    ]  # fmt: skip
    right = await client.call("GET", "room_keys", "version")
    for change in odd:

        async def spoil(
            go: Call, method: str, path: str, _body: object, change: Any = change
        ) -> Any:
            answer = await go()
            if method == "GET" and path == "room_keys/version":
                return right | change if change else {}
            return answer

        with monkeypatch.context() as patch:
            intercept(patch, spoil)
            with pytest.raises(Untrusted, match="unknown kind"):
                await robot.door.recover(robot.door.waiting_recovery_key() or "")
    assert await client.call("GET", "room_keys", "version") == right


# --- restoring ------------------------------------------------------------------------------------


async def test_a_new_device_in_the_old_directory(bot: NewBot) -> None:
    """Logging in anew beside the old files reads the backup too; another account starts afresh."""
    robot, backup = await opened(bot)
    comes(robot, *(session() for _ in range(3)))
    await backup.upload()
    await robot.stop()
    (robot.directory / "session.json").unlink()
    robot.door = robot._new()
    await robot.door.open()
    state = await robot.door.trust()
    assert (state.sessions, state.backed_up, state.trouble) == (3, 3, "")
    neighbour = await bot(running=False)
    await robot.stop()
    for name in ("session.json", "recovery.key"):
        (robot.directory / name).unlink()
    robot.settings = neighbour.settings
    robot.door = robot._new()
    await robot.door.open()
    state = await robot.door.trust()
    assert (state.cross_signed, state.backup, state.sessions, state.trouble) == (True, "1", 0, "")


def _spoilt(right: dict[str, Any]) -> list[Any]:
    """Return entries as no client should write them."""
    data = right["session_data"]
    shapes: list[Any] = [{part: odd} for part in data for odd in (None, 1, "", "A", "é", "A" * 9)]
    return [right | {"session_data": data | shape} for shape in shapes]


@pytest.mark.parametrize("most", [10_000, 3])
async def test_bad_entries_are_counted(
    bot: NewBot, person: NewPerson, synapse: Synapse, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """What is damaged in the backup is left out and counted; the rest comes back.

    A large backup is read room by room, with the same result.
    """
    robot, ana = await bot(), await person("ana")
    room = await ana.room(robot.door.user)
    await robot.joins(room)
    backup = backup_of(robot)
    comes(robot, *(session(room) for _ in range(4)), session(room + "x"))
    await backup.upload()
    key = robot.door.waiting_recovery_key() or ""
    other, _private = await owner(robot, synapse)
    entries = (await other.ask("GET", f"/room_keys/keys/{room}?version=1"))["sessions"]
    first = next(iter(entries.values()))
    spoilt = {f"{n}": entry for n, entry in enumerate(_spoilt(first))}
    spoilt["another"] = first  # a good entry under a wrong name
    body = {"rooms": {room: {"sessions": spoilt}, "not a room": {"sessions": entries}}}
    await other.ask("PUT", "/room_keys/keys?version=1", body)
    await robot.stop()
    for file in robot.directory.iterdir():
        file.unlink()
    monkeypatch.setattr(key_backup, "_MOST_IN_ONE", most)
    robot.door = robot._new()
    await robot.door.open()
    restored = await robot.door.recover(key)
    everything = most > 100
    assert restored.sessions == (5 if everything else 4)
    assert restored.failed == len(spoilt) + (len(entries) if everything else 0)
    state = await robot.door.trust()
    assert (state.sessions, state.backed_up) == (restored.sessions, restored.sessions)


async def test_restoring_never_shortens(bot: NewBot) -> None:
    """A room key that is here from an earlier index on stays; a longer one from there replaces."""
    robot, backup = await opened(bot)
    client, key = robot.door._client, robot.door.waiting_recovery_key() or ""
    assert client
    assert client.olm
    first = session()
    late = InboundGroupSession.import_session(
        first._session.export_at(4).to_base64(),  # type: ignore[union-attr]
        first.ed25519,
        first.sender_key,
        ROOM,
    )
    comes(robot, late)
    await backup.upload()
    comes(robot, first)
    await robot.door.recover(key)
    held: Callable[..., Any] = client.olm.inbound_group_store.get
    assert held(ROOM, first.sender_key, first.id).first_known_index == 0
    await backup.upload()
    comes(robot, late)
    assert (await robot.door.recover(key)).sessions == 1
    assert held(ROOM, first.sender_key, first.id).first_known_index == 0
    await robot.stop()
    robot.door = robot._new()
    await robot.door.open()
    client = robot.door._client
    assert client
    assert client.olm
    kept = client.olm.inbound_group_store.get(ROOM, first.sender_key, first.id)
    assert kept
    assert kept.first_known_index == 0


# --- what the server does not take ----------------------------------------------------------------


async def test_one_room_key_that_the_server_refuses(
    bot: NewBot, monkeypatch: pytest.MonkeyPatch, synapse: Synapse
) -> None:
    """It does not keep the others out, and it is not sent for ever."""
    robot, backup = await opened(bot)
    all_ = [session(f"!r{number}:test.local") for number in range(9)]
    bad = all_[5].room_id
    requests: list[str] = []

    async def refuse(go: Call, method: str, path: str, body: Any) -> Any:
        if method == "PUT" and path == "room_keys/keys":
            requests.append(path)
            if bad in body["rooms"]:
                raise Refused(400, "M_INVALID_PARAM", None, soft=False)
        return await go()

    intercept(monkeypatch, refuse)
    comes(robot, *all_)
    await backup.upload()
    await backup.upload()
    number = len(requests)
    await backup.upload()
    assert len(requests) == number < 12
    other, private = await owner(robot, synapse)
    assert len(await other.backed_up(private)) == 8


async def test_what_passes_is_tried_again(bot: NewBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is busy is told to the caller, and nothing is forgotten."""
    robot, backup = await opened(bot)
    comes(robot, session())

    async def busy(go: Call, method: str, path: str, _body: object) -> Any:
        if path == "room_keys/keys":
            raise Refused(429, "M_LIMIT_EXCEEDED", 1.0, soft=False)
        return await go()

    with monkeypatch.context() as patch:
        intercept(patch, busy)
        with pytest.raises(Refused):
            await backup.upload()
    await backup.upload()
    assert backup.backed_up == 1


async def test_a_full_disk_only_costs_an_upload(bot: NewBot, tmp_path: Path) -> None:
    """If the ledger cannot be written the upload goes on; it is known until the next start."""
    robot, backup = await opened(bot)
    comes(robot, session())
    file = robot.directory / "backup.keys"
    content = file.read_bytes()
    file.unlink()
    file.mkdir()
    await backup.upload()
    assert backup.backed_up == 1
    file.rmdir()
    file.write_bytes(content)
    assert len(BackedUp(file, robot.door.user, (await robot.door.trust()).device)) == 0


def test_recovery_key_of_the_other_client() -> None:
    """Both write the same recovery key for the same bytes."""
    from bot.adapters.matrix.trust import recovery_key  # noqa: PLC0415

    assert recovery_key.read(recovery_key_of(b"k" * 32)) == b"k" * 32
