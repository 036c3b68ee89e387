"""Asked: when a reminder that somebody asked for rings, once or by its rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.model.concern import Code, classes_of, for_oneself
from bot.model.due import local
from bot.model.people import Quiet
from bot.model.quiet import Hours, is_open, next_open, on_holiday
from bot.model.recurrence import BadRule, Rule
from bot.model.slots import Group, Terms, Wish, gather
from bot.model.window import FAR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.model.project import Project
    from bot.model.reminders import Reminder
    from bot.model.window import Window

A_DAY = timedelta(days=1)
PATIENCE = A_DAY
"""How long a class may be kept waiting for others: somebody named this time."""
NEVER_QUIET = Quiet(start=time(0), end=time(0), weekend=False)
LOOK_AHEAD = 1000
"""A rule whose next so many days are all holidays is looked at no further."""
STRETCH = timedelta(days=32)
"""What is looked at first, going back after a long downtime."""


class Asked:
    """A reminder with the classes it is for, ready to be computed."""

    def __init__(self, project: Project, reminder: Reminder, hours: dict[Code, Hours]) -> None:
        self.reminder = reminder
        self.terms = Terms(reminder.created, PATIENCE)
        own = for_oneself(reminder)
        self.clock = reminder.first.clock or project.deadline
        self.hours: dict[Code, Hours] = {}
        for code in classes_of(project, reminder):
            # A time that somebody named for themselves is not moved (DESIGN 5).
            self.hours[code] = Hours(hours[code].zone, NEVER_QUIET) if own else hours[code]
        try:
            self.rule = Rule.read(reminder.every) if reminder.every else None
        except BadRule:  # rings once; a damaged rule must not silence the rest of the project
            self.rule = None

    def last(self, window: Window) -> list[Group]:
        """Return what rings within the window; by a rule only the last time for each class."""
        found: list[Group] = []
        served: set[Code] = set()
        top, bottom, stretch = (window.until + A_DAY).date(), self._bottom(window), STRETCH
        # Backwards, in ever longer stretches: after years of downtime the last time is near.
        while top >= bottom and not served >= self.hours.keys():
            low = max(bottom, top - stretch)
            days = list(takewhile(top.__ge__, self._days(low)))
            for day in reversed(days):
                for group in self._groups(day):
                    if window.holds(group.moment) and not group.codes <= served:
                        served |= group.codes
                        found.append(group)
            top, stretch = low - A_DAY, stretch * 8
        return found

    def snoozed(self, window: Window) -> list[Group]:
        """Return the extra ringing within the window, for whom it does not ring then anyway."""
        found = []
        for extra in self._snoozed():
            if window.holds(extra.moment):
                rung = {code for one in self.last(window.only(extra.moment)) for code in one.codes}
                if left := tuple(wish for wish in extra.wishes if wish.code not in rung):
                    found.append(Group(extra.moment, left))
        return found

    def next(self, window: Window) -> datetime | None:
        """Return the first moment after the beginning of the window at which it rings."""
        since = window.since
        best = min((one.moment for one in self._snoozed() if one.moment > since), default=None)
        for day in islice(self._days(self._bottom(window)), LOOK_AHEAD):
            # No zone is a whole day ahead of UTC, so nothing of this day rings earlier.
            if best and day - A_DAY > best.date():
                break
            for group in self._groups(day):
                if group.moment > since and (best is None or group.moment < best):
                    best = group.moment
        return best

    def _snoozed(self) -> list[Group]:
        """Return the extra ringing that somebody asked for."""
        if self.reminder.snoozed is None or self.reminder.snoozed > FAR:
            return []
        wanted = self.reminder.snoozed.astimezone(UTC)
        return gather([Wish(code, one, wanted) for code, one in self.hours.items()], self.terms)

    def _bottom(self, window: Window) -> date:
        """Return a day so early that nothing of the days before rings within the window."""
        return max(self.reminder.first.day, (window.floor(tuple(self.hours)) - A_DAY).date())

    def _days(self, low: date) -> Iterator[date]:
        """Yield the days on which it is to ring, from *low* on."""
        first = self.reminder.first.day
        days = self.rule.days(first, low) if self.rule else iter([first] if first >= low else [])
        return takewhile(FAR.date().__gt__, days)

    def _groups(self, day: date) -> list[Group]:
        """Return how it rings by what the rule says of *day*."""
        wishes = []
        for code, hours in self.hours.items():
            wanted = self._wanted(day, hours)
            if not (self.rule and self._left_out(day, wanted, hours)):
                wishes.append(Wish(code, hours, wanted))
        return gather(wishes, self.terms)

    def _wanted(self, day: date, hours: Hours) -> datetime:
        """Return the moment (UTC) of *day* for a class."""
        return local(day, self.clock, self.reminder.first.zone or hours.zone).astimezone(UTC)

    def _left_out(self, day: date, wanted: datetime, hours: Hours) -> bool:
        """Tell whether one time of a rule is left out for a class.

        It is on holidays (chat-experience 3.4: "every Friday, except holidays"); or it would be
        moved out of quiet time to where the next time rings as well, or to a day that has its own:
        of a daily 9:00 only Monday's rings on Monday, not Saturday's and Sunday's too.
        """
        if _holiday(wanted, hours):
            return True
        if is_open(wanted, *hours):
            return False
        moved = next_open(wanted, *hours)
        for after in islice(self._days(day + A_DAY), LOOK_AHEAD):
            following = self._wanted(after, hours)
            if following > moved and _day(following, hours) > _day(moved, hours):
                return False
            if not _holiday(following, hours):
                return following <= moved or is_open(following, *hours)
        return False


def _day(moment: datetime, hours: Hours) -> date:
    """Return the local day of *moment* for a class."""
    return moment.astimezone(ZoneInfo(hours.zone)).date()


def _holiday(moment: datetime, hours: Hours) -> bool:
    """Tell whether *moment* falls on a day without school of a class."""
    return bool(hours.holidays) and on_holiday(_day(moment, hours), hours.holidays)
