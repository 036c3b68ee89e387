"""The words of dates: generated, written by hand, and a further language made of data alone."""

from __future__ import annotations

import json
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.data.build_date_lexicon import lexicon as generated
from bot.data.build_date_lexicon import main, numeric_order
from bot.data.spelled_numbers import ordinal_suffixes, spelled
from bot.language.dates import DateTrouble
from bot.language.dates.deciding import Now
from bot.language.dates.lexicon import Lexicon, build_lexicon, load_lexicon
from bot.language.dates.phrases import _read
from bot.language.dates.scanning import scan
from bot.language.dates.spelling import plain
from bot.language.folding import fold

NOW = Now(datetime(2026, 11, 22, 15, tzinfo=ZoneInfo("Europe/Berlin")))
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GERMAN_DAYS = (
    "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag",
)  # fmt: skip
GERMAN_MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
    "November", "Dezember",
)  # fmt: skip
GERMAN_NUMBERS = {
    "%spellout-cardinal-masculine": [
        ["0", "null;"], ["1", "ein;"], ["2", "zwei;"], ["3", "drei;"], ["4", "vier;"],
        ["9", "neun;"], ["13", "→→zehn;"], ["20", "[→→\u00adund\u00ad]zwanzig;"],
    ],
    "%spellout-ordinal": [["0", "=#,##0=.;"], ["3", "dritter;"]],
}  # fmt: skip
GERMAN_BY_HAND = {
    "words": {
        "by": ["bis", "für"],
        "by_the": ["am", "zum"],
        "article": ["der", "den"],
        "at": ["um"],
        "at_spoken": ["um"],
        "hour_mark": ["Uhr"],
        "lead": {"-30": ["halb"], "-15": ["Viertel vor"]},
        "ordinal_suffix": ["."],
        "until": ["bis"],
        "every": {"1": ["jeden"]},
        "next": ["nächster"],
        "unit": {"day": ["Tagen"]},
        "end_of": ["Ende"],
        "part": {"evening": ["Abend"]},
    }
}


def cldr(folder: Path) -> Path:
    """Write the little of CLDR that the generator reads, in the shape of the npm packages."""
    names = {str(number): name for number, name in enumerate(GERMAN_MONTHS, 1)}
    weekdays = dict(zip(DAYS, GERMAN_DAYS, strict=True))
    short = {day: f"{name[:2]}." for day, name in weekdays.items()}
    periods = {"am": "AM", "pm": "PM", "noon": "mittags", "midnight": "Mitternacht"}
    calendar = {
        "months": {c: {"wide": names, "abbreviated": names} for c in ("format", "stand-alone")},
        "days": {c: {"wide": weekdays, "abbreviated": short} for c in ("format", "stand-alone")},
        "dayPeriods": {
            c: {"wide": periods, "abbreviated": periods} for c in ("format", "stand-alone")
        },
        "dateFormats": {"short": "dd.MM.yy"},
        "dateTimeFormats": {"availableFormats": {"MMMd": "d. MMM"}},
    }
    fields: dict[str, object] = {
        day: {
            "relative-type--1": f"letzten {name}",
            "relative-type-0": f"diesen {name}",
            "relative-type-1": f"nächsten {name}",
        }
        for day, name in weekdays.items()
    }
    units = {"second": "Sekunden", "minute": "Minuten", "hour": "Stunden", "day": "Tage",
             "week": "Wochen", "month": "Monate", "year": "Jahre"}  # fmt: skip
    for unit, name in units.items():
        future = {"relativeTimePattern-count-other": f"in {{0}} {name}"}
        for width in ("", "-short", "-narrow"):
            fields[unit + width] = {"relativeTime-type-future": future}
    fields["day"] = {**fields["day"], "relative-type-1": "morgen", "relative-type-2": "übermorgen"}  # type: ignore[dict-item]
    main_folder = folder / "cldr-dates-full" / "main" / "de"
    main_folder.mkdir(parents=True)
    (folder / "cldr-rbnf" / "rbnf").mkdir(parents=True)
    contents = {
        main_folder / "ca-gregorian.json": {
            "main": {"de": {"dates": {"calendars": {"gregorian": calendar}}}}
        },
        main_folder / "dateFields.json": {"main": {"de": {"dates": {"fields": fields}}}},
        folder / "cldr-dates-full" / "package.json": {"version": "48.2.0"},
        folder / "cldr-rbnf" / "rbnf" / "de.json": {
            "rbnf": {"rbnf": {"SpelloutRules": GERMAN_NUMBERS}}
        },
    }
    for path, content in contents.items():
        path.write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.fixture
