"""Newcomers: who joins later is greeted once, together with the others, in one line."""

from __future__ import annotations

from datetime import datetime

from bot.assistant.reach import Scene
from bot.model.documents import RoomDocument


def came(scene: Scene) -> None:
    """Take note that somebody joined who was never here before."""
    del scene


def next_moment(document: RoomDocument, now: datetime) -> datetime | None:
    """Return when those who came are greeted."""
    del document, now
    return None


def run(document: RoomDocument, now: datetime) -> None:
    """Greet those who came, all at once."""
    del document, now
