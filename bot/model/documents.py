"""The two documents that are stored: what a room owns, what a person owns (DESIGN 6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.model.agenda import Occurrence
from bot.model.people import Role
from bot.model.project import Project

SCHEMA = 1


class Kind(StrEnum):
    """What an outbox entry does when it is delivered."""

    NOTICE = "notice"
    TEXT = "text"
    EDIT = "edit"
    REACTION = "reaction"
    REDACTION = "redaction"
    POLL = "poll"
    POLL_END = "poll_end"
    FILE = "file"
    PIN = "pin"
    JOIN = "join"
    LEAVE = "leave"


LETTERS = {"task": "", "milestone": "M", "reminder": "R", "poll": "Q", "publication": "P"}
"""Kind of a numbered thing -> the letter that people type before its number."""


def thing_of(target: str) -> tuple[str, str]:
    """Return what *target* is about: ("task", "14"); ("", "") if nothing that has a number.

    "ballot 3" is the native poll event of poll 3, "poll 3" the words that go with it.
    """
    words = target.split()
    if words and words[0] in {"ring", "about"}:
        del words[0]
    if words and words[0] == "ballot":
        words[0] = "poll"
    if len(words) > 1 and words[0] in LETTERS and words[1].isdecimal():
        return words[0], words[1]
    return "", ""


@dataclass
class Entry:
    """One act waiting to be delivered, already in words."""

    id: str
    """Unique for ever and over all rooms: the Matrix transaction id is made from it."""
    kind: Kind
    created: datetime
    target: str | None = None
    """Symbolic: "task 14", "milestone 2", "reminder 3", "board", "welcome". A message sent is
    remembered under it; an edit, a pin and a seeded reaction look its event id up there."""
    room: str | None = None
    """Where it goes; None means the room of the document (a direct answer goes elsewhere)."""
    body: str = ""
    html: str = ""
    mentions: list[str] = field(default_factory=list)
    reply_to: str | None = None
    thread: str | None = None
    relates_to: str | None = None
    """The event that is edited, reacted to, redacted or pinned, where its id is already known."""
    key: str = ""
    """Of a reaction."""
    answers: list[str] = field(default_factory=list)
    """Of a poll: its options; their ids are "1", "2"..."""
    file: str = ""
    """Of a file: its name."""
    mimetype: str = ""
    content: str = ""
    """Of a file: what is in it, in base64."""
    not_before: datetime | None = None
    priority: int = 1
    """0 rings, 1 answers, 2 edits, 3 the board: lower goes first."""
    droppable: bool = False
    """A seeded reaction: left out when the server's rate budget is short."""
    tried: bool = False
    """Was ever attempted: never altered again. Kept in memory; loaded entries count as tried."""
    occurrences: list[Occurrence] = field(default_factory=list)
    """The reminders that this entry rings; it is put into words just before it is first tried."""


@dataclass
class Change:
    """What one message changed, kept 10 minutes for undo (DESIGN 4)."""

    event: str
    """The message (or reaction) that caused it."""
    by: str
    at: datetime
    fields: list[tuple[str, Any, Any]] = field(default_factory=list)
    """(path in the project, before, after) as plain JSON values; None where it was or is absent.
    Dropped after 10 minutes; the event stays a while: a late edit is known for what it is."""
    answer: str | None = None
    """Target of what the bot said to it."""
    undone: bool = False


@dataclass
class Offer:
    """A question that the bot asked, waiting for a reaction or a reply (DESIGN 4)."""

    target: str
    """Target of the message that asks."""
    until: datetime
    who: list[str] = field(default_factory=list)
    """Who may answer; empty = anybody in the room."""
    choices: dict[str, str] = field(default_factory=dict)
    """Reaction key -> command line to run."""
    stays: bool = False
    """Can be answered by several people, and again ("tap your class")."""
    role: Role = Role.PUPIL
    """The least role of who may answer; others press in vain."""


@dataclass
class PostedFile:
    """A file that a command can still read."""

    handle: str
    at: datetime
    name: str = ""
    by: str = ""


@dataclass
class RoomDocument:
    """Everything about one room that survives a restart."""

    project: Project
    outbox: list[Entry] = field(default_factory=list)
    entries: int = 0
    """How many outbox entries were ever made here."""
    cause: str = ""
    """What the entries that are being made come from; only while something is dealt with."""
    began: int = 0
    """How many entries there were before that."""
    seen: dict[str, int] = field(default_factory=dict)
    """Event id that was processed -> number of its sync batch. Dropped once the token of a batch
    with this or a higher number is durable (0: never), not by count."""
    anchors: dict[str, str] = field(default_factory=dict)
    """Event id of what the bot sent -> target; newest last, bounded."""
    places: dict[str, str] = field(default_factory=dict)
    """Target -> event id of the newest message that shows it."""
    written: dict[str, str] = field(default_factory=dict)
    """Target -> the language of its card: that of who asked for it last."""
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Target -> the direct room in which the message that shows it stands, not the project's."""
    changes: list[Change] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    files: dict[str, PostedFile] = field(default_factory=dict)
    """Message with a file of the last hour -> how to fetch it, if a reply asks for that."""
    board_edited: datetime | None = None
    schema: int = SCHEMA
    extra: dict[str, Any] = field(default_factory=dict)
    """Small notes with an expiry that belong to no command (once-a-day sentences...)."""


@dataclass
class PersonDocument:
    """What one person chose, wherever they write."""

    user: str
    language: str | None = None
    rooms: list[str] = field(default_factory=list)
    """Project rooms in which they were seen."""
    direct: str | None = None
    """The room in which they talk to the bot alone."""
    schema: int = SCHEMA
