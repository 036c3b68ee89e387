"""Messages: sentences that are not in any language yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import LiteralString, NewType

from bot.model.due import Due

DOT = " · "
"""Stands between the parts of a row, in every language."""
Msgid = NewType("Msgid", str)
"""A sentence that translators know. Only `_` makes one, so mypy refuses any other text."""


def _(text: LiteralString) -> Msgid:
    """Mark *text* for translators. Nothing is translated here."""
    return Msgid(text)


@dataclass(frozen=True)
class Plural:
    """A sentence with one form for one thing and others for more."""

    one: Msgid
    many: Msgid
    count: int


def _n(one: LiteralString, many: LiteralString, count: int) -> Plural:
    """Mark a sentence that depends on *count* for translators."""
    return Plural(Msgid(one), Msgid(many), count)


@dataclass(frozen=True)
class Message:
    """A marked sentence and the values that fill its `{names}`."""

    text: Msgid | Plural
    values: Mapping[str, Part] = field(default_factory=dict)


def say(text: Msgid | Plural, **values: Part) -> Message:
    """Say *text*, its `{names}` filled with *values*."""
    return Message(text, values)


@dataclass(frozen=True)
class Person:
    """Somebody, shown by name; `rings` makes the name a link that clients draw as a pill."""

    user: str
    name: str
    rings: bool = False


@dataclass(frozen=True)
class When:
    """A due, written in the reader's language and followed by `place`.

    `zone` is the zone to write it in; `today` there decides whether the year is shown.
    """

    due: Due
    zone: str
    place: str = ""


@dataclass(frozen=True)
class Code:
    """Something to type, kept as it is."""

    text: Part


@dataclass(frozen=True)
class Bold:
    """What the eye should meet first."""

    part: Part


@dataclass(frozen=True)
class Struck:
    """What does not count any more."""

    part: Part


@dataclass(frozen=True)
class Typed:
    """A command line as the reader would type it: a phrase and its fields (written back)."""

    phrase: Msgid
    values: Mapping[str, Part] = field(default_factory=dict)


@dataclass(frozen=True)
class Way:
    """The first of the ways to type a word, of a list like "note|notes|on"."""

    listed: Msgid


@dataclass(frozen=True)
class Grammar:
    """What to type, with the names of what has to be filled: `!remind me ‹text› ‹when›`."""

    phrase: Msgid
    titles: Mapping[str, Msgid] = field(default_factory=dict)


@dataclass(frozen=True)
class Joined:
    """Parts side by side, empty ones left out."""

    parts: tuple[Part, ...]
    between: str = DOT


@dataclass(frozen=True)
class Listed:
    """Parts in a sentence: "a, b and c"."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Commas:
    """Parts one after the other, empty ones left out, with the comma of the reader's language."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Lines:
    """Parts below each other, empty ones left out."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Stacked:
    """A neutral line on top, then `below` once per language of the readers."""

    top: Part
    below: Part
    """Rendered once per language, each line starting with the language's code."""


@dataclass(frozen=True)
class InLanguage:
    """One line of what all read together: `part` in one language, whoever reads the rest.

    `now` (aware) decides whether a year is shown, `zone` (IANA) is the clock of moments in it.
    """

    part: Part
    language: str
    zone: str
    now: datetime


@dataclass(frozen=True)
class Titled:
    """A title in its author's words, with the translations that the classes made."""

    title: str
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Neutral:
    """A due written without words, above several languages: "27.11. 18:00"."""

    due: Due
    zone: str


@dataclass(frozen=True)
class LanguageName:
    """A language by its code, called by its name in the reader's own."""

    code: str
    coded: bool = True
    """Its code behind it, as it is typed; a long list does without."""


@dataclass(frozen=True)
class Rule:
    """A recurrence: "every Monday, 9:00"."""

    every: str
    clock: time | None


Part = (
    str
    | int
    | date
    | datetime
    | timedelta
    | Message
    | Person
    | When
    | Neutral
    | Rule
    | LanguageName
    | Code
    | Bold
    | Struck
    | Typed
    | Way
    | Grammar
    | Joined
    | Listed
    | Commas
    | Lines
    | Stacked
    | InLanguage
    | Titled
)
"""What a message is made of. A bare `str` is always people's words or a neutral sign."""

NOTHING = Joined(())


class Refusal(Exception):
    """The bot understood and does not do it; `message` says why and who may."""

    def __init__(self, message: Message, about: str = "") -> None:
        """Say *message* to the asker; a reply to it means the thing it is `about`: "poll 3"."""
        super().__init__(str(message.text))
        self.message = message
        self.about = about
