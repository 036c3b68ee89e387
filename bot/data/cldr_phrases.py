"""Words out of CLDR's patterns: next Friday, in 3 days, the 27th of November; build time only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import product
from typing import Any, Final, Literal

from babel import Locale, UnknownLocaleError
from babel.dates import TIMEDELTA_UNITS, format_timedelta

Entry = tuple[str, str, str]
"""Kind, value and form, as they stand in a date file."""
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS: Final = ("second", "minute", "hour", "day", "week", "month", "year")
_OFFSETS: Final = {"last": "-1", "this": "0", "next": "1"}
_FRAME_OFTEN: Final = 2
"""A word that stands beside so many weekdays is no weekday."""
_LATER_OFTEN: Final = 4
_PARTICLE: Final = 2
"""Albanian weekdays have an article of their own, `e hënë`: it alone is no weekday."""
_COUNTS: Final = (1, 2, 3, 5, 11, 21, 30)
"""Numbers that together have every plural form of every language."""
_WIDTHS: Final[tuple[Literal["long", "short"], ...]] = ("long", "short")
_PLURALS: Final = {"one": "1", "two": "2"}
_NIGHT: Final = 20
_LITERAL: Final = re.compile(r"'([^']+)'|([a-zA-Z]+)|([^\W\d_]+)")
_FIELDS: Final = {"c": "E", "L": "M", "k": "H", "h": "H"}
_MARKS: Final[Mapping[tuple[str, str], str]] = {
    ("d", "M"): "of",
    ("M", "y"): "of",
    ("E", "d"): "article",
    ("d", ""): "day_mark",
    ("d", "E"): "day_mark",
    ("m", ""): "hour_mark",
}
"""What a word between two fields of a date pattern is: `d 'de' MMMM 'de' y`, `d 'd'.`"""


def weekday_phrases(fields: Mapping[str, Any], names: Sequence[str]) -> Iterator[Entry]:
    """Give what makes `next Friday` out of Friday, and the case that Friday then stands in.

    *names* are the words of the weekdays as CLDR lists them: they are no frame, though
    Azerbaijani `bazar` stands in two of them.
    """
    known = {word for name in names for word in name.lower().split()}
    framed = {
        kind: [fields[day].get(f"relative-type-{offset}", "") for day in WEEKDAYS]
        for kind, offset in _OFFSETS.items()
    }
    units = {fields["week"].get(f"relative-type-{offset}", "") for offset in _OFFSETS.values()}
    around: dict[str, set[str]] = {}
    for kind, forms in framed.items():
        counted = Counter(word for form in forms for word in set(form.split()))
        frame = {
            word for word, n in counted.items() if n >= _FRAME_OFTEN and word.lower() not in known
        }
        around[kind] = set()
        for number, form in enumerate(forms):
            before, inside, behind = _parts(form.split(), frame, known)
            yield "weekday", str(number), inside
            # Only an article stands in front of a weekday that has something behind it.
            around[kind].update({behind or before} - {""} - units)
    phrases = [phrase for found in around.values() for phrase in found]
    shared = {phrase.split()[0] for phrase in phrases}
    for kind, found in around.items():
        others = {phrase for name, rest in around.items() if name != kind for phrase in rest}
        for phrase in sorted(found - others):
            yield kind, "", phrase
            first, _, rest = phrase.partition(" ")
            if len(shared) == 1 and rest:  # `w przyszły` and `w ten`: the preposition
                yield kind, "", rest.removeprefix(first)


def _parts(words: Sequence[str], frame: set[str], known: set[str]) -> tuple[str, str, str]:
    """Give what stands in front of the weekday, the weekday, and what stands behind."""
    inside = [place for place, word in enumerate(words) if word not in frame]
    named = [place for place in inside if words[place].lower() in known]
    if len("".join(words[place] for place in named)) > _PARTICLE:
        inside = named  # `επόμενο Σάββατο`: the only neuter weekday
    if not inside:
        return "", "", ""
    first, end = inside[0], inside[-1] + 1
    return " ".join(words[:first]), " ".join(words[first:end]), " ".join(words[end:])


def unit_phrases(fields: Mapping[str, Any], *, bare_is_one: bool) -> Iterator[Entry]:
    """Give units, and the words around `3 days` that make it `in 3 days`.

    Without a number (`بعد يومين`) the form holds it; with *bare_is_one* the singular does.
    """
    patterns = list(_waits(fields))
    ends = Counter(
        word
        for word, _ in {
            (pattern.split()[-1].strip("."), unit)
            for unit, _, pattern in patterns
            if "{0}" in pattern
        }
    )
    later = {word for word, often in ends.items() if often >= _LATER_OFTEN and word.isalpha()}
    numbered = [pattern for _, _, pattern in patterns if "{0}" in pattern]
    starts = {pattern.partition("{0}")[0].strip() for pattern in numbered} - {""}
    for start in sorted(starts):
        yield "in", "", start
    for word in sorted(later):
        yield "later", "", word
    for unit, plural, pattern in patterns:
        before, found, after = pattern.partition("{0}")
        rest = [word for word in _words(after if found else pattern) if word not in later]
        if not found:
            lead = next(
                (s for s in sorted(starts, key=len, reverse=True) if before.startswith(s)), ""
            )
            rest = [word for word in _words(before.removeprefix(lead)) if word not in later]
            if plural in _PLURALS and rest:
                yield "units", f"{_PLURALS[plural]} {unit}", " ".join(rest)
            continue
        form = " ".join(rest)
        if not form or (len(form) == 1 and unit not in ("hour", "day")):
            continue
        alone = not before.strip() and not (set(_words(after)) & later)
        yield ("unit_later" if alone else "unit"), unit, form
        if bare_is_one and plural == "one" and not alone and len(form) > 2:  # noqa: PLR2004
            yield "units", f"1 {unit}", form


def unit_names(locale: str) -> Iterator[Entry]:
    """Give units as they stand alone, `3 giorni`, as Babel writes them with CLDR's patterns."""
    try:
        babel = Locale.parse(locale.replace("-", "_"))
    except UnknownLocaleError:
        return
    seconds = {"month": 30 * 86400, "year": 365 * 86400}
    for unit in UNITS:
        length = seconds.get(unit) or dict(TIMEDELTA_UNITS)[unit]
        for count, width in product(_COUNTS, _WIDTHS):
            text = format_timedelta(
                timedelta(seconds=count * length),
                granularity=unit,
                threshold=10**9,
                format=width,
                locale=babel,
            )
            form = " ".join(_words(re.sub(r"\d+", "", text).replace("\u00a0", " ")))
            if any(sign.isdigit() for sign in text):
                if len(form) > 1:
                    yield "unit", unit, form
            else:
                yield "units", f"{count} {unit}", form


