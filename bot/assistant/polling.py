"""Polling: polls are put to the room, votes are taken, polls close by themselves."""

from __future__ import annotations

from datetime import datetime

from bot.assistant.reach import Scene
from bot.assistant.speaking import Answering, Speaker
from bot.model.documents import RoomDocument
from bot.model.polls import Poll


def ask(speaker: Speaker, poll: Poll, answering: Answering) -> None:
    """Put *poll* to the room."""
    speaker.message(speaker.show(f"poll {poll.number}"), f"poll {poll.number}", answering)


def close(speaker: Speaker, poll: Poll) -> None:
    """Close *poll* and tell the room what came out, once."""
    poll.closed = speaker.now


def voted(scene: Scene) -> None:
    """Count a vote by the buttons of a native poll."""
    del scene


def tapped(scene: Scene) -> bool:
    """Count a letter reaction as a vote; False if the reaction is none."""
    del scene
    return False


def untapped(scene: Scene) -> bool:
    """Take back the vote of a letter reaction that was removed; False if it was none."""
    del scene
    return False


def ended(scene: Scene) -> str | None:
    """Return the line that somebody means who ends a native poll in their own client."""
    del scene
    return None


def next_moment(document: RoomDocument, now: datetime) -> datetime | None:
    """Return when the next poll closes or names the classes that have not answered."""
    del document, now
    return None


def run(document: RoomDocument, now: datetime) -> None:
    """Close the polls whose time has come; name the classes that have not answered."""
    del document, now
