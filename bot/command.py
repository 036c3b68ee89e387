"""How a command is declared: one translatable line, a typed signature, an example, a role."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from bot.language import field_dates, field_people, field_polls, field_settings  # noqa: F401 - fill TYPES
from bot.language.catalog import SOURCE, translate
from bot.language.fields import TYPES, Type
from bot.language.message import Msgid, Part
from bot.language.phrase import BadPhrase, Phrase, parse
from bot.model.asker import Asker
from bot.model.documents import RoomDocument
from bot.model.files import File
from bot.model.institution import Institution
from bot.model.people import Role

log = logging.getLogger(__name__)


class Scope(StrEnum):
    """What a handler sees and may change."""

    ROOM = "room"
    """One project: `handler(project, asker, ...)`."""
    PERSON = "person"
    """What a person chose: `handler(person, asker, ...)`."""
    MY_ROOMS = "my rooms"
    """Every project of the asker: `handler(projects, asker, ...)`."""


@dataclass(frozen=True)
class Context:
    """What a handler may read besides the project, if it asks for it."""

    commands: Commands
    languages: tuple[str, ...] = (SOURCE,)
    """The languages that Comenius speaks."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Message event id -> what it shows ("task 14")."""
    institution: Institution = field(default_factory=Institution)
    """What whoever runs the assistant has decided."""
    file: bytes | None = None
    """The file that the command came with or replied to; b"" if it could not be fetched."""
    rooms: tuple[RoomDocument, ...] = ()
    """All that is stored about the asker's rooms, for commands of scope MY_ROOMS."""


@dataclass(frozen=True)
class Choice:
    """One answer to an offer: the button, what it says, the line that it runs."""

    key: str
    line: str


@dataclass(frozen=True)
class Outcome:
    """What a command did, as data: the heart turns it into messages."""

    says: Part | None = None
    """The answer, in the asker's language."""
    card: str | None = None
    """Answer with the card of "task 14", "milestone 2" or "reminder 3"; later changes edit it."""
    reaction: str | None = None
    """Answer with a reaction only."""
    offers: tuple[Choice, ...] = ()
    """Buttons under the answer."""
    anyone: bool = False
    """Everybody may answer the offer, each once ("tap your class")."""
    role: Role = Role.PUPIL
    """The least role of who may answer; others press in vain."""
    announces: Part | None = None
    """The answer is for everybody: said in every language of the room."""
    asks: str | None = None
    """The answer is a question: a reply to it is read behind these words ("setup classes")."""
    forgets: bool = False
    """Erase the asker's own document."""
    undoes: str | None = None
    """Take back: "last" change of the asker, or the change behind a target."""
    board: bool = False
    """Show the board anew, even if nothing changed."""
    poll: int | None = None
    """Ask the room this new poll."""
    closes: int | None = None
    """Close this poll and tell the room its result."""
    file: File | None = None
    """Hand this out, below the answer."""


Handler = Callable[..., Outcome]


@dataclass(frozen=True)
class Command:
    """A declared command."""

    family: str
    """Module that declares it: its topic in help."""
    phrase: Msgid
    help: Msgid
    example: Msgid
    may: Role
    scope: Scope
    handler: Handler
    types: Mapping[str, Type]
    context: bool
    """The handler takes the Context."""
    quiet: bool
    """Not listed in help."""
    shows: bool
    """Changes nothing: it only shows."""
    in_reply: bool
    """Makes sense only in reply to a message."""
    sealed: bool
    """In an encrypted room only an encrypted message may ask for it, never a reaction."""
    file: str
    """The ending of the file that it reads: it comes with it, replies to it, or follows it."""
    fleeting: bool
    """What it was told is kept nowhere else, not even in a question asked back: a vote."""

    def phrases(self, language: str) -> tuple[Phrase, ...]:
        """Return the ways to say it in *language*; in English where its line cannot be used."""
        return _phrases(self, language)

    def run(
        self, subject: object, asker: Asker, values: Mapping[str, object], context: Context
    ) -> Outcome:
        """Do it; raises Refusal."""
        extra = {"context": context} if self.context else {}
        return self.handler(subject, asker, **values, **extra)


_PHRASES: dict[tuple[Msgid, str], tuple[Phrase, ...]] = {}


