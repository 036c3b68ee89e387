"""Publications: the checklist before something goes public."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.model.due import Due


class Answer(StrEnum):
    """How a point of the checklist stands."""

    OK = "ok"
    NOT_APPLICABLE = "n/a"
    NO = "no"


@dataclass
class Publication:
    """Something that is to be published, and the fifteen points (charter.md 3.3)."""

    number: int
    title: str
    author: str
    created: datetime
    due: Due | None = None
    """When it is to go public."""
    points: dict[int, Answer] = field(default_factory=dict)
    """Point -> answer; a point that is missing is open."""
    signed: dict[str, date] = field(default_factory=dict)
    """Class code -> the day on which a teacher of it read and signed."""
    nudged: datetime | None = None
    published: datetime | None = None
    deleted: datetime | None = None
    event: str | None = None
    """The message that the title was quoted from."""


@dataclass
class Publisher:
    """Who publishes: the mandatory mentions, entered by a teacher."""

    who: str = ""
    """Who are we."""
    project: str = ""
    """Our project."""
    responsible: str = ""
    """The person responsible for the publication: an adult, with their role."""
    host: str = ""
    contact: str = ""
    """Where to ask for something to be taken down."""
    credits: str = ""
    confirmed: date | None = None
    """When the person responsible was last said to be the right one."""
