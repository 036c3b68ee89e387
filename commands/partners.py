"""Partners: the classes of a project, and setting it up with them."""

from __future__ import annotations

from bot.command import Choice, Commands, Context, Outcome
from bot.language.cards import first_lines
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
    Part,
    Refusal,
    Typed,
    _,
    _n,
    say,
)
from bot.model.asker import Asker
from bot.model.people import Partner, Role
from bot.model.project import Project
from commands.people import IAM

command = Commands("partners")
MOST_CLASSES = 8
MOST_LINES = 6
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
    _("Add a class: code, name, language, time zone."),
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
        country=details.country or (known.country if known else None),
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
    classes = [_describe(project, one) for one in project.partners.values()]
    alone: Part = NOTHING
    if unplaced:
        text = _n("{n} member without a class.", "{n} members without a class.", unplaced)
        alone = say(text)
    return Outcome(says=Lines((*first_lines(classes, MOST_LINES), alone)))


@command(
    _("(partner|class) (delete|remove) {partner}"),
    _("Remove a class."),
    example=_("partner delete PAU"),
    may=Role.TEACHER,
)
def remove(project: Project, asker: Asker, *, partner: PartnerCode) -> Outcome:
    """Remove a class; its people stay, without a class, and what reminded only it is stopped."""
    del project.partners[partner]
    for member in project.members.values():
        if member.partner == partner:
            member.partner = None
    for task in project.tasks.values():
        task.partners = [code for code in task.partners if code != partner]
    for reminder in project.reminders.values():
        if partner in (audience := reminder.audience).partners:
            audience.partners = [code for code in audience.partners if code != partner]
            if not audience:
                reminder.stopped = reminder.stopped or asker.now
    return Outcome(reaction="👍", board=True)
