"""Cards in Arabic, and beside it: no line, no name and no comma runs the wrong way."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language import cards
from bot.language.articles import digests_of
from bot.language.charter_cards import changed_line, dry_line
from bot.language.message import Bold, Code, Commas, InLanguage, Joined, Listed, Msgid, Part, say
from bot.language.poll_cards import poll_card
from bot.language.poll_results import counted, outcome
from bot.language.publication_cards import all_points, explained, publication_card
from bot.language.render import Reader, Text, render
from bot.language.text import isolated, people_words, turned
from bot.model.charter import Signature
from bot.model.due import Due
from bot.model.institution import Institution
from bot.model.people import Member, Partner
from bot.model.polls import Ballot, Option, Poll
from bot.model.project import Project
from bot.model.publication import Publication
from bot.model.reminders import Audience, Reminder
from bot.model.tasks import Comment, Milestone, Task, Tick

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=ZoneInfo("Europe/Paris"))
FRIDAY = Due(date(2026, 11, 27), time(14), "Europe/Paris")
FSI, RLI, PDI = "\u2068", "\u2067", "\u2069"
NAMES = st.sampled_from(
    ["خريطة الميناء", "Photos of the port", "14", "خريطة 2 (Pau)", "A. ب", "!", ""]
)
ROOMS = st.sampled_from([("ar",), ("ar", "fr"), ("fr", "ar"), ("en",), ("de", "ar", "pl", "en")])


def directions(line: str) -> set[str]:
    """Return which ways a *line* runs outside its isolates; fails if one is never closed (X5a)."""
    found, depth = set(), 0
    for sign in line:
        kind = unicodedata.bidirectional(sign)
        depth += (kind in {"FSI", "RLI", "LRI"}) - (kind == "PDI")
        assert depth >= 0, f"an isolate ends that never began: {line!r}"
        if not depth and kind in {"L", "R", "AL"}:
            found.add("left to right" if kind == "L" else "right to left")
    assert depth == 0, f"an isolate never ends: {line!r}"
    return found


def room(languages: tuple[str, ...], name: str) -> Project:
    """Return a project of three classes; *name* is what somebody is called, a class and a place."""
    found = Project("!r", NOW, zone="Europe/Paris", languages=[*languages])
    for code, city, zone in (
        ("PAU", "Pau", "Europe/Paris"),
        ("BIZ", "بنزرت", "Africa/Tunis"),
        ("VOL", name or "Volos", "Europe/Athens"),
    ):
        found.partners[code] = Partner(code, city, zone)
    for user, called in (("@yasmine:x", "ياسمين"), ("@lea:x", "Léa"), ("@x:x", name)):
        found.members[user] = Member(user, called, "BIZ")
    return found


def every_card(project: Project, name: str) -> Iterator[Part]:
    """Return one card of each kind, people's words in it *name*."""
    tick = Tick("@yasmine:x", NOW)
    task = Task(14, name, "@lea:x", NOW, due=FRIDAY, partners=["PAU", "BIZ"], ticks={"BIZ": tick})
    task.assignees, task.tags = ["@yasmine:x", "@lea:x"], ["video", "صورة"]
    task.comments, task.titles = [Comment("@x:x", name, NOW)], {"ar": "خريطة", "fr": "Plan"}
    project.tasks[14] = task
    yield from (cards.task_card(project, task), cards.list_line(project, task, NOW))
    yield cards.milestone_card(project, Milestone(2, name, "@lea:x", NOW, FRIDAY))
    everyone = Audience(everyone=True)
    once = Reminder(1, name, "@lea:x", NOW, everyone, FRIDAY)
    yield cards.reminder_card(project, once)
    yield cards.reminder_card(project, replace(once, every="FREQ=WEEKLY;BYDAY=FR"))
    yield cards.board(project, NOW, project.languages)
    for ballot in Ballot:
        options = [Option(name), Option(due=FRIDAY), Option("نعم"), Option(word="yes")]
        poll = Poll(1, name, "@lea:x", NOW, ballot, options, votes={"@lea:x": [1, 3]})
        yield from (poll_card(project, poll), outcome(project, poll, [1, 0, 1, 0]))
        yield from (
            poll_card(project, replace(poll, until=NOW)),
            counted(project, poll, [1, 0, 1, 0]),
        )
    publication = Publication(1, name, "@lea:x", NOW, FRIDAY)
    yield from (publication_card(project, publication), all_points(project, publication))
    yield from (explained(project, publication, point) for point in (3, 14))


# --- the law --------------------------------------------------------------------------------------


@given(ROOMS, NAMES)
def test_no_line_of_a_card_runs_both_ways(languages: tuple[str, ...], name: str) -> None:
    """Whoever reads, whatever people wrote: what runs the other way is isolated, and ends there.

    So the signs between two parts stand where they were put, in both renderings.
    """
    project = room(languages, name)
    for part in every_card(project, name):
        text = render(part, Reader(languages[:1], "Europe/Paris", NOW, next=languages[1:]))
        for line in text.body.splitlines():
            assert len(directions(line)) <= 1, line
        for sign in (FSI, RLI, PDI):
            assert text.html.count(sign) == text.body.count(sign)


# --- the poll -------------------------------------------------------------------------------------


