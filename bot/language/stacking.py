"""Stacking: one message below itself in the languages of all who read it.

It does not know how a part is written: that is told it, as `render` of bot/language/render.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.language.catalog import SOURCE, is_right_to_left
from bot.language.message import Part
from bot.language.reader import Reader
from bot.language.text import Text, join, turned

Write = Callable[[Part, Reader], Text]
"""How a part is written for a reader."""
MOST_LANGUAGES = 4
"""In one message; a phone shows no more."""


def folded(languages: Sequence[str]) -> tuple[str, ...]:
    """Return the languages that a stacked message is written in: four at the most.

    Of more the first three, and English, which the others read most likely.
    """
    if len(languages) <= MOST_LANGUAGES:
        return tuple(languages)
    first = tuple(languages[: MOST_LANGUAGES - 1])
    return (*first, languages[MOST_LANGUAGES - 1] if SOURCE in first else SOURCE)


def stacked(part: Part, reader: Reader, write: Write) -> Text:
    """Write *part* once per language of *reader*, each under its code where there are several."""
    if len(reader.languages) <= 1:
        return write(part, reader)
    languages = written_in(part, reader, write)
    blocks = [coded(one, write(part, reader.only(one))) for one in languages]
    return join(blocks, "\n", "<br>")


def written_in(part: Part, reader: Reader, write: Write) -> tuple[str, ...]:
    """Return the languages of *reader* in which *part* can be said, as many as are shown.

    Who reads another one reads theirs: nobody sees the same line twice.
    """
    english = write(part, replace(reader, languages=(SOURCE,), next=()))
    own = [
        one
        for one in reader.languages
        if one == SOURCE or write(part, replace(reader, languages=(one,), next=())) != english
    ]
    return folded(own) or (SOURCE,)


def coded(language: str, text: Text) -> Text:
    """Return the line *text* of a stacked message under the code of its *language*."""
    code = language.upper()
    if is_right_to_left(language):  # the code would turn the line around
        text = turned(text)
    return Text(f"{code}  {text.body}", f"<b>{code}</b>&nbsp; {text.html}")
