"""The asker: who speaks to the bot, where and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.model.people import Role


@dataclass(frozen=True)
class Asker:
    """Somebody who asks for something."""

    user: str
    """Matrix id; never shown."""
    name: str
    role: Role
    language: str
    """What is said to them; what is not translated into it is said in the `next` ones."""
    zone: str
    now: datetime
    """Aware, in `zone`."""
    event: str = ""
    """The message (or reaction) that asks."""
    reply_to: str | None = None
    """The message that it answers to."""
    direct: bool = False
    """Alone with the bot."""
    encrypted: bool = False
    room: str | None = None
    """The direct room, if it is one."""
    next: tuple[str, ...] = ()
    """The languages of their room; English comes last."""

    @property
    def chain(self) -> tuple[str, ...]:
        """Return in which languages a sentence is looked for, one after the other."""
        return (self.language, *self.next)

    @property
    def today(self) -> date:
        """Return the day that the asker's calendar shows."""
        return self.now.date()
