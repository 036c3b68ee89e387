"""Generating `dates/<language>.json` from the npm packages cldr-dates-full and cldr-rbnf.

    python -m bot.data.build_date_lexicon NODE_MODULES de it

NODE_MODULES is the folder the packages were unpacked to. What CLDR does not know is written by
hand into `dates/<language>.hand.json`, which this program never touches.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Final

from babel import Locale, UnknownLocaleError

from bot.data.cldr_phrases import (
    WEEKDAYS,
    part_kinds,
    pattern_words,
    unit_names,
    unit_phrases,
    weekday_phrases,
)
from bot.data.spelled_numbers import ordinal_suffixes, spelled
from bot.language.folding import fold

DATES: Final = Path(__file__).parent / "dates"
Words = dict[str, dict[str, list[str]]]
LOCALES: Final[Mapping[str, Sequence[str]]] = {
    "en": ("en-GB", "en"),
    "nb": ("no",),
    "pt": ("pt-PT", "pt"),
    "sr": ("sr", "sr-Latn"),
    "bs": ("bs", "bs-Cyrl"),
}
"""The CLDR locales that a language is made of, the first one deciding; else its own name."""
MONTHS_OF: Final[Mapping[str, Sequence[str]]] = {
    "ar": ("ar-MA", "ar-DZ", "ar-SY"),
    "de": ("de-AT",),
    "hr": ("hr-BA",),
}
"""Further locales of which only the months are taken: Jänner, تشرين الثاني."""
ARTICLELESS: Final = frozenset(
    [
        "pl",
        "cs",
        "sk",
        "sl",
        "hr",
        "sr",
        "bs",
        "mk",
        "bg",
        "uk",
        "lt",
        "lv",
        "et",
        "fi",
        "is",
        "ar",
        "mt",
        "ga",
        "sq",
    ]
)
"""Languages that say `in week` for `in a week`."""
_PARTS: Final = ("morning1", "morning2", "afternoon1", "afternoon2", "evening1", "evening2",
                 "night1", "night2")  # fmt: skip
_CASES: Final = re.compile(
    "genitive|dative|accusative|instrumental|locative|partitive|[ei]ssive|translative|elative"
    "|illative|ablative|allative"
)
_CARDINALS: Final = range(1, 61)
_HOURS: Final = range(1, 25)
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
    periods = _periods(packages, language)
    for locale in locales:
        folder = packages / "cldr-dates-full" / "main" / locale
        calendar = _only(folder / "ca-gregorian.json")["calendars"]["gregorian"]
        fields = _only(folder / "dateFields.json")["fields"]
        _add_names(words, calendar)
        _add_relatives(words, fields, calendar["days"]["format"]["wide"].values())
        for entry in (
            *unit_names(locale),
            *unit_phrases(fields, bare_is_one=language in ARTICLELESS),
        ):
            _add(words, *entry)
        _add_parts(words, calendar["dayPeriods"], periods)
        for entry in pattern_words(_patterns(calendar)):
            _add(words, *entry)
        for name, habit in _habits(calendar).items():
            habits.setdefault(name, habit)
    for locale in MONTHS_OF.get(language, ()):
        file = packages / "cldr-dates-full" / "main" / locale / "ca-gregorian.json"
        if file.is_file():
            _add_months(words, _only(file)["calendars"]["gregorian"])
    for locale in locales:
        _add_numbers(words, packages / "cldr-rbnf" / "rbnf" / f"{locale}.json")
        _add_and(words, locale)
    if habits.pop("dotted_ordinals", False):
        _add(words, "ordinal_suffix", "", ".")
    _without_english(words, language)
    ordered = {kind: _tidy(words[kind]) for kind in sorted(words) if words[kind]}
    version = json.loads((packages / "cldr-dates-full" / "package.json").read_text())["version"]
    source = f"generated from Unicode CLDR {version} ({', '.join(locales)}); see NOTICE"
    return {"source": {"note": source}, "habits": habits, "words": ordered}


def _periods(packages: Path, language: str) -> Mapping[str, str]:
    """Give our name of each of the language's parts of the day (cldr-core, dayPeriods)."""
    file = packages / "cldr-core" / "supplemental" / "dayPeriods.json"
    if not file.is_file():
        return {}
    rules = json.loads(file.read_text(encoding="utf-8"))["supplemental"]["dayPeriodRuleSet"]
    return part_kinds(rules.get("no" if language == "nb" else language, {}))


def _patterns(calendar: Mapping[str, Any]) -> list[str]:
    formats = calendar["dateTimeFormats"]["availableFormats"]
    dates = [p for p in calendar["dateFormats"].values() if isinstance(p, str)]
    return dates + [formats[name] for name in ("MMMEd", "yMMMEd", "MMMd", "Hm") if name in formats]


def _habits(calendar: Mapping[str, Any]) -> dict[str, object]:
    """Give the orders and signs that a language writes dates with."""
    formats = calendar["dateTimeFormats"]["availableFormats"]
    short = calendar["dateFormats"]["short"]
    order = numeric_order(short)
    monthly = formats.get("Md", short)
    if order != "dmy" and monthly.index("d") < monthly.index("M"):
        order = "dmy"  # Swedish writes 2026-11-27, but 27/11
    habits: dict[str, object] = {"numeric_order": order}
    named = [formats["MMMd"], calendar["dateFormats"].get("full", "")]
    if any(0 <= max(p.find("M"), p.find("L")) < p.find("d") for p in named):
        habits["month_first"] = True
    if "." in short and "." not in formats.get("Hm", "").replace("'.", ""):
        habits["dotted_dates"] = True
    habits["dotted_ordinals"] = "d. " in formats["MMMd"]
    return habits


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
    _add_months(words, calendar)
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for name, form in calendar["days"][context][width].items():
                letters = len(form.rstrip("."))
                short = "weekday_short" if letters <= _LONGEST_SHORT else "weekday"
                kind = short if letters > 1 else "weekday_letter"
                _add(words, kind, str(WEEKDAYS.index(name)), form)


