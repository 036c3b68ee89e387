"""Text as it is read for links: capped, without quotes, disguises taken off."""

from __future__ import annotations

import re
import unicodedata

from bot.language.links.hosts import IGNORED

LONGEST = 65_536
"""Characters of a message that are read; Matrix itself allows 64 kB for a whole event."""

_PIECE = 32
"""Characters that are normalised together: sorting a run of accents takes the square of it."""

_DISGUISED = re.compile(r"[ \t]?[\[({](?:([.:/]|://)|(?:dot|(at)))[\])}][ \t]?", re.IGNORECASE)
_FULL_STOP = re.compile(r"(?<=[A-Za-z0-9])。(?=[A-Za-z0-9])")
_QUOTED_LINE = re.compile(r"^[ \t]*+>[^\n]*+", re.MULTILINE)


def unquoted(body: str) -> str:
    """Return a plain body without the lines that answer or quote somebody else (`> ...`)."""
    body = body[:LONGEST]
    return _QUOTED_LINE.sub("", body) if ">" in body else body


def revealed(text: str) -> str:
    """Return *text* with its disguises taken off, as far as a browser or a reader would.

    Full-width and ornamental letters become plain (NFKC), what nobody sees goes; `[.]`, `(dot)`,
    `[at]` and their like become what they stand for.
    """
    text = text[:LONGEST]
    if not text.isascii():
        text = _FULL_STOP.sub(".", _normal(IGNORED.sub("", text)))
    if "[" in text or "(" in text or "{" in text:
        text = _DISGUISED.sub(_plain, text)
    return text


def _plain(disguised: re.Match[str]) -> str:
    return disguised[1] or ("@" if disguised[2] else ".")


def _normal(text: str) -> str:
    if unicodedata.is_normalized("NFKC", text):
        return text
    pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    return "".join([unicodedata.normalize("NFKC", piece) for piece in pieces])
