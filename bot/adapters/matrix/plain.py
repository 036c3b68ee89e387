"""Takes foreign JSON values only if they have the right type and a sane size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

IDENTIFIER_LIMIT = 255
"""Longest user, room and event id (client-server API, appendix 4.2: 255 bytes)."""


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
    """Return *value* as an integer if it is one (or a string of one: rooms before version 10)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) <= 20:  # noqa: PLR2004 - longer than any 64-bit number
        try:
            return int(value.strip())
        except ValueError:
            return None
    return None


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
