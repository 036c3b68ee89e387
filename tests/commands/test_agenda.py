"""The agenda: what comes next, in the room and in a calendar program."""

from __future__ import annotations

from base64 import b64decode
from datetime import timedelta

import pytest
from icalendar import Calendar

from bot.model.documents import Entry, Kind
from tests.commands.conftest import DUPONT, JONAS, LEA, WEBER, School
from tests.conftest import bodies


async def files(school: School, line: str) -> list[Entry]:
    """Say *line*; return the files that the bot hands out."""
    shown = await school.talk.say(line)
    assert 1 == len([one for one in bodies(shown) if not one.startswith("📌")])
    return [one.entry for one in shown if one.entry.kind is Kind.FILE]


async def test_the_next_six_dates(school: School) -> None:
    """Milestones, deadlines and ends of polls, soonest first; what has no date is left out."""
    for line in (
        "!milestone Show 12 december", "!task Film PAU by friday", "!task Some day",
        "!milestone Call 1 december 14:00", "!poll Logo? blue / green until thursday 12:00",
    ):  # fmt: skip
        await school.ask(line, DUPONT)

    for line in ("!agenda", "!dates", "!what's next"):
        said = (await school.ask(line, JONAS)).splitlines()
        assert said == [
            "Q1 · Logo? · closes Thu 26 Nov, 12:00 Pau, Köln",
            "#1 · Film · PAU · Fri 27 Nov, 18:00 Pau",
            "M2 ⚑ · Call · Tue 1 Dec, 14:00 Pau, Köln",
            "M1 ⚑ · Show · Sat 12 Dec, 18:00 Pau, Köln",
        ]


async def test_what_is_to_go_public_is_a_date_too(school: School) -> None:
    """With its day in the list and in the file, until it is published or deleted."""
    await school.ask("!publish Our film by 4 december", WEBER)
    await school.ask("!publish Some day", WEBER)
    assert "P1 · Our film · Fri 4 Dec, 18:00 Pau, Köln" == await school.ask("!agenda")
    (file,) = await files(school, "!calendar")
    (event,) = Calendar.from_ical(b64decode(file.content)).walk("VEVENT")
    assert ("P1 Our film", b"20261204") == (str(event["summary"]), event["dtstart"].to_ical())
    await school.ask("!P1 delete", WEBER)
    assert "No date ahead." == await school.ask("!agenda")


async def test_it_moves_on(school: School) -> None:
    """What is past, done, deleted or closed is not ahead; then nothing is."""
    for line in (
        "!task Film by friday", "!task Cut by friday", "!milestone Show 12 december",
        "!poll Logo? blue / green until thursday 12:00", "!2 done", "!delete M1",
    ):  # fmt: skip
        await school.ask(line, DUPONT)
    assert 2 == len((await school.ask("!agenda")).splitlines())
    await school.talk.until(timedelta(days=4))
    assert "#1 · Film" in await school.ask("!agenda")
    await school.talk.until(timedelta(days=2))
    assert "No date ahead." == await school.ask("!agenda")
    assert "No date ahead." == await school.ask("!calendar")


async def test_a_date_is_ahead_while_it_is_for_one_class(school: School) -> None:
    """At half past six in Athens the day is over there, and not yet in Pau."""
    await school.ask("!partner add VOL Volos Europe/Athens", DUPONT)
    await school.ask("!task Film VOL and PAU by tomorrow", DUPONT)
    await school.talk.until(timedelta(days=1, hours=2, minutes=30))
    assert "#1 · Film" in await school.ask("!agenda")
    await school.talk.until(timedelta(hours=1))
    assert "No date ahead." == await school.ask("!agenda")


async def test_more_than_six(school: School) -> None:
    """Six lines, then how many more there are and where to find them."""
    for day in range(1, 10):
        await school.ask(f"!task Number {day} by {day} december", WEBER)
    lines = (await school.ask("!agenda")).splitlines()
    assert 7 == len(lines)
    assert "… and 3 more · all of them: !calendar" == lines[-1]


@pytest.mark.parametrize("line", ["!calendar", "!ics", "!calendar file"])
async def test_the_file(school: School, line: str) -> None:
    """One file with every date and the holidays, which a calendar program reads."""
    await school.ask("!task Film, cut; show 🎬 by friday")
    await school.ask("!milestone Call 1 december 14:00", WEBER)
    await school.ask("!holidays PAU 19/12-3/1", DUPONT)

    (file,) = await files(school, line)

    assert ("calendar.ics", "text/calendar") == (file.file, file.mimetype)
    calendar = Calendar.from_ical(b64decode(file.content))
    assert ["#1 Film, cut; show 🎬", "M1 Call", "PAU: Holidays"] == [
        str(one["summary"]) for one in calendar.walk("VEVENT")
    ]


async def test_asked_again_it_has_the_same_identifiers(school: School) -> None:
    """A moved date stays the same event."""
    await school.ask("!milestone Call 1 december 14:00", WEBER)
    found = []
    for line in ("!M1 2 december 15:00", "!M1 3 december"):
        (file,) = await files(school, "!ics")
        (event,) = Calendar.from_ical(b64decode(file.content)).walk("VEVENT")
        found.append((str(event["uid"]), event["dtstart"].to_ical()))
        await school.ask(line, WEBER)
    assert found[0][0] == found[1][0]
    assert [b"20261201T130000Z", b"20261202T140000Z"] == [start for _uid, start in found]


async def test_the_room_agenda_is_only_the_rooms(school: School) -> None:
    """Another room's dates are not in it."""
    await school.talk.say("!task Secret by friday", LEA, room="!other:x")
    assert "No date ahead." == await school.ask("!agenda")
