"""Takes foreign JSON values only if they have the right type and a sane size."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

IDENTIFIER_LIMIT = 255
"""Longest user, room and event id (client-server API, appendix 4.2: 255 bytes)."""
LARGEST = 2**63 - 1
"""Canonical JSON ends at 2**53 (appendix 3.1), but time stamps of any 64 bits are about."""
_DEEPEST = 100
"""Levels of nesting that are read, where there are too many for Python."""
_DIGITS = 20
_STRING_OR_BRACKET = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)


def json_object(raw: bytes) -> dict[str, Any] | None:
    """Return the JSON object in *raw*; None if there is none.

    What one stranger sends stands in the same answer as everybody's messages, and it comes again
    until we have taken it. So nesting that is too deep for Python (its limit is about 970, other
    homeservers take 10,000) and numbers that are too long (4,300 digits) become null.
    """
    try:
        content = json.loads(raw)
    except RecursionError:
        content = _patiently(_shallow(raw))
    except ValueError:
        content = _patiently(raw)
    return content if isinstance(content, dict) else None


def _patiently(raw: bytes) -> object:
    """Read *raw* with numbers of any length; None if it is no JSON (of a sane depth)."""
    try:
        return json.loads(raw, parse_int=_integer)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        return None


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= _DIGITS else None


def _shallow(raw: bytes) -> bytes:
    """Return the JSON *raw* with null for whatever is nested too deep, in linear time."""
    kept: list[bytes] = []
    depth = begun = 0
    for found in _STRING_OR_BRACKET.finditer(raw):
        if found[0] in b"[{":
            depth += 1
            if depth == _DEEPEST + 1:
                kept += (raw[begun : found.start()], b"null")
                begun = len(raw)
        elif found[0] in b"]}":
            if depth == _DEEPEST + 1:
                begun = found.end()
            depth -= 1
    return b"".join((*kept, raw[begun:]))


def mapping(value: object) -> Mapping[str, Any]:
    """Return *value* if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> Sequence[Any]:
    """Return *value* if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else ()


def text(value: object, limit: int) -> str | None:
    r"""Return *value* if it is a string, cut at *limit* bytes of UTF-8, else None.

    A lone surrogate ("\ud800" is valid JSON inside ciphertext) would later stop whoever writes it
    to disk, so it becomes a question mark here.
    """
    if not isinstance(value, str):
        return None
    raw = value.encode("utf-8", "replace")
    if len(raw) > limit:
        raw = raw[:limit]
    return raw.decode("utf-8", "ignore")


def identifier(value: object, sigil: str) -> str | None:
    """Return *value* if it looks like a Matrix id that begins with *sigil*, else None."""
    if not isinstance(value, str) or not value.startswith(sigil) or len(value) < 2:  # noqa: PLR2004
        return None
    if len(value) > IDENTIFIER_LIMIT or not value.isprintable():
        return None
    return value


def whole(value: object) -> int | None:
    """Return *value* as an integer if it is one (or a string of one: rooms before version 10).

    None for what has more than 64 bits: arithmetic with fractions would raise on it.
    """
    number = None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and len(value) <= _DIGITS:
        try:
            number = int(value.strip())
        except ValueError:
            return None
    return number if number is not None and abs(number) <= LARGEST else None


def moment(value: object, now: datetime) -> datetime:
    """Return the instant of `origin_server_ts` (milliseconds); *now* if it is absurd or ahead.

    The sender's server sets it freely. One that lies in the future would move "tomorrow".
    """
    number = whole(value)
    if number is None or number < 0:
        return now
    try:
        then = datetime.fromtimestamp(number / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return now
    return min(then, now)
