"""Milestones: the dates that the whole partnership looks to."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from bot.model.due import Due
from bot.model.tasks import Milestone
from tests.commands.conftest import DUPONT, LEA, WEBER, School

CALL = "!milestone Video call friday 14:00"
ONLY_TEACHERS = "Only a teacher can do that."


async def milestone(school: School, number: int = 1) -> Milestone:
    return (await school.project()).milestones[number]


async def test_a_teacher_sets_a_date_for_all(school: School) -> None:
    """The card names the hour on the clocks of all classes."""
    assert "M1 ⚑ · Video call · Fri 27 Nov, 14:00 Pau, Köln" == await school.ask(CALL, WEBER)

    found = await milestone(school)
    assert (WEBER, "Video call") == (found.author, found.title)
    assert Due(date(2026, 11, 27), time(14), "Europe/Berlin") == found.due


async def test_each_class_sees_its_own_hour(school: School) -> None:
    """A class in another zone has its own hour in the card."""
    await school.ask("!partner add VOL Volos Europe/Athens", DUPONT)
    assert "M1 ⚑ · Video call · Fri 27 Nov, 14:00 Pau, Köln · 15:00 Volos" == await school.ask(
        "!milestone Video call on friday at 14:00", WEBER
    )


async def test_a_day_alone_ends_with_the_school_day(school: School) -> None:
    """Without an hour it is 18:00 in each class's own zone."""
    await school.ask("!partner add VOL Volos Europe/Athens", DUPONT)
    assert "M1 ⚑ · Final show · Sat 12 Jun, 18:00 Pau, Köln, Volos" == await school.ask(
        "!milestone Final show 12 June", WEBER
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("!milestone Call next friday",
         "Which day do you mean, Fri 27 Nov or Fri 4 Dec? Please write the date."),
        ("!milestone Call yesterday", "“yesterday” is already past. Which day do you mean?"),
        ("!milestone Call 2026-11-22 10:00", "is already past. Which day do you mean?"),
        ("!milestone Call 31/02", "“31/02” is not in the calendar."),
        ("!M1 next friday",
         "Which day do you mean, Fri 27 Nov or Fri 4 Dec? Please write the date."),
        ("!M9", "There is no milestone M9."),
        ("!M9 friday", "There is no milestone M9."),
        ("!M9 = X", "There is no milestone M9."),
        ("!delete M9", "There is no milestone M9."),
    ],
)  # fmt: skip
async def test_refusals(school: School, line: str, said: str) -> None:
    """What cannot be is said, with the why; nothing changes."""
    await school.ask(CALL, WEBER)
    before = (await school.project()).milestones
    assert said in await school.ask(line, WEBER)
    assert before == (await school.project()).milestones


async def test_this_evening_today_is_over(school: School) -> None:
    """A day without an hour that has ended cannot be aimed at."""
    await school.talk.until(timedelta(hours=4))
    assert "Sun 22 Nov is already past. Which day do you mean?" == await school.ask(
        "!milestone Call 2026-11-22", WEBER
    )


@pytest.mark.parametrize("line", ["!milestone", "!milestone Video call", "!milestone friday"])
async def test_a_milestone_needs_a_title_and_a_date(school: School, line: str) -> None:
    """What is missing is asked for, with an example; nothing is made up."""
    said = await school.ask(line, WEBER)
    assert "!milestone Video call 12 March 14:00" in said
    assert {} == (await school.project()).milestones


async def test_move_rename_delete(school: School) -> None:
    """A milestone is moved aloud and changed silently; undo brings it back."""
    await school.ask(CALL, WEBER)
    assert (
        "M1 → Mon 30 Nov, 15:00 Pau, Köln\nBefore: Fri 27 Nov, 14:00 Pau, Köln."
        == await school.ask("!M1 to 30 november 15:00", WEBER)
    )
    assert "👍" == await school.ask("!M1 = First call", WEBER)
    assert "M1 ⚑ · First call · Mon 30 Nov, 15:00 Pau, Köln" == await school.ask("!milestone M1")
    assert "🗑️" == await school.ask("!delete M1", WEBER)
    assert "There is no milestone M1." == await school.ask("!M1")
    assert "↩️" == await school.ask("!undo", WEBER)
    assert "M1 ⚑ · First call · Mon 30 Nov, 15:00 Pau, Köln" == await school.ask("!M1")


@pytest.mark.parametrize("line", ["!milestones"])
async def test_the_dates_to_come(school: School, line: str) -> None:
    """Everybody reads the list: the next six, then how many more; past ones are left out."""
    assert "No milestone ahead." == await school.ask(line)
    await school.ask("!milestone Soon 2026-11-22 15:30", WEBER)
    for day in (9, 3, 5, 4, 8, 7, 6):
        await school.ask(f"!milestone Day {day} on {day} december", WEBER)
    lines = (await school.ask(line)).splitlines()
    assert 7 == len(lines)
    assert lines[0].startswith("M1 ⚑ · Soon")
    assert lines[1].startswith("M3 ⚑ · Day 3 · Thu 3 Dec")
    assert "… and 2 more" == lines[-1]

    await school.talk.until(timedelta(hours=1))
    assert "Soon" not in await school.ask(line)


@pytest.mark.parametrize(
    "line", [CALL, "!M1 30 november", "!M1 = X", "!delete M1", "!move M1 to friday"]
)
async def test_pupils_only_look(school: School, line: str) -> None:
    """Milestones are the teachers' affair; a pupil is told so, and who may."""
    await school.ask(CALL, WEBER)
    before = (await school.project()).milestones
    assert ONLY_TEACHERS == await school.ask(line, LEA)
    assert before == (await school.project()).milestones
    assert ONLY_TEACHERS != await school.ask("!M1", LEA)
    assert ONLY_TEACHERS != await school.ask(line, DUPONT)
