"""Generating `dates/<language>.json` from the npm packages cldr-dates-full and cldr-rbnf.

    python -m bot.data.build_date_lexicon NODE_MODULES en fr

NODE_MODULES is the folder the packages were unpacked to. What CLDR does not know is written by
hand into `dates/<language>.hand.json`, which this program never touches.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bot.data.spelled_numbers import ordinal_suffixes, spelled

DATES: Final = Path(__file__).parent / "dates"
Words = dict[str, dict[str, list[str]]]
LOCALES: Final[Mapping[str, Sequence[str]]] = {"en": ("en-GB", "en"), "nb": ("no",)}
"""The CLDR locales that a language is made of, the first one deciding; else its own name."""
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS: Final = ("second", "minute", "hour", "day", "week", "month", "year")
_PARTS: Final = ("morning1", "morning2", "afternoon1", "afternoon2", "evening1", "evening2",
                 "night1", "night2")  # fmt: skip
_CARDINALS: Final = range(1, 61)
_ORDINALS: Final = range(1, 32)
_LONGEST_SHORT: Final = 3


def main(arguments: Sequence[str]) -> None:
    """Write the file of every language named after the folder."""
    packages, *languages = arguments
    for language in languages:
        made = lexicon(Path(packages), language)
        text = json.dumps(made, ensure_ascii=False, indent=1)
        text = re.sub(r"\[[^\[\]{}]*\]", _on_one_line, text)
        (DATES / f"{language}.json").write_text(text + "\n", encoding="utf-8")


def _on_one_line(forms: re.Match[str]) -> str:
    return json.dumps(json.loads(forms[0]), ensure_ascii=False)


def lexicon(packages: Path, language: str) -> dict[str, object]:
    """Give everything CLDR knows about dates in a language, by kind and value."""
    words: Words = {}
    locales = LOCALES.get(language, (language,))
    habits: dict[str, object] = {}
    for locale in locales:
        folder = packages / "cldr-dates-full" / "main" / locale
        calendar = _only(folder / "ca-gregorian.json")["calendars"]["gregorian"]
        fields = _only(folder / "dateFields.json")["fields"]
        _add_names(words, calendar)
        _add_parts(words, calendar["dayPeriods"])
        _add_relatives(words, fields)
        _add_units(words, fields)
        habits.setdefault("numeric_order", numeric_order(calendar["dateFormats"]["short"]))
        pattern = calendar["dateTimeFormats"]["availableFormats"]["MMMd"]
        if pattern.index("d") > max(pattern.find("M"), pattern.find("L")):
            habits["month_first"] = True
    _add_numbers(words, packages / "cldr-rbnf" / "rbnf" / f"{locales[-1]}.json")
    ordered = {kind: _tidy(words[kind]) for kind in sorted(words)}
    version = json.loads((packages / "cldr-dates-full" / "package.json").read_text())["version"]
    source = f"generated from Unicode CLDR {version} ({', '.join(locales)}); see NOTICE"
    return {"source": {"note": source}, "habits": habits, "words": ordered}


def _tidy(values: dict[str, list[str]]) -> dict[str, list[str]] | list[str]:
    """Give values in their order; a kind without values is just its forms."""
    if list(values) == [""]:
        return values[""]
    return {value: values[value] for value in sorted(values, key=_natural)}


def _natural(value: str) -> tuple[int, str]:
    return (int(value), "") if value.lstrip("-").isdigit() else (0, value)


def _only(path: Path) -> Any:
    """Give the `dates` of the one locale in a CLDR file."""
    (locale,) = json.loads(path.read_text(encoding="utf-8"))["main"].values()
    return locale["dates"]


def _add(words: Words, kind: str, value: str, form: str) -> None:
    form = form.strip()
    forms = words.setdefault(kind, {}).setdefault(value, [])
    if form and form not in forms:
        forms.append(form)


def _add_names(words: Words, calendar: Mapping[str, Any]) -> None:
    """Weekdays and months, wide and abbreviated; narrow and short ones are words like any."""
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for name, form in calendar["months"][context][width].items():
                _add(words, "month", name, form)
            for name, form in calendar["days"][context][width].items():
                short = len(form.rstrip(".")) <= _LONGEST_SHORT
                kind = "weekday_short" if short else "weekday"
                _add(words, kind, str(_WEEKDAYS.index(name)), form)


def _add_parts(words: Words, periods: Mapping[str, Any]) -> None:
    """Parts of the day: `in the morning` beside a clock time, `morning` beside a day."""
    for context, kind in (("format", "part_of"), ("stand-alone", "part")):
        wide = periods[context]["wide"]
        taken: set[str] = set()
        for period in _PARTS:
            form = wide.get(period, "")
            if form and form not in taken:  # French says `du matin` at night, too
                taken.add(form)
                _add(words, kind, period.rstrip("12"), form)
        for period in ("noon", "midnight"):
            if period in wide:
                _add(words, "clock_word", period, wide[period])
        for period in ("am", "pm"):
            _add(words, "meridiem", period, wide[period])


def _add_relatives(words: Words, fields: Mapping[str, Any]) -> None:
    """Tomorrow, next week; and what makes `next Friday` out of Friday."""
    for key, form in fields["day"].items():
        if key.startswith("relative-type-"):
            _add(words, "relative", key.removeprefix("relative-type-"), form)
    for unit in ("week", "month", "year"):
        for offset, name in (("0", "this"), ("1", "next")):
            form = fields[unit].get(f"relative-type-{offset}", "")
            _add(words, f"{name}_{unit}", "", form)
    common = {
        kind: _in_all([fields[day].get(f"relative-type-{offset}", "") for day in _WEEKDAYS])
        for offset, kind in (("-1", "last"), ("0", "this"), ("1", "next"))
    }
    for kind, found in common.items():
        others = {word for name, rest in common.items() if name != kind for word in rest}
        for word in found:
            if word not in others:  # an article, or the word for week
                _add(words, kind, "", word)


def _in_all(forms: Sequence[str]) -> list[str]:
    """Give the words that all the forms have, in their order."""
    return [word for word in forms[0].split() if all(word in form.split() for form in forms)]


def _add_units(words: Words, fields: Mapping[str, Any]) -> None:
    """Units, and the words around `3 days` that make it `in 3 days`."""
    patterns: dict[str, list[tuple[list[str], list[str]]]] = {unit: [] for unit in _UNITS}
    for unit, width in ((unit, width) for unit in _UNITS for width in ("", "-short", "-narrow")):
        for pattern in fields[unit + width].get("relativeTime-type-future", {}).values():
            before, found, after = pattern.partition("{0}")
            if found:
                patterns[unit].append((_split(before), _split(after)))
    common = set.intersection(
        *({word for sides in patterns[unit] for side in sides for word in side} for unit in _UNITS)
    )
    for unit, sides in patterns.items():
        for before, after in sides:
            for side, kind in ((before, "in"), (after, "later")):
                for word in side:
                    if word in common:
                        _add(words, kind, "", word)
                    elif len(word) > 1 or unit in ("hour", "day"):
                        _add(words, "unit", unit, word)


def _split(side: str) -> list[str]:
    return [word.strip(".") for word in side.split() if word.strip(".")]


def _add_numbers(words: Words, path: Path) -> None:
    if not path.is_file():
        return
    rules = json.loads(path.read_text(encoding="utf-8"))["rbnf"]["rbnf"]
    for number, form in _spelled(rules.get("SpelloutRules", {})):
        _add(words, "number", str(number), form)
    for number, form in spelled(rules.get("SpelloutRules", {}), _ORDINALS, "ordinal"):
        _add(words, "ordinal", str(number), form)
    for suffix in ordinal_suffixes(rules.get("OrdinalRules", {})):
        _add(words, "ordinal_suffix", "", suffix)


def _spelled(rules: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    for kind in ("cardinal", "numbering"):
        yield from spelled(rules, _CARDINALS, kind)


def numeric_order(pattern: str) -> str:
    """Give the order of day, month and year in a CLDR date pattern: `dd/MM/y` is dmy."""
    order = "".join(dict.fromkeys(sign for sign in pattern.lower() if sign in "dmy"))
    return order if len(order) == len("dmy") else "dmy"


if __name__ == "__main__":
    main(sys.argv[1:])
