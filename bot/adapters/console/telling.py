"""Telling what the bot did: events become lines that a person can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.adapters.console.door import Event
from bot.adapters.console.stage import BOT, MESSAGES, Stage
from bot.model.documents import LETTERS, Kind

BOARD = "board"
_DIRECT = "!direct-"
_LETTERS = {kind: letter or "#" for kind, letter in LETTERS.items()}
_NOT_WORDS = {Kind.POLL, Kind.FILE}
_PLAIN = {
    Kind.PIN: "pins the board",
    Kind.JOIN: "comes in",
    Kind.LEAVE: "leaves",
}


@dataclass
class Told:
    """One thing that the bot did."""

    at: datetime
    head: str
    """`bot>`, `bot [rings Léa]>`, `bot edits #1>`, `bot ✅`."""
    body: str = ""
    number: int | None = None
    """Of a message: its number in the room."""
    buttons: list[str] = field(default_factory=list)
    """Reactions that the bot put under its own message, to be tapped."""
    event: str = ""

    def lines(self) -> list[str]:
        """Return it as lines of text; those after the first are set in."""
        first, *more = (self.body.split("\n") if self.body else [""])[:]
        found = [f"{self.head} {first}".rstrip(), *(f"     {one}".rstrip() for one in more)]
        if self.buttons:
            found[-1] += f"   [{' '.join(self.buttons)}]"
        return found


def tell(stage: Stage, events: Sequence[Event]) -> list[Told]:
    """Return what *events* look like.

    The pinned board is edited after every change; these edits are left out, `!board` shows it.
    """
    told: list[Told] = []
    for event in events:
        entry = event.entry
        if entry.kind is Kind.EDIT and entry.target == BOARD:
            continue
        if entry.kind is Kind.REACTION and _as_button(told, entry.relates_to, entry.key):
            continue
        told.append(_one(stage, event))
    return told


def _one(stage: Stage, event: Event) -> Told:
    entry, bot = event.entry, _speaker(stage, event)
    if entry.kind in MESSAGES:
        number = next(i for i, one in enumerate(stage.lines, 1) if one.event == event.event)
        return Told(event.at, f"{bot}{_how(stage, event)}>", entry.body, number, event=event.event)
    if entry.kind is Kind.EDIT:
        return Told(event.at, f"{bot} edits{_label(entry.target)}>", entry.body)
    if entry.kind is Kind.REACTION:
        return Told(event.at, f"{bot} {entry.key}")
    if entry.kind is Kind.POLL_END:
        return Told(event.at, f"{bot} ends the poll")
    if entry.kind is Kind.REDACTION:
        gone = [one for one in stage.lines if one.event == entry.relates_to]
        text = gone[0].text.partition("\n")[0] if gone else "a reaction"
        return Told(event.at, f"{bot} takes back:", text)
    return Told(event.at, f"{bot} {_PLAIN.get(entry.kind, entry.kind)}")


def _speaker(stage: Stage, event: Event) -> str:
    """Return who acts: after a move it is told which things happen in a room left behind."""
    here = event.room == stage.place or event.room.startswith(_DIRECT)
    return BOT if here else f"{BOT} (in the old room)"


def _how(stage: Stage, event: Event) -> str:
    """Tell who hears it: whom it rings, or whom alone it is told."""
    if event.room.startswith(_DIRECT):
        return f" (to {stage.name('@' + event.room.removeprefix(_DIRECT))})"
    if event.entry.kind is Kind.NOTICE:
        return ""
    if event.entry.kind in _NOT_WORDS:
        return f" [{event.entry.kind}]"
    names = ", ".join(stage.name(user) for user in event.entry.mentions)
    return f" [rings {names or 'nobody by name'}]"


def _label(target: str | None) -> str:
    kind, _space, number = (target or "").partition(" ")
    return f" {_LETTERS[kind]}{number}" if kind in _LETTERS else ""


def _as_button(told: list[Told], event: str | None, key: str) -> bool:
    """Put a reaction to one of the messages just told under it; False if it is to another."""
    for one in told:
        if one.event and one.event == event:
            one.buttons.append(key)
            return True
    return False
