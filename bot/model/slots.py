"""Slots: which classes are rung together, and at what moment.

Every class has a moment at which it would be rung if nobody slept (`wanted`). It is moved out of
that class's quiet time; then classes are brought together where none of them loses by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from bot.model.quiet import Hours, is_open, last_open_before, next_open

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

TOGETHER = timedelta(hours=3)
"""Moments that lie so near each other may become one message: 18:00 in Volos and in Pau."""


class Wish(NamedTuple):
    """When one class wants to be rung. All moments are aware, in UTC."""

    code: str | None
    """None = people without a class."""
    hours: Hours
    wanted: datetime
    deadline: datetime | None = None


class Terms(NamedTuple):
    """What holds for all the classes of one ringing."""

    created: datetime
    """Nothing rings at or before it."""
    patience: timedelta
    """How long after its own slot a class may be kept waiting for the others."""
    limit: datetime | None = None
    """A common slot lies before it: before the earliest deadline and the next shorter lead."""
    spread: timedelta = timedelta(0)
    """How far the wanted moments of classes rung together may lie from each other."""
    early: timedelta = TOGETHER
    """How long before the moment it wanted a class may be rung for the sake of the others."""


@dataclass(frozen=True)
class Group:
    """Classes that are rung together."""

    moment: datetime
    wishes: tuple[Wish, ...]
    """In the order in which they were given."""

    @property
    def wanted(self) -> datetime:
        """The earliest wanted moment."""
        return min(wish.wanted for wish in self.wishes)

    @property
    def codes(self) -> set[str | None]:
        """The classes."""
        return {wish.code for wish in self.wishes}


def slot(wish: Wish, created: datetime) -> datetime | None:
    """Return when a class would be rung if it were alone, or None if it cannot be.

    In quiet time that is the moment it ends; if the deadline would have come by then, half an hour
    before the quiet time began, unless the thing did not exist yet.
    """
    later = next_open(wish.wanted, *wish.hours)
    if wish.deadline is None or later <= wish.wanted or later < wish.deadline:
        return later
    earlier = last_open_before(wish.wanted, *wish.hours)
    return earlier if earlier > created else None


def gather(wishes: Iterable[Wish], terms: Terms) -> list[Group]:
    """Return the groups in which the classes of one thing are rung, in order of their moments."""
    singles = [
        (moment, wish)
        for wish in wishes
        if wish.wanted > terms.created and (moment := slot(wish, terms.created))
    ]
    order = {wish.code: place for place, (_, wish) in enumerate(singles)}
    rung: dict[datetime, list[Wish]] = {}
    for near in _near(singles, terms.spread):
        for moment, wish in _together(near, terms):
            rung.setdefault(moment, []).append(wish)
    return [
        Group(moment, tuple(sorted(rung[moment], key=lambda wish: order[wish.code])))
        for moment in sorted(rung)
    ]


Slots = list[tuple["datetime", Wish]]


def _near(singles: Slots, spread: timedelta) -> Iterable[Slots]:
    """Yield the classes whose wanted moments lie within *spread* of the first of them."""
    near: Slots = []
    for single in sorted(singles, key=lambda single: single[1].wanted):
        if near and single[1].wanted - near[0][1].wanted > spread:
            yield near
            near = []
        near.append(single)
    if near:
        yield near


def _together(singles: Slots, terms: Terms) -> Slots:
    """Return the classes with a common slot: for all, else for as many as follow each other."""
    if common := _common(singles, terms):
        return [(common, wish) for _, wish in singles]
    parties: list[tuple[datetime, Slots]] = []
    for single in sorted(singles, key=lambda single: single[0]):
        if parties and (common := _common([*parties[-1][1], single], terms)):
            parties[-1] = (common, [*parties[-1][1], single])
        else:
            parties.append((single[0], [single]))
    return [(moment, wish) for moment, party in parties for _, wish in party]


def _common(singles: Slots, terms: Terms) -> datetime | None:
    """Return a moment open for all these classes that none of them loses by, or None.

    The earliest of their own slots that will do; else the next moment at which all are open.
    """
    moments = sorted({moment for moment, _ in singles})
    if len(moments) == 1:
        return moments[0]
    hours = [wish.hours for _, wish in singles]
    # One that is moved anyway does not care about an hour or two.
    earliest = max(own - (terms.early if own == wish.wanted else TOGETHER) for own, wish in singles)
    for moment in moments:
        if moment >= earliest and _fits(moment, moments, hours, terms):
            return moment
    moment = moments[-1]
    while moment - moments[0] <= terms.patience:
        opened = max(next_open(moment, *one) for one in hours)
        if opened == moment:
            return moment if _fits(moment, moments, hours, terms) else None
        moment = opened
    return None


def _fits(
    moment: datetime, moments: Sequence[datetime], hours: Iterable[Hours], terms: Terms
) -> bool:
    """Tell whether all are open, nobody waits too long, and no deadline or lead is missed."""
    return (
        (terms.limit is None or moment < terms.limit)
        and moment - moments[0] <= terms.patience
        and all(is_open(moment, *one) for one in hours)
    )
