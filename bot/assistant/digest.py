"""The digest: once a week the room is told where its project stands."""

from __future__ import annotations

from datetime import datetime

from bot.model.documents import RoomDocument


def next_moment(document: RoomDocument, now: datetime) -> datetime | None:
    """Return when the next digest is due."""
    del document, now
    return None


def run(document: RoomDocument, now: datetime) -> None:
    """Post the digest if it is due; of several that were missed only one."""
    del document, now
