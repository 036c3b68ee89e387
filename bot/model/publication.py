"""Publications: the fifteen points before something goes public, and who answers for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.model.due import Due

POINTS = range(1, 16)
"""The points of the checklist (charter.md 3.3, after the seed and the law)."""
BLOCKING = (3, 5, 6, 14)
"""Nothing goes public while one of these is open; the others only warn."""
NEVER_SKIPPED = frozenset({3, 14})
"""Apply to every publication: "not applicable" is no answer to them."""
FOR_PUPILS = frozenset({1, 2, 8, 9, 11, 12})
"""Points that are work to do; the others are decisions of teachers."""
SIGNING = 14
"""Is not answered but signed, by a teacher of each class."""
FUNDING = 13
"""The European Union is named."""
NO_CLASS = ""
"""Stands for a class among the signatures where a project has none."""


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
    """Class code -> the day on which a teacher of it read and signed; not who."""
    nudged: datetime | None = None
    """Up to here the room was reminded of what is open, or needed no reminder."""
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
    asked: int | None = None
    """The year in which the room was last asked whether they still are."""


def signers(classes: Collection[str]) -> tuple[str, ...]:
    """Return whose signatures point 14 needs: of all *classes*, or of one teacher without any."""
    return tuple(classes) or (NO_CLASS,)


def unsigned(publication: Publication, classes: Collection[str]) -> list[str]:
    """Return those of *classes* of which no teacher has signed."""
    return [code for code in signers(classes) if code not in publication.signed]


def answer_to(publication: Publication, point: int, classes: Collection[str]) -> Answer | None:
    """Return how *point* stands in a project with these *classes*; None if nobody has said."""
    if point != SIGNING:
        return publication.points.get(point)
    return None if unsigned(publication, classes) else Answer.OK


def open_points(publication: Publication, classes: Collection[str]) -> list[int]:
    """Return the points that still need something, blocking ones first; a "no" needs something."""
    found = [
        point for point in POINTS if answer_to(publication, point, classes) in {None, Answer.NO}
    ]
    return sorted(found, key=lambda point: (point not in BLOCKING, point))


def blocked_by(publication: Publication, classes: Collection[str]) -> list[int]:
    """Return the open points without which nothing goes public."""
    return [point for point in open_points(publication, classes) if point in BLOCKING]


def rename(publication: Publication, title: str) -> bool:
    """Give it another *title*; True if signatures, which were given to the old one, are gone."""
    if title == publication.title:
        return False
    had_signatures = bool(publication.signed)
    publication.title = title
    publication.signed.clear()
    return had_signatures
