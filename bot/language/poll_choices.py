"""Poll choices: which options of a poll somebody means, by words, letters or numbers."""

from __future__ import annotations

from bot.language.catalog import translate
from bot.language.field_dates import OR
from bot.language.field_people import words
from bot.language.folding import fold
from bot.language.line import cut
from bot.language.message import _
from bot.language.poll_splitting import EDGE, options
from bot.model.polls import Option, Poll

YES = _("Yes")
NO = _("No")
WORDS = {"yes": YES, "no": NO}
MOST_OPTIONS = 20
"""Of a native poll (MSC3381)."""
_BETWEEN = " '-./:,&+()"
"""Signs that may tell one answer from another."""


def place(text: str) -> int | None:
    """Return the number of the option that a sign stands for: "b", "2", a keycap, a letter tile."""
    bare = fold(text).replace("\u20e3", "").strip(" .)")
    if bare.isdecimal() and bare.isascii() and 1 <= int(bare[:3]) <= MOST_OPTIONS:
        return int(bare)
    if len(bare) != 1:
        return None
    for first in ("a", "\U0001f1e6"):
        if 0 <= (at := ord(bare) - ord(first)) < MOST_OPTIONS:
            return at + 1
    return None


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
    said = [names(one, languages) for one in poll.options]
    joining = words(OR, languages)
    spaced = [one.folded for one in cut(text).tokens]
    ways = [
        [text],
        list(options(text)),
        " ".join("/" if one in joining else one for one in spaced).split("/"),
        spaced,
    ]
    for way in ways:
        found = [_one(one, said) for one in way if one.strip(EDGE)]
        if found and all(found):
            return sorted({one for one in found if one})
    return []


def _one(text: str, said: list[set[str]]) -> int | None:
    plain = _plain(text)
    by_words = [number for number, known in enumerate(said, 1) if plain in known]
    if by_words:
        return by_words[0]
    bare = _bare(text)
    alike = [number for number, known in enumerate(said, 1) if bare in {_bare(k) for k in known}]
    if bare and len(alike) == 1:
        return alike[0]
    number = place(text) or place(bare)
    return number if number and number <= len(said) else None


def has_plain_signs(poll: Poll) -> bool:
    """Tell whether a letter or number always means the option in that place."""
    signs = [(number, place(one.text)) for number, one in enumerate(poll.options, 1)]
    return all(sign is None or sign == number for number, sign in signs)
