"""Laws that hold for every command, in every language (DESIGN 10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.app import declared
from bot.assistant.understanding import Reader, Understood
from bot.command import Command, Commands, Outcome
from bot.language.catalog import SOURCE, translate, translated
from bot.language.field_charter import Reason, Reference
from bot.language.fields import TYPES, Situation
from bot.language.line import cut
from bot.language.message import Msgid
from bot.language.phrase import parse
from bot.model.asker import Asker
from bot.model.people import Member, Partner, Role
from bot.model.project import Project

COMMANDS = declared()
READER = Reader(COMMANDS)
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=ZoneInfo("Europe/Paris"))
ASKER = Asker("@lea:pau.example", "Léa", Role.COORDINATOR, SOURCE, "Europe/Paris", NOW)


PEOPLES_WORDS = [TYPES[Reason], TYPES[Reference]]
"""Types that hold words which are others in another language."""


def name(value: object) -> str:
    if isinstance(value, Command):
        return f"{value.family}.{value.handler.__name__}"
    return str(value)


def project() -> Project:
    """Return a project in which every example makes sense."""
    found = Project("!r", NOW, zone="Europe/Paris", ready=True)
    for code, city, zone in (("PAU", "Pau", "Europe/Paris"), ("KRK", "Kraków", "Europe/Warsaw")):
        found.partners[code] = Partner(code, city, zone)
    found.members["@ana:x"] = Member("@ana:x", "Ana")
    found.members[ASKER.user] = Member(ASKER.user, "Léa", "PAU")
    return found


def situation(command: Command, *spoken: str) -> Situation:
    """Return where an example is typed: in reply to a message if it needs one."""
    asker = replace(ASKER, language=spoken[0], reply_to="$x" if command.in_reply else None)
    return Situation(project(), asker, tuple(dict.fromkeys([*spoken, SOURCE])))


def same(values: dict[str, object], command: Command) -> dict[str, object]:
    """Return what has to be equal in every language: dates, numbers, people; not free words."""
    free = [kind for kind in command.types.values() if kind.text or kind in PEOPLES_WORDS]
    return {n: "text" if command.types[n] in free else v for n, v in values.items()}


def read(command: Command, language: str, *others: str) -> tuple[str, Understood | None]:
    """Return the example of *command* in *language*, and what is read in it among *others*."""
    line = translate(command.example, language)
    return line, READER.read(cut(line), situation(command, *(others or (language,))))


@pytest.mark.parametrize("language", translated())
def test_examples_mean_the_same_in_every_language(language: str) -> None:
    """What help shows is understood as its command, with the same fields and values."""
    others = []
    for command in COMMANDS.all:
        _english, meant = read(command, SOURCE)
        line, found = read(command, language)
        assert meant is not None, command.example
        assert name(command) == name(meant.command)
        wanted = name(command), same(meant.match.values, command), ()
        got = found and (name(found.command), same(found.match.values, command))
        if found is None or (*(got or ()), found.match.troubles) != wanted:
            others.append((line, wanted, got))
    assert others == []


@pytest.mark.parametrize("one", translated())
@pytest.mark.parametrize("other", translated())
def test_no_two_commands_clash(one: str, other: str) -> None:
    """In a room of any two languages an example still reaches its own command."""
    lost = []
    for command in COMMANDS.all:
        line, found = read(command, one, other, one)
        if found is None or name(found.command) != name(command):
            lost.append((line, name(command), found and name(found.command)))
    assert lost == []


@pytest.mark.parametrize("language", translated())
def test_no_line_of_a_phrase_is_lost(language: str) -> None:
    """Every line of every phrase of every catalog can be parsed, and fills the handler."""
    for command in COMMANDS.all:
        for line in translate(command.phrase, language).splitlines():
            assert parse(line).fields <= command.types.keys(), line
        assert command.phrases(language), name(command)


def test_a_handler_without_its_fields_is_refused() -> None:
    """A phrase and a signature that do not fit are a TypeError at import, with the name."""

    def echo(_project: Project, _asker: Asker, *, title: str) -> Outcome:
        return Outcome(says=title)

    family = Commands("x")
    with pytest.raises(TypeError, match="echo"):
        family(Msgid("say {words}"), Msgid("Say."), example=Msgid("say hi"))(echo)
    with pytest.raises(TypeError, match="echo"):
        family(Msgid("say [{title}"), Msgid("Say."), example=Msgid("say hi"))(echo)
