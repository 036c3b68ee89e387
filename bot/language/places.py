"""Places: which country and time zone the name of a city, country, server or language tells."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Final
from zoneinfo import available_timezones

from babel.core import get_global
from babel.languages import get_official_languages

from bot.language.catalog import locale
from bot.language.field_settings import KNOWN
from bot.language.folding import fold

AREAS: Final = frozenset(
    {"africa", "america", "antarctica", "arctic", "asia"}
    | {"atlantic", "australia", "europe", "indian", "pacific"}
)
"""What stands before the stroke in the name of a zone."""
_MOST_WORDS: Final = 5
_SHORTEST: Final = 4
_ALIKE: Final = 0.7
_END: Final = 2
"""How many parts of a server's name are shown."""
_HOST: Final = re.compile(r"\w[\w-]*(?:\.\w[\w-]*)*(?::\d{1,5})?")
_ADDRESS: Final = re.compile(r"[@#!][^\s:]*:|https?://|:(?=.*\.|localhost)", re.IGNORECASE)


@cache
def _data() -> Mapping[str, Any]:
    text = (files("bot.data") / "zones.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", fold(text)))


@cache
def zones() -> Mapping[str, str]:
    """Return folded name -> name of every zone that is called after a place."""
    return {
        fold(zone): zone
        for zone in sorted(available_timezones())
        if fold(zone).split("/")[0] in AREAS | {"etc"} and "/" in zone
    }


@cache
def territories() -> frozenset[str]:
    """Return the codes of all countries, ISO 3166, that lie in a time zone."""
    real = {code for code in get_global("territory_zones") if re.fullmatch("[A-Z]{2}", code)}
    return frozenset(real - {"ZZ"} | _data()["territories"].keys())


@cache
def _countries() -> Mapping[str, str]:
    """Return plain name in any language -> code; Granada is a city, "man" no island."""
    found: dict[str, str] = {}
    for language in ("en", *sorted(KNOWN - {"en"})):
        for code, name in locale(language).territories.items():
            plain = _plain(name)
            if code in territories() and plain not in _cities() and len(plain) >= _SHORTEST:
                found.setdefault(plain, code)
    for code, names in _data()["countries"].items():
        found |= {_plain(name): code for name in names.split("|")}
    return found


@cache
def _cities() -> Mapping[str, str]:
    """Return plain name -> zone."""
    return {
        _plain(name): zone
        for zone, cities in _data()["cities"].items()
        for city in cities
        for name in city.split("|")
    }


@cache
def _doubtful() -> frozenset[str]:
    """Return the cities whose names are first names or other words as well."""
    return frozenset(_plain(word) for word in _data()["also_other_words"])


@cache
def listed(name: str) -> frozenset[str]:
    """Return the words of one list of the data, folded."""
    return frozenset(fold(word) for word in _data()[name])


def find_country(text: str) -> str | None:
    """Return the code of the country called *text* in any language: "Grèce", "Holland"."""
    return _countries().get(_plain(text))


def country_of(zone: str) -> str | None:
    """Return the country that *zone* lies in."""
    found = get_global("zone_territories").get(zone)
    return found if found in territories() else None


def zone_of(country: str) -> str | None:
    """Return the zone of *country*, the usual one if it has several."""
    usual: Mapping[str, str] = _data()["territories"]
    return usual.get(country) or next(iter(all_zones_of(country)), None)


def all_zones_of(country: str) -> Sequence[str]:
    """Return every zone of *country*."""
    found: Sequence[str] = get_global("territory_zones").get(country, ())
    return found


def zone_of_language(language: str) -> str | None:
    """Return the zone of the country where most classes speak *language*."""
    return zone_of(_data()["languages"].get(language, ""))


@cache
def spoken(country: str) -> frozenset[str]:
    """Return the official languages of *country*."""
    return frozenset(get_official_languages(country, regional=True, de_facto=True))


def country_of_server(server: str) -> str | None:
    """Return the country that the last part of a server's name tells, if it does."""
    top = _labels(server)[-1]
    if top in _data()["placeless_top_levels"] or "." not in server:
        return None
    special: Mapping[str, str] = _data()["top_levels"]
    return special.get(top) or (top.upper() if top.upper() in territories() else None)


def find_server(text: str) -> str | None:
    """Return the server in matrix.example.pl, :matrix.example.pl, @ana:matrix.example.pl."""
    text = text.strip(",;()<>.")
    marked = _ADDRESS.match(text)
    host = text[marked.end() :].partition("/")[0] if marked else text
    fits = _HOST.fullmatch(host) and (marked or _looks_like_server(host))
    return host.lower() if fits else None


def _labels(server: str) -> list[str]:
    return server.lower().partition(":")[0].split(".")


def _looks_like_server(host: str) -> bool:
    """Tell "example.pl" from "St.Pauli" and "Dr.No"."""
    *before, top = _labels(host)
    if not before or len(before[0]) <= 1 or len(top) <= 1 or not top.isalpha():
        return top == "localhost"
    known = top.upper() in territories() or top in {
        *_data()["top_levels"],
        *listed("open_top_levels"),
    }
    return (
        host == host.lower()
        if len(before) == 1 and known
        else len(before) > 1 and host[1:] == host[1:].lower()
    )


def find_city(name: str, languages: Sequence[str], country: str | None) -> tuple[str, str] | None:
    """Return zone and name of the last city in *name* that lies in *country* (if that is known).

    "Florence" and "Sofia" count where they are all of the name, or where one of *languages* is
    spoken: there are pupils and saints of these names.
    """
    name = unicodedata.normalize("NFC", name)
    pieces = list(re.finditer(r"[^\W_]+", name))
    for stop in range(len(pieces), 0, -1):
        for start in range(max(0, stop - _MOST_WORDS), stop):
            text = name[pieces[start].start() : pieces[stop - 1].end()]
            zone = _cities().get(_plain(text))
            if zone is None:
                continue
            there = country_of(zone)
            sure = country or stop - start == len(pieces) or _plain(text) not in _doubtful()
            if country in {None, there} and (sure or spoken(there or "") & {*languages}):
                return zone, text
    return None


def guess_zone(
    name: str,
    languages: Sequence[str],
    country: str | None,
    server: str | None,
    readers: Sequence[str],
) -> tuple[str, str] | None:
    """Return the zone of a class and the word that tells it; *country* is a code or a name."""
    code = country if country in territories() else find_country(country or "")
    if city := find_city(name, languages, code):
        return city
    if country and code and (zone := zone_of(code)):
        shown = locale(readers[0] if readers else "en").territories.get(code, code)
        return zone, str(shown) if country == code else country
    if server and (there := country_of_server(server)) and (zone := zone_of(there)):
        labels = _labels(server)
        return zone, "…" * (len(labels) > _END) + ".".join(labels[-_END:])
    for language in sorted(languages, key=lambda one: one == "en"):  # English is everybody's
        if zone := zone_of_language(language):
            return zone, language
    return None


def nearest_zone(typed: str) -> str | None:
    """Return the zone that *typed*, which is none, was probably meant to be."""
    parts = typed.split("/")
    for part in reversed(parts):
        if city := find_city(part.replace("_", " "), (), None):
            return city[0]
        if (country := find_country(part)) and (zone := zone_of(country)):
            return zone
    if len(parts) == 1:
        return None
    known = {name: zone for name, zone in zones().items() if not name.startswith("etc/")}
    places = {name.split("/")[-1]: zone for name, zone in known.items()}
    for text, among in ((fold(typed), known), (fold(parts[-1]), places)):
        for close in get_close_matches(text, among, 1, _ALIKE):
            return among[close]
    return None
