"""Laws of the link scanner: for every host, every text, every disguise."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.language.links import (
    cleaning,
    find,
    find_all,
    hosts,
    hosts_in,
    leading,
    markup,
    scanning,
)
from bot.language.links.catalogue import shipped
from bot.language.links.hosts import browser_host, suffixes
from bot.model.services import Kind

CONSUMER = sorted(
    host
    for service in shipped().services.values()
    for host in service.hosts
    if service.kind in {Kind.CONSUMER, Kind.SHORTENER}
)
WATCHED = st.sampled_from(CONSUMER)
LABELS = st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True).filter(
    lambda label: not leading._QUIET_PATH.match(f"/{label}")
)
WORDS = st.lists(st.from_regex(r"[a-zà-ÿα-ωа-я]{1,9}[,!?;]?", fullmatch=True), max_size=6)
PIECES = st.sampled_from(
    [
        *'./@:()">%。…-_é日ｘ\\#a \u200b',
        *("https://", "youtube.com", "padlet", "[.]", "%2e", "\n> ", "google.com/url?q="),
        *("<a href=", "<mx-reply>", "<blockquote>", "</blockquote>", "&#46;"),
    ]
)
ANYTHING = st.lists(PIECES | st.text(max_size=4), max_size=25).map("".join)


@given(ANYTHING, ANYTHING)
@example("http://[", "<a href='http://%'>")
def test_any_text_can_be_read(text: str, html: str) -> None:
    """Nothing that people write is an error, and what is told is in the catalogue."""
    for one in find_all(text, html):
        assert set(suffixes(one.host)) & set(shipped().places)
        assert one.category in {*one.service.categories, *(r.category for r in one.service.rules)}
    assert set(find(text, html)) <= set(find_all(text, html))
    for address in hosts_in(text, html):
        assert address.host == browser_host(address.host) or "%" in address.host


@given(WATCHED, WORDS, WORDS)
def test_a_link_is_found_in_any_sentence(host: str, before: list[str], after: list[str]) -> None:
    """Once, and it alone, whatever words stand around it."""
    text = " ".join([*before, f"https://{host}/abc", *after])

    assert [host] == [one.host for one in find(text)]


@given(WATCHED, LABELS)
def test_the_longest_suffix_decides(host: str, label: str) -> None:
    """What ends in a host is of it; what begins with it, or contains it, is somebody else's."""
    (found,) = find(f"https://{label}.{host}/abc")

    assert found.host == f"{label}.{host}"
    assert () == find(f"https://{host}.{label}.example/abc")
    assert () == find(f"https://{label}.example/{host}?{host}#{host}")
    assert () == find(f"https://{host}@{label}.example")
    assert () == find(f"{label}@{host}")


@given(WATCHED, ANYTHING.filter(lambda text: "\n" not in text))
def test_a_quote_is_silent(host: str, text: str) -> None:
    """Whatever stands in quoted lines, reply fallbacks and quotes, nobody is reminded of it."""
    line = " ".join(f"{text} https://{host}/abc".splitlines())

    assert () == find(f"> {line}\n>{line}")
    assert () == find("x", f"<mx-reply>https://{host}/abc</mx-reply>x")
    assert () == find("x", f"x<blockquote><p>{host}/abc</p></blockquote>")


@given(WATCHED, st.sampled_from(["www.google.com/url?q=", "l.facebook.com/l.php?u="]))
def test_what_is_wrapped_leads_where_it_leads(host: str, wrapper: str) -> None:
    """A wrapper adds nothing and hides nothing."""
    address = f"https://{host}/abc"

    assert find(address) == find(f"https://{wrapper}{quote(address, safe='')}&x=y")


@given(WATCHED, st.randoms(use_true_random=False))
def test_neither_case_nor_width_nor_what_nobody_sees_matters(host: str, chance: Any) -> None:
    """Letters may be capital, full-width, percent-encoded, or have invisible ones among them."""
    ways = (str, str.upper, lambda sign: chr(ord(sign) + 0xFEE0), lambda sign: f"{sign}\u200b")
    written = "".join(chance.choice(ways)(sign) for sign in host)
    encoded = "".join(f"%{ord(sign):02X}" if chance.random() < 0.3 else sign for sign in host)

    assert host == browser_host(written) == browser_host(encoded)
    assert [host] == [one.host for one in find(f"see https://{written}/abc and")]
    assert [host] == [one.host for one in find(f"see https://{encoded}/abc and")]


PATTERNS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in (cleaning, hosts, leading, markup, scanning)
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
} | {f"scanning._JOINED {sign}": pattern for sign, pattern in scanning._JOINED.items()}
FEW = 256
"""A repetition up to this is a constant."""


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS)
def test_no_pattern_reads_a_run_twice(pattern: re.Pattern[str]) -> None:
    """Time is linear: a repetition without a small limit never gives back what it has read."""
    reading = import_module("re._parser")  # the only one who knows what a pattern repeats
    greedy = [
        least_most
        for operation, least_most in repetitions(reading.parse(pattern.pattern, pattern.flags))
        if str(operation) != "POSSESSIVE_REPEAT" and least_most[1] > FEW
    ]

    assert [] == greedy


def repetitions(parsed: Any) -> list[tuple[Any, tuple[int, int]]]:
    """Return all repetitions in a parsed pattern, however deep."""
    found = []
    if isinstance(parsed, tuple | list) or type(parsed).__name__ == "SubPattern":
        for one in parsed:
            if isinstance(one, tuple) and str(one[0]).endswith("REPEAT"):
                found.append((one[0], (int(one[1][0]), int(one[1][1]))))
            found += repetitions(one)
    return found


def test_repetitions_are_seen() -> None:
    """The law above would notice a pattern that breaks it."""
    reading = import_module("re._parser")

    assert 2 == len(repetitions(reading.parse("x(?:a|(b+))*")))
