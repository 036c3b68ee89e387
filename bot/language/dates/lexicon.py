"""The words of one language that say when, as loaded from the data files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import takewhile
from typing import Any, Final, NamedTuple

from bot.language.dates.habits import Habits, read_habits
from bot.language.dates.spelling import plain

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


Senses = tuple[Sense, ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """What may be stuck to a word or a figure, and what it says there: `18-kor`, `péntekig`."""

    behind: frozenset[str]
    """Kinds of words that it stands behind; `figure` is any figure."""
    means: tuple[Senses, ...]
    """The tokens that it becomes; empty for a case that says nothing."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All the words of a language, folded, each with everything it may mean."""

    language: str
    senses: Mapping[str, Senses]
    """Folded pieces joined by one space -> meanings."""
    compounds: Mapping[str, tuple[Senses, ...]]
    """Entries that are several words in one: `péntekig`, until friday."""
    longest: Mapping[str, int]
    """First piece -> number of pieces of the longest entry that begins with it."""
    ordinal_suffixes: frozenset[str]
    """What may be stuck to a figure to make it a day of the month: th, er, `.`"""
    hour_suffixes: frozenset[str]
    """What may be stuck to a figure to make it an hour: `17-й`."""
    endings: Mapping[str, tuple[Ending, ...]]
    """What is stuck to words and figures, longest first."""
    sticking: frozenset[str]
    """What may follow a figure behind a dash: `27-го`, `27-nov`."""
    leading: frozenset[str]
    """What may stand before a figure with a dash between: Maltese `fis-6`."""
    mistakable: frozenset[str]
    """Words that are no date at the end of a title unless something stands beside them."""
    habits: Habits
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


def build_lexicon(language: str, layers: Sequence[Mapping[str, Any]]) -> Lexicon:
    """Make the lexicon out of the data of its files, generated first, then by hand."""
    tables = [_spelling(table) for layer in layers for table in layer.get("spellings", ())]
    senses: dict[str, dict[Sense, None]] = {}
    compounds: dict[str, tuple[Senses, ...]] = {}
    habits: dict[str, object] = {}
    for layer in layers:
        habits.update(layer.get("habits", {}))
        for form in (form for forms in layer.get("drop", {}).values() for form in forms):
            for key in (_key(form), *(f"{_SUFFIX}{kind} {plain(form)}" for kind in _SUFFIXES)):
                senses.pop(key, None)
        for kind, value, forms in _listed(layer.get("words", {})):
            spelled = [key for form in forms for key in _keys(kind, form, tables)]
            if "+" in kind:
                compounds.update(dict.fromkeys(spelled, _compound(kind, value)))
                continue
            meant = dict.fromkeys(_senses(kind, value))
            for key in spelled:
                senses.setdefault(key, {}).update(meant)
    suffixes = {
        kind: frozenset(key.removeprefix(f"{_SUFFIX}{kind} ") for key in senses
                        if key.startswith(f"{_SUFFIX}{kind} "))
        for kind in _SUFFIXES
    }  # fmt: skip
    entries = {key: tuple(found) for key, found in senses.items()
               if key and not key.startswith(_SUFFIX)}  # fmt: skip
    lexicon = _finished(
        language, entries, compounds, suffixes, _endings(layers), read_habits(habits)
    )
    lonely = (form for layer in layers for form in layer.get("mistakable", ()))
    return replace(lexicon, mistakable=frozenset(map(_key, lonely)))


