"""The digest: when the room is told each week where its project stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.model.due import local
from bot.model.quiet import on_holiday

if TYPE_CHECKING:
    from bot.model.project import Project

A_WEEK = timedelta(days=7)
LATEST = timedelta(hours=24)
"""A digest that was missed for longer is not made up for."""


@dataclass
class Digest:
    """A weekly digest."""

    weekday: int
    """0 is Monday."""
    clock: time
    """In the room's zone."""
    since: datetime
    """It is due at its first time after this moment (aware)."""


def next_time(digest: Digest, zone: str, after: datetime) -> datetime:
    """Return the first time of *digest* after *after*: an aware moment, by the wall of *zone*."""
    today = after.astimezone(ZoneInfo(zone)).date()
    day = today + timedelta(days=(digest.weekday - today.weekday()) % 7)
    moment = local(day, digest.clock, zone)
    return moment if moment > after else local(day + A_WEEK, digest.clock, zone)


def last_time(digest: Digest, zone: str, now: datetime) -> datetime | None:
    """Return the last time of *digest* up to *now* that it has not come yet, or None."""
    today = now.astimezone(ZoneInfo(zone)).date()
    day = today - timedelta(days=(today.weekday() - digest.weekday) % 7)
    moment = local(day, digest.clock, zone)
    if moment > now:
        moment = local(day - A_WEEK, digest.clock, zone)
    return moment if moment > digest.since else None


def all_on_holiday(project: Project, moment: datetime) -> bool:
    """Tell whether every class of *project* has a day without school at *moment*."""
    classes = project.partners.values()
    return bool(classes) and all(
        on_holiday(_day(moment, one.zone), one.holidays) for one in classes
    )


def _day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()
