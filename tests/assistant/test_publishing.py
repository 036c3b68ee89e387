"""Publishing by itself: open points before the date, the yearly question who is responsible."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assistant import errands, publishing
from bot.model.documents import Kind, RoomDocument
from bot.model.due import Due
from bot.model.people import Partner
from bot.model.project import Project
from bot.model.publication import Answer, Publication
from tests.conftest import NOW, PARIS, Open, Talk, bodies, keys

WEBER, LEA = "@weber:koln.example", "@lea:pau.example"
WEEK = datetime(2026, 12, 4, 9, 0, tzinfo=PARIS)
"""Seven days before Friday 11 December."""
EVE = datetime(2026, 12, 10, 9, 0, tzinfo=PARIS)
OPEN = (
    "P1 Photos, Fri 11 Dec: 15 of 15 points are open. 3 Legal notice, 5 Visibility, "
    "6 Image rights, 14 Read by teachers, 1, 2, 4, 7, 8, 9, 10, 11, 12, 13, 15 · !P1"
)


async def begun(talk: Talk, *lines: str) -> None:
    await talk.join(WEBER, "Ms Weber", 50)
    await talk.join(LEA, "Léa")
    for line in ("!publish Photos by 11 december", *lines):
        await talk.say(line, WEBER)


# --- open points ----------------------------------------------------------------------------------


async def test_what_is_open_is_said_a_week_and_a_day_before(talk: Talk) -> None:
    """A quiet notice at nine, seven days and one day before; once each, and none in between."""
    await begun(talk)
    assert [] == bodies(await talk.until(WEEK - timedelta(minutes=1)))
    notices = await talk.until(WEEK)
    assert [OPEN] == bodies(notices)
    assert [(Kind.NOTICE, [])] == [(one.entry.kind, one.entry.mentions) for one in notices]

    await talk.say("!P1 1-13 ok", WEBER)
    assert [] == bodies(await talk.until(EVE - timedelta(minutes=1)))
    assert [
        "P1 Photos, Fri 11 Dec: 2 of 15 points are open. 14 Read by teachers, 15 Contact · !P1"
    ] == bodies(await talk.until(EVE))
    assert [] == bodies(await talk.until(timedelta(days=30)))


@pytest.mark.parametrize(
    "lines",
    [
        ("!P1 1-13 ok", "!P1 15 n/a", "!P1 sign"),
        ("!P1 3 5 6 ok", "!P1 sign", "!P1 ready"),
        ("!delete P1",),
        ("!P1 no date",),
    ],
)
async def test_nothing_is_said_where_nothing_is_left_to_do(
    talk: Talk, lines: tuple[str, ...]
) -> None:
    """All is done, it is public already, deleted, or has no date."""
    await begun(talk, *lines)
    assert [] == bodies(await talk.until(timedelta(days=60)))


async def test_a_point_reopened_later_does_not_answer_twice(talk: Talk) -> None:
    """Whoever says "no" after the morning gets one answer, not a reminder on top."""
    await begun(talk, "!P1 1-13 ok", "!P1 15 ok", "!P1 sign")
    await talk.until(WEEK + timedelta(hours=1))
    shown = [*await talk.say("!P1 3 no", WEBER), *await talk.until(timedelta(hours=1))]
    assert [] == bodies(shown)
    assert ["P1 Photos, Fri 11 Dec: 1 of 15 points is open. 3 Legal notice · !P1"] == bodies(
        await talk.until(EVE)
    )


async def test_a_date_moved_near_is_no_reason_to_nag(talk: Talk) -> None:
    """Who sets the date to tomorrow knows it; the morning that has passed is not made up for."""
    await begun(talk)
    await talk.until(WEEK + timedelta(minutes=1))
    shown = [*await talk.say("!P1 7 december", WEBER), *await talk.until(timedelta(hours=1))]
    assert 1 == len(bodies(shown))
    sunday = datetime(2026, 12, 6, 9, 0, tzinfo=PARIS)
    assert 1 == len(bodies(await talk.until(sunday)))


async def test_a_restart_says_nothing_twice(open_talk: Open) -> None:
    """What was said is stored with the message that says it."""
    async with open_talk() as talk:
        await begun(talk)
        assert 1 == len(bodies(await talk.until(WEEK)))
    async with open_talk(now=WEEK + timedelta(minutes=5)) as talk:
        assert [] == bodies(talk.shown)
        assert 1 == len(bodies(await talk.until(EVE)))


@pytest.mark.parametrize(
    ("back", "said"),
    [
        (WEEK + timedelta(days=2), 1),
        (EVE + timedelta(hours=3), 1),
        (datetime(2026, 12, 11, 17, 59, tzinfo=PARIS), 1),
        (datetime(2026, 12, 11, 18, 1, tzinfo=PARIS), 0),
    ],
)
async def test_after_downtime_only_the_nearest_counts(
    open_talk: Open, back: datetime, said: int
) -> None:
    """However many mornings were missed: one message; none once the date is past."""
    async with open_talk() as talk:
        await begun(talk)
    async with open_talk(now=back) as talk:
        assert said == len(bodies(talk.shown))
        later = bodies(await talk.until(datetime(2027, 1, 10, tzinfo=PARIS)))
        assert len(later) == (1 if back < EVE else 0)


async def test_once_per_language_of_the_room(talk: Talk) -> None:
    """One message, a line for each language that the room reads; a reply to it means P1."""
    await begun(talk, "!languages en fr")
    events = await talk.until(WEEK)
    (notice,) = [one for one in events if (one.entry.target or "").startswith("about")]
    lines = notice.entry.body.splitlines()
    assert ["EN", "FR"] == [line.split()[0] for line in lines]
    await talk.say("3 ok", WEBER, reply_to=notice.event)
    assert {3: Answer.OK} == (await talk.document()).project.publications[1].points


# --- the yearly question --------------------------------------------------------------------------

SEPTEMBER = datetime(2027, 9, 1, 9, 0, tzinfo=PARIS)
QUESTION = (
    "Once a year: is Jane Doe, head of school still responsible for what we publish? "
    "Teachers: ✅ = yes. Somebody else: !mentions person responsible = …"
)


async def appointed(talk: Talk) -> None:
    await talk.join(WEBER, "Ms Weber", 50)
    await talk.join(LEA, "Léa")
    await talk.say("!mentions responsible = Jane Doe, head of school", WEBER)


async def test_each_september_it_is_asked_who_is_responsible(talk: Talk) -> None:
    """Once, on 1 September at nine; a teacher's tap confirms, a pupil's does nothing."""
    await appointed(talk)
    assert [] == bodies(await talk.until(SEPTEMBER - timedelta(minutes=1)))
    asked = await talk.until(SEPTEMBER)
    assert [QUESTION] == bodies(asked)
    assert ["✅"] == keys(asked)
    event = next(one.event for one in asked if one.entry.kind is Kind.NOTICE)
    assert [] == bodies(await talk.react("✅", event, LEA))
    assert date(2026, 11, 22) == (await talk.document()).project.publisher.confirmed
    assert ["Thank you. Jane Doe, head of school stays responsible."] == bodies(
        await talk.react("✅", event, WEBER)
    )
    assert date(2027, 9, 1) == (await talk.document()).project.publisher.confirmed
    assert [] == bodies(await talk.until(timedelta(days=300)))
    assert [QUESTION] == bodies(await talk.until(SEPTEMBER.replace(year=2028)))


async def test_who_never_answers_is_asked_once_a_year(talk: Talk) -> None:
    """No answer is no reason to ask again before the next September."""
    await appointed(talk)
    assert [QUESTION] == bodies(await talk.until(SEPTEMBER + timedelta(days=364)))
    assert [QUESTION] == bodies(await talk.until(timedelta(days=2)))


@pytest.mark.parametrize(
    ("confirmed", "asked"), [(date(2027, 6, 30), 1), (date(2027, 7, 1), 0), (date(2027, 8, 31), 0)]
)
async def test_who_was_confirmed_in_summer_is_not_asked(
    talk: Talk, confirmed: date, asked: int
) -> None:
    """From July on it is the new school year's person."""
    await appointed(talk)
    await talk.until(datetime.combine(confirmed, time(12), PARIS))
    await talk.say("!mentions responsible ok", WEBER)
    assert asked == len(bodies(await talk.until(SEPTEMBER + timedelta(days=30))))


