"""Partners and people: classes, who belongs to them, roles, rings and quiet hours."""

from __future__ import annotations

from datetime import time

import pytest

from bot.model.people import Member, Partner, Quiet, Role
from tests.commands.conftest import ANA, DUPONT, JONAS, LEA, MARTIN, WEBER, School
from tests.conftest import Open, bodies, keys

ONLY_TEACHERS, ONLY_COORDINATORS = "Only a teacher can do that.", "Only a coordinator can do that."
TWO_LANGUAGES = "Languages of this room: English (en) and German (de)."
GUESSED = "Zone Europe/Athens, guessed from “Volos”. If it is another one, add it at the end:"
UNKNOWN = "I do not know its time zone and use Europe/Paris. Add it at the end:"
HOW_TO_ADD = "!partner add KRK Kraków pl Europe/Warsaw"


async def partner(school: School, code: str) -> Partner:
    return (await school.project()).partners[code]


async def member(school: School, user: str) -> Member:
    return (await school.project()).members[user]


async def test_setting_up_an_empty_room(open_talk: Open) -> None:
    """First the languages, then the classes; each answer says what comes next."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        nobody = bodies(await talk.say("!partners"))
        teacher = bodies(await talk.say("!partners", WEBER))
        said = [one for one in bodies(await talk.say("!setup en de", WEBER)) if "Next" in one]

        assert [f"There is no class yet. A teacher adds one: {HOW_TO_ADD}"] == nobody
        assert [f"There is no class yet. Add one: {HOW_TO_ADD}"] == teacher
        (one,) = said
        assert f"{TWO_LANGUAGES}\nNext, add each class: {HOW_TO_ADD}" == one
        project = (await talk.document()).project
        assert (["en", "de"], True) == (project.languages, project.ready)


async def test_setup_ends_with_tapping_ones_class(school: School) -> None:
    """With classes there is a button for each; everybody taps their own, once."""
    shown = await school.talk.say("!setup", DUPONT)
    (event,) = {one.event for one in shown if "Tap your class" in one.entry.body}
    said = "Tap your class, or write !i am PAU.\n🇦 PAU · 🇧 KOL Köln"
    assert said in bodies(shown)
    assert ["🇦", "🇧"] == keys(shown)

    for user, key, code in ((ANA, "🇦", "PAU"), (LEA, "🇧", "KOL"), (JONAS, "🇧", "KOL")):
        assert "" == await school.tap(key, event, user)
        assert code == (await member(school, user)).partner


async def test_eight_classes_have_buttons(school: School) -> None:
    """A message has eight buttons at the most."""
    for number in range(8):
        await school.ask(f"!partner add ZZ{number}Z School {number} Europe/Paris", DUPONT)
    shown = await school.talk.say("!setup", DUPONT)
    assert 8 == len(keys(shown))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("!partner add KRK Kraków pl Europe/Warsaw", "KRK Kraków · pl · Europe/Warsaw"),
        ("!class add krk Kraków pl Europe/Warsaw 22 pupils krakow.example",
         "KRK Kraków · pl · Europe/Warsaw · krakow.example · 22 pupils"),
        ("!partner add VOL Volos Greece el",
         f"VOL Volos · el · Europe/Athens\n{GUESSED} !partner add VOL Volos Europe/…"),
        ("!partner add ZZT Nowhere",
         f"ZZT Nowhere · Europe/Paris\n{UNKNOWN} !partner add ZZT Nowhere Europe/…"),
        ("!partner add NWH Europe/Paris nowhere.example",
         "NWH · Europe/Paris · nowhere.example · 1 member here\n1 member placed."),
        ("!partner add TASK Somewhere",
         "TASK is a word that I know as a command. Choose another code."),
        ("!partner add FR Pau", "FR is a language too. Try FR1."),
        ("!partner add M2 Pau",
         "M2 looks like the number of a task or a milestone. Two letters, please."),
        ("!partner add KRK Kraków CET",
         "I do not know the time zone “CET”. Did you mean Europe/Warsaw?"),
        ("!partner add KRK", "For example: !partner add GDA Gdańsk pl Europe/Warsaw"),
    ],
)  # fmt: skip
async def test_adding_a_class(school: School, line: str, said: str) -> None:
    """What was understood is said back; what was guessed is named, with the way to change it."""
    found = await school.ask(line, WEBER)
    assert said in (found, found.splitlines()[0], found.split(" · ")[-1])


async def test_adding_a_class_again_changes_it(school: School) -> None:
    """What is not said anew stays, its quiet hours too; its people are placed."""
    await school.ask("!quiet KOL 21:00-06:00", DUPONT)
    await school.ask("!partner add KOL Köln de 24 pupils", DUPONT)
    said = await school.ask("!partner add KOL Köln am Rhein nowhere.example", DUPONT)
    assert said.startswith("KOL Köln am Rhein · de · Europe/Berlin · nowhere.example · 24 pupils")
    found = await partner(school, "KOL")
    assert Quiet(time(21), time(6), weekend=False) == found.quiet
    assert ["en", "de"] == (await school.project()).languages


async def test_the_classes_of_the_room(school: School) -> None:
    """Codes, zones, servers, how many are here, and how many are in no class."""
    assert (
        "PAU · Europe/Paris · pau.example · 3 members here\n"
        "KOL Köln · Europe/Berlin · koln.example · 2 members here\n"
        "1 member without a class." == await school.ask("!partners")
    )
    for number in range(9):
        await school.ask(f"!partner add ZZ{number}Z School {number} Europe/Paris", DUPONT)
    assert len((await school.ask("!classes")).splitlines()) <= 8


async def test_removing_a_class(school: School) -> None:
    """Its people stay, without a class; tasks are not its any more."""
    await school.ask("!task Film PAU and KOL")
    assert "👍" == await school.ask("!partner delete PAU", WEBER)
    project = await school.project()
    assert ["KOL"] == list(project.partners) == project.tasks[1].partners
    assert project.members[LEA].partner is None
    assert "There is no class PAU. The classes: KOL." in await school.ask("!i am PAU")


@pytest.mark.parametrize("line", ["!i am KOL", "!iam kol", "!I'm Köln", "!my class is KOL"])
async def test_i_am(school: School, line: str) -> None:
    """Everybody says where they belong, as often as they like."""
    for _time in range(2):
        assert "👍" == await school.ask(line)
        assert "KOL" == (await member(school, LEA)).partner


async def test_a_newcomer_says_where_they_belong(school: School) -> None:
    """Somebody never seen before is placed too."""
    assert "👍" == await school.ask("!i am KOL", "@new:x")
    assert "KOL" == (await member(school, "@new:x")).partner


async def test_placing_others(school: School) -> None:
    """A teacher places people by name, in either order, but no whole class."""
    assert "👍" == await school.ask("!place @ana in PAU", WEBER)
    assert "PAU" == (await member(school, ANA)).partner
    assert "👍" == await school.ask("!class KOL @ana and @lea", WEBER)
    assert "KOL" == (await member(school, ANA)).partner == (await member(school, LEA)).partner
    assert "Name the people to place: type @ and pick them from the list." == await school.ask(
        "!place PAU in KOL", WEBER
    )


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("!role @ana teacher", Role.TEACHER),
        ("!role @ana coordinator", Role.COORDINATOR),
        ("!role @ana pupil", Role.PUPIL),
    ],
)
async def test_roles_are_given(school: School, line: str, role: Role) -> None:
    """What a coordinator gives holds at once, and never takes away what Matrix gives."""
    assert "👍" == await school.ask(line, DUPONT)
    assert role is (await school.project()).role_of(ANA)
    assert "👍" == await school.ask(line.replace("@ana", "@weber"), DUPONT)
    assert max(role, Role.TEACHER) is (await school.project()).role_of(WEBER)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("!role PAU teacher", "Name one person: type @ and pick a name from the list."),
        ("!role me pupil", "You would lock yourself out. Another coordinator can do it."),
        ("!role me teacher", "You would lock yourself out. Another coordinator can do it."),
        ("!role me coordinator", "👍"),
    ],
)
async def test_roles_that_are_not_given(school: School, line: str, said: str) -> None:
    """No role for a class, and nobody locks themselves out."""
    assert said == await school.ask(line, DUPONT)


@pytest.mark.parametrize(
    ("line", "reaction", "rings"),
    [
        ("!ring me", "🔔", True),
        ("!my class on", "🔔", True),
        ("!don't ring me", "🔕", False),
        ("!do not ring me", "🔕", False),
        ("!my class off", "🔕", False),
    ],
)
async def test_ringing_with_ones_class(
    school: School, line: str, reaction: str, rings: bool
) -> None:
    """Everybody decides for themselves whether a reminder of their class mentions them."""
    await school.ask("!ring me" if not rings else "!don't ring me")
    assert reaction == await school.ask(line)
    assert rings is (await member(school, LEA)).rings


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
