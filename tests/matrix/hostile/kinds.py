"""What a hostile kind is: by which way it comes, why it is in the collection, what is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Way(StrEnum):
    """By which way something hostile reaches the bot."""

    TO_DEVICE = "to-device message, from anybody"
    OLM = "inside a good Olm message"
    SEALED = "encrypted event in a room"
    MEGOLM = "inside a good Megolm message"
    CLEAR = "message-like event in clear"
    STATE = "real state, by whoever may set it"
    DEVICES = "published device keys"
    INVITE = "invitation"
    FILE = "posted file"
    SYNC = "answer to /sync"
    GAP = "answer to /messages"
    KEYS = "answer to /keys or /sendToDevice"
    EVENT = "answer to /event"
    MEDIA = "answer to a download"


@dataclass(frozen=True)
class Scene:
    """Who is hostile to whom, and what is needed to make it look real."""

    me: str = "@mallory:fault.example"
    """Who sends it."""
    bot: str = "@bot:fault.example"
    ana: str = "@ana:fault.example"
    """Somebody who has done nothing."""
    room: str = "!projet:fault.example"
    event: str = "$known"
    """A message of Ana's."""
    key: str = "A" * 43
    """The bot's Curve25519 identity key."""
    signing: str = "A" * 43
    """The bot's Ed25519 fingerprint key."""
    good: str = ""
    """The body of a good Olm message."""
    sealed: Mapping[str, Any] = field(default_factory=dict)
    """The content of a good Megolm message."""


@dataclass(frozen=True)
class Kind:
    """One kind of hostile input, of which there may be many variants."""

    way: Way
    name: str
    reason: str
    """Why it is here: what it did to nio 0.26 or to us, or what it tries."""
    make: Callable[[Scene], Iterable[Any]]
    """The variants; what one is depends on the way."""


def deep(levels: int) -> Any:
    """Return a string in as many lists as there are *levels*."""
    nested: Any = "x"
    for _ in range(levels):
        nested = [nested]
    return nested


ODD: tuple[Any, ...] = (None, 5, True, [], {}, [[]], {"a": []}, "")
"""Values of which at least one is wrong wherever a value is expected."""
WRONG: tuple[Any, ...] = (None, 5, [], {})