def german(tmp_path: Path) -> Lexicon:
    everywhere = files("bot.data.dates") / "any.hand.json"
    layers = [
        generated(cldr(tmp_path), "de"),
        GERMAN_BY_HAND,
        json.loads(everywhere.read_text(encoding="utf-8")),
    ]
    return build_lexicon("de", layers)


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("Freitag", "2026-11-27"),
        ("bis Freitag um 18 Uhr", "2026-11-27T18:00"),
        ("nächsten Freitag, 14 Uhr", "2026-11-27T14:00"),
        ("am 27.", "2026-11-27"),
        ("am 27. November", "2026-11-27"),
        ("Fr., 27. November 2026", "2026-11-27"),
        ("27.11. 18.30 Uhr", "2026-11-27T18:30"),
        ("morgen halb vier", "2026-11-23T15:30"),
        ("übermorgen Viertel vor neun", "2026-11-24T08:45"),
        ("in drei Tagen", "2026-11-25"),
        ("in dreiundzwanzig Tagen", "2026-12-15"),
        ("dritter Dezember", "2026-12-03"),
        ("Mo 9 Uhr", "2026-11-23T09:00"),
        ("morgen Abend", "2026-11-23T18:00"),
        ("Ende November", "2026-11-30"),
        ("jeden Montag 9 Uhr bis Juni", "2026-11-23T09:00 FREQ=WEEKLY;BYDAY=MO;UNTIL=20270630"),
        ("Mai", None),
        ("Frau Mai", None),
        ("So", None),
    ],
)
def test_a_further_language_is_data(german: Lexicon, phrase: str, expected: str | None) -> None:
    try:
        reading = _read(phrase, fold(phrase), scan(fold(phrase), german), german, NOW)
    except DateTrouble:
        assert expected is None
        return
    shown = str(reading.day)
    if reading.time:
        shown += f"T{reading.time.isoformat('minutes')}"
    if reading.every:
        shown += f" {reading.every}"
    assert shown == expected


def test_generating_writes_one_file_a_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.data.build_date_lexicon.DATES", tmp_path)
    main([str(cldr(tmp_path)), "de"])
    made = json.loads((tmp_path / "de.json").read_text(encoding="utf-8"))
    assert made["words"]["next"] == ["nächsten"]
    assert made["words"]["weekday"]["4"] == ["Freitag"]
    assert made["words"]["weekday_short"]["4"] == ["Fr."]
    assert made["words"]["number"]["23"] == ["dreiundzwanzig"]
    assert made["words"]["weekday"]["0"] == ["Montag"]
    assert made["habits"] == {"numeric_order": "dmy", "dotted_dates": True}


def test_numbers_are_spelled_by_rule() -> None:
    words = dict(spelled(GERMAN_NUMBERS, range(1, 24), "cardinal"))
    assert (words[13], words[23], words[20]) == ("dreizehn", "dreiundzwanzig", "zwanzig")
    assert list(spelled(GERMAN_NUMBERS, range(1, 4), "ordinal")) == [(3, "dritter")]


def test_ordinal_suffixes_are_found() -> None:
    english = {"%digits-ordinal": [["-x", "−→→;"], ["0", "=#,##0=$(ordinal,one{st}other{th})$;"]]}
    french = {"%digits-ordinal-masculine": [["0", "=#,##0=e;"], ["1", "=#,##0=ᵉʳ;"]]}
    assert ordinal_suffixes(english) == ["st", "th"]
    assert ordinal_suffixes(french) == ["e", "er"]


@pytest.mark.parametrize(
    ("pattern", "order"),
    [("dd/MM/y", "dmy"), ("M/d/yy", "mdy"), ("y. MM. dd.", "ymd"), ("", "dmy")],
)
def test_numeric_order(pattern: str, order: str) -> None:
    assert numeric_order(pattern) == order


