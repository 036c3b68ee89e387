"""Owns how long one session of a room may be used before a new one is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.adapters.matrix.plain import whole

_FEWEST, _MOST = 1, 1000
_YOUNGEST, _OLDEST = timedelta(hours=1), timedelta(days=28)


@dataclass(frozen=True)
class Rotation:
    """After how many messages, and after how long, a new session is due (defaults of the spec)."""

    messages: int = 100
    age: timedelta = timedelta(days=7)


def read(content: Mapping[str, Any]) -> Rotation:
    """Return what the *content* of m.room.encryption asks for (spec 11.12.1), within bounds.

    Whoever sets it could make each message a burden, or one key last for ever.
    """
    messages = whole(content.get("rotation_period_msgs"))
    milliseconds = whole(content.get("rotation_period_ms"))
    usual = Rotation()
    age = usual.age
    if milliseconds is not None:
        capped = min(max(milliseconds, 0), int(_OLDEST.total_seconds() * 1000))
        age = max(timedelta(milliseconds=capped), _YOUNGEST)
    return Rotation(usual.messages if messages is None else min(max(messages, _FEWEST), _MOST), age)
