"""The name of a language as people say it: in any case, with a small word before it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.language.catalog import languages, name_of
from bot.language.field_settings import KNOWN, find_inflected, read_language, read_languages
from bot.language.field_setup import read_language_list
from bot.language.fields import Situation, Unfit
from bot.language.line import cut
from bot.model.asker import Asker
from bot.model.people import Role
from bot.model.project import Project

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)


def situation(*spoken: str) -> Situation:
    asker = Asker("@lea:x", "Léa", Role.TEACHER, spoken[0], "UTC", NOW)
    return Situation(Project("!r", NOW), asker, tuple(dict.fromkeys((*spoken, "en"))))


@pytest.mark.parametrize(
    ("reader", "typed", "code"),
    [
        ("pl", "po polsku", "pl"), ("pl", "niemieckim", "de"), ("pl", "po norwesku", "nb"),
        ("pl", "słowacku", "sk"), ("pl", "słoweńsku", "sl"), ("de", "auf Deutsch", "de"),
        ("de", "in Polnisch", "pl"), ("de", "französischen", "fr"),
        ("nl", "in het Nederlands", "nl"), ("nl", "het Frans", "fr"), ("ar", "بالفرنسية", "fr"),
        ("ar", "عربي", "ar"), ("ar", "بالعربية", "ar"), ("ru", "по-русски", "ru"),
        ("uk", "українською", "uk"), ("el", "στα ελληνικά", "el"), ("tr", "Türkçede", "tr"),
        ("ro", "românește", "ro"), ("ro", "în franceză", "fr"), ("fi", "suomeksi", "fi"),
        ("cs", "česky", "cs"), ("cs", "francouzsky", "fr"), ("hu", "magyarul", "hu"),
        ("fr", "en français", "fr"), ("fr", "le polonais", "pl"), ("es", "en español", "es"),
        ("it", "in italiano", "it"), ("pt", "em português", "pt"), ("en", "in French", "fr"),
        ("lt", "lietuviškai", "lt"), ("en", "FR", "fr"),
    ],
)  # fmt: skip
def test_a_language_is_known_in_any_case(reader: str, typed: str, code: str) -> None:
    """Its stem is enough, where no other language has it."""
    assert code == read_language(cut(typed).tokens, situation(reader))


@pytest.mark.parametrize(
    ("reader", "typed"),
    [
        ("en", "Roma"), ("en", "Pol"), ("en", "klingon"), ("sl", "slovensko"), ("en", "Ita"),
        ("en", "in"), ("de", "nach Klingonisch"), ("en", "sloven"), ("en", "Latin"),
    ],
)  # fmt: skip
def test_half_a_name_is_none(reader: str, typed: str) -> None:
    """Two languages or none may be meant: nothing is guessed."""
    with pytest.raises(Unfit):
        read_language(cut(typed).tokens, situation(reader))


@pytest.mark.parametrize("reader", languages())
def test_every_whole_name_means_its_own_language(reader: str) -> None:
    """No stem takes a name away from the language that has it (CLDR, localeDisplayNames)."""
    for code in KNOWN - {"no"}:
        assert code == find_inflected(name_of(code, reader), (reader, "en"))


@pytest.mark.parametrize(
    ("reader", "typed", "codes"),
    [
        ("nl", "nl en fr", ("nl", "en", "fr")), ("nl", "Frans en Duits", ("fr", "de")),
        ("nl", "Nederlands, Frans en Engels", ("nl", "fr", "en")),
        ("fr", "fr et de", ("fr", "de")), ("fr", "français et allemand", ("fr", "de")),
        ("en", "French, German and Polish", ("fr", "de", "pl")),
        ("en", "fr de pl", ("fr", "de", "pl")),
        ("en", "en", ("en",)), ("fr", "et", ("et",)), ("pl", "polski i angielski", ("pl", "en")),
    ],
)  # fmt: skip
def test_and_is_told_from_the_code_of_a_language(
    reader: str, typed: str, codes: tuple[str, ...]
) -> None:
    """Dutch "en" joins two names, and is English among codes."""
    for read in (read_languages, read_language_list):
        assert codes == read(cut(typed).tokens, situation(reader))
