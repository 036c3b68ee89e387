"""The date reader against phrases by someone who had not read it, in `dates/independent.tsv`."""

from collections.abc import Iterator
from pathlib import Path

from tests.language.date_score import Row, verdict

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
