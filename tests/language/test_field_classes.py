from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.resources import files
from zoneinfo import available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.language import places
from bot.language.field_classes import (
    ClassCode,
    ClassDetails,
    guess_zone,
    read_class_code,
    read_class_details,
)
from bot.language.field_settings import KNOWN
from bot.language.fields import TYPES, Situation, Trouble
from bot.language.folding import fold
from bot.language.line import cut
from bot.language.message import Code, Plural
from bot.model.asker import Asker
from bot.model.people import Role
from bot.model.project import Project

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ZONES = available_timezones()
DATA = json.loads((files("bot.data") / "zones.json").read_text(encoding="utf-8"))


def situation(*languages: str) -> Situation:
    asker = Asker("@ana:example.org", "Ana", Role.TEACHER, "en", "UTC", NOW)
    return Situation(Project("!room:example.org", NOW), asker, languages or ("en",))


def read(text: str, *languages: str) -> ClassDetails:
    return read_class_details(cut(text).tokens, situation(*languages))


def code(text: str, *languages: str) -> ClassCode:
    return read_class_code(cut(text).tokens, situation(*languages))


def shown(trouble: Trouble) -> str:
    """Return the sentence of a trouble in English."""
    message = trouble.message
    assert not isinstance(message.text, Plural)
    plain = {
        name: part.text if isinstance(part, Code) else part for name, part in message.values.items()
    }
    return message.text.format(**plain)


