"""The words of one language that say when, as loaded from the data files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from bot.language.folding import fold

EVERYWHERE: Final = "any"
"""The name of the hand file whose words are understood in every language (`18h`, `6pm`)."""
_PIECE: Final = re.compile(r"\d+|[^\W\d_]+|[^\s\w'.,-]")
_TELLING: Final = ("weekday", "weekdays", "weekday_short", "month", "relative", "today_part")
_SHORTEST_RESEMBLED: Final = 4


class Sense(NamedTuple):
    """One thing a word may mean: its kind, and a number or a text that says which of the kind."""

    kind: str
    number: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All the words of a language, folded, each with everything it may mean."""

    language: str
    senses: Mapping[str, tuple[Sense, ...]]
    """Folded pieces joined by one space -> meanings."""
    longest: Mapping[str, int]
    """First piece -> number of pieces of the longest entry that begins with it."""
    ordinal_suffixes: frozenset[str]
    """What may be stuck to a figure to make it a day of the month: th, er, `.`"""
    numeric_order: str
    """CLDR short date, as `dmy`."""
    next_weekday: str
    """What 'next Friday' is: `coming` (the nearest one) or `following` (next week's; ask)."""
    bare_ordinals: bool
    """Whether an ordinal alone may be a day: `27th` is, `4e` is a class."""
    four_figure_hours: bool
    """Whether `friday 1800` is 18:00."""
    idiom_days: Mapping[int, int]
    """Numbers of days that people say and the number that many of them mean: 15 -> 14."""
    telling: Mapping[str, bool]
    """Words of four letters and more, spaces left out, that tell that a date is meant; and
    whether they are written in full, so that a slip in them can be told from another word."""


def pieces(folded: str) -> list[str]:
    """Split folded text into letters, figures and signs, without apostrophes, dots and dashes."""
    return _PIECE.findall(folded)


def base_language(code: str) -> str:
    """Give `fr` for `fr`, `fr-FR` and `fr_CA`."""
    return re.split(r"[-_]", code.strip().lower(), maxsplit=1)[0]


def lexicon_words(language: str) -> frozenset[str]:
    """Give the single words of the language that may be part of a date, folded."""
    lexicon = load_lexicon(language)
    if lexicon is None:
        return frozenset()
    return frozenset(entry for entry in lexicon.senses if entry.isalpha())


def load_lexicon(language: str) -> Lexicon | None:
    """Give the words of the language, read from its files once; None if it has no files."""
    return _load(base_language(language))


@cache
def _load(language: str) -> Lexicon | None:
    folder = files("bot.data.dates")
    layers = [
        json.loads(resource.read_text(encoding="utf-8"))
        for name in (f"{language}.json", f"{language}.hand.json", f"{EVERYWHERE}.hand.json")
        if (resource := folder / name).is_file()
    ]
    if language == EVERYWHERE:
        layers = layers[:1]
    elif not language.isalpha() or len(layers) == 1:
        return None
    return build_lexicon(language, layers)


def build_lexicon(language: str, layers: Sequence[Mapping[str, Mapping[str, object]]]) -> Lexicon:
    """Make the lexicon out of the data of its files, generated first, then by hand."""
    senses: dict[str, dict[Sense, None]] = {}
    for layer in layers:
        for forms in layer.get("drop", {}).values():
            for form in _forms(forms):
                senses.pop(_key(form), None)
        for kind, values in layer.get("words", {}).items():
            if not isinstance(values, Mapping):
                values = {"": values}  # noqa: PLW2901 - a kind without values
            for value, forms in values.items():
                meant = dict.fromkeys(_senses(kind, value))
                for form in _forms(forms):
                    senses.setdefault(_key(form), {}).update(meant)
    suffixes = frozenset(
        fold(form)
        for layer in layers
        for form in _forms(layer.get("words", {}).get("ordinal_suffix", ()))
    )
    return _finished(language, layers, {k: tuple(v) for k, v in senses.items() if k}, suffixes)


def _finished(
    language: str,
    layers: Sequence[Mapping[str, Mapping[str, object]]],
    senses: Mapping[str, tuple[Sense, ...]],
    suffixes: frozenset[str],
) -> Lexicon:
    senses = {entry: _without_weak(meanings) for entry, meanings in senses.items()}
    longest: dict[str, int] = {}
    for entry in senses:
        first, *rest = entry.split(" ")
        longest[first] = max(longest.get(first, 1), 1 + len(rest))
    habits: dict[str, object] = {}
    for layer in layers:
        habits.update(layer.get("habits", {}))
    if habits.get("month_first"):
        senses = {entry: _with_month_first(meanings) for entry, meanings in senses.items()}
    idioms = habits.get("idiom_days", {})
    return Lexicon(
        language=language,
        senses=senses,
        longest=longest,
        ordinal_suffixes=suffixes,
        numeric_order=str(habits.get("numeric_order", "dmy")),
        next_weekday=str(habits.get("next_weekday", "coming")),
        bare_ordinals=bool(habits.get("bare_ordinals")),
        four_figure_hours=bool(habits.get("four_figure_hours")),
        idiom_days={int(said): int(meant) for said, meant in idioms.items()}
        if isinstance(idioms, Mapping)
        else {},
        telling=_telling(senses),
    )


def _telling(senses: Mapping[str, tuple[Sense, ...]]) -> Mapping[str, bool]:
    """Find the weekdays, months and the like, and mark those that are no abbreviations."""
    found: dict[str, set[str]] = {}
    for entry, meanings in senses.items():
        kinds = {meaning.kind for meaning in meanings}.intersection(_TELLING)
        word = entry.replace(" ", "")
        if kinds and len(word) >= _SHORTEST_RESEMBLED:
            found[word] = kinds
    return {
        word: word.isalpha()
        and not any(
            longer != word and longer.startswith(word) and kinds & found[longer] for longer in found
        )
        for word, kinds in found.items()
    }


def _without_weak(meanings: tuple[Sense, ...]) -> tuple[Sense, ...]:
    """Forget that a word is a short weekday if it is entered as a full one as well."""
    if not any(meaning.kind == "weekday" for meaning in meanings):
        return meanings
    return tuple(m for m in meanings if m.kind != "weekday_short" and m.text != "weak")


def _with_month_first(meanings: tuple[Sense, ...]) -> tuple[Sense, ...]:
    return (*meanings, *(m._replace(kind="month_first") for m in meanings if m.kind == "month"))


def _key(form: str) -> str:
    return " ".join(pieces(fold(form)))


def _forms(forms: object) -> Sequence[str]:
    return [str(form) for form in forms] if isinstance(forms, list | tuple) else ()


def _senses(kind: str, value: str) -> tuple[Sense, ...]:
    """Give what a form entered under this kind and value may mean."""
    number = int(value) if value.lstrip("-").isdigit() else 0
    # Only figures that were typed have a text: `the 2nd` may be a day, `the second` may not.
    text = "" if kind in _NUMBERS else value
    more = _MORE_KINDS.get((kind, value)) or _MORE_KINDS.get((kind, ""), ())
    weak = "weak" if kind == "weekday_short" else ""
    return (Sense(kind, number, text), *(Sense(name, number, weak) for name in more))


_NUMBERS: Final = ("number", "ordinal", "one")
_MORE_KINDS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("weekday", ""): ("dayname",),
    ("weekday_short", ""): ("dayname",),
    ("weekdays", ""): ("dayname",),
    ("unit", "hour"): ("hour_unit",),
    ("unit", "minute"): ("minute_unit",),
}