async def test_nobody_is_asked_about_nobody(talk: Talk) -> None:
    """Without a person responsible there is no question."""
    await appointed(talk)
    await talk.say("!mentions responsible delete", WEBER)
    assert [] == bodies(await talk.until(SEPTEMBER + timedelta(days=800)))


@pytest.mark.parametrize("back", [SEPTEMBER + timedelta(days=40), SEPTEMBER.replace(year=2029)])
async def test_a_question_that_was_missed_is_asked_late(open_talk: Open, back: datetime) -> None:
    """Once, however many Septembers the assistant was away; a restart does not repeat it."""
    async with open_talk() as talk:
        await appointed(talk)
    async with open_talk(now=back) as talk:
        assert [QUESTION] == bodies(talk.shown)
    async with open_talk(now=back + timedelta(days=1)) as talk:
        assert [] == bodies(talk.shown)


# --- laws -----------------------------------------------------------------------------------------

ZONES = ["Europe/Paris", "Europe/Lisbon", "Asia/Tbilisi", "Pacific/Kiritimati", "America/New_York"]
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
days = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@st.composite
def rooms(draw: st.DrawFn) -> RoomDocument:
    """Return a room with publications and a person responsible, in any state."""
    project = Project("!r", NOW, ["en", "fr", "de"], draw(st.sampled_from(ZONES)))
    for code in draw(st.lists(st.sampled_from(["PAU", "KOL"]), unique=True)):
        project.partners[code] = Partner(code, code, draw(st.sampled_from(ZONES)))
    for number in range(draw(st.integers(0, 3))):
        due = Due(
            draw(days), draw(st.none() | st.times()), draw(st.none() | st.sampled_from(ZONES))
        )
        project.publications[number] = Publication(
            number, "Film", WEBER, draw(moments), draw(st.none() | st.just(due)),
            points=dict.fromkeys(range(1, draw(st.integers(1, 16))), Answer.OK),
            nudged=draw(st.none() | moments), published=draw(st.none() | moments),
        )  # fmt: skip
    project.publisher.responsible = draw(st.sampled_from(["", "Jane Doe"]))
    project.publisher.confirmed = draw(st.none() | days)
    return RoomDocument(project)


