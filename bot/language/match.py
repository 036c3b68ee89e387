"""Matching: a typed line against a phrase, giving the fields it fills."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.language.fields import Situation, Trouble, Type
from bot.language.line import Line, Token
from bot.language.peeling import Peeling
from bot.language.phrase import Field, Items, Option, Phrase, Word
from bot.language.readings import UNFIT, Readings, says

NEAR_END = 24
"""Words at the end of a line among which the one that was not understood is looked for."""
NEAR_START = 24
"""Words behind those of a phrase among which a colon closes what stands in front of the text."""
_TEXT = Token("\ue002", "\ue002")
"""Stands for the text of a line while what is in front of it is read."""
_LONE_FIGURE = re.compile(r"\d{1,2}(?!(?:h|u|am|pm)$)[^\W\d_]{0,3}")


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
    colon: bool = False
    """A colon closes what stands in front of the text: nothing is surer."""

    @property
    def sureness(self) -> tuple[bool, int, int]:
        """Return by what the ways to read a line in one phrase are compared, the surest last."""
        return self.colon, self.said, -self.loose


@dataclass
class Matcher:
    """Matches one line; what was read once is not read again."""

    line: Line
    situation: Situation
    fronts: dict[int, Matcher] = field(default_factory=dict)
    """Where a text may begin -> what stands in front of it, up to a colon."""

    def __post_init__(self) -> None:
        """Read nothing yet."""
        self._readings = Readings(self.line, self.situation)
        self._colons = any(one.raw.endswith(":") for one in self.line.tokens[1:-1])

    def match(self, phrase: Phrase, types: Mapping[str, Type]) -> Match | None:
        """Return the surest way in which the line says *phrase*, or None."""
        best: Match | None = None
        typed = self._readings.words
        for way, words in phrase.beginning(self.line.tokens[0].folded if typed else ""):
            if not words <= typed or not self._begins(way, types):
                continue
            found = self._found(way, phrase.options, types)
            if found and (best is None or found.sureness > best.sureness):
                best = found
        return best and self._finished(best, phrase, types)

    def _begins(self, way: Items, types: Mapping[str, Type]) -> bool:
        """Tell quickly whether the line, that has the words of *way*, can say it at all."""
        first, tokens = way[0], self.line.tokens
        if isinstance(first, Word) or len(way) > len(tokens):
            return len(way) <= len(tokens)
        kind = types[first.name]
        if kind.text:
            return True
        last = min(kind.longest, len(tokens) - len(way) + 1)
        rest = way[1:]
        behind = rest[0].folded if rest and isinstance(rest[0], Word) else ""
        stops = (stop for stop in range(1, last + 1) if not behind or tokens[stop].folded == behind)
        return any(
            self._value(kind, rest, (0, 0), (stop, len(tokens))) is not UNFIT for stop in stops
        )

    def _finished(self, found: Match, phrase: Phrase, types: Mapping[str, Type]) -> Match:
        """Return *found* without the "?" of what is looked up, and with doubts about its texts."""
        values = dict(found.values)
        if phrase.sought and types[phrase.sought].text:
            values[phrase.sought] = _unasked(values[phrase.sought])
        others = values.values()
        doubts = [types[name].doubts(one, self.situation, others) for name, one in values.items()]
        troubles = found.troubles or tuple(one for one in doubts if one)
        return replace(found, values=values, troubles=troubles)

    def _found(
        self, way: Items, options: tuple[Option, ...], types: Mapping[str, Type]
    ) -> Match | None:
        """Return how the line says *way*; a date or a name may stand in front, with a colon."""
        front = self._front(way, options, types) if self._colons else None
        if front and front.colon:
            return front
        found = self._in_order(way, options, types)
        if found and front:
            return replace(found, troubles=(*found.troubles, *front.troubles))
        return found

    def _front(
        self, way: Items, options: tuple[Option, ...], types: Mapping[str, Type]
    ) -> Match | None:
        """Return how the line says *way* in the order of "task by friday: Film".

        What stands before the colon has to fill fields, to the last word. Where it is meant to
        behind a word such as "by" but cannot be taken, only the troubles are returned. Without such
        a word figures alone do not count: "Friday 13: superstitions", "25 March: poems".
        """
        at, tokens = len(_leading(way)), self.line.tokens
        name = _name(way[at:])
        colon = _colon(tokens, at) if name and types[name].text else 0
        if not colon or not says(way[:at], tokens[:at]):
            return None
        if at not in self.fronts:
            words = (*tokens[:at], _TEXT, *_without_colon(tokens[at : colon + 1]))
            self.fronts[at] = Matcher(Line(words), self.situation)
        inner = next(self.fronts[at]._way(way, options, types), None)  # noqa: SLF001 - one of us
        if inner is None or len(inner.values) == 1 or inner.loose > 1:
            marked = any(tokens[at].folded in option.marks for option in options)
            return inner if inner and inner.troubles and marked else None
        bare = inner.said == at == len(way) - 1
        if bare and any(_LONE_FIGURE.fullmatch(one.folded) for one in tokens[at : colon + 1]):
            return None
        rest = tuple(one for one in options if one.name not in inner.values)
        for state in Peeling(self._readings, rest, types, colon + 2).states(len(tokens)):
            text = self._readings.read(types[name], colon + 1, state.stop)
            if text is not UNFIT and not isinstance(text, Trouble):
                return Match(
                    {**inner.values, **state.values, name: text},
                    inner.said + 1 + state.said,
                    (*inner.troubles, *state.troubles),
                    state.stop - colon - 1,
                    colon=True,
                )
        return None

    def _in_order(
        self, way: Items, options: tuple[Option, ...], types: Mapping[str, Type]
    ) -> Match | None:
        """Return how the line says *way*; emoji at its end are left out if that tells more.

        "14 done 👍" is done; but "14 👍" is no command. A command that is only that without them
        is one word less sure than one that takes them: "vote Q1 🍕" chooses something.
        """
        found = next(self._way(way, options, types), None)
        plain = self._readings.plain
        if plain == len(self.line.tokens):
            return found
        bare = next(self._way(way, options, types, plain), None)
        if bare and bare.said and len(bare.values) > (len(found.values) if found else 0):
            return bare if bare.loose else replace(bare, said=bare.said - 1)
        return found

    def _way(
        self,
        way: Items,
        options: tuple[Option, ...],
        types: Mapping[str, Type],
        stop: int | None = None,
    ) -> Iterator[Match]:
        stop = len(self.line.tokens) if stop is None else stop
        words = sum(isinstance(item, Word) for item in way)
        for state in Peeling(self._readings, options, types, len(way)).states(stop):
            for values, loose in self._sequence(way, 0, state.stop, types):
                troubles = tuple(state.troubles)
                yield Match(values | state.values, words + state.said, troubles, loose)

    def _sequence(
        self, items: Items, start: int, stop: int, types: Mapping[str, Type], since: int = 1
    ) -> Iterator[tuple[dict[str, object], int]]:
        """Yield each way to read *items* from exactly the words *start* to *stop*.

        Words of the phrase from *since* on may belong to the field behind them as well: neither
        the verb nor those behind a text, from which they would cut the longer date ("tomorrow at").
        """
        if not items:
            if start == stop:
                yield {}, 0
            return
        item, rest = items[0], items[1:]
        if isinstance(item, Word):
            if start < stop and self.line.tokens[start].folded == item.folded:
                yield from self._sequence(rest, start + 1, stop, types, since)
            return
        kind = types[item.name]
        for end, value in self._values(kind, rest, (min(since, start), start), stop):
            if kind.text and self._spoilt(rest, end, stop, types):
                return
            behind = stop if kind.text else end
            for values, loose in self._sequence(rest, end, stop, types, behind):
                yield {item.name: value, **values}, loose + (end - start if kind.text else 0)

    def _values(
        self, kind: Type, rest: Items, starts: tuple[int, int], stop: int
    ) -> Iterator[tuple[int, object]]:
        """Yield where a field may end, and its value there."""
        start = starts[1]
        for end in self._ends(kind, rest, start, stop):
            value = self._value(kind, rest, starts, (end, stop))
            if isinstance(value, Trouble):
                if kind.whole:
                    return
            elif value is not UNFIT and not self._cut_short(kind, rest, start, (end, stop)):
                yield end, value

    def _cut_short(self, kind: Type, rest: Items, start: int, stops: tuple[int, int]) -> bool:
        """Tell whether a value goes on behind words of the phrase: "1st | of | every month"."""
        end, stop = stops
        if not (kind.whole and rest and isinstance(rest[0], Word)):
            return False
        later = range(min(stop, start + kind.longest), end + len(_leading(rest)), -1)
        return any(self._readings.read(kind, start, one) is not UNFIT for one in later)

    def _value(
        self, kind: Type, rest: Items, starts: tuple[int, int], stops: tuple[int, int]
    ) -> object:
        """Return what the words from `starts[1]` to `stops[0]` are, if need be with their marks.

        These are words of the phrase: from `starts[0]` on, or behind, up to `stops[1]`.
        """
        (_first, start), (end, stop) = starts, stops
        value = self._readings.read(kind, start, end)
        if value is not UNFIT or kind.text or kind.longest == 1:
            return value
        words = _leading(rest)
        behind = end + len(words)
        if not words or behind > stop or not self._readings.says(words, end, behind):
            behind = end
        return self._readings.read_with_marks(kind, starts, (end, behind))

    def _spoilt(self, rest: Items, start: int, stop: int, types: Mapping[str, Type]) -> bool:
        """Tell whether the words behind a text are meant as the field there, but cannot be taken.

        "2020-11-27 10:00" is past: never take "10:00" alone and leave the day in the text.
        """
        if not rest:
            return False
        *words, last = rest
        at = start + len(words)
        if not isinstance(last, Field) or not says(tuple(words), self.line.tokens[start:at]):
            return False
        kind = types[last.name]
        if kind.text or not 0 < stop - at <= kind.longest:
            return False
        if isinstance(self._readings.read(kind, at, stop), Trouble):
            return True
        # "call friday at 9": with the words of the phrase left out, the date is a longer one.
        before = range(max(1, stop - kind.longest), start) if words and kind.whole else ()
        return any(self._readings.read(kind, one, stop) is not UNFIT for one in before)

    @staticmethod
    def _ends(kind: Type, rest: Items, start: int, stop: int) -> range:
        last = stop - len(rest)
        if not rest:
            return (
                range(stop, stop + 1) if stop - start <= kind.longest and stop > start else range(0)
            )
        if kind.text:
            return range(start + 1, last + 1)  # the shortest text leaves the longest date
        return range(min(last, start + kind.longest), start, -1)

    def troubles(self, phrase: Phrase, types: Mapping[str, Type]) -> Iterator[Trouble]:
        """Yield what kept a line, that begins like *phrase*, from saying it."""
        for way in phrase.ways:
            words = _leading(way)
            if words and says(words, self.line.tokens[: len(words)]):
                yield from self._troubles_of(way[len(words) :], len(words), types)

    def _troubles_of(
        self, items: Items, start: int, types: Mapping[str, Type]
    ) -> Iterator[Trouble]:
        """Read fields one after another, up to the one that is meant but cannot be taken."""
        stop = len(self.line.tokens)
        for item in items:
            if isinstance(item, Word):
                start += says((item,), self.line.tokens[start : start + 1])
                continue
            kind = types[item.name]
            if kind.text:
                continue  # it would take anything; the next field stands at the end
            begins = range(max(start, stop - NEAR_END), stop)
            if items[0] == item:
                begins = range(start, start + 1)
            spans = [(b, e) for b in begins for e in range(min(stop, b + kind.longest), b, -1)]
            found = next(
                (self._readings.read(kind, b, e) for b, e in spans if self._tells(kind, b, e)), None
            )
            if isinstance(found, Trouble):
                yield found
                return
            start = next((e for b, e in spans if self._tells(kind, b, e)), start)

    def _tells(self, kind: Type, start: int, stop: int) -> bool:
        return self._readings.read(kind, start, stop) is not UNFIT


def _leading(way: Items) -> Items:
    count = next((i for i, item in enumerate(way) if not isinstance(item, Word)), len(way))
    return way[:count]


def _name(items: Items) -> str:
    """Return the name of the field that *items* begin with, "" if they do not."""
    return items[0].name if items and isinstance(items[0], Field) else ""


def _colon(tokens: tuple[Token, ...], start: int) -> int:
    """Return which word ends with the first colon behind *start*; 0 if none does, or the last."""
    near = range(start, min(start + NEAR_START, len(tokens) - 1))
    return next((at for at in near if tokens[at].raw.endswith(":")), 0)


def _without_colon(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    *front, last = tokens
    bare = last.raw.rstrip(":")
    return (*front, replace(last, raw=bare)) if bare else tuple(front)


def _unasked(value: object) -> object:
    """Return words without the "?" of the question in which they stand."""
    return value.rstrip(" ?؟") or value if isinstance(value, str) else value
