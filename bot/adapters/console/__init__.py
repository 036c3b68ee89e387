"""The terminal and the JSON-lines interface: doors that need no homeserver (DESIGN 9)."""

from bot.adapters.console.door import BOT, ROOM, LineDoor
from bot.adapters.console.time import StandingClock

__all__ = ["BOT", "ROOM", "LineDoor", "StandingClock"]
