"""The terminal room: a person types, as anybody they like, and sees what the bot does."""

from __future__ import annotations

import re

from bot.adapters.console.cast import Actor
from bot.adapters.console.deeds import Deeds
from bot.adapters.console.keyboard import typed
from bot.adapters.console.printing import Printer
from bot.adapters.console.seat import Seat
from bot.adapters.console.stage import Stage, Unknown
from bot.language.folding import fold
from bot.ports import StoreFull

_COMMAND = re.compile(r":([a-z?]+)(?:\s+(.*))?", re.DOTALL)


class Terminal:
    """Takes what is typed, line by line."""

    def __init__(self, stage: Stage, printer: Printer, languages: tuple[str, ...]) -> None:
        """Prepare; dates are read in English and *languages*."""
        self.stage = stage
        self.printer = printer
        self.seat = Seat(stage, printer)
        self.deeds = Deeds(self.seat, languages)

    async def open(self) -> None:
        """Come in: into a new room with the bot, or back into one that was kept."""
        await self.stage.room.start()
        people = [
            Actor(one.name, one.user, max(one.power, one.role or 0))
            for one in await self.stage.members()
            if one.present
        ]
        for one in people:
            self.stage.cast.setdefault(fold(one.name), one)
        if people:
            self.seat.who = max(people, key=lambda one: one.power)
            self.printer.note(
                f"You are {self.seat.who.name} ({self.seat.who.role}). :help tells more."
            )
        else:
            await self.seat.come_in(self.seat.who)
            self.printer.note("You are Ana, who coordinates. :help tells more, :quit ends.")
            await self.stage.invite(self.seat.who)
        self.seat.tell()

    async def carry_on(self) -> None:
        """Go on in a room in which others acted before."""
        people = list(self.stage.cast.values())
        self.seat.joined = {one.user for one in people}
        self.seat.who = max(people, key=lambda one: one.power)
        name = self.seat.who.name
        self.printer.put("")
        self.printer.note(
            f"The room is yours. You are {name}; time stands still until :time moves it.\n"
            "Try  !board  or  :as Léa  or  :time +1d   (:help tells more, :quit ends)"
        )
        await self.run()

    async def run(self) -> None:
        """Do what is typed until it ends."""
        self.stage.arrived = self.seat.arrived
        self.seat.typing = True
        async for line in typed(self.seat.prompt):
            self.seat.typing = False
            text = line.strip()
            if text in {":quit", ":q"}:
                break
            if text:
                self.seat.busy = True
                try:
                    await self.take(text)
                finally:
                    self.seat.busy = False
            self.seat.typing = True
        self.seat.typing = False
        self.printer.note("Goodbye.")

    async def take(self, text: str) -> None:
        """Do what one line says; what cannot be done is said and changes nothing."""
        found = _COMMAND.fullmatch(text)
        name, rest = (found[1], (found[2] or "").strip()) if found else ("", text)
        if name and name not in self.deeds.all:
            self.printer.note(f"There is no :{name} here. :help shows what there is.")
            return
        try:
            await (self.deeds.all[name](rest) if name else self.seat.say(rest))
        except Unknown as trouble:
            self.printer.note(str(trouble))
        except StoreFull:
            self.printer.note("The disk takes nothing at the moment: nothing was changed.")
        self.seat.tell()
