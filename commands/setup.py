"""Setting up: three questions, each of which may be answered in a reply, by a button or not."""

from __future__ import annotations

from collections.abc import Sequence

from bot.command import Choice, Commands, Context, Outcome
from bot.language.catalog import SOURCE
from bot.language.charter_cards import MANNERS
from bot.language.field_charter import MODES
from bot.language.field_people import LETTERS
from bot.language.field_setup import (
    CharterPreset,
    ClassList,
    LanguageList,
    NamedClass,
    Silence,
    WholeSetup,
)
from bot.language.message import (
    NOTHING,
    Code,
    Joined,
    LanguageName,
    Lines,
    Listed,
    Part,
    Refusal,
    Typed,
    Way,
    _,
    say,
)
from bot.language.places import AREAS
from bot.model.asker import Asker
from bot.model.charter import Mode
from bot.model.people import Role
from bot.model.project import Project
from commands.partners import ADD, EXAMPLE, enrol, tapping

command = Commands("partners")
SETUP = _("(setup|set up) {languages}")
WHOLE = _("(setup|set up) {whole}")
CHARTER = _("setup charter")
CLASSES = "PAU Pau, KOL Köln, KRK Kraków"
EXAMPLES, MOST_EXAMPLES = ("fr", "de", "pl"), 3
"""Languages of an example, behind those that the room has."""
NEXT = "⏭"
CHARTERS = {"A": (Mode.NOTE, 7), "B": (Mode.REACTION, 30)}
"""Preset -> what the guard of links does, and after how many days it says the same again.

A French academy names its own tools in a note. eTwinning classes use many tools: a sign under the
message, whose text is there for who asks (charter.md 3.5).
"""


@command(
    SETUP,
    _("Set up the room: the languages it reads."),
    example=_("setup fr de pl"),
    may=Role.TEACHER,
)
def setup(project: Project, asker: Asker, context: Context, *, languages: LanguageList) -> Outcome:
    """Set the languages of the room, then ask for the classes if there are none."""
    del asker
    project.languages, project.ready = list(languages) or project.languages, True
    return tapping(project, context.languages) if project.partners else _ask_classes(project)


@command(
    WHOLE,
    _("Set up the room in one line: languages, then classes."),
    example=_("setup fr de pl: PAU Pau, KRK Kraków"),
    may=Role.TEACHER,
)
def whole(project: Project, asker: Asker, context: Context, *, whole: WholeSetup) -> Outcome:
    """Set languages and classes at once; what was guessed is shown, with the buttons to tap."""
    del asker
    project.languages = list(whole.languages) or project.languages
    project.ready = True
    understood = _enrolled(project, context, whole.classes)
    links: Part = NOTHING
    if project.charter.mode is None:
        links = say(_("What I do about links to consumer services: {how}"), how=Typed(CHARTER))
    return tapping(project, context.languages, Lines((understood, links)))


@command(
    _("setup\nset up"), _("Set up the room, step by step."), example=_("setup"), may=Role.TEACHER
)
def setup_show(project: Project, asker: Asker, context: Context) -> Outcome:
    """Ask the next question; with classes, let everybody tap theirs."""
    del asker
    if project.partners:
        project.ready = True
        return tapping(project, context.languages)
    return _ask_classes(project) if project.ready else _ask_languages(project)


@command(
    _("setup languages {languages}"),
    _("Answer the first question of the set-up."),
    example=_("setup languages fr de pl"),
    may=Role.TEACHER,
    quiet=True,
)
def setup_languages(project: Project, asker: Asker, *, languages: LanguageList) -> Outcome:
    """Set the languages of the room, or leave them as they are, and go on."""
    del asker
    if languages:
        project.languages, project.ready = list(languages), True
    return _ask_classes(project)


@command(
    _("setup classes {classes}"),
    _("Answer the second question of the set-up."),
    example=_("setup classes PAU Pau, KOL Köln, KRK Kraków"),
    may=Role.TEACHER,
    quiet=True,
)
def setup_classes(
    project: Project, asker: Asker, context: Context, *, classes: ClassList
) -> Outcome:
    """Add the classes, or none, and go on."""
    del asker
    if classes:
        project.ready = True
    return _ask_charter(_enrolled(project, context, classes))


@command(
    CHARTER,
    _("Ask again what I do about links to consumer services."),
    example=_("setup charter"),
    may=Role.TEACHER,
    quiet=True,
    shows=True,
)
def setup_links(project: Project, asker: Asker, context: Context) -> Outcome:
    """Ask the third question alone, while nobody has decided it."""
    del asker
    _need_undecided(project, context)
    return _ask_charter(NOTHING)


