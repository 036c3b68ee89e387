"""Settings as fields: languages, a zone, quiet hours, names of places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import time
from itertools import takewhile
from typing import NewType

from bot.language.catalog import languages, name_of
from bot.language.dates import DateTrouble, read_date
from bot.language.field_people import AND, words
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

_CODE_LETTERS = 2
_LONGEST_CASE = 4
"""Letters that a case or an adverb may set behind the stem of a name: "polsku", "româneşte"."""
_SHORTEST_STEM = 4
_MARGIN = 2
"""Letters by which a stem is longer than that of any other language."""
_SMALL_WORD = 3
"""Letters of a word before the name of a language: auf, in het, στα, po."""
_ADVERBS = {"cesky": "cs", "slovensky": "sk"}
"""Whose stems tell too little."""
_GLUED = ("بال", "لل", "وال", "ال", "по-")
"""What leans on the name of a language: in Arabic the article and what stands before it."""

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


def find_inflected(text: str, readers: Sequence[str]) -> Language | None:
    """Return the language that *text* names in any case: "po polsku", "auf Deutsch", "بالفرنسية".

    Beside the whole names (CLDR) their stems count, where one language alone has the stem.
    """
    *small, last = fold(text).strip(" .,;").split() or [""]
    last = last if all(len(one) <= _SMALL_WORD for one in small) else fold(text)
    if found := find_language(last, readers):
        return found
    if last in _ADVERBS:
        return Language(_ADVERBS[last])
    longest: dict[str, int] = {}
    fitting: set[str] = set()
    for code, stem, fits in _stems(last, readers):
        longest[code] = max(stem, longest.get(code, 0))
        fitting |= {code} if fits else set()
    (best, meant), (following, _other) = sorted(
        ((stem, code) for code, stem in longest.items()), reverse=True
    )[:2]
    sure = best >= max(_SHORTEST_STEM, following + _MARGIN) and meant in fitting
    return Language(meant) if sure else None


def _stems(typed: str, readers: Sequence[str]) -> Iterator[tuple[str, int, bool]]:
    """Yield languages, how many letters a name of theirs shares with *typed*, whether it fits.

    "Roma" is too short to be Romanian in any case.
    """
    bare = _without_glued(typed)
    for code in sorted(KNOWN):
        for name in {name_of(code, reader) for reader in (*readers, code, "en")}:
            known = _without_glued(fold(name))
            stem = sum(1 for _pair in takewhile(_same, zip(bare, known, strict=False)))
            whole = stem < len(bare) or len(bare) >= len(known) - 1
            fits = whole and max(len(bare), len(known)) - stem <= _LONGEST_CASE
            yield ("nb" if code == "no" else code), stem, fits


def _same(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]


def _without_glued(text: str) -> str:
    glued = next((one for one in map(fold, _GLUED) if text.startswith(one)), "")
    return text.removeprefix(glued)


def read_language(tokens: Sequence[Token], situation: Situation) -> Language:
    """Read one language, by code or name."""
    found = find_inflected(" ".join(token.raw for token in tokens), situation.spoken)
    if found is None:
        raise Unfit(tokens[0].raw)
    return found


def read_languages(tokens: Sequence[Token], situation: Situation) -> Languages:
    """Read several languages: "fr de pl", "French, German and Polish"."""
    pieces = language_pieces(tokens, situation)
    found = [find_inflected(piece, situation.spoken) for piece in pieces]
    if not found or None in found:
        raise Unfit(pieces[found.index(None)] if None in found else "")
    return Languages(tuple(dict.fromkeys(one for one in found if one)))


def language_pieces(tokens: Sequence[Token], situation: Situation) -> list[str]:
    """Return the words of *tokens* that name a language, without those that join them."""
    kept = [one.raw for one in without_joiners(tokens, situation)]
    return [piece for raw in kept for piece in re.split(r"[,/+]", raw) if piece]


def without_joiners(tokens: Sequence[Token], situation: Situation) -> list[Token]:
    """Return *tokens* without "and".

    Dutch "en" is English as well, French "et" Estonian: among codes, "nl en fr", such a word is
    one, unless its language always takes it for "and"; beside a name, "Frans en Duits", it joins.
    """
    joining = words(AND_WORDS, situation.languages)
    named = any(len(one.folded) > _CODE_LETTERS for one in tokens if one.folded not in joining)
    also = words(AND, situation.languages) if named else frozenset()
    kept = [one for one in tokens if one.folded not in joining | also]
    return kept or [one for one in tokens if one.folded in KNOWN]


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
    Language: Type(_("language"), read_language, longest=3),
    Languages: Type(_("languages"), read_languages, longest=24),
    Quiet: Type(_("hours"), read_quiet, longest=14),
}
