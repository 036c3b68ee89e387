"""Partners: setting a room up, adding classes, changing and removing them."""

from __future__ import annotations

from datetime import time

import pytest

from bot.language.field_setup import read_class_list
from bot.language.fields import Situation, Trouble, Unfit
from bot.language.line import cut
from bot.model.asker import Asker
from bot.model.people import Member, Partner, Quiet, Role
from bot.model.project import Project
from tests.commands.conftest import ANA, DUPONT, JONAS, LEA, WEBER, School
from tests.conftest import NOW, Open, bodies, keys

TWO_LANGUAGES = "Languages of this room: English (en) and German (de)."
GUESSED = "Zone Europe/Athens, guessed from “Volos”. If it is another one, add it at the end:"
UNKNOWN = "I do not know its time zone and use Europe/Paris. Add it at the end:"
CLASSES = "PAU Pau, KOL Köln, KRK Kraków"
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
        said = [one for one in bodies(await talk.say("!setup en de", WEBER)) if "2/3" in one]

        assert [f"There is no class yet. A teacher adds one: {HOW_TO_ADD}"] == nobody
        assert [f"There is no class yet. Add one: {HOW_TO_ADD}"] == teacher
        (one,) = said
        assert one.splitlines() == [
            TWO_LANGUAGES,
            f"2/3 Which classes? Answer in a reply, code and name each: {CLASSES}",
            f"⏭ or “skip”: add them later, {HOW_TO_ADD}",
        ]
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
         ("NWH · Europe/Paris · nowhere.example · 1 member here\n"
          "I have put 1 member into this class.")),
        ("!partner add TASK Somewhere",
         "TASK is a word that I know as a command. Choose another code."),
        ("!partner add CAN Çanakkale tr", "CAN Çanakkale · tr · Europe/Istanbul"),  # "can we …?"
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


async def test_removing_a_class_stops_what_reminded_only_it(school: School) -> None:
    """A reminder for a class that is gone does not ring for everybody; undo brings both back."""
    for line in (
        "!remind KOL to sign friday", "!remind PAU and KOL to sign friday",
        "!remind @lea and KOL to sign friday", "!remind everyone to sign friday",
    ):  # fmt: skip
        await school.ask(line, DUPONT)
    await school.ask("!partner delete KOL", DUPONT)

    found = (await school.project()).reminders
    assert [1] == [number for number, one in found.items() if one.stopped]
    assert [[], ["PAU"], [], []] == [one.audience.partners for one in found.values()]

    await school.ask("!undo", DUPONT)
    project = await school.project()
    assert [] == [number for number, one in project.reminders.items() if one.stopped]
    assert ["KOL"] == project.reminders[1].audience.partners
    assert "KOL" in project.partners


async def test_a_class_keeps_its_country(school: School) -> None:
    """What was said once holds until something else is said."""
    await school.ask("!partner add VOL Volos Greece el", WEBER)
    assert "GR" == (await partner(school, "VOL")).country
    await school.ask("!partner add VOL Athena", WEBER)
    assert ("GR", "Athena") == ((found := await partner(school, "VOL")).country, found.name)
    await school.ask("!partner add VOL Volos Cyprus", WEBER)
    assert "CY" == (await partner(school, "VOL")).country


def names(line: str) -> list[tuple[str, str, str | None]]:
    """Return code, name and zone of each class that *line* lists."""
    asker = Asker(WEBER, "Ms Weber", Role.TEACHER, "en", "Europe/Paris", NOW)
    situation = Situation(Project("!r", NOW), asker, ("en", "fr"))
    found = read_class_list(cut(line).tokens, situation)
    return [(one.code, one.details.name, one.details.zone) for one in found]


PAU, KOL = ("PAU", "Pau", "Europe/Paris"), ("KOL", "Köln", "Europe/Berlin")
KRK = ("KRK", "Kraków", "Europe/Warsaw")


@pytest.mark.parametrize(
    "line",
    [
        "PAU Pau Europe/Paris, KOL Köln, KRK Kraków",
        "PAU Pau; KOL Köln; KRK Kraków",
        "PAU Pau , KOL Köln , KRK Kraków ,",
        "pau Pau, kol Köln, krk Kraków",
        "PAU Pau\nKOL Köln\nKRK Kraków",
        "PAU Pau KOL Köln KRK Kraków",
        "PAU Pau, Europe/Paris, KOL Köln, de, 24 pupils, KRK Kraków, pl",
    ],
)
def test_ways_to_list_classes(line: str) -> None:
    """With commas, on lines of their own or in a row; a comma may stand before a detail too."""
    assert [PAU, KOL, KRK] == names(line)


def test_a_code_inside_a_name_begins_no_class() -> None:
    """Only what is a place for sure is taken apart where no comma stands."""
    assert [("PAU", "Lycée LGT Barthou", None)] == names("PAU Lycée LGT Barthou")


@pytest.mark.parametrize("line", ["sounds good", "see you in Paris", "yes", ", ,", "24 pupils"])
def test_what_is_no_list_of_classes(line: str) -> None:
    """People chat below a question: that makes no class."""
    with pytest.raises(Unfit):
        names(line)


def test_at_most_twelve_classes_at_once() -> None:
    """More are named in a second line."""
    with pytest.raises(Trouble):
        names(", ".join(f"ZZ{chr(65 + one)} Pau" for one in range(13)))


async def test_setting_up_again_in_one_line(school: School) -> None:
    """Classes that are known keep what is not said anew; nobody loses their class."""
    await school.ask("!quiet KOL 21:00-06:00", DUPONT)
    said = await school.ask("!setup en fr PAU Pau, KOL Köln am Rhein, KRK Kraków", DUPONT)
    assert len(said.splitlines()) <= 8
    found = await school.project()
    assert ["PAU", "KOL", "KRK"] == list(found.partners)
    assert Quiet(time(21), time(6), weekend=False) == found.partners["KOL"].quiet
    assert "koln.example" == found.partners["KOL"].server
    assert "KOL" == found.members[JONAS].partner


@pytest.mark.parametrize("line", ["!setup klingon", "!setup"])
async def test_setup_is_for_teachers(school: School, line: str) -> None:
    """A pupil is told; what is neither a language nor a class is named."""
    said = await school.ask(line, LEA if line == "!setup" else WEBER)
    expected = "Only a teacher can do that." if line == "!setup" else "I did not understand"
    assert said.startswith(expected)


async def test_zones_that_were_typed_need_no_question(school: School) -> None:
    """What is sure is only said back; what nothing tells is the room's zone, with the way out."""
    sure = await school.ask("!setup KRK Kraków Europe/Warsaw, PAU Pau Europe/Paris", DUPONT)
    assert "Time zones: KRK Europe/Warsaw · PAU Europe/Paris." in sure.splitlines()
    unsure = await school.ask("!setup ZZA Somewhere", DUPONT)
    assert (
        "Time zones: ZZA Europe/Paris. Another one: !partner add ZZA Somewhere Europe/…"
        in unsure.splitlines()
    )
