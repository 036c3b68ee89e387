"""Hosts as a browser resolves them: userinfo, port, percent signs, other alphabets, final dots."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

LONGEST_AUTHORITY = 2_000
LONGEST_HOST = 253
"""Characters of a name in the DNS (RFC 1035)."""

IGNORED = re.compile("[\u00ad\u034f\u180b-\u180f\u200b-\u200d\u2060-\u2064\ufe00-\ufe0f\ufeff]")
"""Characters that nobody sees and no name contains (UTS 46: ignored; and the joiners)."""


def browser_host(authority: str) -> str:
    """Return the host of what stands between `//` and the path, or "" where there is none.

    As the URL Standard of the WHATWG reads it: what follows the last `@`, without port,
    percent-decoded, mapped by compatibility (NFKC) to lower case, other alphabets as `xn--`. IP
    addresses, which no catalogue names, are not worked out: `[::1]` gives "", numbers stay numbers.
    """
    host = authority.rpartition("@")[2]
    if len(authority) > LONGEST_AUTHORITY or host.startswith("["):
        return ""
    host = host.partition(":")[0]
    if "%" in host:
        host = unquote(host)
    if not host.isascii():
        host = unicodedata.normalize("NFKC", IGNORED.sub("", host)).replace("。", ".")
    host = host.lower().rstrip(".")
    if not host or len(host) > LONGEST_HOST:
        return ""
    return host if host.isascii() else ".".join(_ascii(label) for label in host.split("."))


def suffixes(host: str) -> list[str]:
    """Return *host* and all that it ends in, the longest first: `a.b.fr`, `b.fr`, `fr`."""
    labels = host.split(".")
    return [".".join(labels[place:]) for place in range(len(labels))]


def _ascii(label: str) -> str:
    """Return the label as the DNS knows it (RFC 3492)."""
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
