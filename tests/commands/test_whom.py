"""Whom something is for, said as people say it: us, my class; and who is not known."""

from __future__ import annotations

import pytest

from bot.language.field_people import GLUED, read_partner, read_people
from bot.language.fields import Situation, Unfit
from bot.language.line import cut
from bot.model.asker import Asker
from bot.model.people import Partner, Role
from bot.model.reminders import Audience
from tests.commands.conftest import ANA, DUPONT, JONAS, LEA, WEBER, School
from tests.conftest import NOW, Open, bodies


@pytest.mark.parametrize(
    "line",
    [
        "!remind us to bring skates 27/11 8:00",
        "!remind my class to bring skates 27/11 8:00",
        "!remind us 27/11 8:00 to bring skates",
        "!remind-us to bring skates 27/11 8:00",
        "!Remind our class to bring skates 27/11 8:00",
    ],
)
async def test_us_is_ones_own_class(school: School, line: str) -> None:
    """A pupil may remind it, and is understood whichever way they say it."""
    await school.ask(line, JONAS)
    (reminder,) = (await school.project()).reminders.values()
    assert ("bring skates", Audience(partners=["KOL"])) == (reminder.text, reminder.audience)


async def test_a_task_is_given_to_ones_own_class(school: School) -> None:
    """By the word in front of it; a title that ends with it keeps it."""
    await school.ask("!task Poster for my class", LEA)
    await school.ask("!task Film my class by 27/11", LEA)
    first, second = (await school.project()).tasks.values()
    assert ("Poster", ["PAU"]) == (first.title, first.partners)
    assert ("Film my class", []) == (second.title, second.partners)


async def test_who_has_no_class_is_asked_for_it(school: School) -> None:
    """Nobody is reminded meanwhile, least of all the asker alone of "us to bring skates"."""
    said = await school.ask("!remind us to bring skates 27/11 8:00", ANA)
    assert said.startswith("Which class is yours? Tell me first: !i am PAU\n")
    assert {} == (await school.project()).reminders
    await school.ask("!i am KOL", ANA)
    await school.ask("!remind us to bring skates 27/11 8:00", ANA)
    (reminder,) = (await school.project()).reminders.values()
    assert ["KOL"] == reminder.audience.partners


