"""Fields: what each type reads, and what it refuses, as tables."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.field_dates import MORNING, Doubtful, Schedule
from bot.language.field_people import find_members
from bot.language.field_settings import Languages
from bot.language.field_titles import LanguageMark
from bot.language.fields import (
    TYPES,
    Language,
    MilestoneNumber,
    PartnerCode,
    ReminderNumber,
    Situation,
    Tag,
    TaskNumber,
    Trouble,
    Unfit,
)
from bot.language.line import cut
from bot.language.render import Reader, render
from bot.model.asker import Asker
from bot.model.due import Due
from bot.model.people import Member, Partner, Quiet, Role
from bot.model.project import Project
from bot.model.reminders import Audience
from bot.model.tasks import Task

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=ZoneInfo("Europe/Paris"))
PILL = "\ue000@out:side\ue001"
PARIS = "Europe/Paris"
WHICH = "trouble: Which"
PICK = "Type @ and pick a name from the list."
TUESDAY = "that day is Tue 24 Nov. Which one do you mean?"


def situation(*languages: str) -> Situation:
    project = Project("!r", NOW, zone=PARIS)
    for code, city in (("PAU", "Pau"), ("KRK", "Kraków"), ("X1", "Nowy Targ")):
        project.partners[code] = Partner(code, city, PARIS)
    for user, name, partner in (
        ("@ana:x", "Ana", None),
        ("@lea:x", "Léa Martin", "PAU"),
        ("@lea2:x", "Lea", "KRK"),
        ("@zoe:x", "Zoé Dupont", None),
        ("@tom.b:x", "Tom Bombadil", None),
        ("@tom2:x", "Tom Sawyer", None),
    ):
        project.members[user] = Member(user, name, partner)
    project.members["@gone:x"] = Member("@gone:x", "Gone", present=False)
    project.tasks[14] = Task(14, "Film", "@ana:x", NOW)
    asker = Asker("@me:x", "Me", Role.PUPIL, "en", PARIS, NOW)
    return Situation(project, asker, tuple(dict.fromkeys([*languages, "en"])))


def read(kind: object, text: str, *languages: str) -> object:
    """Return what *text* is as *kind*, or what is wrong with it."""
    try:
        return TYPES[kind].read(cut(text).tokens, situation(*languages))
    except Trouble as trouble:
        return f"trouble: {render(trouble.message, Reader(('en',), PARIS, NOW)).body}"
    except Unfit:
        return None


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (str, "Film the tour", "Film the tour"),
        (str, "  Film   it ", "Film it"),
        (str, "课题", "课题"),
        (str, "👍", "👍"),
        (str, "...", None),
        (str, "- -", None),
        (int, "7", 7),
        (int, "007", 7),
        (int, "999999", 999999),
        (int, "1000000", None),
        (int, "seven", None),
        (int, "-7", None),
        (int, "7.5", None),
        (TaskNumber, "14", 14),
        (TaskNumber, "#14", 14),
        (TaskNumber, "n°14", 14),
        (TaskNumber, "N°14", 14),
        (TaskNumber, "nº14", 14),
        (TaskNumber, "no14", 14),
        (TaskNumber, "no.14", 14),
        (TaskNumber, "14.", 14),
        (TaskNumber, "(14)", 14),
        (TaskNumber, "T14", 14),
        (TaskNumber, "T15", None),
        (TaskNumber, "1000000", None),
        (TaskNumber, "M14", None),
        (TaskNumber, "14a", None),
        (TaskNumber, "#", None),
        (TaskNumber, "14:30", None),
        (TaskNumber, "27/11", None),
        (MilestoneNumber, "M2", 2),
        (MilestoneNumber, "m2.", 2),
        (MilestoneNumber, "#M2", 2),
        (MilestoneNumber, "2", None),
        (MilestoneNumber, "R2", None),
        (ReminderNumber, "R3", 3),
        (ReminderNumber, "#r3", 3),
        (ReminderNumber, "3", None),
        (ReminderNumber, "R", None),
        (Tag, "+video", "video"),
        (Tag, "+Vidéo", "video"),
        (Tag, "+photo-3_b", "photo-3_b"),
        (Tag, "+", None),
        (Tag, "+3", None),
        (Tag, "video", None),
        (Tag, "+" + "a" * 40, None),
        (PartnerCode, "PAU", "PAU"),
        (PartnerCode, "pau", "PAU"),
        (PartnerCode, "#PAU", "PAU"),
        (PartnerCode, "Kraków", "KRK"),
        (PartnerCode, "krakow", "KRK"),
        (PartnerCode, "Nowy Targ", "X1"),
        (PartnerCode, "Paris", None),
        (PartnerCode, "VOL", "trouble: There is no class VOL. The classes: PAU, KRK and X1."),
        (LanguageMark, "pl:", "pl"),
        (LanguageMark, "PL:", "pl"),
        (LanguageMark, "Polish:", "pl"),
        (LanguageMark, "français:", "fr"),
        (LanguageMark, "pl", None),
        (LanguageMark, "xx:", None),
        (LanguageMark, ":", None),
        (timedelta, "2h", timedelta(hours=2)),
        (timedelta, "30 min", timedelta(minutes=30)),
        (timedelta, "1 day", timedelta(days=1)),
        (timedelta, "1h30", timedelta(hours=1, minutes=30)),
        (timedelta, "soon", None),
        (timedelta, "7", None),
        (tuple[timedelta, ...], "7d 1d 1h", (timedelta(7), timedelta(1), timedelta(hours=1))),
        (tuple[timedelta, ...], "1 week", (timedelta(7),)),
        (tuple[timedelta, ...], "2 days and 1 hour", (timedelta(2), timedelta(hours=1))),
        (tuple[timedelta, ...], "friday", None),
    ],
)  # fmt: skip
def test_what_a_field_reads(kind: object, text: str, value: object) -> None:
    """Each type takes what people write for it, and nothing else."""
    assert value == read(kind, text)


@pytest.mark.parametrize(
    ("kind", "language", "text", "value"),
    [
        (TaskNumber, "tr", "1'i", 1),
        (TaskNumber, "tr", "14’ü", 14),
        (TaskNumber, "tr", "#14'e", 14),
        (TaskNumber, "tr", "2yi", 2),
        (TaskNumber, "tr", "T14'ü", 14),
        (TaskNumber, "tr", "T15'i", None),
        (TaskNumber, "tr", "3a", None),
        (TaskNumber, "tr", "3'b", None),
        (TaskNumber, "tr", "14'30", None),
        (TaskNumber, "en", "1'i", None),
        (TaskNumber, "fi", "14:n", 14),
        (TaskNumber, "fi", "14:30", None),
        (TaskNumber, "hu", "1-et", 1),
        (TaskNumber, "hu", "1-a", None),
        (TaskNumber, "az", "2-ni", 2),
        (TaskNumber, "ka", "1-ის", 1),
        (MilestoneNumber, "tr", "M2'yi", 2),
        (MilestoneNumber, "tr", "m2yi", 2),
        (MilestoneNumber, "el", "Μ2", 2),
        (MilestoneNumber, "el", "#Μ2.", 2),
        (MilestoneNumber, "uk", "М2", 2),
        (MilestoneNumber, "uk", "М2-го", 2),
        (MilestoneNumber, "el", "ΜΑ2", None),
        (ReminderNumber, "fi", "R3:lle", 3),
    ],
)
def test_a_number_with_the_ending_of_a_case(
    kind: object, language: str, text: str, value: object
) -> None:
    """An ending counts only in languages that stick it there, and behind their own sign."""
    assert value == read(kind, text, language)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Done👍🏽", "done"),
        ("done🎉🎉", "done"),
        ("👍", "👍"),
        ("n°", "n°"),
        ("№14", "no14"),
        ("Ρ1", "p1"),
        ("τ14", "t14"),
        ("Μέρα2", "μερα2"),
        ("M2", "m2"),
    ],
)
def test_how_a_word_is_compared(text: str, folded: str) -> None:
    """Emoji stuck to a word do not count, and letters that look like those of ids are these."""
    (token,) = cut(text).tokens
    assert (text, folded) == (token.raw, token.folded)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("@ana", Audience(["@ana:x"])),
        ("Ana", Audience(["@ana:x"])),
        ("ana.", Audience(["@ana:x"])),
        ("@ana:x", Audience(["@ana:x"])),
        ("@ana,", Audience(["@ana:x"])),
        (PILL, Audience(["@out:side"])),
        ("zoe", Audience(["@zoe:x"])),
        ("Zoé", Audience(["@zoe:x"])),
        ("Zoé Dupont", Audience(["@zoe:x"])),
        ("@Zoé Dupont", Audience(["@zoe:x"])),
        ("tom.b", Audience(["@tom.b:x"])),
        ("Lea", f"{WHICH} Lea do you mean? 🇦 Léa Martin (PAU) · 🇧 Lea (KRK)"),
        ("Léa Martin", Audience(["@lea:x"])),
        ("@lea", f"{WHICH} lea do you mean? 🇦 Léa Martin (PAU) · 🇧 Lea (KRK)"),
        ("Tom", f"{WHICH} Tom do you mean? 🇦 Tom Bombadil · 🇧 Tom Sawyer"),
        ("@nobody", f"trouble: I do not know “nobody”. {PICK}"),
        ("nobody", None),
        ("Gone", None),
        ("@gone", f"trouble: I do not know “gone”. {PICK}"),
        ("KRK", Audience(partners=["KRK"])),
        ("krk", Audience(partners=["KRK"])),
        ("#KRK", Audience(partners=["KRK"])),
        ("Kraków", Audience(partners=["KRK"])),
        ("Nowy Targ", Audience(partners=["X1"])),
        ("everyone", Audience(everyone=True)),
        ("Everybody", Audience(everyone=True)),
        ("all classes", Audience(everyone=True)),
        ("me", Audience(["@me:x"])),
        ("me and @ana", Audience(["@me:x", "@ana:x"])),
        ("@ana and KRK", Audience(["@ana:x"], ["KRK"])),
        ("@ana, Zoé Dupont & KRK", Audience(["@ana:x", "@zoe:x"], ["KRK"])),
        ("PAU KRK", Audience(partners=["PAU", "KRK"])),
        ("PAU, KRK and X1", Audience(partners=["PAU", "KRK", "X1"])),
        ("everyone and @ana", Audience(["@ana:x"], everyone=True)),
        (f"{PILL} and me", Audience(["@out:side", "@me:x"])),
        ("@ana and @nobody", f"trouble: I do not know “nobody”. {PICK}"),
        ("Ana films", None),
        ("and", None),
    ],
)  # fmt: skip
def test_people(text: str, value: object) -> None:
    """A pill, an @name, a unique name, a class, everyone, me; of two of a name both are shown."""
    assert value == read(Audience, text)


def test_people_to_choose_from() -> None:
    """Of two of a name the accounts are kept, so that a button can choose one."""
    with pytest.raises(Trouble) as trouble:
        TYPES[Audience].read(cut("@Tom").tokens, situation())
    assert "@Tom" == trouble.value.words
    assert ("@tom.b:x", "@tom2:x") == trouble.value.choices


def test_there_is_no_class_yet() -> None:
    """Before the classes are set up, the trouble says who adds one and how."""
    empty = situation()
    empty.project.partners.clear()
    with pytest.raises(Trouble) as trouble:
        TYPES[PartnerCode].read(cut("PAU").tokens, empty)
    said = render(trouble.value.message, Reader(("en",))).body
    assert "There is no class yet. A teacher adds one: !partner add" == said


def test_an_id_is_found_before_names() -> None:
    """Who types a whole Matrix id means that account, even if somebody is called so."""
    project = situation().project
    project.members["@x:y"] = Member("@x:y", "@ana:x")
    assert ["@ana:x"] == [one.user for one in find_members(project, "@ANA:x")]


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("@ana", True),
        (PILL, True),
        ("KRK", True),
        ("KRK.", True),
        ("everyone", True),
        ("all classes", True),
        ("@ana and KRK", True),
        ("krk", False),
        ("Ana", False),
        ("Kraków", False),
        ("and @ana", False),
        ("all of us", False),
    ],
)
def test_people_without_a_word_before_them(text: str, bare: bool) -> None:
    """In the middle of words only what cannot be anything else names somebody."""
    tokens = cut(text).tokens
    assert bare == TYPES[Audience].bare(tokens, situation(), None)
    assert not TYPES[Audience].bare(tokens, situation(), cut("to").tokens[0])


def test_what_never_stands_alone() -> None:
    """What has no bare rule needs a word of the phrase before it."""
    for kind in (str, TaskNumber, Language, Quiet):
        assert not TYPES[kind].bare(cut("14").tokens, situation(), None)
        assert TYPES[kind].marked(cut("14").tokens, situation())


@pytest.mark.parametrize(("text", "bare"), [("PAU", True), ("pau", False), ("PAU KRK", False)])
def test_a_class_without_a_word_before_it(text: str, bare: bool) -> None:
    """A class is named by its code, in capitals."""
    assert bare == TYPES[PartnerCode].bare(cut(text).tokens, situation(), None)


@pytest.mark.parametrize(
    ("text", "languages", "value"),
    [
        ("fr", (), "fr"),
        ("FR", (), "fr"),
        ("French", (), "fr"),
        ("français", (), "fr"),
        ("francais.", (), "fr"),
        ("allemand", ("fr",), "de"),
        ("polski", (), "pl"),
        ("no", (), "nb"),
        ("Norwegian", (), "nb"),
        ("norsk", (), "nb"),
        ("nynorsk", (), None),
        ("ελληνικά", (), "el"),
        ("Klingon", (), None),
        ("xx", (), None),
    ],
)
def test_a_language(text: str, languages: tuple[str, ...], value: str | None) -> None:
    """A language has a code, its own name, and a name in the reader's language."""
    assert value == read(Language, text, *languages)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("fr de pl", ("fr", "de", "pl")),
        ("fr, de, pl", ("fr", "de", "pl")),
        ("fr/de+pl", ("fr", "de", "pl")),
        ("French, German and Polish", ("fr", "de", "pl")),
        ("fr fr FR", ("fr",)),
        ("fr klingon", None),
        ("and", None),
        (",", None),
    ],
)
def test_languages(text: str, value: tuple[str, ...] | None) -> None:
    """Several languages in any of the ways people list things, each once."""
    assert value == read(Languages, text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20:00-07:00", Quiet(time(20), time(7), weekend=False)),
        ("20:00 - 07:00", Quiet(time(20), time(7), weekend=False)),
        ("20:00–07:00 weekend", Quiet(time(20), time(7), weekend=True)),
        ("20h-7h", Quiet(time(20), time(7), weekend=False)),
        ("20h30-7h15 and weekends", Quiet(time(20, 30), time(7, 15), weekend=True)),
        ("weekend 20.00-7.00", Quiet(time(20), time(7), weekend=True)),
        ("20 to 7", Quiet(time(20), time(7), weekend=False)),
        ("weekend", Quiet(time(0), time(0), weekend=True)),
        ("off", Quiet(time(0), time(0), weekend=False)),
        ("never", Quiet(time(0), time(0), weekend=False)),
        ("25:00-07:00", None),
        ("20:00-07:99", None),
        ("20:00", None),
        ("tonight", None),
    ],
)
def test_quiet_hours(text: str, value: Quiet | None) -> None:
    """From an hour to an hour, with or without weekends, or none at all."""
    assert value == read(Quiet, text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("friday", Due(date(2026, 11, 27))),
        ("27/11 18:30", Due(date(2026, 11, 27), time(18, 30), PARIS)),
        ("by friday", Due(date(2026, 11, 27))),
        ("every friday", "trouble: “every friday” is more than one day. Please write just one."),
        ("nonsense", None),
        (PILL, None),
        ("31/02", "trouble: “31/02” is not in the calendar. Please write the date as 27/11."),
        ("20/11", "trouble: “20/11” is already past. Which day do you mean?"),
        ("monday 24 november", f"trouble: “monday 24 november”: {TUESDAY}"),
    ],
)  # fmt: skip
def test_a_due(text: str, value: object) -> None:
    """A day, or a day and an hour; what is meant as one but is none is explained."""
    assert value == read(Due, text)


