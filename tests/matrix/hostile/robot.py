"""The bot on the homeserver in which everything can go wrong, in no hurry and yet quick."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.matrix import MatrixSettings
from bot.adapters.matrix.patience import Patience
from tests.matrix.hostile.server import Server
from tests.matrix.people import Bot


class Counting(Patience):
    """Does not wait; writes down how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def next(self, at_least: float | None = None) -> float:
        self.pauses.append(super().next(at_least))
        return self.pauses[-1]

    @staticmethod
    async def sleep(seconds: float) -> None:
        del seconds
        await asyncio.sleep(0)


def pauses(robot: Bot) -> list[float]:
    """Return the pauses that the loop of *robot* would have made."""
    counting: Counting = robot.options["patience"]
    return counting.pauses


@asynccontextmanager
async def running_server() -> AsyncIterator[Server]:
    new = Server()
    await new.start()
    try:
        yield new
    finally:
        await new.stop()


@asynccontextmanager
async def bot_on(server: Server, directory: Path, **settings: Any) -> AsyncIterator[Bot]:
    """Make a bot on *server* that is not running yet."""
    chosen = MatrixSettings(server.address, "bot", **{"password": "secret", **settings})
    new = Bot(chosen, directory, patience=Counting())
    try:
        yield new
    finally:
        await new.stop()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Start the homeserver that goes wrong."""
    async with running_server() as new:
        yield new


@pytest.fixture
async def robot(server: Server, tmp_path: Path) -> AsyncIterator[Bot]:
    """Make a bot on it that is not running yet."""
    async with bot_on(server, tmp_path / "bot") as new:
        yield new


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let nobody wait between attempts; say how long they would have."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await asyncio.sleep(0.001)

    monkeypatch.setattr(Patience, "sleep", staticmethod(sleep))
    return waited