async def test_in_a_room_without_classes_we_are_everybody(open_talk: Open) -> None:
    """It works before anything is set up."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        await talk.say("!remind us to bring skates 27/11 8:00", WEBER)
        (reminder,) = (await talk.document()).project.reminders.values()
    assert ("bring skates", True) == (reminder.text, reminder.audience.everyone)


async def test_no_class_is_called_us(school: School) -> None:
    """Its code would say two things."""
    said = await school.ask("!partner add US Boston America/New_York", DUPONT)
    assert said.startswith("US means something else here")


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("fr", "!rappelle à ma classe d'apporter les patins 27/11 8:00"),
        ("fr", "!rappelle à notre classe d'apporter les patins 27/11 8:00"),
        ("fr", "!rappelle-nous d'apporter les patins 27/11 8:00"),
        ("de", "!erinnere meine Klasse an Schlittschuhe 27.11. 8:00"),
        ("de", "!erinnere uns an Schlittschuhe 27.11. 8:00"),
        ("es", "!recuerda a mi clase traer los patines 27/11 8:00"),
        ("es", "!recuérdanos traer los patines 27/11 8:00"),
        ("es", "!recuerda a nosotros traer los patines 27/11 8:00"),
        ("it", "!ricorda alla mia classe di portare i pattini 27/11 8:00"),
        ("it", "!ricordaci di portare i pattini 27/11 8:00"),
        ("pl", "!przypomnij mojej klasie, żeby przynieść łyżwy 27.11. 8:00"),
        ("pl", "!przypomnij nam żeby przynieść łyżwy 27.11. 8:00"),
        ("pt", "!lembra a minha turma de trazer patins 27/11 8:00"),
        ("pt", "!lembra-nos de trazer patins 27/11 8:00"),
        ("nl", "!herinner ons aan schaatsen 27/11 8:00"),
        ("nl", "!herinner mijn klas aan schaatsen 27/11 8:00"),
        ("ro", "!amintește clasei mele de patine 27.11. 8:00"),
        ("el", "!θύμισε στην τάξη μου πατίνια 27/11 8:00"),
        ("el", "!θύμισέ μας πατίνια 27/11 8:00"),
        ("tr", "!bize 27.11. 8:00 hatırlat paten"),
        ("tr", "!sınıfıma 27.11. 8:00 hatırlat paten"),
        ("ar", "!ذكّر صفي أن الزلاجات 27/11 8:00"),
        ("ar", "!ذكّرنا الزلاجات 27/11 8:00"),
    ],
)
async def test_us_in_other_languages(open_talk: Open, language: str, line: str) -> None:
    """As one says it there, glued to the verb too."""
    async with open_talk(languages=(language,)) as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        await talk.say("!partner add PAU Pau Europe/Paris pau.example", WEBER)
        await talk.say("!partner add KOL Köln Europe/Berlin koln.example", WEBER)
        shown = await talk.say(line, LEA)
        reminders = (await talk.document()).project.reminders
    assert [["PAU"]] == [one.audience.partners for one in reminders.values()], bodies(shown)


def test_the_endings_are_no_words() -> None:
    """What is glued to verbs is looked for only there."""
    assert "|" not in GLUED


@pytest.mark.parametrize(
    ("language", "line", "name"),
    [
        ("fr", "!rappelle à la 3B d'apporter les patins 27/11 8:00", "la 3B"),
        ("de", "!erinnere Joans an Schlittschuhe 27.11. 8:00", "Joans"),
        ("es", "!recuerda a Marta traer los patines 27/11 8:00", "Marta"),
        ("nl", "!herinner Joost aan schaatsen 27/11 8:00", "Joost"),
    ],
)
async def test_who_is_not_known_is_named(
    open_talk: Open, language: str, line: str, name: str
) -> None:
    """It is not the date that is missing; nobody is reminded."""
    async with open_talk(languages=(language,)) as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        await talk.say("!partner add PAU Pau Europe/Paris pau.example", WEBER)
        await talk.say("!language en", WEBER)
        (said,) = bodies(await talk.say(line, WEBER))
        assert {} == (await talk.document()).project.reminders
    told = f"Nobody here and no class is called “{name}”. Type @ and pick a name from the list."
    assert said.splitlines()[0] == told


async def test_nobody_at_all_is_asked_for(open_talk: Open) -> None:
    """French says "rappelle-moi": "rappelle" alone lacks the person, not the date."""
    async with open_talk(languages=("fr",)) as talk:
        await talk.say("!language en")
        (said,) = bodies(await talk.say("!rappelle demain 10h les patins"))
    assert said.startswith("Who shall I remind? For example: me, a class, everyone.")


async def test_a_code_that_is_a_small_word_is_written_in_capitals(school: School) -> None:
    """Thessaloniki may be THE: the word "the" is still no class."""
    project = await school.project()
    project.partners["THE"] = Partner("THE", "Thessaloniki", "Europe/Athens")
    asker = Asker(LEA, "Léa", Role.PUPIL, "en", "Europe/Paris", NOW)
    there = Situation(project, asker, ("en",))
    assert ["THE"] == read_people(cut("THE").tokens, there).partners
    assert "KOL" == read_partner(cut("kol").tokens, there)
    for read in (read_people, read_partner):
        with pytest.raises(Unfit):
            read(cut("the").tokens, there)


@pytest.mark.parametrize("line", ["!remind wash the car", "!remind klara to come"])
async def test_where_the_date_is_missing_it_is_asked_for(school: School, line: str) -> None:
    """A text may begin with any word: nobody says that it is no name."""
    assert (await school.ask(line)).startswith("When? For example: ")
