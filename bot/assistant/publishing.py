"""Publishing: what is still open is said before the date, who is responsible asked once a year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.assistant.speaking import Speaker
from bot.language.field_publish import Mention
from bot.language.mentions import NAMES, SET
from bot.language.message import Commas, Part, Typed, _, _n, say
from bot.language.publication_cards import SHOW, point_name
from bot.model.documents import Offer, RoomDocument
from bot.model.due import Due, local
from bot.model.people import Role
from bot.model.project import Project
from bot.model.publication import POINTS, Publication, open_points

MORNING = time(9)
"""When the room is told, on the clock of the project."""
BEFORE = (timedelta(days=7), timedelta(days=1))
"""How many days before the date it is said what is open."""
NEW_SCHOOL_YEAR = (9, 1)
"""Month and day of the question whether the person responsible is still the right one: heads of
schools change in summer (charter.md 3.1)."""
SUMMER = (7, 1)
"""Who was confirmed from here on is the right one for the new school year."""
STANDS = timedelta(days=30)
"""How long the question can be answered with a tap."""
MOST_NAMED = 4


def next_moment(document: RoomDocument, now: datetime) -> datetime | None:
    """Return when open points, or the yearly question about who is responsible, are due."""
    project = document.project
    moments = [
        moment
        for publication in project.publications.values()
        if (moment := _next_nudge(project, publication, now)) is not None
    ]
    question = _next_question(project, now)
    return min([*moments, *([question] if question else [])], default=None)


def run(document: RoomDocument, now: datetime) -> None:
    """Say what is open; ask once a year whether the person responsible is still the right one."""
    project, speaker = document.project, Speaker(document, now)
    for publication in project.publications.values():
        moment = _next_nudge(project, publication, now)
        if moment is not None and moment <= now:
            publication.nudged = now
            _nudge(speaker, publication)
    question = _next_question(project, now)
    if question is not None and question <= now:
        project.publisher.asked = question.year
        _ask(speaker, question.year)


# --- open points ----------------------------------------------------------------------------------


def _next_nudge(project: Project, publication: Publication, now: datetime) -> datetime | None:
    """Return the next moment to say what is open; of several that were missed, the last one."""
    due = publication.due
    if due is None or publication.deleted or publication.published:
        return None
    if project.deadline_of(due, None) <= now:
        return None
    since = publication.nudged or publication.created
    moments = [one for one in _moments(project, due) if one > since]
    missed = [one for one in moments if one <= now]
    return max(missed) if missed else min(moments, default=None)


def _moments(project: Project, due: Due) -> Iterator[datetime]:
    """Yield the mornings before *due*, on the calendar of the project."""
    day = project.deadline_of(due, None).astimezone(ZoneInfo(project.zone)).date()
    for before in BEFORE:
        yield local(day - before, MORNING, project.zone)


def _nudge(speaker: Speaker, publication: Publication) -> None:
    """Tell the room what is open, blocking points first; nothing if all is done."""
    project = speaker.document.project
    left = open_points(publication, project.partners)
    if not left or publication.due is None:
        return
    number = f"P{publication.number}"
    part = say(
        _n(
            "{number} {title}, {day}: {n} of {all} points is open. {points} · {how}",
            "{number} {title}, {day}: {n} of {all} points are open. {points} · {how}",
            len(left),
        ),
        number=number,
        title=publication.title,
        day=publication.due.day,
        all=len(POINTS),
        points=_named(left),
        how=Typed(SHOW, {"publication": number}),
    )
    speaker.announce(part, f"about publication {publication.number} {speaker.now:%Y-%m-%d}")


def _named(points: list[int]) -> Part:
    """Return the first of *points* by name, the others by number: "3 Legal notice, 7, 8"."""
    named: list[Part] = [point_name(one) for one in points[:MOST_NAMED]]
    return Commas((*named, *sorted(points[MOST_NAMED:])))


# --- the person responsible -----------------------------------------------------------------------


def _next_question(project: Project, now: datetime) -> datetime | None:
    """Return when to ask next whether the person responsible is still the right one."""
    year = now.astimezone(ZoneInfo(project.zone)).year
    if _new_school_year(project, year) > now:
        year -= 1
    # A question that was missed is asked late; of several only the last one.
    asks = [one for one in (year, year + 1) if _is_to_ask(project, one)]
    return _new_school_year(project, asks[0]) if asks else None


def _new_school_year(project: Project, year: int) -> datetime:
    return local(date(year, *NEW_SCHOOL_YEAR), MORNING, project.zone)


def _is_to_ask(project: Project, year: int) -> bool:
    publisher, confirmed = project.publisher, project.publisher.confirmed
    known = confirmed is not None and confirmed >= date(year, *SUMMER)
    return bool(publisher.responsible) and not known and (publisher.asked or 0) < year


def _ask(speaker: Speaker, year: int) -> None:
    """Ask everybody; a teacher answers with a tap, or enters another name."""
    name = speaker.document.project.publisher.responsible
    target = f"answer responsible {year}"
    another = Typed(SET, {"mention": say(NAMES[Mention.RESPONSIBLE]), "text": "…"})
    part = say(
        _(
            "Once a year: is {name} still responsible for what we publish? "
            "Teachers: ✅ = yes. Somebody else: {how}"
        ),
        name=name,
        how=another,
    )
    speaker.announce(part, target)
    until = speaker.now + STANDS
    yes = {"✅": "mentions responsible ok"}
    speaker.document.offers.append(Offer(target, until, choices=yes, role=Role.TEACHER))
    speaker.seed(("✅",), target)
