"""Unread words: what was perhaps meant as a date but stayed in the title (DESIGN 3).

Work is never lost and a date never guessed: the words stay in the title, and the answer names
them or offers the date. The cases are a table in docs/dates-in-titles.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.assistant.understanding import Understood
from bot.language import dates
from bot.language.field_dates import read_due
from bot.language.field_people import LETTERS
from bot.language.fields import Situation, Unfit
from bot.language.line import Line, cut
from bot.language.message import NOTHING, Code, Joined, Lines, Message, Part, _, say
from bot.language.phrase import Word
from bot.model.due import Due

NEAR = 4
"""Words after "by" among which a date is looked for."""
CALENDAR = "📅"
_FRACTION = re.compile(r"\d{1,2}[/.-]\d{1,2}\.?")


@dataclass(frozen=True)
class Unread:
    """What to say about a title that may hold a date."""

    says: Part = NOTHING
    choices: Mapping[str, str] = field(default_factory=dict)
    """Reaction -> the line that it runs."""


def look(understood: Understood, situation: Situation, number: str | None) -> Unread:
    """Return what to say about the troubles and the title of a command that is done.

    `number` is that of the thing, for the example of how to set its date.
    """
    troubles: list[Part] = [one.message for one in understood.match.troubles]
    values, types = understood.match.values, understood.command.types
    title = values.get("title")
    names = [user for one in understood.match.troubles for user in one.choices]
    if names and number:
        lines = {
            letter: f"{number} \ue000{user}\ue001"
            for letter, user in zip(LETTERS, names, strict=False)
        }
        return Unread(Lines(tuple(troubles)), lines)
    if troubles or "due" not in types or "due" in values or not isinstance(title, str):
        return Unread(Lines(tuple(troubles)))
    line = cut(title)
    offer = _fraction(line, situation)
    if offer is not None:
        words = line.tokens[-1].raw
        ask = say(_("Is “{words}” a date? 📅 = {day}"), words=words, day=offer.day)
        return Unread(ask, {CALENDAR: f"{number} {offer.day:%Y-%m-%d}"})
    found = (
        _words_after(line, _due_words(understood, language), language)
        for language in situation.languages
    )
    words = next(filter(None, found), "")
    return Unread(_not_read(words, number)) if words else Unread()


def _not_read(words: str, number: str | None) -> Message:
    how = Code(Joined((f"!{number}", "27/11"), " ") if number else "27/11")
    return say(_("I could not read a date in “{words}”. With a date: {how}"), words=words, how=how)


def _fraction(line: Line, situation: Situation) -> Due | None:
    """Return the date that the last word of a title may be: `exercice 3/4`."""
    if len(line.tokens) < 2 or not _FRACTION.fullmatch(line.tokens[-1].folded):  # noqa: PLR2004
        return None
    try:
        due = read_due(line.tokens[-1:], situation)
    except Unfit:
        return None
    return Due(due.day, due.clock, due.zone)


def _due_words(understood: Understood, language: str) -> set[str]:
    """Return the words that may stand before a date in this command: by, for, until..."""
    return {
        item.folded
        for phrase in understood.command.phrases(language)
        for option in phrase.options
        if option.name == "due"
        for way in option.ways
        for item in way[:1]
        if isinstance(item, Word)
    }


def _words_after(line: Line, due_words: set[str], language: str) -> str:
    """Return the words from a due word on in which a date may be meant, "" if there are none."""
    for at in range(1, len(line.tokens)):
        if line.tokens[at].folded not in due_words:
            continue
        for ahead in range(at + 1, min(at + 1 + NEAR, len(line.tokens))):
            if dates.resembles_date(line.tokens[ahead].folded, [language]):
                return line.text(at, min(at + 1 + NEAR, len(line.tokens)))
    return ""
