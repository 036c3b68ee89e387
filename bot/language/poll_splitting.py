"""Poll splitting: how a line of options is taken apart, whatever people put between them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ADDRESS = re.compile(r"\S*://\S*?(?=[,;.?!)]*(?:\s|$))")
SURE = re.compile(r"\s*[|;\u037e\n]\s*|\s+/+\s*|\s*/+\s+")
_SLASH = re.compile(r"\s*/+(?!\d)\s*|(?<!\d)/+")
_ANY_SLASH = re.compile("/+")
COMMA = re.compile(r"\s*[,\u060c\uff0c](?:\s+|(?!\d))")
EDGE = " \t,;/|"
_BULLET = re.compile(r"^[-–—•*·▪]\s+|\s+[-–—]$")
"""A dash beside an option; "-5" is a number."""
_COUNTED = re.compile(r"(\d{1,2})([.)])\s+(?=\S)")
"""What stands before an answer of a list that was numbered by hand."""


def masked(text: str) -> str:
    """Return *text* with web addresses covered: no sign in them separates anything."""
    return _ADDRESS.sub(lambda found: "x" * len(found[0]), text)


def options(text: str) -> Iterator[str]:
    """Yield what *text* offers to choose from."""
    text = text.strip(EDGE + "\n")
    if not text:
        return
    hidden = masked(text)
    signs = (SURE, _SLASH, COMMA, _ANY_SLASH)
    sign = next((one for one in signs if one.search(hidden)), SURE)
    yield from _without_numbers(list(pieces(text, hidden, sign)), by_lines="\n" in text)


def _without_numbers(found: list[str], *, by_lines: bool) -> list[str]:
    """Return *found* without the numbers of a list: "1) blue"; "1. blue" only on lines of its own.

    "1. December / 2. December" are dates.
    """
    marks = [_COUNTED.match(one) for one in found]
    numbers = [int(one[1]) for one in marks if one and (by_lines or one[2] == ")")]
    if numbers != list(range(1, len(found) + 1)):
        return found
    return [_COUNTED.sub("", one, count=1) for one in found]


def pieces(text: str, hidden: str, sign: re.Pattern[str]) -> Iterator[str]:
    """Yield the pieces of *text* where *sign* occurs in `hidden`, which is as long as it."""
    ends = [found.span() for found in sign.finditer(hidden)]
    starts = [0, *(end for _start, end in ends)]
    stops = [*(start for start, _end in ends), len(text)]
    for start, stop in zip(starts, stops, strict=True):
        if piece := _BULLET.sub("", text[start:stop].strip(EDGE)):
            yield piece
