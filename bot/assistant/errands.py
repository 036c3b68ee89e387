"""Errands: what the assistant does in a room by itself when its time has come."""

from __future__ import annotations

from datetime import datetime

from bot.assistant import digest, expiring, newcomers, polling, publishing, tidying
from bot.model.documents import RoomDocument

_ALL = (polling, newcomers, publishing, digest, expiring, tidying)
"""Each tells its next moment from the document alone, and does nothing twice: what it has done is
written into the document in the same commit."""


def next_moment(document: RoomDocument, now: datetime) -> datetime | None:
    """Return when the next errand is due; in the past if it should have been done already."""
    moments = [errand.next_moment(document, now) for errand in _ALL]
    return min((one for one in moments if one is not None), default=None)


def run(document: RoomDocument, now: datetime) -> bool:
    """Do all errands that are due; True if there was one."""
    due = next_moment(document, now)
    if due is None or due > now:
        return False
    for errand in _ALL:
        errand.run(document, now)
    return True
