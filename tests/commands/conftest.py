"""A partnership to try commands in: two schools, a pupil and a teacher each, a coordinator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.model.documents import Kind
from bot.model.people import Role
from bot.model.project import Project
from tests.conftest import Open, Talk, bodies, keys

LEA, JONAS = "@lea:pau.example", "@jonas:koln.example"
ANA = "@ana:nowhere.example"
MARTIN, WEBER = "@martin:pau.example", "@weber:koln.example"
DUPONT = "@dupont:pau.example"
BY_ROLE = {Role.PUPIL: LEA, Role.TEACHER: WEBER, Role.COORDINATOR: DUPONT}


@dataclass
class School:
    """A room that is set up, and short ways to speak in it."""

    talk: Talk

    async def ask(self, text: str, who: str = LEA, **more: object) -> str:
        """Say *text*; return the one answer: its words, or the reaction instead of them.

        Law 3: one human message gets one new message at the most, and eight lines.
        """
        shown = await self.talk.say(text, who, **more)
        new = [one for one in shown if one.entry.target != "board"]
        said = bodies(new)
        assert len(said) <= 1
        assert all(len(one.splitlines()) <= 8 for one in said)
        assert all(not one.entry.mentions for one in new)
        reactions = [one.entry.key for one in new if one.entry.kind is Kind.REACTION]
        return said[0] if said else " ".join(reactions)

    async def card(self, text: str, who: str = LEA) -> str:
        """Say *text*; return the event of the answer."""
        shown = await self.talk.say(text, who)
        return next(one.event for one in shown if one.entry.kind is Kind.NOTICE)

    async def tap(self, key: str, event: str, who: str = LEA) -> str:
        """React; return the new message, if there is one."""
        return "".join(bodies(await self.talk.react(key, event, who)))

    async def offered(self, text: str, who: str = LEA) -> tuple[str, list[str]]:
        """Say *text*; return the answer and its buttons."""
        shown = await self.talk.say(text, who)
        return "".join(bodies(shown)), keys(shown)

    async def pause(self) -> None:
        """Let a minute pass: nobody writes twenty commands in one."""
        await self.talk.until(timedelta(minutes=1, seconds=1))

    async def project(self) -> Project:
        """Return what is stored."""
        return (await self.talk.document()).project


@pytest.fixture
async def school(open_talk: Open) -> AsyncIterator[School]:
    """Return a room with the classes PAU and KOL, their people, and a coordinator."""
    async with open_talk() as talk:
        for user, name, power in (
            (DUPONT, "Ms Dupont", 100),
            (WEBER, "Ms Weber", 50),
            (MARTIN, "Mr Martin", 50),
            (LEA, "Léa", 0),
            (JONAS, "Jonas", 0),
            (ANA, "Ana", 0),
        ):
            await talk.join(user, name, power)
        await talk.say("!setup en", DUPONT)
        await talk.say("!partner add PAU Pau Europe/Paris pau.example", DUPONT)
        await talk.say("!partner add KOL Köln Europe/Berlin koln.example", DUPONT)
        await talk.until(timedelta(minutes=2))
        yield School(talk)
