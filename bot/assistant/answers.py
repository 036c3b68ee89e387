"""Answers where nothing was done: not understood, not allowed, not for the bot."""

from __future__ import annotations

from bot.assistant.addressing import SETUP, WELCOME
from bot.assistant.speaking import Answering, Speaker, asker_reader
from bot.assistant.understanding import NotUnderstood
from bot.language.message import Code, Grammar, Joined, Lines, Message, Part, _, say
from bot.language.render import render
from bot.model.asker import Asker
from bot.model.documents import Change, RoomDocument
from bot.model.people import Role


def speak(
    speaker: Speaker, asker: Asker, part: Part, answering: Answering, target: str = ""
) -> None:
    """Answer *asker* with *part*, and remember the message, so that an edit of it is read again."""
    target = target or f"answer {asker.event}"
    speaker.message(render(part, asker_reader(asker)), target, answering)
    speaker.document.changes.append(Change(asker.event, asker.user, speaker.now, [], target))


def target_of(document: RoomDocument, asker: Asker) -> str:
    """Return what an answer is remembered under that says why nothing was done.

    Below a question of the set-up it asks that question on: people reply to what came last.
    """
    shown = document.anchors.get(asker.reply_to or "", "")
    words = shown.split()[1:-1]
    asked = [SETUP] if shown == WELCOME else words
    if asked[:1] == [SETUP]:
        return f"about {' '.join(asked)} {asker.event}"
    return f"answer {asker.event}"


def example_of(msgid: Message) -> Part:
    """Return an example as something to type."""
    return Code(Joined(("!", msgid), ""))


def answer_error(
    speaker: Speaker, asker: Asker, error: NotUnderstood, answering: Answering
) -> None:
    """Say which word was not understood, and show one line that works."""
    example = example_of(Message(error.command.example))
    if error.trouble is not None:
        said: Part = error.trouble.message
    elif error.when:
        said = say(_("When? For example: friday, 27/11, in 3 days."))
    elif error.word:
        said = say(_("I did not understand “{words}”."), words=error.word[:80])
    else:
        said = say(_("Something is missing."))
    hint = say(_("For example: {example}"), example=example)
    grammar = Grammar(error.command.phrase, {n: t.title for n, t in error.command.types.items()})
    target = target_of(speaker.document, asker)
    speak(speaker, asker, Lines((said, Joined((grammar, hint)))), answering, target)


def confused(speaker: Speaker, asker: Asker, answering: Answering) -> None:
    """Say that nothing was understood, where silence would be rude."""
    hint = say(_("I did not understand that. {help} shows what I can do."), help=Code(_HELP))
    speak(speaker, asker, hint, answering)


_HELP = Joined(("!", Message(_("help"))), "")


def not_allowed(speaker: Speaker, asker: Asker, may: Role, answering: Answering) -> None:
    """Say who may do it."""
    if may is Role.COORDINATOR:
        message = say(_("Only a coordinator can do that."))
    else:
        message = say(_("Only a teacher can do that."))
    speak(speaker, asker, message, answering)
