"""Calendars: what is written is read by any calendar program, and comes back as it was."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar

from bot.language.calendars import (
    LARGEST,
    MOST_HOLIDAYS,
    BadCalendar,
    read_calendar,
    write_calendar,
)
from bot.model.asker import Asker
from bot.model.due import Due
from bot.model.people import Holiday, Partner, Role
from bot.model.polls import Ballot, Option, Poll
from bot.model.project import Project
from bot.model.tasks import Milestone, Task

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 22, 15, 0, 30, 123456, tzinfo=PARIS)
TODAY = NOW.date()
LEA = Asker("@lea:pau.example", "Léa", Role.PUPIL, "en", "Europe/Paris", NOW)
TITLES = st.text(min_size=1, max_size=200) | st.sampled_from(
    [
        "a, b; c\\d",
        "👩🏽‍🏫 école \n zwei",
        "שלום, עולם",
        "x" * 300,
        "é" * 80,
        "\r\nBEGIN:VEVENT",
        "a\\nb",
    ]
)


def project(*milestones: Milestone) -> Project:
    """Return a project with two classes."""
    found = Project("!secret:server.example", NOW - timedelta(days=9), zone="Europe/Paris")
    found.partners["PAU"] = Partner("PAU", "Pau", "Europe/Paris")
    found.partners["KRK"] = Partner("KRK", "Kraków", "Europe/Warsaw")
    found.milestones = {one.number: one for one in milestones}
    return found


def milestone(number: int, title: str, due: Due) -> Milestone:
    return Milestone(number, title, "@weber:koln.example", NOW, due)


def unfolded(content: bytes) -> list[tuple[str, dict[str, str], str]]:
    """Read the lines of RFC 5545 (3.1) by its words alone: name, parameters, value."""
    lines = re.sub("\r\n[ \t]", "", content.decode()).split("\r\n")
    found = []
    for line in filter(None, lines):
        head, _colon, value = line.partition(":")
        name, *parameters = head.split(";")
        found.append((name, dict(one.split("=", 1) for one in parameters), value))
    return found


def unescaped(text: str) -> str:
    r"""Read a TEXT value (RFC 5545, 3.3.11): \\ \; \, \n."""
    return re.sub(r"\\([\\;,nN])", lambda found: "\n" if found[1] in "nN" else found[1], text)


def values(content: bytes, name: str) -> list[str]:
    return [value for one, _parameters, value in unfolded(content) if one == name]


def seen(title: str) -> str:
    r"""Return *title* as people see it: line ends as \n, other control signs as spaces."""
    lines = title.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]+", " ", lines)


@given(titles=st.lists(TITLES, min_size=1, max_size=4))
@example(titles=["é" * 200])
@example(titles=["\\, \\; \\n"])
def test_a_title_comes_back_as_it_was(titles: Sequence[str]) -> None:
    """By the library and by the letter of the standard: every title, in lines of 75 octets."""
    due = Due(TODAY + timedelta(days=3))
    stones = [milestone(number, title, due) for number, title in enumerate(titles, 1)]

    written = write_calendar(project(*stones), LEA)

    assert len(titles) == written.events
    expected = [f"M{number} {seen(title)}".strip() for number, title in enumerate(titles, 1)]
    by_the_letter = [unescaped(one) for one in values(written.content, "SUMMARY")]
    calendar = Calendar.from_ical(written.content)
    by_the_library = [str(one["summary"]) for one in calendar.walk("VEVENT")]
    assert expected == by_the_letter
    assert expected == by_the_library
    assert written.content.endswith(b"END:VCALENDAR\r\n")
    for line in written.content.split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
        line.decode()  # no character is cut in two
    assert len(titles) == values(written.content, "BEGIN").count("VEVENT")


def test_what_a_calendar_program_needs() -> None:
    """Version and product; of each event an identifier, a stamp in UTC, when, what and a kind."""
    found = project(milestone(1, "Call", Due(date(2026, 12, 1), time(14), "Europe/Warsaw")))
    found.tasks[4] = Task(4, "Film", "@lea:pau.example", NOW, due=Due(date(2026, 11, 27)))
    found.tasks[5] = Task(5, "Done", "@lea:pau.example", NOW)
    until = datetime(2026, 11, 26, 12, tzinfo=UTC)
    found.polls[2] = Poll(2, "Logo?", "@w:x", NOW, Ballot.ONE, [Option("a")], until=until)
    found.partners["KRK"].holidays = [
        Holiday(date(2026, 12, 23), date(2027, 1, 1)), Holiday(TODAY, TODAY),
        Holiday(date(2026, 10, 1), date(2026, 10, 2)),
    ]  # fmt: skip

    content = write_calendar(found, LEA).content

    assert (["2.0"], 1) == (values(content, "VERSION"), len(values(content, "PRODID")))
    assert ["20261122T140030Z"] * 5 == values(content, "DTSTAMP")
    assert 5 == len(set(values(content, "UID")))
    starts = [(one[1], one[2]) for one in unfolded(content) if one[0] == "DTSTART"]
    day = {"VALUE": "DATE"}
    assert starts == [
        ({}, "20261126T120000Z"), (day, "20261127"), ({}, "20261201T130000Z"),
        (day, "20261223"), (day, "20261122"),
    ]  # fmt: skip
    assert ["20261128", "20270102", "20261123"] == values(content, "DTEND")
    assert ["Poll", "Task", "Milestone", "Holidays", "Holidays"] == values(content, "CATEGORIES")
    assert ["TRANSPARENT"] * 2 == values(content, "TRANSP")
    assert ["Q2 Logo?", "#4 Film", "M1 Call"] == values(content, "SUMMARY")[:3]


def test_an_identifier_stays_and_tells_nothing() -> None:
    """What is imported again is moved, not doubled; neither room nor person is in the file."""
    before = project(milestone(1, "Call", Due(date(2026, 12, 1))))
    after = project(milestone(1, "Our call", Due(date(2026, 12, 8), time(9), "Europe/Paris")))
    other = project(milestone(1, "Call", Due(date(2026, 12, 1))))
    other.created += timedelta(seconds=1)
    first, second, third = (write_calendar(one, LEA).content for one in (before, after, other))
    assert values(first, "UID") == values(second, "UID") != values(third, "UID")
    for word in (b"secret", b"server", b"lea", b"weber", b"!"):
        assert word not in first


@given(
    ranges=st.lists(
        st.tuples(st.dates(TODAY, date(2029, 1, 1)), st.integers(0, 100)), max_size=8, unique=True
    )
)
def test_holidays_come_back_as_they_were(ranges: list[tuple[date, int]]) -> None:
    """What one room writes another can read: the same days, whole, both ends included."""
    found = project()
    holidays = [Holiday(first, first + timedelta(days=days)) for first, days in ranges]
    found.partners["PAU"].holidays = holidays
    read = read_calendar(write_calendar(found, LEA).content, TODAY)
    assert sorted((one.first, one.last) for one in holidays) == [
        (one.first, one.last) for one in read.holidays
    ]
    assert (0, 0) == (read.left_out, read.recurring)


SCHOOL = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//School//FR
BEGIN:VEVENT
UID:1
SUMMARY:Vacances de Noël
DTSTART;VALUE=DATE:20261219
DTEND;VALUE=DATE:20270104
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20261111
DTEND;VALUE=DATE:20261112
RRULE:FREQ=YEARLY
END:VEVENT
BEGIN:VEVENT
UID:3
SUMMARY:Conseil de classe
DTSTART:20261201T170000Z
DTEND:20261201T180000Z
END:VEVENT
BEGIN:VEVENT
UID:4
DTSTART;VALUE=DATE:20270514
END:VEVENT
BEGIN:VEVENT
UID:5
DTSTART;VALUE=DATE:20270213
DURATION:P2W
END:VEVENT
BEGIN:VEVENT
UID:6
SUMMARY:Année scolaire
DTSTART;VALUE=DATE:20260901
DTEND;VALUE=DATE:20270706
END:VEVENT
BEGIN:VEVENT
UID:7
DTSTART;VALUE=DATE:99999999
END:VEVENT
END:VCALENDAR
"""


