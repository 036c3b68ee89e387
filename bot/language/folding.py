"""Folding: the one spelling under which two ways of typing the same word are equal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

# Letters that Unicode does not decompose (UnicodeData.txt, field 5) but people replace by these.
_LETTERS: Final = {
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ħ": "h",
    "ŧ": "t",
    "ŋ": "n",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
    "ĸ": "k",
    "ə": "e",
    "ґ": "г",
}
_SINGLE_QUOTES: Final = "‘’‚‛ʼʻʹˈ′´`＇"
_DOUBLE_QUOTES: Final = "“”„‟«»″＂"
_DASHES: Final = "‐‑‒–—―−﹘﹣－"
_SKIN_TONES: Final = "".join(map(chr, range(0x1F3FB, 0x1F400)))
# Soft hyphen, zero-width and direction marks, word joiner, byte order mark, variation selectors.
_INVISIBLE: Final = (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufe0e\ufe0f\ufeff"
)
_SIGNS: Final = {
    **dict.fromkeys(_SINGLE_QUOTES, "'"),
    **dict.fromkeys(_DOUBLE_QUOTES, '"'),
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(_SKIN_TONES + _INVISIBLE, ""),
}
_MARKS: Final = [chr(code) for code in (*range(0x300, 0x3100), *range(0xFE20, 0xFE30))
                 if unicodedata.combining(chr(code))]  # fmt: skip
_COMBINING: Final = re.compile(f"[{''.join(_MARKS)}]+")
"""Every mark that combines with a letter of the scripts that schools write."""


def replacing(table: Mapping[str, str]) -> Callable[[str], str]:
    """Make the function that replaces each sign of the table by its text.

    Where most letters are not in the table this is several times as fast as `str.translate`.
    """
    signs = re.compile(f"[{re.escape(''.join(table))}]")
    return lambda text: signs.sub(lambda found: table[found[0]], text)


_without_signs: Final = replacing(_SIGNS)
_without_letters: Final = replacing(_LETTERS)


def fold(text: str) -> str:
    """Give `text` in lower case, without accents, and with plain quotes, dashes and spaces.

    Signs that cannot be seen (zero-width characters, emoji variation selectors) and skin tones
    are dropped. Folding what is folded already changes nothing, and a text of several lines is
    folded as its lines are.
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    plain = unicodedata.normalize("NFKD", _without_signs(text).casefold()).casefold()
    plain = _COMBINING.sub("", plain)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", _without_signs(_without_letters(plain)))
    return plain
