"""The stage: a room made of lines, the people in it and what was said there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from mimetypes import guess_type
from typing import Any

from bot.adapters.console.cast import Actor
from bot.adapters.console.door import ROOM, Event
from bot.adapters.console.lines import made_up
from bot.adapters.console.room import LineRoom
from bot.heard import (
    Heard,
    Invited,
    Joined,
    Left,
    Posted,
    Reacted,
    Redacted,
    Said,
    Topic,
    Voted,
)
from bot.language.folding import fold
from bot.model.documents import LETTERS, Kind
from bot.model.people import Member

BOT = "bot"
MESSAGES = {Kind.NOTICE, Kind.TEXT, Kind.POLL, Kind.FILE}
_SHOWN = {"image", "video", "audio"}
"""First half of a media type that clients show at once."""
_CARDS = {letter or "#": kind for kind, letter in LETTERS.items()}


class Unknown(ValueError):
    """Nothing in this room is called so; the sentence says what."""


@dataclass
class Line:
    """One message or reaction; messages are numbered as they come, from 1."""

    event: str
    by: str
    text: str
    target: str | None = None


@dataclass
class Stage:
    """Lets people act in a room, and remembers what they may point at."""

    cast: dict[str, Actor] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    reactions: list[Line] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    """What the bot did and nobody has been told yet."""
    place: str = ROOM
    """The room in which people act now."""
    files: dict[str, str] = field(default_factory=dict)
    """Name -> content (base64) of what the bot has handed out."""
    arrived: Callable[[], None] = lambda: None
    _room: LineRoom | None = None

    @property
    def room(self) -> LineRoom:
        """Return the room, once it is open."""
        if self._room is None:
            raise RuntimeError("the room is not open yet")
        return self._room

    @room.setter
    def room(self, room: LineRoom) -> None:
        self._room = room

    def show(self, event: Event) -> None:
        """Take what the bot did."""
        if event.entry.kind in MESSAGES:
            self.lines.append(Line(event.event, BOT, event.entry.body, event.entry.target))
        if event.entry.kind is Kind.FILE:
            self.files[event.entry.file] = event.entry.content
        self.events.append(event)
        self.arrived()

    def take(self) -> list[Event]:
        """Return what the bot did since this was last asked."""
        taken, self.events = self.events, []
        return taken

    # --- what people do ------------------------------------------------------------------------

    async def join(self, who: Actor) -> None:
        """Let *who* come in, or be known by another power."""
        self.cast[fold(who.name)] = who
        await self._hear(Joined(**self._common(who), power=who.power, name=who.name))

    async def leave(self, who: Actor) -> None:
        """Let *who* leave."""
        await self._hear(Left(**self._common(who), user=who.user))

    async def invite(self, who: Actor) -> None:
        """Let *who* invite the bot."""
        await self._hear(Invited(**self._common(who), power=who.power, name=who.name))

    async def remove(self, who: Actor) -> None:
        """Let *who* remove the bot from the room."""
        await self._hear(Left(**self._common(who), user=self.room.door.user))

    async def name_room(self, who: Actor, title: str) -> None:
        """Let *who* give the room a name."""
        await self._hear(Topic(**self._common(who), title=title))

    def move_house(self) -> None:
        """Go on in a new room; what was said before can be pointed at no more."""
        self.place = f"!new-{self.place.removeprefix('!')}"
        self.lines.clear()
        self.reactions.clear()

    async def post(self, who: Actor, name: str, caption: str = "") -> None:
        """Let *who* post a file; one that the bot has handed out holds what it held."""
        mimetype = guess_type(name)[0] or ""
        family = mimetype.partition("/")[0]
        msgtype = f"m.{family if family in _SHOWN else 'file'}"
        common = self._common(who)
        self.lines.append(Line(common["event"], who.name, caption or name))
        posted = Posted(name, mimetype, self.files.get(name, ""))
        said = Said(**common, body=caption, msgtype=msgtype, file=posted)
        await self._hear(said)

    async def say(
        self,
        who: Actor,
        text: str,
        *,
        reply_to: str | None = None,
        edits: str | None = None,
        direct: bool = False,
    ) -> None:
        """Let *who* say something; an edit carries the new text."""
        common = self._common(who, direct=direct)
        if edits is None:
            self.lines.append(Line(common["event"], who.name, text))
        else:
            self.line(edits).text = text
        mentions = tuple(one.user for one in self.cast.values() if f"@{one.name}" in text)
        said = Said(**common, body=text, mentions=mentions, reply_to=reply_to, edits=edits)
        await self._hear(said)

    async def react(self, who: Actor, key: str, event: str) -> None:
        """Let *who* react to a message."""
        common = self._common(who)
        self.reactions.append(Line(common["event"], who.name, key, event))
        await self._hear(Reacted(**common, to=event, key=key))

    async def vote(self, who: Actor, answers: tuple[str, ...], event: str) -> None:
        """Let *who* vote by the buttons of a native poll."""
        await self._hear(Voted(**self._common(who), to=event, answers=answers))

    async def take_back(self, who: Actor, event: str) -> None:
        """Let *who* remove a message or a reaction."""
        await self._hear(Redacted(**self._common(who), redacts=event))

    async def move(self, until: datetime) -> None:
        """Let time pass, where it stands still."""
        await self.room.move(until)

    # --- what they point at --------------------------------------------------------------------

    def actor(self, name: str) -> Actor:
        """Return who is called *name*. Raises Unknown."""
        found = self.cast.get(fold(name))
        if found is None:
            names = ", ".join(one.name for one in self.cast.values())
            raise Unknown(f"Nobody here is called {name}. Here are: {names}.")
        return found

    def find(self, what: str = "") -> Line:
        """Return the message that *what* points at. Raises Unknown.

        A number is that of the message; #1, M1, R1 its newest card; “Hello” the newest message that
        begins so; a name the newest message of that person; nothing at all the newest of the bot.
        """
        if what.isdecimal():
            if 1 <= int(what) <= len(self.lines):
                return self.lines[int(what) - 1]
            raise Unknown(f"There is no message {what}; the newest is {len(self.lines)}.")
        if what[:1] in _CARDS and what[1:].isdecimal():
            target = f"{_CARDS[what[0]]} {what[1:]}"
            found = [one for one in self.lines if one.target == target]
        elif what[:1] == "“":
            found = [one for one in self.lines if one.text.startswith(what.strip("“”"))]
        else:
            name = self.actor(what).name if what else BOT
            found = [one for one in self.lines if one.by == name]
        if not found:
            raise Unknown(f"There is no message of {what or 'the bot'} yet.")
        return found[-1]

    def ballot(self, poll: str = "") -> Line:
        """Return the native poll *poll* ("Q1"), or the newest. Raises Unknown."""
        polls = [one for one in self.lines if (one.target or "").startswith("ballot ")]
        if poll:
            polls = [one for one in polls if one.target == f"ballot {poll[1:]}"]
        if not polls:
            raise Unknown("There is no such poll yet.")
        return polls[-1]

    def line(self, event: str) -> Line:
        """Return the message with this event id. Raises Unknown."""
        for one in self.lines:
            if one.event == event:
                return one
        raise Unknown("There is no such message.")

    async def members(self) -> list[Member]:
        """Return the people of the room as they are stored; nobody if the room is new."""
        async with self.room.dispatcher.store.hold(self.place) as held:
            return list(held.room.project.members.values()) if held.room else []

    def name(self, user: str) -> str:
        """Return what *user* is called here."""
        names = (one.name for one in self.cast.values() if one.user == user)
        return next(names, user.lstrip("@").partition(":")[0])

    def _common(self, who: Actor, *, direct: bool = False) -> dict[str, Any]:
        return {
            "room": f"!direct-{who.user.lstrip('@')}" if direct else self.place,
            "event": made_up(),
            "sender": who.user,
            "at": self.room.now(),
            "direct": direct,
        }

    async def _hear(self, heard: Heard) -> None:
        await self.room.hear(heard)
