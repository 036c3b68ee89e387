"""The words of one language that say when, as loaded from the data files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
_PIECE_OR_LINE: Final = re.compile(rf"\n|{_PIECE.pattern}")
_FIRST_PRIVATE_SIGN: Final = 0xE000
"""Unicode's first code point that nobody writes: it stands for letters that belong together."""
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
    double: frozenset[str]
    """Compounds that may be taken otherwise: `cumaya`, to friday or friday; `am ersten` Montag."""
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
    spellings = _spellings(layers)
    senses: dict[str, Senses] = {}
    compounds: dict[str, tuple[Senses, ...]] = {}
    suffixes: dict[str, dict[str, None]] = {kind: {} for kind in _SUFFIXES}
    habits: dict[str, object] = {}
    for layer in layers:
        habits.update(layer.get("habits", {}))
        for form in (form for forms in layer.get("drop", {}).values() for form in forms):
            senses.pop(_key(form), None)
            for stuck in suffixes.values():
                stuck.pop(plain(form), None)
        for kind, value, forms in _listed(layer.get("words", {})):
            if kind in suffixes:
                suffixes[kind].update(dict.fromkeys(map(plain, forms)))
                continue
            keys = (keys[form] for form in forms for keys in spellings if form in keys)
            if "+" in kind:
                compounds.update(dict.fromkeys(keys, _compound(kind, value)))
                continue
            meant = _senses(kind, value)
            for key in keys:
                known_senses = senses.get(key)
                senses[key] = meant if known_senses is None else _united(known_senses, meant)
    senses.pop("", None)
    lexicon = _finished(
        language, senses, compounds, suffixes, _endings(layers), read_habits(habits)
    )
    lonely = (form for layer in layers for form in layer.get("mistakable", ()))
    return replace(lexicon, mistakable=frozenset(map(_key, lonely)))


def _united(some: Senses, more: Senses) -> Senses:
    return tuple(dict.fromkeys(some + more))


def _listed(words: Mapping[str, Any]) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Give kind, value and forms; a kind without values is just its forms."""
    for kind, values in words.items():
        for value, forms in (values if isinstance(values, Mapping) else {"": values}).items():
            yield kind, value, forms


def _spellings(layers: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, str]]:
    """Give the key of each form; then those of the forms that people type in other letters, too.

    All the forms are folded as one text of many lines: one by one it takes several times as long.
    """
    listed = (_listed(layer.get("words", {})) for layer in layers)
    forms = list(dict.fromkeys(form for words in listed for *_, forms in words for form in forms))
    spellings = [dict(zip(forms, _keys(forms), strict=True))]
    lower = "\n".join(forms).lower()
    for table in (table for layer in layers for table in layer.get("spellings", ())):
        lines = zip(forms, lower.split("\n"), _respelled(lower, table).split("\n"), strict=True)
        changed = {form: other for form, line, other in lines if other != line}
        spellings.append(dict(zip(changed, _keys(list(changed.values())), strict=True)))
    return spellings


def _respelled(text: str, table: Mapping[str, str]) -> str:
    """Write a text in other letters, as `ae` for `ä`; several letters go before a single one."""
    letters = {ord(letter): letter for letter in set(text)}  # a letter not found is slow
    letters.update((ord(letter), other) for letter, other in table.items() if len(letter) == 1)
    several = sorted((key for key in table if len(key) > 1), key=len, reverse=True)
    for sign, key in enumerate(several, _FIRST_PRIVATE_SIGN):
        text = text.replace(key, chr(sign))
        letters[sign] = table[key]
    return text.translate(letters)


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
    suffixes: Mapping[str, Iterable[str]],
    endings: Mapping[str, tuple[Ending, ...]],
    habits: Habits,
) -> Lexicon:
    senses = {entry: _settled(meanings, habits) for entry, meanings in senses.items()}
    entries: dict[str, dict[str, None]] = {}
    for entry, meanings in senses.items():
        for sense in meanings:
            entries.setdefault(sense.kind, {})[entry] = None
    joined = {
        form: tuple(
            Sense("part_joined", 0, s.text) for s in senses[form] if s.kind == "part_joined"
        )
        for form in entries.get("part_joined", ())
    }
    endings = {
        **{form: (Ending(_JOINED_TO, (found,)),) for form, found in joined.items()},
        **endings,
    }
    ordinal, hour = (frozenset(suffixes[kind]) for kind in _SUFFIXES)
    units = (entry for entry in entries.get("unit", ()) if " " in entry)
    stuck = (entry.partition(" ")[0] for entry in (*entries.get("month", ()), *units))
    return Lexicon(
        language=language,
        senses=senses,
        compounds=compounds,
        double=frozenset(form for form in compounds if form in senses or " " in form),
        longest=_longest((*senses, *compounds)),
        ordinal_suffixes=ordinal,
        hour_suffixes=hour,
        endings=dict(sorted(endings.items(), key=lambda item: -len(item[0]))),
        sticking=frozenset((*ordinal, *hour, *endings, *stuck)),
        leading=frozenset(entry for kind in _LEADS for entry in entries.get(kind, ())),
        mistakable=frozenset(),
        habits=habits,
        telling=_telling(entries),
    )


def _longest(entries: Iterable[str]) -> Mapping[str, int]:
    """Give the number of pieces of the longest entry that begins with each piece."""
    longest: dict[str, int] = {}
    for entry in entries:
        first, _, rest = entry.partition(" ")
        size = 2 + rest.count(" ") if rest else 1
        if longest.get(first, 0) < size:
            longest[first] = size
    return longest


def _telling(entries: Mapping[str, Iterable[str]]) -> Mapping[str, bool]:
    """Find the weekdays, months and the like, and mark those that are no abbreviations."""
    found: dict[str, set[str]] = {}
    for kind in _TELLING:
        for entry in entries.get(kind, ()):
            word = entry.replace(" ", "")
            if len(word) >= _SHORTEST_RESEMBLED:
                found.setdefault(word, set()).add(kind)
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


def _keys(forms: Sequence[str]) -> list[str]:
    """Give the key of every form."""
    found = _PIECE_OR_LINE.findall(plain("\n".join(forms)))
    return [key.strip() for key in " ".join(found).split("\n")] if forms else []


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