def _add_months(words: Words, calendar: Mapping[str, Any]) -> None:
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for name, form in calendar["months"][context][width].items():
                if not form.isdigit():
                    _add(words, "month", name, form)


def _add_parts(words: Words, periods: Mapping[str, Any], named: Mapping[str, str]) -> None:
    """Parts of the day: beside a clock time (`in the morning`), and beside a day."""
    folded = {
        kind: {fold(form) for forms in words.get(kind, {}).values() for form in forms}
        for kind in ("unit", "units", "relative")
    }
    for context in ("format", "stand-alone"):
        wide = periods[context]["wide"]
        seen: set[str] = set()
        for period in (*_PARTS, "noon", "midnight"):
            form = wide.get(period, "")
            if not form or form in seen:  # French says `du matin` at night, too
                continue
            seen.add(form)
            name = named.get(period, period.rstrip("12"))
            for kind in _part_kinds(form, name, context, folded):
                _add(words, kind, name, form)
        for width, period in product(("wide", "abbreviated"), ("am", "pm")):
            if periods[context][width][period] not in seen:
                _add(words, "meridiem", period, periods[context][width][period])


def _part_kinds(
    form: str, name: str, context: str, folded: Mapping[str, set[str]]
) -> tuple[str, ...]:
    """Give what a part of the day may be beside what its word means else."""
    if name in ("noon", "midnight"):
        return ("clock_word",)
    if fold(form) in folded["relative"]:  # German Morgen, Spanish mañana: tomorrow
        return ("part_joined",)
    beside_hours = ("part_of",) if context == "format" else ()
    is_unit = fold(form) in folded["unit"] | folded["units"]  # Ukrainian день is a day
    return beside_hours if is_unit else ("part", *beside_hours)


def _add_relatives(words: Words, fields: Mapping[str, Any], names: Iterable[str]) -> None:
    """Tomorrow, next week; and what makes `next Friday` out of Friday."""
    for width in ("", "-short", "-narrow"):
        for key, form in fields[f"day{width}"].items():
            if key.startswith("relative-type-"):
                _add(words, "relative", key.removeprefix("relative-type-"), form)
    for unit in ("week", "month", "year"):
        for offset, name in (("0", "this"), ("1", "next")):
            form = fields[unit].get(f"relative-type-{offset}", "")
            _add(words, f"{name}_{unit}", "", form)
    for kind, value, form in weekday_phrases(fields, list(names)):
        if form not in _PREPOSITIONS:
            _add(words, kind, value, form)


_PREPOSITIONS: Final = ("у", "u", "på")
"""CLDR's `this Friday` in Serbian is just `on Friday`."""


def _without_english(words: Words, language: str) -> None:
    """Take out what CLDR has not translated: `next Wednesday` in Maltese."""
    if language == "en":
        return
    english = {"last", "this", "next", "in"} | {
        f"{day}day" for day in ("Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun")
    }
    for kind in ("last", "this", "next", "weekday"):
        for forms in words.get(kind, {}).values():
            forms[:] = [form for form in forms if form not in english]
        words[kind] = {value: forms for value, forms in words.get(kind, {}).items() if forms}


def _add_numbers(words: Words, path: Path) -> None:
    if not path.is_file():
        return
    rules = json.loads(path.read_text(encoding="utf-8"))["rbnf"]["rbnf"]
    spoken = {
        name: rule_set
        for name, rule_set in rules.get("SpelloutRules", {}).items()
        if not (name.startswith("%spellout") and "plural" in name)
    }
    plain = {name: rule_set for name, rule_set in spoken.items()
             if not (name.startswith("%spellout-cardinal") and _CASES.search(name))}  # fmt: skip
    for kind in ("cardinal", "numbering"):
        for number, form in (*spelled(plain, _CARDINALS, kind), *spelled(spoken, _HOURS, kind)):
            _add(words, "number", str(number), form)
    for number, form in spelled(spoken, _ORDINALS, "ordinal"):
        _add(words, "ordinal", str(number), form)
    for suffix in ordinal_suffixes(rules.get("OrdinalRules", {})):
        _add(words, "ordinal_suffix", "", suffix)


def _add_and(words: Words, locale: str) -> None:
    """`and`, out of the way two things are listed (Babel has CLDR's list patterns)."""
    try:
        patterns = Locale.parse(locale.replace("-", "_")).list_patterns
    except UnknownLocaleError:
        return
    pattern = patterns.get("standard", {}).get("2", "")
    _add(words, "and", "", pattern.replace("{0}", "").replace("{1}", "").strip(" ,"))


def numeric_order(pattern: str) -> str:
    """Give the order of day, month and year in a CLDR date pattern: `dd/MM/y` is dmy."""
    order = "".join(dict.fromkeys(sign for sign in pattern.lower() if sign in "dmy"))
    return order if len(order) == len("dmy") else "dmy"


if __name__ == "__main__":
    main(sys.argv[1:])
