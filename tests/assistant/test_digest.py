"""The digest: once a week, in every language, and only if there is something to say."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.console.door import Event
from bot.model.digest import A_WEEK, Digest, last_time, next_time
from bot.model.documents import Kind
from tests.commands.conftest import DUPONT, JONAS, LEA, MARTIN, WEBER, School, school
from tests.conftest import NOW, PARIS, Open

__all__ = ["school"]
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=PARIS)
SET_UP = "!setup en: PAU Pau, KOL Köln"


def digests(shown: list[Event]) -> list[Event]:
    """Return the digests among *shown*."""
    return [one for one in shown if (one.entry.target or "").startswith("digest ")]


async def test_what_it_says(school: School) -> None:
    """Counts, then the three next dates of seven days; a notice, no name, nobody mentioned."""
    await school.ask("!digest mon 8:00", DUPONT)
    for line in (
        "!task Film everyone by 27/11", "!task Cut PAU by tomorrow 7:00", "!task Show",
        "!milestone Video call 24 november 14:00", "!milestone Party 28 november",
        "!milestone Far 12 december", "!3 done",
    ):  # fmt: skip
        await school.ask(line, DUPONT)

    (one,) = digests(await school.talk.until(MONDAY + timedelta(hours=1)))

    assert one.entry.body.splitlines() == [
        "Our week · 1 done this week · 1 done in all · 2 open · 1 late",
        "M1 ⚑ · Video call · Tue 24 Nov, 14:00 Pau, Köln",
        "#1 · Film · PAU, KOL · Fri 27 Nov, 18:00 Pau, Köln",
        "M2 ⚑ · Party · Sat 28 Nov, 18:00 Pau, Köln",
    ]
    assert (Kind.NOTICE, []) == (one.entry.kind, one.entry.mentions)
    assert MONDAY == one.at


async def test_every_language_of_the_room(open_talk: Open) -> None:
    """The counts once in each language, dates without words below: eight lines at the most."""
    async with open_talk() as talk:
        await talk.join(DUPONT, "Ms Dupont", 100)
        await talk.say("!setup en fr: PAU Pau, VOL Volos", DUPONT)
        await talk.say("!digest mon 8:00", DUPONT)
        await talk.say("!task Film by friday", DUPONT)
        await talk.say("!poll Logo? blue / green until thursday 12:00", DUPONT)
        shown = digests(await talk.until(MONDAY))
    lines = shown[0].entry.body.splitlines()
    assert ["EN", "FR"] == [line[:2] for line in lines[:2]]
    assert "#1 · Film · 27.11. 18:00 Pau, Volos" in lines
    assert len(lines) <= 8


async def test_silence_when_there_is_nothing_to_say(school: School) -> None:
    """Nothing new, nothing ahead: no digest; an old task that nobody does is not held up."""
    await school.ask("!task Some day")
    await school.ask("!task Late by tomorrow")
    await school.ask("!digest mon 8:00", WEBER)
    weeks = [digests(await school.talk.until(MONDAY + week * A_WEEK)) for week in range(6)]
    assert [1, 1, 0, 0, 0, 0] == [len(one) for one in weeks]
    await school.ask("!1 done", LEA)
    assert 1 == len(digests(await school.talk.until(A_WEEK)))


async def test_switched_off(school: School) -> None:
    """Off is off; undo brings it back."""
    await school.ask("!task Film")
    await school.ask("!digest mon 8:00", WEBER)
    assert "👍" == await school.ask("!digest off", WEBER)
    assert "There is no digest. A teacher switches it on: !digest mon 8:00" == await school.ask(
        "!digest"
    )
    assert [] == digests(await school.talk.until(MONDAY - timedelta(hours=16)))
    await school.ask("!digest mon 8:00", WEBER)
    assert 1 == len(digests(await school.talk.until(MONDAY)))


@pytest.mark.parametrize("who", [LEA, JONAS])
async def test_a_pupil_cannot(school: School, who: str) -> None:
    """It is for teachers to decide; everybody may ask when it comes."""
    assert "Only a teacher can do that." == await school.ask("!digest mon 8:00", who)
    assert "Only a teacher can do that." == await school.ask("!digest off", who)


@pytest.mark.parametrize(
    ("line", "rhythm", "first"),
    [
        ("!digest mon 8:00", "every Monday, 08:00", "Mon 23 Nov, 08:00"),
        ("!digest every friday 16:30", "every Friday, 16:30", "Fri 27 Nov, 16:30"),
        ("!weekly digest sunday", "every Sunday, 08:00", "Sun 29 Nov, 08:00"),
        ("!digest sunday 16:00", "every Sunday, 16:00", "Sun 22 Nov, 16:00"),
    ],
)
async def test_when_it_comes(school: School, line: str, rhythm: str, first: str) -> None:
    """A weekday and an hour, said back with the next time; without an hour it is the morning."""
    said = f"Digest: {rhythm} (Paris).\nThe next one: {first}."
    assert said == await school.ask(line, MARTIN)
    assert said == await school.ask("!digest")


@pytest.mark.parametrize(
    "line", ["!digest tomorrow", "!digest 27/11", "!digest every day", "!digest x"]
)
async def test_what_is_no_weekday_is_not_taken(school: School, line: str) -> None:
    """One day of the calendar is no rhythm: an example is shown, nothing is set."""
    assert "For example: !digest mon 8:00" in await school.ask(line, WEBER)
    assert (await school.project()).digest is None


async def test_all_classes_on_holiday(school: School) -> None:
    """While one class has school it comes; when none has, it does not, and is not made up for."""
    await school.ask("!task Film")
    await school.ask("!digest mon 8:00", DUPONT)
    await school.ask("!holidays PAU 23/11-6/12", DUPONT)
    assert 1 == len(digests(await school.talk.until(MONDAY)))
    await school.ask("!task Cut")
    await school.ask("!holidays KOL 24/11-6/12", DUPONT)
    assert 0 == len(digests(await school.talk.until(MONDAY + A_WEEK + timedelta(days=6))))


@pytest.mark.parametrize(("late", "said"), [(23, 1), (25, 0), (24 * 7 + 1, 1), (24 * 21 + 30, 0)])
async def test_after_downtime_only_the_last_one(open_talk: Open, late: int, said: int) -> None:
    """Up to a day late it still comes, older ones do not; of many that were missed only one."""
    async with open_talk() as talk:
        await talk.join(DUPONT, "Ms Dupont", 100)
        await talk.say("!digest mon 8:00", DUPONT)
        await talk.say("!milestone Party 27 november", DUPONT)
        await talk.say("!milestone Call 2 december", DUPONT)
        await talk.say("!milestone Show 9 december", DUPONT)
    moment = MONDAY + timedelta(hours=late)
    async with open_talk(now=moment) as talk:
        assert said == len(digests(talk.shown))
        assert [] == digests(await talk.until(timedelta(hours=2)))
    async with open_talk(now=moment + timedelta(hours=3)) as talk:
        assert [] == digests(talk.shown)


ZONES = st.sampled_from(
    ["Europe/Paris", "Europe/Athens", "America/New_York", "Asia/Kolkata", "UTC"]
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@given(zone=ZONES, weekday=st.integers(0, 6), clock=st.times(), now=MOMENTS)
def test_the_wall_shows_the_same_hour_all_year(
    zone: str, weekday: int, clock: time, now: datetime
) -> None:
    """Whatever the clocks do, it is that weekday; the next time is the last one a moment later."""
    digest = Digest(weekday, clock.replace(microsecond=0), now)
    found = next_time(digest, zone, now)
    local = found.astimezone(ZoneInfo(zone))
    assert now < found <= now + timedelta(days=7, hours=1)
    assert weekday == local.weekday()
    # an hour that is skipped in spring is an hour later; no other wall time differs
    skipped = local.replace(tzinfo=None) - datetime.combine(local.date(), digest.clock)
    assert skipped in {timedelta(0), timedelta(hours=1)}
    assert last_time(digest, zone, found) == found
    assert last_time(digest, zone, found - timedelta(seconds=1)) is None
    assert last_time(Digest(weekday, digest.clock, found), zone, found) is None


def test_the_clocks_change() -> None:
    """8:00 in winter and in summer."""
    digest = Digest(0, time(8), NOW)
    before = next_time(digest, "Europe/Paris", datetime(2027, 3, 22, tzinfo=PARIS))
    after = next_time(digest, "Europe/Paris", before)
    assert [7, 6] == [one.astimezone(UTC).hour for one in (before, after)]
