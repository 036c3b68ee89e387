"""Reminders that somebody asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.model.due import Due


@dataclass
class Audience:
    """Who is meant: persons, partner classes, or everybody."""

    people: list[str] = field(default_factory=list)
    partners: list[str] = field(default_factory=list)
    everyone: bool = False

    def __bool__(self) -> bool:
        """Tell whether anybody is meant."""
        return bool(self.people or self.partners or self.everyone)


@dataclass
class Reminder:
    """One `!remind`, ringing once or by a rule."""

    number: int
    text: str
    author: str
    created: datetime
    audience: Audience
    first: Due
    """First time; always with a clock. Without a zone: wall time of each class concerned."""
    every: str | None = None
    """RFC 5545 RRULE text, UNTIL as a local date; None rings once."""
    room: str | None = None
    """The direct room in which somebody asked for it, for themselves: it rings there."""
    reply_to: str | None = None
    """The message that it reminds of."""
    about: int | None = None
    """The task that was snoozed; once it is done there is nothing to remind of."""
    snoozed: datetime | None = None
    """An extra ringing at this moment."""
    paused: bool = False
    stopped: datetime | None = None
    event: str | None = None
    """The message that the text was quoted from."""
