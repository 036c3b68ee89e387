"""Text: one thing written twice, in plain words and in HTML, that keeps its own direction."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Final
from unicodedata import bidirectional

_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_CONTROL: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ue000\ue001]+"
)
FSI: Final = "\u2068"
"""First strong isolate (Unicode UAX #9): what follows turns as its own first letter does."""
RLI: Final = "\u2067"
"""Right-to-left isolate."""
PDI: Final = "\u2069"
"""Pop directional isolate: the end of both."""


@dataclass(frozen=True)
class Text:
    """The two renderings of one thing."""

    body: str
    html: str

    @classmethod
    def plain(cls, text: str) -> Text:
        """Return *text* in both, escaped."""
        return cls(text, escape(text, quote=True))

    def __bool__(self) -> bool:
        """Tell whether there is anything to read."""
        return bool(self.body)


def join(texts: Iterable[Text], body: str, html: str) -> Text:
    """Return *texts* as one, empty ones left out; between them *body*, in the HTML *html*."""
    shown = [text for text in texts if text]
    return Text(body.join(one.body for one in shown), html.join(one.html for one in shown))


def people_words(text: str) -> str:
    """Return people's *text* on one line, without control signs; right-to-left text is isolated."""
    flat = " ".join(_CONTROL.sub(" ", text).split())
    return f"{FSI}{flat}{PDI}" if _RIGHT_TO_LEFT.search(flat) else flat


def runs_left_to_right(text: str) -> bool:
    """Tell whether *text* has left-to-right letters outside its isolates (UAX #9)."""
    depth = 0
    for sign in text:
        depth += (sign in {FSI, RLI}) - (sign == PDI)
        if not depth and bidirectional(sign) == "L":
            return True
    return False


def isolated(text: Text) -> Text:
    """Return *text* so that it keeps its own direction inside a sentence (UAX #9)."""
    if not text or _is_isolated(text.body):
        return text
    return Text(f"{FSI}{text.body}{PDI}", f"{FSI}{text.html}{PDI}")


def turned(text: Text) -> Text:
    """Return *text* so that it runs from right to left whatever it begins with (UAX #9)."""
    if not text or (text.body.startswith(RLI) and _is_isolated(text.body)):
        return text
    return Text(f"{RLI}{text.body}{PDI}", f"{RLI}{text.html}{PDI}")


def _is_isolated(body: str) -> bool:
    """Tell whether the isolate that *body* begins with ends where it ends."""
    depth = 0
    for sign in body[:-1]:
        depth += (sign in {FSI, RLI}) - (sign == PDI)
        if depth <= 0:
            return False
    return body.endswith(PDI)
