"""What a phone shows: in no language is a line so long that it fills the screen by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.command import Command
from bot.language.catalog import translated
from bot.language.render import Reader, render
from bot.model.people import Role
from bot.model.project import Project
from tests.commands import test_lists
from tests.commands.test_lists import COMMANDS, READING, answers, card, crowded
from tests.conftest import NOW
from tests.test_every_language import pseudo

__all__ = ["pseudo"]
SIGNS, ROWS = 40, 5
"""Letters in a row on a phone held upright (some 8 points each, of 360), and how many rows one line
may take: above the keyboard there is room for about twice as many.
"""
THINGS = {"task": 30, "milestone": 10, "reminder": 10, "board": 1}


def ordinary() -> Project:
    """Return a project of three classes whose titles are as long as titles usually are."""
    project = crowded()
    project.title = "Ports of Europe"
    for code in list(project.partners)[3:]:
        del project.partners[code]
    for partner, town in zip(project.partners.values(), ("Pau", "Kraków", "Köln"), strict=True):
        partner.name = town
    for task in project.tasks.values():
        task.title, task.titles, task.tags = "Film the school tour with Ana", {}, ["video"]
        task.partners = [code for code in task.partners if code in project.partners]
        for remark in task.comments:
            remark.text = "Photo 3 is still missing."
    for milestone in project.milestones.values():
        milestone.title = "Video call of all classes"
    for reminder in project.reminders.values():
        reminder.text = "write the diary"
        reminder.audience.partners = list(project.partners)
    return project


def shown(language: str) -> Iterator[str]:
    """Yield the lines of the cards of an ordinary project."""
    project, reader = ordinary(), Reader((language,), "Europe/Paris", NOW)
    for kind, most in THINGS.items():
        for number in range(1, most + 1):
            yield from render(card(project, kind, number), reader).body.splitlines()


def too_long(lines: Iterator[str]) -> set[str]:
    return {line for line in lines if len(line) > SIGNS * ROWS}


@pytest.mark.parametrize("language", translated())
def test_no_line_of_a_card_fills_the_screen(language: str) -> None:
    """Cards and the board of a project as there are many."""
    assert too_long(shown(language)) == set()


def test_nor_where_words_are_half_as_long_again(pseudo: str) -> None:
    """There is room for a language that nobody has translated yet."""
    assert too_long(shown(pseudo)) == set()


@pytest.mark.parametrize("language", translated())
@pytest.mark.parametrize("role", [Role.PUPIL, Role.COORDINATOR])
def test_no_line_of_an_answer_fills_the_screen(
    language: str, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is asked, in the same project."""
    monkeypatch.setattr(test_lists, "crowded", ordinary)

    def said(command: Command) -> Iterator[str]:
        for lines in answers(command, language, role, READING):
            yield from lines

    assert {line for command in COMMANDS.all for line in too_long(said(command))} == set()
