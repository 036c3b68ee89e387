"""Publishing: what is still open before a publication is said in time."""

from __future__ import annotations

from datetime import datetime

from bot.model.documents import RoomDocument


def next_moment(document: RoomDocument, now: datetime) -> datetime | None:
    """Return when open points, or the yearly question about who is responsible, are due."""
    del document, now
    return None


def run(document: RoomDocument, now: datetime) -> None:
    """Say what is open; ask once a year whether the person responsible is still the right one."""
    del document, now
