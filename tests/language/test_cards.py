"""Cards: how a task, a milestone, a reminder and the board look."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.language import cards
from bot.language.message import Part
from bot.language.render import Reader, render
from bot.model.due import Due
from bot.model.people import Member, Partner
from bot.model.project import Project
from bot.model.reminders import Audience, Reminder
from bot.model.tasks import Comment, Milestone, State, Task, Tick

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=PARIS)
FRIDAY = date(2026, 11, 27)
TICK = Tick("@lea:x", NOW)


def project() -> Project:
    found = Project("!r", NOW, zone="Europe/Paris", languages=["en", "fr"])
    for code, city, zone in (
        ("PAU", "Pau", "Europe/Paris"),
        ("KOL", "Köln", "Europe/Berlin"),
        ("VOL", "Volos", "Europe/Athens"),
    ):
        found.partners[code] = Partner(code, city, zone)
    found.members["@lea:x"] = Member("@lea:x", "Léa", "PAU")
    found.members["@ana:x"] = Member("@ana:x", "Ana")
    return found


def shown(part: Part, language: str = "en") -> str:
    return render(part, Reader((language,), "Europe/Paris", NOW)).body


def task(**more: object) -> Task:
    return replace(Task(14, "Film", "@lea:x", NOW), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (task(), "#14 · Film"),
        (task(title=""), "#14 · […]"),
        (task(state=State.DOING), "#14 ▶ · Film"),
        (task(state=State.WAITING), "#14 ⏸ · Film"),
        (task(state=State.DONE), "#14 ✅ · Film"),
        (task(deleted=NOW), "#14 · Film"),
        (task(assignees=["@lea:x", "@ana:x", "@new:x"]), "#14 · Film · Léa, Ana, new"),
        (task(partners=["KOL"]), "#14 · Film · KOL"),
        (task(partners=["PAU", "KOL"], ticks={"KOL": TICK}), "#14 · Film · PAU, KOL ✅"),
        (task(shared=True, ticks={"VOL": TICK}), "#14 · Film · PAU, KOL, VOL ✅"),
        (task(tags=["video", "b"]), "#14 · Film · +video +b"),
        (task(due=Due(FRIDAY)), "#14 · Film · Fri 27 Nov, 18:00 Pau, Köln, Volos"),
        (task(due=Due(FRIDAY), partners=["VOL"]), "#14 · Film · VOL · Fri 27 Nov, 18:00 Volos"),
        (task(due=Due(FRIDAY), assignees=["@lea:x"]), "#14 · Film · Léa · Fri 27 Nov, 18:00 Pau"),
        (task(due=Due(FRIDAY), assignees=["@ana:x"]), "#14 · Film · Ana · Fri 27 Nov, 18:00 Paris"),
        (task(due=Due(FRIDAY, time(14), "Europe/Paris")),
         "#14 · Film · Fri 27 Nov, 14:00 Pau, Köln · 15:00 Volos"),
        (task(due=Due(FRIDAY, time(23, 30), "Europe/Paris")),
         "#14 · Film · Fri 27 Nov, 23:30 Pau, Köln · 28.11. 00:30 Volos"),
        (task(due=Due(FRIDAY, time(0, 30), "Europe/Athens")),
         "#14 · Film · Thu 26 Nov, 23:30 Pau, Köln · 27.11. 00:30 Volos"),
        (task(due=Due(FRIDAY, time(14))), "#14 · Film · Fri 27 Nov, 14:00 Pau, Köln, Volos"),
    ],
)  # fmt: skip
def test_the_line_of_a_task(found: Task, line: str) -> None:
    """Number, state, title, who, when on the clocks of those concerned, labels."""
    assert line == shown(cards.task_line(project(), found))


def test_a_title_in_the_readers_language() -> None:
    """Where a class has translated the title, its readers see that."""
    found = task(titles={"fr": "Filmer l'école"})
    assert "#14 · Filmer l'école" == shown(cards.task_line(project(), found), "fr")
    assert "#14 · Film" == shown(cards.task_line(project(), found))


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        (task(), []),
        (task(state=State.WAITING), ["State: waiting."]),
        (task(state=State.DONE, finished=TICK), ["Done by Léa, Sun 22 Nov, 15:00."]),
        (task(state=State.DONE), ["State: done."]),
        (task(deleted=NOW), ["Deleted. ↩️ brings it back for 10 minutes."]),
        (task(shared=True, ticks={"PAU": TICK}), ["Still missing: KOL and VOL."]),
        (task(titles={"pl": "Film", "fr": "Le film"}), ["PL  Film", "FR  Le film"]),
        (task(comments=[Comment("@ana:x", "one", NOW), Comment("@lea:x", "two", NOW)]),
         ["Léa: two"]),
        (task(comments=[Comment("@ana:x", "one", NOW), Comment("@lea:x", "", NOW)]), ["Ana: one"]),
    ],
)  # fmt: skip
def test_the_card_of_a_task(found: Task, lines: list[str]) -> None:
    """Below the line: its state, what is missing, its translations, its newest remark."""
    assert lines == shown(cards.task_card(project(), found)).splitlines()[1:]


def test_a_card_is_never_long() -> None:
    """Many translations and endless remarks stay within seven lines."""
    found = task(
        titles=dict.fromkeys(("fr", "de", "pl", "el", "it"), "x"),
        comments=[Comment("@ana:x", "word " * 200, NOW) for _number in range(5)],
        state=State.DOING,
    )
    lines = shown(cards.task_card(project(), found, comments=3)).splitlines()
    assert 7 == len(lines)
    assert all(len(line) <= 200 for line in lines)


def test_many_classes_are_counted() -> None:
    """With a dozen classes the line says how many have ticked, not all their names."""
    large = project()
    for number in range(9):
        large.partners[f"Z{number}"] = Partner(f"Z{number}", f"Town {number}", "Europe/Paris")
    found = task(shared=True, ticks={"PAU": TICK}, due=Due(FRIDAY))
    line = shown(cards.task_line(large, found))
    assert line == "#14 · Film · 1 of 12 classes · Fri 27 Nov, 18:00 Pau, Köln, Volos, Town 0 +8"


def test_a_task_for_everyone_before_there_are_classes() -> None:
    """Everyone is everyone, also in a room that is not set up."""
    empty = Project("!r", NOW, zone="Europe/Paris")
    assert "#14 · Film · everyone" == shown(cards.task_line(empty, task(shared=True)))
    assert [] == cards.missing(empty, task(shared=True))


def test_the_same_hour_of_another_day_is_another_moment() -> None:
    """Classes are put together by day and hour, not by hour alone; New Year needs no year."""
    world = Project("!r", NOW, zone="Europe/Paris")
    for code, city, zone in (
        ("PAU", "Pau", "Europe/Paris"),
        ("APW", "Apia", "Pacific/Apia"),
        ("PGO", "Pago Pago", "Pacific/Pago_Pago"),
    ):
        world.partners[code] = Partner(code, city, zone)
    due = Due(date(2026, 12, 31), time(12), "Europe/Paris")
    partners = list(world.partners.values())
    assert "12:00 Pau · 00:00 Pago Pago · 1.1. 00:00 Apia" == shown(
        cards.local_times(world, due, partners)
    )
    due = Due(date(2026, 12, 31), time(11), "Europe/Paris")
    assert "11:00 Pau · 23:00 Apia · 30.12. 23:00 Pago Pago" == shown(
        cards.local_times(world, due, partners)
    )


@pytest.mark.parametrize(
    ("count", "lines"),
    [
        (0, []),
        (2, ["a", "b"]),
        (3, ["a", "b", "… and 1 more · how"]),
        (5, ["a", "b", "… and 3 more · how"]),
    ],
)
def test_the_first_lines(count: int, lines: list[str]) -> None:
    """As many as fit, then how many more there are, and how to see them."""
    assert lines == [shown(one) for one in cards.first_lines("abcde"[:count], 2, "how")]


def test_the_words_of_a_reminder() -> None:
    """Its own; of a snoozed task the title as it is now, in the reader's language."""
    full = project()
    full.tasks[14] = task(titles={"fr": "Filmer l'école"})
    own, about = reminder(), reminder(text="", about=14)
    assert "Diary" == cards.reminder_text(full, own)
    assert "#14 Film" == shown(cards.reminder_text(full, about))
    assert "#14 Filmer l'école" == shown(cards.reminder_text(full, about), "fr")
    assert "R3 ⏰ · #14 Film · Léa · Fri 27 Nov, 09:00 Pau" == shown(
        cards.reminder_card(full, about)
    )
    full.tasks[14].title = ""
    assert "#14 […]" == shown(cards.reminder_text(full, about))
    del full.tasks[14]
    assert "" == cards.reminder_text(full, about)


