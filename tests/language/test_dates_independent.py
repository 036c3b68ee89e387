"""The date reader against phrases by someone who had not read it, in `dates/independent.tsv`."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.language.date_score import Row, answered, verdict

DECIDED = re.compile(r"decided: [^()]+ \(written: (?P<written>[^()]+)\)")
PHRASES = Path(__file__).parent / "dates" / "independent.tsv"

REFUSED_TODAY = 4
"""How many readable phrases were refused, or asked back without need, on 2026-11-22.

Refusing is allowed and guessing is not; but what was understood once stays understood. These are
“half six”, which is half past five to others, “8 tomorrow evening”, as in “chapter 8”, and “noël”,
which may be its eve: the bot asks.
"""


def rows() -> Iterator[Row]:
    for line in PHRASES.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            cells = line.split("\t")
            yield Row(*cells, *[""] * (len(Row._fields) - len(cells)))


def test_no_phrase_of_a_stranger_is_misread() -> None:
    """A stranger's phrase is read as meant or refused, never misread; and no more are refused."""
    judged = [(row, verdict(row)) for row in rows() if not row.mark]
    assert [row for row, found in judged if found == "wrong"] == []
    refused = [row.phrase for row, found in judged if found == "refused"]
    assert len(refused) <= REFUSED_TODAY, refused


def test_what_is_decided_otherwise_is_as_decided() -> None:
    """Where docs/dates.md decides against the stranger, its decision holds exactly, and has a why.

    Such a row holds the decision; what the stranger had written stands behind it.
    """
    decided = [row for row in rows() if row.mark]
    assert [row for row in decided if not DECIDED.fullmatch(row.mark)] == []
    assert [row for row in decided if verdict(row) != "right"] == []
    asked = [row for row in decided if row.start == "ASK"]
    assert [row for row in asked if not answered(row)["alternatives"]] == []


def test_a_decision_is_no_way_to_hide_a_fault() -> None:
    """Every mark is against what was written: a row that is right anyway needs none."""
    for row in rows():
        found = DECIDED.fullmatch(row.mark)
        if found is None:
            continue
        start, _, every = found["written"].partition(" ")
        assert verdict(row._replace(start=start, every=every, mark="")) != "right", row
