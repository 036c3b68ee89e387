"""Wording: how far each language is, which of its lines cannot be used, how one is begun."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import PoFileError, read_po, write_po

from bot.command import Commands
from bot.language.catalog import SOURCE, languages, locale, translated
from bot.language.phrase import BadPhrase, parse

TEMPLATE = "messages.pot"


@dataclass(frozen=True)
class Coverage:
    """How far one language is."""

    code: str
    name: str
    """In English."""
    own: str
    """As those call it who speak it."""
    translated: int
    sentences: int
    """How many there are to translate; phrases that people type and examples are among them."""
    dates: str
    """Where the words for dates are from: "by hand", "CLDR", or "figures" where there are none."""


@dataclass(frozen=True)
class Unusable:
    """A line of a catalog that cannot be used: English stands in for it."""

    language: str
    english: str
    reason: str


class CannotBegin(Exception):
    """A language cannot be begun; its text says why and what to do."""


def coverage() -> list[Coverage]:
    """Return how far every language is, those that are spoken first, the others after them."""
    catalogs = {one: [m for m in read(one) if m.id] for one in translated() if one != SOURCE}
    most = max((len(messages) for messages in catalogs.values()), default=0)
    found = []
    for code in (*translated(), *(one for one in languages() if one not in translated())):
        done = most if code == SOURCE else sum(map(_is_whole, catalogs.get(code, [])))
        english, own = (str(locale(code).get_language_name(one) or code) for one in (SOURCE, code))
        found.append(Coverage(code, english, own, done, most, dates_of(code)))
    return found


def dates_of(language: str) -> str:
    """Return where the words for dates of *language* are from (see Coverage)."""
    folder = files("bot.data.dates")
    if (folder / f"{language}.hand.json").is_file():
        return "by hand"
    return "CLDR" if (folder / f"{language}.json").is_file() else "figures"


def read(language: str) -> Catalog:
    """Return the catalog of *language*. Raises ValueError if it is damaged, KeyError if none."""
    folder = files("locales") / language / "LC_MESSAGES"
    source, compiled = folder / "messages.po", folder / "messages.mo"
    try:
        if source.is_file():
            return read_po(BytesIO(source.read_bytes()), locale=language)
        if compiled.is_file():
            return read_mo(BytesIO(compiled.read_bytes()))
    except (PoFileError, OSError, ValueError) as trouble:
        raise ValueError(language) from trouble
    raise KeyError(language)


def _is_whole(message: Message) -> bool:
    return bool(message.string) and all(_strings(message)) and not message.fuzzy


def _strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def unusable(language: str, commands: Commands) -> Iterator[Unusable]:
    """Yield the lines of the catalog of *language* for which English stands in.

    A phrase that nobody could type, or that lacks what its command of *commands* needs; a sentence
    with a name in braces that the English one does not have.
    """
    phrases = {str(one.phrase): one for one in commands.all}
    for message in read(language):
        if not message.id or not _is_whole(message):
            continue
        english = message.id if isinstance(message.id, str) else message.id[-1]
        if english in phrases:
            reason = _bad_phrase(_strings(message)[0], set(phrases[english].types))
        else:
            reason = _bad_names(english, _strings(message))
        if reason:
            yield Unusable(language, english, reason)


def _bad_phrase(lines: str, fields: set[str]) -> str:
    """Return what is wrong with a phrase, "" if nothing is."""
    for line in filter(None, map(str.strip, lines.splitlines())):
        try:
            strange = sorted(parse(line).fields - fields)
        except BadPhrase as trouble:
            return str(trouble)
        if strange:
            return f"no such field: {', '.join(strange)}"
    return ""


def _bad_names(english: str, strings: tuple[str, ...]) -> str:
    """Return what is wrong with the names in braces of a translation, "" if nothing is."""
    for text in strings:
        try:
            strange = sorted(_names(text) - _names(english) - {"n"})
        except ValueError:
            return "a brace stands alone"
        if strange:
            return f"no such name: {', '.join(strange)}"
    return ""


def _names(text: str) -> set[str]:
    return {name for _literal, name, _spec, _how in Formatter().parse(text) if name is not None}


def begin(language: str, checkout: Path, now: datetime | None = None) -> Path:
    """Make an empty catalog of *language* in *checkout*; return its file. Raises CannotBegin.

    Every sentence stands in it, none is translated: until then it is said in the next language.
    """
    template = checkout / "locales" / TEMPLATE
    target = checkout / "locales" / language / "LC_MESSAGES" / "messages.po"
    if not template.is_file():
        raise CannotBegin("A language is added in a checkout of Comenius: go into its folder.")
    try:
        known = Locale.parse(language, sep="_")
    except (UnknownLocaleError, ValueError):
        raise CannotBegin(
            f"Unicode's CLDR knows no language {language!r}: take its code."
        ) from None
    if target.exists():
        raise CannotBegin(f"{target.relative_to(checkout)} is there already.")
    made = read_po(BytesIO(template.read_bytes()), locale=known)
    made.revision_date = now or datetime.now(UTC)
    made.fuzzy = False
    target.parent.mkdir(parents=True)
    with target.open("wb") as out:
        write_po(out, made, width=0)
    return target
