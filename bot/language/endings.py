"""Endings: the cases that some languages stick to numbers, codes and names (1'i, PAU:lle, 1-et)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bot.language.folding import fold

_FIGURE = re.compile(r"(#?[^\W\d_]?\d+)([^\W\d_]+)")
"""A number, or a letter with a number, and what is stuck to it: `2yi`, `m2yi`."""


@dataclass(frozen=True)
class Endings:
    """How one language sticks its cases to what is no word of it, folded."""

    signs: str
    """Signs that may stand between."""
    behind: frozenset[str]
    """Endings behind such a sign."""
    glued: frozenset[str]
    """Endings straight behind a figure."""


@cache
def _known() -> Mapping[str, Endings]:
    text = (files("bot.data") / "endings.json").read_text(encoding="utf-8")
    return {
        language: Endings(
            one["signs"],
            frozenset(map(fold, one["behind"])),
            frozenset(map(fold, one.get("glued", ()))),
        )
        for language, one in json.loads(text).items()
        if language != "about"
    }


def without_ending(folded: str, languages: Sequence[str]) -> Iterator[str]:
    """Yield what *folded*, a folded word, may be without its ending in one of *languages*.

    Whether it is that is for the reader of a field to say: `1-es` may be a name, too.
    """
    if folded.isalpha() or folded.isdecimal():
        return
    for known in filter(None, map(_known().get, languages)):
        for sign in known.signs:
            stem, found, ending = folded.rpartition(sign)
            if found and stem and ending in known.behind:
                yield stem
        if known.glued and (figure := _FIGURE.fullmatch(folded)) and figure[2] in known.glued:
            yield figure[1]
