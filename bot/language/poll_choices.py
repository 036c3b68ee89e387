"""Poll choices: which options of a poll somebody means, by words, letters or numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.language.catalog import translate
from bot.language.field_dates import OR
from bot.language.field_people import COURTESY, words
from bot.language.folding import fold
from bot.language.line import cut
from bot.language.message import _
from bot.language.poll_splitting import EDGE, options
from bot.model.polls import Ballot, Option, Poll

YES = _("Yes")
NO = _("No")
WORDS = {"yes": YES, "no": NO}
MOST_OPTIONS = 20
"""Of a native poll (MSC3381)."""
ARTICLES = _("the|number|no.|answer|option|letter|for")
"""What may stand before an answer in a vote: "the 2", "answer b"."""
ANSWERED_BY_SEVERAL = {Ballot.MANY, Ballot.DATES}
ALPHABETS = ("abcdefghijklmnopqrst", "αβγδε", "аб гд", "ابجد")
"""Letters of the first, the second... answer; the third Cyrillic one is left out: it is drawn as B.

The Arabic ones are in the order in which schools count with them.
"""
_COURTEOUS_WORDS = 4
_SUFFIXED = re.compile(r"(\d{1,2})['’](\w{1,4})")
"""A number with an ending: Turkish "2'ye"."""
_BETWEEN = " '-./:,&+()"
"""Signs that may tell one answer from another."""


def place(text: str) -> int | None:
    """Return the number of the option that a sign stands for: "b", "2", a keycap, a letter tile."""
    bare = fold(text).replace("\u20e3", "").strip(" .)")
    if bare.isdecimal() and bare.isascii() and 1 <= int(bare[:3]) <= MOST_OPTIONS:
        return int(bare)
    if len(bare) != 1:
        return None
    if 0 <= (at := ord(bare) - ord("\U0001f1e6")) < MOST_OPTIONS:
        return at + 1
    return next((one.index(bare) + 1 for one in ALPHABETS if bare in one), None)


def names(option: Option, languages: tuple[str, ...]) -> set[str]:
    """Return the folded ways to say *option*."""
    if option.word:
        return {option.word, *(fold(translate(WORDS[option.word], one)) for one in languages)}
    return {_plain(option.text)} - {""}


def _bare(text: str) -> str:
    """Return *text* without pictures: "green 🍏" is chosen by "green", and "yes" by "yes 👍"."""
    return _plain("".join(one for one in fold(text) if one.isalnum() or one in _BETWEEN))


def _plain(text: str) -> str:
    return " ".join(fold(text).strip(" .,;:!?\"'").split())


def chosen(poll: Poll, text: str, languages: tuple[str, ...]) -> list[int]:
    """Return the numbers of the options that *text* names, in words or by their signs.

    Words come before signs: of "5 / 10 / 2" the answer "2" is the third. Empty if any of it is no
    option of *poll*.
    """
    ballot = _Ballot(
        [names(one, languages) for one in poll.options],
        languages,
        several=poll.ballot in ANSWERED_BY_SEVERAL,
    )
    joining = words(OR, languages)
    spaced = [one.folded for one in cut(text).tokens]
    ways = [
        [text],
        list(options(text)),
        " ".join("/" if one in joining else one for one in spaced).split("/"),
        spaced,
    ]
    for way in ways:
        found = [ballot.one(one) for one in way if one.strip(EDGE)]
        if found and all(found):
            return sorted({one for one in found if one})
    return []


@dataclass(frozen=True)
class _Ballot:
    """What there is to choose, as it may be said."""

    said: Sequence[set[str]]
    """The folded ways to say each option."""
    languages: tuple[str, ...]
    several: bool
    """More than one may be chosen: "a 2" may be two answers, and no article."""

    def one(self, text: str) -> int | None:
        """Return the number of the one option that *text* names, as typed or without trimmings."""
        if (number := self._as_typed(text)) is not None:
            return number
        core = without_trimmings(text, self.languages, several=self.several)
        if not core:
            return None
        alike = [at for at, ways in enumerate(self.said, 1) if core in map(self._core, ways)]
        return alike[0] if len(alike) == 1 else self._as_typed(core)

    def _core(self, name: str) -> str:
        return without_trimmings(name, self.languages, several=self.several)

    def _as_typed(self, text: str) -> int | None:
        plain = _plain(text)
        by_words = [number for number, known in enumerate(self.said, 1) if plain in known]
        if by_words:
            return by_words[0]
        bare = _bare(text)
        alike = [at for at, known in enumerate(self.said, 1) if bare in {_bare(k) for k in known}]
        if bare and len(alike) == 1:
            return alike[0]
        number = place(text) or place(bare)
        return number if number and number <= len(self.said) else None


def without_trimmings(text: str, languages: tuple[str, ...], *, several: bool = False) -> str:
    """Return *text* folded, without articles before and thanks behind: "the 2 please" is "2"."""
    kind, articles = words(COURTESY, languages), words(ARTICLES, languages)
    rest = _bare(text).split()
    while rest and (size := _courteous(rest, kind)):
        del rest[-size:]
    while len(rest) > 1 and rest[0] in articles and not _is_answer(rest, several=several):
        del rest[0]
    if rest and (elided := rest[0].partition("'"))[0] in articles and elided[2]:
        rest[0] = elided[2]
    core = " ".join(rest)
    number = _SUFFIXED.fullmatch(core)
    return number[1] if number else core


def _is_answer(rest: Sequence[str], *, several: bool) -> bool:
    """Tell whether the first word is a letter to vote with: "a" is, in "a c", no article."""
    return bool(place(rest[0]) and (several or (place(rest[1]) and not rest[1].isdecimal())))


def _courteous(rest: Sequence[str], kind: frozenset[str]) -> int:
    """Return how many words at the end of *rest* are kind ones."""
    sizes = range(min(len(rest), _COURTEOUS_WORDS), 0, -1)
    return next((size for size in sizes if " ".join(rest[-size:]) in kind), 0)


def has_plain_signs(poll: Poll) -> bool:
    """Tell whether a letter or number always means the option in that place."""
    signs = [(number, place(one.text)) for number, one in enumerate(poll.options, 1)]
    return all(sign is None or sign == number for number, sign in signs)
