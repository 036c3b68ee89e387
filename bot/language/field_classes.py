"""The class that a teacher adds, as fields: its code, its details."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NewType

from bot.language.class_details import EDGE, LINK, Detail, Ending, last_detail, united, unmistakable
from bot.language.dates.lexicon import load_lexicon
from bot.language.field_people import AND, EVERYONE, ME, OWN, words
from bot.language.field_settings import KNOWN
from bot.language.fields import TYPES, Language, Situation, Trouble, Type
from bot.language.folding import fold
from bot.language.line import Token, token
from bot.language.message import Code, Message, _, say
from bot.language.places import country_of, country_of_server, find_city, guess_zone

__all__ = ["ClassCode", "ClassDetails", "guess_zone", "read_class_code", "read_class_details"]

ClassCode = NewType("ClassCode", str)

MOST_WORDS: Final = 24
LONGEST_NAME: Final = 80
LONGEST_CODE: Final = 6
_CODE: Final = re.compile(rf"[^\W\d_][^\W_]{{1,{LONGEST_CODE - 1}}}")
_MARKS: Final = re.compile("[\ue000\ue001]")
_DIGIT_FIRST: Final = re.compile(rf"\d{{1,2}}[^\W\d_][^\W_]{{0,{LONGEST_CODE - 4}}}")
"""What many schools call a class: 7B."""
_SMALL: Final = frozenset(
    {"article", "day_article", "at", "at_spoken", "at_hour", "by", "by_the", "of", "in", "to"}
    | {"from", "until", "range_from", "range_to", "this", "plus", "minus"}
)
"""Kinds of words that are a part of dates and name none."""
_NUMBERED: Final = re.compile(r"[^\W\d_]\d+")


@dataclass(frozen=True)
class ClassDetails:
    """What a teacher tells of a class."""

    name: str
    """Empty if there is none: then the code is the name."""
    languages: tuple[Language, ...]
    zone: str | None
    """IANA."""
    guessed_from: str | None
    """The word that the zone was guessed from; None if the zone was typed or is not known."""
    country: str | None
    """ISO 3166, two letters, if known."""
    server: str | None
    """Name of the homeserver."""
    size: int | None
    """Number of pupils."""


def read_class_details(tokens: Sequence[Token], situation: Situation) -> ClassDetails:
    """Read a name and, in any order behind it, languages, zone, country, server, pupils."""
    if len(tokens) > MOST_WORDS:
        raise Trouble(_too_long(), tokens[0].raw)
    rest = [one if one.user else token(_MARKS.sub("", one.raw)) for one in tokens]
    found = Detail(0)
    while rest and (last := last_detail(Ending(rest, situation, found.taken > 0))):
        if (both := united(last, found)) is None:
            break
        found = both
        if last.in_name:
            break
        del rest[-last.taken :]
    found = _take_unmistakable(rest, situation, found)
    name = " ".join(one.raw for one in rest if not one.user).strip(LINK)
    name = name if re.search(r"\w", name) else found.typed_country
    if len(name) > LONGEST_NAME:
        raise Trouble(_too_long(), name)
    return _finish(name, found, situation.languages)


def _too_long() -> Message:
    return say(_("Please give the class a name of at most {most} characters."), most=LONGEST_NAME)


def _finish(name: str, found: Detail, readers: Sequence[str]) -> ClassDetails:
    place = found.typed_country or found.country
    guess = None
    if found.zone is None:
        guess = guess_zone(name, found.languages, place, found.server, readers)
    city = find_city(name, found.languages, found.country)
    country = (
        found.country
        or country_of(found.zone or "")
        or (country_of(city[0]) if city else None)
        or country_of_server(found.server or "")
    )
    return ClassDetails(
        name=name,
        languages=found.languages,
        zone=guess[0] if guess else found.zone,
        guessed_from=guess[1] if guess else None,
        country=country,
        server=found.server,
        size=found.size,
    )


def _take_unmistakable(rest: list[Token], situation: Situation, found: Detail) -> Detail:
    """Take zones, servers and "24 pupils" out of the name itself."""
    for stop in range(len(rest), 0, -1):
        for one in unmistakable(Ending(rest[:stop], situation)):
            if both := united(one, found):
                found = both
                del rest[stop - one.taken : stop]
                break
    return found


def read_class_code(tokens: Sequence[Token], situation: Situation) -> ClassCode:
    """Read the code of a new class: 2 to 6 letters or digits, a letter first, in capitals."""
    raw = tokens[0].raw if tokens else ""
    typed = unicodedata.normalize("NFC", raw).strip(EDGE + "#").upper()
    trouble = None
    if len(tokens) != 1 or tokens[0].user or not _CODE.fullmatch(typed):
        trouble = say(
            _("The code of a class has 2 to {most} letters or digits, a letter first: {example}."),
            most=LONGEST_CODE,
            example=Code(f"K{typed}" if _DIGIT_FIRST.fullmatch(typed) else "KRK"),
        )
    elif _NUMBERED.fullmatch(typed):
        trouble = say(
            _("{code} looks like the number of a task or a milestone. Two letters, please."),
            code=Code(typed),
        )
    elif typed.lower() in KNOWN:
        trouble = say(
            _("{code} is a language too. Try {other}."), code=Code(typed), other=Code(typed + "1")
        )
    elif _is_everyday(fold(typed), (*situation.languages, *situation.project.languages, "en")):
        trouble = say(
            _("{code} means something else here, such as a day. Try {other}."),
            code=Code(typed),
            other=Code(typed[: LONGEST_CODE - 1] + "1"),
        )
    if trouble:
        raise Trouble(trouble, raw)
    return ClassCode(typed)


def _is_everyday(folded: str, languages: Sequence[str]) -> bool:
    """Tell whether a word names days, or everybody."""
    several = tuple(dict.fromkeys(languages))
    groups = (EVERYONE, ME, OWN, AND)
    return any(folded in words(listed, several) for listed in groups) or any(
        _tells_a_date(folded, language) for language in several
    )


def _tells_a_date(folded: str, language: str) -> bool:
    """Tell whether a word is more than a small one of a date: THE and LA may be classes, MON not.

    In small letters such a code is the small word (bot.language.field_people).
    """
    lexicon = load_lexicon(language)
    senses = lexicon.senses.get(folded, ()) if lexicon else ()
    return any(one.kind not in _SMALL for one in senses)


TYPES |= {
    ClassCode: Type(_("code"), read_class_code, longest=1),
    ClassDetails: Type(_("name language zone"), read_class_details, longest=MOST_WORDS),
}
