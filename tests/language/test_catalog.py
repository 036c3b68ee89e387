"""Catalogs: a folder is a language; a missing or broken one never stops the bot."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.language import catalog as catalogs
from bot.language.catalog import (
    SOURCE,
    catalog,
    language_of,
    languages,
    locale,
    name_of,
    spoken,
    translate,
    translated,
)
from bot.language.message import Msgid, Plural

PO = """
msgid ""
msgstr ""
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 ? 1 : 2);\\n"
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Board"
msgstr "Tablica"

msgid "Untranslated"
msgstr ""

#, fuzzy
msgid "Guessed"
msgstr "Zgadnięte"

msgid "{n} task"
msgid_plural "{n} tasks"
msgstr[0] "{n} zadanie"
msgstr[1] "{n} zadania"
msgstr[2] "{n} zadań"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a locales folder of the test's own, with a Polish catalog in it."""
    own = tmp_path / "pl" / "LC_MESSAGES"
    own.mkdir(parents=True)
    (own / "messages.po").write_text(PO, encoding="utf-8")
    (tmp_path / "no-catalog-here").mkdir()
    monkeypatch.setattr(catalogs, "files", lambda _package: tmp_path)
    languages.cache_clear()
    translated.cache_clear()
    catalog.cache_clear()
    yield tmp_path
    languages.cache_clear()
    translated.cache_clear()
    catalog.cache_clear()


def test_a_folder_is_a_language(folder: Path) -> None:
    """English needs none and comes first; what holds no catalog is no language."""
    assert ("en", "pl") == languages()
    assert ("pl", "en") == spoken(["pl", "de", "el"])
    assert ("en",) == spoken(["de"]) == spoken([])


def test_a_checkout_reads_the_source_of_a_catalog(folder: Path) -> None:
    """What is translated is; what is not, or only guessed by a tool, stays English."""
    assert "Tablica" == translate(Msgid("Board"), "pl")
    assert "Untranslated" == translate(Msgid("Untranslated"), "pl")
    assert "Guessed" == translate(Msgid("Guessed"), "pl")
    assert "Unknown" == translate(Msgid("Unknown"), "pl")
    assert "Board" == translate(Msgid("Board"), "en") == translate(Msgid("Board"), "xx")
    assert "" == translate(Msgid(""), "pl")


def test_what_is_missing_is_said_in_the_next_language(folder: Path) -> None:
    """A class reads its own language, else that of its room, else English: sentence by sentence."""
    other = folder / "de" / "LC_MESSAGES"
    other.mkdir(parents=True)
    (other / "messages.po").write_text(
        """msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Board"
msgstr "Board"

msgid "Untranslated"
msgstr "Übersetzt"

msgid "{n} task"
msgid_plural "{n} tasks"
msgstr[0] "{n} Aufgabe"
msgstr[1] ""
""",
        encoding="utf-8",
    )
    assert "Board" == translate(Msgid("Board"), "de", "pl")
    assert "Tablica" == translate(Msgid("Board"), "fi", "pl", "de")
    assert "Übersetzt" == translate(Msgid("Untranslated"), "pl", "de")
    assert "de" == language_of(Msgid("Untranslated"), ("pl", "de"))
    assert "en" == language_of(Msgid("Unknown"), ("pl", "de"))
    tasks = Plural(Msgid("{n} task"), Msgid("{n} tasks"), 5)
    assert "{n} zadań" == translate(tasks, "de", "pl")
    assert "{n} tasks" == translate(tasks, "de")


@pytest.mark.parametrize(("count", "form"), [(1, "zadanie"), (2, "zadania"), (5, "zadań")])
def test_plural_forms(folder: Path, count: int, form: str) -> None:
    """A language has as many forms as it has."""
    text = Plural(Msgid("{n} task"), Msgid("{n} tasks"), count)
    assert f"{{n}} {form}" == translate(text, "pl")
    assert ("{n} task" if count == 1 else "{n} tasks") == translate(text, "en")


def test_a_wheel_holds_compiled_catalogs(folder: Path) -> None:
    """The compiled catalog is taken where there is one."""
    own = folder / "pl" / "LC_MESSAGES"
    changed = PO.replace("Tablica", "Skompilowana").encode()
    memory = BytesIO()
    write_mo(memory, read_po(BytesIO(changed), locale="pl"))
    (own / "messages.mo").write_bytes(memory.getvalue())
    assert "Skompilowana" == translate(Msgid("Board"), "pl")


@pytest.mark.parametrize("broken", [b'msgid "Board"\nrubbish "Tablica"\n', b"\xff\xfe\x00"])
def test_a_broken_catalog_answers_in_english(
    folder: Path, broken: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told in the log, once, and the bot goes on."""
    (folder / "pl" / "LC_MESSAGES" / "messages.po").write_bytes(broken)
    for _time in range(3):
        assert "Board" == translate(Msgid("Board"), "pl")
    assert 1 == sum("answers in English" in one for one in caplog.messages)


def test_locales() -> None:
    """English is the one of European schools; a language is called by its name in another."""
    assert "en_GB" == str(locale(SOURCE))
    assert "pt_BR" == str(locale("pt_BR"))
    assert "German" == name_of("de", "en")
    assert "allemand" == name_of("de", "fr")
    assert "Deutsch" == name_of("de", "de")


def test_english_and_french_are_complete() -> None:
    """The two languages of the house are there."""
    assert {"en", "fr"} <= set(languages())
