"""Several days or hours where one is wanted: never one of them alone, and titles stay whole."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.lists import format_list

from bot.language.date_writing import write_day
from bot.language.dates import DateTrouble, NoSuchDate, SeveralDays, UnreadWord, read_date
from bot.language.dates.lexicon import load_lexicon
from tests.language.date_score import languages

NOW = datetime(2026, 11, 22, 15, tzinfo=ZoneInfo("Europe/Paris"))
MONTH_FIRST = {"hu": "{month} 10-14", "lt": "{month} 10-14"}


def trouble(text: str, *spoken: str) -> SeveralDays:
    with pytest.raises(SeveralDays) as caught:
        read_date(text, languages=spoken, now=NOW)
    return caught.value


@pytest.mark.parametrize("language", languages())
def test_two_weekdays_are_never_one_day(language: str) -> None:
    """`monday and thursday`, as CLDR writes it, is refused as several days in every language."""
    locale = Locale.parse(language)
    names = locale.days["format"]["wide"]
    said = format_list([names[0], names[3]], locale=locale)
    assert trouble(said, language).certain
    assert trouble(f"{said} 8:00", language).certain


@pytest.mark.parametrize("language", languages())
def test_a_span_of_days_in_a_month_is_never_one_day(language: str) -> None:
    """`10-14 may` is a span in every language, and its last day is told."""
    month = Locale.parse(language).months["format"]["wide"][5]
    phrase = MONTH_FIRST.get(language, "10-14 {month}").format(month=month)
    found = trouble(phrase, language)
    assert found.certain
    assert found.last in {date(2027, 5, 14), None}
    assert found.last or language in MONTH_FIRST


@pytest.mark.parametrize("language", languages())
def test_two_written_days_are_never_one(language: str) -> None:
    """What the bot writes of two days, with an and between, is several days."""
    first, last = (write_day(date(2026, 12, d), language, today=NOW.date()) for d in (3, 10))
    entries = load_lexicon(language)
    assert entries is not None
    joining = next(w for w, s in entries.senses.items() if any(one.kind == "and" for one in s))
    found = trouble(f"{first} {joining} {last}", language)
    assert found.last == date(2026, 12, 10)


@pytest.mark.parametrize(
    ("language", "phrase", "last"),
    [
        ("en", "from 10 to 14 May", "2027-05-14"),
        ("en", "10 to 14 may", "2027-05-14"),
        ("en", "dec 3 to 5", None),
        ("en", "3, 4 and 5 december", "2026-12-05"),
        ("en", "3 and 4 may and 5 june", "2027-06-05"),
        ("en", "friday, monday 8h", None),
        ("en", "2026-12-01 to 2026-12-04", "2026-12-04"),
        ("fr", "du 3 au 7 mai", "2027-05-07"),
        ("fr", "24-26 mai", "2027-05-26"),
        ("fr", "les 3 et 4 mai", "2027-05-04"),
        ("de", "vom 10. bis 14. Mai", "2027-05-14"),
        ("de", "10.-14. Mai", "2027-05-14"),
        ("de", "3. bis 5. Mai", "2027-05-05"),
        ("pl", "od 3 do 7 maja", "2027-05-07"),
        ("hu", "május 10-től 14-ig", None),
        ("fi", "10.–14. toukokuuta", "2027-05-14"),
        ("et", "10. maist 14. maini", "2027-05-14"),
        ("uk", "з 10 до 14 травня", "2027-05-14"),
    ],
)
def test_dates_joined_in_any_way(language: str, phrase: str, last: str | None) -> None:
    """Lists and spans of dates are named as such, with the last of them where it is known."""
    found = trouble(phrase, language, "en")
    assert found.certain
    assert (found.last and found.last.isoformat()) == last
    assert not found.hours


@pytest.mark.parametrize(
    ("language", "phrase"),
    [
        ("en", "friday 14h to 16h"),
        ("en", "friday from 2 to 4pm"),
        ("fr", "vendredi de 20h à 22h"),
        ("de", "Freitag von 14 bis 16 Uhr"),
    ],
)
def test_a_span_of_hours_is_no_hour(language: str, phrase: str) -> None:
    """`friday 14h to 16h` is neither 14:00 nor 16:00."""
    assert trouble(phrase, language).hours


@pytest.mark.parametrize(
    ("language", "phrase"),
    [
        ("fr", "de mardi à mercredi"),
        ("fr", "de 20h à 22h"),
        ("fr", "du 3 au 14"),
        ("en", "1/2 and 3/4"),
        ("en", "sun and sat"),
        ("en", "friday / monday"),
        ("de", "von Montag bis Mittwoch"),
    ],
)
def test_what_may_be_a_title_is_not_certain(language: str, phrase: str) -> None:
    """`la nuit de mardi à mercredi` is a title; as a date it is refused all the same."""
    assert not trouble(phrase, language).certain


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("fr", "Exercices 10 à 14"),
        ("fr", "Lire de la page 10 à 14"),
        ("de", "Kapitel 3 bis 5"),
        ("de", "Seiten 10-14"),
        ("en", "Pages 10-14"),
        ("en", "Paris-Berlin 10-14"),
        ("en", "Working 9 to 5"),
        ("en", "Chapters 3 and 4"),
        ("pl", "Rozdziały od 3 do 5"),
        ("es", "Páginas 10 a 14"),
        ("it", "Esercizi da 3 a 5"),
        ("nl", "Hoofdstuk 3 tot 5"),
    ],
)
def test_numbers_in_a_title_are_no_days(language: str, title: str) -> None:
    """Exercises, chapters, pages and scores that go from one number to another are no dates."""
    words = title.split()
    for start in range(len(words)):
        assert not is_sure(" ".join(words[start:]), language), words[start:]


def is_sure(text: str, language: str) -> bool:
    """Tell whether a text is a date, or several of them, that is cut off a title."""
    try:
        return not read_date(text, languages=[language, "en"], now=NOW).mistakable
    except SeveralDays as several:
        return several.certain
    except DateTrouble:
        return False


@pytest.mark.parametrize(
    ("language", "phrase", "start"),
    [
        ("de", "bis 5. Mai", "2027-05-05"),
        ("en", "friday, 4 december", "2026-12-04"),
        ("en", "friday 4 december, 8h", "2026-12-04"),
        ("pl", "do jutra do 16:00", "2026-11-23"),
        ("pl", "na środę na 8.00", "2026-11-25"),
        ("en", "by friday by 4pm", "2026-11-27"),
        ("fr", "pour demain pour 16h", "2026-11-23"),
    ],
)
def test_one_day_said_with_several_words_is_one(language: str, phrase: str, start: str) -> None:
    """A weekday beside its date, an hour, and a mark before each name one moment."""
    assert read_date(phrase, languages=[language], now=NOW).day.isoformat() == start


@pytest.mark.parametrize("phrase", ["Kapitel 3 bis 5. Mai", "3 bis 5. Mai"])
def test_a_number_before_a_deadline_stays_with_its_title(phrase: str) -> None:
    """`Kapitel 3 bis 5. Mai`: chapter 3, by 5 May. Only `vom 3. bis 5. Mai` is a span."""
    with pytest.raises(DateTrouble) as caught:
        read_date(phrase, languages=["de"], now=NOW)
    assert not isinstance(caught.value, SeveralDays)


@pytest.mark.parametrize(
    ("language", "phrase"),
    [
        ("en", "2 days before friday"),
        ("en", "a week before 4 december"),
        ("en", "a week before monday"),
        ("en", "a week before tomorrow"),
        ("en", "the day before friday"),
        ("en", "the eve of friday"),
        ("en", "2 hours before friday 10:00"),
        ("fr", "2 jours avant vendredi"),
        ("fr", "une semaine avant lundi"),
        ("fr", "la veille de vendredi"),
        ("de", "zwei Wochen vor Freitag"),
        ("es", "la víspera del lunes"),
        ("it", "il giorno prima di venerdì"),
        ("pl", "tydzień przed piątkiem"),
        ("uk", "за тиждень до п'ятниці"),
        ("ar", "أسبوع قبل الجمعة"),
    ],
)
def test_what_counts_back_from_a_day_is_not_that_day(language: str, phrase: str) -> None:
    """`2 days before friday` is refused as a whole, so that no field takes `before friday`."""
    with pytest.raises(NoSuchDate):
        read_date(phrase, languages=[language], now=NOW)


def test_before_alone_still_leads_to_a_day() -> None:
    """`before friday` is a deadline; `camp of 3 days by friday` has one, `the day before` none."""
    assert read_date("before friday", languages=["en"], now=NOW).day == date(2026, 11, 27)
    for phrase in ("the day before", "3 days by friday"):
        with pytest.raises(UnreadWord):
            read_date(phrase, languages=["en"], now=NOW)


@pytest.mark.parametrize("language", languages())
def test_of_two_days_none_is_chosen(language: str) -> None:
    """`friday or monday`, as CLDR writes it, is two days in every language."""
    locale = Locale.parse(language)
    names = locale.days["format"]["wide"]
    said = format_list([names[4], names[0]], style="or", locale=locale)
    said = said.replace(" or ", " jew ") if language == "mt" else said  # CLDR has no Maltese or
    assert trouble(said, language).last in {None, date(2026, 11, 23)}
