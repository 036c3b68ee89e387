"""People of a project: partner classes, members, roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from enum import IntEnum

FORMER = "@former:member"
"""Stands for somebody who asked to be forgotten."""


class Role(IntEnum):
    """What somebody may do; the value is the power level that gives it (DESIGN 7)."""

    PUPIL = 0
    TEACHER = 50
    COORDINATOR = 100

    @classmethod
    def of_power(cls, power: int) -> Role:
        """Return the role that a Matrix power level gives."""
        if power >= cls.COORDINATOR:
            return cls.COORDINATOR
        return cls.TEACHER if power >= cls.TEACHER else cls.PUPIL


@dataclass
class Quiet:
    """When a class is not to be rung, in its own local time. `start == end`: rung at night too."""

    start: time = time(20, 0)
    end: time = time(7, 0)
    weekend: bool = True


@dataclass
class Holiday:
    """Days without school, both ends included."""

    first: date
    last: date


@dataclass
class Partner:
    """A partner class: school, country, languages, IANA zone, holidays."""

    code: str
    name: str
    zone: str
    languages: list[str] = field(default_factory=list)
    country: str | None = None
    server: str | None = None
    size: int | None = None
    quiet: Quiet | None = None
    holidays: list[Holiday] = field(default_factory=list)


@dataclass
class Member:
    """Somebody in the room, as this project knows them."""

    user: str
    name: str
    partner: str | None = None
    role: Role | None = None
    """Given by a coordinator's command; power levels may give more."""
    power: int = 0
    present: bool = True
    rings: bool = False
    """Wants to be mentioned when their class is reminded."""

    @property
    def highest(self) -> Role:
        """The role that counts: given in the project or by power, whichever is more."""
        return max(Role.of_power(self.power), self.role or Role.PUPIL)
