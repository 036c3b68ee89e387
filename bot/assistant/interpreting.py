"""Interpreting: what is meant, given how the bot was spoken to and what is replied to."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from bot.assistant.addressing import SETUP, Addressed, How
from bot.assistant.understanding import Near, NotUnderstood, Reader, Understood
from bot.assistant.wordings import is_courtesy
from bot.language.field_dates import read_due
from bot.language.field_polls import is_question
from bot.language.fields import Situation, Trouble, Unfit
from bot.language.line import Line
from bot.language.poll_choices import has_plain_signs
from bot.model.documents import LETTERS
from bot.model.people import Role
from bot.model.polls import Poll
from bot.model.project import Project

QUESTION_MARKS = " ?;؟？\u037e"


def understand(
    reader: Reader, situation: Situation, addressed: Addressed
) -> Understood | Near | NotUnderstood | None:
    """Return what *addressed* means, or None where silence is the answer.

    In a reply to a card the number need not be typed, and only what is surely a command is
    taken for one: people talk about tasks, too.
    """
    line, how = addressed.line, addressed.how
    if how is How.LAST:
        return reader.read(line, situation, tight=True)
    about = line.after(*addressed.about.split()) if addressed.about else None
    if how is How.REPLY or (about and how is not How.SIGN):
        return _in_reply(reader, situation, addressed, about)
    found = reader.read(line, situation)
    if found is None and about:
        line, found = about, reader.read(about, situation, tight=True)
    if found is None:
        marked = how in {How.SIGN, How.NAME}
        near = reader.near(line, situation, marked=marked)
        return near or _explained(reader, line, situation)
    if _only_asks(found, line, situation):
        return Near(line.text().rstrip(QUESTION_MARKS), found.command)
    return found


def _in_reply(
    reader: Reader, situation: Situation, addressed: Addressed, about: Line | None
) -> Understood | NotUnderstood | None:
    """Return what is meant in reply to the thing, or the question, that *about* begins with."""
    line, is_reply = addressed.line, addressed.how is How.REPLY
    if is_reply and is_courtesy(line, situation):
        return None
    poll, direct = _poll_about(addressed, situation), situation.asker.direct
    if is_reply and line.text().isdigit():
        sure = poll and (direct or has_plain_signs(poll))
        return reader.read(about, situation, tight=True) if about and sure else None
    found = reader.read(about, situation, tight=True) if about else None
    if found and (_is_question(addressed) or addressed.about == SETUP):
        found = _in_own_language(found)
    found = found or reader.read(line, situation, tight=is_reply)
    if found and _only_asks(found, line, situation):
        return None  # said to those who work on it
    if found is None and poll and direct:
        # Who replies to a poll in a direct message votes, and must not be left in doubt.
        return _in_own_language(reader.read(line.after("vote", f"q{poll.number}"), situation))
    if found is None and about and _is_answer(addressed, situation):
        trouble = reader.explain(about, situation)
        return replace(trouble, language="") if trouble else None
    return found


def _only_asks(found: Understood, line: Line, situation: Situation) -> bool:
    """Tell whether a question is asked about a thing, and no deed wanted: "14 done?"."""
    kinds, values = found.command.types, found.match.values
    changes = not found.command.shows and not any(kinds[name].text for name in values)
    about_thing = any(type(one) is int for one in values.values())
    return changes and about_thing and is_question(line.tokens, situation)


def _in_own_language(found: Understood | None) -> Understood | None:
    """Return *found* as if no word of it was typed: we said the words in front, in English."""
    return replace(found, language="") if found else None


def _poll_about(addressed: Addressed, situation: Situation) -> Poll | None:
    """Return the open poll that the message replied to is about, if it is about one."""
    letter, number = (addressed.about or " ")[0], (addressed.about or " ")[1:]
    if letter != LETTERS["poll"] or not number.isdecimal():
        return None
    poll = situation.project.polls.get(int(number))
    return poll if poll and poll.open else None


def _is_answer(addressed: Addressed, situation: Situation) -> bool:
    """Tell whether a teacher tries to answer a question of the bot; pupils may just be chatting."""
    return _is_question(addressed) and situation.asker.role >= Role.TEACHER


def _is_question(addressed: Addressed) -> bool:
    """Tell whether it replies to something that the bot asked."""
    return " " in (addressed.about or "")


def _explained(
    reader: Reader, line: Line, situation: Situation
) -> Understood | NotUnderstood | None:
    found = reader.explain(line, situation)
    if found or not line.tokens:
        return found
    name = _helping(line.tokens[0].folded.lstrip("#"), situation.project)
    if name is None or len(line.tokens) == 1:
        return None
    if name == "polls.cast":
        # It tells what there is to choose.
        return _in_own_language(reader.read(line.after("vote"), situation))
    trouble = _date_trouble(line, situation)
    return NotUnderstood(reader.commands.by_handler[name], line.text(1), trouble)


def _helping(word: str, project: Project) -> str | None:
    """Return the command whose example helps with "14 ...", "M2 ..." or "R3 ...", if it exists."""
    number = word.lstrip("mrqp")
    if not number.isdecimal():
        return None
    things: dict[str, tuple[Container[int], str]] = {
        number: (project.tasks, "tasks.move"),
        f"m{number}": (project.milestones, "milestones.move"),
        f"r{number}": (project.reminders, "reminders.snooze"),
        f"q{number}": (project.polls, "polls.cast"),
        f"p{number}": (project.publications, "publish.answer"),
    }
    known, name = things.get(word, ((), ""))
    return name if int(number) in known else None


def _date_trouble(line: Line, situation: Situation) -> Trouble | None:
    """Return why the rest of *line*, if it is meant as a date, cannot be taken."""
    try:
        read_due(line.tokens[1:], situation)
    except Trouble as trouble:
        return trouble
    except Unfit:
        pass
    return None
