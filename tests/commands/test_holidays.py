"""Holidays: days without school, typed or out of a school's calendar; reminders wait."""

from __future__ import annotations

from base64 import b64encode
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.heard import Posted
from bot.language.field_agenda import read_holidays
from bot.language.fields import Situation, Unfit
from bot.language.line import cut
from bot.model.asker import Asker
from bot.model.people import Holiday, Role
from bot.model.project import Project
from tests.commands.conftest import ANA, DUPONT, LEA, MARTIN, WEBER, School
from tests.conftest import NOW, PARIS, Open, bodies

CHRISTMAS = (date(2026, 12, 23), date(2027, 1, 1))
NO_HOLIDAYS = "No holidays of PAU are known. Its teacher adds them: !holidays PAU 23/12-1/1"
SAID = "No school for KOL, and its reminders wait: Wed 23 Dec – Fri 1 Jan"
ICS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//School//DE
BEGIN:VEVENT
UID:1
SUMMARY:Frau Schmidts Weihnachtsferien
DTSTART;VALUE=DATE:20261223
DTEND;VALUE=DATE:20270102
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20261101
RRULE:FREQ=YEARLY
END:VEVENT
END:VCALENDAR
"""


def situation(now: datetime) -> Situation:
    """Return where a teacher types."""
    asker = Asker(WEBER, "Ms Weber", Role.TEACHER, "en", "Europe/Paris", now)
    return Situation(Project("!r", now), asker, ("en", "fr"))


def read(text: str, now: datetime = NOW) -> list[tuple[date, date]]:
    """Return the ranges that *text* names."""
    return [(one.first, one.last) for one in read_holidays(cut(text).tokens, situation(now))]


async def ranges(school: School, code: str) -> list[tuple[date, date]]:
    """Return what is stored."""
    partner = (await school.project()).partners[code]
    return [(one.first, one.last) for one in partner.holidays]


@pytest.mark.parametrize(
    "text",
    [
        "23/12-1/1", "23/12 - 1/1", "23.12.-1.1.", "23.12.-1.1", "23/12–1/1", "23/12—1/1",
        "23 dec to 1 jan", "from 23 december until 1 january", "23/12/2026-1/1/2027",
        "2026-12-23/2027-01-01", "2026-12-23 - 2027-01-01", "23.12.2026 – 01.01.2027",
        "wed 23 dec - fri 1 jan", "23 décembre - 1er janvier",
    ],
)  # fmt: skip
def test_ways_to_write_a_range(text: str) -> None:
    """As people write it in their own language; over new year the years follow by themselves."""
    assert [CHRISTMAS] == read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24/12", [(date(2026, 12, 24),) * 2]),
        ("23-31/12", [(date(2026, 12, 23), date(2026, 12, 31))]),
        ("23/12-1/1, 13/2-1/3", [CHRISTMAS, (date(2027, 2, 13), date(2027, 3, 1))]),
        ("23/12-1/1 and 14/5", [CHRISTMAS, (date(2027, 5, 14),) * 2]),
        ("23/12-1/1 13/2-1/3", [CHRISTMAS, (date(2027, 2, 13), date(2027, 3, 1))]),
        ("20/11-5/12", [(date(2026, 11, 20), date(2026, 12, 5))]),
        ("1/11-10/11", [(date(2027, 11, 1), date(2027, 11, 10))]),
        ("1/7-31/8", [(date(2027, 7, 1), date(2027, 8, 31))]),
        ("28-2/3", []),
        ("31-28/2", []),
    ],
)
def test_days_several_ranges_and_years(text: str, expected: list[tuple[date, date]]) -> None:
    """The last day is today or ahead, the first the one before it; a day has its month."""
    if expected:
        assert expected == read(text)
    else:
        with pytest.raises(Unfit):
            read(text)


def test_in_the_middle_of_the_holidays() -> None:
    """On 27 December the holidays from the 23rd are these, not next year's."""
    assert [CHRISTMAS] == read("23/12-1/1", datetime(2026, 12, 27, 12, tzinfo=PARIS))
    later = datetime(2027, 1, 2, 12, tzinfo=PARIS)
    assert [(date(2027, 12, 23), date(2028, 1, 1))] == read("23/12-1/1", later)


