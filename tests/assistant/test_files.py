"""Files that people post: a command comes with one, replies to one, or follows one."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from itertools import count

import pytest

from bot.adapters.console.door import ROOM
from bot.heard import Posted, Said
from tests.conftest import Talk, bodies

WEBER, BYRNE = "@weber:kol.example", "@byrne:galway.example"
CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//school//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n"
    "DTSTAMP:20261101T000000Z\r\nDTSTART;VALUE=DATE:20261223\r\nDTEND;VALUE=DATE:20270102\r\n"
    "SUMMARY:Christmas\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
_numbers = count(1)


async def post(talk: Talk, who: str = WEBER, name: str = "school.ics", caption: str = "") -> str:
    """Let *who* post a calendar; return its event."""
    event, handle = f"$file{next(_numbers)}", b64encode(CALENDAR.encode()).decode()
    file = Posted(name, "text/calendar", handle)
    said = Said(ROOM, event, who, talk.room.now(), body=caption, msgtype="m.file", file=file)
    await talk.hear(said)
    return event


async def holidays(talk: Talk) -> int:
    """Return how many holidays class KRK has."""
    return len((await talk.document()).project.partners["KRK"].holidays)


@pytest.fixture
async def school(talk: Talk) -> Talk:
    """Return a room with one class and two teachers."""
    await talk.join(WEBER, "Ms Weber", power=100)
    await talk.join(BYRNE, "Mr Byrne", power=100)
    await talk.say("!partner add KRK Kraków pl Europe/Warsaw", WEBER)
    return talk


async def test_a_command_is_the_caption_of_a_file(school: Talk) -> None:
    """Where clients know captions."""
    await post(school, caption="!holidays KRK")
    assert await holidays(school) == 1


async def test_a_command_replies_to_a_file(school: Talk) -> None:
    """Also to one that somebody else posted, for an hour."""
    event = await post(school)
    await school.until(timedelta(minutes=55))
    await school.say("!holidays KRK", BYRNE, reply_to=event)
    assert await holidays(school) == 1


async def test_a_command_follows_a_file(school: Talk) -> None:
    """As people do whose client knows neither; once, then the same words show what is known."""
    await post(school)
    assert "23 Dec" in bodies(await school.say("!holidays KRK", WEBER))[0]
    assert await holidays(school) == 1
    assert (await school.document()).files == {}
    assert "23 Dec" in bodies(await school.say("!holidays KRK", WEBER))[0]


@pytest.mark.parametrize("name", ["plan.json", "school.ics.pdf"])
async def test_another_kind_of_file_is_not_meant(school: Talk, name: str) -> None:
    """A calendar command looks for a calendar."""
    await post(school, name=name)
    await school.say("!holidays KRK", WEBER)
    assert await holidays(school) == 0


async def test_somebody_elses_or_an_old_file_is_not_meant(school: Talk) -> None:
    """Only one's own, and only just now."""
    await post(school)
    await school.say("!holidays KRK", BYRNE)
    await school.until(timedelta(minutes=11))
    await school.say("!holidays KRK", WEBER)
    assert await holidays(school) == 0


async def test_a_file_without_any_command_does_nothing(school: Talk) -> None:
    """It is remembered for an hour and forgotten with the next message after that."""
    before = len(school.shown)
    await post(school)
    assert bodies(school.shown[before:]) == []
    await school.until(timedelta(minutes=61))
    await school.say("!task film", WEBER)
    assert (await school.document()).files == {}
