"""Privacy: what is stored, what is held about me, and being forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.language.render import Reader, render
from bot.model.asker import Asker
from bot.model.people import FORMER, Partner, Role
from bot.model.project import Project
from commands import privacy
from tests.commands.conftest import JONAS, LEA, WEBER, School
from tests.conftest import NOW, bodies
from tests.model.test_forgetting import project

ASKER = Asker(LEA, "Léa", Role.PUPIL, "en", "Europe/Paris", NOW)


def said(projects: list[Project], **more: object) -> str:
    outcome = privacy.my_data(projects, replace(ASKER, **more))  # type: ignore[arg-type]
    assert outcome.says is not None
    return render(outcome.says, Reader(("en",))).body


def test_my_data_names_every_place() -> None:
    """In a direct message: what I chose, and what each shared project holds, by number."""
    assert (
        "Name Léa, language en, time zone Europe/Paris.\n"
        "Ports of Europe · PAU · 4 tasks, 1 remark and 5 reminders · #1 #2 #3 #4 R1 R2 R3 R4"
        == said([project()], direct=True)
    )


def test_my_data_without_a_project() -> None:
    """Somebody who shares nothing with the bot reads that."""
    expected = "Name Léa, language en, time zone Europe/Paris.\nWe share no project."
    assert expected == said([], direct=True)


def test_my_data_of_many_projects_fits() -> None:
    """However many there are, the answer has eight lines."""
    nameless = project()
    nameless.title, nameless.members = "", {}
    lines = said([nameless] * 20, direct=True).splitlines()
    assert len(lines) <= 8
    assert lines[1].startswith("Others · no class · 4 tasks")


def test_a_project_without_a_title_is_told_from_others() -> None:
    """Its classes tell which it is, else its newest task; an empty one is just this project."""
    found = project()
    found.title = ""
    assert said([found], direct=True).splitlines()[1].startswith("Others · PAU · 4 tasks")
    found.partners = {code: Partner(code, code, "Europe/Paris") for code in ("PAU", "KRK")}
    assert said([found], direct=True).splitlines()[1].startswith("PAU, KRK · PAU · 4 tasks")
    assert said([Project("!r", NOW)], direct=True).splitlines()[1].startswith("this project · no")


async def test_what_is_stored(school: School) -> None:
    """Six short lines for everybody, with the two commands that follow from them."""
    text = await school.ask("!privacy")
    assert 6 == len(text.splitlines())
    assert "!my data" in text
    assert "!forget me" in text


async def test_my_data_is_not_told_in_a_room(school: School) -> None:
    """A room never reads what is held about one person."""
    assert "That is for you alone: write me !my data in a direct message." == await school.ask(
        "!my data"
    )
    text = await school.ask("my data", room="!direct-lea:x", direct=True)
    assert text.startswith("Name Léa, language en, time zone Europe/Paris.")
    assert "PAU" in text


async def test_being_forgotten_is_asked_back(school: School) -> None:
    """Only a yes of the one who asked erases; then the room's document holds no trace."""
    await school.ask("!task my own idea")
    await school.ask("!1 + a remark")
    await school.ask("!task for me and Jonas @jonas", WEBER)
    shown = await school.talk.say("!forget me")
    (event,) = {one.event for one in shown if "yes, forget me" in one.entry.body}
    assert LEA in (await school.project()).members

    assert "" == await school.tap("👍", event, JONAS)
    assert LEA in (await school.project()).members
    assert "Done. I have forgotten you." == await school.tap("👍", event, LEA)

    project = await school.project()
    assert LEA not in repr(project)
    assert ["my own idea", "for me and Jonas"] == [one.title for one in project.tasks.values()]
    assert FORMER == project.tasks[1].author


@pytest.mark.parametrize("line", ["!forget me now", "!erase me now"])
async def test_who_knows_the_whole_line_may_say_it(school: School, line: str) -> None:
    """The button's line can be typed."""
    shown = await school.talk.say(line)
    assert ["Done. I have forgotten you."] == bodies(shown)
    assert LEA not in (await school.project()).members
