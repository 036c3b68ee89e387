"""Finding web addresses in a message, with or without `https://`, in time linear in its length."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from bot.language.links import markup
from bot.language.links.cleaning import revealed, unquoted
from bot.language.links.hosts import LONGEST_HOST, browser_host


class Address(NamedTuple):
    """A web address as it was found."""

    host: str
    """As a browser resolves it."""
    rest: str = ""
    """Path, query and fragment, beginning with `/`, `?` or `#`; or nothing."""


MOST_CANDIDATES = 1_000
"""Words of one text that look like hosts and are looked up; no letter to a class has more."""

_LABEL = "[A-Za-z0-9_-]"
_OUTSIDE = r"\s<>\"`“”„«»、。「」『』【】()\[\]{}"
_INSIDE = f"[^{_OUTSIDE}]"
# Every quantifier is possessive (++, *+) and no run is begun again at each of its characters: what
# was read once is not read again. A bracket belongs to an address only if it was opened in it.
_ADDRESS = re.compile(
    rf"""
    {_LABEL} (?<! [A-Za-z0-9_@-] . )
    (?:
        (?<=[Hh]) (?: [Tt][Tt] | [Xx][Xx] ) [Pp] [Ss]?+ : [/\\]*+
        (?P<authority>
            [^{_OUTSIDE}/\\?\#,;*|^'’!]*+ (?: (?<=[/\\@]) \[ [0-9A-Fa-f:.]++ \] (?: :\d*+ )?+ )?+
        )
    |
        (?P<host> {_LABEL}*+ (?: \.{_LABEL}++ )++ )
        (?P<mail> [\w.+%&=~-]{{0,64}}+ @ [\w.-]*+ )?+
        (?: \.?+ : \d{{1,5}}+ )?+ \.?+
    )
    (?P<rest> [/?\#\\] (?: {_INSIDE}++ | \( {_INSIDE}*+ \) | \[ {_INSIDE}*+ \] )*+ )?+
    """,
    re.VERBOSE | re.DOTALL,
)
_WHOLE = re.compile(
    r"(?:h(?:tt|xx)ps?:[/\\]*+|[/\\]{2,}+)(?P<authority>[^/\\?#]*+)(?P<rest>.*+)",
    re.IGNORECASE | re.DOTALL,
)
_LISTED = re.compile(r"[,;](?=h(?:tt|xx)ps?:)", re.IGNORECASE)

_APART = (
    "\u0590-\u08ff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u2e80-\u2fff\u3005-\u3007"
    "\u3040-\u31ff\u3400-\u9fff\uac00-\ud7ff"
)
"""Scripts that put no space beside an address: Hebrew to Syriac, whose words no name may mix with
Latin letters (RFC 5893), Thai, Lao, Burmese, Khmer, Hangul, Han, kana."""
_CLINGING = re.compile(rf"(?<=[A-Za-z0-9.])[{_APART}].*+", re.DOTALL)
_JOINED = {
    ":": re.compile(r"(?:^|[\s(\[«\"'])[@#!+][^\s@#!:]*+:$"),
    ".": re.compile(r"@[\w.-]*+$"),
}
"""What stands before the server in a Matrix id, and before the rest of one in a mail address."""
_SPACED = re.compile(r"[\w.+-]\s?@\s{1,2}$")
"""What stands before the host of a mail address that somebody wrote with blanks: `lea @ `."""
_SPACED_LENGTH = 5
_ID_LENGTH = 255
_CALL = re.compile(r"\w[(\[]")
_SHORT = 2
"""Letters of the top-level domains that are words as well: it, me, so, be, do."""
_AFTER = ".,:;!?*_~'’\"…)]}"
"""What ends a sentence or an emphasis rather than an address."""

_BLANK = "".join(map(chr, range(0x21)))
_LINE_ENDS = dict.fromkeys(map(ord, "\t\n\r"))


def addresses(text: str, html: str | None, known: Callable[[str], bool]) -> Iterator[Address]:
    """Yield the addresses of a message in order, those of the plain body first.

    A host without scheme is told only if it is *known* (lower-case), since `cours.md` looks like
    one. Quotes, reply fallbacks, mail addresses and Matrix ids are passed over.
    """
    body = revealed(unquoted(text))
    yield from _in_text(body, known)
    if not html:
        return
    marked = markup.read(html)
    for value in marked.addresses:
        yield from _in_attribute(value, known)
    shown = revealed(marked.text)
    if shown.split() != body.split():
        yield from _in_text(shown, known)


def whole(address: str) -> Address | None:
    """Return an address that has a scheme or begins with `//`, as a browser reads it.

    Mail addresses, `mxc:` and other schemes, and what is no address give None.
    """
    found = _WHOLE.match(address.strip(_BLANK).translate(_LINE_ENDS))
    host = browser_host(found["authority"]) if found else ""
    return Address(host, found["rest"].replace("\\", "/")) if found and host else None


def _in_attribute(value: str, known: Callable[[str], bool]) -> Iterator[Address]:
    """Yield what an `href` leads to; one without scheme is only a text."""
    if address := whole(value):
        yield address
    elif ":" not in value:
        yield from _in_text(revealed(value), known)


def _in_text(text: str, known: Callable[[str], bool]) -> Iterator[Address]:
    if "." not in text and "%" not in text:
        return
    for found in islice(_ADDRESS.finditer(text), MOST_CANDIDATES):
        authority = found["authority"]
        host = _bare(found, known) if authority is None else _written(authority)
        rest = found["rest"] or ""
        if host:
            yield Address(host, rest.rstrip(_AFTER).replace("\\", "/"))
        if ":" in rest:
            yield from filter(None, map(whole, _LISTED.split(rest)[1:]))


def _written(authority: str) -> str:
    """Return the host of an address with scheme, without what the sentence adds to it."""
    authority = authority.rpartition("@")[2]
    if not authority.isascii():
        authority = _CLINGING.sub("", authority, count=1)
    authority = authority.rstrip(_AFTER)
    # Where a dot is written %2E, nobody can tell the last part from the others before.
    return browser_host(authority if "%" in authority else _without_ending(authority))


def _bare(found: re.Match[str], known: Callable[[str], bool]) -> str:
    """Return the host of an address without scheme, or "" where it is none."""
    first, end = found.start(), found.end("host")
    if found["mail"] or end - first > LONGEST_HOST:
        return ""
    text = found.string
    written, before = text[first:end], text[max(0, first - _ID_LENGTH) : first]
    host = _without_ending(written.strip("-_").lower())
    if not known(host) or (before[-1:] in _JOINED and _JOINED[before[-1:]].search(before)):
        return ""
    ended = "" if written[-1] in "-_" else text[end : end + 1]
    if _continues(before[-1:]) or _continues(ended):
        return ""
    if not found["rest"] and _SPACED.search(before[-_SPACED_LENGTH:]):
        return ""
    return host if found["rest"] or not _is_prose(written, before[-2:]) else ""


def _without_ending(host: str) -> str:
    """Return *host* without what a language ties to it: `youtube.com-on`, in Hungarian."""
    front, dot, last = host.rpartition(".")
    return front + dot + last.partition("-")[0] if "-" in last and last[:4] != "xn--" else host


def _is_prose(written: str, before: str) -> bool:
    """Tell a missing space (`kahoot.It was fun`) and code (`print(s.id)`) from a host."""
    first, last = written.partition(".")[0], written.rpartition(".")[2]
    if len(first) == 1 and _CALL.fullmatch(before):
        return True
    return len(last) == _SHORT and last.istitle()


def _continues(letter: str) -> bool:
    return not letter.isascii() and letter.isalnum() and not _CLINGING.match(f".{letter}", 1)