def _waits(fields: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give unit, plural category and pattern of all `in {0} days`."""
    for unit in UNITS:
        for width in ("", "-short", "-narrow"):
            future = fields[unit + width].get("relativeTime-type-future", {})
            for name, pattern in future.items():
                yield (
                    unit,
                    name.rsplit("-", 1)[-1],
                    pattern.replace("\u00a0", " ").replace("\u202f", " "),
                )


def _words(side: str) -> list[str]:
    return [word.strip(".") for word in side.split() if word.strip(".")]


def pattern_words(patterns: Sequence[str]) -> Iterator[Entry]:
    """Give the words that stand between the fields of date patterns: `de`, `р.`, `den`."""
    for pattern in patterns:
        last = ""
        waiting: list[str] = []
        for quoted, latin, other in (*_LITERAL.findall(pattern), ("", "$", "")):
            if quoted or other:
                waiting.append(quoted or other)
                continue
            field = "" if latin == "$" else _FIELDS.get(latin[0], latin[0])
            for word in waiting:
                kind = "year_mark" if last == "y" else _MARKS.get((last, field))
                if kind and any(sign.isalpha() for sign in word):
                    yield kind, "", word.strip()
            waiting, last = [], field


def part_kinds(rules: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    """Give our name of every day period of a language, by the hours that CLDR gives it.

    Spanish `tarde`, CLDR's evening, begins at noon: it is the afternoon.
    """
    named = {}
    for period, hours in rules.items():
        if "_from" not in hours:
            continue
        first, end = int(hours["_from"][:2]), int(hours["_before"][:2])
        named[period] = _part(period, first, end)
    return named


def _part(period: str, first: int, end: int) -> str:
    if first in (11, 12) and 12 < end <= 14:  # noqa: PLR2004
        return "noon"
    if (period, first, end) == ("night1", 0, 1):
        return "midnight"
    if period.startswith("night"):
        return "evening" if first < _NIGHT < end else "night"
    for start, name in ((16, "evening"), (12, "afternoon"), (3, "morning")):
        if first >= start:
            return name
    return "night" if end <= 6 else "morning"  # noqa: PLR2004