@given(rooms(), moments)
def test_what_is_done_is_done(document: RoomDocument, now: datetime) -> None:
    """After a run the next moment lies ahead, and a second run says nothing."""
    publishing.run(document, now)
    said = len(document.outbox)
    publishing.run(document, now)
    assert said == len(document.outbox)
    following = publishing.next_moment(document, now)
    assert following is None or following > now


@given(rooms(), moments)
def test_nothing_is_done_before_its_time(document: RoomDocument, now: datetime) -> None:
    """A run changes nothing unless its moment has come; at its moment it does, and at nine."""
    due = publishing.next_moment(document, now)
    if due is None or due > now:
        before = repr(document)
        publishing.run(document, now)
        assert before == repr(document)
    if due is not None and due > now:
        assert time(9) == due.astimezone(ZoneInfo(document.project.zone)).time()
        before = repr(document)
        assert errands.run(document, due)
        assert before != repr(document)


@given(rooms(), st.lists(moments, min_size=1, max_size=8))
def test_never_more_often_than_there_are_mornings(
    document: RoomDocument, woken: list[datetime]
) -> None:
    """Whenever it is woken: two notices a publication, one question a year; eight lines at most."""
    for now in sorted(woken):
        publishing.run(document, now)
    notices = [one for one in document.outbox if one.kind is Kind.NOTICE]
    assert all(len(one.body.splitlines()) <= 8 and not one.mentions for one in notices)
    for number in document.project.publications:
        about = [
            one for one in notices if (one.target or "").startswith(f"about publication {number} ")
        ]
        assert len(about) <= 2
    years = [one.target for one in notices if (one.target or "").startswith("answer responsible")]
    assert len(years) == len(set(years))
