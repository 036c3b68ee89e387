"""Interpreting: what is meant, given how the bot was spoken to and what is replied to."""

from __future__ import annotations

from bot.assistant.addressing import Addressed, How
from bot.assistant.understanding import Near, NotUnderstood, Reader, Understood, is_courtesy
from bot.language.field_dates import read_due
from bot.language.fields import Situation, Trouble, Unfit
from bot.language.line import Line


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
    about = line.after(addressed.about) if addressed.about else None
    if how is How.REPLY or (about and how is not How.SIGN):
        found = reader.read(about, situation, tight=True) if about else None
        return found or reader.read(line, situation, tight=how is How.REPLY)
    found = reader.read(line, situation)
    if found is None and about:
        found = reader.read(about, situation, tight=True)
    if found is None:
        return reader.near(line, situation) or _explained(reader, line, situation)
    return found


def _explained(reader: Reader, line: Line, situation: Situation) -> NotUnderstood | None:
    found = reader.explain(line, situation)
    if found or not line.tokens:
        return found
    first = line.tokens[0].folded.lstrip("#")
    if first.isdecimal() and int(first) in situation.project.tasks:
        trouble = None
        try:
            read_due(line.tokens[1:], situation)
        except Trouble as found_trouble:
            trouble = found_trouble
        except Unfit:
            pass
        return NotUnderstood(reader.commands.by_handler["tasks.move"], line.text(1), trouble)
    return None
