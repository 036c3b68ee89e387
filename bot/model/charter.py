"""The charter of a room: how the guard behaves, what was agreed, who has signed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

IMAGES = "images"
"""The category of photos, videos and recordings that are posted themselves, without a link."""
AGREED = "agreed"
"""The category of addresses that only a rule of the room or the institution speaks about."""
FEWEST_DAYS = 3
"""A dry run tells of a category only from so many days on: fewer might point to somebody."""
MOST_DAYS = 60
"""Days of a dry run that are kept, of each category."""


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


@dataclass(frozen=True)
class Link:
    """What rules look at: a host as a browser resolves it, and what is known of it."""

    host: str
    service: str = ""
    """The id of the service in the catalogue."""
    tenant: str = ""


@dataclass
class Rule:
    """An agreement about a service, a host or a tenant: that it is fine, or that it is not."""

    what: str
    """A service's id, a host pattern or a tenant; "images" for what is posted itself."""
    allowed: bool = True
    reason: str = ""
    decided_by: str = ""
    """The role that decided, never a person."""
    reference: str = ""
    """The entry in the school's register."""
    until: date | None = None
    """The last day on which it holds; None: for good."""
    made: datetime | None = None

    def holds(self, today: date) -> bool:
        """Tell whether the agreement still stands on *today*."""
        return self.until is None or today <= self.until

    def weight(self, link: Link) -> int:
        """Return how exactly this speaks of *link*: 0 = not at all, the host before the service."""
        what = self.what.casefold().removeprefix("*.")
        if not what:
            return 0
        if what == link.service:
            return 1
        if what == link.host or link.host.endswith(f".{what}"):
            return 2 + len(what)
        return 2 if what == link.tenant.casefold() else 0


@dataclass
class Signature:
    """The adhesion of a school, signed outside the chat and recorded here."""

    school: str
    country: str | None
    version: str
    day: date
    language: str
    role: str
    """Of who recorded it, never a person."""
    digests: dict[int, str] = field(default_factory=dict)
    """Article -> digest of what it said then, so that only changed ones are signed again."""


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


def ruling(rules: Iterable[Rule], link: Link, today: date) -> Rule | None:
    """Return the rule that decides about *link* on *today*: the most exact, of equals the last."""
    held = [one for one in rules if one.holds(today) and one.weight(link)]
    return max(reversed(held), key=lambda one: one.weight(link), default=None)


def expired(charter: Charter, today: date) -> list[Rule]:
    """Return the rules of the room that stand no more, for the coordinator to renew or remove."""
    return [one for one in charter.rules if not one.holds(today)]


def rehearse(charter: Charter, category: str, today: date) -> bool:
    """Note that a dry run would have spoken about *category* *today*; False if it is known."""
    days = charter.dry.setdefault(category, [])
    if today in days:
        return False
    charter.dry[category] = [*days, today][-MOST_DAYS:]
    return True


def rehearsed(charter: Charter) -> dict[str, int]:
    """Return category -> number of days of the dry run, where there are enough to tell."""
    counted = {category: len(set(days)) for category, days in charter.dry.items()}
    return {category: days for category, days in counted.items() if days >= FEWEST_DAYS}


def changed_since(signature: Signature, now: dict[int, str]) -> list[int]:
    """Return the articles that read otherwise in *now* (number -> digest) than when it was signed.

    Articles that are gone count as changed too; a signature without digests knows of none.
    """
    then = signature.digests
    if not then:
        return []
    return sorted(one for one in {*then, *now} if then.get(one) != now.get(one))
