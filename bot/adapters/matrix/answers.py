"""Looks at a whole sync answer: which rooms are in it, whether it tells us anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.adapters.matrix.plain import identifier, mapping, sequence


def rooms(part: object) -> dict[str, Mapping[str, Any]]:
    """Return the rooms of one section of a sync answer."""
    return {room: mapping(v) for room, v in mapping(part).items() if identifier(room, "!")}


def sealing(events: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return who sent encrypted ones among *events*."""
    senders = (event.get("sender") for event in events if event.get("type") == "m.room.encrypted")
    return {sender for sender in senders if isinstance(sender, str)}


def is_echo(answer: Mapping[str, Any], me: str) -> bool:
    """Tell whether all that a batch brings is what we sent ourselves."""
    if sequence(mapping(answer.get("to_device")).get("events")):
        return False
    parts = mapping(answer.get("rooms"))
    if any(mapping(parts.get(kind)) for kind in ("leave", "invite", "knock")):
        return False
    for part in rooms(parts.get("join")).values():
        timeline = mapping(part.get("timeline"))
        if timeline.get("limited") is True or sequence(mapping(part.get("state")).get("events")):
            return False
        if any(mapping(one).get("sender") != me for one in sequence(timeline.get("events"))):
            return False
    return True
