"""Matching: a typed line against a phrase, giving the fields it fills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from bot.language.fields import Situation, Trouble, Type, Unfit
from bot.language.line import Line, Token
from bot.language.phrase import Field, Item, Items, Option, Phrase, Word

_UNFIT = object()
NEAR_END = 24
"""Words at the end of a line among which the one that was not understood is looked for."""


@dataclass(frozen=True)
class Match:
    """A line that says a phrase."""

    values: dict[str, object]
    said: int
    """How many words of the phrase itself were typed: the more, the surer."""
    troubles: tuple[Trouble, ...] = ()
    """Options that were meant but could not be taken; their words stayed in the text."""
    loose: int = 0
    """How many words went into free text: the fewer, the surer."""


@dataclass
class Matcher:
    """Matches one line; what was read once is not read again."""

    line: Line
    situation: Situation
    memory: dict[tuple[int, int, int], object] = field(default_factory=dict)

    @cached_property
    def words(self) -> frozenset[str]:
        """Return the words of the line."""
        return frozenset(token.folded for token in self.line.tokens)

    def match(self, phrase: Phrase, types: Mapping[str, Type]) -> Match | None:
        """Return the surest way in which the line says *phrase*, or None."""
        best: Match | None = None
        for way in phrase.ways:
            if not self._begins(way, types):
                continue
            for found in self._way(way, phrase.options, types):
                if best is None or (found.said, -found.loose) > (best.said, -best.loose):
                    best = found
                break
        return best

    def _begins(self, way: Items, types: Mapping[str, Type]) -> bool:
        """Tell quickly whether the line can say *way* at all."""
        first = way[0]
        if len(way) > len(self.line.tokens) or not _words_of(way) <= self.words:
            return False
        if isinstance(first, Word):
            return self.line.tokens[0].folded == first.folded
        return types[first.name].text or self._read(types[first.name], 0, 1) is not _UNFIT

    def _way(
        self, way: Items, options: tuple[Option, ...], types: Mapping[str, Type]
    ) -> Iterator[Match]:
        stop = len(self.line.tokens)
        least = sum(1 for _item in way)
        peeled = _Peeled(stop)
        while True:
            # The shortest rest first: options are peeled as long as they read, but every state in
            # between is tried too, for a required field may need the words back.
            if not self._peel(peeled, options, types, least):
                break
        for state in peeled.states():
            for values, loose in self._sequence(way, 0, state.stop, types):
                said = sum(isinstance(item, Word) for item in way) + state.said
                yield Match(values | state.values, said, tuple(state.troubles), loose)

    def _peel(
        self, peeled: _Peeled, options: tuple[Option, ...], types: Mapping[str, Type], least: int
    ) -> bool:
        """Take the longest option that ends where the rest ends."""
        best: tuple[int, str, object, int] | None = None
        for option in options:
            if option.name in peeled.values:
                continue
            for start, value, said in self._option(option, peeled, types[option.name], least):
                if best is None or start < best[0]:
                    best = (start, option.name, value, said)
        if best is None:
            return False
        peeled.take(*best)
        return True

    def _option(
        self, option: Option, peeled: _Peeled, kind: Type, least: int
    ) -> Iterator[tuple[int, object, int]]:
        tokens = self.line.tokens
        # Any option may stand bare where its type is unmistakable (DESIGN 3).
        for way in dict.fromkeys((*option.ways, (Field(option.name),))):
            at = next(i for i, item in enumerate(way) if isinstance(item, Field))
            before, after = way[:at], way[at + 1 :]
            end = peeled.stop - len(after)
            if end < 1 or not _says(after, tokens[end : peeled.stop]):
                continue
            first = max(least, end - len(before) - kind.longest)
            for start in range(first, end - len(before)):
                inside = start + len(before)
                if not _says(before, tokens[start:inside]):
                    continue
                if not self._counts(kind, (inside, end), bare=not (before or after)):
                    continue
                if self._belongs_to_text(option, kind, start, inside, end):
                    continue
                value = self._read(kind, inside, end)
                if value is _UNFIT and before and self._counts(kind, (start, end), bare=False):
                    value = self._read(kind, start, end)  # "até quinta": a day only behind its mark
                if isinstance(value, Trouble):
                    peeled.note(value)
                    return  # "Monday 27 November" is no Monday: never take "27 November" alone
                if value is not _UNFIT:
                    yield start, value, len(before) + len(after)
                    break

    def _counts(self, kind: Type, span: tuple[int, int], *, bare: bool) -> bool:
        """Tell whether words that may fill an option are meant to, and no part of the text."""
        (start, stop), tokens = span, self.line.tokens
        if not bare:
            return kind.marked(tokens[start:stop], self.situation)
        before = tokens[start - 1] if start else None
        return kind.bare(tokens[start:stop], self.situation, before)

    def _belongs_to_text(
        self, option: Option, kind: Type, start: int, inside: int, end: int
    ) -> bool:
        """Tell whether the first words of a filled option are rather the last of the text.

        Of two equal marks the last one counts ("Film by night by friday"); a bare value does not
        follow a mark, and begins with one only if it counts behind it ("run for 2h" is a length).
        """
        tokens = self.line.tokens
        first = tokens[start].folded
        if first in option.marks and any(one.folded == first for one in tokens[start + 1 : end]):
            return True
        if start < inside:
            return False
        if tokens[start - 1].folded in option.marks:
            return True
        after = tokens[start + 1 : end]
        return first in option.marks and not kind.marked(after, self.situation)

    def _sequence(
        self, items: Items, start: int, stop: int, types: Mapping[str, Type]
    ) -> Iterator[tuple[dict[str, object], int]]:
        """Yield each way to read *items* from exactly the words *start* to *stop*."""
        if not items:
            if start == stop:
                yield {}, 0
            return
        item, rest = items[0], items[1:]
        if isinstance(item, Word):
            if start < stop and self.line.tokens[start].folded == item.folded:
                yield from self._sequence(rest, start + 1, stop, types)
            return
        kind = types[item.name]
        for end in self._ends(kind, rest, start, stop):
            value = self._read(kind, start, end)
            if kind.whole and isinstance(value, Trouble):
                return
            if value is _UNFIT or isinstance(value, Trouble):
                continue
            if kind.text and self._spoilt(rest, end, stop, types):
                return
            for values, loose in self._sequence(rest, end, stop, types):
                yield {item.name: value, **values}, loose + (end - start if kind.text else 0)

    def _spoilt(self, rest: Items, start: int, stop: int, types: Mapping[str, Type]) -> bool:
        """Tell whether the words behind a text are meant as the field there, but cannot be taken.

        "2020-11-27 10:00" is past: never take "10:00" alone and leave the day in the text.
        """
        if not rest:
            return False
        *words, last = rest
        at = start + len(words)
        if not isinstance(last, Field) or not _says(tuple(words), self.line.tokens[start:at]):
            return False
        kind = types[last.name]
        fits = not kind.text and 0 < stop - at <= kind.longest
        return fits and isinstance(self._read(kind, at, stop), Trouble)

    def _ends(self, kind: Type, rest: Items, start: int, stop: int) -> range:
        last = stop - len(rest)
        if not rest:
            return (
                range(stop, stop + 1) if stop - start <= kind.longest and stop > start else range(0)
            )
        if kind.text:
            return range(start + 1, last + 1)  # the shortest text leaves the longest date
        return range(min(last, start + kind.longest), start, -1)

    def _read(self, kind: Type, start: int, stop: int) -> object:
        """Return the value, a Trouble, or _UNFIT."""
        key = (id(kind), start, stop)
        if key not in self.memory:
            try:
                self.memory[key] = kind.read(self.line.tokens[start:stop], self.situation)
            except Trouble as trouble:
                self.memory[key] = trouble
            except Unfit:
                self.memory[key] = _UNFIT
        return self.memory[key]

    def troubles(self, phrase: Phrase, types: Mapping[str, Type]) -> Iterator[Trouble]:
        """Yield what kept a line, that begins like *phrase*, from saying it."""
        for way in phrase.ways:
            words = _leading(way)
            if words and _says(words, self.line.tokens[: len(words)]):
                yield from self._troubles_of(way[len(words) :], len(words), types)

    def _troubles_of(
        self, items: Items, start: int, types: Mapping[str, Type]
    ) -> Iterator[Trouble]:
        """Read fields one after another, up to the one that is meant but cannot be taken."""
        stop = len(self.line.tokens)
        for item in items:
            if isinstance(item, Word):
                start += _says((item,), self.line.tokens[start : start + 1])
                continue
            kind = types[item.name]
            if kind.text:
                continue  # it would take anything; the next field stands at the end
            begins = range(max(start, stop - NEAR_END), stop)
            if items[0] == item:
                begins = range(start, start + 1)
            spans = [(b, e) for b in begins for e in range(min(stop, b + kind.longest), b, -1)]
            found = next(
                (self._read(kind, b, e) for b, e in spans if self._tells(kind, b, e)), None
            )
            if isinstance(found, Trouble):
                yield found
                return
            start = next((e for b, e in spans if self._tells(kind, b, e)), start)

    def _tells(self, kind: Type, start: int, stop: int) -> bool:
        return self._read(kind, start, stop) is not _UNFIT


@dataclass
class _Peeled:
    """What options were taken off the end so far."""

    stop: int
    values: dict[str, object] = field(default_factory=dict)
    said: int = 0
    troubles: list[Trouble] = field(default_factory=list)
    history: list[_Peeled] = field(default_factory=list)

    def take(self, start: int, name: str, value: object, said: int) -> None:
        """Take option *name* off, from *start*."""
        self.history.append(_Peeled(self.stop, dict(self.values), self.said, list(self.troubles)))
        self.stop, self.said = start, self.said + said
        self.values[name] = value

    def note(self, trouble: Trouble) -> None:
        """Remember that an option was meant but could not be taken."""
        if trouble.words not in {one.words for one in self.troubles}:
            self.troubles.append(trouble)

    def states(self) -> list[_Peeled]:
        """Return all states, the one with the most options first."""
        return [self, *reversed(self.history)]


@cache
def _words_of(way: Items) -> frozenset[str]:
    return frozenset(item.folded for item in way if isinstance(item, Word))


def _leading(way: Items) -> Items:
    count = next((i for i, item in enumerate(way) if not isinstance(item, Word)), len(way))
    return way[:count]


def _says(items: tuple[Item, ...], tokens: tuple[Token, ...]) -> bool:
    return len(items) == len(tokens) and all(
        isinstance(item, Word) and item.folded == token.folded
        for item, token in zip(items, tokens, strict=True)
    )
