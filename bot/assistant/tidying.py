"""Tidying: at night a room loses what has been finished for longer than it wants to keep it."""

from __future__ import annotations

from datetime import datetime

from bot.assistant.speaking import Speaker
from bot.model import retention
from bot.model.documents import RoomDocument


def next_moment(document: RoomDocument, now: datetime) -> datetime | None:
    """Return the night in which the first thing is to be erased."""
    del now
    return retention.next_moment(document)


def run(document: RoomDocument, now: datetime) -> None:
    """Erase it, and bring the board up to date."""
    if retention.tidy(document, now):
        Speaker(document, now).board()
