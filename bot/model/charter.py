"""The charter of a room: how the guard behaves, what was agreed, who has signed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Mode(StrEnum):
    """What the guard does when a link leads to a consumer service."""

    OFF = "off"
    REACTION = "reaction"
    NOTE = "note"
    DRY = "dry"
    """Nothing in the room; coordinators see what it would have said."""


@dataclass(frozen=True)
class Article:
    """One article of a charter."""

    number: int
    title: str
    text: str


@dataclass
class Rule:
    """An agreement about a service, a host or a tenant: that it is fine, or that it is not."""

    what: str
    """A service's id, a host pattern or a tenant."""
    allowed: bool = True
    reason: str = ""
    decided_by: str = ""
    """The role that decided, never a person."""
    reference: str = ""
    """The entry in the school's register."""
    until: date | None = None
    made: datetime | None = None


@dataclass
class Signature:
    """The adhesion of a school, signed outside the chat and recorded here."""

    school: str
    country: str | None
    version: str
    day: date
    language: str
    role: str
    """Of who signed, never a person."""


@dataclass
class Charter:
    """What one room has decided about its charter."""

    mode: Mode | None = None
    """None: as the institution has it."""
    cooldown_days: int | None = None
    rules: list[Rule] = field(default_factory=list)
    signatures: dict[str, Signature] = field(default_factory=dict)
    """Class code -> its school's adhesion."""
    reminded: dict[str, datetime] = field(default_factory=dict)
    """Category -> when the room was last reminded; not who, not what, not where."""
    dry: dict[str, list[date]] = field(default_factory=dict)
    """Category -> days on which a dry run would have said something."""
