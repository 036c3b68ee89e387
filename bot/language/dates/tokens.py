"""What scanning makes of a text: figures, words and signs, each with everything it may mean."""

from __future__ import annotations

from dataclasses import dataclass

from bot.language.dates.lexicon import Senses


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a figure or several of them that belong together."""

    text: str
    senses: Senses
    """Empty: this is not part of a date in this language."""
    start: int
    """Where it begins in the folded text."""
    glued: bool
    """Nothing stands between this token and the one before."""
