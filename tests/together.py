"""Many rows of a table in one test: each is tried, and every one that fails is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import update_wrapper
from typing import Any

import pytest

Row = tuple[Any, ...]
Law = Callable[..., None]
TELLING = 300
"""Letters of what is told about one row; of the first that fails pytest shows everything."""


def together(rows: Iterable[Row], columns: int = 1) -> Callable[[Law], Law]:
    """Make one test of all *rows* that begin with the same *columns*; 0: one test of all.

    The test takes a row's cells as its arguments, in their order, and no fixtures. It is as strong
    as a test for each row, but pytest spends milliseconds on a test, and most rows take none.
    Raises ValueError if there is no row: such a test could not fail.
    """
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        name = "-".join(str(getattr(cell, "name", cell)) for cell in row[:columns])
        groups[name or "all"].append(row)
    if not groups:
        reason = "a table without rows proves nothing"
        raise ValueError(reason)

    def decorate(law: Law) -> Law:
        def tried(rows: list[Row]) -> None:
            all_hold(law, rows)

        update_wrapper(tried, law)
        del tried.__wrapped__  # type: ignore[attr-defined] # else pytest looks for its arguments
        return pytest.mark.parametrize("rows", groups.values(), ids=groups)(tried)

    return decorate


def all_hold(law: Law, rows: Iterable[Row]) -> None:
    """Call *law* with the cells of each of *rows*; raise one AssertionError about all that fail.

    Whatever a row raises is a failure of that row; to skip one is, too.
    """
    count, failures = 0, []
    for count, row in enumerate(rows, 1):  # noqa: B007 - how many there were is told
        try:
            law(*row)
        except (Exception, pytest.skip.Exception, pytest.fail.Exception) as error:  # noqa: BLE001
            failures.append((row, error))
    if failures:
        told = "\n".join(f"{str(row)[:TELLING]}: {_told(error)}" for row, error in failures)
        text = f"{len(failures)} of {count} rows fail:\n{told}"
        raise AssertionError(text) from failures[0][1]


def _told(error: BaseException) -> str:
    text = " ".join(str(error).split())
    kind = "" if isinstance(error, AssertionError) else f"{type(error).__name__} "
    return f"{kind}{text[:TELLING]}"
