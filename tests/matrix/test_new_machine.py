"""On a new machine, or on an account set up elsewhere, the recovery key makes the bot itself."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.matrix.trust.state import Untrusted
from bot.adapters.synapse import Synapse
from bot.heard import Said, Undecryptable
from tests.matrix.accounts import (
    Call,
    account,
    check_signed,
    close_all,
    intercept,
    opened,
    seen,
    until_backed_up,
    user_of,
)
from tests.matrix.other_client import OtherClient, Storage, recovery_key_of
from tests.matrix.people import Bot, NewBot, NewPerson, entry

pytestmark = pytest.mark.synapse


@pytest.fixture(autouse=True)
async def _closed() -> AsyncIterator[None]:
    yield
    await close_all()


# --- a new machine ------------------------------------------------------------------------------


async def _history(ana: Any, robot: Bot, room: str) -> list[str]:
    """Return what *robot* can read of the room's whole history, oldest first."""
    path = f"/rooms/{room}/messages?dir=f&limit=100"
    read = []
    for event in (await ana.ask("GET", path))["chunk"]:
        if event["type"] == "m.room.encrypted":
            means = robot.door._means
            assert means
            read.append(means.crypto.open(room, event).plain["content"]["body"])
    return read


@pytest.mark.parametrize("by_file", [False, True])
async def test_lost_machine(
    bot: NewBot, person: NewPerson, synapse: Synapse, tmp_path: Path, by_file: bool
) -> None:
    """On an empty machine the recovery key makes the new device the account's own.

    Same master key; what others and the bot itself said before can be read.
    """
    robot, ana = await bot(), await person("ana")
    room = await ana.room(robot.door.user, encrypted=True)
    await robot.joins(room)
    await ana.sync()
    await ana.say(room, "Moien")
    await robot.hears(Said)
    await robot.door.deliver(room, entry(body="Gudde Moien"))
    other = await OtherClient(synapse, robot.door.user).enter()
    before = await check_signed(other, (await robot.door.trust()).device)
    await robot.hears(Said)
    await until_backed_up(robot, 2)
    key = robot.door.waiting_recovery_key()
    assert key
    await robot.stop()

    lost, robot.directory = robot.directory, tmp_path / "new machine"
    if by_file:
        robot.directory.mkdir()
        shutil.copy(lost / "recovery.key", robot.directory)
    else:
        robot.settings = dataclasses.replace(robot.settings, recovery_key=key)
    robot.door = robot._new()
    await robot.start()
    state = await robot.door.trust()
    assert (state.cross_signed, state.identity, state.trouble) == (True, "ours", "")
    assert await check_signed(other, state.device) == before
    assert await _history(ana, robot, room) == ["Moien", "Gudde Moien"]
    await ana.sync()
    await ana.say(room, "Bass du et?")
    await robot.hears(Said, lambda s: s.body == "Bass du et?")
    assert not any(isinstance(heard, Undecryptable) for heard in robot.heard)


async def test_new_machine_without_the_key(synapse: Synapse, tmp_path: Path) -> None:
    """Without the recovery key the bot runs unsigned, says what to do, and replaces nothing."""
    settings = account(synapse)
    other = await OtherClient(synapse, user_of(settings, synapse)).enter()
    door, _said = await opened(settings, tmp_path / "old")
    key, master = door.waiting_recovery_key(), await other.master()
    await door.close()
    door, said = await opened(settings, tmp_path / "new")
    state = await door.trust()
    assert (state.cross_signed, state.identity, state.backup) == (False, "foreign", None)
    assert "comenius trust --recover" in state.trouble
    assert state.trouble in said
    assert await other.master() == master

    restored = await door.recover(key or "")
    assert (restored.sessions, restored.failed) == (0, 0)
    state = await door.trust()
    assert (state.cross_signed, state.identity, state.trouble) == (True, "ours", "")
    assert await check_signed(other, state.device) == master
    await door.close()


async def test_wrong_recovery_keys(synapse: Synapse, tmp_path: Path) -> None:
    """A mistyped key, and the key of another account, are told apart; then the right one works."""
    settings, neighbour = account(synapse), account(synapse)
    keys = []
    for number, one in enumerate((settings, neighbour)):
        door, _said = await opened(one, tmp_path / str(number))
        keys.append(door.waiting_recovery_key() or "")
        await door.close()
    door, _said = await opened(settings, tmp_path / "new")
    swapped = keys[0][:-2] + keys[0][-1] + keys[0][-2]
    for given, told in {
        swapped: "mistyped",
        keys[0][:-5]: "mistyped or not complete",
        keys[0].replace("E", "0", 1): "never occurs",
        keys[0] * 1000: "too long",
        "": "mistyped",
        keys[1]: "does not open this account",
    }.items():
        with pytest.raises(Untrusted, match=told):
            await door.recover(given)
    assert not (await door.trust()).cross_signed
    await door.recover("".join(keys[0].split()))
    assert (await door.trust()).cross_signed
    await door.close()