def test_the_card_of_a_milestone() -> None:
    """A milestone is for all: every class sees its hour; a deleted one is struck out."""
    found = Milestone(2, "Video call", "@lea:x", NOW, Due(FRIDAY, time(14), "Europe/Paris"))
    card = cards.milestone_card(project(), found)
    assert "M2 ⚑ · Video call · Fri 27 Nov, 14:00 Pau, Köln · 15:00 Volos" == shown(card)
    found.deleted = NOW
    struck = render(cards.milestone_card(project(), found), Reader(("en",)))
    assert ("M2 ⚑ · Video call", "<del>M2 ⚑ · Video call</del>") == (struck.body, struck.html)


WEEKLY = "FREQ=WEEKLY;BYDAY=MO"
CLASSES = Audience(partners=["PAU", "VOL"])


def reminder(**more: object) -> Reminder:
    plain = Reminder(3, "Diary", "@lea:x", NOW, Audience(["@lea:x"]), Due(FRIDAY, time(9)))
    return replace(plain, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "card"),
    [
        (reminder(), "R3 ⏰ · Diary · Léa · Fri 27 Nov, 09:00 Pau"),
        (reminder(text=""), "R3 ⏰ · […] · Léa · Fri 27 Nov, 09:00 Pau"),
        (reminder(paused=True), "R3 ⏰ · Diary · Léa · Fri 27 Nov, 09:00 Pau · paused"),
        (reminder(stopped=NOW), "R3 ⏰ · Diary\nStopped."),
        (reminder(audience=Audience(["@ana:x"])), "R3 ⏰ · Diary · Ana · Fri 27 Nov, 09:00 Paris"),
        (reminder(audience=Audience(everyone=True)),
         "R3 ⏰ · Diary · everyone · Fri 27 Nov, 09:00 Pau, Köln, Volos"),
        (reminder(audience=Audience(["@lea:x"], ["GONE"])),
         "R3 ⏰ · Diary · Léa, GONE · Fri 27 Nov, 09:00 Pau"),
        (reminder(every=WEEKLY), "R3 ⏰ · Diary · Léa · every Monday, 09:00, Pau"),
        (reminder(every=WEEKLY, audience=CLASSES),
         "R3 ⏰ · Diary · PAU, VOL · every Monday, 09:00, local time of each class"),
        (reminder(every=WEEKLY, audience=CLASSES, first=Due(FRIDAY, time(9), "Europe/Athens")),
         "R3 ⏰ · Diary · PAU, VOL · every Monday, 09:00, Athens"),
        (reminder(every=WEEKLY, audience=Audience(["@ana:x"])),
         "R3 ⏰ · Diary · Ana · every Monday, 09:00"),
        (reminder(every=WEEKLY, audience=Audience(["@ana:x"]),
                  first=Due(FRIDAY, time(9), "America/New_York")),
         "R3 ⏰ · Diary · Ana · every Monday, 09:00, New York"),
    ],
)  # fmt: skip
def test_the_card_of_a_reminder(found: Reminder, card: str) -> None:
    """What, for whom, when, and on whose clock."""
    assert card == shown(cards.reminder_card(project(), found))


