"""The date reader against phrases by someone who had not read it, in `dates/independent.tsv`."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.tryout import try_date

PHRASES = Path(__file__).parent / "dates" / "independent.tsv"
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

REFUSED_TODAY = 4
"""How many readable phrases were refused, or asked back without need, on 2026-11-22.

Refusing is allowed and guessing is not; but what was understood once stays understood. These are
“half six”, which is half past five to others, “8 tomorrow evening”, as in “chapter 8”, and “noël”,
which may be its eve: the bot asks.
"""


class Row(NamedTuple):
    """One phrase, when and where it was written, and what it means."""

    language: str
    now: str
    zone: str
    phrase: str
    start: str
    every: str
    mark: str


def rows() -> Iterator[Row]:
    for line in PHRASES.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            cells = line.split("\t")
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


def verdict(row: Row) -> str:
    """Say whether the reader is right, refuses (or asks) without need, or is wrong."""
    now = datetime.fromisoformat(row.now).astimezone(ZoneInfo(row.zone))
    answers = list(try_date([row.phrase], language=row.language, now=now))
    answer = answers[0] if answers else {"error": "nothing was said"}
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
    if not same:
        return "wrong"
    return "refused" if answer["alternatives"] else "right"


def test_no_phrase_of_a_stranger_is_misread() -> None:
    """A stranger's phrase is read as meant or refused, never misread; and no more are refused."""
    judged = [(row, verdict(row)) for row in rows() if not row.mark]
    assert [row for row, found in judged if found == "wrong"] == []
    refused = [row.phrase for row, found in judged if found == "refused"]
    assert len(refused) <= REFUSED_TODAY, refused