@pytest.mark.parametrize(
    "text",
    [
        "31/2",
        "23/12/2020-1/1/2021",
        "1/9-30/6",
        "5/12-1/12",
        "hello",
        "23/12 hello",
        "10:00",
        "-",
        "23",
    ],
)
def test_what_is_no_holiday_is_not_taken(text: str) -> None:
    """A day that is not in the calendar, a school year, words: never half of it."""
    with pytest.raises(Unfit):
        read(text)


@given(
    first=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    length=st.integers(0, 100),
    offset=st.integers(0, 100),
)
def test_typed_on_any_day_of_the_year(first: date, length: int, offset: int) -> None:
    """Day and month are enough, from a hundred days before until the last day itself."""
    last = first + timedelta(days=length)
    today = max(first - timedelta(days=offset), last - timedelta(days=200))
    now = datetime(today.year, today.month, today.day, 23, 30, tzinfo=ZoneInfo("Europe/Paris"))
    text = f"{first.day}/{first.month}-{last.day}/{last.month}"
    if (first.month, first.day) == (2, 29) or (last.month, last.day) == (2, 29):
        return  # which February has such a day is another question
    assert [(first, last)] == read(text, now)


async def test_a_teacher_sets_those_of_their_class(school: School) -> None:
    """Said back in full, with what falls into them; everybody may look."""
    await school.ask("!task Film KOL by 28/12", DUPONT)
    await school.ask("!task Cut PAU by 28/12", DUPONT)
    await school.ask("!task Some day KOL", DUPONT)
    await school.ask("!milestone Show 1 january", DUPONT)
    said = await school.ask("!holidays KOL 23/12-1/1", WEBER)
    assert [SAID, "2 deadlines fall into these holidays: #1 and M1."] == said.splitlines()
    assert [CHRISTMAS] == await ranges(school, "KOL")
    assert "KOL · Wed 23 Dec – Fri 1 Jan" == await school.ask("!holidays", LEA)
    assert "KOL · Wed 23 Dec – Fri 1 Jan" == await school.ask("!holidays KOL", LEA)
    assert NO_HOLIDAYS == await school.ask("!holidays PAU", LEA)


async def test_who_may(school: School) -> None:
    """A teacher for their own class, a coordinator for any, nobody else."""
    other = "Only a teacher of KOL or a coordinator sets its holidays."
    assert "Only a teacher can do that." == await school.ask("!holidays KOL 23/12-1/1", LEA)
    assert other == await school.ask("!holidays KOL 23/12-1/1", MARTIN)
    assert other == await school.ask("!holidays KOL delete", MARTIN)
    assert "Only a teacher can do that." == await school.ask("!holidays KOL delete", ANA)
    assert [] == await ranges(school, "KOL")
    assert SAID == await school.ask("!holidays KOL 23/12-1/1", DUPONT)


async def test_they_add_up_and_can_be_taken_away(school: School) -> None:
    """Ranges that touch become one; delete forgets all; undo brings them back."""
    await school.ask("!holidays KOL 23/12-1/1", WEBER)
    await school.ask("!holidays KOL 2/1-6/1, 13/2", WEBER)
    both = [(CHRISTMAS[0], date(2027, 1, 6)), (date(2027, 2, 13),) * 2]
    assert both == await ranges(school, "KOL")
    assert "👍" == await school.ask("!holidays KOL delete", WEBER)
    assert [] == await ranges(school, "KOL")
    await school.ask("!undo", WEBER)
    assert both == await ranges(school, "KOL")


async def test_nothing_is_known(school: School) -> None:
    """Without holidays the line to type is shown; those that are over are not shown."""
    hint = "I know of no holidays. A teacher adds them: !holidays PAU 23/12-1/1"
    assert hint == await school.ask("!holidays")
    await school.ask("!holidays KOL 24/11", WEBER)
    assert "KOL · Tue 24 Nov" == await school.ask("!vacation")
    await school.talk.until(timedelta(days=3))
    assert hint == await school.ask("!holidays")


async def test_many_ranges_stay_one_answer(school: School) -> None:
    """Fifty ranges are kept; a line names four of them."""
    days = ", ".join(f"{day}/{month}" for month in (1, 2, 3) for day in range(1, 28, 2))
    said = await school.ask(f"!holidays KOL {days}", WEBER)
    assert "… and 38 more" in said
    assert 42 == len(await ranges(school, "KOL"))
    more = ", ".join(f"{day}/4" for day in range(1, 28, 2))
    assert "I keep at most 50 holidays of a class." == await school.ask(
        f"!holidays KOL {more}", WEBER
    )
    assert 42 == len(await ranges(school, "KOL"))


