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
from bot.tryout import countries_told, try_link, try_phrase

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
        [*command, "phrase", "--language", "fi"],
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
    assert b"There is no catalog for fi yet: English is used.\n" == phrases.stderr


def linked(*lines: str, countries: str = "") -> list[dict[str, object]]:
    return list(try_link(lines, countries=countries_told(countries)))


def test_a_link_is_told_as_the_guard_would_speak_of_it() -> None:
    """Service, what one does there, the article, and what every partner can open instead."""
    (told,) = linked(" our wall: https://padlet.com/x \n", " \n", countries="fr,PL")

    assert told == {
        "text": "our wall: https://padlet.com/x",
        "found": [
            {
                "host": "padlet.com",
                "service": "Padlet",
                "class": "consumer",
                "act": "deposit",
                "category": "wall",
                "article": 4,
                "alternatives": ["Digipad", "TwinSpace (eTwinning)"],
            }
        ],
    }


@pytest.mark.parametrize("line", ["see you at 10", "https://tube.ac-lyon.fr/w/1", "> youtube.com"])
def test_what_the_guard_is_silent_about_is_an_empty_list(line: str) -> None:
    """No link, a school's own service, a quote."""
    assert [{"text": line, "found": []}] == linked(line, countries="FR")


def test_countries_are_those_of_iso_3166() -> None:
    """In either case, with a region where it matters, each once."""
    assert () == countries_told("")
    assert ("FR", "DE-BY") == countries_told("fr, de-by,FR,")


@pytest.mark.parametrize("code", ["XX", "UK", "EU", "F", "FRA", "DE-", "DE-BAVARIA", "1A"])
def test_a_wrong_country_is_named(code: str) -> None:
    """The first code that is none is said."""
    with pytest.raises(ValueError, match=rf"^{code} is no country code"):
        countries_told(f"FR,{code}")


def test_the_command_line_tries_links() -> None:
    """One line of JSON for each text; a wrong country ends it with status 2."""

    def asked(countries: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", "try", "link", "--countries", countries]
        typed = "youtu.be/x\n\nLódź\n"
        return subprocess.run(
            command, cwd=ROOT, input=typed, capture_output=True, check=False, encoding="utf-8"
        )

    good, wrong = asked("FR,PL"), asked("FR,XX")

    told = [json.loads(line) for line in good.stdout.splitlines()]
    assert ["youtu.be/x", "Lódź"] == [one["text"] for one in told]
    assert [["YouTube"], []] == [[one["service"] for one in each["found"]] for each in told]
    assert (0, "") == (good.returncode, good.stderr)
    assert (2, "") == (wrong.returncode, wrong.stdout)
    assert "XX is no country code" in wrong.stderr
