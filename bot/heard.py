"""What the outside tells the assistant: plain data, no library's objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
    """The bot was invited."""


@dataclass(frozen=True)
class Undecryptable(Heard):
    """A message that could not be decrypted."""


@dataclass(frozen=True)
class Topic(Heard):
    """The room's name or topic, from real state."""

    title: str = ""
    is_name: bool = True
    """It is what the room is called; else only what it is about."""