async def post(school: School, content: bytes, caption: str, who: str = WEBER) -> str:
    """Post a file with a caption; return what the bot answers."""
    file = Posted("ferien.ics", "text/calendar", b64encode(content).decode())
    return await school.ask(caption, who, file=file, msgtype="m.file")


async def test_a_calendar_as_a_file(school: School) -> None:
    """The caption says whose holidays they are; what the events are called is not stored."""
    said = await post(school, ICS.encode(), "!holidays KOL")
    assert said.splitlines()[0] == SAID
    assert "comes back again and again" in said
    assert [CHRISTMAS] == await ranges(school, "KOL")
    assert "Schmidt" not in repr(await school.talk.document())


async def test_a_calendar_that_is_too_much(school: School) -> None:
    """What is too long for holidays is left out, and said."""
    content = ICS.replace("20270102", "20270702")
    other = "BEGIN:VEVENT\nUID:3\nDTSTART;VALUE=DATE:20270514\nEND:VEVENT\nEND:VCALENDAR"
    said = await post(school, content.replace("END:VCALENDAR", other).encode(), "!holidays KOL")
    assert "1 left out: too long for holidays, or too many." in said.splitlines()
    assert [(date(2027, 5, 14),) * 2] == await ranges(school, "KOL")


async def test_in_reply_to_a_file(school: School) -> None:
    """The file may stand there already; the reply reads it."""
    await school.talk.say(
        "", WEBER, event="$file", msgtype="m.file",
        file=Posted("ferien.ics", "text/calendar", b64encode(ICS.encode()).decode()),
    )  # fmt: skip
    assert (await school.ask("!holidays KOL", WEBER, reply_to="$file")).startswith(SAID)


@pytest.mark.parametrize(
    ("content", "who", "said"),
    [
        (b"a letter", WEBER, "That is no calendar file (.ics) that I can read."),
        (b"", WEBER, "I could not fetch that file. Please post it again."),
        (ICS.replace("2026", "2020").replace("2027", "2021").encode(), WEBER,
         "I found no whole days to come in that calendar."),
        (ICS.encode(), LEA, "Only a teacher can do that."),
        (ICS.encode(), MARTIN, "Only a teacher of KOL or a coordinator sets its holidays."),
    ],
)  # fmt: skip
async def test_files_that_are_not_taken(
    school: School, content: bytes, who: str, said: str
) -> None:
    """One sentence says why, and nothing is changed."""
    assert said == await post(school, content, "!holidays KOL", who)
    assert [] == await ranges(school, "KOL")


async def test_reminders_wait_for_the_end_of_the_holidays(school: School) -> None:
    """What would ring in the holidays rings when school begins; for the other class at its time."""
    await school.ask("!holidays KOL 23/12-3/1", DUPONT)
    for code in ("PAU", "KOL"):
        await school.ask(f"!remind {code} to send the photos 28 december 10:00", DUPONT)
    rung = {}
    for one in await school.talk.until(datetime(2027, 1, 8, tzinfo=PARIS)):
        if str(one.entry.kind) == "text":
            rung[tuple(one.entry.mentions)] = one.at
    assert {
        (DUPONT, MARTIN): datetime(2026, 12, 28, 10, tzinfo=PARIS),
        (WEBER,): datetime(2027, 1, 4, 7, tzinfo=PARIS),
    } == {tuple(sorted(who)): at for who, at in rung.items()}


async def test_after_a_restart(open_talk: Open) -> None:
    """Holidays are kept."""
    async with open_talk() as talk:
        await talk.join(DUPONT, "Ms Dupont", 100)
        await talk.say("!setup en: PAU Pau, KOL Köln", DUPONT)
        await talk.say("!holidays KOL 23/12-1/1", DUPONT)
    async with open_talk(now=NOW + timedelta(days=1)) as talk:
        partner = (await talk.document()).project.partners["KOL"]
        assert [Holiday(*CHRISTMAS)] == partner.holidays
        said = bodies(await talk.say("!holidays", event="$later"))
        assert ["KOL · Wed 23 Dec – Fri 1 Jan"] == said
