"""`comenius try`: what translators and admins see."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.app import declared
from bot.tryout import try_phrase

ROOT = Path(__file__).parent.parent
PARIS = "Europe/Paris"
NOW = datetime(2026, 11, 22, 15, tzinfo=ZoneInfo(PARIS))


def tried(line: str) -> dict[str, object]:
    answers = try_phrase([line, " \n"], declared(), language="fr", now=NOW, zone=PARIS)
    (answer,) = answers
    return answer


@pytest.mark.parametrize(
    ("line", "command", "language", "fields"),
    [
        (
            "tâche Filmer la visite pour vendredi 18h KRK",
            "tasks.add",
            "fr",
            {
                "title": "Filmer la visite",
                "due": {"day": "2026-11-27", "clock": "18:00:00", "zone": PARIS},
                "who": {"partners": ["KRK"]},
            },
        ),
        ("!14 finished", "tasks.done", "en", {"task": 14}),
        ("14 rappels 7j 1h", "tasks.lead", "fr", {"task": 14, "leads": ["P7D", "PT60M"]}),
        ("! bilan.", "status.status", "fr", {}),
    ],
)
def test_a_line_that_is_a_command(
    line: str, command: str, language: str, fields: dict[str, object]
) -> None:
    """The command, the language of its words and every field are told."""
    expected = {"text": line, "command": command, "language": language, "fields": fields}

    assert expected == tried(line)


def test_an_unread_date_is_named() -> None:
    """What stays in the title although it may be a date is said as the bot says it."""
    assert "I could not read a date" in str(tried("tâche film pour vedredi")["note"])


@pytest.mark.parametrize(
    ("line", "key", "told"),
    [
        ("miletones", "meant", "!milestones"),
        ("jalon Visio", "error", "The date is missing."),
        ("rendre les clés", "error", "No command begins like this."),
        ("classe ajouter KRK2 Kraków Europe/Warszawa", "error", "I do not know the time zone"),
    ],
)
def test_a_line_that_is_none(line: str, key: str, told: str) -> None:
    """The near miss is named, or the reason."""
    assert str(tried(line)[key]).startswith(told)


def test_the_command_line_answers_each_line() -> None:
    """One line of JSON for each line typed, in UTF-8; the present where no moment is given."""
    command = [sys.executable, "-m", "bot", "try"]
    typed = b"demain\ntous les lundis 9h\n"

    dates = subprocess.run(
        [*command, "date", "--language", "fr"],
        cwd=ROOT,
        input=typed,
        capture_output=True,
        check=True,
    )
    phrases = subprocess.run(
        [*command, "phrase", "--language", "pl"],
        cwd=ROOT,
        input="task Łódź\n".encode(),
        capture_output=True,
        check=True,
    )

    assert b"" == dates.stderr
    assert ["demain", "tous les lundis 9h"] == [
        json.loads(line)["text"] for line in dates.stdout.splitlines()
    ]
    assert "Łódź" in phrases.stdout.decode("utf-8")
    assert b"There is no catalog for pl yet: English is used.\n" == phrases.stderr
