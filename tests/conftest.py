"""Fixtures: a room to talk in, with a clock that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.adapters.console.door import ROOM, Event
from bot.adapters.console.room import LineRoom
from bot.app import line_room
from bot.heard import Invited, Joined, Left, Reacted, Redacted, Said
from bot.model.documents import Kind, RoomDocument
from bot.settings import Settings
from tests.played import STORY, played
from tests.turns import pytest_collection_modifyitems, pytest_runtest_protocol

__all__ = ["pytest_collection_modifyitems", "pytest_runtest_protocol"]

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=PARIS)
"""A Sunday afternoon."""


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the store of a bot that has played `STORY` and was stopped: to be copied."""
    folder = tmp_path_factory.mktemp("worked") / "data"
    played(folder, *STORY)
    return folder


@dataclass
class Talk:
    """A room in which a test talks to the bot, and sees what it does."""

    room: LineRoom
    shown: list[Event]
    data: Path
    numbers: count[int] = field(default_factory=lambda: count(1))

    async def say(self, text: str, who: str = "@lea:pau.example", **more: object) -> list[Event]:
        """Say *text*; return what the bot did about it."""
        event = str(more.pop("event", f"$in{next(self.numbers)}"))
        place = str(more.pop("room", ROOM))
        return await self.hear(Said(place, event, who, self.room.now(), body=text, **more))  # type: ignore[arg-type]

    async def react(self, key: str, to: str, who: str = "@lea:pau.example") -> list[Event]:
        """React with *key* to the message *to*."""
        event = f"$in{next(self.numbers)}"
        return await self.hear(Reacted(ROOM, event, who, self.room.now(), to=to, key=key))

    async def redact(self, what: str, who: str = "@lea:pau.example") -> list[Event]:
        """Take the message *what* back."""
        event = f"$in{next(self.numbers)}"
        return await self.hear(Redacted(ROOM, event, who, self.room.now(), redacts=what))

    async def join(self, who: str, name: str | None = None, power: int = 0) -> list[Event]:
        """Let *who* come in."""
        event = f"$in{next(self.numbers)}"
        now = self.room.now()
        return await self.hear(Joined(ROOM, event, who, now, power=power, name=name))

    async def hear_reaction(self, key: str, to: str, **more: object) -> list[Event]:
        """React somewhere else than in the room."""
        event, place = f"$in{next(self.numbers)}", str(more.pop("room"))
        now = self.room.now()
        who = str(more.pop("who", "@lea:pau.example"))
        return await self.hear(Reacted(place, event, who, now, to=to, key=key, **more))  # type: ignore[arg-type]

    async def invite(self, who: str, room: str) -> list[Event]:
        """Invite the bot into *room*."""
        return await self.hear(Invited(room, f"$in{next(self.numbers)}", who, self.room.now()))

    async def kick(self) -> list[Event]:
        """Remove the bot."""
        event, user = f"$in{next(self.numbers)}", self.room.door.user
        return await self.hear(Left(ROOM, event, user, self.room.now(), user=user))

    async def hear(self, heard: object) -> list[Event]:
        """Let anything be heard; return what the bot did about it."""
        before = len(self.shown)
        await self.room.hear(heard)  # type: ignore[arg-type]
        return self.shown[before:]

    async def until(self, moment: datetime | timedelta) -> list[Event]:
        """Let time pass; return what the bot did meanwhile."""
        before = len(self.shown)
        until = self.room.now() + moment if isinstance(moment, timedelta) else moment
        await self.room.move(until)
        return self.shown[before:]

    async def document(self) -> RoomDocument:
        """Return what is stored about the room."""
        async with self.room.dispatcher.store.hold(ROOM) as held:
            assert held.room is not None
            return held.room


def bodies(events: list[Event]) -> list[str]:
    """Return the texts of the new messages among *events*."""
    return [one.entry.body for one in events if one.entry.kind in {Kind.NOTICE, Kind.TEXT}]


def keys(events: list[Event]) -> list[str]:
    """Return the reactions among *events*."""
    return [one.entry.key for one in events if one.entry.kind is Kind.REACTION]


Open = Callable[..., AbstractAsyncContextManager[Talk]]


@pytest.fixture
def open_talk(tmp_path: Path) -> Open:
    """Return a function that opens a room; opened twice, it is a restart on the same data."""

    @asynccontextmanager
    async def opened(
        *, languages: tuple[str, ...] = ("en",), now: datetime = NOW, start: bool = True
    ) -> AsyncIterator[Talk]:
        settings = Settings().model_copy(update={"languages": languages, "zone": "Europe/Paris"})
        shown: list[Event] = []
        async with line_room(settings, tmp_path / "data", now, shown.append) as room:
            talk = Talk(room, shown, tmp_path / "data")
            if start:
                await room.start()
            yield talk

    return opened


@pytest.fixture
async def talk(open_talk: Open) -> AsyncIterator[Talk]:
    """Return a room that reads English, on a Sunday afternoon in Paris."""
    async with open_talk() as opened:
        yield opened
