"""The agenda: which reminders fall due between two moments.

Computed, never stored (DESIGN 5): out of the project and a window of time, without a clock. The
rules are told in `docs/reminders.md`; here everything that rings is brought together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.model.asked import Asked
from bot.model.concern import people_of
from bot.model.leads import rings
from bot.model.project import Project
from bot.model.quiet import INSTANT
from bot.model.tasks import Milestone, Task
from bot.model.window import FAR, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.model.concern import Code, Thing
    from bot.model.due import Due
    from bot.model.reminders import Reminder
    from bot.model.slots import Group

NO_CLASS = "-"
"""Stands in a key for people without a class."""


@dataclass(frozen=True)
class Occurrence:
    """One reminder falling due for one group of classes that can be rung together."""

    key: str
    """Stable for the same cause: what, which lead or which time of a rule, which classes."""
    what: str
    """ "task 14", "milestone 2" or "reminder 3"."""
    moment: datetime
    """When to ring: `wanted` moved out of quiet hours (aware, UTC)."""
    wanted: datetime
    """When it would ring if nobody slept (aware, UTC)."""
    lead: timedelta | None = None
    """How long before the deadline; None for what somebody asked to be reminded of."""
    deadline: datetime | None = None
    """The earliest deadline in this group (aware, UTC)."""
    partners: tuple[str, ...] = ()
    """Codes of the classes rung; () = people without a class, in the room's zone."""


def due(project: Project, since: datetime, until: datetime) -> list[Occurrence]:
    """Return what rings after *since*, up to and including *until*, in order of its moment.

    Two windows that follow each other return together what the whole of them returns, but for a
    reminder that comes back: of it a window holds only the last time for each class (DESIGN 5).
    """
    window = Window.of(project, since, until)
    found: list[Occurrence] = []
    for what, thing, deadline in _dated(project):
        for lead, earliest, group in rings(project, thing, deadline, window):
            if window.holds(group.moment):
                found.append(_occurrence(what, _lead(lead), group, lead, earliest))
    for what, asked in _asked(project, window):
        found += [_occurrence(what, "", group) for group in asked.last(window)]
        found += [_occurrence(what, "snooze", group) for group in asked.snoozed(window)]
    return sorted(found, key=lambda one: (one.moment, one.key))


def next_due(project: Project, after: datetime) -> datetime | None:
    """Return the first moment after *after* at which `due` has something, or None.

    The law: `due(project, after, that moment)` is not empty and all it holds rings at that moment.
    """
    window = Window.of(project, after, FAR)
    best: datetime | None = None
    # The nearest deadlines first: they give the bound beyond which the rest is not computed.
    for _, thing, deadline in sorted(_dated(project), key=lambda one: one[2].day):
        for _, _, group in rings(project, thing, deadline, window):
            if window.holds(group.moment):
                best = group.moment
                window = window.up_to(best - INSTANT)
    moments = [asked.next(window) for _, asked in _asked(project, window)]
    return min((one for one in [best, *moments] if one is not None), default=None)


def concerned(project: Project, occurrence: Occurrence) -> list[str]:
    """Return the Matrix ids to mention when *occurrence* rings, each once, all in the room."""
    kind, _, number = occurrence.what.partition(" ")
    things: dict[str, dict[int, Task] | dict[int, Milestone] | dict[int, Reminder]] = {
        "task": project.tasks,
        "milestone": project.milestones,
        "reminder": project.reminders,
    }
    thing: Thing | None = things[kind].get(int(number))
    if thing is None:
        return []
    rung: set[Code] = {*occurrence.partners}
    if not rung or NO_CLASS in occurrence.key.rpartition(" ")[2].split("+"):
        rung.add(None)
    return people_of(project, thing, rung)


def _dated(project: Project) -> Iterator[tuple[str, Task | Milestone, Due]]:
    """Yield what has a deadline ahead of it: open tasks, milestones."""
    for task in project.tasks.values():
        if task.open and task.due:
            yield f"task {task.number}", task, task.due
    for milestone in project.milestones.values():
        if milestone.deleted is None:
            yield f"milestone {milestone.number}", milestone, milestone.due


def _asked(project: Project, window: Window) -> Iterator[tuple[str, Asked]]:
    """Yield the reminders that somebody asked for, without those stopped or paused."""
    for reminder in project.reminders.values():
        if not reminder.paused and reminder.stopped is None:
            yield f"reminder {reminder.number}", Asked(project, reminder, window.hours)


def _occurrence(
    what: str,
    which: str,
    group: Group,
    lead: timedelta | None = None,
    deadline: datetime | None = None,
) -> Occurrence:
    """Return a group as an occurrence; *which* tells the lead, or that it is a snooze."""
    codes = [wish.code for wish in group.wishes]
    classes = "+".join(code or NO_CLASS for code in codes)
    wanted = group.wanted.astimezone(UTC)
    exact = "seconds" if wanted.second else "minutes"
    when = wanted.replace(tzinfo=None).isoformat(timespec=exact) + "Z"
    return Occurrence(
        key=" ".join(part for part in (what, which, when, classes) if part),
        what=what,
        moment=group.moment,
        wanted=wanted,
        lead=lead,
        deadline=deadline,
        partners=tuple(code for code in codes if code is not None),
    )


def _lead(lead: timedelta) -> str:
    """Return a lead as it is typed: "7d", "1h", "1d12h", "0m"."""
    minutes = int(lead.total_seconds()) // 60
    parts = ((minutes // 1440, "d"), (minutes % 1440 // 60, "h"), (minutes % 60, "m"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0m"
