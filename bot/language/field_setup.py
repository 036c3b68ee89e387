"""Setting up as fields: languages, classes and a charter, each of which may be skipped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NewType

from bot.language.catalog import name_of
from bot.language.dates.resemblance import one_slip_apart
from bot.language.field_classes import (
    ClassCode,
    ClassDetails,
    read_class_code,
    read_class_details,
)
from bot.language.field_people import words
from bot.language.field_settings import AND_WORDS, KNOWN, find_language, without_joiners
from bot.language.fields import TYPES, Language, Situation, Trouble, Type, Unfit
from bot.language.folding import fold
from bot.language.line import Token, token
from bot.language.message import _, say

SKIP = _("skip|later|next|pass")
FRENCH = _("a|french|academy|french academy")
ETWINNING = _("b|etwinning")
NO_CHARTER = _("c|none|no charter|off")
MOST_CLASSES: Final = 12
MOST_WORDS: Final = 80
_CODE: Final = re.compile(r"[^\W\d_][^\W_]{1,5}")
_LONG_CODE: Final = 3
"""From so many capitals on, a word in a list without commas begins a class."""
_BETWEEN: Final = ",;"
_NO_SPACE: Final = re.compile(rf"(?<=[{_BETWEEN}])(?=[^\W\d_a-z][^\W_a-z]{{2,5}}$)")
"""Where a comma without a space stands before a code: "Pau,KOL"."""
_LONG_NAME: Final = 6
"""From so many letters on, the name of a language may have one slip; "danke" is no Danish."""


@dataclass(frozen=True)
class NamedClass:
    """A class to add."""

    code: ClassCode
    details: ClassDetails


ClassList = NewType("ClassList", tuple[NamedClass, ...])
"""Classes to add; empty = skipped."""
LanguageList = NewType("LanguageList", tuple[Language, ...])
"""Languages of a room; empty = skipped."""
CharterPreset = NewType("CharterPreset", str)
"""A or B; "" = skipped."""
Silence = NewType("Silence", bool)
"""The third preset: nothing is said. Another type, for the command that takes it is sealed."""


@dataclass(frozen=True)
class WholeSetup:
    """Languages and classes in one line."""

    languages: tuple[Language, ...]
    classes: tuple[NamedClass, ...]


def _skips(tokens: Sequence[Token], situation: Situation) -> bool:
    return _text(tokens) in words(SKIP, situation.languages)


def _text(tokens: Sequence[Token]) -> str:
    return " ".join(one.folded for one in tokens)


def read_language_list(tokens: Sequence[Token], situation: Situation) -> LanguageList:
    """Read "fr de pl", or a word that skips the question."""
    if _skips(tokens, situation):
        return LanguageList(())
    kept = without_joiners(tokens, situation)
    pieces = [piece for one in kept for piece in _slashed(one.raw)]
    found = [_language(piece, situation) for piece in pieces]
    if not found or None in found:
        raise Unfit(pieces[found.index(None)] if None in found else "")
    return LanguageList(tuple(dict.fromkeys(one for one in found if one)))


def _language(text: str, situation: Situation) -> Language | None:
    """Return the language called *text*, with one slip in a longer name: "alemand"."""
    if found := find_language(text, situation.spoken):
        return found
    typed = fold(text).strip(" .,;")
    if len(typed) < _LONG_NAME:
        return None
    readers = dict.fromkeys((*situation.spoken, "en"))
    names = {code: {fold(name_of(code, one)) for one in (*readers, code)} for code in KNOWN}
    near = [code for code in sorted(names) if any(one_slip_apart(typed, n) for n in names[code])]
    return Language(near[0]) if len(near) == 1 else None


def read_class_list(tokens: Sequence[Token], situation: Situation) -> ClassList:
    """Read "PAU Pau Europe/Paris, KOL Köln, KRK Kraków pl", or a word that skips."""
    if _skips(tokens, situation):
        return ClassList(())
    pieces = list(_pieces(_apart(tokens, situation)))
    if not pieces:
        raise Unfit
    several = _listed_without_commas(tokens, situation) if len(pieces) == 1 else None
    found = several or [_read_class(piece, situation) for piece in pieces]
    if len(found) > MOST_CLASSES:
        raise Trouble(say(_("Please name at most {most} classes at once."), most=MOST_CLASSES))
    return ClassList(tuple(found))


def read_whole_setup(tokens: Sequence[Token], situation: Situation) -> WholeSetup:
    """Read "fr de pl: PAU Pau, KOL Köln": languages, which may be missing, then classes."""
    joining = words(AND_WORDS, situation.languages)
    languages: list[Language] = []
    rest = [piece for one in tokens for piece in _split_colon(one)]
    colon = False
    while rest:
        if rest[0].raw == ":" or rest[0].folded in joining:
            colon = colon or (rest[0].raw == ":" and bool(languages))
            del rest[0]
            continue
        several = [_language(one, situation) for one in _slashed(rest[0].raw)]
        if colon or not all(several):
            break
        languages += [one for one in several if one]
        del rest[0]
    if not rest:
        raise Unfit
    try:
        classes = read_class_list(rest, situation)
    except Trouble:
        if colon or len(rest) > 1 or rest[0].raw.isupper():
            raise
        word = rest[0].raw
        if not languages:
            raise Unfit(word) from None  # "setup klingon" is no class
        raise Trouble(say(_("I did not understand “{words}”."), words=word), word) from None
    if not classes:
        raise Unfit
    return WholeSetup(tuple(dict.fromkeys(languages)), classes)


def _split_colon(one: Token) -> list[Token]:
    """Return "pl:" as "pl" and ":", "pl:PAU" with the code behind; an address keeps its colon."""
    before, sign, after = one.raw.partition(":")
    if one.user or not (before and sign) or (after and not _is_code(token(after))):
        return [one]
    return [token(piece) for piece in (before, sign, after) if piece]


def _slashed(raw: str) -> list[str]:
    return [piece for piece in re.split(r"[,/+]", raw) if piece] or [raw]


def _apart(tokens: Sequence[Token], situation: Situation) -> list[Token]:
    """Return *tokens* with a comma where "and" or a comma without a space stands before a code."""
    joining = words(AND_WORDS, situation.languages)
    parts = [piece for one in tokens for piece in _split_comma(one)]
    found: list[Token] = []
    for one, following in zip(parts, [*parts[1:], None], strict=True):
        joins = one.folded in joining and following is not None and _is_code(following)
        found.append(token(",") if joins else one)
    return found


def _split_comma(one: Token) -> list[Token]:
    return [one] if one.user else [token(piece) for piece in _NO_SPACE.split(one.raw)]


def _is_code(one: Token) -> bool:
    """Tell whether *one* can only be the code of a class: three capitals or more."""
    return len(one.raw) >= _LONG_CODE and one.raw.isupper() and _CODE.fullmatch(one.raw) is not None


def _pieces(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield the words of each class, cut at commas; a comma may stand before a detail too."""
    piece: list[Token] = []
    for one in _at_commas(tokens):
        if piece and _begins_class(one):
            yield piece
            piece = []
        piece = [*piece, *one]
    if piece:
        yield piece