def test_a_doubtful_due_has_its_other_readings() -> None:
    """Two Fridays may be meant: both are kept, to be asked about."""
    found = read(Due, "next friday")
    assert isinstance(found, Doubtful)
    assert Due(date(2026, 11, 27)) == found.plain
    assert (Due(date(2026, 12, 4)),) == found.others


@pytest.mark.parametrize(
    ("text", "before", "bare"),
    [
        ("27/11", "", True),
        ("27/11", "of", False),
        ("friday", "Film", True),
        ("friday", "every", False),
        ("friday", "or", False),
        ("friday", "everyone", True),
        ("14 july", "the", False),
        ("14 july", "about", False),
        ("3/4", "exercise", False),
        ("3/4", "KRK", True),
        ("3/4", "@ana", True),
        ("3/04", "exercise", True),
        ("3/13", "exercise", False),
        ("may", "", False),
        ("20h", "", False),
        ("words", "", False),
        ("31/02", "", True),
    ],
)
def test_a_date_without_a_word_before_it(text: str, before: str, bare: bool) -> None:
    """A date stands alone where it cannot be mistaken for a part of the title."""
    previous = cut(before).tokens
    found = TYPES[Due].bare(cut(text).tokens, situation(), previous[0] if previous else None)
    assert bare == found


