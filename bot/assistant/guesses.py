"""Guesses: which word of a command a misspelt one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

SHORTEST_GUESS = 5
"""Letters from which on any slip in a word is looked at."""
SHORTEST_MARKED = 4
"""In a line that begins with the bot's own sign or name: there nobody is just chatting."""
LONG_WORD = 8


def likely(typed: str, known: Iterable[str], *, marked: bool) -> list[str]:
    """Return those of the *known* words that *typed* may be a slip of, the nearest first.

    A word of four letters has one slip at most, and it keeps its first letter or all its letters:
    "hlep" is help and "ajda" is ajuda, "mask" is no task.
    """
    shortest = SHORTEST_MARKED if marked else SHORTEST_GUESS
    if len(typed) < shortest:
        return []
    allowed = 2 if len(typed) >= LONG_WORD else 1
    near = sorted(
        (distance, sorted(typed) != sorted(one), one)
        for one in known
        if len(one) >= SHORTEST_MARKED and (distance := edits(typed, one, allowed)) <= allowed
    )
    return [one for *_distance, one in near if len(typed) >= SHORTEST_GUESS or _alike(typed, one)]


def _alike(typed: str, known: str) -> bool:
    return typed[:1] == known[:1] or sorted(typed) == sorted(known)


def edits(typed: str, verb: str, most: int) -> int:
    """Return how many letters are wrong, missing, too many or swapped (each counts one).

    Optimal string alignment distance; more than *most* is returned as `most + 1`.
    """
    if abs(len(typed) - len(verb)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(verb) + 1))
    for i, left in enumerate(typed, 1):
        previous, row = row, [i]
        for j, right in enumerate(verb, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (left != right))
            if i > 1 and j > 1 and left == verb[j - 2] and typed[i - 2] == right:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = previous
    return row[-1]


@cache
def other_bots() -> frozenset[str]:
    """Return the commands of other bots that are never mistaken for ours."""
    text = (files("bot.data") / "other_bots.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() for word in line.partition("#")[0].split())
