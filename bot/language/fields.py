"""What may fill a {field}: how each type is read from words."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import NewType

from bot.language.endings import without_ending
from bot.language.line import Token
from bot.language.message import Message, Msgid, _
from bot.model.asker import Asker
from bot.model.project import Project

TaskNumber = NewType("TaskNumber", int)
MilestoneNumber = NewType("MilestoneNumber", int)
ReminderNumber = NewType("ReminderNumber", int)
PollNumber = NewType("PollNumber", int)
PublicationNumber = NewType("PublicationNumber", int)
PartnerCode = NewType("PartnerCode", str)
Tag = NewType("Tag", str)
Language = NewType("Language", str)


@dataclass(frozen=True)
class Situation:
    """All that reading a field may depend on."""

    project: Project
    asker: Asker
    languages: tuple[str, ...]
    """In order of trust: the asker's, the room's, English."""
    others: tuple[str, ...] = ()
    """In which a line may be, too: all of them, as long as the room has not chosen."""

    @property
    def spoken(self) -> tuple[str, ...]:
        """Return every language that a line may be in."""
        return (*self.languages, *self.others)

    def within(self, language: str) -> Situation:
        """Return where a line that begins in *language* is read: its dates are in that one."""
        if language in self.languages:
            return self
        others = tuple(one for one in self.others if one != language)
        return replace(self, languages=(language, *self.languages), others=others)


class Unfit(ValueError):
    """The words do not read as this type."""


class Trouble(Unfit):
    """The words are meant as this type, but cannot be taken: `message` says why, kindly."""

    def __init__(self, message: Message, words: str = "", choices: tuple[str, ...] = ()) -> None:
        """`words` were not understood; `choices` are the users that they may mean."""
        super().__init__(words)
        self.message = message
        self.words = words
        self.choices = choices


Read = Callable[[Sequence[Token], Situation], object]
Marked = Callable[[Sequence[Token], Situation], bool]
Bare = Callable[[Sequence[Token], Situation, Token | None], bool]
Doubts = Callable[[object, Situation, Collection[object]], Trouble | None]


def _never(_tokens: Sequence[Token], _situation: Situation, _before: Token | None) -> bool:
    return False


def _always(_tokens: Sequence[Token], _situation: Situation) -> bool:
    return True


def _sure(_value: object, _situation: Situation, _others: Collection[object]) -> None:
    return None


@dataclass(frozen=True)
class Type:
    """How one type of field is read."""

    title: Msgid
    """What a reader of help sees for it."""
    read: Read
    longest: int = 1
    """The most words it takes."""
    bare: Bare = field(default=_never)
    """Tells whether the words are unmistakable without a word of the phrase before them; it is
    given the word that stands there instead."""
    marked: Marked = field(default=_always)
    """Tells whether the words count in an option, behind the word that marks it."""
    text: bool = False
    """Takes any words."""
    whole: bool = False
    """What is meant but cannot be taken is not cut short: "30 February" is no month."""
    doubts: Doubts = field(default=_sure)
    """Tells what in a value was perhaps meant as something else, given all values of the line: it
    stays where it is, and the answer says so."""


TYPES: dict[object, Type] = {}
"""Annotation of a handler's parameter -> how it is read."""


def read_text(tokens: Sequence[Token], _situation: Situation) -> str:
    """Read any words, at least one sign of them readable."""
    if not any(re.search(r"\w|[^\x00-\x7f]", token.raw) for token in tokens):
        raise Unfit
    text = " ".join(token.raw for token in tokens)
    return text.rstrip(" ,;:–-") or text


def read_number(tokens: Sequence[Token], _situation: Situation) -> int:
    """Read a small number."""
    (token,) = tokens
    if not re.fullmatch(r"\d{1,6}", token.folded):
        raise Unfit(token.raw)
    return int(token.folded)


_TASK = re.compile(r"(?:#|n°|no\.?|nº|t)?(\d{1,6})")


def read_task(tokens: Sequence[Token], situation: Situation) -> TaskNumber:
    """Read the number of a task: 14, #14, n°14, where people write so 14'ü."""
    found = _shaped(_TASK, tokens, situation)
    number = int(found[1])
    if found[0].startswith("t") and number not in situation.project.tasks:
        raise Unfit(found[0])
    return TaskNumber(number)


def _shaped(
    pattern: re.Pattern[str], tokens: Sequence[Token], situation: Situation
) -> re.Match[str]:
    """Return how the one word has the shape of an id, with or without the ending of a case."""
    (token,) = tokens
    for text in (token.folded, *without_ending(token.folded, situation.languages)):
        if found := pattern.fullmatch(text):
            return found
    raise Unfit(token.raw)


def _numbered(letter: str) -> Callable[[Sequence[Token], Situation], int]:
    pattern = re.compile(rf"#?{letter}(\d{{1,6}})")

    def read(tokens: Sequence[Token], situation: Situation) -> int:
        return int(_shaped(pattern, tokens, situation)[1])

    return read


def read_tag(tokens: Sequence[Token], _situation: Situation) -> Tag:
    """Read a label: +video."""
    (token,) = tokens
    if not re.fullmatch(r"\+[^\W\d_][\w-]{0,30}", token.raw):
        raise Unfit(token.raw)
    return Tag(token.folded.lstrip("+"))


TYPES |= {
    str: Type(_("text"), read_text, longest=10_000, text=True),
    int: Type(_("number"), read_number, bare=lambda *_arguments: True),
    TaskNumber: Type(_("number"), read_task),
    MilestoneNumber: Type(_("number"), _numbered("m")),
    ReminderNumber: Type(_("number"), _numbered("r")),
    PollNumber: Type(_("number"), _numbered("q")),
    PublicationNumber: Type(_("number"), _numbered("p")),
    Tag: Type(_("+label"), read_tag, bare=lambda *_arguments: True),
}
