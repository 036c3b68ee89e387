"""Settings as fields: languages, a zone, quiet hours, names of places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import time
from typing import NewType

from bot.language.catalog import languages, name_of
from bot.language.dates import DateTrouble, read_date
from bot.language.field_people import words
from bot.language.fields import TYPES, Language, Situation, Type, Unfit
from bot.language.folding import fold
from bot.language.line import Token
from bot.language.message import _
from bot.model.people import Quiet

Languages = NewType("Languages", tuple[Language, ...])

WEEKEND = _("weekend|weekends|week-end")
OFF = _("off|none|never")
AND_WORDS = _("and|,|&|+")
ARTICLES = _("the|at|on|from")
UNTIL = _("to|until|till|through")
_DAY, _HOUR_LASTS = 24, 60
_DASH = re.compile(r"\s*[-–]\s*(?=\d)")
_HOUR = re.compile(r"(\d{1,2})(?:[:h.](\d\d)?)?")

KNOWN = frozenset({*languages(), "ca", "eu", "gl", "no", "ru"})
"""Those that can be chosen, then what else schools name, so that it is no strange word to us."""
"""Languages that a class may have, whether there is a catalog for them or not."""


def find_language(text: str, readers: Sequence[str]) -> Language | None:
    """Return the code of the language called *text*: "fr", "french", "français", "FR"."""
    wanted = fold(text).strip(".,;")
    if wanted in KNOWN:
        return Language("nb" if wanted == "no" else wanted)
    for code in sorted(KNOWN):
        names = {name_of(code, reader) for reader in (*readers, code, "en")}
        if wanted in {fold(name) for name in names}:
            return Language("nb" if code == "no" else code)
    return None


def read_language(tokens: Sequence[Token], situation: Situation) -> Language:
    """Read one language, by code or name."""
    found = find_language(" ".join(token.raw for token in tokens), situation.spoken)
    if found is None:
        raise Unfit(tokens[0].raw)
    return found


def read_languages(tokens: Sequence[Token], situation: Situation) -> Languages:
    """Read several languages: "fr de pl", "French, German and Polish"."""
    joining = words(AND_WORDS, situation.languages)
    pieces = [
        piece
        for token in tokens
        if token.folded not in joining
        for piece in re.split(r"[,/+]", token.raw)
        if piece
    ]
    found = [find_language(piece, situation.spoken) for piece in pieces]
    if not found or None in found:
        raise Unfit(pieces[found.index(None)] if None in found else "")
    return Languages(tuple(dict.fromkeys(one for one in found if one)))


def read_quiet(tokens: Sequence[Token], situation: Situation) -> Quiet:
    """Read quiet hours: "20:00-07:00 weekend", "from 20h to 7h", "weekend", "off"."""
    off = words(OFF, situation.languages)
    joining = words(AND_WORDS, situation.languages) | words(ARTICLES, situation.languages)
    said = _DASH.sub(" - ", " ".join(token.folded for token in tokens))
    typed, has_weekend = _without(said, words(WEEKEND, situation.languages))
    rest = [word for word in typed if word not in joining]
    if rest and all(word in off for word in rest):
        return Quiet(time(0), time(0), weekend=has_weekend)
    if not rest and has_weekend:
        return Quiet(time(0), time(0), weekend=True)
    between = {"-", *words(UNTIL, situation.languages)}
    for place, word in enumerate(typed):
        start = _hour([one for one in typed[:place] if one not in joining], situation)
        end = _hour([one for one in typed[place + 1 :] if one not in joining], situation)
        if word in between and start and end:
            return Quiet(start, end, weekend=has_weekend)
    raise Unfit(tokens[0].raw)


def _without(text: str, phrases: Iterable[str]) -> tuple[list[str], bool]:
    """Return the words of *text* without those *phrases*, and whether there was one."""
    found = f" {text} "
    for phrase in sorted(phrases, key=len, reverse=True):
        found = found.replace(f" {phrase} ", " ")
    return found.split(), found.split() != text.split()


def _hour(typed: Sequence[str], situation: Situation) -> time | None:
    """Return the clock time that the words *typed* are: "20", "7h", "20.30", "8pm"."""
    text = " ".join(typed)
    if found := _HOUR.fullmatch(text):
        hour, minute = int(found[1]), int(found[2] or 0)
        return time(hour, minute) if hour < _DAY and minute < _HOUR_LASTS else None
    try:
        reading = read_date(text, languages=situation.languages, now=situation.asker.now)
    except DateTrouble:
        return None
    return None if reading.every else reading.time


TYPES |= {
    Language: Type(_("language"), read_language, longest=2),
    Languages: Type(_("languages"), read_languages, longest=24),
    Quiet: Type(_("hours"), read_quiet, longest=14),
}
