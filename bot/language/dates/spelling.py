"""One spelling for all the ways to type a date: folded, Arabic letters and figures evened out."""

from __future__ import annotations

from typing import Final

from bot.language.folding import fold, replacing

_FIGURES: Final = "0123456789"
_even: Final = replacing(
    {
        **dict(zip("٠١٢٣٤٥٦٧٨٩", _FIGURES, strict=True)),
        **dict(zip("۰۱۲۳۴۵۶۷۸۹", _FIGURES, strict=True)),
        "ى": "ي",
        "ی": "ي",
        "ة": "ه",
        "ک": "ك",
        "ـ": "",  # tatweel, which only stretches a word
        "،": ",",
        "։": ".",  # the Armenian full stop
    }
)


def plain(text: str) -> str:
    """Give `text` folded, with ASCII figures and one kind of each Arabic letter.

    Unicode's NFKD leaves Arabic figures and the letters that keyboards confuse as they are.
    """
    folded = fold(text)
    if folded.isascii():
        return folded
    # The Armenian ligature "and" has two letters when folded, other ones than its capitals.
    return _even(folded).replace("եւ", "եվ")
