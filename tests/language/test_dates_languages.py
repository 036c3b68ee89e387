"""Laws of dates in all the languages of the partnerships: what is written is read back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from hypothesis import given
from hypothesis import strategies as st

from bot.language.date_writing import write_day, write_moment, write_neutral, write_rule, write_span
from bot.language.dates import DateTrouble, Reading, fold, read_date, read_span
from bot.language.dates.lexicon import load_lexicon
from bot.language.dates.phrases import _GRAMMAR
from bot.model.recurrence import Frequency, Rule
from tests.language.test_dates_laws import RULES
from tests.together import together

LANGUAGES: Final = [
    "en",
    "fr",
    "de",
    "es",
    "it",
    "pl",
    "pt",
    "nl",
    "ro",
    "el",
    "tr",
    "ar",
    "uk",
    "bg",
    "cs",
    "da",
    "et",
    "fi",
    "ga",
    "hr",
    "hu",
    "lt",
    "lv",
    "mt",
    "sk",
    "sl",
    "sv",
    "nb",
    "is",
    "sr",
    "mk",
    "sq",
    "bs",
    "hy",
    "ka",
    "az",
]
LOCALES: Final = {"en": ("en_GB",), "pt": ("pt_PT", "pt"), "sr": ("sr", "sr_Latn")}
"""The locales of CLDR that write a language; else the one of its own name."""
WRITTEN: Final = [
    (language, name) for language in LANGUAGES for name in LOCALES.get(language, (language,))
]
NOW = datetime(2026, 11, 22, 15, tzinfo=ZoneInfo("Europe/Berlin"))
TODAY = NOW.date()
CLDR = Path(__file__).parent / "dates" / "cldr.tsv"
UNITS: Final = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
DAYS = st.integers(1, 3000).map(lambda ahead: TODAY + timedelta(days=ahead))


def attempt(text: str, language: str, now: datetime = NOW) -> Reading | None:
    try:
        return read_date(text, languages=[language], now=now)
    except DateTrouble:
        return None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_words(language: str) -> None:
    """Seven weekdays, twelve months, numbers, ordinals or a sign for them, tomorrow, every unit."""
    lexicon = load_lexicon(language)
    assert lexicon is not None
    meant = {(s.kind, s.number) for senses in lexicon.senses.values() for s in senses}
    assert {("dayname", day) for day in range(7)} <= meant
    assert {("month", month) for month in range(1, 13)} <= meant
    assert {("number", number) for number in range(1, 60)} <= meant
    assert {("relative", day) for day in (0, 1)} <= meant
    assert {"every", "until", "by", "and"} <= {kind for kind, _ in meant}
    texts = {(s.kind, s.text) for senses in lexicon.senses.values() for s in senses}
    units = {text for kind, text in texts if kind in {"unit", "unit_later"}}
    assert {"minute", "hour", "day", "week", "month", "year"} <= units
    assert all(entry == fold(entry) for entry in lexicon.senses)


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_say_only_what_the_grammar_knows(language: str) -> None:
    """A kind that no rule asks for is a slip of the pen: its words would never be read."""
    for name in (f"{language}.json", f"{language}.hand.json"):
        data = json.loads((files("bot.data.dates") / name).read_text(encoding="utf-8"))
        assert set(data) <= PARTS, name
        for kind in data.get("words", {}):
            for part in kind.replace("|", "+").split("+"):
                assert part.strip().partition(":")[0] in known_kinds(), f"{name}: {kind}"
        for ending in data.get("endings", ()):
            for part in filter(None, ending["means"].replace("|", "+").split("+")):
                assert part.strip().partition(":")[0] in known_kinds(), f"{name}: {ending}"


PARTS: Final = {
    "source",
    "habits",
    "drop",
    "words",
    "writing",
    "endings",
    "spellings",
    "mistakable",
}


def known_kinds() -> set[str]:
    """Give the kinds of words that stand in the patterns, or that the scanner asks for."""
    kinds = {"ordinal_suffix", "hour_suffix", "year_mark", "day_mark", "weekday_letter", "or"}
    nodes = [_GRAMMAR.root]
    while nodes:
        node = nodes.pop()
        kinds.update(node.next)
        nodes.extend(node.next.values())
    return kinds


@pytest.mark.parametrize("language", LANGUAGES)
@given(DAYS, CLOCKS)
def test_every_written_date_is_read_back(language: str, day: date, clock: time) -> None:
    """What the bot writes under a task is understood when somebody copies it."""
    moment = datetime.combine(day, clock, NOW.tzinfo)
    for text, expected in (
        (write_day(day, language, today=TODAY), None),
        (write_neutral(day, None, today=TODAY), None),
        (write_moment(moment, language, today=TODAY), clock),
        (write_neutral(day, clock, today=TODAY), clock),
    ):
        reading = attempt(text, language)
        assert reading is not None, text
        if language in MONTH_FIRST and text.startswith(f"{day.day}.") and day.day <= 12:
            meant = (reading, *reading.alternatives)  # 5.6. is the sixth of May to them: asked
            assert (day, expected) in [(one.day, one.time) for one in meant], text
            continue
        assert (reading.day, reading.time, reading.alternatives) == (day, expected, ()), text


MONTH_FIRST: Final = ("hu", "lt")
"""Languages that write figures month first; `write_neutral` stands above several languages."""


@pytest.mark.parametrize("language", LANGUAGES)
@given(RULES, st.none() | CLOCKS, st.none() | st.integers(130, 900))
def test_every_written_rule_is_read_back(
    language: str, rule: Rule, clock: time | None, lasting: int | None
) -> None:
    """What comes again is written in the language, with its end, and means the same when read."""
    until = TODAY + timedelta(days=lasting) if lasting else None
    text = replace(rule, until=until).text
    written = write_rule(text, clock, language, TODAY)
    reading = attempt(written, language)
    assert reading is not None, written
    assert (meant(reading), reading.time, reading.alternatives) == (Rule.read(text), clock, ()), (
        written
    )


def meant(reading: Reading) -> Rule | None:
    """Give the rule of a reading: of the 31st it says the last day of the month, `-1`."""
    return Rule.read(reading.every) if reading.every else None


WITHOUT_WORDS: Final = {("sr", 1), ("sr", 2), ("mt", 2), ("ar", 2)}
"""Language and interval in which no words for the last day go together yet: the 31st is written."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("interval", [1, 2])
def test_the_last_day_of_every_month_is_written_as_such(language: str, interval: int) -> None:
    """“31.” of every month would be no day in February: the last day is named, and read back."""
    text = Rule(Frequency.MONTHLY, interval, month_day=31).text
    written = write_rule(text, time(9), language, TODAY)
    reading = attempt(written, language)
    assert reading is not None, written
    assert meant(reading) == Rule.read(text)
    assert reading.every == text
    assert "31" not in written or (language, interval) in WITHOUT_WORDS, written


