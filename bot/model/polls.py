"""Polls: questions with options, who chose what, and what came out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.model.due import Due


class Ballot(StrEnum):
    """How a poll is voted."""

    ONE = "one"
    """One choice each: a native poll."""
    MANY = "many"
    """Any number of choices, by letter reactions."""
    DATES = "dates"
    """Moments that suit, by letter reactions; the weakest class decides."""
    CLASSES = "classes"
    """One vote per class, cast by a teacher of it."""
    SECRET = "secret"  # noqa: S105 - a kind of ballot, no password
    """One irrevocable vote each, by a direct message that the voter opens."""


@dataclass
class Option:
    """Something to choose."""

    text: str = ""
    """In the author's words; "" for a moment and for yes and no."""
    due: Due | None = None
    """The moment, in a poll of dates."""
    word: str = ""
    """ "yes" or "no": said in every language of the room."""


@dataclass
class Tap:
    """A letter reaction, kept so that taking it away counts."""

    by: str
    option: int


@dataclass
class Poll:
    """A question to the room."""

    number: int
    question: str
    author: str
    created: datetime
    ballot: Ballot
    options: list[Option]
    """Numbered from 1."""
    until: datetime | None = None
    """When it closes by itself (aware)."""
    votes: dict[str, list[int]] = field(default_factory=dict)
    """Matrix id (of a poll of classes: class code) -> numbers of the options chosen."""
    taps: dict[str, Tap] = field(default_factory=dict)
    """Reaction event -> whose it is and for which option."""
    nudged: datetime | None = None
    """When the classes that had not answered were named."""
    closed: datetime | None = None
    milestone: int | None = None
    """What the winner of a poll of dates was made into."""
    deleted: datetime | None = None
    event: str | None = None
    """The message that the question was quoted from."""

    @property
    def open(self) -> bool:
        """Still taking votes, as far as anybody knows."""
        return self.closed is None and self.deleted is None


@dataclass
class Urn:
    """The votes of a secret ballot. Who has voted and what was voted never stand side by side."""

    voted: list[str] = field(default_factory=list)
    """Matrix ids, in alphabetical order, so that the order of voting is not told."""
    counts: list[int] = field(default_factory=list)
    """Votes for option 1, 2..."""
