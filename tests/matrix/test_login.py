"""Logging in, and being told what to do when it is refused."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.matrix import LoginRefused, MatrixDoor, MatrixSettings
from bot.adapters.synapse import Synapse
from tests.matrix.people import NewBot, NewPerson, entry, numbers


def _now() -> datetime:
    return datetime.now(UTC)


async def _refused(settings: MatrixSettings, directory: Path) -> LoginRefused:
    door = MatrixDoor(settings, directory, _now)
    try:
        with pytest.raises(LoginRefused) as caught:
            await door.open()
    finally:
        await door.close()
    return caught.value


@pytest.mark.synapse
async def test_an_access_token_is_enough(
    person: NewPerson, synapse: Synapse, tmp_path: Path
) -> None:
    """The account and the device are asked for; no password is needed."""
    ana = await person("ana")
    token = ana.client.access_token
    settings = MatrixSettings(synapse.address, "whatever", token=token)
    door = MatrixDoor(settings, tmp_path / "door", _now)
    await door.open()
    assert door.user == ana.id
    await door.close()


@pytest.mark.synapse
async def test_wrong_token_and_wrong_password(synapse: Synapse, tmp_path: Path) -> None:
    """Both end with an advice, at once, and without a secret in it."""
    wrong = MatrixSettings(synapse.address, "nobody", token="geheim")
    refusal = await _refused(wrong, tmp_path / "a")
    assert refusal.code == "M_UNKNOWN_TOKEN"
    assert "token" in refusal.advice
    wrong = MatrixSettings(synapse.address, "nobody", password="geheim")
    refusal = await _refused(wrong, tmp_path / "b")
    assert refusal.code == "M_FORBIDDEN"
    assert "password" in refusal.advice
    assert "geheim" not in f"{refusal}{wrong}"
    refusal = await _refused(MatrixSettings(synapse.address, "nobody"), tmp_path / "c")
    assert "password" in refusal.advice


@pytest.mark.synapse
async def test_another_key_for_the_crypto_store(bot: NewBot) -> None:
    """A crypto store that has another key, or is gone, is reported, not made anew."""
    robot = await bot(settings={"pickle_key": "one"})
    await robot.stop()
    other = dataclasses.replace(robot.settings, pickle_key="two")
    assert "key" in (await _refused(other, robot.directory)).advice
    next(robot.directory.glob("@*.db")).rename(robot.directory / "away")
    assert "missing" in (await _refused(robot.settings, robot.directory)).advice


@pytest.mark.synapse
@pytest.mark.parametrize("name", ["session.json", "sync.json", "crypto.key"])
async def test_damaged_files_are_reported(bot: NewBot, name: str) -> None:
    """A file that cannot be read stops the start: beginning anew would lose messages or keys."""
    robot = await bot()
    await robot.stop()
    (robot.directory / name).write_text("{", encoding="utf-8")
    assert name in (await _refused(robot.settings, robot.directory)).advice


@pytest.mark.synapse
async def test_a_session_ended_elsewhere(bot: NewBot, synapse: Synapse, person: NewPerson) -> None:
    """Signing the bot out ends its run; a start says how to log in anew, and that works."""
    robot, ana = await bot(), await person("ana")
    room = await ana.room(robot.door.user)
    await robot.joins(room)
    token = (robot.directory / "session.json").read_text().split('"access_token": "')[1][:-2]
    await robot.stop()
    synapse.ask("POST", "/_matrix/client/v3/logout", {}, token)
    refusal = await _refused(robot.settings, robot.directory)
    assert "session.json" in refusal.advice
    (robot.directory / "session.json").unlink()
    await robot.restart()
    await robot.joins(room)
    await ana.see_id(await robot.door.deliver(room, entry(body="da")))


async def test_an_outage_is_told(tmp_path: Path) -> None:
    """While nobody answers, the login goes on trying and says so."""
    said: list[str] = []
    settings = MatrixSettings("http://127.0.0.1:1", f"x{next(numbers)}", password="x")
    door = MatrixDoor(settings, tmp_path / "door", _now, progress=said.append)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await door.open()
    await door.close()
    assert any("does not answer" in sentence for sentence in said)
