"""One real Synapse for the whole run, people and bots on it."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.matrix import MatrixSettings
from bot.adapters.synapse import Synapse
from tests.matrix.assistant import Assistant
from tests.matrix.meeting import Meet, meets
from tests.matrix.people import Bot, NewBot, NewPerson, Person, numbers


@pytest.fixture(scope="session")
def synapse() -> Iterator[Synapse]:
    """Start a homeserver on loopback, once per run."""
    with Synapse(name="test.local") as server:
        yield server


@pytest.fixture
async def person(synapse: Synapse, tmp_path: Path) -> AsyncIterator[NewPerson]:
    """Make people, who are logged in and have keys on the server."""
    made: list[Person] = []

    async def make(name: str = "ana", *, admin: bool = False) -> Person:
        unique = f"{name}{next(numbers)}"
        synapse.register(unique, "secret", admin=admin, shown=name.title())
        who = Person(synapse, unique, "secret", tmp_path / unique)
        made.append(who)
        await who.enter()
        return who

    yield make
    for who in made:
        await who.close()


@pytest.fixture
async def bot(synapse: Synapse, tmp_path: Path) -> AsyncIterator[NewBot]:
    """Make bots, logged in by password, that follow everybody's invitations."""
    made: list[Bot] = []

    async def make(*, running: bool = True, settings: dict[str, Any] | None = None,
                   **options: Any) -> Bot:  # fmt: skip
        unique = f"comenius{next(numbers)}"
        synapse.register(unique, "secret", shown="Comenius")
        plain = MatrixSettings(synapse.address, unique, password="secret", allow=("*",))
        chosen = dataclasses.replace(plain, **(settings or {}))
        new = Bot(chosen, tmp_path / unique, **options)
        made.append(new)
        if running:
            await new.start()
        return new

    yield make
    for old in made:
        await old.stop()


@pytest.fixture
def meet(person: NewPerson, bot: NewBot) -> Meet:
    """Let Ana invite the bot to a room of hers, each time another room, Ana and bot."""
    return meets(person, bot)


@pytest.fixture
async def assistant(synapse: Synapse, tmp_path: Path) -> AsyncIterator[Assistant]:
    """Run the whole bot on the test server."""
    made = Assistant(synapse, tmp_path / "bot")
    await made.start()
    yield made
    await made.stop()