OWN_PHRASES: Final = ("ar", "hy", "mt")
"""Languages whose words for a week or a month in CLDR are other things to the reader, too; their
hand files say all that the signs would."""


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name not in OWN_PHRASES])
@given(RULES, CLOCKS)
def test_signs_for_rules_are_read_back(language: str, rule: Rule, clock: time) -> None:
    """Where nobody has written the phrases, `↻ 2 Wochen, Montag` is understood."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.language.date_writing._writing", lambda _: {})
        written = write_rule(rule.text, clock, language, TODAY)
    reading = attempt(written, language)
    assert reading is not None, written
    assert (meant(reading), reading.time) == (rule, clock), written


@pytest.mark.parametrize("language", LANGUAGES)
@given(st.integers(1, 60 * 24 * 60))
def test_every_written_span_is_read_back(language: str, minutes: int) -> None:
    span = timedelta(minutes=minutes)
    written = write_span(span, language)
    assert read_span(written, languages=[language]) == span, written


@pytest.mark.parametrize(("language", "locale"), WRITTEN)
@given(st.integers(1, 290))
def test_dates_of_cldr_are_read(language: str, locale: str, ahead: int) -> None:
    """Full, long, medium and short: the four ways in which calendars and phones write a date."""
    day = TODAY + timedelta(days=ahead)
    for width in ("full", "long", "medium", "short"):
        text = format_date(day, width, Locale.parse(locale))
        reading = attempt(text, language)
        assert reading is not None, text
        assert (reading.day, reading.time) == (day, None), text


@together(
    [
        (*of, width, unit)
        for of in WRITTEN
        for width in ("long", "short", "narrow")
        for unit in UNITS
    ]
)
def test_waits_of_cldr_are_read(language: str, locale: str, width: str, unit: str) -> None:
    """`In 3 days` is read; abbreviated it may be refused, but is never something else."""
    for count in (1, 2, 3, 5, 11, 21, 90):
        if (language, width != "long", unit) == ("sk", True, "hour") and count in AT_THAT_HOUR:
            continue
        span = timedelta(seconds=count * UNITS[unit])
        text = waiting(span, unit, width, locale)
        reading = attempt(text, language)
        if reading is None:
            assert width != "long", text
            continue
        meant = (reading, *reading.alternatives)
        if unit in {"minute", "hour"}:
            assert NOW + span in [one.moment for one in meant], text
        else:
            assert TODAY + span in [one.day for one in meant], text


AT_THAT_HOUR: Final = (11, 21)
"""Slovak `o 11 h` is at eleven, `o 11 hodín` may be in eleven hours: the bot asks."""


def waiting(span: timedelta, unit: str, width: str, locale: str) -> str:
    """Write `in 3 days`; Babel lacks some narrow patterns, which then are the long ones."""
    try:
        return str(
            format_timedelta(
                span,
                cast("Any", unit),
                10**9,
                add_direction=True,
                format=cast("Any", width),
                locale=Locale.parse(locale),
            )
        )
    except KeyError:
        assert width != "long"
        return waiting(span, unit, "long", locale)


@pytest.mark.parametrize(("language", "locale"), WRITTEN)
def test_times_of_cldr_are_read(language: str, locale: str) -> None:
    """From 7:05 on; `1:05` is after noon at school, and `7.05` may be the seventh of May: asked."""
    for hour in range(7, 24):
        text = format_time(time(hour, 5), "short", locale=Locale.parse(locale))
        reading = attempt(text, language)
        assert reading is not None, text
        assert time(hour, 5) in [one.time for one in (reading, *reading.alternatives)], text


def near_days() -> list[tuple[str, str, str]]:
    lines = CLDR.read_text(encoding="utf-8").splitlines()
    cells = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(language, phrase, meaning) for language, phrase, meaning in cells]


@together(near_days())
def test_words_of_cldr_for_near_days_are_read(language: str, phrase: str, meaning: str) -> None:
    """Tomorrow, this and next Friday, next week, as CLDR writes them in each language."""
    kind, said = meaning.split()
    number = int(said)
    monday = datetime(2026, 11, 16, 9, tzinfo=NOW.tzinfo)
    reading = attempt(phrase, language, monday)
    assert reading is not None or (language, phrase) in SUNDAY_OR_WEEK
    if reading is None:
        return
    if kind == "day":
        assert reading.day == monday.date() + timedelta(days=number)
    elif kind == "week":
        assert {one.day for one in (reading, *reading.alternatives)} >= {date(2026, 11, 23)}
    elif (language, phrase) not in SUNDAY_OR_WEEK:
        days = {one.day for one in (reading, *reading.alternatives)}
        weekdays = {day.weekday() for day in days}
        assert weekdays == {number}
        assert all(monday.date() <= day < monday.date() + timedelta(days=15) for day in days)


SUNDAY_OR_WEEK: Final = {
    ("mk", "оваа недела"), ("mk", "следната недела"), ("sr", "следеће недеље"),
    ("sr", "sledeće nedelje"), ("ka", "ამ კვირას"), ("ka", "მომავალ კვირას"),
}  # fmt: skip
"""One word is Sunday and the week: the bot asks which day of the week is meant."""
