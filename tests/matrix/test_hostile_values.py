"""Foreign values are taken only if they are what they should be, whatever they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.matrix.plain import identifier, json_object, moment, text, whole

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
OBJECTS = st.dictionaries(st.text(), VALUES)


def neighbours(between: str) -> bytes:
    """Return an object in which *between* stands between two good values."""
    return f'{{"before": "[{{\\"", "odd": {between}, "after": [1, {{"b": "]"}}]}}'.encode()


@given(OBJECTS)
def test_what_python_reads_is_read_as_it_is(content: dict[str, object]) -> None:
    """Good JSON is not changed."""
    raw = json.dumps(content).encode()
    assert repr(json.loads(raw)) == repr(json_object(raw))


@given(st.binary() | OBJECTS.map(lambda content: json.dumps(content).encode()[:-1]))
def test_what_is_no_object_is_none(raw: bytes) -> None:
    """Whatever the bytes, nothing is raised."""
    found = json_object(raw)
    assert found is None or isinstance(found, dict)


@given(st.integers(1_000, 20_000), st.sampled_from([("[", "]"), ('{"[":', "}")]))
def test_what_is_nested_too_deep_takes_nothing_else_with_it(
    depth: int, pair: tuple[str, str]
) -> None:
    """One event nested deep does not make the answer unreadable that brings everybody's."""
    content = json_object(neighbours(pair[0] * depth + "1" + pair[1] * depth))
    assert content is not None
    assert content["before"] == '[{"'
    assert content["after"] == [1, {"b": "]"}]


@given(st.integers(1_000, 5_000))
def test_an_answer_that_ends_too_early_is_none(depth: int) -> None:
    """However deep."""
    assert json_object(b'{"a":' + b"[" * depth + b"]" * (depth - 1)) is None
    assert json_object(b'{"a":' + b"[" * depth + b'"' + b'\\"' * depth) is None


def test_a_number_that_is_too_long_takes_nothing_else_with_it() -> None:
    """Python reads no number of more than 4,300 digits."""
    content = json_object(neighbours("1" * 5_000))
    assert content == {"before": '[{"', "odd": None, "after": [1, {"b": "]"}]}


@given(st.integers() | st.floats() | st.integers(60, 2_000).map(lambda power: 2**power))
def test_every_time_is_a_time(number: float) -> None:
    """Of year 292278994, of 1970, before it, no number at all: an aware moment, not ahead."""
    found = moment(number, NOW)
    assert found.tzinfo is not None
    assert datetime(1970, 1, 1, tzinfo=UTC) <= found <= NOW


@given(VALUES)
def test_a_value_is_taken_or_not(value: object) -> None:
    """Nothing is raised, and what is taken can be written to disk and reckoned with."""
    assert (whole(value) or 0) / 1000 < 2**63
    taken = text(value, 10)
    assert taken is None or len(taken.encode("utf-8")) <= 10
    assert identifier(value, "@") is None or value == identifier(value, "@")
    assert moment(value, NOW) <= NOW