def _phrases(command: Command, language: str) -> tuple[Phrase, ...]:
    key = command.phrase, language
    if key not in _PHRASES:
        try:
            _PHRASES[key] = _parsed(command, translate(command.phrase, language))
        except BadPhrase as trouble:
            log.warning("catalog %s: %s; English is used", language, trouble)
            _PHRASES[key] = _parsed(command, command.phrase)
    return _PHRASES[key]


def _parsed(command: Command, text: str) -> tuple[Phrase, ...]:
    phrases = tuple(parse(line.strip()) for line in text.splitlines() if line.strip())
    for phrase in phrases:
        if unknown := phrase.fields - command.types.keys():
            raise BadPhrase(phrase.source, f"no such field: {sorted(unknown)}")
        if missing := _required(command) - phrase.fields:
            raise BadPhrase(phrase.source, f"fields are missing: {sorted(missing)}")
    return phrases


def _required(command: Command) -> set[str]:
    parameters = inspect.signature(command.handler).parameters
    return {name for name in command.types if parameters[name].default is inspect.Parameter.empty}


@dataclass
class Commands:
    """The commands of one family, or of all of them."""

    family: str = ""
    all: list[Command] = field(default_factory=list)

    def __call__(  # noqa: PLR0913 - a declaration reads best as one call with named parts
        self,
        phrase: Msgid,
        help_: Msgid,
        *,
        example: Msgid,
        may: Role = Role.PUPIL,
        scope: Scope = Scope.ROOM,
        quiet: bool = False,
        shows: bool = False,
        in_reply: bool = False,
        sealed: bool = False,
        file: str = "",
        fleeting: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Declare the decorated function as a command; a mistake is a TypeError at import."""

        def declare(handler: Handler) -> Handler:
            types = _types(handler)
            command = Command(
                self.family,
                phrase,
                help_,
                example,
                may,
                scope,
                handler,
                types,
                "context" in inspect.signature(handler).parameters,
                quiet,
                shows,
                in_reply,
                sealed,
                file,
                fleeting,
            )
            try:
                parsed = _parsed(command, phrase)
            except BadPhrase as trouble:
                raise TypeError(f"{handler.__name__}: {trouble}") from None
            if fields := types.keys() - {name for one in parsed for name in one.fields}:
                raise TypeError(f"{handler.__name__}: nobody can fill {sorted(fields)}")
            self.all.append(command)
            return handler

        return declare

    @cached_property
    def by_handler(self) -> dict[str, Command]:
        """Return the commands by the name of their handler: "tasks.add"."""
        return {f"{one.family}.{one.handler.__name__}": one for one in self.all}

    def verbs(self, languages: Sequence[str]) -> dict[str, str]:
        """Return the first words of all phrases in *languages*: folded -> as written."""
        return {
            first.folded: first.text
            for command in self.all
            for language in languages
            for phrase in command.phrases(language)
            for first in _first_words(phrase)
        }

    def names(self, languages: Sequence[str]) -> frozenset[str]:
        """Return the words, folded, that stand for commands in *languages*.

        Those that are a command all alone, the one that help shows, and those of the code. "can"
        and "new" may begin a line as well ("can we use Padlet?"), but are not taken for commands.
        """
        found: set[str] = set()
        for command in self.all:
            for language in languages:
                phrases = command.phrases(language)
                alone = (way[0] for one in phrases for way in one.ways if len(way) == 1)
                shown = phrases[0].ways[0][0]
                found.update(one.folded for one in (shown, *alone) if hasattr(one, "folded"))
            for one in _parsed(command, command.phrase):
                found.update(first.folded for first in _first_words(one))
        return frozenset(found)


def _first_words(phrase: Phrase) -> Iterator[Any]:
    for way in phrase.ways:
        if hasattr(way[0], "folded"):
            yield way[0]


def _types(handler: Handler) -> dict[str, Type]:
    hints = get_type_hints(handler)
    found = {}
    for name, parameter in inspect.signature(handler).parameters.items():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY or name == "context":
            continue
        kind = _bare(hints[name])
        if kind not in TYPES:
            raise TypeError(f"{handler.__name__}: no field reads {kind}")
        found[name] = TYPES[kind]
    return found


def _bare(hint: Any) -> Any:
    """Return *hint* without "or None"."""
    if get_origin(hint) in {Union, UnionType}:
        kinds = [one for one in get_args(hint) if one is not NoneType]
        return kinds[0] if len(kinds) == 1 else hint
    return hint