DETAILS = """
# typed|name|languages|zone|guessed from|country|server|size
Kraków pl Europe/Warsaw|Kraków|pl|Europe/Warsaw||PL||
Kraków pl europe/warsaw.|Kraków|pl|Europe/Warsaw||PL||
Europe/Warsaw Kraków pl|Kraków|pl|Europe/Warsaw||PL||
Lycée Louis-Barthou, Pau, fr, 25 élèves|Lycée Louis-Barthou, Pau|fr|Europe/Paris|Pau|FR||25
Volos Greece el|Volos|el|Europe/Athens|Volos|GR||
Volos Grèce|Volos||Europe/Athens|Volos|GR||
Volos gr|Volos||Europe/Athens|Volos|GR||
Agia Paraskevi Grèce|Agia Paraskevi||Europe/Athens|Grèce|GR||
Köln de koeln.logineo.example 22|Köln|de|Europe/Berlin|Köln|DE|koeln.logineo.example|22
Cork en|Cork|en|Europe/Dublin|Cork|IE||
Cork English|Cork|en|Europe/Dublin|Cork|IE||
Pau France|Pau||Europe/Paris|Pau|FR||
Pau|Pau||Europe/Paris|Pau|FR||
I Liceum pl|I Liceum|pl|Europe/Warsaw|pl|||
Reykjavik|Reykjavik||Atlantic/Reykjavik|Reykjavik|IS||
Sevilla es 24 pupils agora.example.es|Sevilla|es|Europe/Madrid|Sevilla|ES|agora.example.es|24
Tbilisi ka Asia/Tbilisi|Tbilisi|ka|Asia/Tbilisi||GE||
New York en America/New York|New York|en|America/New_York||US||
# words of a name that are codes of languages too
Collège de la Mer|Collège de la Mer||||||
Collège de la Mer fr|Collège de la Mer|fr|Europe/Paris|fr|||
Lycée français|Lycée français|fr|Europe/Paris|fr|||
Lycée français de Turquie|Lycée français de Turquie||Europe/Istanbul|Turquie|TR||
Gymnasium Istanbul de Turkey|Gymnasium Istanbul|de|Europe/Istanbul|Istanbul|TR||
Lycée français de|Lycée français|de|Europe/Berlin|de|||
# numbers of a name
Praha 6 cs|Praha 6|cs|Europe/Prague|Praha|CZ||
Liceum no 5|Liceum no 5||||||
Liceum nr 5 pl 24|Liceum nr 5|pl|Europe/Warsaw|pl|||24
Kraków, 24|Kraków||Europe/Warsaw|Kraków|PL||24
pupils: 24 Kraków|Kraków||Europe/Warsaw|Kraków|PL||24
Class of students 2026 fr|Class of students 2026|fr|Europe/Paris|fr|||
# codes
Kraków PL|Kraków|pl|Europe/Warsaw|Kraków|PL||
Kraków Pl Europe/Warsaw|Kraków|pl|Europe/Warsaw||PL||
London UK|London||Europe/London|London|GB||
London uk|London||Europe/London|London|GB||
Academy UK|Academy||Europe/London|United Kingdom|GB||
Київ UK|Київ|uk|Europe/Kyiv|Київ|UA||
School uk|School|uk|Europe/Kyiv|uk|||
Lausanne CH fr/de|Lausanne|fr de|Europe/Zurich|Lausanne|CH||
Bosco pt-BR|Bosco|pt|Europe/Lisbon|pt|||
Bergen no|Bergen|nb|Europe/Oslo|Bergen|NO||
Kraków (Poland) – pl and en – 24 pupils|Kraków|pl en|Europe/Warsaw|Kraków|PL||24
School en pl|School|en pl|Europe/Warsaw|pl|||
School PL|School|pl|Europe/Warsaw|Poland|PL||
# no name
pl||pl|Europe/Warsaw|pl|||
24 pl||pl|Europe/Warsaw|pl|||24
Greece el|Greece|el|Europe/Athens|Greece|GR||
–|||||||
# servers
Lycée agent.education.tchap.gouv.fr|Lycée||Europe/Paris|…gouv.fr|FR|agent.education.tchap.gouv.fr|
School https://matrix.example.pl/|School||Europe/Warsaw|…example.pl|PL|matrix.example.pl|
School @ana:example.pl|School||Europe/Warsaw|example.pl|PL|example.pl|
School \ue000@ana:example.pl\ue001|School||Europe/Warsaw|example.pl|PL|example.pl|
School :matrix.org:8448|School|||||matrix.org:8448|
School :localhost|School|||||localhost|
School localhost|School|||||localhost|
School example.im nl|School|nl|Europe/Amsterdam|nl||example.im|
Schule St.Pauli Dr.No :-)|Schule St.Pauli Dr.No||||||
# places that share a name, and one country with several zones
Cordoba Argentina|Cordoba||America/Argentina/Buenos_Aires|Argentina|AR||
Granada es|Granada|es|Europe/Madrid|Granada|ES||
Esch Luxembourg|Esch Luxembourg||Europe/Luxembourg|Luxembourg|LU||
Cordoba es|Cordoba|es|Europe/Madrid|Cordoba|ES||
Liceo Reina Sofía es|Liceo Reina Sofía|es|Europe/Madrid|es|||
School Sofia bg|School Sofia|bg|Europe/Sofia|Sofia|BG||
Las Palmas es|Las Palmas|es|Atlantic/Canary|Las Palmas|ES||
Saint-Denis Réunion fr|Saint-Denis|fr|Indian/Reunion|Réunion|RE||
Sheffield UTC|Sheffield UTC||Europe/London|Sheffield|GB||
# two of a kind: the first stays in the name
Paris France Poland|Paris France||Europe/Warsaw|Poland|PL||
"""


@pytest.mark.parametrize(
    "row", [one for one in DETAILS.splitlines() if one and not one.startswith("#")]
)
def test_details(row: str) -> None:
    typed, *expected = (cell.strip() for cell in row.split("|"))
    found = read(typed)
    assert expected == [
        found.name,
        " ".join(found.languages),
        found.zone or "",
        found.guessed_from or "",
        found.country or "",
        found.server or "",
        str(found.size or ""),
    ]


