"""Reminders as the room sees them: stacked, in time, to those concerned, late ones said to be."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.adapters.console.door import Event
from bot.model.documents import Kind
from tests.conftest import Open, Talk, bodies

JONAS = "@jonas:koln.example"
LEA = "@lea:pau.example"
MAKS = "@maks:krk.example"
WEBER = "@weber:koln.example"
PARIS = ZoneInfo("Europe/Paris")


def rung(events: list[Event]) -> list[Event]:
    """Return the messages that ring."""
    return [one for one in events if one.entry.kind is Kind.TEXT]


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """Return a moment of the winter 2026 in Paris."""
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS)


async def set_up(talk: Talk) -> None:
    """Let two classes be in the room."""
    await talk.join(WEBER, "Ms Weber", 100)
    await talk.join(LEA, "Léa")
    await talk.join(MAKS, "Maks")
    await talk.say("!partner add PAU Pau fr", WEBER)
    await talk.say("!partner add KRK Kraków pl", WEBER)
    await talk.say("!iam PAU", LEA)
    await talk.say("!iam KRK", MAKS)
    await talk.until(timedelta(minutes=2))


@pytest.fixture
async def room(talk: Talk) -> Talk:
    """Return a room that is set up."""
    await set_up(talk)
    return talk


async def test_lead_times_ring_the_one_who_does_it(room: Talk) -> None:
    """A task is reminded 7 days, 1 day and 1 hour before its date, and mentions its people."""
    await room.say("!task Film by 8 December @lea", MAKS)
    found = rung(await room.until(at(9, 0, month=12)))

    assert [at(1, 18, month=12), at(7, 18, month=12), at(8, 17, month=12)] == [e.at for e in found]
    assert [[LEA]] * 3 == [e.entry.mentions for e in found]
    said = [event.entry.body.splitlines()[1].split("\u202f:")[0] for event in found]
    assert ["Dans 7 jours", "Demain", "Dans une heure"] == said


async def test_a_done_task_rings_no_more(room: Talk) -> None:
    """What is done is not reminded."""
    await room.say("!task Film by friday @lea", MAKS)
    await room.say("!1 done", LEA)
    assert [] == rung(await room.until(at(28, 0)))


async def test_moving_the_date_moves_the_reminders(room: Talk) -> None:
    """Reminders follow the task without being told."""
    await room.say("!task Film by friday @lea", MAKS)
    await room.say("!1 thursday", MAKS)
    found = rung(await room.until(at(28, 0)))
    assert [at(25, 18), at(26, 17)] == [event.at for event in found]


async def test_one_stacked_message_for_two_classes(room: Talk) -> None:
    """Several languages are lines of one message; the date stands once, above them."""
    await room.say("!room languages fr en", WEBER)
    await room.say("!milestone Video call tue 1 dec 14h", WEBER)
    found = rung(await room.until(at(30, 16)))

    last = found[-1].entry.body.splitlines()
    assert 2 == len(found)
    assert last[0].startswith("⏰ M1 ⚑ · 1.12. 14:00 Pau, Kraków")
    assert all("Video call" in line for line in last[1:])


async def test_a_class_rings_its_volunteers_else_its_teachers(room: Talk) -> None:
    """A task of a class mentions who wants it, else the class's teachers, never everybody."""
    await room.say("!task Photos by friday KRK", WEBER)
    await room.say("!place @weber in KRK", WEBER)
    teachers = rung(await room.until(at(26, 19)))
    await room.say("!ring me", MAKS)
    volunteers = rung(await room.until(at(28, 0)))

    assert [[WEBER]] == [event.entry.mentions for event in teachers]
    assert [[MAKS]] == [event.entry.mentions for event in volunteers]


async def test_a_ticked_class_is_left_in_peace(room: Talk) -> None:
    """Of a task for everyone only the classes that have not ticked are reminded."""
    await room.say("!task Photos by friday everyone", WEBER)
    await room.say("!ring me", LEA)
    await room.say("!ring me", MAKS)
    await room.say("!1 done", LEA)
    found = rung(await room.until(at(28, 0)))

    assert [[MAKS], [MAKS]] == [event.entry.mentions for event in found]


async def test_quiet_hours_and_weekends_are_kept(room: Talk) -> None:
    """Nobody is rung at night or at the weekend; what would be late comes earlier."""
    await room.say("!task Film by monday 30 november 7:00 @lea", MAKS)
    await room.say("!task Cut it by monday 30 november 7:30 @lea", MAKS)
    found = rung(await room.until(at(30, 8)))
    one = [event.at for event in found if "#1" in event.entry.body]
    two = [event.at for event in found if "#2" in event.entry.body]
    assert [at(23, 7), at(27, 19, 30)] == one
    assert [at(23, 7, 30), at(30, 7)] == two


async def test_what_one_asks_for_oneself_rings_at_night(room: Talk) -> None:
    """A time that somebody named for themselves is not moved."""
    await room.say("!remind me feed the cat today 22:00", LEA)
    found = rung(await room.until(at(23, 12)))

    assert [at(22, 22)] == [event.at for event in found]
    assert [LEA] == found[0].entry.mentions
    assert "feed the cat" in found[0].entry.body


async def test_every_friday_until_june(room: Talk) -> None:
    """A recurring reminder rings at its wall time, again and again."""
    await room.say("!remind everyone diary every friday 14:00 until 11 december", WEBER)
    found = rung(await room.until(at(31, 0, month=12)))
    assert [at(27, 14), at(4, 14, month=12), at(11, 14, month=12)] == [e.at for e in found]


