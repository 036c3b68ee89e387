"""What the outside tells the assistant: plain data, no library's objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


@dataclass(frozen=True)
class Heard:
    """Common to all that happens in a room."""

    room: str
    event: str
    """Event id; the same event heard twice is processed once."""
    sender: str
    at: datetime
    """Aware; when the server says it was sent."""
    power: int | None = None
    """The sender's power level in REAL state of this room, if the door knows it."""
    name: str | None = None
    """The sender's display name in this room, if the door knows it."""
    direct: bool = False
    """A room of the bot and this one person."""
    encrypted: bool = False
    """It came encrypted, and only a device of the sender can have written it."""
    position: int = 0
    """Number of the sync batch that brought it; 0 = no batch will ever cover it."""


@dataclass(frozen=True)
class Posted:
    """A file that somebody posted. Its content is fetched only if a command asks for it."""

    name: str
    mimetype: str = ""
    handle: str = ""
    """What the door fetches it by."""


@dataclass(frozen=True)
class Said(Heard):
    """A message; an edit carries the new text and `edits`.

    Of a file, `body` is its caption; of somebody's poll (msgtype "m.poll"), all its words.
    """

    body: str = ""
    html: str | None = None
    mentions: tuple[str, ...] = ()
    reply_to: str | None = None
    thread: str | None = None
    edits: str | None = None
    msgtype: str = "m.text"
    file: Posted | None = None


@dataclass(frozen=True)
class Reacted(Heard):
    """A reaction."""

    to: str = ""
    key: str = ""


@dataclass(frozen=True)
class Voted(Heard):
    """A vote by the buttons of a native poll (MSC3381); no answer takes the vote back."""

    to: str = ""
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class PollEnded(Heard):
    """Somebody ended a native poll in their own client."""

    to: str = ""


@dataclass(frozen=True)
class Redacted(Heard):
    """Something was taken back: a message or a reaction."""

    redacts: str = ""


@dataclass(frozen=True)
class Ordered(Heard):
    """A line of the bot's own, to be run in another room than where its button was pressed."""

    line: str = ""
    to: str = ""
    """The message with the button."""


@dataclass(frozen=True)
class Joined(Heard):
    """Somebody is in the room now, or has another name or power than before."""


@dataclass(frozen=True)
class Left(Heard):
    """Somebody left or was removed; if it is the bot itself, the project ends."""

    user: str = ""


@dataclass(frozen=True)
class Invited(Heard):
    """The bot was invited, and the invitation is followed."""

    space: bool = False
    """To a space: a folder of rooms, in which nobody talks."""
    replaces: tuple[str, ...] = ()
    """Rooms of ours whose real tombstones name this one as what comes after them."""
    asked: bool = True
    """Who invites may do so; else the invitation is followed only because of `replaces`."""


@dataclass(frozen=True)
class Newcomer:
    """Somebody in the room that replaces another, from its real state."""

    name: str | None
    power: int


@dataclass(frozen=True)
class Upgraded(Heard):
    """The room has been replaced by another (client-server API, "Room upgrades").

    Real state says so: the tombstone of this room, the first event of the other one. Whoever sent
    the tombstone is the `sender`.
    """

    to: str = ""
    """The room that it names."""
    closed: bool = True
    """The tombstone is known; else only the other room claims to come after this one."""
    agreed: bool | None = None
    """Whether the other room says it comes after this one; None: we are not in it."""
    people: Mapping[str, Newcomer] = field(default_factory=dict)
    """If it agrees: who is there already."""


class Why(Enum):
    """Why a message could not be decrypted, as far as people can do something about it."""

    UNKNOWN = "unknown"
    UNVERIFIED = "unverified"
    """Its device has not been verified by its owner, and we read verified ones only."""
    WITHHELD = "withheld"
    """Its app does not give us keys: it does not trust our device."""


@dataclass(frozen=True)
class Undecryptable(Heard):
    """A message that could not be decrypted."""

    why: Why = Why.UNKNOWN


@dataclass(frozen=True)
class Topic(Heard):
    """The room's name or topic, from real state."""

    title: str = ""
    is_name: bool = True
    """It is what the room is called; else only what it is about."""
