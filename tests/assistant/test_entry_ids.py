"""Ids of what is said come from what caused it: a restored bot repeats them, and only them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot import app
from bot.assistant import Assistant
from bot.assistant.reach import Reach
from bot.assistant.speaking import caused, entry_id
from bot.heard import Said
from bot.model.documents import RoomDocument
from bot.settings import Settings

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
ROOM, ANA = "!room:example.org", "@ana:example.org"
ASSISTANT = Assistant(app.declared(), "@bot:example.org", app.manners(Settings()))


def room() -> RoomDocument:
    return ASSISTANT.new_room(ROOM, NOW)


def says(document: RoomDocument, number: int, now: datetime) -> list[tuple[str, str]]:
    """Let Ana say something; return id and words of what the bot says."""
    heard = Said(ROOM, f"${number}", ANA, now, body=f"!task thing {number}", position=number)
    before = len(document.outbox)
    ASSISTANT.hear(document, heard, now, Reach())
    return [(one.id, one.body) for one in document.outbox[before:]]


def test_a_replay_says_the_same_under_the_same_ids() -> None:
    """What was heard since the backup is heard again later, with other things in between."""
    first, second = room(), room()
    later = NOW + timedelta(hours=3)
    told: list[str] = []
    again: list[str] = []
    for number in range(5):
        told += [identity for identity, _words in says(first, number, NOW)]
        entry_id(second, later)  # the board is edited at another moment than the first time
        again += [identity for identity, _words in says(second, number, later)]

    assert told == again
    assert len(told) >= 5


@given(st.lists(st.one_of(st.none(), st.integers(0, 5)), max_size=40))
def test_no_id_is_given_twice(causes: list[int | None]) -> None:
    """Each cause happens once, the clock may stand still: all ids of a room differ."""
    document, ids, happened = room(), [], set()
    for cause in causes:
        if cause is None:
            ids += [entry_id(document, NOW), entry_id(document, NOW)]
        elif cause not in happened:
            happened.add(cause)
            with caused(document, f"${cause}"):
                ids += [entry_id(document, NOW) for _ in range(cause)]

    assert len(ids) == len(set(ids))
