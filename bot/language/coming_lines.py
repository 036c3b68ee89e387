"""Coming lines: how a date ahead is written in a list."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.language.cards import (
    concerned_partners,
    date_and_places,
    local_times,
    milestone_card,
    task_line,
)
from bot.language.message import Bold, Joined, Neutral, Part, Titled, _, say
from bot.model.coming import Coming
from bot.model.due import Due
from bot.model.people import Partner
from bot.model.project import Project
from bot.model.publication import Publication
from bot.model.tasks import Milestone, Task

NO_TITLE = "[…]"


def coming_line(project: Project, coming: Coming) -> Part:
    """Return the line of a date ahead in the reader's language: what it is, who, when."""
    thing = coming.thing
    if isinstance(thing, Milestone):
        return milestone_card(project, thing)
    if isinstance(thing, Task):
        return task_line(project, thing)
    when = date_and_places(project, coming.due, _partners(project, coming))
    if isinstance(thing, Publication):
        return Joined((_named(coming), when))
    return Joined((_named(coming), say(_("closes {when}"), when=when)))


def neutral_line(project: Project, coming: Coming) -> Part:
    """Return the line of a date ahead with no words but people's own, for several languages."""
    partners = _partners(project, coming)
    zone = partners[0].zone if partners else project.zone
    moment = project.deadline_of(coming.due, partners[0] if partners else None)
    day = Neutral(Due(moment.astimezone(ZoneInfo(zone)).date()), zone)
    when = Joined((day, local_times(project, coming.due, partners)), " ")
    return Joined((_named(coming), when))


def _named(coming: Coming) -> Part:
    thing = coming.thing
    if isinstance(thing, Milestone):
        return Joined((f"M{thing.number} ⚑", Bold(thing.title or NO_TITLE)))
    if isinstance(thing, Task):
        return Joined((f"#{thing.number}", Bold(Titled(thing.title or NO_TITLE, thing.titles))))
    if isinstance(thing, Publication):
        return Joined((f"P{thing.number}", Bold(thing.title or NO_TITLE)))
    return Joined((f"Q{thing.number}", Bold(thing.question or NO_TITLE)))


def _partners(project: Project, coming: Coming) -> list[Partner]:
    """Return the classes on whose clocks the date is written."""
    if isinstance(coming.thing, Task):
        return concerned_partners(project, coming.thing)
    return list(project.partners.values())