def test_a_school_calendar() -> None:
    """Whole days to come; no hours, no past, no school year; a rule is named, not followed."""
    for content in (SCHOOL, SCHOOL.replace("\n", "\r\n")):
        read = read_calendar(content.encode(), TODAY)
        assert read.holidays == (
            Holiday(date(2026, 12, 19), date(2027, 1, 3)),
            Holiday(date(2027, 2, 13), date(2027, 2, 26)),
            Holiday(date(2027, 5, 14), date(2027, 5, 14)),
        )
        assert (1, 1) == (read.left_out, read.recurring)


def test_fifty_ranges_at_most() -> None:
    """The nearest fifty are taken, the others counted."""
    found = project()
    found.partners["PAU"].holidays = [
        Holiday(TODAY + timedelta(days=2 * one), TODAY + timedelta(days=2 * one))
        for one in range(MOST_HOLIDAYS + 3)
    ]
    read = read_calendar(write_calendar(found, LEA).content, TODAY)
    assert (MOST_HOLIDAYS, 3) == (len(read.holidays), read.left_out)
    assert read.holidays[0].first == TODAY


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\xff\xfe\x00", b"BEGIN:VEVENT\r\n", b"x" * (LARGEST + 1)]
)
def test_what_is_no_calendar_is_refused(content: bytes) -> None:
    """A picture or a letter is not a calendar."""
    with pytest.raises(BadCalendar):
        read_calendar(content, TODAY)


BROKEN = ["DTEND:", "X;=:\\", "BEGIN:", "DURATION:P9999999999W", "DTSTART:", "RRULE:FREQ=X"]
FILES = st.lists(st.sampled_from([*SCHOOL.splitlines(), *BROKEN]))


@given(st.binary(max_size=300) | FILES.map(lambda lines: "\r\n".join(lines).encode()))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    """Whatever somebody posts is read or refused."""
    try:
        read = read_calendar(content, TODAY)
    except BadCalendar:
        return
    assert all(TODAY <= one.last >= one.first for one in read.holidays)
