"""A project: all that one room owns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from bot.model.charter import Charter
from bot.model.digest import Digest
from bot.model.due import END_OF_SCHOOL_DAY, Due
from bot.model.people import Member, Partner, Quiet, Role
from bot.model.polls import Poll, Urn
from bot.model.publication import Publication, Publisher
from bot.model.reminders import Reminder
from bot.model.tasks import Milestone, Task

DEFAULT_LEADS = (timedelta(days=7), timedelta(days=1), timedelta(hours=1))


@dataclass
class Project:
    """A partnership project, the unit that is loaded and saved."""

    room: str
    created: datetime
    languages: list[str] = field(default_factory=lambda: ["en"])
    """What the room reads, in the order of its lines."""
    zone: str = "UTC"
    """IANA zone of people without a class."""
    title: str = ""
    ready: bool = False
    """Somebody has set it up."""
    partners: dict[str, Partner] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    tasks: dict[int, Task] = field(default_factory=dict)
    milestones: dict[int, Milestone] = field(default_factory=dict)
    reminders: dict[int, Reminder] = field(default_factory=dict)
    polls: dict[int, Poll] = field(default_factory=dict)
    urns: dict[int, Urn] = field(default_factory=dict)
    """Poll -> its secret votes: outside undo and export."""
    publications: dict[int, Publication] = field(default_factory=dict)
    publisher: Publisher = field(default_factory=Publisher)
    charter: Charter = field(default_factory=Charter)
    digest: Digest | None = None
    retention_days: int | None = None
    """How long finished things are kept; None = as long as the project."""
    counters: dict[str, int] = field(default_factory=dict)
    """Kind -> the last number given ("task", "poll"...); numbers are never used again."""
    quiet: Quiet = field(default_factory=Quiet)
    deadline: time = END_OF_SCHOOL_DAY
    leads: list[timedelta] = field(default_factory=lambda: list(DEFAULT_LEADS))
    reminded_until: datetime | None = None
    """All that was due up to here has been put into the outbox."""

    reuse: dict[str, list[int]] = field(default_factory=dict)
    """Numbers to give out again while an edited command is redone; empty at all other times."""

    @property
    def called(self) -> str:
        """Return what tells this project from others: title, else classes, else newest task."""
        newest = [task.title for task in self.tasks.values() if task.deleted is None][-1:]
        return self.title or ", ".join(self.partners) or "".join(newest)

    def next_number(self, kind: str) -> int:
        """Return the number of the next "task", "milestone", "reminder", "poll"..."""
        if waiting := self.reuse.get(kind):
            return waiting.pop(0)
        self.counters[kind] = self.counters.get(kind, 0) + 1
        return self.counters[kind]

    def partner_of(self, user: str) -> Partner | None:
        """Return the class of *user*, if it is known."""
        member = self.members.get(user)
        return self.partners.get(member.partner) if member and member.partner else None

    def zone_of(self, user: str) -> str:
        """Return the IANA zone in which *user* reads a clock."""
        partner = self.partner_of(user)
        return partner.zone if partner else self.zone

    def name_of(self, user: str) -> str:
        """Return what *user* is called here, never the Matrix id."""
        member = self.members.get(user)
        return member.name if member else user.lstrip("@").split(":")[0]

    def role_of(self, user: str) -> Role:
        """Return the role of *user*."""
        member = self.members.get(user)
        return member.highest if member else Role.PUPIL

    def people_of(self, code: str) -> list[Member]:
        """Return the members placed in the class *code* who are in the room."""
        return [one for one in self.members.values() if one.partner == code and one.present]

    def quiet_of(self, partner: Partner | None) -> Quiet:
        """Return the quiet hours that hold for *partner*."""
        return partner.quiet if partner and partner.quiet else self.quiet

    def deadline_of(self, due: Due, partner: Partner | None) -> datetime:
        """Return the moment *due* falls for the class *partner* (or for people without one)."""
        return due.at(partner.zone if partner else self.zone, otherwise=self.deadline)
