"""The bot's device is trusted from its first login on, and its identity is never made twice."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.matrix import MatrixDoor
from bot.adapters.matrix.client import Unreachable
from bot.adapters.matrix.trust import cross_signing, interactive_auth
from bot.adapters.matrix.trust.signing import SigningKey
from bot.adapters.matrix.trust.state import Untrusted
from bot.adapters.synapse import Synapse
from tests.matrix.accounts import (
    Call,
    account,
    check_signed,
    close_all,
    intercept,
    opened,
    seen,
    user_of,
)
from tests.matrix.other_client import OtherClient, key_of, recovery_key_of, ssss_seal
from tests.matrix.people import NewBot, NewPerson

pytestmark = pytest.mark.synapse


class Died(BaseException):
    """The process is gone: nothing after it runs."""


@pytest.fixture(autouse=True)
async def _closed() -> AsyncIterator[None]:
    yield
    await close_all()


# --- the first login ----------------------------------------------------------------------------


async def test_everybody_sees_a_cross_signed_device(
    bot: NewBot, person: NewPerson, synapse: Synapse
) -> None:
    """After its first start another user finds the bot's device signed, each signature good."""
    robot, ana = await bot(), await person("ana")
    state = await robot.door.trust()
    watcher = OtherClient(synapse, robot.door.user)
    watcher.token = ana.client.access_token
    await check_signed(watcher, state.device)
    assert (state.cross_signed, state.identity, state.backup) == (True, "ours", "1")
    assert (state.secret_storage, state.recovery_key_waits, state.trouble) == (True, True, "")
    shown = (await watcher.identity())["devices"][state.device]["keys"]
    assert state.fingerprint.replace(" ", "") == shown[f"ed25519:{state.device}"]
    assert all(len(group) <= 4 for group in state.fingerprint.split(" "))


async def test_recovery_key_opens_all_secrets_elsewhere(bot: NewBot, synapse: Synapse) -> None:
    """Another client, with the recovery key, finds the identity's and the backup's secrets."""
    robot = await bot()
    key = robot.door.waiting_recovery_key()
    assert key
    other = await OtherClient(synapse, robot.door.user).enter()
    storage = await other.open_storage(key)
    await other.load_pens(storage)
    shown = await other.identity()
    for usage in ("master", "self_signing"):
        assert list(shown[usage]["keys"].values()) == [other.pens[usage].public]
    assert await other.backed_up(await other.secret(storage, "m.megolm_backup.v1")) == {}


async def test_recovery_key_lies_there_until_it_is_forgotten(bot: NewBot) -> None:
    """The key waits in a file for its owner's eyes only; once removed the bot is trusted still."""
    robot = await bot()
    key = robot.door.waiting_recovery_key()
    assert key
    file = robot.directory / "recovery.key"
    assert file.stat().st_mode & 0o777 == 0o600
    for other in robot.directory.iterdir():
        assert other == file or key.encode() not in other.read_bytes()
    robot.door.forget_recovery_key()
    assert robot.door.waiting_recovery_key() is None
    await robot.restart()
    state = await robot.door.trust()
    assert (state.cross_signed, state.backup, state.trouble) == (True, "1", "")
    assert not state.recovery_key_waits
    assert not file.exists()