async def test_a_clock_reaction_snoozes(room: Talk) -> None:
    """⏰ on a reminder rings again in an hour."""
    await room.say("!remind me sign the form monday 10:00", LEA)
    first = rung(await room.until(at(23, 10)))
    await room.react("⏰", first[0].event, LEA)
    again = rung(await room.until(at(23, 12)))

    assert [at(23, 11)] == [event.at for event in again]


async def test_a_tick_on_a_reminder_ticks_the_task(room: Talk) -> None:
    """The reminder is a button of its task."""
    await room.say("!task Film by friday @lea", MAKS)
    ringing = rung(await room.until(at(26, 18)))
    await room.react("✅", ringing[0].event, LEA)
    assert [] == rung(await room.until(at(28, 0)))


async def test_stop_in_reply_to_what_rings(room: Talk) -> None:
    """One word in reply to a reminder stops it."""
    await room.say("!remind everyone diary every day 14:00", WEBER)
    ringing = rung(await room.until(at(23, 14)))
    await room.say("stop", WEBER, reply_to=ringing[0].event)
    assert [] == rung(await room.until(at(26, 0)))


async def test_pause_and_resume(room: Talk) -> None:
    """A reminder can rest for a while."""
    await room.say("!remind everyone diary every day 14:00", WEBER)
    await room.say("!R1 pause", WEBER)
    assert [] == rung(await room.until(at(25, 0)))
    await room.say("!R1 resume", WEBER)
    assert [at(25, 14)] == [event.at for event in rung(await room.until(at(26, 0)))]


async def test_in_reply_to_a_message(room: Talk) -> None:
    """`!remind me` in reply reminds of that message, in reply to it."""
    await room.say("!remind me tomorrow 10:00", LEA, reply_to="$somebody")
    found = rung(await room.until(at(23, 10)))
    assert ["$somebody"] == [event.entry.reply_to for event in found]


@pytest.mark.parametrize(
    ("away", "kind", "word"),
    [
        (timedelta(minutes=10), Kind.TEXT, "form"),
        (timedelta(hours=5), Kind.TEXT, "en retard"),
        (timedelta(days=3), Kind.NOTICE, "Pendant que j’étais hors ligne"),
    ],
    ids=["10 min", "5 h", "3 days"],
)
async def test_after_downtime(open_talk: Open, away: timedelta, kind: Kind, word: str) -> None:
    """Up to 15 minutes late rings as it is, up to a day says so, older is told without ringing."""
    async with open_talk() as talk:
        await set_up(talk)
        await talk.say("!remind me sign the form monday 10:00", LEA)
    async with open_talk(now=at(23, 10) + away) as talk:
        told = [one for one in talk.shown if "form" in one.entry.body]

        assert [kind] == [one.entry.kind for one in told]
        assert word in told[0].entry.body
        assert 1 == len(bodies(talk.shown))
    async with open_talk(now=at(23, 11) + away) as talk:
        assert [] == [one for one in talk.shown if "form" in one.entry.body]


async def test_downtime_rings_a_recurring_one_once(open_talk: Open) -> None:
    """Of a daily reminder only the last missed one is told."""
    async with open_talk() as talk:
        await set_up(talk)
        await talk.say("!remind everyone diary every day 10:00", WEBER)
    async with open_talk(now=at(27, 12)) as talk:
        assert 1 == len([one for one in talk.shown if "diary" in one.entry.body])


async def test_the_night_after_downtime_stays_quiet(open_talk: Open) -> None:
    """A bot that comes back at night lets people sleep."""
    async with open_talk() as talk:
        await set_up(talk)
        await talk.say("!task Film by tuesday 18:00 @lea", MAKS)
    async with open_talk(now=at(24, 2)) as talk:
        assert [] == rung(talk.shown)
        found = rung(await talk.until(at(24, 8)))
        assert [at(24, 7)] == [event.at for event in found]


async def test_both_changes_of_the_clock_in_2027(open_talk: Open) -> None:
    """Monday 9:00 stays Monday 9:00, in Paris and in New York, in March and in autumn."""
    start = datetime(2027, 3, 1, 12, tzinfo=PARIS)
    async with open_talk(now=start) as talk:
        await talk.join(WEBER, "Ms Weber", 100)
        await talk.say("!partner add PAU Pau fr Europe/Paris", WEBER)
        await talk.say("!partner add NYC Boston en America/New_York", WEBER)
        await talk.say("!remind everyone diary every monday 9:00", WEBER)
        found = rung(await talk.until(start + timedelta(days=280)))
        local = {
            (place, f"{event.at.astimezone(zone):%a %H:%M}")
            for event in found
            for place, zone in (("Pau", PARIS), ("Boston", ZoneInfo("America/New_York")))
            if place in event.entry.body
        }

        assert {("Pau", "Mon 09:00"), ("Boston", "Mon 09:00")} == local
        assert 79 == len(found)  # 40 Mondays in one place, 39 in the other: the last is too late


async def test_the_pinned_board_is_made_once_and_edited(room: Talk) -> None:
    """A room gets one board, pinned; later changes edit it, at most once a minute."""
    await room.say("!task one", LEA)
    await room.until(timedelta(minutes=2))
    await room.say("!task two", LEA)
    await room.say("!task three", LEA)
    later = await room.until(timedelta(minutes=3))

    boards = [event for event in room.shown if event.entry.target == "board"]
    assert [Kind.NOTICE, Kind.PIN] == [event.entry.kind for event in boards[:2]]
    assert 1 == sum(event.entry.kind is Kind.NOTICE for event in boards)
    assert 1 == sum(event.entry.kind is Kind.PIN for event in boards)
    assert "three" in [event for event in later if event.entry.target == "board"][-1].entry.body
    edits = [event.at for event in boards if event.entry.kind is Kind.EDIT]
    assert all(two - one >= timedelta(minutes=1) for one, two in pairwise(edits))
