"""Rows tried together are as strong as a test for each of them."""

from __future__ import annotations

import pytest

from tests.together import all_hold, together

NUMBERS = [("odd", 3), ("even", 2), ("odd", 5)]


def is_prime(_kind: str, number: int) -> None:
    if number == 9:
        pytest.skip("as if a row were left out")
    assert 1 == sum(number % divisor == 0 for divisor in range(2, number + 1)), "not a prime"


def test_every_row_is_tried_and_every_failure_told() -> None:
    """A row that fails hides no other, whatever it raises; to skip one is a failure."""
    all_hold(is_prime, NUMBERS)
    with pytest.raises(AssertionError, match="3 of 6 rows fail") as caught:
        all_hold(is_prime, [("odd", 9), ("odd", "x"), *NUMBERS, ("odd", 15)])

    failed = [line.partition(":")[0] for line in str(caught.value).splitlines()[1:]]
    assert ["('odd', 9)", "('odd', 'x')", "('odd', 15)"] == failed


def test_there_is_one_test_for_each_group() -> None:
    """Rows are put together by their first cells, wherever they stand in the table."""
    seen = []

    @together(NUMBERS)
    def kinds(kind: str, number: int) -> None:
        seen.append((kind, number))

    (mark,) = vars(kinds)["pytestmark"]
    name, groups = mark.args
    assert ("rows", ["odd", "even"]) == (name, list(mark.kwargs["ids"]))
    for rows in groups:
        kinds(rows)
    assert sorted(NUMBERS) == sorted(seen)


def test_a_table_without_rows_is_a_mistake() -> None:
    """It would be a test that cannot fail."""
    with pytest.raises(ValueError, match="without rows"):
        together([])
