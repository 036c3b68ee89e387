"""Poll splitting: how a question and its options are told apart, whatever stands between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_ADDRESS = re.compile(r"\S*://\S*?(?=[,;.?!)]*(?:\s|$))")
SURE = re.compile(r"\s*[|;\u037e\n]\s*|\s+/+\s*|\s*/+\s+")
_SLASH = re.compile(r"\s*/+(?!\d)\s*|(?<!\d)/+")
_ANY_SLASH = re.compile("/+")
COMMA = re.compile(r"\s*[,\u060c\uff0c](?:\s+|(?!\d))")
EDGE = " \t,;/|"
_BULLET = re.compile(r"^[-–—•*·▪]\s+|\s+[-–—]$")
"""A dash beside an option; "-5" is a number."""
MARK = re.compile("[?\uff1f\u061f]+[!?\u00a1]*")
GREEK_MARK = re.compile("[;\u037e]+[!;?]*")
"""Where people write Greek; elsewhere it sets options apart."""
MARKS = "?\uff1f\u061f!\u00a1\u00bf"
_QUOTED = re.compile(
    r'\s*(?:"([^"]+)"|[“”]([^“”]+)[“”]|„([^“”"„]+)[“”"]|«([^«»]+)»|»([^«»]+)«|‘([^‘’]+)’)[\s,]*'
)
MOST_ALTERNATIVES = 8
_SHORT, _LONGEST_ALIKE = 2, 4
"""Words of an alternative, and of alternatives that have equally many."""
_COUNTED = re.compile(r"(\d{1,2})([.)])\s+(?=\S)")
"""What stands before an answer of a list that was numbered by hand."""


def masked(text: str) -> str:
    """Return *text* with web addresses covered: no sign in them separates anything."""
    return _ADDRESS.sub(lambda found: "x" * len(found[0]), text)


def quoted(text: str) -> tuple[str, str] | None:
    """Return a question in quotes and what stands behind it; None if it does not begin like that.

    "Romeo" in ‘"Romeo" or "Julia"?’ is no question.
    """
    if not (found := _QUOTED.match(text)):
        return None
    inside = next(filter(None, found.groups())).strip()
    rest = text[found.end() :]
    asks = inside[-1:] in set(MARKS)
    answers = rest and not MARK.search(rest) and (SURE.search(rest) or _QUOTED.match(rest))
    return (inside, rest) if asks or answers else None


def alternatives(text: str, joining: re.Pattern[str]) -> list[str]:
    """Return the options of "pizza or pasta?", none if it does not consist of short ones alone.

    *joining* finds "or". Each has two words at most, or all have equally many, up to four: "Is it
    warm or cold?" offers nothing.
    """
    _head, colon, body = text.rpartition(": ")
    body = (body if colon else text).strip(f" .;\u037e…\n{MARKS}")
    if not joining.search(body):
        return []
    *listed, last = COMMA.split(body)
    both = joining.split(last)
    found = [_unquoted(one) for one in (*listed, *both)]
    return found if len(both) > 1 and are_short(found) else []


def are_short(found: Sequence[str]) -> bool:
    """Tell whether each of these has two words at most, or all have equally many, up to four."""
    sizes = {len(one.split()) for one in found}
    alike = len(sizes) == 1 and max(sizes) <= _LONGEST_ALIKE
    return len(found) <= MOST_ALTERNATIVES and 0 not in sizes and (max(sizes) <= _SHORT or alike)


def options(text: str, joining: re.Pattern[str] | None = None) -> Iterator[str]:
    """Yield what *text* offers to choose from; *joining* finds "or", where it may stand for a sign.

    Each may stand in quotes.
    """
    text = text.strip(EDGE + "\n")
    if not text:
        return
    if len(found := list(_QUOTED.finditer(text))) > 1 and not _QUOTED.sub("", text).strip():
        yield from (next(filter(None, one.groups())).strip() for one in found)
        return
    yield from map(_unquoted, _separated(text, joining))


def _unquoted(text: str) -> str:
    whole = _QUOTED.fullmatch(text)
    return next(filter(None, whole.groups())).strip() if whole else text


def _separated(text: str, joining: re.Pattern[str] | None) -> Iterator[str]:
    hidden = masked(text)
    signs = (SURE, _SLASH, COMMA, _ANY_SLASH)
    sign = next((one for one in signs if one.search(hidden)), SURE)
    found = _without_numbers(list(pieces(text, hidden, sign)), by_lines="\n" in text)
    if joining and found and (sign is COMMA or len(found) == 1):
        *found, last = found
        found += [one for one in joining.split(f" {last.strip(MARKS + EDGE)}") if one.strip()]
    yield from (one.strip(EDGE) for one in found)


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
