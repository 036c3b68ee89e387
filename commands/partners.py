"""Partners and people: the classes of a project and who belongs to them."""

from __future__ import annotations

from bot.command import Choice, Commands, Context, Outcome
from bot.language.field_classes import ClassCode, ClassDetails
from bot.language.field_people import LETTERS
from bot.language.field_settings import Languages
from bot.language.fields import PartnerCode
from bot.language.folding import fold
from bot.language.message import (
    NOTHING,
    Bold,
    Joined,
    LanguageName,
    Lines,
    Listed,
    Message,
    Part,
    Refusal,
    Typed,
    _,
    _n,
    say,
)
from bot.model.asker import Asker
from bot.model.people import Member, Partner, Quiet, Role
from bot.model.project import Project
from bot.model.reminders import Audience

command = Commands("partners")
MOST_CLASSES = 8
MOST_LINES = 6
IAM = _("(i am|iam|i'm|i am in|my class is) {partner}")
ADD = _("(partner|class) add {code} {details}")
EXAMPLE = {"code": "KRK", "details": "Kraków pl Europe/Warsaw"}
SETUP = _("(setup|set up) {languages}")


@command(
    SETUP,
    _("Set up the room: the languages it reads."),
    example=_("setup fr de pl"),
    may=Role.TEACHER,
)
def setup(project: Project, asker: Asker, *, languages: Languages) -> Outcome:
    """Set the languages of the room."""
    del asker
    project.languages, project.ready = list(languages), True
    return _ready(project)


@command(
    _("setup\nset up"), _("Set up the room, step by step."), example=_("setup"), may=Role.TEACHER
)
def setup_show(project: Project, asker: Asker) -> Outcome:
    """Say what is set up and what comes next."""
    del asker
    if project.partners:
        project.ready = True
    return _ready(project)


def _ready(project: Project) -> Outcome:
    """Say what is set up; with classes there are buttons to tap."""
    languages = Listed(tuple(LanguageName(one) for one in project.languages))
    if not project.partners:
        return Outcome(
            says=Lines(
                (
                    say(_("Languages of this room: {languages}."), languages=languages),
                    say(
                        _("Next, add each class: {how}"),
                        how=Typed(ADD, EXAMPLE),
                    ),
                )
            ),
            board=True,
        )
    shown = list(project.partners.values())[:MOST_CLASSES]
    taps = tuple(
        Choice(letter, f"iam {one.code}") for letter, one in zip(LETTERS, shown, strict=False)
    )
    classes: Part = Joined(
        tuple(f"{letter} {_label(one)}" for letter, one in zip(LETTERS, shown, strict=False))
    )
    return Outcome(
        announces=Joined((say(_("Tap your class, or write {how}."), how=_how_to_join(project)),)),
        says=classes,
        offers=taps,
        anyone=True,
        board=True,
    )


def _label(partner: Partner) -> str:
    return (
        f"{partner.code} {partner.name}"
        if fold(partner.name) != fold(partner.code)
        else partner.code
    )


def _how_to_join(project: Project) -> Typed:
    return Typed(IAM, {"partner": next(iter(project.partners))})


