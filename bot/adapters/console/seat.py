"""A seat in the room: as whom somebody types there, and how they are shown what happens."""

from __future__ import annotations

import asyncio

from bot.adapters.console.cast import ROLES, Actor, actor
from bot.adapters.console.keyboard import somebody_types
from bot.adapters.console.printing import Printer
from bot.adapters.console.stage import Stage
from bot.adapters.console.telling import tell


class Seat:
    """One person's place, as whoever they choose to be."""

    def __init__(self, stage: Stage, printer: Printer) -> None:
        """Sit down as somebody who coordinates."""
        self.stage = stage
        self.printer = printer
        self.who = actor("Ana", ROLES["coordinator"])
        self.joined: set[str] = set()
        self.typing = False
        """A line is being typed: what is printed now comes in between."""
        self.busy = False
        """A line is being worked on: what comes of it is printed together."""

    async def come_in(self, who: Actor) -> None:
        """Let *who* come into the room, and say so."""
        self.joined.add(who.user)
        self.printer.did(self.stage.room.now(), f"{who.name} ({who.role}) joins")
        await self.stage.join(who)

    async def be_here(self) -> None:
        """Let a person who was here before a restart be here again."""
        if self.who.user not in self.joined:
            await self.come_in(self.who)

    async def say(
        self, text: str, *, reply_to: str | None = None, direct: bool = False, mark: str = ""
    ) -> None:
        """Say *text* as whoever sits here."""
        await self.be_here()
        self.echo(f"{self.who.name}{mark}>", text, len(self.stage.lines) + 1)
        await self.stage.say(self.who, text, reply_to=reply_to, direct=direct)

    def echo(self, head: str, text: str, number: int | None = None) -> None:
        """Print what was typed; where somebody types, what they see already is not repeated."""
        if not somebody_types():
            self.printer.said(self.stage.room.now(), number, head, text)

    def tell(self) -> None:
        """Print what the bot did."""
        for one in tell(self.stage, self.stage.take()):
            self.printer.told(one)

    def prompt(self) -> str:
        """Return the beginning of the line that is typed next."""
        now = self.stage.room.now()
        self.printer.announce_day(now)
        return self.printer.prompt(now, len(self.stage.lines) + 1, f"{self.who.name}>")

    def arrived(self) -> None:
        """Print what comes by itself, such as a reminder, a moment later when it is complete."""
        if not self.busy:
            asyncio.get_running_loop().call_later(0.2, self._interrupt)

    def _interrupt(self) -> None:
        if self.busy or not self.stage.events:
            return
        between = self.typing and somebody_types()
        if between:
            self.printer.put("\r\033[K", end="")
        self.tell()
        if between:
            self.printer.put(self.prompt(), end="")
