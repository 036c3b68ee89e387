"""Tasks and milestones: who does what, by when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.due import Due


class State(StrEnum):
    """Where a task stands."""

    TODO = "todo"
    DOING = "doing"
    WAITING = "waiting"
    DONE = "done"


@dataclass
class Comment:
    """A remark under a task, in its author's words."""

    by: str
    text: str
    at: datetime
    event: str | None = None
    """The message it was quoted from, so that a redaction can blank it."""


@dataclass
class Tick:
    """Who said that something is done, and when."""

    by: str
    at: datetime


@dataclass
class Task:
    """Something to do."""

    number: int
    title: str
    author: str
    created: datetime
    state: State = State.TODO
    due: Due | None = None
    assignees: list[str] = field(default_factory=list)
    """Matrix user ids."""
    partners: list[str] = field(default_factory=list)
    """Partner codes."""
    shared: bool = False
    """Every partner ticks its own part."""
    ticks: dict[str, Tick] = field(default_factory=dict)
    """By partner code, when shared or when several partners are named."""
    finished: Tick | None = None
    comments: list[Comment] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    leads: list[timedelta] | None = None
    """How long before the deadline to remind; None means the project's own."""
    titles: dict[str, str] = field(default_factory=dict)
    """Translations made by the classes, by language."""
    sources: dict[str, str] = field(default_factory=dict)
    """Language -> the message that its translation was quoted from."""
    deleted: datetime | None = None
    event: str | None = None
    """The message that the title was quoted from."""

    @property
    def open(self) -> bool:
        """Still to be done."""
        return self.deleted is None and self.state is not State.DONE


@dataclass
class Milestone:
    """A date that the whole partnership looks to."""

    number: int
    title: str
    author: str
    created: datetime
    due: Due
    leads: list[timedelta] | None = None
    deleted: datetime | None = None
    event: str | None = None
