"""Laws that hold for every catalog (DESIGN 10, law 8), and for one that no translator wrote."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from gettext import c2py
from itertools import chain
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from babel.support import NullTranslations

from bot import command as commands_module
from bot.adapters.console import demo_lines
from bot.app import declared
from bot.command import Command, Commands, Context, Outcome
from bot.language import catalog as catalogs
from bot.language import field_people
from bot.language.catalog import SOURCE, translated
from bot.language.fields import TYPES
from bot.language.message import Msgid
from bot.language.phrase import Word
from bot.language.render import Reader, render
from bot.model.people import Role
from commands.help import TOPICS
from tests.commands.test_lists import MOST, answers, asker, card, crowded
from tests.conftest import NOW

ROOT = Path(__file__).parents[1]
LOCALES = ROOT / "locales"
KEYWORDS = {"_": None, "_n": (1, 2)}
COMMANDS = declared()
COMPLETE = {"fr", "de", "es", "it", "pl", "pt", "nl", "ro", "el", "tr", "ar"}
"""Languages in which nothing may be missing; English is the code itself."""
LONGEST = 90
"""Characters of a line of help: two lines on a phone, hardly more."""
PSEUDO = "de"
"""Stands for a language whose words are half as long again, with accents on every letter."""


def read(path: Path, language: str | None = None) -> Catalog:
    with path.open("rb") as lines:
        return read_po(lines, locale=language, abort_invalid=True)


TEMPLATE = read(LOCALES / "messages.pot")
CATALOGS = {
    path.parents[1].name: read(path, path.parents[1].name)
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/messages.po"))
}


def messages(language: str) -> list[Message]:
    """Return the messages of a catalog, without its header."""
    return [one for one in CATALOGS[language] if one.id]


def ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def fields(text: str) -> set[str]:
    return {name for _text, name, _spec, _how in Formatter().parse(text) if name is not None}


PHRASES = {str(one.phrase) for one in COMMANDS.all}
EXAMPLES = {str(one.example) for one in COMMANDS.all}
LABELS = {str(one.title) for one in TYPES.values()}
TYPED = {*PHRASES, *EXAMPLES, *LABELS, *map(str, (*demo_lines.TYPED, *demo_lines.SAID))}


def is_typed(message: Message) -> bool:
    """Tell whether a message is a line or a word to type, not a sentence to read."""
    text = ids(message)[0]
    return text in TYPED or "|" in text or text.startswith(("!", "("))


by_language = pytest.mark.parametrize("language", CATALOGS)


def test_every_folder_is_a_language_that_is_spoken() -> None:
    """A catalog that lies there is used."""
    assert {SOURCE, *CATALOGS} == set(translated())
    assert set(CATALOGS) >= COMPLETE


def forms_for_one_number(catalog: Catalog) -> set[int]:
    """Return the plural forms that serve a single number: they may name it in words."""
    chosen = Counter(c2py(catalog.plural_expr)(number) for number in range(1000))
    return {form for form, times in chosen.items() if times == 1} | {0}


@by_language
def test_placeholders_are_equal(language: str) -> None:
    """Each form of a translation holds the same {names}; one for a single number may spare {n}."""
    single = forms_for_one_number(CATALOGS[language])
    for message in messages(language):
        if ids(message)[0] in PHRASES:
            continue  # may have several lines, each checked as a phrase by test_every_command
        expected = fields(ids(message)[-1])
        for at, text in enumerate(strings(message)):
            if text:
                spared = {"n"} if at in single and len(strings(message)) > 1 else set()
                assert expected - spared <= fields(text) <= expected, message.id


@by_language
def test_plural_forms_are_complete(language: str) -> None:
    """What is translated is translated for every number."""
    for message in messages(language):
        if message.pluralizable:
            assert len(strings(message)) == CATALOGS[language].num_plurals, message.id
            assert len({bool(one) for one in strings(message)}) == 1, message.id


@by_language
def test_nothing_is_guessed_or_left_over(language: str) -> None:
    """No translation is fuzzy, and none is kept for a sentence that is gone."""
    assert [] == [one.id for one in messages(language) if one.fuzzy]
    assert [] == list(CATALOGS[language].obsolete)


@by_language
def test_a_catalog_holds_what_the_template_holds(language: str) -> None:
    """`make catalogs` was run."""
    assert {ids(one) for one in messages(language)} == {ids(one) for one in TEMPLATE if one.id}


def test_the_template_is_up_to_date() -> None:
    """Every sentence of the code is in locales/messages.pot, and nothing else."""
    mapping = [("**.py", "python")]
    found = chain.from_iterable(
        extract_from_dir(ROOT / folder, mapping, keywords=KEYWORDS)
        for folder in ("bot", "commands")
    )
    extracted = {(text,) if isinstance(text, str) else tuple(text) for _f, _l, text, *_r in found}
    assert extracted == {ids(one) for one in TEMPLATE if one.id}


@pytest.mark.parametrize("language", sorted(COMPLETE))
def test_nothing_is_missing(language: str) -> None:
    """The languages of the house are complete."""
    assert [] == [one.id for one in messages(language) if not all(strings(one))]


@by_language
def test_what_is_typed_is_typed_on_a_phone(language: str) -> None:
    """Grammars, examples and lists of words hold no sign that a keyboard does not give."""
    for message in messages(language):
        if is_typed(message):
            for text in strings(message):
                assert not set(text) & set("\u202f\u00a0’«»„“”"), text


@pytest.mark.parametrize("language", translated())
@pytest.mark.parametrize("role", Role)
def test_lines_of_help_can_be_read(language: str, role: Role) -> None:
    """No line of help is so long that nobody reads it; no topic has more than eight."""
    for text in helps(language, role):
        assert len(text.splitlines()) <= MOST
        assert [] == [line for line in text.splitlines() if len(line) > LONGEST]


def helps(language: str, role: Role) -> Iterator[str]:
    """Yield the help that somebody reads, and that on each topic."""
    context = Context(COMMANDS, translated())
    who, project = asker(language, role), crowded()
    general, topic = COMMANDS.by_handler["help.help_"], COMMANDS.by_handler["help.topic"]
    outcomes = [general.run(project, who, {}, context)]
    outcomes += [topic.run(project, who, {"topic": one}, context) for one in TOPICS]
    for outcome in outcomes:
        assert outcome.says is not None
        yield render(outcome.says, Reader((language,), "Europe/Paris", NOW)).body


class Pseudo(NullTranslations):
    """A translation of everything: accents on all letters, half as long again."""

    ACCENTS = str.maketrans("aeioucnszAEIOUCNSZ", "áèîöůçñšžÀÉÏÔÜĆŃŚŻ")
    TYPED = PHRASES | EXAMPLES

    def gettext(self, message: str) -> str:
        """Translate one sentence; what is typed keeps its length and its meaning."""
        pieces = re.split(r"(\{[^}]*\})", message)
        text = "".join(
            one if at % 2 else one.translate(self.ACCENTS) for at, one in enumerate(pieces)
        )
        typed = message in self.TYPED or "|" in message or message.startswith(("!", "("))
        return text if typed else f"{text} {'ẍ' * (len(message) // 2)}"

    def ungettext(self, msgid1: str, msgid2: str, num: int) -> str:
        """Translate one form of a plural."""
        return self.gettext(msgid1 if num == 1 else msgid2)


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return a language that nobody translated, in which every sentence is long."""
    monkeypatch.setattr(catalogs, "catalog", lambda _language: Pseudo())
    monkeypatch.setattr(commands_module, "_PHRASES", {})
    field_people.words.cache_clear()
    yield PSEUDO
    field_people.words.cache_clear()


