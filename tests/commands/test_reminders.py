"""Reminders that people ask for: for themselves, for others, once and again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.model.reminders import Reminder
from tests.commands.conftest import ANA, DUPONT, JONAS, LEA, MARTIN, WEBER, School
from tests.conftest import PARIS

OWN_CLASS = "Pupils remind themselves and their own class. Ask a teacher to do it."
DIARY = "!remind everyone to write the diary every friday 14:00"


async def reminder(school: School, number: int = 1) -> Reminder:
    return (await school.project()).reminders[number]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("!remind me to sign it tomorrow 10:00", "R1 ⏰ · sign it · Léa · Mon 23 Nov, 10:00 Pau"),
        ("!remind me tomorrow 10:00 to sign it", "R1 ⏰ · sign it · Léa · Mon 23 Nov, 10:00 Pau"),
        ("!remindme sign it tomorrow 10:00", "R1 ⏰ · sign it · Léa · Mon 23 Nov, 10:00 Pau"),
        ("!remindme tomorrow 10:00 sign it", "R1 ⏰ · sign it · Léa · Mon 23 Nov, 10:00 Pau"),
        ("!reminder sign it on friday", "R1 ⏰ · sign it · Léa · Fri 27 Nov, 08:00 Pau"),
        ("!remind me to sign it in 2 hours", "R1 ⏰ · sign it · Léa · Sun 22 Nov, 17:02 Pau"),
        ("!remind me to feed the fish every monday 9:00",
         "R1 ⏰ · feed the fish · Léa · every Monday, 09:00, Pau"),
        ("!remind PAU to bring cameras friday 9:00",
         "R1 ⏰ · bring cameras · PAU · Fri 27 Nov, 09:00 Pau"),
        ("!remind @ana to bring cameras friday 9:00",
         "R1 ⏰ · bring cameras · Ana · Fri 27 Nov, 09:00 Paris"),
    ],
)  # fmt: skip
async def test_a_pupil_reminds_themselves_and_their_class(
    school: School, line: str, said: str
) -> None:
    """Who, what and when come in the order in which people say them."""
    assert said == await school.ask(line)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (DIARY,
         "R1 ⏰ · write the diary · everyone · every Friday, 14:00, local time of each class"),
        ("!remind KOL to write every monday 9:00 until june",
         "R1 ⏰ · write · KOL · every Monday, 09:00, until 30 June 2027, Köln"),
        ("!remind @lea and KOL to sign friday",
         "R1 ⏰ · sign · Léa, KOL · Fri 27 Nov, 08:00 Köln, Pau"),
        ("!remind for PAU friday to sign", "R1 ⏰ · sign · PAU · Fri 27 Nov, 08:00 Pau"),
        ("!remind PAU to sign in 2 hours",
         ("R1 ⏰ · sign · PAU · Sun 22 Nov, 17:02 Pau\n"
         "Quiet hours: I remind you Mon 23 Nov, 07:00.")),
    ],
)  # fmt: skip
async def test_a_teacher_reminds_anybody(school: School, line: str, said: str) -> None:
    """An hour means the wall clock of each class; what is counted from now is one moment."""
    assert said == await school.ask(line, WEBER)
    assert said != await school.ask(line, LEA) or "PAU" in line


@pytest.mark.parametrize(
    "line",
    [DIARY, "!remind KOL to sign friday", "!remind @jonas to sign friday",
     "!remind PAU and KOL to sign friday"],
)  # fmt: skip
@pytest.mark.parametrize("who", [LEA, WEBER, DUPONT])
async def test_who_reminds_others(school: School, line: str, who: str) -> None:
    """Pupils do not ring other classes; teachers and coordinators do."""
    await school.ask("!task Film", who)
    said = await school.ask(line, who)
    assert (OWN_CLASS == said) == (who == LEA)
    assert bool((await school.project()).reminders) == (who != LEA)


async def test_a_pupil_has_five_reminders_waiting(school: School) -> None:
    """The bot is no megaphone; those that rang or were stopped do not count."""
    for number in range(5):
        await school.ask(f"!remind me to do {number} tomorrow 10:00")
    assert "You have 5 reminders waiting. Stop one first." == await school.ask(
        "!remind me to do more friday"
    )
    assert "R6" in await school.ask("!remind me to teach friday", WEBER)
    await school.ask("!R1 stop")
    assert "R7" in await school.ask("!remind me to do more friday")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("!remind me to look 31/02", "“31/02” is not in the calendar."),
        ("!remind me to look yesterday", "“yesterday” is already past."),
        ("!remind me to look 2026-11-22 10:00", "is already past."),
        ("!remind me of nothing", "For example: "),
        ("!remind", "For example: "),
        ("!R9", "There is no reminder R9."),
        ("!R9 stop", "There is no reminder R9."),
        ("!R9 snooze 2h", "There is no reminder R9."),
        ("!9 snooze 2h", "There is no #9."),
    ],
)
async def test_refusals(school: School, line: str, said: str) -> None:
    """What cannot be is said, with the way that works; nothing is stored."""
    assert said in await school.ask(line)
    assert {} == (await school.project()).reminders


@pytest.mark.parametrize(
    ("place", "title"),
    [
        ("!task Film the tour", "Film the tour"),
        ("!milestone Show friday", "Show"),
        ("!privacy", ""),
    ],
)
async def test_a_reply_reminds_of_that_message(school: School, place: str, title: str) -> None:
    """In reply to a message the words may be left out; of a card its title is taken."""
    shown = await school.card(place, WEBER)
    await school.ask("!remind me tomorrow 10:00", reply_to=shown)
    found = await reminder(school)
    assert (shown, title, [LEA]) == (found.reply_to, found.text, found.audience.people)


async def test_a_teacher_reminds_others_of_a_message(school: School) -> None:
    """The same for a class; a pupil only for their own."""
    shown = await school.card("!task Film")
    assert OWN_CLASS == await school.ask("!remind KOL tomorrow", reply_to=shown)
    assert "R1 ⏰ · Film · KOL · Mon 23 Nov, 08:00 Köln" == await school.ask(
        "!remind KOL tomorrow", WEBER, reply_to=shown
    )
    other = "!somewhere:else"
    assert "R2 ⏰ · […] · Léa" in await school.ask("!remind me tomorrow", reply_to=other)


async def test_pause_resume_stop(school: School) -> None:
    """A reminder rests, goes on and ends by one word of its owner."""
    await school.ask("!remind me to sign it friday")
    for line, reaction, card in (
        ("!R1 pause", "👍", " · paused"),
        ("!R1 resume", "👍", "08:00 Pau"),
        ("!pause R1", "👍", " · paused"),
        ("!R1 stop", "👍", "sign it\nStopped."),
        ("!resume R1", "👍", "08:00 Pau"),
        ("!cancel R1", "👍", "sign it\nStopped."),
    ):
        assert reaction == await school.ask(line), line
        assert (await school.ask("!R1")).endswith(card), line


@pytest.mark.parametrize("line", ["!R1 stop", "!R1 pause", "!R1 resume"])
@pytest.mark.parametrize("who", [JONAS, ANA])
async def test_somebody_elses_reminder(school: School, line: str, who: str) -> None:
    """A pupil leaves the reminders of others alone; a teacher may stop them."""
    await school.ask("!remind me to sign it friday")
    refused = "This reminder is somebody else's. Ask a teacher to do it."
    assert refused == await school.ask(line, who)
    assert "👍" == await school.ask(line, MARTIN)


async def test_who_is_reminded_may_stop_it(school: School) -> None:
    """A reminder that only I get is mine, whoever made it."""
    await school.ask("!remind @jonas to sign it friday", WEBER)
    assert "👍" == await school.ask("!R1 stop", JONAS)


@pytest.mark.parametrize(
    ("line", "delay"),
    [("!R1 snooze 2h", 120), ("!R1 later 30 min", 30), ("!snooze R1 1 day", 1440),
     ("!R1 snooze", 60)],
)  # fmt: skip
async def test_snooze(school: School, line: str, delay: int) -> None:
    """What has rung rings once more, counted from now; what has not yet moves."""
    await school.ask("!remind me to sign it friday 10:00")
    assert "⏰" == await school.ask(line)
    found = await reminder(school)
    ten = datetime(2026, 11, 27, 10, 0, tzinfo=PARIS)
    assert found.snoozed is None
    assert ten + timedelta(minutes=delay) == found.first.at("Europe/Paris")

    await school.talk.until(timedelta(days=8))
    assert "⏰" == await school.ask(line)
    found = await reminder(school)
    assert school.talk.room.now() + timedelta(minutes=delay) == found.snoozed


async def test_snooze_of_a_recurring_reminder(school: School) -> None:
    """A rule stays as it is; it rings once more."""
    await school.ask("!remind me to sign it every friday")
    before = (await reminder(school)).first
    assert "⏰" == await school.ask("!R1 snooze 2h")
    found = await reminder(school)
    assert school.talk.room.now() + timedelta(hours=2) == found.snoozed
    assert before == found.first


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("!R1 stop", "R1 is stopped. To start it again: !R1 resume"),
        ("!R1 pause", "R1 is paused. To start it again: !R1 resume"),
    ],
)
async def test_what_does_not_ring_is_not_put_off(school: School, line: str, said: str) -> None:
    """A promise that nothing keeps is not given; what is said instead works."""
    await school.ask("!remind me to sign it friday 10:00")
    await school.ask(line)
    before = await reminder(school)
    for snooze in ("!R1 snooze 2h", "!R1 snooze"):
        assert said == await school.ask(snooze)
    assert before == await reminder(school)

    assert "👍" == await school.ask("!R1 resume")
    assert "⏰" == await school.ask("!R1 snooze 2h")


async def test_quiet_hours_are_told_of_one_reminder_only(school: School) -> None:
    """Others that ring earlier do not matter, and what comes back is not looked at."""
    await school.ask("!remind PAU to film in 2 hours", WEBER)
    said = await school.ask("!remind PAU to sign friday 21:00", WEBER)
    assert said.endswith("Quiet hours: I remind you Mon 30 Nov, 07:00.")
    assert "Quiet" not in await school.ask("!remind PAU to sign friday 9:00", WEBER)
    assert "Quiet" not in await school.ask("!remind PAU to sign every friday 21:00", WEBER)


async def test_snooze_for_me_alone(school: School) -> None:
    """Who is one of many snoozes for themselves; who is not meant at all does not."""
    await school.ask("!remind KOL to sign it friday", WEBER)
    assert "This reminder is for others. Ask a teacher to do it." == await school.ask("!R1 snooze")
    assert "⏰" == await school.ask("!R1 snooze 2h", JONAS)
    found = await reminder(school, 2)
    assert ([JONAS], "sign it") == (found.audience.people, found.text)
    source = await reminder(school)
    assert (None, found.event) == (source.snoozed, source.event)


@pytest.mark.parametrize("line", ["!1 snooze 2h", "!snooze 1 2h", "!1 later 2h"])
async def test_snooze_a_task(school: School, line: str) -> None:
    """A task is put off for the one who asks, without a word in the room."""
    await school.ask("!task Film")
    assert "⏰" == await school.ask(line)
    found = await reminder(school)
    assert (await reminder(school)).audience.people == [LEA]
    assert ("", 1) == (found.text, found.about)
    assert "#1 Film" in await school.ask("!R1")
    await school.ask("!1 = Cut")
    assert "#1 Cut" in await school.ask("!R1")
    await school.ask("!1 snooze")
    assert 2 == len((await school.project()).reminders)
    await school.ask("!delete 1")
    assert "There is no #1." == await school.ask("!1 snooze")


@pytest.mark.parametrize("line", ["!reminders", "!my reminders"])
async def test_the_reminders_that_wait(school: School, line: str) -> None:
    """Six, then how many more; stopped and over ones are left out."""
    assert "No reminder is waiting." == await school.ask(line)
    await school.ask("!remind me to be quick in 20 min", WEBER)
    await school.ask("!remind me to be often every day 9:00 until 2026-11-24", WEBER)
    for number in range(8):
        await school.pause()
        await school.ask(f"!remind me to do {number} 2 december", WEBER)
    lines = (await school.ask(line)).splitlines()
    assert 7 == len(lines)
    assert lines[0].startswith("R1 ⏰ · be quick")
    assert "… and 4 more" == lines[-1]

    await school.ask("!R3 stop", WEBER)
    await school.talk.until(timedelta(days=3))
    said = await school.ask(line)
    assert said.startswith("R4 ⏰ · do 1")
    assert said.endswith("… and 1 more")
