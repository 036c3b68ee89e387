"""Interpreting: what is meant, given how the bot was spoken to and what is replied to."""

from __future__ import annotations

from collections.abc import Container

from bot.assistant.addressing import Addressed, How
from bot.assistant.understanding import Near, NotUnderstood, Reader, Understood, is_courtesy
from bot.language.field_dates import read_due
from bot.language.fields import Situation, Trouble, Unfit
from bot.language.line import Line
from bot.model.people import Role
from bot.model.project import Project


def understand(
    reader: Reader, situation: Situation, addressed: Addressed
) -> Understood | Near | NotUnderstood | None:
    """Return what *addressed* means, or None where silence is the answer.

    In a reply to a card the number need not be typed, and only what is surely a command is
    taken for one: people talk about tasks, too.
    """
    line, how = addressed.line, addressed.how
    if how is How.REPLY and (is_courtesy(line, situation) or line.text().isdigit()):
        return None
    if how is How.LAST:
        return reader.read(line, situation, tight=True)
    about = line.after(*addressed.about.split()) if addressed.about else None
    if how is How.REPLY or (about and how is not How.SIGN):
        found = reader.read(about, situation, tight=True) if about else None
        found = found or reader.read(line, situation, tight=how is How.REPLY)
        if found is None and about and _is_answer(addressed, situation):
            return reader.explain(about, situation)
        return found
    found = reader.read(line, situation)
    if found is None and about:
        found = reader.read(about, situation, tight=True)
    if found is None:
        return reader.near(line, situation) or _explained(reader, line, situation)
    return found


def _is_answer(addressed: Addressed, situation: Situation) -> bool:
    """Tell whether a teacher tries to answer a question of the bot; pupils may just be chatting."""
    is_question = " " in (addressed.about or "")
    return is_question and situation.asker.role >= Role.TEACHER


def _explained(reader: Reader, line: Line, situation: Situation) -> NotUnderstood | None:
    found = reader.explain(line, situation)
    if found or not line.tokens:
        return found
    name = _helping(line.tokens[0].folded.lstrip("#"), situation.project)
    if name is None or len(line.tokens) == 1:
        return None
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
