"""What is kept for a while only goes in time, also in a room that has fallen silent."""

from __future__ import annotations

from datetime import timedelta

from bot.adapters.console.door import ROOM
from bot.assistant import expiring
from bot.heard import Posted, Said
from tests.conftest import NOW, Open, Talk

WEBER = "@weber:kol.example"


async def test_a_silent_room_keeps_nobodys_words_for_undo(talk: Talk) -> None:
    """What a title was before stands in no file an hour later; that it was a command does."""
    await talk.say("!task a secret", event="$1")
    await talk.say("!1 = something else", event="$2")
    assert any(one.fields for one in (await talk.document()).changes)
    await talk.until(timedelta(minutes=9))
    assert any(one.fields for one in (await talk.document()).changes)
    await talk.until(timedelta(minutes=61))

    assert [("$1", []), ("$2", [])] == [
        (one.event, one.fields) for one in (await talk.document()).changes
    ]
    stored = b"".join(one.read_bytes() for one in (talk.data / "projects").rglob("*.json"))
    assert b"something else" in stored
    assert b"a secret" not in stored


async def test_a_silent_room_keeps_no_question(talk: Talk) -> None:
    """Nor what somebody nearly asked for."""
    await talk.say("!tassk buy bread")
    assert (await talk.document()).offers
    await talk.until(timedelta(minutes=70))
    assert [] == (await talk.document()).offers


async def test_a_silent_room_keeps_no_way_to_a_file(talk: Talk) -> None:
    """The handle of an encrypted file is its key."""
    await post(talk)
    await talk.until(timedelta(minutes=59))
    assert ["$file"] == list((await talk.document()).files)
    await talk.until(timedelta(minutes=62))
    assert {} == (await talk.document()).files


async def test_a_file_that_is_taken_back_is_not_read(talk: Talk) -> None:
    """Whoever takes the message back takes the file back; so does the bot when it goes."""
    await talk.join(WEBER, "Ms Weber", power=100)
    await post(talk)
    await talk.redact("$file", WEBER)
    assert {} == (await talk.document()).files
    await post(talk, "$again")
    await talk.kick()
    assert {} == (await talk.document()).files


async def test_expiring_ends(open_talk: Open) -> None:
    """A room in which all has had its time is not woken for it again."""
    async with open_talk() as talk:
        await talk.say("!task a")
        document = await talk.document()
        due = expiring.next_moment(document, NOW)
        assert due is not None
        assert timedelta(minutes=10) < due - NOW <= timedelta(minutes=70)
        expiring.run(document, due)
        assert expiring.next_moment(document, due) is None
        await talk.until(timedelta(days=2))
        assert talk.room.clock is not None
        assert 0 == len(talk.room.clock.heap)


async def post(talk: Talk, event: str = "$file") -> None:
    """Let a teacher post a calendar."""
    file = Posted("school.ics", "text/calendar", "QQ==")
    await talk.hear(Said(ROOM, event, WEBER, talk.room.now(), msgtype="m.file", file=file))