@pytest.mark.parametrize(
    ("due", "ticks", "state", "late"),
    [
        (None, [], State.TODO, False),
        (Due(date(2026, 11, 21)), [], State.TODO, True),
        (Due(date(2026, 11, 21)), [], State.DONE, False),
        (Due(date(2026, 11, 22)), [], State.TODO, False),
        (Due(date(2026, 11, 22), time(15)), [], State.TODO, True),
        (Due(date(2026, 11, 22), time(15)), ["VOL"], State.TODO, False),
        (Due(date(2026, 11, 22), time(15, 30), "Europe/Athens"), [], State.TODO, True),
        (Due(date(2026, 11, 22), time(15, 30)), ["PAU", "KOL"], State.TODO, True),
    ],
)
def test_late(due: Due | None, ticks: list[str], state: State, late: bool) -> None:
    """Late is what is past for a class that has not done its part, on its own clock."""
    found = task(due=due, shared=True, state=state, ticks=dict.fromkeys(ticks, TICK))
    assert late is cards.is_late(project(), found, NOW)
    assert late is shown(cards.list_line(project(), found, NOW)).endswith("· late")


def test_what_was_taken_back() -> None:
    """Where the card of an undone command stood, it says so."""
    assert "#14 Taken back." == shown(cards.gone("#14"))


