"""What cannot be read gets one kind sentence, that says what people can do about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.adapters.console.door import ROOM
from bot.heard import Undecryptable, Why
from tests.conftest import Talk, bodies

LEA, JONAS = "@lea:pau.example", "@jonas:koln.example"


async def unread(talk: Talk, who: str, why: Why = Why.UNKNOWN) -> list[str]:
    """Let a message of *who* be unreadable; return what is said about it."""
    event = f"$unread{next(talk.numbers)}"
    return bodies(await talk.hear(Undecryptable(ROOM, event, who, talk.room.now(), why=why)))


async def test_one_sentence_for_each_sender_and_day(talk: Talk) -> None:
    """30 messages that cannot be read get one answer; the next day there is another."""
    for _ in range(2):
        first, *others = [await unread(talk, LEA) for _ in range(30)]
        assert len(first) == 1
        assert others == [[]] * 29
        await talk.until(timedelta(days=1, minutes=1))
    assert len(await unread(talk, JONAS)) == 1


@pytest.mark.parametrize(
    ("why", "words"),
    [
        (Why.UNKNOWN, "Please send it again."),
        (Why.UNVERIFIED, "Please verify this one in your app's settings"),
        (Why.WITHHELD, "it does not trust my device"),
    ],
)
async def test_the_sentence_says_what_can_be_done(talk: Talk, why: Why, words: str) -> None:
    """Each reason has its own sentence; a second reason on the same day is not said on top."""
    (said,) = await unread(talk, LEA, why)
    assert words in said
    assert "Reference" in said
    assert await unread(talk, LEA) == []
