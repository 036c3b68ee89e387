"""The pages of docs/ are true: what they tell people to type is understood."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.language.catalog import SOURCE
from bot.language.fields import Situation
from bot.language.line import cut
from tests.test_every_command import ASKER, READER, project

DOCS = Path(__file__).parents[1] / "docs"
_TYPED = re.compile(r"`!([^`]+)`")
TYPED = [
    (page, line)
    for page in ("charter.md", "polls.md")
    for row in (DOCS / page).read_text(encoding="utf-8").splitlines()
    if row.startswith("| `")
    for line in _TYPED.findall(row.split(" | ")[0])
]


@pytest.mark.parametrize(("page", "line"), TYPED)
def test_what_a_page_says_can_be_typed(page: str, line: str) -> None:
    """Each command of the tables is read as a command, the whole of it."""
    found = READER.read(cut(line), Situation(project(), ASKER, (SOURCE,)))

    assert found is not None, page
    assert found.match.troubles == ()


def test_the_tables_were_found() -> None:
    """A page without a table would prove nothing."""
    assert len(TYPED) > 20