def test_a_country_is_named_to_the_reader() -> None:
    assert "Pologne" == read("École PL", "fr", "en").guessed_from


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Kraków pl Europe/Krakow", "Did you mean Europe/Warsaw?"),
        ("Kraków Europa/Varsovie", "Did you mean Europe/Warsaw?"),
        ("Kraków Warsaw/Europe", "Did you mean Europe/Warsaw?"),
        ("Europe/Warsow Kraków", "Did you mean Europe/Warsaw?"),
        ("Kraków Europe/Pologne", "Did you mean Europe/Warsaw?"),
        ("New York America/New Yrok", "Did you mean America/New_York?"),
        ("Kraków CET", "Did you mean Europe/Warsaw?"),
        ("School pl UTC", "A time zone looks like Europe/Warsaw."),
        ("School Europe/Qqqqqqqqqqqq", "A time zone looks like Europe/Warsaw."),
        ("Kraków Europe/Warsaw Europe/Paris", "one time zone: Europe/Warsaw or Europe/Paris?"),
        ("Kraków 0 pupils", "From 1 to 999, please."),
        ("Kraków 1000 pupils", "From 1 to 999, please."),
        ("K" * 81, "at most 80 characters."),
        ("a " * 25, "at most 80 characters."),
    ],
)
def test_trouble_is_told_kindly(typed: str, said: str) -> None:
    with pytest.raises(Trouble) as caught:
        read(typed)
    assert said in shown(caught.value)
    assert caught.value.words


def test_the_order_of_guessing() -> None:
    every = ("School Kraków", ["fr"], None, "matrix.example.de", ["en"])
    assert ("Europe/Warsaw", "Kraków") == guess_zone(*every)
    assert ("Europe/Athens", "Greece") == guess_zone("School", ["fr"], "GR", "x.de", ["en"])
    assert ("Europe/Athens", "Grèce") == guess_zone("Kraków", ["fr"], "Grèce", "x.de", [])
    assert ("Europe/Berlin", "x.de") == guess_zone("School", ["fr"], None, "x.de", ["en"])
    assert ("Europe/Paris", "fr") == guess_zone("School", ["en", "fr"], None, "x.org", ["en"])
    assert ("Europe/Dublin", "en") == guess_zone("School", ["en"], "Nowhere", None, ["en"])
    assert None is guess_zone("School", [], None, None, ["en"])


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("KRK", "KRK"), ("krk", "KRK"), ("Köl", "KÖL"), ("#PAU:", "PAU"), ("pl1", "PL1"),
     ("ΑΘΗ", "ΑΘΗ"), ("Ko\u0308l", "KÖL"), ("Kraków", "KRAKÓW")],
)  # fmt: skip
def test_codes(typed: str, stored: str) -> None:
    assert stored == code(typed)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("K", "2 to 6 letters or digits"),
        ("Barcelona", "2 to 6 letters or digits"),
        ("4B", "2 to 6 letters or digits"),
        ("K-1", "2 to 6 letters or digits"),
        ("\ue000@ana:example.pl\ue001", "2 to 6 letters or digits"),
        ("", "2 to 6 letters or digits"),
        ("T14", "number of a task"),
        ("m2", "number of a task"),
        ("PL", "PL is a language too. Try PL1."),
        ("no", "NO is a language too. Try NO1."),
        ("all", "Try ALL1."),
        ("Me", "Try ME1."),
    ],
)
def test_codes_that_are_refused(typed: str, said: str) -> None:
    with pytest.raises(Trouble) as caught:
        code(typed)
    assert said in shown(caught.value)


def test_words_of_dates_are_no_codes() -> None:
    """In the languages that are read here, and in English; a day of others may be a class."""
    assert "MARDI" == code("mardi")
    assert "PIATEK" == code("PIATEK", "fr", "en")
    for typed, languages in [
        ("mardi", ("fr", "en")), ("FRIDAY", ("fr",)), ("PIĄTEK", ("pl",)), ("MON", ("en",)),
        ("SAM", ("fr",)), ("US", ("en",)),
    ]:  # fmt: skip
        with pytest.raises(Trouble):
            code(typed, *languages)


