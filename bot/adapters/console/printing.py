"""Printing a room like a chat: time, number, who, what, and whom it rings."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime, tzinfo

import typer

from bot.adapters.console.stage import BOT
from bot.adapters.console.telling import Told

_MARGIN = " " * 12
_RINGS = "[rings "


@dataclass
class Printer:
    """Writes to standard output, at once; in colour where somebody sees it."""

    zone: tzinfo
    colour: bool = False
    day: str = ""
    """The day that was named last."""

    def said(self, at: datetime, number: int | None, who: str, text: str) -> None:
        """Print what somebody said."""
        first, *more = text.split("\n")
        self._row(at, number, f"{self.name(who)} {first}", more)

    def did(self, at: datetime, text: str) -> None:
        """Print what somebody did."""
        self._row(at, None, text, [])

    def told(self, told: Told) -> None:
        """Print what the bot did."""
        first, *more = told.lines()
        if told.number is not None:
            first = self.name(told.head) + first.removeprefix(told.head)
        else:
            first, more = self.dim(first), [self.dim(one) for one in more]
        self._row(told.at, told.number, first, more)

    def prose(self, text: str) -> None:
        """Print what is told between two scenes."""
        if text.startswith("#"):
            self.put(self._styled(text.lstrip("# "), bold=True, underline=True))
        else:
            self.put(self._styled(text, italic=True) if text else "")

    def note(self, text: str) -> None:
        """Print what the terminal itself has to say."""
        for line in text.split("\n"):
            self.put(self.dim(f"{_MARGIN}{line}".rstrip()))

    def put(self, text: str, end: str = "\n") -> None:
        """Print one line."""
        sys.stdout.write(text + end)
        sys.stdout.flush()

    def prompt(self, at: datetime, number: int, who: str) -> str:
        """Return the beginning of the line that is typed next."""
        return f"{at.astimezone(self.zone):%H:%M} {number:>4}  {who} "

    def name(self, head: str) -> str:
        """Return who speaks, in their colour."""
        if _RINGS in head:
            return self._styled(head, fg="yellow", bold=True)
        return self._styled(head, fg="green" if head.startswith(BOT) else "cyan", bold=True)

    def dim(self, text: str) -> str:
        """Return *text* as something of less weight."""
        return self._styled(text, dim=True)

    def margin(self, at: datetime, number: int | None) -> str:
        """Return what stands before a line: the hour and the number of the message."""
        shown = "" if number is None else str(number)
        return self.dim(f"{at.astimezone(self.zone):%H:%M} {shown:>4}  ")

    def announce_day(self, at: datetime) -> None:
        """Name the day if it is another than that of the line before."""
        local = at.astimezone(self.zone)
        day = f"{local:%A} {local.day} {local:%B %Y}"
        if day != self.day:
            self.day = day
            self.put(self.dim(f"── {day} ──"))

    def _row(self, at: datetime, number: int | None, first: str, more: list[str]) -> None:
        self.announce_day(at)
        self.put(f"{self.margin(at, number)}{first}")
        for line in more:
            self.put(f"{_MARGIN}{line}")

    def _styled(self, text: str, **style: object) -> str:
        return typer.style(text, **style) if self.colour else text  # type: ignore[arg-type]
