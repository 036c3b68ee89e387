"""Readers of several languages: who sees which line, what stands in, and which way it runs."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.language import catalog as catalogs
from bot.language.message import Code, Msgid, Person, Stacked, Titled, say
from bot.language.render import Reader, render, stack
from bot.language.stacking import folded

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=ZoneInfo("Europe/Paris"))
HEAD = """msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

"""
CATALOGS = {
    "ar": {"{who} did {what}.": "أنجز {who} المهمة {what}."},
    "de": {"{who} did {what}.": "{who} hat {what} gemacht.", "Since {day}.": "Seit {day}"},
    "fi": {"Since {day}.": ""},
    "pl": {"{who} did {what}.": "{what}: {who}."},
}
DID, SINCE = Msgid("{who} did {what}."), Msgid("Since {day}.")
LEA = Person("@lea:x", "Léa")


@pytest.fixture(autouse=True)
def _spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Speak four languages, none of them whole."""
    for language, sentences in CATALOGS.items():
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        lines = [f'msgid "{one}"\nmsgstr "{other}"\n' for one, other in sentences.items()]
        (folder / "messages.po").write_text(HEAD + "\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(catalogs, "files", lambda one: tmp_path if one == "locales" else files(one))
    for known in (catalogs.languages, catalogs.translated, catalogs.catalog):
        known.cache_clear()
    yield
    monkeypatch.undo()
    for known in (catalogs.languages, catalogs.translated, catalogs.catalog):
        known.cache_clear()


def reader(*languages: str, after: tuple[str, ...] = ()) -> Reader:
    """Return who reads *languages*, and what stands in *after* them."""
    return Reader(languages, "Europe/Paris", NOW, next=after)


def test_what_is_missing_is_read_in_the_next_language_and_its_dates_with_it() -> None:
    """A sentence is never half in one language and half in another."""
    since = say(SINCE, day=NOW.date())

    assert "Seit So., 22. Nov." == render(since, reader("pl", after=("fi", "de"))).body
    assert "Since Sun 22 Nov." == render(since, reader("pl", after=("fi",))).body


def test_a_title_keeps_its_own_translation() -> None:
    """What a class has translated itself it reads in its language, whatever stands around it."""
    part = say(SINCE, day=Titled("Légendes", {"fi": "Kuvatekstit", "de": "Bildtexte"}))

    assert "Seit Kuvatekstit" == render(part, reader("fi", after=("de",))).body
    assert "Seit Légendes" == render(part, reader("pl", after=("de",))).body


def test_nobody_reads_the_same_line_twice() -> None:
    """A language that has no such sentence has no line of its own; its readers read another."""
    part = say(DID, who=LEA, what="#3")

    for languages in (("fi", "de", "pl"), ("de", "fi", "pl")):
        shown = stack(part, reader(*languages)).body.splitlines()
        assert ["DE  Léa hat #3 gemacht.", "PL  #3: Léa."] == shown
    assert "EN  Léa did #3." == stack(part, reader("fi", "en")).body


def test_no_message_has_more_than_four_languages() -> None:
    """Of more the first three, and English: those concerned come first."""
    assert ("fr", "de", "pl", "it") == folded(("fr", "de", "pl", "it"))
    assert ("fr", "de", "pl", "en") == folded(("fr", "de", "pl", "it", "es", "en"))
    assert ("fr", "en", "pl", "it") == folded(("fr", "en", "pl", "it", "es"))
    shown = render(
        Stacked("#3", say(DID, who=LEA, what="#3")), reader("pl", "de", "ar", "fi", "en")
    )
    assert ["#3", "PL", "DE", "AR", "EN"] == [line[:2] for line in shown.body.splitlines()]


def directions(text: str) -> list[str]:
    """Return the direction of each strong sign, those inside isolates left out (UAX #9, X5a)."""
    found, depth = [], 0
    for sign in text:
        kind = unicodedata.bidirectional(sign)
        depth += (kind in {"FSI", "RLI", "LRI"}) - (kind == "PDI")
        if not depth and kind in {"L", "R", "AL"}:
            found.append("L" if kind == "L" else "R")
    return found


def test_an_arabic_sentence_runs_from_right_to_left() -> None:
    """Names, titles and lines to type keep their own direction, and turn nothing around."""
    part = say(DID, who=LEA, what=Code("!task film"))
    alone, among = render(part, reader("ar")), stack(part, reader("ar", "de"))

    for text in (alone.body, alone.html.replace("<code>", "").replace("</code>", "")):
        assert set(directions(text)) == {"R"}
    assert alone.body.count("\u2068") == alone.body.count("\u2069") == 2
    first, second = among.body.splitlines()
    assert first == f"AR  \u2067{alone.body}\u2069"
    assert set(directions(first)) == {"L"}
    assert "\u2067" not in second
    assert among.html.count("\u2067") == 1