@pytest.mark.parametrize(
    ("typed", "language"),
    [("THE", "en"), ("WIE", "de"), ("DIE", "de"), ("LA", "it"), ("LA", "ro"), ("LE", "fr")],
)
def test_small_words_may_be_codes(typed: str, language: str) -> None:
    """Thessaloniki and Latina: an article or "at" alone names no day."""
    assert typed == code(typed, language)


@pytest.mark.parametrize(("typed", "other"), [("7B", "K7B"), ("10a", "K10A"), ("3ESO", "K3ESO")])
def test_a_code_that_begins_with_a_figure_is_told_a_better_one(typed: str, other: str) -> None:
    """Archives know codes that begin with a letter: the answer shows one to type."""
    with pytest.raises(Trouble) as caught:
        code(typed)
    assert f"a letter first: {other}." in shown(caught.value)
    assert other == code(other)


def test_both_are_fields() -> None:
    assert 1 == TYPES[ClassCode].longest
    assert 24 == TYPES[ClassDetails].longest


WORDS = st.sampled_from(
    """
    Kraków pl PL UK no and & 24 0 9999 pupils élèves Europe/Warsaw Europe/Nowhere / a/b Greece de la
    Sofia example.pl :x.y @a:b @ : , – Lycée français, 5 CET UTC America/New York \ue000@\ue001
    \ue000@a:b.c\ue001 States United ١٢ ² İ
    """.split()  # noqa: SIM905 - words as they are typed
)
TYPED = st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=30).map(" ".join))


@given(TYPED)
@example("1 and " * 12)
@example("GRECE\ue000:\ue001")
def test_whatever_is_typed_gives_details_or_a_kind_sentence(typed: str) -> None:
    try:
        found = read(typed)
    except Trouble as trouble:
        shown(trouble)
        return
    assert found.zone is None or found.zone in ZONES
    assert found.guessed_from is None or found.zone
    assert set(found.languages) <= KNOWN
    assert len(found.name) <= 80
    assert "\ue000" not in found.name


@given(TYPED)
def test_whatever_is_typed_gives_a_code_or_a_kind_sentence(typed: str) -> None:
    try:
        found = code(typed)
    except Trouble as trouble:
        shown(trouble)
        return
    assert found == code(found)
    assert 2 <= len(found) <= 6


def test_every_zone_of_the_data_exists() -> None:
    assert set() == set(DATA["cities"]) - ZONES
    assert set() == set(DATA["territories"].values()) - ZONES
    assert set() == {places.zone_of(one) for one in places.territories()} - ZONES


def test_every_zone_of_a_city_lies_in_a_country() -> None:
    assert [] == [zone for zone in DATA["cities"] if not places.country_of(zone)]


@pytest.mark.parametrize("language", sorted(KNOWN))
def test_every_language_has_a_zone(language: str) -> None:
    assert places.zone_of_language(language) in ZONES


def test_every_country_with_several_zones_has_a_usual_one() -> None:
    several = {one for one in places.territories() if len(places.all_zones_of(one)) > 1}
    assert set() == several - DATA["territories"].keys()


def test_the_data_names_real_countries_and_no_city_twice() -> None:
    named = {*DATA["countries"], *DATA["languages"].values(), *DATA["top_levels"].values()}
    assert set() == named - places.territories()
    spellings = [
        (fold(word), zone)
        for zone, cities in DATA["cities"].items()
        for city in cities
        for word in city.split("|")
    ]
    assert len(dict(spellings)) == len(set(spellings))
    assert len([one for cities in DATA["cities"].values() for one in cities]) > 150


def test_a_doubtful_word_is_a_city() -> None:
    cities = {
        fold(word)
        for several in DATA["cities"].values()
        for city in several
        for word in city.split("|")
    }
    assert set() == {fold(one) for one in DATA["also_other_words"]} - cities
