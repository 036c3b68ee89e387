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
JUST_MADE = 12
"""For this part of its lead after a thing was made all have just heard of it: 7d: 14 h, 1d: 2 h."""
SOON = timedelta(hours=12)
"""A reminder that was postponed is not worth ringing so shortly before the next."""


class Ring(NamedTuple):
    """Classes reminded together of one deadline."""

    lead: timedelta
    deadline: datetime
    """The earliest of theirs (aware, UTC)."""
    group: Group


def rings(project: Project, thing: Task | Milestone, due: Due, window: Window) -> list[Ring]:
    """Return how *thing* rings for a deadline *due*: all that may do so within *window*.

    Whatever the window, a ring within it is the same: a window only spares the work of computing
    what cannot matter to it. Some that are outside may be returned, and are to be left alone.
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
    gathered = _gathered(thing, leads, deadlines, window)
    if window.until < deadlines.last and any(_postponed(window, group) for _, group in gathered):
        # What it may have to give way to rings after the window.
        gathered = _gathered(thing, leads, deadlines, window.up_to(FAR))
    return _left(gathered, deadlines)


def _gathered(
    thing: Task | Milestone, leads: list[timedelta], deadlines: Deadlines, window: Window
) -> list[tuple[timedelta, Group]]:
    """Return the groups that want to be rung, the shortest lead first."""
    found: list[tuple[timedelta, Group]] = []
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
        heard = thing.created + lead / JUST_MADE
        wishes = [
            Wish(code, window.hours[code], wanted, deadlines.ends[code])
            for code, wall in deadlines.walls.items()
            if (wanted := before(wall, lead)) >= heard
        ]
        if min([deadlines.forward, *(wish.wanted for wish in wishes)]) > window.until:
            continue
        # "In an hour" must not be said two hours before.
        early = min(TOGETHER, lead / 2)
        terms = Terms(thing.created, PATIENCE, common, TOGETHER, early)
        found += [(lead, group) for group in gather(wishes, terms)]
    return found


def _postponed(window: Window, group: Group) -> bool:
    """Tell whether *group* is rung within the window, for some later than they wanted."""
    moment = group.moment
    return window.holds(moment) and any(moment > wish.wanted for wish in group.wishes)


def _left(gathered: list[tuple[timedelta, Group]], deadlines: Deadlines) -> list[Ring]:
    """Return what rings of *gathered*, the shortest lead first: less what gives way to shorter."""
    found: list[Ring] = []
    rung: dict[Code, list[datetime]] = {code: [] for code in deadlines.ends}
    for lead, group in gathered:
        left = tuple(one for one in group.wishes if not _superfluous(one, group, rung, deadlines))
        if left:
            for one in left:
                rung[one.code].append(group.moment)
            deadline = min(deadlines.ends[one.code] for one in left)
            found.append(Ring(lead, deadline, Group(group.moment, left)))
    return found


def _superfluous(
    wish: Wish, group: Group, rung: dict[Code, list[datetime]], deadlines: Deadlines
) -> bool:
    """Tell whether a class that hears shorter leads at *rung* need not hear this one.

    Of two at the same moment the shorter one rings. One that comes late gives way to a shorter one
    that comes soon, unless that leaves less time than it waits: a task for Monday 18:00 is told on
    Monday morning, not at 17:00 only.
    """
    moment, end = group.moment, deadlines.ends[wish.code]
    late = moment > wish.wanted
    return any(
        after == moment or (late and moment < after <= moment + min(SOON, end - after))
        for after in rung[wish.code]
    )
