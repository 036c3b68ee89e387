"""What a command needs from elsewhere: a file, another room, an errand; and when it breaks."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from unittest import mock

import pytest

from bot.adapters.console.door import ROOM
from bot.heard import Joined, Left, Posted, Said, Topic
from bot.model.documents import RoomDocument
from bot.model.people import Role
from bot.ports import Never, StoreFull
from tests.conftest import NOW, Talk, bodies, keys

LEA, WEBER = "@lea:pau.example", "@weber:kol.example"
DIRECT, OTHER, THIRD = "!direct-weber:kol.example", "!other:x", "!third:x"
CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//school//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n"
    "DTSTAMP:20261101T000000Z\r\nDTSTART;VALUE=DATE:20261223\r\nDTEND;VALUE=DATE:20270102\r\n"
    "SUMMARY:Christmas\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture
async def school(talk: Talk) -> Talk:
    """Return a room with a coordinator, a pupil and a class."""
    await talk.join(WEBER, "Ms Weber", power=100)
    await talk.join(LEA, "Léa")
    await talk.say("!partner add KRK Kraków pl Europe/Warsaw", WEBER)
    return talk


def pass_by(talk: Talk, minutes: int) -> None:
    """Let time pass without anything being woken."""
    assert talk.room.clock is not None
    talk.room.clock.now += timedelta(minutes=minutes)


def calendar(event: str, who: str, talk: Talk) -> Said:
    """Return a calendar that *who* posts for class KRK."""
    file = Posted("school.ics", "text/calendar", b64encode(CALENDAR.encode()).decode())
    now = talk.room.now()
    return Said(ROOM, event, who, now, body="!holidays KRK", msgtype="m.file", file=file)


async def test_a_file_is_not_fetched_for_whoever_may_not(school: Talk) -> None:
    """A fetch holds everybody up: nobody without the right can cause one."""
    with mock.patch.object(school.room.door, "fetch", side_effect=Never("no")) as fetched:
        said = await school.hear(calendar("$1", LEA, school))
        assert 0 == fetched.call_count
        assert 1 == len(bodies(said))
        await school.hear(calendar("$2", WEBER, school))
        assert 1 == fetched.call_count


async def test_a_command_with_a_file_counts_once(school: Talk) -> None:
    """It is heard twice; the limit of commands in a minute counts what somebody asked for."""
    await school.until(timedelta(minutes=2))
    for number in range(20):
        assert [] == keys(await school.hear(calendar(f"${number}", WEBER, school)))
    assert ["⏳"] == keys(await school.hear(calendar("$21", WEBER, school)))


async def test_a_full_disk_is_told_also_of_a_command_with_a_file(school: Talk) -> None:
    """And the command is not lost: the door hears it again."""
    with mock.patch(
        "bot.adapters.store.documents.Documents.commit", side_effect=StoreFull(28, "full")
    ):
        before = len(school.shown)
        with pytest.raises(StoreFull):
            await school.hear(calendar("$1", WEBER, school))
        assert "I cannot save anything" in bodies(school.shown[before:])[0]
    await school.hear(calendar("$1", WEBER, school))
    assert 1 == len((await school.document()).project.partners["KRK"].holidays)


async def test_a_button_opens_no_room_that_somebody_was_removed_from(school: Talk) -> None:
    """Between question and answer lie ten minutes."""
    for room in (OTHER, THIRD):
        await school.hear(Joined(room, "$j", WEBER, NOW, name="Ms Weber", power=100))
    asked = await school.say("task one", WEBER, room=DIRECT, direct=True)
    assert "Which project?" in bodies(asked)[0]
    question = asked[0].event
    await school.hear(Left(ROOM, "$l", LEA, NOW, user=WEBER))
    letter = "🇦🇧🇨"[sorted([ROOM, OTHER, THIRD]).index(ROOM)]
    await school.hear_reaction(letter, question, room=DIRECT, direct=True, who=WEBER)
    assert {} == (await school.document()).project.tasks


async def test_only_the_file_that_was_followed_is_used_up(school: Talk) -> None:
    """A reply names its own; another one that was just posted waits for its command."""
    for event in ("$a", "$b"):
        await school.hear(replace(calendar(event, WEBER, school), body=""))
    await school.say("!holidays KRK", WEBER, reply_to="$a")
    assert {"$a", "$b"} == set((await school.document()).files)
    await school.say("!holidays KRK", WEBER)
    assert {"$a"} == set((await school.document()).files)


async def test_no_button_hands_a_file_on(school: Talk) -> None:
    """Who shares several projects is told so, instead of being asked for a file that was there."""
    await school.hear(Joined(OTHER, "$j", WEBER, NOW, name="Ms Weber", power=100))
    file = Posted("project.json", "application/json", "e30=")
    posted = replace(calendar("$1", WEBER, school), room=DIRECT, direct=True, file=file)
    posted = replace(posted, body="!project adopt")
    with mock.patch.object(school.room.door, "fetch") as fetched:
        assert ["Please write that in the project's own room."] == bodies(await school.hear(posted))
    assert 0 == fetched.call_count


async def test_no_role_is_given_in_clear_about_an_encrypted_room(school: Talk) -> None:
    """A direct room in clear can be forged by servers; the encrypted room it is about cannot."""
    school.room.door.sealed.add(ROOM)
    said = await school.say("role @lea teacher", WEBER, room=DIRECT, direct=True)
    assert ["Please write that in the project's own room."] == bodies(said)
    assert Role.PUPIL == (await school.document()).project.role_of(LEA)
    await school.say("tasks", WEBER, room=DIRECT, direct=True)
    said = await school.say("role @lea teacher", WEBER, room=DIRECT, direct=True, encrypted=True)
    assert Role.TEACHER == (await school.document()).project.role_of(LEA)


async def test_an_errand_that_breaks_holds_up_no_reminder(school: Talk) -> None:
    """Nor does it say anything twice; it is tried again."""
    await school.say("!remind me in 20 minutes to call Galway", WEBER)
    broken = mock.patch.object(
        school.room.dispatcher.assistant, "run_errands", side_effect=LookupError
    )
    before = len(school.shown)
    pass_by(school, 21)
    for _attempt in range(2):
        with broken, pytest.raises(LookupError):
            await school.room.dispatcher.wake(ROOM)
    said = bodies(school.shown[before:])
    assert 1 == sum("call Galway" in one for one in said)
    await school.room.dispatcher.wake(ROOM)
    assert 1 == sum("call Galway" in one for one in bodies(school.shown[before:]))


async def test_a_name_that_is_the_same_throws_nothing_away(school: Talk) -> None:
    """What fell due is kept, whatever else is heard."""
    document: RoomDocument = await school.document()
    assert document.project.title == ""
    await school.say("!remind me in 20 minutes to call Galway", WEBER)
    pass_by(school, 21)
    await school.hear(Topic(ROOM, "$t", WEBER, school.room.now(), title=""))
    assert "$t" in (await school.document()).seen
