"""What holds for everything that the agenda looks at within one window of time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.model.quiet import BEFORE_QUIET, INSTANT, Hours, silence

if TYPE_CHECKING:
    from bot.model.concern import Code
    from bot.model.due import Due
    from bot.model.project import Project

PATIENCE = timedelta(days=3)
"""How long a class may be kept waiting for others at the most: over a week-end."""
LONG_AGO, FAR = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Nothing rings before or after: at the very ends of the calendar zones cannot be computed."""


@dataclass(frozen=True)
class Deadlines:
    """One deadline as it falls for several classes."""

    walls: dict[Code, datetime]
    """In the zone of the class, or of the deadline."""
    ends: dict[Code, datetime]
    """The same moments in UTC."""
    first: datetime
    last: datetime
    forward: datetime
    """A moment (UTC) so early that no reminder of it is moved forward beyond."""


@dataclass(frozen=True)
class Window:
    """From *since*, exclusive, to *until*, inclusive (both aware, UTC).

    Many things share their classes and even their deadlines: what was computed for one is kept for
    the others (one project, one call: nothing outlives it).
    """

    project: Project
    since: datetime
    until: datetime
    hours: dict[Code, Hours]
    """When each class may be rung; None = people without a class."""
    reach: timedelta
    """No silence of any class lasts longer."""
    floors: dict[tuple[Code, ...], datetime] = field(default_factory=dict)
    known: dict[tuple[Due, tuple[Code, ...]], Deadlines] = field(default_factory=dict)

    @classmethod
    def of(cls, project: Project, since: datetime, until: datetime) -> Window:
        """Return the window for all classes of *project*."""
        hours: dict[Code, Hours] = {
            code: Hours(one.zone, project.quiet_of(one), tuple(one.holidays))
            for code, one in project.partners.items()
        }
        hours[None] = Hours(project.zone, project.quiet_of(None))
        # Nights and a weekend may join all the holidays of a class to one silence.
        days = max(
            sum(max(0, (one.last - one.first).days) + 4 for one in hour.holidays)
            for hour in hours.values()
        )
        reach = timedelta(days=days + 4)
        begin, end = max(since, LONG_AGO).astimezone(UTC), min(until, FAR).astimezone(UTC)
        return cls(project, begin, end, hours, reach)

    def up_to(self, until: datetime) -> Window:
        """Return the same window ending at *until*."""
        return replace(self, until=until)

    def only(self, moment: datetime) -> Window:
        """Return a window that holds but one moment."""
        return replace(self, since=moment - INSTANT, until=moment, floors={})

    def holds(self, moment: datetime) -> bool:
        """Tell whether *moment* lies within."""
        return self.since < moment <= self.until

    def floor(self, codes: tuple[Code, ...]) -> datetime:
        """Return a moment so early that what classes want up to it cannot ring after `since`.

        The last moment at which all were open: whatever was moved or kept waiting rang by then. If
        there was none for longer than a class is kept waiting, the beginning of their silence.
        """
        if codes not in self.floors:
            self.floors[codes] = self._floor(codes)
        return self.floors[codes]

    def _floor(self, codes: tuple[Code, ...]) -> datetime:
        """Compute `floor`."""
        moment, patient = self.since, self.since - PATIENCE
        while moment >= patient:
            spans = [span for code in codes if (span := silence(moment, *self.hours[code]))]
            if not spans:
                return moment
            moment = min(span[0] for span in spans) - INSTANT
        spans = [span for code in codes if (span := silence(patient, *self.hours[code]))]
        return min((span[0] for span in spans), default=patient) - INSTANT

    def deadlines(self, due: Due, codes: tuple[Code, ...]) -> Deadlines:
        """Return how *due* falls for the classes *codes*, at least one."""
        if (due, codes) not in self.known:
            self.known[due, codes] = self._deadlines(due, codes)
        return self.known[due, codes]

    def _deadlines(self, due: Due, codes: tuple[Code, ...]) -> Deadlines:
        """Compute `deadlines`."""
        partners = self.project.partners
        walls = {
            code: self.project.deadline_of(due, partners[code] if code is not None else None)
            for code in codes
        }
        ends = {code: wall.astimezone(UTC) for code, wall in walls.items()}
        # Only where a deadline lies in quiet time is there no open moment left before it.
        spans = (silence(end - INSTANT, *self.hours[code]) for code, end in ends.items())
        forward = min((span[0] - BEFORE_QUIET for span in spans if span), default=FAR)
        return Deadlines(walls, ends, min(ends.values()), max(ends.values()), forward)
