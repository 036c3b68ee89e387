"""The catalogs in locales/: a folder is a language."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import NullTranslations, Translations

from bot.language.message import Msgid, Plural

SOURCE = "en"
"""The language that the code is written in."""

log = logging.getLogger(__name__)


@cache
def languages() -> tuple[str, ...]:
    """Return every language that has a catalog, English first."""
    folders = (one for one in files("locales").iterdir() if (one / "LC_MESSAGES").is_dir())
    return (SOURCE, *sorted(one.name for one in folders if one.name != SOURCE))


def spoken(wanted: Sequence[str]) -> tuple[str, ...]:
    """Return *wanted* without languages that have no catalog; English stands in for those."""
    return tuple(dict.fromkeys(one if one in languages() else SOURCE for one in wanted)) or (
        SOURCE,
    )


@cache
def catalog(language: str) -> NullTranslations:
    """Return the catalog of *language*, empty if there is none or it cannot be read.

    A wheel holds compiled catalogs; in a checkout they are compiled in memory.
    """
    folder = files("locales") / language / "LC_MESSAGES"
    if (compiled := folder / "messages.mo").is_file():
        return Translations(BytesIO(compiled.read_bytes()))
    if not (source := folder / "messages.po").is_file():
        return NullTranslations()
    try:
        found = read_po(BytesIO(source.read_bytes()), locale=language, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError):
        log.exception("catalog %s cannot be read: it answers in English", language)
        return NullTranslations()
    memory = BytesIO()
    write_mo(memory, found)
    memory.seek(0)
    return Translations(memory)


def translate(text: Msgid | Plural, language: str) -> str:
    """Return *text* in *language*, in English where a translation is missing."""
    if isinstance(text, Plural):
        return str(catalog(language).ungettext(text.one, text.many, text.count))
    return str(catalog(language).gettext(text)) if text else ""


@cache
def locale(language: str) -> Locale:
    """Return Babel's locale for *language*; English is the one of European schools."""
    return Locale.parse("en_GB" if language == SOURCE else language, sep="_")


@cache
def name_of(language: str, reader: str) -> str:
    """Return what *language* is called in the language *reader*."""
    return str(locale(language).get_language_name(locale(reader).language) or language)
