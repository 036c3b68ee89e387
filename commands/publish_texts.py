"""The texts that go with every publication: entered, confirmed, handed out."""

from __future__ import annotations

from bot.command import Commands, Outcome
from bot.language.catalog import spoken, translated
from bot.language.field_publish import Mention
from bot.language.fields import Language
from bot.language.mentions import MENTIONS, NAMES, SET, mentions_text, missing_mentions
from bot.language.message import (
    NOTHING,
    LanguageName,
    Lines,
    Listed,
    Part,
    Refusal,
    Typed,
    _,
    say,
)
from bot.language.render import Reader, render
from bot.model.asker import Asker
from bot.model.files import File
from bot.model.people import Role
from bot.model.project import Project

command = Commands("publish")
LONGEST_MENTION = 300
STILL_RIGHT = _("(mentions|mention) responsible (ok|confirmed|still right|unchanged)")


@command(
    MENTIONS,
    _("The texts that go with a publication, as a file."),
    example=_("mentions"),
    shows=True,
)
def mentions(project: Project, asker: Asker) -> Outcome:
    """Hand out the mandatory mentions in every language of the room."""
    languages = spoken(project.languages)
    texts = [
        render(_block(project, one), Reader((one,), project.zone, asker.now)).body
        for one in languages
    ]
    content = "\n\n".join(texts) + "\n"
    listed = Listed(tuple(LanguageName(one) for one in languages))
    says = say(_("The legal notice in {languages}."), languages=listed)
    file = File("mentions.txt", "text/plain", content.encode())
    return Outcome(says=Lines((says, _missing(project))), file=file)


def _block(project: Project, language: str) -> Part:
    return Lines((LanguageName(language), mentions_text(project)))


def _missing(project: Project) -> Part:
    """Return which mentions have no words, and how to give them some."""
    missing = missing_mentions(project)
    if not missing:
        return NOTHING
    names = Listed(tuple(say(NAMES[one]) for one in missing))
    return say(_("Still missing: {names}. {how}"), names=names, how=_how_to_set(missing[0]))


def _how_to_set(which: Mention) -> Typed:
    return Typed(SET, {"mention": say(NAMES[which]), "text": "…"})


@command(
    _("(mentions|mention|legal notice|imprint) [in] {language}"),
    _("The same text in one language."),
    example=_("mentions fr"),
    shows=True,
)
def mentions_in(project: Project, asker: Asker, *, language: Language) -> Outcome:
    """Show the mandatory mentions in one language."""
    if language not in translated():
        name = LanguageName(language)
        raise Refusal(say(_("I do not speak {language} yet."), language=name))
    text = render(mentions_text(project), Reader((language,), project.zone, asker.now))
    return Outcome(says=Lines(tuple(text.body.splitlines())))


@command(
    STILL_RIGHT,
    _("The person responsible is still the right one."),
    example=_("mentions responsible ok"),
    may=Role.TEACHER,
    quiet=True,
)
def confirm(project: Project, asker: Asker) -> Outcome:
    """Say that the person responsible is still the right one."""
    publisher = project.publisher
    if not publisher.responsible:
        how = _how_to_set(Mention.RESPONSIBLE)
        raise Refusal(say(_("No person responsible is entered yet: {how}"), how=how))
    publisher.confirmed = asker.today
    says = say(_("Thank you. {name} stays responsible."), name=publisher.responsible)
    return Outcome(says=says)


@command(
    SET,
    _("Enter one of these texts."),
    example=_("mentions host = School of Pau, 1 Port Street"),
    may=Role.TEACHER,
)
def enter(project: Project, asker: Asker, *, mention: Mention, text: str) -> Outcome:
    """Enter one of the mandatory mentions."""
    setattr(project.publisher, mention.value, text[:LONGEST_MENTION])
    if mention is Mention.RESPONSIBLE:
        project.publisher.confirmed = asker.today
    return Outcome(reaction="👍")


@command(
    _("(mentions|mention) {mention} (delete|remove|none)\n(delete|remove) mention {mention}"),
    _("Take one of these texts away."),
    example=_("mentions credits delete"),
    may=Role.TEACHER,
    quiet=True,
)
def clear(project: Project, asker: Asker, *, mention: Mention) -> Outcome:
    """Take one of the mandatory mentions away."""
    del asker
    setattr(project.publisher, mention.value, "")
    return Outcome(reaction="👍")