def _at_commas(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    piece: list[Token] = []
    for one in tokens:
        ends = one.user is None and one.raw[-1:] in _BETWEEN
        bare = token(one.raw.rstrip(_BETWEEN)) if ends else one
        piece += [bare] if bare.raw else []
        if ends and piece:
            yield piece
            piece = []
    if piece:
        yield piece


def _listed_without_commas(
    tokens: Sequence[Token], situation: Situation
) -> list[NamedClass] | None:
    """Read a list that lost its lines: each code in capitals begins a class in a known place."""
    try:
        found = [_read_class(piece, situation) for piece in _at_codes(tokens)]
    except Unfit:
        return None
    return found if all(one.details.zone for one in found) else None


def _at_codes(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    piece: list[Token] = []
    for one in tokens:
        if piece and _is_code(one):
            yield piece
            piece = []
        piece.append(one)
    yield piece


def _begins_class(piece: Sequence[Token]) -> bool:
    """Tell whether *piece* begins with a code, and does not go on with the class before it."""
    first = piece[0].raw
    if not _CODE.fullmatch(first):
        return False
    return len(piece) > 1 or (first.isupper() and len(first) >= _LONG_CODE)


def _read_class(piece: Sequence[Token], situation: Situation) -> NamedClass:
    code = read_class_code(piece[:1], situation)
    details = ClassDetails("", (), None, None, None, None, None)
    if len(piece) > 1:
        details = read_class_details(piece[1:], situation)
    typed_zone = details.zone and not details.guessed_from
    named_place = details.name and details.guessed_from == details.name
    if not (piece[0].raw.isupper() or typed_zone or named_place):
        raise Unfit(piece[0].raw)  # "see you in Paris" is no class called SEE
    return NamedClass(code, details)


def read_charter_preset(tokens: Sequence[Token], situation: Situation) -> CharterPreset:
    """Read the letter or the name of a preset, or a word that skips."""
    if _skips(tokens, situation):
        return CharterPreset("")
    text = _text(tokens).strip(" .)")
    for letter, names in (("A", FRENCH), ("B", ETWINNING)):
        if text in words(names, situation.languages):
            return CharterPreset(letter)
    raise Unfit(tokens[0].raw)


def read_silence(tokens: Sequence[Token], situation: Situation) -> Silence:
    """Read the letter or the name of the preset that says nothing."""
    if _text(tokens).strip(" .)") not in words(NO_CHARTER, situation.languages):
        raise Unfit(tokens[0].raw)
    return Silence(True)  # noqa: FBT003 - the whole value


TYPES |= {
    LanguageList: Type(_("languages"), read_language_list, longest=24),
    ClassList: Type(_("classes"), read_class_list, longest=MOST_WORDS),
    WholeSetup: Type(_("languages: classes"), read_whole_setup, longest=MOST_WORDS),
    CharterPreset: Type(_("A, B or C"), read_charter_preset, longest=2),
    Silence: Type(_("A, B or C"), read_silence, longest=2),
}