@command(
    _("setup charter {preset}"),
    _("Answer the third question of the set-up."),
    example=_("setup charter B"),
    may=Role.TEACHER,
    quiet=True,
)
def setup_charter(
    project: Project, asker: Asker, context: Context, *, preset: CharterPreset
) -> Outcome:
    """Set how links are reminded of, or leave that to the institution, and finish.

    Only once: what is decided is changed by a coordinator, in a sealed message (DESIGN 7).
    """
    del asker
    project.ready = True
    if not preset:
        return tapping(project, context.languages)
    return _decided(project, context, *CHARTERS[preset])


@command(
    _("setup charter {silence}"),
    _("Answer the third question: I say nothing about links."),
    example=_("setup charter C"),
    may=Role.TEACHER,
    sealed=True,
    quiet=True,
)
def setup_silence(project: Project, asker: Asker, context: Context, *, silence: Silence) -> Outcome:
    """Have nothing said about links, and finish; reactions are not sealed: no button does it."""
    del asker, silence
    project.ready = True
    return _decided(project, context, Mode.OFF, None)


def _decided(project: Project, context: Context, mode: Mode, days: int | None) -> Outcome:
    """Set how links are reminded of, once, and tell the room."""
    _need_undecided(project, context)
    project.charter.mode, project.charter.cooldown_days = mode, days
    rest = context.institution.cooldown_of(project.charter)
    return tapping(project, context.languages, say(MANNERS[mode], days=rest))


def _need_undecided(project: Project, context: Context) -> None:
    """Refuse to decide anew what the room has decided about links."""
    if project.charter.mode is not None:
        mode = context.commands.by_handler["charter.mode"].phrase
        how = Typed(mode, {"mode": Way(MODES[project.charter.mode])})
        raise Refusal(say(_("That is decided already. A coordinator changes it: {how}"), how=how))


def _ask_languages(project: Project) -> Outcome:
    return Outcome(
        says=Lines(
            (
                say(
                    _("1/3 Which languages does this room read? Answer in a reply: {example}"),
                    example=Code(_some_languages(project)),
                ),
                say(
                    _("⏭ or “skip”: it stays {languages}."),
                    languages=_languages(project.languages),
                ),
            )
        ),
        asks="setup languages",
        offers=(Choice(NEXT, "setup languages skip"),),
        anyone=True,
        role=Role.TEACHER,
    )


def _some_languages(project: Project) -> str:
    """Return an example of three languages that begins with those of the room."""
    own = (one for one in project.languages if one != SOURCE)
    return " ".join(tuple(dict.fromkeys((*own, *EXAMPLES)))[:MOST_EXAMPLES])


def _languages(codes: Sequence[str]) -> Part:
    return Listed(tuple(LanguageName(one) for one in codes))


def _ask_classes(project: Project) -> Outcome:
    return Outcome(
        says=Lines(
            (
                say(
                    _("Languages of this room: {languages}."),
                    languages=_languages(project.languages),
                ),
                say(
                    _("2/3 Which classes? Answer in a reply, code and name each: {example}"),
                    example=Code(CLASSES),
                ),
                say(_("⏭ or “skip”: add them later, {how}"), how=Typed(ADD, EXAMPLE)),
            )
        ),
        asks="setup classes",
        offers=(Choice(NEXT, "setup classes skip"),),
        anyone=True,
        role=Role.TEACHER,
        board=True,
    )


def _ask_charter(before: Part) -> Outcome:
    french, etwinning, none = list(LETTERS[:3])
    presets = (
        Joined((french, say(_("As schools in France do: a note says what to use instead"))), " "),
        Joined((etwinning, say(_("eTwinning: only a sign under the message"))), " "),
        Joined(
            (none, say(_("Nothing. There is no button for this: reply with C to choose it"))), " "
        ),
    )
    return Outcome(
        says=Lines(
            (
                before,
                say(_("3/3 What shall I do when a link leads to a consumer service?")),
                *presets,
                say(_("Tap a letter or answer in a reply. ⏭ or “skip”: as your institution does.")),
            )
        ),
        asks="setup charter",
        offers=(
            *(
                Choice(letter, f"setup charter {name}")
                for letter, name in zip((french, etwinning), CHARTERS, strict=True)
            ),
            Choice(NEXT, "setup charter skip"),
        ),
        anyone=True,
        role=Role.TEACHER,
        board=True,
    )


def _enrolled(project: Project, context: Context, classes: Sequence[NamedClass]) -> Part:
    """Add *classes* and return what was understood: their time zones, and how to mend them."""
    added = [enrol(project, context, one.code, one.details) for one in classes]
    if not added:
        return NOTHING
    shown = Joined(tuple(f"{one.partner.code} {one.partner.zone}" for one in added))
    unsure = next((one for one in added if one.guessed or one.unknown), None)
    if unsure is None:
        return say(_("Time zones: {zones}."), zones=shown)
    area = unsure.partner.zone.partition("/")[0]
    details = f"{unsure.partner.name} {area if area.lower() in AREAS else 'Europe'}/…"
    how = Typed(ADD, {"code": unsure.partner.code, "details": details})
    return say(_("Time zones: {zones}. Another one: {how}"), zones=shown, how=how)
