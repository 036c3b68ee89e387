"""What reading dates costs in each of the languages, beside dateparser with the language told.

Each side is measured in a process of its own, which prints what it finds.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from time import thread_time
from zoneinfo import ZoneInfo

from bench.figures import MICRO, MILLI, Figure, figure
from bench.memory import resident
from tests.language.date_score import Row, languages, rows

PLACE = Path(sys.prefix) / "bench-dateparser"
"""Where dateparser lies: in the virtual environment, but not on its path."""
LOCK = Path(__file__).with_name("dateparser.lock")
_SECONDS = 300
_SIDES = ("Comenius", "dateparser")


def run(*, quick: bool = False) -> list[Figure]:
    """Return the figures; takes some 20 seconds, and 60 more with dateparser; *quick* 10."""
    found = []
    for side in _SIDES:
        if side == "dateparser" and (quick or not fetched()):
            continue
        command = [sys.executable, "-m", "bench.dates", side]
        told = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=_SECONDS)
        for what, (unit, values, aim) in json.loads(told.stdout).items():
            found.append(figure(f"{side}, {what}", unit, values, aim))
    return found


def fetched() -> bool:
    """Return whether dateparser is there, and fetch it once if it is not."""
    if (PLACE / "dateparser").is_dir():
        return True
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(LOCK)]
    command += ["--target", str(PLACE)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


Reader = Callable[[str, str, datetime], object]
"""Phrase, language and now."""


def _measured(read: Reader) -> dict[str, tuple[str, list[float], str]]:
    """Read every phrase of the collections in each language, the first time and again."""
    before = resident()
    first, again = [], []
    for language in languages():
        said = list(rows(language))
        begun = thread_time()
        read(said[0].phrase, language, _now(said[0]))
        first.append((thread_time() - begun) * MILLI)
        again.append(_per_phrase(read, said) * MICRO)
    several = len(first)
    return {
        f"first phrase of a language (of {several}), loading it": ("ms", first, "10"),
        f"a phrase, by language (of {several})": ("µs", again, "100"),
        f"memory of {several} languages": ("MB", [resident() - before], ""),
    }


def _per_phrase(read: Reader, said: Iterable[Row]) -> float:
    meant = [(row.phrase, row.language, _now(row)) for row in said]
    begun = thread_time()
    for phrase, language, now in meant:
        read(phrase, language, now)
    return (thread_time() - begun) / len(meant)


def _now(row: Row) -> datetime:
    return datetime.fromisoformat(row.now).astimezone(ZoneInfo(row.zone))


def _ours() -> Reader:
    # ruff: noqa: PLC0415 - when they are loaded is what is measured
    from bot.language.dates import DateTrouble, read_date

    def read(phrase: str, language: str, now: datetime) -> None:
        with suppress(DateTrouble):
            read_date(phrase, languages=(language,), now=now)

    read("2026-11-27 18:00", "xx", datetime.now(ZoneInfo("UTC")))  # what all languages share
    return read


def _dateparser() -> Reader:
    sys.path.append(str(PLACE))
    import dateparser  # type: ignore[import-not-found]

    def read(phrase: str, language: str, now: datetime) -> None:
        settings = {"PREFER_DATES_FROM": "future", "RELATIVE_BASE": now.replace(tzinfo=None)}
        with suppress(ValueError):  # a language that it does not know
            dateparser.parse(phrase, languages=[language], settings=settings)

    return read


if __name__ == "__main__":
    chosen = _ours if sys.argv[1] == _SIDES[0] else _dateparser
    print(json.dumps(_measured(chosen())))