@command(
    ADD,
    _("Add a class: code, name, languages, time zone, homeserver, size."),
    example=_("partner add GDA Gdańsk pl Europe/Warsaw"),
    may=Role.TEACHER,
)
def add(
    project: Project, asker: Asker, context: Context, *, code: ClassCode, details: ClassDetails
) -> Outcome:
    """Add a class, or change it if its code is known."""
    del asker
    if fold(code) in context.commands.verbs(context.languages):
        raise Refusal(
            say(_("{code} is a word that I know as a command. Choose another code."), code=code)
        )
    zone = details.zone or project.zone
    known = project.partners.get(code)
    partner = Partner(
        code,
        details.name or (known.name if known else code),
        details.zone or (known.zone if known else zone),
        list(details.languages) or (known.languages if known else []),
        country=details.country,
        server=details.server or (known.server if known else None),
        size=details.size or (known.size if known else None),
        quiet=known.quiet if known else None,
        holidays=known.holidays if known else [],
    )
    project.partners[code] = partner
    for language in partner.languages:
        if language not in project.languages and project.ready:
            project.languages.append(language)
    placed = _place_by_server(project, partner)
    guessed: Part = NOTHING
    if details.zone and details.guessed_from:
        guessed = say(
            _("Zone {zone}, guessed from “{word}”. If it is another one, add it at the end: {how}"),
            zone=details.zone,
            word=details.guessed_from,
            how=Typed(ADD, {"code": code, "details": f"{partner.name} Europe/…"}),
        )
    elif not details.zone and not known:
        guessed = say(
            _("I do not know its time zone and use {zone}. Add it at the end: {how}"),
            zone=zone,
            how=Typed(ADD, {"code": code, "details": f"{partner.name} Europe/…"}),
        )
    people: Part = NOTHING
    if placed:
        people = say(_n("{n} member placed.", "{n} members placed.", placed))
    return Outcome(says=Lines((_describe(project, partner), guessed, people)), board=True)


def _place_by_server(project: Project, partner: Partner) -> int:
    """Place members without a class whose homeserver is the class's own; return how many."""
    if not partner.server:
        return 0
    found = [
        one
        for one in project.members.values()
        if one.partner is None and one.user.partition(":")[2] == partner.server
    ]
    for one in found:
        one.partner = partner.code
    return len(found)


def _describe(project: Project, partner: Partner) -> Part:
    members = len(project.people_of(partner.code))
    size: Part = say(_n("{n} pupil", "{n} pupils", partner.size)) if partner.size else NOTHING
    known: Part = say(_n("{n} member here", "{n} members here", members)) if members else NOTHING
    languages = ", ".join(partner.languages)
    name = Bold(_label(partner))
    return Joined((name, languages, partner.zone, partner.server or "", size, known))


@command(
    _("(partners|classes|partner|class)"),
    _("The classes of this room."),
    example=_("partners"),
    shows=True,
)
def show(project: Project, asker: Asker) -> Outcome:
    """List the classes."""
    if not project.partners:
        how = Typed(ADD, EXAMPLE)
        if asker.role < Role.TEACHER:
            return Outcome(says=say(_("There is no class yet. A teacher adds one: {how}"), how=how))
        return Outcome(says=say(_("There is no class yet. Add one: {how}"), how=how))
    unplaced = sum(one.present and one.partner is None for one in project.members.values())
    shown = list(project.partners.values())[:MOST_LINES]
    lines: list[Part] = [_describe(project, one) for one in shown]
    if more := len(project.partners) - len(shown):
        lines.append(say(_n("… and {n} more", "… and {n} more", more)))
    if unplaced:
        text = _n("{n} member without a class.", "{n} members without a class.", unplaced)
        lines.append(say(text))
    return Outcome(says=Lines(tuple(lines)))


@command(
    _("(partner|class) (delete|remove) {partner}"),
    _("Remove a class."),
    example=_("partner delete PAU"),
    may=Role.TEACHER,
)
def remove(project: Project, asker: Asker, *, partner: PartnerCode) -> Outcome:
    """Remove a class; its people stay, without a class."""
    del asker, project.partners[partner]
    for member in project.members.values():
        if member.partner == partner:
            member.partner = None
    for task in project.tasks.values():
        task.partners = [code for code in task.partners if code != partner]
    return Outcome(reaction="👍", board=True)


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
        member = project.members.setdefault(user, Member(user, project.name_of(user)))
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
        member = project.members.setdefault(user, Member(user, project.name_of(user)))
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


@command(
    _("quiet {partner} {hours}\n{partner} quiet {hours}"),
    _("Hours in which a class is not rung."),
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
    _("Hours in which nobody is rung."),
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
