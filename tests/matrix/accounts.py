"""Accounts of bots on the test server: opened, watched, and tampered with on their way."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.matrix import MatrixDoor, MatrixSettings
from bot.adapters.matrix.client import Client
from bot.adapters.matrix.trust.state import TrustState
from bot.adapters.synapse import Synapse
from tests.matrix.other_client import OtherClient, good
from tests.matrix.people import Bot, numbers

Call = Callable[..., Awaitable[dict[str, Any]]]


def account(synapse: Synapse, **changes: Any) -> MatrixSettings:
    name = f"comenius{next(numbers)}"
    synapse.register(name, "secret", shown="Comenius")
    plain = MatrixSettings(synapse.address, name, password="secret", allow=("*",))
    return dataclasses.replace(plain, **changes)


def user_of(settings: MatrixSettings, synapse: Synapse) -> str:
    return f"@{settings.user}:{synapse.name}"


DOORS: list[MatrixDoor] = []


async def opened(settings: MatrixSettings, folder: Path) -> tuple[MatrixDoor, list[str]]:
    said: list[str] = []
    door = MatrixDoor(settings, folder, lambda: datetime.now(UTC), progress=said.append)
    DOORS.append(door)
    await door.open()
    return door, said


async def seen(settings: MatrixSettings, folder: Path) -> TrustState:
    """Start a bot, look at its trust, stop it."""
    door, _said = await opened(settings, folder)
    state = await door.trust()
    await door.close()
    return state


def intercept(monkeypatch: pytest.MonkeyPatch, around: Callable[..., Awaitable[Any]]) -> None:
    """Let *around(call, method, path, body)* stand between the bot and its server."""
    call = Client.call

    async def between(client: Client, method: str, *path: str, **options: Any) -> Any:
        async def go() -> dict[str, Any]:
            return await call(client, method, *path, **options)

        return await around(go, method, "/".join(path), options.get("body"))

    monkeypatch.setattr(Client, "call", between)


async def check_signed(who: OtherClient, device: str) -> str:
    """Check each signature of the account's identity; return the master key."""
    shown = await who.identity()
    (master,) = shown["master"]["keys"].values()
    (signer,) = shown["self_signing"]["keys"].values()
    assert shown["master"]["usage"] == ["master"]
    assert good(master, shown["self_signing"], who.user, master)
    assert good(signer, shown["devices"][device], who.user, signer)
    fingerprint = shown["devices"][device]["keys"][f"ed25519:{device}"]
    assert good(fingerprint, shown["master"], who.user, device)
    return str(master)


async def until_backed_up(robot: Bot, number: int) -> None:
    """Wait until *robot* has *number* room keys in its backup."""
    async with asyncio.timeout(60):
        while (await robot.door.trust()).backed_up < number:  # noqa: ASYNC110 - it is asked
            await asyncio.sleep(0.1)


async def close_all() -> None:
    """Close the doors that a failed test leaves open."""
    while DOORS:
        await DOORS.pop().close()
