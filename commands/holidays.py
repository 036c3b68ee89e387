"""Holidays: the days on which a class has no school, when reminders wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.command import Commands, Context, Outcome
from bot.language.calendars import MOST_HOLIDAYS, BadCalendar, read_calendar
from bot.language.cards import first_lines
from bot.language.field_agenda import HolidayList
from bot.language.fields import PartnerCode
from bot.language.message import (
    NOTHING,
    Bold,
    Commas,
    Joined,
    Lines,
    Listed,
    Part,
    Refusal,
    Typed,
    _,
    _n,
    say,
)
from bot.model.asker import Asker
from bot.model.concern import classes_of
from bot.model.people import Holiday, Partner, Role
from bot.model.project import Project
from bot.model.quiet import on_holiday

command = Commands("agenda")
MOST_RANGES = 4
"""How many holidays of a class are named in one line."""
MOST_LINES = 6
MOST_NUMBERS = 6
A_DAY = timedelta(days=1)
HOLIDAYS = _("(holidays|holiday|vacation|vacations) {partner} {days}")
EXAMPLE_DAYS = "23/12-1/1"


@command(
    HOLIDAYS,
    _("When a class has no school: reminders wait."),
    example=_("holidays PAU 23/12-1/1"),
    may=Role.TEACHER,
)
def add(project: Project, asker: Asker, *, partner: PartnerCode, days: HolidayList) -> Outcome:
    """Add holidays to a class, and say which deadlines fall into them."""
    found = _own_class(project, asker, partner)
    return Outcome(says=_added(project, asker, found, days))


@command(
    _("(holidays|holiday|vacation|vacations) {partner}"),
    _("The holidays of a class, or with a calendar file (.ics): add those in it."),
    example=_("holidays PAU"),
    file=".ics",
)
def show_or_read(
    project: Project, asker: Asker, context: Context, *, partner: PartnerCode
) -> Outcome:
    """Add the holidays of a calendar file; without a file say those that are known."""
    if context.file is None:
        return Outcome(says=_line(project.partners[partner], asker.today))
    if asker.role < Role.TEACHER:
        raise Refusal(say(_("Only a teacher can do that.")))
    found = _own_class(project, asker, partner)
    if not context.file:
        raise Refusal(say(_("I could not fetch that file. Please post it again.")))
    try:
        read = read_calendar(context.file, asker.today)
    except BadCalendar:
        raise Refusal(say(_("That is no calendar file (.ics) that I can read."))) from None
    if not read.holidays:
        raise Refusal(say(_("I found no whole days to come in that calendar.")))
    added = _added(project, asker, found, read.holidays)
    return Outcome(says=Lines((added, _left_out(read.left_out), _recurring(read.recurring))))


def _left_out(count: int) -> Part:
    if not count:
        return NOTHING
    text = _n(
        "{n} left out: too long for holidays, or too many.",
        "{n} left out: too long for holidays, or too many.",
        count,
    )
    return say(text)


def _recurring(count: int) -> Part:
    """Say that of what comes back only its first time was taken."""
    if not count:
        return NOTHING
    return say(
        _n(
            "{n} of them comes back again and again: I took only its first time.",
            "{n} of them come back again and again: I took only the first time of each.",
            count,
        )
    )


@command(
    _("(holidays|holiday|vacation|vacations) {partner} (delete|remove|off|none)"),
    _("Forget the holidays of a class."),
    example=_("holidays PAU delete"),
    may=Role.TEACHER,
)
def delete(project: Project, asker: Asker, *, partner: PartnerCode) -> Outcome:
    """Forget the holidays of a class."""
    _own_class(project, asker, partner).holidays = []
    return Outcome(reaction="👍")


@command(
    _("(holidays|vacation|vacations)"),
    _("The holidays to come, class by class."),
    example=_("holidays"),
    shows=True,
)
def show(project: Project, asker: Asker) -> Outcome:
    """List the holidays to come."""
    known = [one for one in project.partners.values() if _ahead(one.holidays, asker.today)]
    if not known:
        how = _how(next(iter(project.partners), "KRK"))
        return Outcome(says=say(_("I know of no holidays. A teacher adds them: {how}"), how=how))
    return Outcome(says=Lines(first_lines([_line(one, asker.today) for one in known], MOST_LINES)))


def _how(code: str) -> Typed:
    return Typed(HOLIDAYS, {"partner": code, "days": EXAMPLE_DAYS})


def _own_class(project: Project, asker: Asker, code: str) -> Partner:
    """Return the class *code* if the asker may set its holidays; Refusal if not."""
    own = project.partner_of(asker.user)
    if asker.role < Role.COORDINATOR and (own is None or own.code != code):
        raise Refusal(
            say(_("Only a teacher of {code} or a coordinator sets its holidays."), code=code)
        )
    return project.partners[code]


def _ahead(holidays: Sequence[Holiday], today: date) -> list[Holiday]:
    return [one for one in holidays if one.last >= today]


def _line(partner: Partner, today: date) -> Part:
    ahead = _ahead(partner.holidays, today)
    if not ahead:
        unknown = _("No holidays of {code} are known. Its teacher adds them: {how}")
        return say(unknown, code=partner.code, how=_how(partner.code))
    return Joined((Bold(partner.code), _ranges(ahead)))


def _ranges(holidays: Sequence[Holiday]) -> Part:
    """Return the first few ranges, and how many more there are."""
    return Commas(first_lines([_range(one) for one in holidays], MOST_RANGES))


def _range(one: Holiday) -> Part:
    return one.first if one.first == one.last else Joined((one.first, one.last), " – ")


def _added(project: Project, asker: Asker, partner: Partner, new: Sequence[Holiday]) -> Part:
    """Add *new* to what is known of the class, ranges that touch made one."""
    merged: list[Holiday] = []
    for one in sorted((*partner.holidays, *new), key=lambda one: one.first):
        if merged and one.first <= merged[-1].last + A_DAY:
            merged[-1] = Holiday(merged[-1].first, max(merged[-1].last, one.last))
        else:
            merged.append(Holiday(one.first, one.last))
    if len(_ahead(merged, asker.today)) > MOST_HOLIDAYS:
        raise Refusal(say(_("I keep at most {most} holidays of a class."), most=MOST_HOLIDAYS))
    partner.holidays = merged
    said = say(
        _("No school for {code}, and its reminders wait: {days}"),
        code=Bold(partner.code),
        days=_ranges(new),
    )
    return Lines((said, _deadlines_in(project, partner, new)))


def _deadlines_in(project: Project, partner: Partner, holidays: Sequence[Holiday]) -> Part:
    """Return which deadlines of a class fall into *holidays*."""
    found = [
        f"{letter}{thing.number}"
        for letter, things in (("#", project.tasks), ("M", project.milestones))
        for thing in things.values()
        if thing.deleted is None
        and getattr(thing, "open", True)
        and thing.due
        and partner.code in classes_of(project, thing)
        and on_holiday(
            project.deadline_of(thing.due, partner).astimezone(ZoneInfo(partner.zone)).date(),
            holidays,
        )
    ]
    if not found:
        return NOTHING
    text = _n(
        "{n} deadline falls into these holidays: {numbers}.",
        "{n} deadlines fall into these holidays: {numbers}.",
        len(found),
    )
    return say(text, numbers=Listed(tuple(found[:MOST_NUMBERS])))
