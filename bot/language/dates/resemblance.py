"""Whether a word looks like a part of a date that somebody mistyped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.language.dates.lexicon import load_lexicon, pieces
from bot.language.dates.spelling import plain

_SHORTEST: Final = 4


def resembles_date(word: str, languages: Sequence[str]) -> bool:
    """Say whether the word has a figure in it, or is at most one typing slip from a date word.

    Date words are the weekdays, months, `tomorrow` and the like, of four letters and more;
    their abbreviations must be typed as they are. A letter too many, too few or wrong is one
    slip; so are two neighbours swapped.
    """
    folded = plain(word)
    if any(sign.isdigit() for sign in folded):
        return True
    joined = "".join(pieces(folded))
    if len(joined) < _SHORTEST:
        return False
    for code in languages:
        lexicon = load_lexicon(code)
        if lexicon and any(
            joined == known or (in_full and one_slip_apart(joined, known))
            for known, in_full in lexicon.telling.items()
        ):
            return True
    return False


def one_slip_apart(one: str, other: str) -> bool:
    """Say whether two words are equal or one Damerau-Levenshtein step apart."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    left, right = one[start:], other[start:]
    return (
        left[1:] == right[1:]
        or left[1:] == right
        or left == right[1:]
        or (left[:2] == right[1::-1] and left[2:] == right[2:])
    )