async def test_reset_elsewhere(synapse: Synapse, tmp_path: Path) -> None:
    """After a reset in another client the bot says so; it neither resets back nor signs blindly."""
    settings = account(synapse)
    door, _said = await opened(settings, tmp_path)
    old = door.waiting_recovery_key() or ""
    door.forget_recovery_key()
    await door.close()
    other = await OtherClient(synapse, user_of(settings, synapse)).enter()
    storage = await other.make_storage()
    await other.make_identity(storage)
    master = await other.master()

    door, said = await opened(settings, tmp_path)
    state = await door.trust()
    assert (state.cross_signed, state.identity) == (False, "foreign")
    assert "not the one that this device knew" in state.trouble
    assert state.trouble in said
    with pytest.raises(Untrusted, match="does not open"):
        await door.recover(old)
    await other.put_data("m.secret_storage.default_key", {"key": await _first_key(other, storage)})
    with pytest.raises(Untrusted, match="reset in another client"):
        await door.recover(old)  # the old storage, with the old secrets
    await other.put_data("m.secret_storage.default_key", {"key": storage.name})
    assert await other.master() == master
    await door.recover(recovery_key_of(storage.key))
    state = await door.trust()
    assert (state.cross_signed, state.identity) == (True, "ours")
    assert await check_signed(other, state.device) == master
    await door.close()


async def test_an_identity_forged_around_the_device(synapse: Synapse, tmp_path: Path) -> None:
    """Another identity that vouches for our device, as a server may make one, is not believed.

    Nor is the key backup that it signed: it would get every room key.
    """
    settings = account(synapse)
    door, _said = await opened(settings, tmp_path)
    device = (await door.trust()).device
    door.forget_recovery_key()
    await door.close()
    other = await OtherClient(synapse, user_of(settings, synapse)).enter()
    await other.make_identity(None)
    await other.sign_device(device)
    await other.make_backup(None)
    door, _said = await opened(settings, tmp_path)
    state = await door.trust()
    assert "not the one that this device knew" in state.trouble
    assert state.backup is None
    await door.close()
    (tmp_path / "identity.json").unlink()
    door, _said = await opened(settings, tmp_path)
    state = await door.trust()
    assert "not by an identity that it knows" in state.trouble
    assert state.backup is None
    await door.close()


async def _first_key(other: OtherClient, but: Storage) -> str:
    """Return the storage key that the account had before, with the secrets as they were."""
    for kind in ("master", "self_signing", "user_signing"):
        boxes = (await other.data(f"m.cross_signing.{kind}"))["encrypted"]
        assert but.name in boxes
    sync = await other.ask("GET", "/sync?timeout=0")
    kinds = [event["type"] for event in sync["account_data"]["events"]]
    names = [kind.rpartition(".")[2] for kind in kinds if kind.startswith("m.secret_storage.key.")]
    (first,) = [name for name in names if name != but.name]
    return str(first)


# --- an account that another client has set up ----------------------------------------------------


@pytest.mark.parametrize("phrase", [None, "een zéier laange Saz"])
async def test_an_account_set_up_elsewhere(
    synapse: Synapse, tmp_path: Path, phrase: str | None
) -> None:
    """The bot joins an identity made in another client, by its recovery key or its phrase."""
    settings = account(synapse)
    other = await OtherClient(synapse, user_of(settings, synapse)).enter()
    storage = await other.make_storage(phrase)
    await other.make_identity(storage)
    await other.make_backup(storage)
    master = await other.master()
    given = recovery_key_of(storage.key)
    if phrase is not None:
        door, _said = await opened(settings, tmp_path / "typo")
        with pytest.raises(Untrusted, match="does not open"):
            await door.recover(phrase + "!")
        await door.close()
        given = phrase
    state = await seen(dataclasses.replace(settings, recovery_key=given), tmp_path / "bot")
    assert (state.cross_signed, state.backup, state.trouble) == (True, "1", "")
    assert not state.recovery_key_waits
    assert await check_signed(other, state.device) == master
    state = await seen(settings, tmp_path / "bot")
    assert (state.cross_signed, state.backup, state.trouble) == (True, "1", "")


async def test_storage_without_identity(synapse: Synapse, tmp_path: Path) -> None:
    """Somebody's secret storage is not taken over unasked; opened, the identity goes into it."""
    settings = account(synapse)
    other = await OtherClient(synapse, user_of(settings, synapse)).enter()
    storage = await other.make_storage()
    door, _said = await opened(settings, tmp_path)
    assert "secret storage that another client made" in (await door.trust()).trouble
    assert await other.master() is None
    await door.recover(recovery_key_of(storage.key))
    assert await check_signed(other, (await door.trust()).device)
    assert await other.open_storage(recovery_key_of(storage.key)) == storage
    assert door.waiting_recovery_key() is None
    await door.close()


async def test_a_recovery_key_for_an_empty_account(synapse: Synapse, tmp_path: Path) -> None:
    """A key that opens nothing is a mistake of the settings: no identity is made under it."""
    settings = account(synapse, recovery_key=recovery_key_of(bytes(32)))
    state = await seen(settings, tmp_path)
    assert "no secret storage" in state.trouble
    assert (state.identity, state.recovery_key_waits) == ("none", False)


async def test_identity_made_at_the_same_moment(
    synapse: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If another client is quicker by a request the bot has the password, and replaces nothing."""
    settings = account(synapse)
    other = await OtherClient(synapse, user_of(settings, synapse)).enter()

    async def overtake(go: Call, _method: str, path: str, _body: object) -> Any:
        if path == "keys/device_signing/upload" and not other.pens:
            await other.make_identity(None)
        return await go()

    intercept(monkeypatch, overtake)
    state = await seen(settings, tmp_path)
    assert not state.cross_signed
    assert "reset in another client" in state.trouble
    assert await other.master() == other.pens["master"].public
