"""People: who belongs to which class, who is a teacher, whom a reminder of a class mentions."""

from __future__ import annotations

from bot.command import Commands, Outcome
from bot.language import field_people
from bot.language.fields import PartnerCode
from bot.language.message import Refusal, _, say
from bot.model.asker import Asker
from bot.model.people import Member, Role
from bot.model.project import Project
from bot.model.reminders import Audience

command = Commands("partners")
IAM = field_people.IAM


def _member(project: Project, user: str) -> Member:
    """Return the member *user*; who was never seen is not there until they say something."""
    stranger = Member(user, project.name_of(user), present=False)
    return project.members.setdefault(user, stranger)


@command(IAM, _("Tell me your class."), example=_("i am PAU"))
def iam(project: Project, asker: Asker, *, partner: PartnerCode) -> Outcome:
    """Put the asker into a class."""
    member = project.members.setdefault(asker.user, Member(asker.user, asker.name))
    if member.partner == partner:
        return Outcome(reaction="👍")
    member.partner = partner
    return Outcome(reaction="👍")


@command(
    _("(place|put) {who} in {partner}\n(partner|class) {partner} {who}"),
    _("Put people into a class."),
    example=_("place @ana in PAU"),
    may=Role.TEACHER,
)
def place(project: Project, asker: Asker, *, who: Audience, partner: PartnerCode) -> Outcome:
    """Put others into a class."""
    del asker
    if not who.people:
        raise Refusal(say(_("Name the people to place: type @ and pick them from the list.")))
    for user in who.people:
        member = _member(project, user)
        member.partner = partner
    return Outcome(reaction="👍")


@command(
    _("role {who} pupil"),
    _("Make somebody a pupil."),
    example=_("role @ana pupil"),
    may=Role.COORDINATOR,
    sealed=True,
    quiet=True,
)
def role_pupil(project: Project, asker: Asker, *, who: Audience) -> Outcome:
    """Take a given role back."""
    return _give(project, asker, who, None)


@command(
    _("role {who} teacher"),
    _("Make somebody a teacher."),
    example=_("role @ana teacher"),
    may=Role.COORDINATOR,
    sealed=True,
)
def role_teacher(project: Project, asker: Asker, *, who: Audience) -> Outcome:
    """Make somebody a teacher."""
    return _give(project, asker, who, Role.TEACHER)


@command(
    _("role {who} coordinator"),
    _("Make somebody a coordinator."),
    example=_("role @ana coordinator"),
    may=Role.COORDINATOR,
    sealed=True,
)
def role_coordinator(project: Project, asker: Asker, *, who: Audience) -> Outcome:
    """Make somebody a coordinator."""
    return _give(project, asker, who, Role.COORDINATOR)


def _give(project: Project, asker: Asker, who: Audience, role: Role | None) -> Outcome:
    if not who.people:
        raise Refusal(say(_("Name one person: type @ and pick a name from the list.")))
    if asker.user in who.people and (role or Role.PUPIL) < asker.role:
        raise Refusal(say(_("You would lock yourself out. Another coordinator can do it.")))
    for user in who.people:
        member = _member(project, user)
        member.role = role
    return Outcome(reaction="👍")


@command(
    _("(ring me|notify me) [with my class]\nmy class (on|yes)"),
    _("Mention me when my class is reminded."),
    example=_("ring me"),
)
def ring(project: Project, asker: Asker) -> Outcome:
    """Mention the asker when their class is reminded."""
    member = project.members.setdefault(asker.user, Member(asker.user, asker.name))
    member.rings = True
    return Outcome(reaction="🔔")


@command(
    _("(do not ring me|don't ring me|don't notify me)\nmy class (off|no)"),
    _("Do not mention me when my class is reminded."),
    example=_("don't ring me"),
)
def ring_not(project: Project, asker: Asker) -> Outcome:
    """Do not mention the asker when their class is reminded."""
    member = project.members.setdefault(asker.user, Member(asker.user, asker.name))
    member.rings = False
    return Outcome(reaction="🔕")
