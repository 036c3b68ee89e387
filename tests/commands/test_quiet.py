"""Quiet hours: of a class, of the room."""

from __future__ import annotations

from datetime import time

import pytest

from bot.model.people import Quiet
from tests.commands.conftest import DUPONT, MARTIN, WEBER, School


@pytest.mark.parametrize(
    ("line", "who", "said"),
    [
        ("!quiet 21:00-06:30 weekend", WEBER, "KOL · Quiet from 21:00 to 06:30 and at weekends."),
        ("!quiet KOL off", WEBER, "KOL · No quiet hours."),
        ("!KOL quiet weekend", WEBER, "KOL · Quiet at weekends."),
        ("!quiet KOL 20:00-07:00", DUPONT, "KOL · Quiet from 20:00 to 07:00."),
        ("!quiet KOL off", MARTIN, "Only a coordinator sets the hours of another class."),
        ("!quiet 19:00-08:00", DUPONT, "Quiet from 19:00 to 08:00."),
        ("!quiet off", DUPONT, "No quiet hours."),
    ],
)
async def test_quiet_hours(school: School, line: str, who: str, said: str) -> None:
    """A teacher sets those of their class, a coordinator those of any class or of the room."""
    before = await school.project()
    assert said == await school.ask(line, who)
    project = await school.project()
    of_class, of_room = said.startswith("KOL"), said.startswith(("Quiet", "No"))
    assert of_class == (before.partners["KOL"].quiet != project.partners["KOL"].quiet)
    assert of_room == (before.quiet != project.quiet)


async def test_quiet_hours_of_a_teacher_without_a_class(school: School) -> None:
    """Before the classes are there, they are the room's."""
    await school.talk.join("@head:x", "The head", 50)
    assert "Quiet at weekends." == await school.ask("!quiet weekend", "@head:x")
    assert Quiet(time(0), time(0), weekend=True) == (await school.project()).quiet