@pytest.mark.parametrize("order", ["mdy", "ymd"])
def test_a_language_may_put_the_month_first(order: str) -> None:
    lexicon = build_lexicon("xx", [{"habits": {"numeric_order": order}}])
    for text in ("11/27", "27/11", "11/27/2026"):
        assert str(_read(text, text, scan(text, lexicon), lexicon, NOW).day) == "2026-11-27"
    assert str(_read("12/3", "12/3", scan("12/3", lexicon), lexicon, NOW).day) == "2026-12-03"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_file_of_words_is_whole(language: str) -> None:
    lexicon = load_lexicon(language)
    assert lexicon is not None
    meant = {(s.kind, s.number) for senses in lexicon.senses.values() for s in senses}
    assert {("weekday", day) for day in range(7)} <= meant
    assert {("weekdays", day) for day in range(7)} <= meant
    assert {("month", month) for month in range(1, 13)} <= meant
    assert {("number", number) for number in range(1, 32)} <= meant
    assert {("ordinal", number) for number in range(1, 32)} <= meant
    assert {("relative", day) for day in (-1, 0, 1, 2)} <= meant
    kinds = {kind for kind, _ in meant}
    assert {"next", "this", "last", "in", "until", "every", "end_of", "at", "by", "from"} <= kinds
    assert all(entry == fold(entry) for entry in lexicon.senses)


def test_languages_say_every_kind_that_the_other_says() -> None:
    """What one language can say, the next one must say as well, or the table says why not."""
    said = {}
    for language in ("en", "fr"):
        lexicon = load_lexicon(language)
        assert lexicon is not None
        said[language] = {s.kind for senses in lexicon.senses.values() for s in senses}
    assert said["en"] - said["fr"] == {
        "at_spoken", "frequency", "lead", "meridiem_short", "month_first", "one", "past", "to",
    }  # fmt: skip
    assert said["fr"] - said["en"] == {
        "alternate", "by_the", "day_article", "from_the", "minus", "until_the",
    }  # fmt: skip


ODD = {
    "spellings": [
        {"lj": "љ", "l": "л", "j": "ј", "e": "е", "t": "т", "o": "о"},
        {"e": "", "o": ""},
    ],
    "words": {"month": {"7": ["Ljeto"]}, "by": ["jel", "x"], "ordinal_suffix": ["."]},
}


def test_other_spellings_are_entered_beside_the_first() -> None:
    """Letters that belong together go before single ones; words without them stay as they are."""
    lexicon = build_lexicon("xx", [ODD])
    assert set(lexicon.senses) == {"ljeto", "љето", "ljt", "jel", "јел", "jl", "x"}
    assert {entry for entry, found in lexicon.senses.items() if found[0].kind == "month"} == {
        "ljeto", "љето", "ljt",
    }  # fmt: skip
    assert lexicon.ordinal_suffixes == {"."}


@pytest.mark.parametrize(
    ("language", "phrase", "day"),
    [
        ("az", "bazar ertəsindən cüməyə", "2026-11-23"),  # from monday, or monday
        ("az", "bazar ertəsinə qədər", "2026-11-23"),
        ("de", "am Ersten", "2026-12-01"),  # the first, or the first monday, december
        ("de", "am ersten Montag im Monat", "2026-12-07"),
        ("de", "am ersten Dezember", "2026-12-01"),
        ("tr", "cumaya kadar", "2026-11-27"),
    ],
)
def test_words_are_taken_apart_or_together_as_it_fits(language: str, phrase: str, day: str) -> None:
    """An entry that is several words in one may be other words beside others."""
    lexicon = load_lexicon(language)
    assert lexicon is not None
    folded = plain(phrase)
    assert str(_read(phrase, folded, scan(folded, lexicon), lexicon, NOW).day) == day


def test_a_class_is_no_hour() -> None:
    """Turkish `9'a` is at nine; nine and a letter in one are a class."""
    lexicon = load_lexicon("tr")
    assert lexicon is not None
    hour = _read("cuma 9'a", "cuma 9'a", scan("cuma 9'a", lexicon), lexicon, NOW)
    assert str(hour.time) == "09:00:00"
    with pytest.raises(DateTrouble):
        _read("cuma 9a", "cuma 9a", scan("cuma 9a", lexicon), lexicon, NOW)