@pytest.mark.parametrize("role", Role)
def test_long_words_do_not_make_long_help(pseudo: str, role: Role) -> None:
    """A language of long words with accents has help of eight lines too."""
    for text in helps(pseudo, role):
        assert len(text.splitlines()) <= MOST


@pytest.mark.parametrize("role", [Role.PUPIL, Role.COORDINATOR])
def test_long_words_do_not_make_long_answers(pseudo: str, role: Role) -> None:
    """Every command is understood by its translated line, and answers in eight lines."""
    for command in COMMANDS.all:
        for lines in answers(command, pseudo, role):
            assert len(lines) <= MOST, command.phrase


def test_long_words_do_not_make_long_cards(pseudo: str) -> None:
    """Cards and the board are no longer for it."""
    project, reader = crowded(), Reader((pseudo,), "Europe/Paris", NOW)
    things = {"task": 60, "milestone": 30, "reminder": 30, "board": 1}
    for kind, most in things.items():
        for number in range(1, most + 1):
            assert len(render(card(project, kind, number), reader).body.splitlines()) <= MOST


@pytest.mark.parametrize(
    "line",
    [
        "tâche [{title",
        "tâche {title} {title}",
        "tâche {titel}",
        "tâche [pour {due}]",
        "{title}",
        "tâche {title}\ntâche {",
    ],
)
def test_a_line_that_nobody_could_type_leaves_the_english_one(
    line: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bad phrase in a catalog is told in the log, once; that command answers in English."""
    command = COMMANDS.by_handler["tasks.add"]
    monkeypatch.setattr(commands_module, "_PHRASES", {})
    monkeypatch.setattr(commands_module, "translate", lambda _text, _language: line)

    for _time in range(3):
        assert ["task {title}"] == spelled(command)
    assert 1 == sum("English is used" in one for one in caplog.messages)


def spelled(command: Command) -> list[str]:
    """Return what has to be typed for *command*, a field as {name}."""
    return [
        " ".join(one.text if isinstance(one, Word) else f"{{{one.name}}}" for one in way)
        for phrase in command.phrases(PSEUDO)
        for way in phrase.ways
    ]


def test_a_declaration_that_cannot_work_is_a_mistake_at_once() -> None:
    """What a handler takes has to be in its phrase, and of a type that is read from words."""
    family = Commands("x")
    declare = family(Msgid("say hello"), Msgid("Say."), example=Msgid("say hello"))

    def echo(_project: object, _asker: object, *, text: str = "") -> Outcome:
        return Outcome(says=text)

    def odd(_project: object, _asker: object, *, text: bytes | None = None) -> Outcome:
        return Outcome(says=repr(text))

    def either(_project: object, _asker: object, *, text: str | int = "") -> Outcome:
        return Outcome(says=text)

    for handler, why in ((echo, "nobody can fill"), (odd, "no field"), (either, "no field")):
        with pytest.raises(TypeError, match=why):
            declare(handler)
    assert [] == family.all
