"""A formatted body as it is read for links: its words, its hidden addresses, without quotes."""

from __future__ import annotations

import re
from html import unescape
from typing import NamedTuple

from bot.language.links.cleaning import LONGEST

MOST_ADDRESSES = 200
"""Attributes that are looked at: four for each link that is told apart."""

_MOST_TAGS = 4_000
"""The rest stays as it is: what is in quotation marks is found there too."""

_MOST_ENTITIES = 1_000
_QUOTE = re.compile(r"<(/?)(?:mx-reply|blockquote)\b[^<>]*+>", re.IGNORECASE)
_TAG = re.compile(
    r"<(?:(/?[A-Za-z][\w-]*+)((?:[^<>\"']++|\"[^<\"]*+\"|'[^<']*+')*+)>"
    r"|!--(?:-?>|(?:[^-]++|-(?!-!?>))*+(?:--!?>)?+))"
)
"""A tag, or a comment, which nobody sees (HTML 13.2.5); unclosed, it goes to the end."""
_ADDRESS = re.compile(
    r"\b(?:href|src)\s*+=\s*+(?:\"([^\"]*+)|'([^']*+)|([^\s\"'>]++))", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[Xx][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")
_WITHIN_A_WORD = frozenset(
    {"a", "b", "code", "del", "em", "font", "i", "s", "span", "strike"}
    | {"strong", "sub", "sup", "u", "wbr"}
)
"""Tags that do not part words: `you<b>tube</b>.com` is one."""


class Marked(NamedTuple):
    """What there is to look at in a formatted body."""

    text: str
    addresses: list[str]
    """The values of `href` and `src`, entities resolved, in order."""


def read(html: str) -> Marked:
    """Return the words and the addresses of a formatted body (HTML as in Matrix spec 11.3.1.7)."""
    html = _unquoted(html[:LONGEST])
    addresses: list[str] = []

    def gone(tag: re.Match[str]) -> str:
        if tag[1] is None:
            return ""
        name, attributes = tag[1].lower().lstrip("/"), tag[2]
        if "=" in attributes and len(addresses) < MOST_ADDRESSES:
            found = _ADDRESS.finditer(attributes)
            addresses.extend(unescape(one[1] or one[2] or one[3] or "") for one in found)
        return "" if name in _WITHIN_A_WORD else "\n"

    text = _TAG.sub(gone, html, count=_MOST_TAGS)
    if "&" in text:
        text = _ENTITY.sub(lambda entity: unescape(entity[0]), text, count=_MOST_ENTITIES)
    return Marked(text, addresses)


def _unquoted(html: str) -> str:
    """Leave out the reply fallback and every quote; one that is never closed goes to the end."""
    kept, depth, start = [], 0, 0
    for tag in _QUOTE.finditer(html):
        if not depth:
            kept.append(html[start : tag.start()])
        depth = max(0, depth - 1) if tag[1] else depth + 1
        start = tag.end()
    if not depth:
        kept.append(html[start:])
    return "\n".join(kept)
