"""`comenius try date`: what translators see."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.tryout import try_date

NOW = datetime(2026, 11, 22, 15, tzinfo=ZoneInfo("Europe/Paris"))


def tried(phrase: str) -> dict[str, object]:
    (answer,) = try_date([phrase, "  \n"], language="fr", now=NOW)
    return answer


def test_a_day() -> None:
    assert tried("vendredi\n") == {
        "text": "vendredi",
        "start": "2026-11-27",
        "has_time": False,
        "every": None,
        "alternatives": [],
    }


def test_a_moment_has_its_offset() -> None:
    assert tried("vendredi 18h")["start"] == "2026-11-27T18:00:00+01:00"
    assert tried("2027-03-28 02:30")["start"] == "2027-03-28T03:30:00+02:00"


def test_a_rule() -> None:
    answer = tried("tous les lundis 9h jusqu'en juin")
    assert answer["every"] == "FREQ=WEEKLY;BYDAY=MO;UNTIL=20270630"
    assert answer["start"] == "2026-11-23T09:00:00+01:00"


def test_alternatives() -> None:
    assert tried("dans 15 jours")["alternatives"] == ["2026-12-06"]


@pytest.mark.parametrize(
    ("phrase", "error"),
    [
        ("by frdiay", "I cannot read “frdiay” as part of a date."),
        ("mai", "“mai” does not say which day; please name one."),
        ("20 nov", "Friday, 2026-11-20 is already past."),
        ("aujourd'hui 9h", "Sunday, 2026-11-22, 09:00, is already past."),
        ("31 février", "“31 février” is not in the calendar or on the clock."),
        ("lundi 27 nov", "2026-11-27 is a Friday, not a Monday; which one is meant?"),
    ],
)
def test_errors_are_one_sentence(phrase: str, error: str) -> None:
    assert tried(phrase) == {"text": phrase, "error": error}
