"""Expiring: what is kept for a while only goes, also where nobody speaks any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.assistant import changes, files, offers
from bot.model.documents import RoomDocument

AN_HOUR = timedelta(hours=1)


def expire(document: RoomDocument, now: datetime) -> None:
    """Drop what has had its time: what undo needs, questions, posted files, once-a-day notes."""
    changes.expire(document, now)
    offers.expire(document, now)
    files.expire(document, now)


def next_moment(document: RoomDocument, now: datetime) -> datetime | None:
    """Return the full hour after something has had its time: all of an hour is one commit.

    It holds people's words, and how to decrypt a file: a silent room must not keep it for ever.
    """
    del now
    first = min(_ends(document), default=None)
    if first is None:
        return None
    return first.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + AN_HOUR


def run(document: RoomDocument, now: datetime) -> None:
    """Drop it."""
    expire(document, now)


def _ends(document: RoomDocument) -> Iterator[datetime]:
    yield from (one.at + changes.WINDOW for one in document.changes if one.fields)
    yield from (one.until for one in document.offers)
    yield from (one.at + files.STAYS for one in document.files.values())
