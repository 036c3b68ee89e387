"""Slips of the hand: which word was probably meant, and which is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assistant.guesses import edits, likely, other_bots

VERBS = ("help", "task", "tasks", "taak", "ajuda", "poll", "remind", "reminder", "undo", "my")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hlep", ["help"]), ("ehlp", ["help"]), ("halp", ["help"]), ("ajda", ["ajuda"]),
        ("taka", ["taak"]), ("tsak", ["task", "taak"]), ("udno", ["undo"]), ("remnid", ["remind"]),
        ("remindre", ["reminder", "remind"]), ("tasj", ["task"]), ("tassk", ["tasks", "task"]),
    ],
)  # fmt: skip
def test_a_slip_in_a_short_word_is_seen_behind_the_sign(typed: str, meant: list[str]) -> None:
    """In a line that is for the bot, four letters are enough."""
    assert meant == likely(typed, VERBS, marked=True)


@pytest.mark.parametrize("typed", ["mask", "kelp", "roll", "tas", "ym", "hop", "toll"])
def test_another_word_is_no_slip(typed: str) -> None:
    """One that begins otherwise, or is too short, is somebody's word."""
    assert [] == likely(typed, VERBS, marked=True)


@pytest.mark.parametrize("typed", ["hlep", "tsak", "ajda"])
def test_where_people_chat_a_short_word_is_left_alone(typed: str) -> None:
    """Without the sign or the name, only longer words are looked at."""
    assert [] == likely(typed, VERBS, marked=False)


WORD = st.text("abcdé", min_size=4, max_size=12)


@given(WORD, st.data())
def test_two_letters_swapped_are_one_slip(word: str, data: st.DataObject) -> None:
    """Whatever the word, its swapped neighbour leads back to it."""
    at = data.draw(st.integers(0, len(word) - 2))
    typed = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    assert edits(typed, word, 2) <= 1
    assert [word] == likely(typed, [word], marked=True)


@given(WORD, WORD)
def test_a_slip_is_the_same_in_both_directions(one: str, other: str) -> None:
    """What is missing in one is too much in the other."""
    assert edits(one, other, 2) == edits(other, one, 2)


def test_the_words_of_other_bots_are_known() -> None:
    """They are listed without remarks."""
    assert {"roll", "hello", "poll"} & other_bots() == {"roll", "hello"}
    assert "#" not in "".join(other_bots())
