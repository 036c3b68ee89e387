"""The tables of phrases: each is read as the table says, or refused as it says."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.language.dates import (
    DateTrouble,
    NoSuchDate,
    PastDate,
    Reading,
    UnreadWord,
    WrongWeekday,
    read_date,
)

TABLES = Path(__file__).parent / "dates"
NOW = datetime(2026, 11, 22, 15, tzinfo=ZoneInfo("Europe/Paris"))


def rows(name: str) -> list[tuple[str, str]]:
    lines = (TABLES / name).read_text(encoding="utf-8").splitlines()
    cells = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(cell[0], cell[1]) for cell in cells]


def shown_moment(day: date, clock: time | None) -> str:
    return f"{day}" if clock is None else f"{day}T{clock.isoformat('minutes')}"


def shown(reading: Reading) -> str:
    first = shown_moment(reading.day, reading.time)
    if reading.every:
        return f"{reading.every} @ {first}"
    return " | ".join([first, *(shown_moment(o.day, o.time) for o in reading.alternatives)])


def told(trouble: DateTrouble) -> str:
    name = f"!{type(trouble).__name__}"
    match trouble:
        case PastDate():
            return f"{name} {shown_moment(trouble.day, trouble.time)}"
        case WrongWeekday():
            return f"{name} {trouble.day}"
        case UnreadWord() if type(trouble) is UnreadWord:
            return f"{name} {trouble.word}"
    return name


def outcome(phrase: str, languages: list[str], now: datetime = NOW) -> str:
    try:
        return shown(read_date(phrase, languages=languages, now=now))
    except DateTrouble as trouble:
        return told(trouble)


@pytest.mark.parametrize(("phrase", "expected"), rows("read.fr.tsv"))
def test_french(phrase: str, expected: str) -> None:
    assert outcome(phrase, ["fr", "en"]) == expected


@pytest.mark.parametrize(("phrase", "expected"), rows("read.en.tsv"))
def test_english(phrase: str, expected: str) -> None:
    assert outcome(phrase, ["en", "fr"]) == expected


@pytest.mark.parametrize("phrase", ["31 février", "30/02", "25:00"])
def test_what_does_not_exist_is_named(phrase: str) -> None:
    with pytest.raises(NoSuchDate) as caught:
        read_date(phrase, languages=["fr"], now=NOW)
    assert caught.value.words
