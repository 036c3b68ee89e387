"""Leads: how long before its deadline a task or milestone rings for each class."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from bot.model.concern import Code, classes_of
from bot.model.slots import TOGETHER, Group, Terms, Wish, gather
from bot.model.window import FAR, PATIENCE

if TYPE_CHECKING:
    from bot.model.due import Due
    from bot.model.project import Project
    from bot.model.tasks import Milestone, Task
    from bot.model.window import Deadlines, Window

MIDNIGHT = time(0)
A_DAY = timedelta(days=1)
CLOCK_CHANGE = timedelta(hours=2)
"""No change of clocks is larger (it is that large in Troll, Antarctica)."""


class Ring(NamedTuple):
    """Classes reminded together of one deadline."""

    lead: timedelta
    deadline: datetime
    """The earliest of theirs (aware, UTC)."""
    group: Group


def rings(project: Project, thing: Task | Milestone, due: Due, window: Window) -> list[Ring]:
    """Return how *thing* rings for a deadline *due*: all that may do so within *window*.

    Whatever the window, a ring is the same: a window only spares the work of computing what
    cannot be in it. Some that are outside may be returned.
    """
    leads = thing.leads if thing.leads is not None else project.leads
    day = datetime.combine(due.day, MIDNIGHT, UTC)
    # In any zone the deadline is within a day of that day's midnights.
    if day - window.until - 2 * A_DAY > max([window.reach, *leads]):
        return []
    if window.since - day > 3 * A_DAY or day >= FAR:
        return []
    codes = tuple(classes_of(project, thing))
    return _rings(thing, leads, window.deadlines(due, codes), window) if codes else []


def before(deadline: datetime, lead: timedelta) -> datetime:
    """Return the moment (UTC) that lies *lead* before *deadline*, an aware moment in its zone.

    Whole days are days on the wall, the rest is exact (RFC 5545 3.3.6): a week before Monday 18:00
    is Monday 18:00, whether or not clocks change in between.
    """
    days, rest = divmod(lead, A_DAY)
    # Arithmetic within one zone goes by the wall; `fold` picks the first of a repeated hour.
    wall = (deadline - days * A_DAY).replace(fold=0) if days else deadline
    return wall.astimezone(UTC) - rest


def _rings(
    thing: Task | Milestone, leads: list[timedelta], deadlines: Deadlines, window: Window
) -> list[Ring]:
    """Return how *thing* rings before *deadlines*; see `rings`."""
    found: list[Ring] = []
    taken: set[tuple[Code, datetime]] = set()
    floor = window.floor(tuple(deadlines.ends))
    limit = deadlines.first
    longest = deadlines.last - thing.created  # longer ones would ring before it was made
    for lead in sorted({one for one in leads if timedelta(0) <= one < longest + A_DAY}):
        common, limit = limit, deadlines.first - lead
        if deadlines.last - lead + CLOCK_CHANGE < floor:
            break
        earliest = min(deadlines.forward, deadlines.first - lead - CLOCK_CHANGE)
        if earliest > window.until:
            continue
        wishes = [
            Wish(code, window.hours[code], before(wall, lead), deadlines.ends[code])
            for code, wall in deadlines.walls.items()
        ]
        if min(deadlines.forward, *(wish.wanted for wish in wishes)) > window.until:
            continue
        # "In an hour" must not be said two hours before.
        early = min(TOGETHER, lead / 2)
        for group in gather(wishes, Terms(thing.created, PATIENCE, common, TOGETHER, early)):
            # Of two leads moved to the same slot the shorter one rings.
            rung = tuple(one for one in group.wishes if (one.code, group.moment) not in taken)
            if rung:
                taken |= {(one.code, group.moment) for one in rung}
                deadline = min(deadlines.ends[one.code] for one in rung)
                found.append(Ring(lead, deadline, Group(group.moment, rung)))
    return found
