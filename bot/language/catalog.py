"""The languages: a folder in locales/ is one, its catalog holds what is said in it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import NullTranslations, Translations

from bot.language.message import Msgid, Plural

SOURCE = "en"
"""The language that the code is written in. Its catalog holds only more ways to say a command."""

_EUROPEAN = {"en": "en_GB", "pt": "pt_PT"}
"""Where the language's name alone means the usage of another continent to CLDR."""

log = logging.getLogger(__name__)


@cache
def translated() -> tuple[str, ...]:
    """Return every language that has a catalog, English first."""
    folders = (one for one in files("locales").iterdir() if (one / "LC_MESSAGES").is_dir())
    return (SOURCE, *sorted(one.name for one in folders if one.name != SOURCE))


@cache
def languages() -> tuple[str, ...]:
    """Return every language that a class can choose: with a catalog, or with words for dates.

    What is not translated into one of them is said in the next language of the room.
    """
    words = {one.name.partition(".")[0] for one in files("bot.data.dates").iterdir()
             if one.name.endswith(".json")} - {"any"}  # fmt: skip
    return (SOURCE, *sorted({*words, *translated()} - {SOURCE}))


def spoken(wanted: Sequence[str]) -> tuple[str, ...]:
    """Return *wanted* without languages that nobody knows; English stands in for those."""
    return tuple(dict.fromkeys(one if one in languages() else SOURCE for one in wanted)) or (
        SOURCE,
    )


class _Untranslated(LookupError):
    """A catalog does not hold a sentence."""


class _Nothing(NullTranslations):
    """Stands behind each catalog: whatever gets here is not translated."""

    def gettext(self, message: str) -> str:
        """Raise _Untranslated."""
        raise _Untranslated(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002 - gettext's signature
        """Raise _Untranslated."""
        raise _Untranslated(msgid1)

    ungettext = ngettext


@cache
def catalog(language: str) -> NullTranslations:
    """Return the catalog of *language*, empty if there is none or it cannot be read.

    A wheel holds compiled catalogs; in a checkout they are compiled in memory.
    """
    folder = files("locales") / language / "LC_MESSAGES"
    nothing = NullTranslations() if language == SOURCE else _Nothing()
    if (compiled := folder / "messages.mo").is_file():
        return _loaded(BytesIO(compiled.read_bytes()), nothing)
    if not (source := folder / "messages.po").is_file():
        return nothing
    try:
        found = read_po(BytesIO(source.read_bytes()), locale=language, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError):
        log.exception("catalog %s cannot be read: it answers in English", language)
        return nothing
    memory = BytesIO()
    write_mo(memory, whole(found))
    memory.seek(0)
    return _loaded(memory, nothing)


def _loaded(compiled: BytesIO, behind: NullTranslations) -> Translations:
    """Return a compiled catalog; what it does not hold is asked of the one *behind* it."""
    found = Translations(compiled)
    found.add_fallback(behind)
    return found


def whole(found: Catalog) -> Catalog:
    """Return the catalog *found* without plurals of which a form is missing: they are English."""
    for message in found:
        if isinstance(message.string, tuple | list) and not all(message.string):
            message.string = ""
    return found


def translate(text: Msgid | Plural, *chain: str) -> str:
    """Return *text* in the first language of *chain* that has it, else in English."""
    return _translated(text, chain)[0]


def language_of(text: Msgid | Plural, chain: Sequence[str]) -> str:
    """Return the first language of *chain* in which *text* can be said; English always is one."""
    return _translated(text, chain)[1]


def _translated(text: Msgid | Plural, chain: Sequence[str]) -> tuple[str, str]:
    if not text:
        return "", chain[0] if chain else SOURCE
    for language in chain:
        with suppress(_Untranslated):
            return _said(text, catalog(language)), language
    return _said(text, NullTranslations()), SOURCE


def _said(text: Msgid | Plural, known: NullTranslations) -> str:
    if isinstance(text, Plural):
        return str(known.ungettext(text.one, text.many, text.count))
    return str(known.gettext(text))


@cache
def locale(language: str) -> Locale:
    """Return Babel's locale for *language*, as it is written in Europe."""
    return Locale.parse(_EUROPEAN.get(language, language), sep="_")


def is_right_to_left(language: str) -> bool:
    """Tell whether *language* is written from right to left (CLDR, characterOrder)."""
    return bool(locale(language).text_direction == "rtl")


@cache
def name_of(language: str, reader: str) -> str:
    """Return what *language* is called in the language *reader*."""
    return str(locale(language).get_language_name(locale(reader)) or language)