@pytest.mark.parametrize("languages", [("ar", "fr"), ("fr", "ar")])
def test_how_to_vote_in_arabic(languages: tuple[str, ...]) -> None:
    """Each class reads how to vote in its own language, with the line to type as it is typed."""
    poll = Poll(1, "Quel logo ?", "@lea:x", NOW, Ballot.ONE, [Option("a"), Option("b")])
    text = render(poll_card(room(languages, "Volos"), poll), Reader(languages[:1], now=NOW))

    (arabic,) = [line for line in text.body.splitlines() if line.startswith("AR")]
    (french,) = [line for line in text.body.splitlines() if line.startswith("FR")]
    assert arabic.startswith(f"AR  {RLI}يمكن الضغط على جوابك في الاستطلاع أعلاه")
    assert f"{FSI}!صوّت Q1 2{PDI}." in arabic
    assert {"left to right"} == directions(arabic) == directions(french)
    assert not {FSI, RLI} & {*french}
    assert f"<code>!صوّت Q1 2</code>{PDI}." in text.html
    assert "<code>!vote Q1 2</code>" in text.html


def test_where_all_read_arabic_the_card_begins_with_no_code() -> None:
    """One language is not named; a Latin question does not turn the line around."""
    poll = Poll(1, "Logo?", "@lea:x", NOW, Ballot.MANY, [Option("a"), Option("ب")])
    text = render(poll_card(room(("ar",), "Volos"), poll), Reader(("ar",), now=NOW))

    top, how = text.body.splitlines()
    assert top.startswith(RLI)
    assert how.startswith(RLI)
    assert directions(top) == directions(how) == set()


# --- lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "language", "body"),
    [
        (Commas(("a", "", "b")), "en", "a, b"),
        (Commas(("a",)), "ar", "a"),
        (Commas(("1", "2")), "ar", f"{RLI}1، 2{PDI}"),
        (Commas(("PAU", "بنزرت")), "ar", f"{RLI}{FSI}PAU{PDI}، {FSI}بنزرت{PDI}{PDI}"),
        (Listed(("PAU", "KRK")), "ar", f"{RLI}{FSI}PAU{PDI} و{FSI}KRK{PDI}{PDI}"),
        (Joined(("P1", "#3")), "ar", f"{RLI}{FSI}P1{PDI} · #3{PDI}"),
        (Joined(("P1", "#3"), " "), "ar", "P1 #3"),
        (Listed(("Ada", "Elena")), "it", "Ada ed Elena"),
        (Listed(("Ada", "Bea", Bold("Elena"))), "it", "Ada, Bea ed Elena"),
        (Listed(("Elena", "Ada")), "it", "Elena e Ada"),
        (Listed(("Ana", "Inés")), "es", "Ana e Inés"),
        (Listed(("Ana", "Hielo")), "es", "Ana y Hielo"),
        (Listed(("Ana", "Bea", "hijos")), "es", "Ana, Bea e hijos"),
        (Listed(("Inés",)), "es", "Inés"),
        (Listed(("Ana", "Inés")), "en", "Ana and Inés"),
    ],
)
def test_how_a_list_is_said(part: Part, language: str, body: str) -> None:
    """The comma is that of the language; "and" is as it sounds before the word that follows."""
    assert body == render(part, Reader((language,))).body


def test_no_latin_comma_stands_in_an_arabic_card() -> None:
    """Neither between dates and places, nor people, nor numbers of points.

    How often something comes again ("كل جمعة") is written by bot/language/date_writing.py.
    """
    project = room(("ar",), "صفاقس")
    for part in every_card(project, "خريطة"):
        text = render(part, Reader(("ar",), "Europe/Paris", NOW)).body
        assert ", " not in text.replace("كل جمعة, ", "")


def test_what_a_charter_counts_has_the_comma_of_its_reader() -> None:
    """Kinds of services of a dry run, and numbers of articles that have changed."""
    project, days = room(("ar",), "Volos"), [date(2026, 11, one) for one in (2, 3, 4)]
    now = digests_of(Institution())

    def commas(kinds: tuple[str, ...], changed: tuple[int, ...], language: str, comma: str) -> int:
        """Return how often *comma* is in what is said of *kinds* and of *changed* articles."""
        project.charter.dry = dict.fromkeys(kinds, days)
        then = now | dict.fromkeys(changed, "it read otherwise")
        signed = Signature("Pau", "FR", "2026", days[0], "fr", "teacher", then)
        project.charter.signatures["PAU"] = signed
        parts = dry_line(project), changed_line(project, Institution())
        return sum(render(one, Reader((language,), now=NOW)).body.count(comma) for one in parts)

    for language, comma in (("ar", "، "), ("en", ", ")):
        few = commas(("wall",), (3,), language, comma)
        assert few + 3 == commas(("wall", "form"), (3, 5, 6), language, comma)


# --- isolates -------------------------------------------------------------------------------------


@given(st.text(st.sampled_from([*"aب1 .", FSI, RLI, PDI]), max_size=12))
def test_isolating_twice_is_isolating_once(words: str) -> None:
    """What is isolated stays as it is; what only begins and ends so is not taken for it."""
    text = Text.plain(people_words(words))
    for how in (isolated, turned):
        once = how(text)
        assert once == how(once)
        directions(once.body)
    assert (
        f"{FSI}{FSI}ب{PDI} 1 {FSI}ب{PDI}{PDI}"
        == isolated(Text.plain(f"{FSI}ب{PDI} 1 {FSI}ب{PDI}")).body
    )


def test_a_line_in_one_language_is_read_by_all() -> None:
    """Its dates and clocks are its own too, not those of who reads the rest."""
    when = say(Msgid("Open until {day}."), day=NOW)
    line = InLanguage(when, "fr", "Europe/Athens", NOW)
    for reader in (Reader(("de",)), Reader(("ar", "en"), "UTC", NOW)):
        assert "Ouvert jusqu’au dim. 22 nov., 16:00." == render(line, reader).body
    code = Code(InLanguage(when, "fi", "UTC", NOW))
    assert "Offen bis" in render(code, Reader(("de",))).body