@pytest.mark.parametrize(
    ("text", "marked"),
    [("friday", True), ("18h", True), ("3/4", True), ("2h", False), ("words", True)],
)
def test_a_date_behind_a_word(text: str, marked: bool) -> None:
    """Behind "for", 2h is a length of time, "for 18h" a deadline."""
    assert marked == TYPES[Due].marked(cut(text).tokens, situation())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("tomorrow 10:00", Schedule(Due(date(2026, 11, 23), time(10), PARIS), None, exact=False)),
        ("friday", Schedule(Due(date(2026, 11, 27), MORNING, PARIS), None, exact=False)),
        ("in 2 hours", Schedule(Due(date(2026, 11, 22), time(17), PARIS), None, exact=True)),
        ("in 3 days", Schedule(Due(date(2026, 11, 25), MORNING, PARIS), None, exact=False)),
        ("every monday 9:00", Schedule(
            Due(date(2026, 11, 23), time(9), PARIS), "FREQ=WEEKLY;BYDAY=MO", exact=False)),
        ("nonsense", None),
        ("yesterday", "trouble: “yesterday” is already past. Which day do you mean?"),
    ],
)  # fmt: skip
def test_a_schedule(text: str, value: object) -> None:
    """Once or by a rule; what is counted from now is one moment for everybody."""
    assert value == read(Schedule, text)


@given(st.text(min_size=1, max_size=60))
def test_no_words_are_too_strange(text: str) -> None:
    """Whatever is typed, a field reads it or refuses it; nothing else happens."""
    tokens = cut(text).tokens
    for kind in TYPES:
        for size in range(1, min(len(tokens), TYPES[kind].longest) + 1):
            read(kind, " ".join(one.raw for one in tokens[:size]))