def test_the_board() -> None:
    """A line that never changes, the count, the next milestone, what is most urgent."""
    full = project()
    days = [None, 5, 1, -1, 3, None, 4]
    for number, days_ahead in enumerate(days, 1):
        due = Due((NOW + timedelta(days=days_ahead)).date()) if days_ahead is not None else None
        full.tasks[number] = Task(number, f"Task {number}", "@lea:x", NOW, due=due)
    full.tasks[8] = Task(8, "Done", "@lea:x", NOW, state=State.DONE)
    full.tasks[9] = Task(9, "Gone", "@lea:x", NOW, deleted=NOW)
    for number, day in ((1, 20), (2, 29), (3, 28)):
        full.milestones[number] = Milestone(
            number, f"Show {number}", "@lea:x", NOW, Due(date(2026, 11, day), time(14))
        )

    lines = shown(cards.board(full, NOW, ("en", "fr"))).splitlines()

    assert ["📌 Board · Tableau", "1 of 8 tasks done"] == lines[:2]
    assert "M3 ⚑ · Show 3" in lines[2]
    assert ["#4", "#3", "#5", "#7"] == [line.split()[0] for line in lines[3:7]]
    assert lines[3].endswith("late")
    assert ["… and 3 more"] == lines[7:]


def test_the_board_of_an_empty_room() -> None:
    """An empty board is two lines, in one language if there is only one."""
    assert "📌 Board\n0 of 0 tasks done" == shown(cards.board(project(), NOW))
    assert "📌 Tableau" == shown(cards.board(project(), NOW, ("fr",))).splitlines()[0]


@pytest.mark.parametrize(("zone", "city"), [("America/New_York", "New York"), ("UTC", "UTC")])
def test_the_place_of_a_zone(zone: str, city: str) -> None:
    """A zone is shown as the place that it is named after."""
    assert city == cards.city_of(zone)


def test_whom_an_audience_means() -> None:
    """People by name, classes by code, everyone in the reader's words; never an id."""
    audience = Audience(["@lea:x", "@new:x"], ["KOL"], everyone=True)
    assert "Léa, new, KOL, everyone" == shown(cards.who(project(), audience))
    assert "Léa, new, KOL, tous" == shown(cards.who(project(), audience), "fr")


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_name_and_a_sign(state: State) -> None:
    """A sign alone says nothing to a screen reader."""
    assert shown(cards.state_name(state))
    assert state in cards.SIGNS