def _listed(words: Mapping[str, Any]) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Give kind, value and forms; a kind without values is just its forms."""
    for kind, values in words.items():
        for value, forms in (values if isinstance(values, Mapping) else {"": values}).items():
            yield kind, value, forms


Spelling = Callable[[str], str]


def _spelling(table: Mapping[str, str]) -> Spelling:
    """Make the function that writes a form without its letters, as `ae` for `ä`."""
    letters = re.compile("|".join(sorted(map(re.escape, table), key=len, reverse=True)))
    return lambda form: letters.sub(lambda found: table[found[0]], form)


def _keys(kind: str, form: str, tables: Sequence[Spelling]) -> Iterator[str]:
    """Give the folded pieces of a form, and of the form as people type it without its letters."""
    if kind in _SUFFIXES:
        yield f"{_SUFFIX}{kind} {plain(form)}"
        return
    yield _key(form)
    lower = form.lower()
    for table in tables:
        other = table(lower)
        if other != lower:
            yield _key(other)


def _compound(kind: str, value: str) -> tuple[Senses, ...]:
    """Give the tokens of `until|range_to + weekday`; a part may carry a value of its own."""
    tokens = []
    for part in kind.split("+"):
        names, _, own = part.strip().partition(":")
        tokens.append(tuple(s for name in names.split("|") for s in _senses(name, own or value)))
    return tuple(tokens)


def _endings(layers: Sequence[Mapping[str, Any]]) -> Mapping[str, tuple[Ending, ...]]:
    found: dict[str, list[Ending]] = {}
    for ending in (ending for layer in layers for ending in layer.get("endings", ())):
        means = _compound(ending["means"], "") if ending["means"] else ()
        for form in ending["forms"]:
            found.setdefault(plain(form), []).append(
                Ending(frozenset(ending["behind"].split()), means)
            )
    return {form: tuple(found[form]) for form in sorted(found, key=len, reverse=True)}


def _finished(  # noqa: PLR0913, PLR0917 - all that a lexicon is made of
    language: str,
    senses: Mapping[str, Senses],
    compounds: Mapping[str, tuple[Senses, ...]],
    suffixes: Mapping[str, frozenset[str]],
    endings: Mapping[str, tuple[Ending, ...]],
    habits: Habits,
) -> Lexicon:
    joined = {
        form: tuple(Sense("part_joined", 0, s.text) for s in meanings if s.kind == "part_joined")
        for form, meanings in senses.items()
    }
    endings = {
        **{form: (Ending(_JOINED_TO, (found,)),) for form, found in joined.items() if found},
        **endings,
    }
    senses = {entry: _settled(meanings, habits) for entry, meanings in senses.items()}
    longest: dict[str, int] = {}
    sticking = {*suffixes["ordinal_suffix"], *suffixes["hour_suffix"], *endings}
    for entry in (*senses, *compounds):
        first, _, rest = entry.partition(" ")
        size = 2 + rest.count(" ") if rest else 1
        if longest.get(first, 0) < size:
            longest[first] = size
        for sense in senses.get(entry, ()):
            if sense.kind == "month" or (rest and sense.kind == "unit"):
                sticking.add(first)
    return Lexicon(
        language=language,
        senses=senses,
        compounds=compounds,
        longest=longest,
        ordinal_suffixes=suffixes["ordinal_suffix"],
        hour_suffixes=suffixes["hour_suffix"],
        endings=dict(sorted(endings.items(), key=lambda item: -len(item[0]))),
        sticking=frozenset(sticking),
        leading=frozenset(
            entry for entry, found in senses.items() if any(s.kind in _LEADS for s in found)
        ),
        mistakable=frozenset(),
        habits=habits,
        telling=_telling(senses),
    )


def _telling(senses: Mapping[str, Senses]) -> Mapping[str, bool]:
    """Find the weekdays, months and the like, and mark those that are no abbreviations."""
    found: dict[str, set[str]] = {}
    for entry, meanings in senses.items():
        kinds = {meaning.kind for meaning in meanings}.intersection(_TELLING)
        word = entry.replace(" ", "")
        if kinds and len(word) >= _SHORTEST_RESEMBLED:
            found[word] = kinds
    words = sorted(found)
    full = {}
    for place, word in enumerate(words):
        longer = takewhile(lambda other: other.startswith(word), words[place + 1 :])  # noqa: B023 - used at once
        full[word] = word.isalpha() and not any(found[word] & found[other] for other in longer)
    return full


def _settled(meanings: Senses, habits: Habits) -> Senses:
    """Settle what a word may mean beside its other meanings."""
    if len(meanings) == 1 and meanings[0].kind != "month":
        return meanings
    kinds = {meaning.kind for meaning in meanings}
    if "weekday" in kinds:  # entered as a full weekday as well as a short one
        meanings = tuple(m for m in meanings if m.kind != "weekday_short" and m.text != "weak")
    if "relative" in kinds and "part" in kinds:  # Morgen, mañana: tomorrow, or every morning
        meanings = tuple(m._replace(kind="part_named") if m.kind == "part" else m for m in meanings)
    if "unit" in kinds and "hour_mark" in kinds:  # of `2h`, the wait is the likelier
        meanings = tuple(sorted(meanings, key=lambda meaning: meaning.kind != "unit"))
    if habits.month_first:
        first = (m._replace(kind="month_first") for m in meanings if m.kind == "month")
        meanings = (*meanings, *first)
    return meanings


def _key(form: str) -> str:
    return " ".join(pieces(plain(form)))


def _senses(kind: str, value: str) -> Senses:
    """Give what a form entered under this kind and value may mean."""
    number = int(value) if value.lstrip("-").isdigit() else 0
    if kind == "hour_word":
        hour, _, minute = value.partition(":")
        return (Sense(kind, int(hour) * 60 + int(minute or 0), value),)
    # Only figures that were typed have a text: `the 2nd` may be a day, `the second` may not.
    text = "" if kind in _NUMBERS else value
    more = _MORE_KINDS.get((kind, value)) or _MORE_KINDS.get((kind, ""), ())
    weak = "weak" if kind in ("weekday_short", "weekday_letter") else ""
    return (Sense(kind, number, text), *(Sense(name, number, weak) for name in more))


_SUFFIX: Final = "\0"
_LEADS: Final = ("at_hour", "by", "by_the", "until", "until_the", "from", "from_the")
_SUFFIXES: Final = ("ordinal_suffix", "hour_suffix")
_JOINED_TO: Final = frozenset(("weekday", "weekday_short", "relative"))
_NUMBERS: Final = ("number", "ordinal", "one")
_MORE_KINDS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("weekday", ""): ("dayname",),
    ("weekday_short", ""): ("dayname",),
    ("weekday_letter", ""): ("dayname",),
    ("weekdays", ""): ("dayname",),
    ("unit", "hour"): ("hour_unit",),
    ("unit", "minute"): ("minute_unit",),
}
