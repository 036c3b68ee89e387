"""Partners: the classes of a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.command import Choice, Commands, Context, Outcome
from bot.language.cards import first_lines
from bot.language.catalog import SOURCE
from bot.language.field_classes import ClassCode, ClassDetails
from bot.language.field_people import LETTERS
from bot.language.fields import PartnerCode
from bot.language.folding import fold
from bot.language.message import (
    NOTHING,
    Bold,
    Commas,
    Joined,
    Lines,
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
MOST_LANGUAGES = 5
"""In so many languages a sentence leaves room for three more lines."""
ADD = _("(partner|class) add {code} {details}")
EXAMPLE = {"code": "KRK", "details": "Kraków pl Europe/Warsaw"}


@dataclass(frozen=True)
class Enrolled:
    """A class that was added, and what is not sure about it."""

    partner: Partner
    guessed: str | None
    """The word from which its zone was guessed."""
    unknown: bool
    """Nothing told its zone: it has the room's."""
    placed: int
    """How many members are in it now because of their homeserver."""


def tapping(project: Project, catalogs: Sequence[str], before: Part = NOTHING) -> Outcome:
    """Return "tap your class" for everybody, *before* it what else is to be said.

    `catalogs` are the languages that the assistant speaks: it is said in those of the room.
    """
    if not project.partners:
        hint = say(_("Ready. Add each class when you like: {how}"), how=Typed(ADD, EXAMPLE))
        return Outcome(says=Lines((before, hint)), board=True)
    choices = class_choices(project)
    listed = Joined(tuple(f"{letter} {label(one)}" for letter, one in choices))
    stacked = len({one for one in project.languages if one in catalogs})
    rest = (before, listed) if stacked <= MOST_LANGUAGES else (listed,)
    how = Typed(IAM, {"partner": next(iter(project.partners))})
    return Outcome(
        announces=Joined((say(_("Tap your class, or write {how}."), how=how),)),
        says=Lines(rest),
        offers=tuple(Choice(letter, f"iam {one.code}") for letter, one in choices),
        anyone=True,
        board=True,
    )


def class_choices(project: Project) -> list[tuple[str, Partner]]:
    """Return the letter of each class that has a button."""
    return list(zip(LETTERS, list(project.partners.values())[:MOST_CLASSES], strict=False))


def label(partner: Partner) -> str:
    """Return code and name of a class, once if they are the same."""
    same = fold(partner.name) == fold(partner.code)
    return partner.code if same else f"{partner.code} {partner.name}"


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
    added = enrol(project, context, code, details)
    partner = added.partner
    how = Typed(ADD, {"code": code, "details": f"{partner.name} Europe/…"})
    guessed: Part = NOTHING
    if added.guessed:
        guessed = say(
            _("Zone {zone}, guessed from “{word}”. If it is another one, add it at the end: {how}"),
            zone=partner.zone,
            word=added.guessed,
            how=how,
        )
    elif added.unknown:
        guessed = say(
            _("I do not know its time zone and use {zone}. Add it at the end: {how}"),
            zone=partner.zone,
            how=how,
        )
    people: Part = NOTHING
    if added.placed:
        people = say(
            _n(
                "I have put {n} member into this class.",
                "I have put {n} members into this class.",
                added.placed,
            )
        )
    return Outcome(says=Lines((_describe(project, partner), guessed, people)), board=True)


def enrol(project: Project, context: Context, code: ClassCode, details: ClassDetails) -> Enrolled:
    """Add a class, or change what *details* tell of it; Refusal if its code is a command."""
    if fold(code) in context.commands.names((*dict.fromkeys((*project.languages, SOURCE)),)):
        raise Refusal(
            say(_("{code} is a word that I know as a command. Choose another code."), code=code)
        )
    known = project.partners.get(code)
    partner = Partner(
        code,
        details.name or (known.name if known else code),
        details.zone or (known.zone if known else project.zone),
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
    guessed = details.guessed_from if details.zone else None
    unknown = not details.zone and known is None
    return Enrolled(partner, guessed, unknown, _place_by_server(project, partner))


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
    languages = Commas(tuple(partner.languages))
    name = Bold(label(partner))
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
