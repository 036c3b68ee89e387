"""Quiet hours: when nobody, or nobody of one class, is rung."""

from __future__ import annotations

from bot.command import Commands, Outcome
from bot.language.fields import PartnerCode
from bot.language.message import Joined, Message, Refusal, _, say
from bot.model.asker import Asker
from bot.model.people import Quiet, Role
from bot.model.project import Project

command = Commands("partners")


@command(
    _("quiet {partner} {hours}\n{partner} quiet {hours}"),
    _("Hours in which a class gets no reminders."),
    example=_("quiet PAU 20:00-07:00 weekend"),
    may=Role.TEACHER,
)
def quiet_partner(project: Project, asker: Asker, *, partner: PartnerCode, hours: Quiet) -> Outcome:
    """Set the quiet hours of one class."""
    own = project.partner_of(asker.user)
    if asker.role < Role.COORDINATOR and own and own.code != partner:
        raise Refusal(say(_("Only a coordinator sets the hours of another class.")))
    project.partners[partner].quiet = hours
    return Outcome(says=Joined((partner, describe_quiet(hours))))


@command(
    _("quiet {hours}"),
    _("Hours in which nobody gets reminders."),
    example=_("quiet 20:00-07:00 weekend"),
    may=Role.TEACHER,
)
def quiet(project: Project, asker: Asker, *, hours: Quiet) -> Outcome:
    """Set the quiet hours: of the asker's class, of the room if a coordinator asks."""
    own = project.partner_of(asker.user)
    if asker.role < Role.COORDINATOR and own:
        own.quiet = hours
        return Outcome(says=Joined((own.code, describe_quiet(hours))))
    project.quiet = hours
    return Outcome(says=describe_quiet(hours))


def describe_quiet(hours: Quiet) -> Message:
    """Say when nobody is rung."""
    if hours.start == hours.end:
        if hours.weekend:
            return say(_("Quiet at weekends."))
        return say(_("No quiet hours."))
    values = {"start": f"{hours.start:%H:%M}", "end": f"{hours.end:%H:%M}"}
    if hours.weekend:
        return say(_("Quiet from {start} to {end} and at weekends."), **values)
    return say(_("Quiet from {start} to {end}."), **values)
