"""Weekdays counted in weeks: what is clear is read, where two days are meant the bot asks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.language.dates import DateTrouble, Reading, SeveralDays, read_date
from tests.conftest import Open, bodies

WEDNESDAY = datetime(2026, 11, 18, 10, 30, tzinfo=ZoneInfo("Europe/Paris"))
SATURDAY = 5
NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read(phrase: str, language: str, now: datetime = WEDNESDAY) -> Reading:
    return read_date(phrase, languages=[language], now=now)


def days(phrase: str, language: str, now: datetime = WEDNESDAY) -> list[str]:
    """Give the days that may be meant, in order."""
    found = read(phrase, language, now)
    return sorted({one.day.isoformat() for one in (found, *found.alternatives)})


@pytest.mark.parametrize(
    ("language", "phrase"),
    [
        ("pl", "za tydzień w środę"),
        ("pl", "w środę za tydzień"),
        ("cs", "za týden ve středu"),
        ("sk", "o týždeň v stredu"),
        ("sl", "čez en teden v sredo"),
        ("hr", "za tjedan dana u srijedu"),
        ("uk", "через тиждень у середу"),
        ("de", "in einer Woche am Mittwoch"),
        ("fr", "mercredi en huit"),
        ("en", "wednesday week"),
    ],
)
def test_in_a_week_said_on_that_very_weekday_is_asked(language: str, phrase: str) -> None:
    """On a Wednesday, “in a week on Wednesday” is in seven days, or a week from the next one."""
    assert days(phrase, language) == ["2026-11-25", "2026-12-02"]


@pytest.mark.parametrize(
    ("language", "phrase", "meant"),
    [
        ("pl", "za tydzień w piątek", ["2026-11-27"]),
        ("de", "in zwei Wochen am Freitag", ["2026-12-04"]),
        # Two weeks from Wednesday is 2 December: the Monday of that week, or the one after?
        ("de", "in zwei Wochen am Montag", ["2026-11-30", "2026-12-07"]),
        ("de", "Montag in zwei Wochen", ["2026-12-07"]),
        ("de", "übernächsten Montag", ["2026-11-30"]),
        ("de", "übernächsten Freitag", ["2026-11-27", "2026-12-04"]),
    ],
)
def test_weeks_in_front_of_a_weekday(language: str, phrase: str, meant: list[str]) -> None:
    """What everybody reckons alike is not asked."""
    assert days(phrase, language) == meant


@pytest.mark.parametrize(
    ("language", "monday", "friday"),
    [
        ("es", "el lunes que viene", "el viernes que viene"),
        ("pl", "w przyszły poniedziałek", "w przyszły piątek"),
        ("de", "nächsten Montag", "nächsten Freitag"),
        ("en", "next monday", "next friday"),
    ],
)
def test_next_is_asked_only_where_it_is_in_doubt(language: str, monday: str, friday: str) -> None:
    """On a Wednesday, next Monday is the coming one and next week's; next Friday is not."""
    assert days(monday, language) == ["2026-11-23"]
    assert days(friday, language) == ["2026-11-20", "2026-11-27"]


@settings(deadline=None)  # how fast this machine is just now is no law
@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 6))
def test_a_next_weekday_without_a_question_leaves_no_other_day(today: date, weekday: int) -> None:
    """Unasked, `next monday` is the coming one and next week's, and no weekend lies before it."""
    now = datetime(today.year, today.month, today.day, 12, tzinfo=ZoneInfo("Europe/Paris"))
    found = read(f"next {NAMES[weekday]}", "en", now)
    said = {one.day for one in (found, *found.alternatives)}
    monday = today + timedelta(days=7 - today.weekday())
    coming = next(d for n in range(1, 8) if (d := today + timedelta(days=n)).weekday() == weekday)
    assert {coming, monday + timedelta(days=weekday)} <= said
    assert (len(said) == 1) == (weekday < today.weekday() < SATURDAY)


@pytest.mark.parametrize(
    ("language", "span", "hour"),
    [
        ("es", "de lunes a jueves", "a las 9"),
        ("it", "dal lunedì al giovedì", "alle 9"),
        ("en", "from monday to thursday", "at 9"),
        ("de", "von Montag bis Donnerstag", "um 9"),
    ],
)
def test_most_of_a_school_week_with_an_hour_comes_again(
    language: str, span: str, hour: str
) -> None:
    """Monday to Thursday at nine is every week; without an hour it is a span of days."""
    assert read(f"{span} {hour}", language).every == "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH"
    with pytest.raises(SeveralDays):
        read(span, language)


@pytest.mark.parametrize("phrase", ["tous lundi 8h", "tous lundi et jeudi à 8h", "pour tous lundi"])
def test_french_tous_before_one_weekday_is_everybody(phrase: str) -> None:
    """`tous lundi` is no `tous les lundis`: a teacher who writes it speaks to everybody."""
    with pytest.raises(DateTrouble):
        read(phrase, "fr")


@pytest.mark.parametrize("phrase", ["tous les lundis 8h", "tous les lundi 8h", "tous lundis 8h"])
def test_french_tous_before_several_mondays_is_every(phrase: str) -> None:
    """With `les`, or in the plural, it is every Monday, as hurried people spell it."""
    assert read(phrase, "fr").every == "FREQ=WEEKLY;BYDAY=MO"


async def test_a_reminder_for_tous_is_for_everybody_once(open_talk: Open) -> None:
    """`rappel tous lundi 8h` asks everybody, which a pupil may not; it never comes every week."""
    async with open_talk(languages=("fr", "en")) as talk:
        (refused,) = bodies(await talk.say("!rappel tous lundi 8h piscine"))
        assert "Un élève fait des rappels pour lui-même ou pour sa classe." in refused
        weekly = bodies(await talk.say("!rappel tous les lundis 8h piscine"))
        assert "tous les lundis" in weekly[0]
