"""Reminders whose day may be another one, or several: asked or refused, as tasks are."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from bot.model.due import Due
from bot.model.reminders import Reminder
from tests.commands.conftest import ANA, LEA, WEBER, School
from tests.conftest import PARIS, bodies

FIRST, SECOND = date(2026, 11, 27), date(2026, 12, 4)
QUESTION = "Which day do you mean? 🇦 Fri 27 Nov, 08:00 · 🇧 Fri 4 Dec, 08:00"
EVERY = "Write “every” first, or a reminder for each."
LAST = "Please write one of them; the last is Fri 14 May."
LAPSED = timedelta(minutes=11)


async def reminder(school: School, number: int = 1) -> Reminder:
    return (await school.project()).reminders[number]


async def test_a_doubtful_day_is_asked_about(school: School) -> None:
    """“Next friday” makes a reminder that rests, and asks with two buttons which day is meant."""
    said, buttons = await school.offered("!remind me next friday to bring skates")
    first, question = said.splitlines()
    assert first.startswith("R1 ⏰ · bring skates · Léa")
    assert first.endswith("paused")
    assert question == QUESTION
    assert buttons == ["🇦", "🇧"]
    assert (await reminder(school)).paused


@pytest.mark.parametrize(("key", "day"), [("🇦", FIRST), ("🇧", SECOND)])
async def test_a_button_answers(school: School, key: str, day: date) -> None:
    """The day that was tapped is taken, and the reminder is awake."""
    shown = await school.card("!remind me next friday to bring skates")
    await school.tap(key, shown)
    found = await reminder(school)
    assert (found.first.day, found.paused) == (day, False)
    assert found.text == "bring skates"
    assert found.audience.people == [LEA]


@pytest.mark.parametrize(
    ("answer", "day"),
    [("A", FIRST), ("b", SECOND), ("2", SECOND), ("friday 4 december", SECOND), ("4/12", SECOND)],
)
async def test_words_answer_too(school: School, answer: str, day: date) -> None:
    """A letter, its place, or the date itself, in reply to the question."""
    shown = await school.card("!remind me next friday to bring skates")
    await school.ask(answer, reply_to=shown)
    found = await reminder(school)
    assert (found.first.day, found.paused) == (day, False)


async def test_an_answer_says_when_it_rings(school: School) -> None:
    """The answer shows weekday, date and hour."""
    shown = await school.card("!remind me next friday 10:00 to bring skates")
    assert "R1 → Fri 4 Dec, 10:00 Pau" == await school.tap("🇧", shown)


async def test_nobody_else_answers(school: School) -> None:
    """Only who asked is asked."""
    shown = await school.card("!remind me next friday to bring skates")
    await school.tap("🇧", shown, ANA)
    assert (await reminder(school)).paused


async def test_without_an_answer_nothing_rings(school: School) -> None:
    """The question lapses after ten minutes; the reminder rests and can still be given its day."""
    shown = await school.card("!remind me next friday to bring skates")
    await school.talk.until(LAPSED)
    await school.tap("🇧", shown)
    assert (await reminder(school)).paused
    rung = await school.talk.until(datetime(2026, 12, 5, 12, tzinfo=PARIS))
    assert not [one for one in bodies(rung) if "skates" in one]
    assert "R1 → Mon 7 Dec, 08:00 Pau" == await school.ask("!R1 monday")
    rung = await school.talk.until(datetime(2026, 12, 7, 8, 1, tzinfo=PARIS))
    assert [one for one in bodies(rung) if "skates" in one]


async def test_what_was_chosen_rings(school: School) -> None:
    """It rings on the day that was chosen, and not on the other one."""
    shown = await school.card("!remind me next friday to bring skates")
    await school.tap("🇧", shown)
    rung = await school.talk.until(datetime(2026, 12, 3, 12, tzinfo=PARIS))
    assert not [one for one in bodies(rung) if "skates" in one]
    rung = await school.talk.until(datetime(2026, 12, 4, 8, 1, tzinfo=PARIS))
    assert [one for one in bodies(rung) if "skates" in one]


@pytest.mark.parametrize(
    "when", ["next friday", "christmas", "midnight", "10.12", "next week", "next monday 9h"]
)
async def test_reminders_ask_where_tasks_ask(school: School, when: str) -> None:
    """Whatever a task asks about, a reminder asks about with the same days."""
    await school.ask("!task Film")
    task, _ = await school.offered(f"!1 {when}")
    mine, buttons = await school.offered(f"!remind me to film {when}")
    assert "Which day do you mean?" in task
    assert "Which day do you mean?" in mine
    assert buttons == ["🇦", "🇧"]


async def test_of_a_class_it_stays_the_wall_time_of_each(school: School) -> None:
    """A reminder for everybody keeps the hour of each class, chosen by a button or not."""
    shown = await school.card("!remind everyone next friday 9:00 to sign", WEBER)
    await school.tap("🇧", shown, WEBER)
    assert (await reminder(school)).first == Due(SECOND, time(9), None)


async def test_what_is_counted_from_now_is_not_asked(school: School) -> None:
    """“2h” in a reminder is how long to wait, as it is behind “snooze”."""
    assert "Sun 22 Nov, 17:02" in await school.ask("!remind me 2h pizza")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("!R1 friday 10:00", "R1 → Fri 27 Nov, 10:00 Pau"),
        ("!R1 on 4 december", "R1 → Fri 4 Dec, 08:00 Pau"),
        ("!move R1 to tomorrow 9:00", "R1 → Mon 23 Nov, 09:00 Pau"),
        ("!R1 every monday 9:00", "R1 → every Monday, 09:00, Pau"),
    ],
)
async def test_a_reminder_is_moved(school: School, line: str, said: str) -> None:
    """Another time is said as for a task; the answer tells when it rings."""
    await school.ask("!remind me to sign thursday")
    assert said == await school.ask(line)


async def test_only_its_author_or_a_teacher_moves_it(school: School) -> None:
    """A reminder is moved as it is stopped."""
    await school.ask("!remind PAU to sign thursday")
    before = (await reminder(school)).first
    assert "somebody else's" in await school.ask("!R1 friday", ANA)
    assert (await reminder(school)).first == before
    assert "R1 → " in await school.ask("!R1 friday", WEBER)


@pytest.mark.parametrize(
    ("line", "words", "fix"),
    [
        ("!remind me monday and thursday 8:00 bring skates", "monday and thursday 8:00", EVERY),
        ("!remind me to bring skates monday and thursday", "monday and thursday", EVERY),
        ("!remind me to pack from 10 to 14 May", "from 10 to 14 May", LAST),
        ("!remind me to pack friday or monday", "friday or monday", "Please write just one."),
    ],
)
async def test_several_days_are_no_single_reminder(
    school: School, line: str, words: str, fix: str
) -> None:
    """Several days are said to be several, with the way that works; nothing is stored."""
    said = await school.ask(line)
    assert f"“{words}” is more than one day. {fix}" in said
    assert {} == (await school.project()).reminders


async def test_several_hours_are_no_single_reminder(school: School) -> None:
    """Of a span of hours neither its beginning nor its end is guessed."""
    said = await school.ask("!remind me to call friday 14h to 16h")
    assert "“friday 14h to 16h” is more than one hour. Please write just one." in said
    assert {} == (await school.project()).reminders


async def test_every_day_that_is_named_comes_again(school: School) -> None:
    """What the sentence advises works."""
    said = await school.ask("!remind me every monday and thursday 8:00 bring skates")
    assert "every Monday and Thursday, 08:00" in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("!milestone Camp from 10 to 14 May", f"“from 10 to 14 May” is more than one day. {LAST}"),
        ("!milestone Camp 10-14 May", f"“10-14 May” is more than one day. {LAST}"),
        ("!milestone Camp monday and thursday",
         "“monday and thursday” is more than one day. Please write just one."),
        ("!milestone Camp friday or monday",
         "“friday or monday” is more than one day. Please write just one."),
        ("!milestone Camp every friday",
         "“every friday” is more than one day. Please write just one."),
        ("!milestone Camp monday to wednesday",
         "“monday to wednesday” is more than one day. Please write just one."),
    ],
)  # fmt: skip
async def test_a_milestone_has_one_day(school: School, line: str, said: str) -> None:
    """A milestone never keeps the last of several days silently."""
    assert said in await school.ask(line, WEBER)
    assert {} == (await school.project()).milestones


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("Camp monday and thursday",
         "“monday and thursday” is more than one day. Please write just one."),
        ("Camp by monday and thursday",
         "“monday and thursday” is more than one day. Please write just one."),
        ("Camp 10-14 May",
         "“10-14 May” is more than one day. Please write one of them; the last is Fri 14 May."),
        ("Camp friday 14h to 16h",
         "“friday 14h to 16h” is more than one hour. Please write just one."),
    ],
)  # fmt: skip
async def test_a_task_keeps_its_words_and_says_so(school: School, line: str, note: str) -> None:
    """Of several days a task takes none: its title stays whole, and the answer says why."""
    said = await school.ask(f"!task {line}")
    assert note in said
    found = (await school.project()).tasks[1]
    assert (found.title, found.due) == (line, None)


@pytest.mark.parametrize(
    "title",
    ["The night from tuesday to wednesday", "Read pages 10-14", "Paris-Berlin 10-14",
     "Concert 20h to 22h", "Poster friday or monday", "Diary every friday", "Chapters 3 to 5"],
)  # fmt: skip
async def test_a_title_stays_whole_and_silent(school: School, title: str) -> None:
    """What is a title as often as a date is no trouble: it stays, and nothing is said of it."""
    said = await school.ask(f"!task {title}")
    assert "more than one" not in said
    assert "already past" not in said
    found = (await school.project()).tasks[1]
    assert (found.title, found.due) == (title, None)