async def test_nobody_is_told_the_recovery_key(
    bot: NewBot, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither log nor progress holds it; progress says where it lies."""
    said: list[str] = []
    robot = await bot(progress=said.append)
    key = robot.door.waiting_recovery_key()
    assert key
    assert any("recovery.key" in sentence for sentence in said)
    assert not any(key[:9] in text for text in [*said, caplog.text])


async def test_a_restart_makes_nothing_new(
    synapse: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second start only looks."""
    settings = account(synapse)
    await seen(settings, tmp_path)
    wrote: list[str] = []

    async def watch(go: Call, method: str, path: str, _body: object) -> Any:
        if method != "GET" and path not in {"keys/query", "login"}:
            wrote.append(path)
        return await go()

    intercept(monkeypatch, watch)
    await seen(settings, tmp_path)
    assert wrote == []


@pytest.mark.parametrize("answered", [False, True])
async def test_interrupted_at_any_moment(
    synapse: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    """Killed before or after any request of the set-up, the next start ends with one identity.

    It is the identity that was published, if one was, and the recovery key opens it all.
    """
    for moment in itertools.count(1):
        left = [moment]

        async def die(
            go: Call, _method: str, _path: str, _body: object, left: list[int] = left
        ) -> Any:
            left[0] -= 1
            if left[0] == 0 and not answered:
                raise Died
            try:
                return await go()
            finally:
                if left[0] == 0:
                    raise Died

        settings, folder = account(synapse), tmp_path / str(moment)
        other = await OtherClient(synapse, user_of(settings, synapse)).enter()
        door = MatrixDoor(settings, folder, lambda: datetime.now(UTC))
        with monkeypatch.context() as patch:
            intercept(patch, die)
            try:
                await door.open()
            except Died:
                await door.close()
            else:
                await door.close()
                break
        before = await other.master()
        door, _said = await opened(settings, folder)
        state = await door.trust()
        assert (state.cross_signed, state.backup, state.trouble) == (True, "1", "")
        master = await check_signed(other, state.device)
        assert before in {None, master}
        storage = await other.open_storage(door.waiting_recovery_key() or "")
        await other.load_pens(storage)
        assert other.pens["master"].public == master
        assert await other.backed_up(await other.secret(storage, "m.megolm_backup.v1")) == {}
        await door.close()
    assert moment > 15, "the set-up takes some requests"


async def test_an_outage_at_the_start_is_made_up_for(
    bot: NewBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the server fails during the set-up the bot runs, and sets itself up when it is well."""

    async def fail(go: Call, _method: str, path: str, _body: object) -> Any:
        if path == "keys/device_signing/upload":
            raise Unreachable("test")
        return await go()

    with monkeypatch.context() as patch:
        intercept(patch, fail)
        robot = await bot()
        state = await robot.door.trust()
        assert (state.cross_signed, state.identity) == (False, "none")
        assert "does not answer" in state.trouble
    trust = robot.door._trust
    assert trust
    trust._again = 0.0
    await trust.tend()
    assert (await robot.door.trust()).cross_signed


# --- a server that lies, and account data full of rubbish -----------------------------------------


async def test_a_server_that_hides_the_identity(
    synapse: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An identity that is suddenly not shown is not made anew; the recovery key publishes it."""
    settings = account(synapse)
    other = await OtherClient(synapse, user_of(settings, synapse)).enter()
    door, _said = await opened(settings, tmp_path)
    key, master = door.waiting_recovery_key() or "", await other.master()
    await door.close()

    async def hide(go: Call, _method: str, path: str, _body: object) -> Any:
        answer = await go()
        if path == "keys/query":
            answer |= {"master_keys": {}, "self_signing_keys": {}}
        return answer

    with monkeypatch.context() as patch:
        intercept(patch, hide)
        state = await seen(settings, tmp_path)
    assert (state.cross_signed, state.identity) == (False, "none")
    assert "does not show the account's identity" in state.trouble
    assert await other.master() == master
    door, _said = await opened(settings, tmp_path)
    await door.recover(key)
    assert await other.master() == master
    await door.close()


@pytest.mark.parametrize("part", ["ed25519", "curve25519"])
async def test_a_server_that_shows_other_keys(
    synapse: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """Keys that are not ours are never signed, under whatever name they are shown."""
    wrote: list[str] = []

    async def swap(go: Call, method: str, path: str, _body: object) -> Any:
        answer = await go()
        if method != "GET" and path not in {"login", "keys/query", "keys/upload"}:
            wrote.append(path)
        if path == "keys/query":
            for devices in answer["device_keys"].values():
                for name, device in devices.items():
                    device["keys"][f"{part}:{name}"] = SigningKey().public
        return answer

    intercept(monkeypatch, swap)
    state = await seen(account(synapse), tmp_path)
    assert "not its own" in state.trouble
    assert not state.cross_signed
    assert wrote == []


async def test_a_signature_that_the_server_refuses(
    synapse: Synapse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`failures` is read, though the status is 200; the next start makes up for it."""
    settings = account(synapse)

    async def refuse(go: Call, _method: str, path: str, _body: object) -> Any:
        if path == "keys/signatures/upload":
            return {"failures": {"@x": {"D": {"errcode": "M_INVALID_SIGNATURE"}}}}
        return await go()

    with monkeypatch.context() as patch:
        intercept(patch, refuse)
        state = await seen(settings, tmp_path)
        assert "refused the signature" in state.trouble
        assert not state.cross_signed
    assert (await seen(settings, tmp_path)).cross_signed


RUBBISH: list[Any] = [
    {}, {"encrypted": None}, {"encrypted": []}, {"encrypted": {"KEY": None}},
    {"encrypted": {"KEY": {"iv": 1, "ciphertext": [], "mac": {}}}},
    {"encrypted": {"KEY": {"iv": "", "ciphertext": "", "mac": ""}}},
    {"encrypted": {"KEY": {"iv": "é", "ciphertext": "\ud800", "mac": "="}}},
    {"encrypted": {"KEY": "SHORT"}}, {"encrypted": {"KEY": "LONG"}}, {"encrypted": {"KEY": "BIN"}},
]  # fmt: skip


@pytest.mark.parametrize("secret", ["m.cross_signing.self_signing", "m.megolm_backup.v1"])
async def test_rubbish_as_a_secret(synapse: Synapse, tmp_path: Path, secret: str) -> None:
    """Whatever stands in the account data, the bot starts, says something useful, and is sane."""
    settings = account(synapse)
    other = await OtherClient(synapse, user_of(settings, synapse)).enter()
    storage = await other.make_storage()
    await other.make_identity(storage)
    await other.make_backup(storage)
    master = await other.master()
    right = await other.data(secret)
    plain = {"SHORT": b"c2hvcnQ", "LONG": b"A" * 60_000, "BIN": b"\xff\xfe"}
    given = dataclasses.replace(settings, recovery_key=recovery_key_of(storage.key))
    for number, rubbish in enumerate(RUBBISH):
        content: Any = dict(rubbish)
        boxes = content.get("encrypted")
        if isinstance(boxes, dict):
            box = boxes["KEY"]
            sealed = ssss_seal(storage.key, secret, plain[box]) if isinstance(box, str) else box
            content = {"encrypted": {storage.name: sealed}}
        body = str(content).encode("utf-8", "surrogatepass")
        if b"\xed\xa0" not in body:  # Synapse does not take a lone surrogate
            await other.put_data(secret, content)
        state = await seen(given, tmp_path / str(number))
        assert state.trouble, rubbish
        assert "fault of the bot" not in state.trouble, (rubbish, state.trouble)
    assert await other.master() == master
    await other.put_data(secret, right)
    assert (await seen(given, tmp_path / "well")).trouble == ""


async def test_rubbish_as_storage(synapse: Synapse, tmp_path: Path) -> None:
    """Unknown storage, absurd efforts and odd types cost nothing and are told."""
    settings = account(synapse)
    other = await OtherClient(synapse, user_of(settings, synapse)).enter()
    storage = await other.make_storage("saz")
    await other.make_identity(storage)
    kind = f"m.secret_storage.key.{storage.name}"
    right = await other.data(kind)
    phrase = right["passphrase"]
    given = dataclasses.replace(settings, recovery_key="saz")
    descriptions: list[Any] = [
        {}, {"algorithm": None}, right | {"algorithm": "m.other"},
        right | {"passphrase": []}, right | {"passphrase": "x"}, right | {"iv": 5, "mac": None},
        right | {"iv": "AA"}, right | {"mac": "AA"}, right | {"mac": "é"},
        right | {"passphrase": phrase | {"iterations": 10**18}},
        right | {"passphrase": phrase | {"iterations": -1}},
        right | {"passphrase": phrase | {"iterations": "many"}},
        right | {"passphrase": phrase | {"iterations": True}},
        right | {"passphrase": phrase | {"salt": "x" * 40_000}},
        right | {"passphrase": phrase | {"salt": 7}},
        right | {"passphrase": phrase | {"bits": 8}},
        right | {"passphrase": phrase | {"algorithm": "m.argon"}},
    ]  # fmt: skip
    door, _said = await opened(given, tmp_path)
    for description in descriptions:
        await other.put_data(kind, description)
        async with asyncio.timeout(20):
            with pytest.raises(Untrusted):
                await door.recover("saz")
    await other.put_data(kind, right)
    for default in ({}, {"key": None}, {"key": ["x"]}, {"key": "../../x"}, {"key": "n" * 9000}):
        await other.put_data("m.secret_storage.default_key", default)
        with pytest.raises(Untrusted):
            await door.recover("saz")
    await other.put_data("m.secret_storage.default_key", {"key": storage.name})
    await door.recover("saz")
    assert (await door.trust()).cross_signed
    await door.close()


ODD: list[Any] = [None, 1, [], "x", {"keys": 5}, {"keys": {}, "usage": ["master"]}, {"user_id": {}}]


@pytest.mark.parametrize("part", ["master_keys", "self_signing_keys", "device_keys"])
async def test_rubbish_as_identity(bot: NewBot, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """An answer of the wrong shape makes nothing trusted and nothing raise."""
    robot = await bot(running=False)
    await robot.door.open()
    client = robot.door._client
    assert client
    for odd in ODD:
        for whole in (False, True):

            async def spoil(
                go: Call,
                _method: str,
                path: str,
                _body: object,
                odd: Any = odd,
                whole: bool = whole,
            ) -> Any:
                answer = await go()
                if path == "keys/query":
                    answer[part] = odd if whole else {robot.door.user: odd}
                return answer

            with monkeypatch.context() as patch:
                intercept(patch, spoil)
                assert not (await cross_signing.published(client)).device_signed
                assert not (await robot.door.trust()).cross_signed
    assert (await robot.door.trust()).cross_signed
    await robot.door.close()


# --- a server that asks who we are ----------------------------------------------------------


async def _no_objection() -> None:
    pass


async def test_the_password_is_given_where_asked(bot: NewBot, synapse: Synapse) -> None:
    """A real server's interactive authentication is passed by password, and only by it."""
    robot = await bot(running=False)
    await robot.door.open()
    client = robot.door._client
    assert client
    other = await OtherClient(synapse, robot.door.user).enter()
    body, path = {"devices": [other.device]}, ("delete_devices",)
    with pytest.raises(Untrusted, match="COMENIUS_PASSWORD"):
        await interactive_auth.post(client, path, body, None, _no_objection)
    with pytest.raises(Untrusted, match="does not take"):
        await interactive_auth.post(client, path, body, "wrong", _no_objection)

    async def devices() -> list[str]:
        return [one["device_id"] for one in (await client.call("GET", "devices"))["devices"]]

    async def object_() -> None:
        raise Untrusted("no")

    with pytest.raises(Untrusted, match=r"^no$"):
        await interactive_auth.post(client, path, body, "secret", object_)
    assert other.device in await devices()
    await interactive_auth.post(client, path, body, "secret", _no_objection)
    assert other.device not in await devices()
    await robot.door.close()


def test_the_independent_client_agrees_with_itself() -> None:
    """The other client's recovery key is read back as it was written."""
    assert key_of(recovery_key_of(bytes(range(32)))) == bytes(range(32))
