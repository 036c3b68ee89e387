"""Languages: of one person, of the room."""

from __future__ import annotations

import pytest

from tests.commands.conftest import DUPONT, LEA, WEBER, School


async def test_ones_own_language(school: School) -> None:
    """Answers to me come in my language, wherever I write; the room keeps its own."""
    assert "👍" == await school.ask("!language fr")
    assert "Aucun rappel à venir." == await school.ask("!reminders")
    assert "No reminder is waiting." == await school.ask("!reminders", WEBER)
    assert "👍" == await school.ask("!langue anglais")
    assert "No reminder is waiting." == await school.ask("!reminders")


@pytest.mark.parametrize("line", ["!language ca", "!speak Catalan", "!language català"])
async def test_a_language_without_a_catalog(school: School, line: str) -> None:
    """What Comenius does not speak is said kindly, with what it does."""
    said = await school.ask(line)
    assert said.startswith("I do not speak Catalan (ca) yet. I speak English")


async def test_a_language_that_is_not_translated_yet(school: School) -> None:
    """Dates are read in it; what is said comes in the next language of the room."""
    assert "👍" == await school.ask("!room languages fi fr", WEBER)
    said = await school.ask("!language suomi")
    assert said.startswith("I understand dates in Finnish (fi), but I do not speak it yet.")
    assert "Aucun rappel à venir." == await school.ask("!reminders")
    assert "No reminder is waiting." == await school.ask("!reminders", WEBER)
    assert "pe 27.11." in await school.ask("!tâche kuvata koulu perjantaina")


@pytest.mark.parametrize("line", ["!language klingon", "!languages fr klingon"])
async def test_no_language(school: School, line: str) -> None:
    """A word that is no language is named."""
    said = await school.ask(line, WEBER)
    assert "klingon" in said
    assert "For example: !" in said


@pytest.mark.parametrize(
    "line",
    ["!room languages fr de pl", "!languages fr, de and pl", "!our languages French German polski"],
)
async def test_the_languages_of_the_room(school: School, line: str) -> None:
    """Classes read what they can, also languages that have no catalog yet."""
    assert "👍" == await school.ask(line, WEBER)
    assert ["fr", "de", "pl"] == (await school.project()).languages


@pytest.mark.parametrize("line", ["!languages", "!language"])
async def test_which_languages_there_are(school: School, line: str) -> None:
    """The list names what Comenius speaks and what this room reads."""
    said = await school.ask(line)
    assert said.startswith("I speak English")
    assert said.endswith("This room reads English (en).")


@pytest.mark.parametrize(("who", "may"), [(LEA, False), (WEBER, True), (DUPONT, True)])
async def test_who_chooses_for_the_room(school: School, who: str, may: bool) -> None:
    """Everybody chooses for themselves, teachers for the room."""
    assert ("👍" == await school.ask("!room languages fr", who)) is may
    assert ("👍" == await school.ask("!language en", who)) is True
