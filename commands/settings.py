"""Languages: of one person, of the room."""

from __future__ import annotations

from bot.command import Commands, Context, Outcome, Scope
from bot.language.catalog import languages as known_languages
from bot.language.field_settings import Languages
from bot.language.fields import Language
from bot.language.message import LanguageName, Listed, Message, Refusal, _, say
from bot.model.asker import Asker
from bot.model.documents import PersonDocument
from bot.model.people import Role
from bot.model.project import Project

command = Commands("settings")
OWN = _("(language|speak) {language}")
ONLY_DATES = _(
    "I understand dates in {language}, but I do not speak it yet. Until I do, I answer in the next"
    " language of the room."
)


@command(
    OWN, _("The language in which I answer you."), example=_("language fr"), scope=Scope.PERSON
)
def language(
    person: PersonDocument, asker: Asker, context: Context, *, language: Language
) -> Outcome:
    """Set the language of the asker."""
    del asker
    if language not in known_languages():
        raise Refusal(_speaks(context, language))
    person.language = language
    if language in context.languages:
        return Outcome(reaction="👍")
    return Outcome(says=say(ONLY_DATES, language=LanguageName(language)))


def _speaks(context: Context, wanted: str) -> Message:
    spoken = Listed(tuple(LanguageName(one, coded=False) for one in context.languages))
    return say(
        _("I do not speak {language} yet. I speak {spoken}."),
        language=LanguageName(wanted),
        spoken=spoken,
    )


@command(
    _("(room|our) (language|languages) {languages}\nlanguages {languages}"),
    _("The languages that this room reads."),
    example=_("room languages fr de pl"),
    may=Role.TEACHER,
)
def room_languages(project: Project, asker: Asker, *, languages: Languages) -> Outcome:
    """Set the languages of the room."""
    del asker
    project.languages = list(languages)
    return Outcome(reaction="👍", board=True)


@command(
    _("(languages|language)"),
    _("The languages that I speak."),
    example=_("languages"),
    quiet=True,
    shows=True,
)
def languages(project: Project, asker: Asker, context: Context) -> Outcome:
    """Say which languages there are."""
    del asker
    spoken = Listed(tuple(LanguageName(one, coded=False) for one in context.languages))
    room = Listed(tuple(LanguageName(one) for one in project.languages))
    return Outcome(
        says=say(_("I speak {spoken}. This room reads {room}."), spoken=spoken, room=room)
    )
