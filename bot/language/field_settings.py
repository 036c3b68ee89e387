"""Settings as fields: languages, a zone, quiet hours, names of places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import time
from typing import NewType

from bot.language.catalog import name_of
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
_HOURS = re.compile(r"(\d{1,2})(?:[:h.](\d\d)?)?\s*(?:-|–|to|a)\s*(\d{1,2})(?:[:h.](\d\d)?)?")

KNOWN = frozenset(
    # The 24 official languages of the EU, then those of the other partner countries and of regions.
    (  # noqa: SIM905 - forty codes read best as words
        "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv "
        "uk tr nb no is sr mk sq bs ka hy az ar ca eu gl ru"
    ).split()
)
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
    found = find_language(" ".join(token.raw for token in tokens), situation.languages)
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
    found = [find_language(piece, situation.languages) for piece in pieces]
    if not found or None in found:
        raise Unfit(pieces[found.index(None)] if None in found else "")
    return Languages(tuple(dict.fromkeys(one for one in found if one)))


def read_quiet(tokens: Sequence[Token], situation: Situation) -> Quiet:
    """Read quiet hours: "20:00-07:00 weekend", "20h-7h", "weekend", "off"."""
    weekend, off = words(WEEKEND, situation.languages), words(OFF, situation.languages)
    joining = words(AND_WORDS, situation.languages) | words(ARTICLES, situation.languages)
    rest = [token.folded for token in tokens if token.folded not in joining]
    has_weekend = any(word in weekend for word in rest)
    rest = [word for word in rest if word not in weekend]
    if rest and all(word in off for word in rest):
        return Quiet(time(0), time(0), weekend=has_weekend)
    if not rest and has_weekend:
        return Quiet(time(0), time(0), weekend=True)
    found = _HOURS.fullmatch(" ".join(rest).replace(" - ", "-"))
    if not found:
        raise Unfit(tokens[0].raw)
    try:
        start = time(int(found[1]), int(found[2] or 0))
        end = time(int(found[3]), int(found[4] or 0))
    except ValueError:
        raise Unfit(tokens[0].raw) from None
    return Quiet(start, end, weekend=has_weekend)


TYPES |= {
    Language: Type(_("language"), read_language, longest=2),
    Languages: Type(_("languages"), read_languages, longest=24),
    Quiet: Type(_("hours"), read_quiet, longest=6),
}
