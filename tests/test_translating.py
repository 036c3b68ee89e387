"""The translator's guide is followed word by word: it adds a language that there was not."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po

from tests.test_every_language import strings

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "translating.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(console|po)\n(.*?)```", re.DOTALL)
SETTINGS = """\
matrix:
  homeserver: https://matrix.school.example
  user: "@comenius:school.example"
  token_file: token
  allow: [school.example]
languages: [lb, fr]
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout of its own, as far as languages go."""
    shutil.copytree(ROOT / "locales", tmp_path / "locales")
    (tmp_path / "bot.yaml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "token").write_text("secret", encoding="utf-8")
    (tmp_path / "token").chmod(0o600)
    return tmp_path


def typed(checkout: Path, line: str, given: str = "") -> str:
    """Type *line* in the folder *checkout*, give it *given*; return all it shows."""
    name, *arguments = line.split()
    assert name == "comenius"
    found = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": f"{checkout}{os.pathsep}{ROOT}", "PYTHONUTF8": "1"},
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return found.stdout + found.stderr


def steps() -> Iterator[tuple[str, str]]:
    """Yield the blocks of the page: what is typed, and what is written into the catalog."""
    yield from BLOCK.findall(PAGE)


def play(checkout: Path, body: str) -> None:
    """Type a console block; each line that it shows comes, in its order. "…" is anything."""
    first, *rest = body.splitlines()
    given = [line[2:] for line in rest if line.startswith("> ")]
    expected = [line for line in rest if not line.startswith("> ")]

    shown = typed(checkout, first.removeprefix("$ "), "\n".join(given))

    pattern = "\n".join(expected).replace("[", "[[]").replace("…", "*")
    assert fnmatchcase(shown.strip(), pattern), shown


def write(checkout: Path, body: str) -> None:
    """Write a block of the page into the catalog, where its line stood empty."""
    path = checkout / "locales" / "lb" / "LC_MESSAGES" / "messages.po"
    catalog = read_po(BytesIO(path.read_bytes()), locale="lb")
    for message in read_po(BytesIO(body.encode())):
        if message.id:
            there = catalog.get(message.id)
            assert there is not None, message.id
            assert not any(strings(there))
            there.string = message.string
    with path.open("wb") as out:
        write_po(out, catalog, width=0)


def test_a_language_more(checkout: Path) -> None:
    """Whoever follows the page has a language that pupils type and read, and that falls back."""
    for kind, body in steps():
        (play if kind == "console" else write)(checkout, body)

    known = typed(checkout, "comenius languages")
    assert re.search(r"^lb +0 % +5 of \d+ sentences  dates: figures +Luxembourgish, Lëtzebuergesch",
                     known, re.MULTILINE)  # fmt: skip
    lines = [{"say": "!aufgab D'Schoul filmen virum 12/3", "as": "@lea:pau.example"},
             {"say": "!aufgab", "as": "@lea:pau.example"},
             {"say": "!rappels", "as": "@lea:pau.example"}]  # fmt: skip
    shown = typed(
        checkout,
        "comenius console --jsonl --languages lb,fr --now 2026-11-22T15:00:00+01:00",
        "\n".join(map(json.dumps, lines)),
    )
    assert '"body": "#1 · D\'Schoul filmen · ' in shown
    assert "!aufgab ‹" in shown  # what is missing is said in French, what to type in Luxembourgish
    assert "Aucun rappel à venir." in shown


def test_what_a_translator_broke_is_named(checkout: Path) -> None:
    """English stands in for a line that cannot be used, and `comenius check` says which it is."""
    path = checkout / "locales" / "fr" / "LC_MESSAGES" / "messages.po"
    text = path.read_text(encoding="utf-8")
    for line in ("Je n’ai pas compris «\u202f{words}\u202f».", "à faire|todo) [:] {title}"):
        assert line in text
    text = text.replace("pas compris «\u202f{words}\u202f».", "pas compris «\u202f{mots}\u202f».")
    text = text.replace("à faire|todo) [:] {title}", "à faire|todo) [:] {titre}")
    path.write_text(text, encoding="utf-8")

    checked = typed(checkout, "comenius check bot.yaml")

    assert "“I did not understand “{words}”.” is said in English: no such name: mots." in checked
    assert "no such field: titre" in checked
    line = json.dumps({"say": "!task film 31/11", "as": "@lea:pau.example"})
    shown = typed(checkout, "comenius console --jsonl --languages fr", line)
    assert "#1" in shown


@pytest.mark.parametrize(
    ("language", "told"),
    [("fr", "is there already"), ("xx", "CLDR knows no language"), ("../x", "knows no language")],
)
def test_what_cannot_be_begun(checkout: Path, language: str, told: str) -> None:
    """A language that there is, or that there is not."""
    assert told in typed(checkout, f"comenius languages add {language}")


def test_languages_are_added_in_a_checkout(tmp_path: Path) -> None:
    """Where Comenius was installed there is nothing to translate in."""
    assert "in a checkout" in typed(tmp_path, "comenius languages add lb")
