"""Mistakes of a configuration: where, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Problem:
    """One mistake."""

    path: str
    """The setting, as in "matrix.homeserver"; a file or a line where there is no such thing."""
    sentence: str
    suggestion: str = ""

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.path}: {self.sentence} {self.suggestion}".rstrip()


class SettingsError(Exception):
    """The configuration cannot be used; `problems` holds every mistake that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems; the text of the error is all of them, one a line."""
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class Wrong(ValueError):
    """A value that cannot be, with what to write instead."""

    def __init__(self, sentence: str, suggestion: str = "") -> None:
        """Say what is wrong and what to do."""
        super().__init__(sentence)
        self.suggestion = suggestion


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the nearest of the `known` names, or None if none is near."""
    folded = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), folded, n=1, cutoff=0.7)
    return folded[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the question after the nearest of the `known` names, or nothing if none is near."""
    near = nearest(word, known)
    return f"Did you mean {near}?" if near else ""
