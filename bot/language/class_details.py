"""The details of a class: what the last words of a line tell of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from bot.language.field_people import AND, words
from bot.language.field_settings import KNOWN, find_language
from bot.language.fields import Language, Situation, Trouble
from bot.language.line import Token
from bot.language.message import Code, Message, _, say
from bot.language.places import (
    AREAS,
    country_of,
    find_city,
    find_country,
    find_server,
    listed,
    nearest_zone,
    spoken,
    territories,
    zone_of,
    zones,
)

PUPILS = _("pupils|pupil|students|student|children|learners")
MOST_PUPILS: Final = 999
EDGE: Final = " .,;:!?…\"'()<>«»“”„"
LINK: Final = " ,;:·•|/–—-"
"""What people put between a name and its details."""
_SHORT_ZONE: Final = re.compile(r"(?:UTC|GMT)(?:[+-]\d{1,2}(?::\d\d)?)?|[CE]ES?T|WET|MES?Z|BST")
_ZONE_WORDS: Final = 3
_COUNTRY_WORDS: Final = 5
_NEAR_AREA: Final = 0.75
_CODE_LETTERS: Final = 2


@dataclass(frozen=True)
class Detail:
    """What the last `taken` words say, and nothing else: the other fields are empty."""

    taken: int
    zone: str | None = None
    server: str | None = None
    size: int | None = None
    country: str | None = None
    typed_country: str = ""
    languages: tuple[Language, ...] = ()
    in_name: bool = False
    """The words belong to the name as well: "Lycée français"."""


def united(left: Detail, right: Detail) -> Detail | None:
    """Return what both say, or None if *left* says again, and otherwise, what *right* says."""
    if left.zone and right.zone and left.zone != right.zone:
        question = _("A class has one time zone: {first} or {second}?")
        raise Trouble(say(question, first=Code(left.zone), second=Code(right.zone)), left.zone)
    for old, new in (
        (right.server, left.server),
        (right.size, left.size),
        (right.country, left.country),
    ):
        if old is not None and new is not None and old != new:
            return None
    named = () if left.in_name and right.languages else left.languages
    return replace(
        right,
        taken=right.taken + left.taken,
        zone=right.zone or left.zone,
        server=right.server or left.server,
        size=right.size if left.size is None else left.size,
        country=right.country or left.country,
        typed_country=right.typed_country or left.typed_country,
        languages=tuple(dict.fromkeys((*named, *right.languages))),
    )


@dataclass(frozen=True)
class Ending:
    """The words of a line up to somewhere, of which the last are looked at."""

    words: Sequence[Token]
    situation: Situation
    settled: bool = False
    """A detail stands behind them."""

    @property
    def raw(self) -> str:
        """Return the last word without the signs around it."""
        return self.words[-1].raw.strip(EDGE)

    @property
    def before(self) -> Token | None:
        """Return the last word but one."""
        return self.words[-2] if len(self.words) > 1 else None

    @property
    def follows_comma(self) -> bool:
        """Tell whether a comma stands before the last word."""
        return self.before is not None and self.before.raw.endswith((",", ";"))

    @property
    def follows_detail(self) -> bool:
        """Tell whether a detail stands before the last word."""
        return self.before is not None and bool(last_detail(replace(self, words=self.words[:-1])))

    def text(self, start: int | None = None, stop: int | None = None) -> str:
        """Return some of the words as they were typed."""
        return " ".join(token.raw for token in self.words[start:stop])


def last_detail(ending: Ending) -> Detail | None:
    """Return what the last words of *ending* tell."""
    readers = (
        *(_sign, _zone, _short_zone, _server, _pupils, _bare_number),
        *(_codes, _country_code, _language, _country),
    )
    return next((found for read in readers if (found := read(ending))), None)


def unmistakable(ending: Ending) -> Iterator[Detail]:
    """Yield what the last words of *ending* tell, if they tell it inside a name too."""
    for read in (_zone, _server, _pupils):
        if found := read(ending):
            yield found


def _sign(ending: Ending) -> Detail | None:
    """Pass over a dash, and over "and" between two details."""
    last = ending.words[-1]
    if last.user is None and not re.search(r"\w", last.raw) and last.raw != "&":
        return Detail(1)
    joins = ending.settled and last.raw in words(AND, ending.situation.languages)
    return Detail(1) if joins and ending.follows_detail else None


def _zone(ending: Ending) -> Detail | None:
    """Read Europe/Warsaw, America/New York; explain what is meant as a zone but is none."""
    folded = [token.folded for token in ending.words[-_ZONE_WORDS:]]
    for start in range(len(folded) - 1, -1, -1):
        if "/" in folded[start] and (zone := zones().get("_".join(folded[start:]))):
            return Detail(len(folded) - start, zone=zone)
    area, stroke, place = folded[-1].partition("/")
    if stroke and (get_close_matches(area, AREAS, 1, _NEAR_AREA) or place in AREAS):
        raise Trouble(_no_zone(ending), ending.raw)
    return None


def _short_zone(ending: Ending) -> Detail | None:
    """Ask for a better name than CET; a school may be called UTC."""
    if _SHORT_ZONE.fullmatch(ending.raw) and (ending.raw != "UTC" or ending.follows_detail):
        raise Trouble(_no_zone(ending), ending.raw)
    return None


def _no_zone(ending: Ending) -> Message:
    nearest = nearest_zone(ending.raw)
    if not nearest and (city := find_city(ending.text(stop=-1), (), None)):
        nearest = city[0]
    if nearest:
        return say(
            _("I do not know the time zone “{zone}”. Did you mean {nearest}?"),
            zone=ending.raw,
            nearest=Code(nearest),
        )
    return say(
        _("I do not know the time zone “{zone}”. A time zone looks like {example}."),
        zone=ending.raw,
        example=Code("Europe/Warsaw"),
    )


def _server(ending: Ending) -> Detail | None:
    """Read the name of a homeserver, or somebody who is there."""
    server = find_server(ending.words[-1].user or ending.words[-1].raw)
    return Detail(1, server=server) if server else None


def _number(token: Token) -> int | None:
    return int(token.folded) if re.fullmatch(r"[0-9]{1,6}", token.folded) else None


def _pupils(ending: Ending) -> Detail | None:
    """Read "24 pupils" and "pupils: 24"."""
    known = words(PUPILS, ending.situation.languages) | listed("pupils")
    pair = ending.words[-2:]
    for number, word in zip(pair, reversed(pair), strict=True):
        size = _number(number)
        if size is None or word.folded not in known:
            continue
        if 0 < size <= MOST_PUPILS:
            return Detail(2, size=size)
        if word is pair[-1]:
            question = _("How many pupils are in the class? From 1 to {most}, please.")
            raise Trouble(say(question, most=MOST_PUPILS), number.raw)
    return None


def _bare_number(ending: Ending) -> Detail | None:
    """Read a number of pupils behind another detail: that of "Praha 6" belongs to the name."""
    size = _number(ending.words[-1])
    if size is None or not 0 < size <= MOST_PUPILS:
        return None
    if (before := ending.before) and (
        before.folded in listed("before_number")
        or _number(before) is not None
        or not (ending.follows_comma or ending.follows_detail)
    ):
        return None
    return Detail(1, size=size)


def _codes(ending: Ending) -> Detail | None:
    """Read codes of languages: pl, PL, fr/de, pt-BR."""
    raw = ending.raw
    settled = ending.settled or ending.follows_comma
    pieces = [re.sub(r"^([a-z]{2})[-_][A-Z]{2}$", r"\1", one) for one in re.split("[,/+&]", raw)]
    if _means_britain(ending) or not all(
        one.lower() in KNOWN and (one.islower() or one.isupper() or settled) for one in pieces
    ):
        return None
    found = tuple(Language("nb" if one == "no" else one) for one in map(str.lower, pieces))
    home = raw in territories() and raw.lower() in spoken(raw)
    return Detail(1, languages=found, country=raw if home else None)


def _means_britain(ending: Ending) -> bool:
    """Tell whether the last word is a country in "London UK"; in "Kyiv uk" it is a language."""
    if ending.raw.upper() != "UK":
        return False
    city = find_city(ending.text(stop=-1), (), None)
    there = country_of(city[0]) if city else None
    return there == "GB" or (ending.raw == "UK" and there != "UA")


def _country_code(ending: Ending) -> Detail | None:
    """Read the code of a country that is none of a language: GR, gr, UK."""
    raw = ending.raw
    if _means_britain(ending):
        return Detail(1, country="GB")
    code = raw.upper()
    if code not in territories():
        return None
    near = (zone_of(code) or "").startswith(("Europe/", "Asia/", "Africa/", "Atlantic/"))
    if raw.isupper() or (raw.islower() and raw not in listed("joins_name") and near):
        return Detail(1, country=code)
    return None


def _language(ending: Ending) -> Detail | None:
    """Read the name of a language; that of "Lycée français" belongs to the name as well."""
    if len(ending.raw) <= _CODE_LETTERS:
        return None
    if not (language := find_language(ending.raw, ending.situation.languages)):
        return None
    before = ending.before
    alone = (
        before is None
        or ending.follows_comma
        or _ends_with_city(ending.text(stop=-1))
        or (before.folded not in listed("joins_name") and ending.follows_detail)
    )
    return Detail(1, languages=(language,), in_name=not alone)


def _ends_with_city(name: str) -> bool:
    found = find_city(name, (), None)
    return found is not None and name.rstrip(LINK).endswith(found[1])


def _country(ending: Ending) -> Detail | None:
    """Read the name of a country in whatever language; after "of" it stays in the name."""
    count = len(ending.words)
    for start in range(max(0, count - _COUNTRY_WORDS), count):
        typed = ending.text(start).strip(EDGE)
        if any(token.user for token in ending.words[start:]):
            continue
        if country := find_country(typed):
            before = ending.words[start - 1].folded if start else ""
            told = before in spoken(country) or (
                before in KNOWN and _ends_with_city(ending.text(stop=start - 1))
            )
            joined = before in listed("joins_name") and not told
            return Detail(count - start, country=country, typed_country=typed, in_name=joined)
    return None
