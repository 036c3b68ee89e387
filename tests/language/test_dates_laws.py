"""Laws of dates that hold for every phrase, day, zone and language."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from hypothesis import example, given
from hypothesis import strategies as st

from bot.language.date_writing import (
    write_day,
    write_moment,
    write_neutral,
    write_rule,
    write_span,
    write_time,
)
from bot.language.dates import (
    DateTrouble,
    Reading,
    UnreadWord,
    fold,
    lexicon_words,
    read_date,
    read_span,
    read_spans,
    resembles_date,
)
from bot.language.dates.lexicon import load_lexicon
from bot.model.recurrence import Frequency, Rule

LANGUAGES = ("en", "fr")
ZONES = ("Europe/Paris", "Europe/Athens", "America/New_York", "Asia/Kolkata", "UTC")
PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 22, 15, tzinfo=PARIS)


def words_of(language: str) -> list[str]:
    lexicon = load_lexicon(language)
    assert lexicon is not None
    return sorted(lexicon.senses)


FIGURES = ["1", "3", "9", "14", "27", "03", "18:30", "3/4", "27.11.", "10.12", "2026", "2026-12-01"]
PHRASES = st.lists(
    st.sampled_from([*words_of("en"), *words_of("fr"), *FIGURES, ",", "-", "."]), max_size=8
).map(" ".join)
MOMENTS = st.builds(
    lambda seconds, zone: datetime.fromtimestamp(seconds, ZoneInfo(zone)),
    st.integers(
        int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()),
        int(datetime(2040, 1, 1, tzinfo=UTC).timestamp()),
    ),
    st.sampled_from(ZONES),
)
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))


def attempt(text: str, now: datetime = NOW, *languages: str) -> Reading | None:
    try:
        return read_date(text, languages=languages or LANGUAGES, now=now)
    except DateTrouble:
        return None


@given(st.text(max_size=130), MOMENTS)
def test_no_text_raises_anything_but_trouble(text: str, now: datetime) -> None:
    attempt(text, now)
    resembles_date(text, LANGUAGES)
    for read in (read_span, read_spans):
        with suppress(UnreadWord):
            read(text, languages=LANGUAGES)


@given(PHRASES, MOMENTS)
def test_no_phrase_is_read_as_past(phrase: str, now: datetime) -> None:
    reading = attempt(phrase, now)
    if reading is None:
        return
    for one in (reading, *reading.alternatives):
        assert one.zone == str(now.tzinfo)
        if one.moment is None:
            assert one.day >= now.date()
        else:
            assert one.moment > now


@given(PHRASES, st.sampled_from(["frdiay", "xyzzy", "chapitre", "?", "/"]), st.integers(0, 8))
def test_one_unknown_word_refuses_all(phrase: str, unknown: str, place: int) -> None:
    words = phrase.split()
    words.insert(place, unknown)
    with pytest.raises(UnreadWord):
        read_date(" ".join(words), languages=LANGUAGES, now=NOW)


@example("every year on 29 february at 9", NOW)
@given(PHRASES, MOMENTS)
def test_what_was_read_is_written_and_read_again(phrase: str, now: datetime) -> None:
    reading = attempt(phrase, now)
    if reading is None or (reading.time and reading.time.second):
        return
    for language in LANGUAGES:
        written = write_day(reading.day, language, today=now.date())
        if reading.time:
            written += f", {write_time(reading.time, language)}"
        again = attempt(written, now, language)
        assert again is not None
        assert (again.day, again.time) == (reading.day, reading.time)
        if reading.every:
            rule = write_rule(reading.every, reading.time, language, now.date())
            if reading.every.startswith("FREQ=YEARLY"):  # the rule has no day of its own
                rule += f", {reading.day}"
            again = attempt(rule, now, language)
            assert again is not None
            assert (again.every, again.time) == (reading.every, reading.time)


@pytest.mark.parametrize("language", LANGUAGES)
@given(st.integers(1, 3000), CLOCKS, MOMENTS)
def test_every_written_date_is_read_back(
    language: str, ahead: int, clock: time, now: datetime
) -> None:
    today = now.date()
    day = today + timedelta(days=ahead)
    written = [write_day(day, language, today=today), write_neutral(day, None, today=today)]
    for text in written:
        reading = attempt(text, now, language)
        assert reading is not None, text
        assert (reading.day, reading.time, reading.alternatives) == (day, None, ())
    moment = datetime.combine(day, clock, now.tzinfo)
    for text in (
        write_moment(moment, language, today=today),
        write_neutral(day, clock, today=today),
    ):
        reading = attempt(text, now, language)
        assert reading is not None, text
        assert (reading.day, reading.time, reading.alternatives) == (day, clock, ())


def rules(frequency: Frequency, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Rule]:
    return st.builds(Rule, frequency=st.just(frequency), interval=st.integers(1, 4), **fields)


WEEKDAYS = st.sets(st.integers(0, 6), min_size=1, max_size=5).map(tuple)
RULES = st.one_of(
    rules(Frequency.DAILY),
    rules(Frequency.WEEKLY, weekdays=WEEKDAYS),
    rules(Frequency.MONTHLY, month_day=st.integers(1, 31)),
    rules(
        Frequency.MONTHLY,
        weekdays=st.integers(0, 6).map(lambda day: (day,)),
        position=st.sampled_from([1, 2, 3, 4, -1]),
    ),
)


@pytest.mark.parametrize("language", LANGUAGES)
@given(RULES, st.none() | CLOCKS, st.none() | st.integers(130, 900), MOMENTS)
def test_every_written_rule_is_read_back(
    language: str, rule: Rule, clock: time | None, lasting: int | None, now: datetime
) -> None:
    until = now.date() + timedelta(days=lasting) if lasting else None
    text = replace(rule, until=until).text
    written = write_rule(text, clock, language, now.date())
    reading = attempt(written, now, language)
    assert reading is not None, written
    assert reading.every is not None
    assert (Rule.read(reading.every), reading.time) == (Rule.read(text), clock)


@pytest.mark.parametrize("language", LANGUAGES)
@given(st.integers(1, 60 * 24 * 60))
def test_every_written_span_is_read_back(language: str, minutes: int) -> None:
    span = timedelta(minutes=minutes)
    assert read_span(write_span(span, language), languages=[language]) == span


@pytest.mark.parametrize(("locale", "language"), [("en_GB", "en"), ("en", "en"), ("fr", "fr")])
@given(st.integers(1, 290))
def test_what_babel_prints_is_read(locale: str, language: str, ahead: int) -> None:
    day = NOW.date() + timedelta(days=ahead)
    formats = ["medium", "long", "full"] if locale == "en" else ["short", "medium", "long", "full"]
    for form in formats:
        text = format_date(day, form, Locale.parse(locale))
        reading = attempt(text, NOW, language)
        assert reading is not None, text
        assert reading.day == day
    moment = datetime.combine(day, time(18, 30), PARIS)
    text = format_datetime(moment, "short" if locale != "en" else "d MMM y HH:mm", locale=locale)
    reading = attempt(text, NOW, language)
    assert reading is not None, text
    assert (reading.day, reading.time) == (day, time(18, 30))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unit", ["day", "week", "month", "year", "hour", "minute"])
@pytest.mark.parametrize("count", [1, 2, 3, 11])
@pytest.mark.parametrize("width", ["long", "short"])
def test_what_babel_prints_of_waits_is_read(
    language: str, unit: str, count: int, width: str
) -> None:
    length = {"minute": 60, "hour": 3600, "day": 86400}
    length |= {"week": 604800, "month": 2629800, "year": 31557600}
    text = format_timedelta(
        timedelta(seconds=count * length[unit]),
        granularity=unit,  # type: ignore[arg-type]
        threshold=99,
        add_direction=True,
        format=width,  # type: ignore[arg-type]
        locale=language,
    )
    if text.endswith((" m", " m.", " a", " mo")):
        pytest.skip("one letter that means minute to others")
    reading = attempt(text, NOW, language)
    assert reading is not None, text
    if unit in ("hour", "minute"):
        assert reading.moment == NOW + timedelta(seconds=count * length[unit])
    elif unit in ("day", "week"):
        assert reading.day == NOW.date() + timedelta(seconds=count * length[unit])


def test_babel_times_are_read() -> None:
    for language in LANGUAGES:
        for hour in range(24):
            text = format_time(time(hour, 5), "short", locale=language)
            reading = attempt(text, NOW, language)
            assert reading is not None, text
            assert reading.time == time(hour, 5), text


# --- clocks that change ---------------------------------------------------------------------------

CLOCK_CHANGES = [
    # zone, phrase, moment in UTC
    ("Europe/Paris", "2027-03-28 01:59", "2027-03-28T00:59"),
    ("Europe/Paris", "2027-03-28 02:30", "2027-03-28T01:30"),  # skipped: 03:30
    ("Europe/Paris", "2027-03-28 03:00", "2027-03-28T01:00"),
    ("Europe/Paris", "2027-10-31 01:30", "2027-10-30T23:30"),
    ("Europe/Paris", "2027-10-31 02:30", "2027-10-31T00:30"),  # twice: the first
    ("Europe/Paris", "2027-10-31 03:00", "2027-10-31T02:00"),
    ("Europe/Athens", "2027-03-28 03:30", "2027-03-28T01:30"),
    ("Europe/Athens", "2027-10-31 03:30", "2027-10-31T00:30"),
    ("America/New_York", "2027-03-14 02:30", "2027-03-14T07:30"),
    ("America/New_York", "2027-03-14 03:00", "2027-03-14T07:00"),
    ("America/New_York", "2027-11-07 01:30", "2027-11-07T05:30"),
    ("America/New_York", "2027-11-07 02:00", "2027-11-07T07:00"),
]


@pytest.mark.parametrize(("zone", "phrase", "moment"), CLOCK_CHANGES)
def test_clock_changes(zone: str, phrase: str, moment: str) -> None:
    reading = attempt(phrase, datetime(2026, 11, 22, 15, tzinfo=ZoneInfo(zone)))
    assert reading is not None
    assert reading.moment is not None
    assert reading.moment.astimezone(UTC) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


def test_a_skipped_time_is_shown_as_it_will_be() -> None:
    reading = attempt("2027-03-28 02:30")
    assert reading is not None
    assert reading.moment is not None
    assert reading.moment.isoformat() == "2027-03-28T03:30:00+02:00"


@pytest.mark.parametrize(
    ("now", "phrase", "moment"),
    [
        ("2027-03-27T23:30", "in 3 hours", "2027-03-28T03:30+02:00"),
        ("2027-10-30T23:30", "in 3 hours", "2027-10-31T02:30+02:00"),
        ("2027-10-30T23:30", "in 4 hours", "2027-10-31T02:30+01:00"),
        ("2027-10-30T23:30", "dans 1 jour", None),
    ],
)
def test_waits_across_clock_changes(now: str, phrase: str, moment: str | None) -> None:
    reading = attempt(phrase, datetime.fromisoformat(now).replace(tzinfo=PARIS))
    assert reading is not None
    if moment is None:
        assert (reading.day, reading.time) == (date(2027, 10, 31), None)
    elif moment.endswith("+02:00"):
        assert reading.moment is not None
        assert reading.moment.astimezone(UTC) == datetime.fromisoformat(moment)
    else:
        # A wall time that comes twice cannot be told apart: the first one is kept.
        assert reading.time == time(2, 30)


# --- the present moment ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "phrase", "expected"),
    [
        ("2026-11-22T19:00", "18h", "2026-11-23T18:00"),
        ("2026-11-22T18:00", "18h", "2026-11-23T18:00"),
        ("2026-11-22T17:59", "18h", "2026-11-22T18:00"),
        ("2026-11-22T18:30", "ce soir", "2026-11-22T20:00"),
        ("2026-11-22T20:30", "ce soir", "2026-11-22T21:00"),
        ("2026-11-22T22:00", "ce soir", "2026-11-22T23:00"),
        ("2026-11-23T08:00", "tous les lundis", "2026-11-30"),
        ("2026-12-25T08:00", "noël", "2026-12-25"),
        ("2027-02-20T08:00", "noël", "2027-12-25"),
        ("2026-11-23T08:00", "lundi 9h", "2026-11-30T09:00"),
        ("2026-11-23T08:00", "tous les lundis 9h", "2026-11-23T09:00"),
        ("2026-11-23T10:00", "tous les lundis 9h", "2026-11-30T09:00"),
        ("2026-11-27T10:00", "27 nov", "2026-11-27"),
        ("2026-11-27T10:00", "le 27", "2026-11-27"),
        ("2026-11-27T10:00", "le 27 à 9h", "2026-12-27T09:00"),
        ("2026-11-27T10:00", "27 nov 18h", "2026-11-27T18:00"),
        ("2026-12-31T23:00", "demain", "2027-01-01"),
        ("2027-01-10T12:00", "20 dec", "2027-12-20"),
        ("2028-01-10T12:00", "29 février", "2028-02-29"),
        ("2026-01-31T12:00", "dans un mois", "2026-02-28"),
        ("2026-02-10T12:00", "le 31", "2026-03-31"),
    ],
)
def test_what_it_means_depends_on_now(now: str, phrase: str, expected: str) -> None:
    reading = attempt(phrase, datetime.fromisoformat(now).replace(tzinfo=PARIS), "fr")
    assert reading is not None
    shown = str(reading.day)
    if reading.time:
        shown += f"T{reading.time.isoformat('minutes')}"
    assert shown == expected


@pytest.mark.parametrize(
    ("now", "phrase"),
    [
        ("2026-11-22T23:00", "ce soir"),
        ("2026-12-26T08:00", "noël"),
        ("2026-12-27T08:00", "pour noël"),
        ("2026-11-23T17:00", "tous les lundis jusqu'à aujourd'hui"),
    ],
)
def test_what_is_over_is_refused(now: str, phrase: str) -> None:
    assert attempt(phrase, datetime.fromisoformat(now).replace(tzinfo=PARIS), "fr") is None


@pytest.mark.parametrize(
    ("now", "main", "other"),
    [
        ("2026-11-23", "2026-12-04", "2026-11-27"),  # Monday
        ("2026-11-26", "2026-12-04", "2026-11-27"),  # Thursday
        ("2026-11-27", "2026-12-04", None),  # Friday: both are the same day
        ("2026-11-28", "2026-12-04", "2026-12-11"),  # Saturday
        ("2026-11-22", "2026-11-27", "2026-12-04"),  # Sunday
    ],
)
def test_next_friday_names_two(now: str, main: str, other: str | None) -> None:
    reading = attempt(
        "next friday", datetime.fromisoformat(now).replace(hour=9, tzinfo=PARIS), "en"
    )
    assert reading is not None
    assert str(reading.day) == main
    assert other is None or [str(o.day) for o in reading.alternatives] == [other]


def test_zone_is_that_of_the_asker() -> None:
    reading = attempt("18:00", datetime(2026, 11, 22, 15, tzinfo=ZoneInfo("Europe/Athens")))
    assert reading is not None
    assert reading.moment is not None
    assert reading.zone == "Europe/Athens"
    assert reading.moment.utcoffset() == timedelta(hours=2)


def test_an_unknown_language_still_reads_figures() -> None:
    assert attempt("2026-11-27 18:00", NOW, "xx")
    assert attempt("27/11 18h", NOW, "../en")
    assert attempt("friday", NOW, "xx") is None
    assert attempt("27.11. 18:00", NOW, "xx", "zz_ZZ")
    assert attempt("27.11. 18:00", NOW, "de-AT", "zz_ZZ")


def test_a_long_text_is_not_even_tried() -> None:
    with pytest.raises(UnreadWord) as caught:
        read_date("every monday and " * 20, languages=["en"], now=NOW)
    assert caught.value.word == "every"


def test_phone_keyboards_change_nothing() -> None:
    for typed in (
        "d’ici\u00a0vendredi\u202f18\u202fh",
        "D'ICI VENDREDI 18H.",
        "d'ici vendredi, 18 h",
    ):
        reading = attempt(typed, NOW, "fr")
        assert reading is not None, typed
        assert (str(reading.day), reading.time) == ("2026-11-27", time(18))


# --- resemblance, words, spans --------------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    ["frdiay", "firday", "friay", "fridday", "monady", "tomorow", "tommorrow", "novmber", "27th",
     "vendrdi", "vednredi", "demian", "18h", "3/4", "aujourd'hui", "après-demian", "fevrier"],
)  # fmt: skip
def test_slips_resemble_dates(word: str) -> None:
    assert resembles_date(word, LANGUAGES)


@pytest.mark.parametrize(
    "word",
    ["Marchand", "school", "tour", "le", "for", "friends", "vendre", "Léa", "chapitre", "sun",
     "main", "video", "Kraków", "", "!", "semaines"],
)  # fmt: skip
def test_other_words_do_not_resemble_dates(word: str) -> None:
    assert not resembles_date(word, LANGUAGES)


def test_lexicon_words_are_folded_single_words() -> None:
    words = lexicon_words("fr")
    assert {"mar", "lun", "demain", "fevr", "aout", "midi"} <= words
    assert {"mon", "sat", "tomorrow"} <= lexicon_words("en")
    assert all(word == fold(word) and " " not in word for word in words)
    assert not lexicon_words("xx")
    assert {"pau", "krk", "kol"}.isdisjoint(words | lexicon_words("en"))


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2h", 2 * HOUR),
        ("2 h", 2 * HOUR),
        ("1h30", 1.5 * HOUR),
        ("1 h 30", 1.5 * HOUR),
        ("1h30min", 1.5 * HOUR),
        ("1 hour 30 minutes", 1.5 * HOUR),
        ("30 min", HOUR / 2),
        ("half an hour", HOUR / 2),
        ("an hour", HOUR),
        ("an hour and a half", 1.5 * HOUR),
        ("1 day", DAY),
        ("2 jours", 2 * DAY),
        ("2j", 2 * DAY),
        ("7d", 7 * DAY),
        ("7D", 7 * DAY),
        ("une semaine", 7 * DAY),
        ("2 weeks and 3 days", 17 * DAY),
        ("une heure et demie", 1.5 * HOUR),
        ("une demi-heure", HOUR / 2),
        ("90 minutes", 1.5 * HOUR),
        ("120 min", 2 * HOUR),
        ("2\u202fsem.", 14 * DAY),
    ],
)
def test_spans(text: str, span: timedelta) -> None:
    assert read_span(text, languages=LANGUAGES) == span


@pytest.mark.parametrize(
    "text",
    ["", "2", "h", "two", "demain", "2 months", "friday", "2 x", "0h", "2h friday", "h2", "9999h"],
)
def test_no_spans(text: str) -> None:
    with pytest.raises(UnreadWord):
        read_span(text, languages=LANGUAGES)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("7d 1d 1h", (7 * DAY, DAY, HOUR)),
        ("7j 1j 1h", (7 * DAY, DAY, HOUR)),
        ("7 days, 1 day and 1 hour", (7 * DAY, DAY, HOUR)),
        ("1h30 15min", (1.5 * HOUR, HOUR / 4)),
        ("1 semaine 2j", (7 * DAY, 2 * DAY)),
    ],
)
def test_lists_of_spans(text: str, spans: tuple[timedelta, ...]) -> None:
    assert read_spans(text, languages=LANGUAGES) == spans


# --- writing --------------------------------------------------------------------------------------


def test_what_is_written() -> None:
    today = date(2026, 11, 22)
    moment = datetime(2026, 11, 27, 18, tzinfo=PARIS)
    assert write_day(date(2026, 11, 27), "en", today=today) == "Fri 27 Nov"
    assert write_day(date(2026, 11, 27), "fr", today=today) == "ven. 27 nov."
    assert write_day(date(2026, 12, 1), "fr", today=today) == "mar. 1er déc."
    assert write_day(date(2027, 1, 11), "fr", today=today) == "lun. 11 janv."
    assert write_day(date(2027, 5, 3), "pl", today=today) == "pon., 3 maja"
    assert write_day(date(2026, 12, 1), "it", today=today) == "mar 1 dic"
    assert write_day(date(2027, 11, 20), "fr", today=today) == "sam. 20 nov. 2027"
    assert write_day(date(2026, 11, 20), "fr", today=today) == "ven. 20 nov. 2026"
    assert write_moment(moment, "en", today=today) == "Fri 27 Nov, 18:00"
    assert write_moment(moment, "fr-FR", today=today) == "ven. 27 nov., 18:00"
    assert write_neutral(date(2026, 11, 27), time(18), today=today) == "27.11. 18:00"
    assert write_neutral(date(2027, 11, 20), None, today=today) == "20.11.2027"
    assert write_span(timedelta(days=3), "en") == "3 days"
    assert write_span(timedelta(days=3), "fr") == "3 jours"
    assert write_span(timedelta(minutes=90), "en") == "1 hour 30 minutes"
    assert write_span(timedelta(), "en") == "0 minutes"


def test_what_is_written_of_rules() -> None:
    today = date(2026, 11, 22)
    weekly = "FREQ=WEEKLY;BYDAY=MO;UNTIL=20270630"
    other = "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH"
    assert write_rule(weekly, time(9), "en", today) == "every Monday, 09:00, until 30 June 2027"
    assert (
        write_rule(weekly, time(9), "fr", today) == "tous les lundis, 09:00, jusqu’au 30 juin 2027"
    )
    assert write_rule(other, None, "en", today) == "every 2 weeks on Monday and Thursday"
    assert write_rule(other, None, "fr", today) == "toutes les 2 semaines, le lundi et le jeudi"
    assert write_rule("FREQ=MONTHLY;BYMONTHDAY=1", None, "fr", today) == "le 1er de chaque mois"
    assert (
        write_rule("FREQ=MONTHLY;BYMONTHDAY=22", None, "en", today) == "on the 22nd of every month"
    )
    last = "FREQ=MONTHLY;BYMONTHDAY=-1"
    assert write_rule(last, None, "en", today) == "every month, last day of the month"
    assert write_rule(last, time(9), "fr", today) == "tous les mois, dernier jour du mois, 09:00"
    assert write_rule(weekly.replace("0630", "0601"), None, "fr", today).endswith("1er juin 2027")
    assert write_rule("FREQ=MONTHLY;BYDAY=-1FR", None, "fr", today) == (
        "le dernier vendredi de chaque mois"
    )
    assert write_rule("FREQ=YEARLY;COUNT=3", None, "en", today) == "every year, 3×"
    assert write_rule("FREQ=MONTHLY", None, "en", today) == "every month"
    assert write_rule("FREQ=WEEKLY", time(9), "en", today) == "every 7 days, 09:00"
    with pytest.raises(ValueError, match="HOURLY"):
        write_rule("FREQ=HOURLY", None, "en", today)


def test_a_language_without_phrases_has_signs_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dates and lengths are CLDR's; what comes again is told by signs, until it is translated."""
    monkeypatch.setattr("bot.language.date_writing._writing", lambda _: {})
    today = date(2026, 11, 22)
    assert write_day(date(2026, 11, 27), "de", today=today) == "Fr., 27. Nov."
    assert write_rule("FREQ=DAILY", None, "de", today) == "↻ 1 Tag"
    assert write_rule("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", time(9), "de", today) == (
        "↻ 2 Wochen, Montag und Donnerstag, 09:00"
    )
    assert write_rule("FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20270630", None, "de", today) == (
        "↻ 1 Monat, #last Freitag, → 30. Juni 2027"
    )


def test_a_language_without_words_is_written_in_english() -> None:
    today = date(2026, 11, 22)
    assert write_day(date(2026, 11, 27), "xx", today=today) == "Fri 27 Nov"
    assert write_rule("FREQ=DAILY", None, "xx", today) == "every day"
