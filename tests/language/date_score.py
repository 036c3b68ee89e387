"""Judging the date reader by phrases of people who had not read it; `python -m ... [xx ...]`.

python -m tests.language.date_score            the tables of all languages, of both collections
python -m tests.language.date_score de --why   every phrase of German that was not right
"""

# ruff: noqa: T201 - a table for people

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.tryout import try_date

FOLDERS = [Path(__file__).parent / "dates" / name for name in ("phrases", "phrases_again")]
"""The first collection in 36 languages, and the second one in 28 of them."""
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Row(NamedTuple):
    """One phrase, when and where it was written, and what it means."""

    language: str
    now: str
    zone: str
    phrase: str
    start: str
    every: str
    mark: str


def languages(folder: Path = FOLDERS[0]) -> list[str]:
    """Give the languages that a collection has."""
    return sorted(file.stem for file in folder.glob("*.tsv"))


def rows(language: str, folder: Path = FOLDERS[0]) -> Iterator[Row]:
    """Give the phrases of a language."""
    for line in (folder / f"{language}.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            cells = [language, *line.split("\t")]
            yield Row(*cells, *[""] * (len(Row._fields) - len(cells)))


def the_rule(every: object, start: str) -> dict[str, set[str]]:
    """Say a rule without what its first day says already, so that two spellings are equal."""
    if not every:
        return {}
    parts = {
        name: set(values.split(","))
        for name, _, values in (part.partition("=") for part in str(every).split(";"))
    }
    first = date.fromisoformat(start[:10])
    said_already = {"INTERVAL": "1"}
    if parts["FREQ"] == {"WEEKLY"}:
        said_already["BYDAY"] = WEEKDAYS[first.weekday()]
    if parts["FREQ"] <= {"MONTHLY", "YEARLY"}:
        said_already["BYMONTHDAY"] = str(first.day)
    if parts["FREQ"] == {"YEARLY"}:
        said_already["BYMONTH"] = str(first.month)
    return {
        name: values for name, values in parts.items() if values != {said_already.get(name, "")}
    }


def answered(row: Row) -> dict[str, object]:
    """Give what the reader makes of the phrase."""
    now = datetime.fromisoformat(row.now).astimezone(ZoneInfo(row.zone))
    answers = list(try_date([row.phrase], language=row.language, now=now))
    return answers[0] if answers else {"error": "nothing was said"}


def verdict(row: Row) -> str:
    """Say whether the reader is right, refuses (or asks) without need, or is wrong."""
    answer = answered(row)
    if "error" in answer:
        return "right" if row.start in {"REFUSE", "ASK"} else "refused"
    if row.start == "REFUSE":
        return "wrong"
    if row.start == "ASK":
        return "right" if answer["alternatives"] else "wrong"
    start = str(answer["start"])
    same = (
        answer["has_time"] == ("T" in row.start) == ("T" in start)
        and datetime.fromisoformat(start) == datetime.fromisoformat(row.start)
        and the_rule(answer["every"], start) == the_rule(row.every, row.start)
    )
    others = answer["alternatives"]
    if isinstance(others, list) and others:  # it asks, though there is no need
        return "refused" if same or row.start in others else "wrong"
    return "right" if same else "wrong"


def main(arguments: Sequence[str]) -> None:
    """Print a line for each language of each collection, or the phrases that were not right."""
    named = [name for name in arguments if not name.startswith("-")]
    for folder in FOLDERS:
        chosen = [name for name in languages(folder) if name in (named or languages(folder))]
        total: Counter[str] = Counter()
        print(
            f"{folder.name}\n{'':4}{'rows':>6}{'right':>8}{'refused':>9}{'wrong':>7}{'right %':>9}"
        )
        for language in chosen:
            judged = [(row, verdict(row)) for row in rows(language, folder)]
            counts = Counter(found for _, found in judged)
            total.update(counts)
            print(_line(language, counts))
            if "--why" in arguments:
                _print_reasons(judged)
        print(_line("all", total))


def _print_reasons(judged: Sequence[tuple[Row, str]]) -> None:
    for row, found in judged:
        if found != "right":
            print(f"    {found}: {row.phrase} -> {row.start} {row.every}; {answered(row)}")


def _line(name: str, counts: Counter[str]) -> str:
    several = counts.total()
    share = f"{100 * counts['right'] / several:.1f}" if several else "-"
    return (
        f"{name:4}{several:6}{counts['right']:8}{counts['refused']:9}{counts['wrong']:7}{share:>9}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
