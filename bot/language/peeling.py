"""Peeling: the options of a phrase, taken off the end of a line as long as they read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.language.fields import Trouble, Type
from bot.language.phrase import Field, Option
from bot.language.readings import UNFIT, Readings


@dataclass
class Peeled:
    """What options were taken off the end so far."""

    stop: int
    values: dict[str, object] = field(default_factory=dict)
    said: int = 0
    troubles: list[Trouble] = field(default_factory=list)
    history: list[Peeled] = field(default_factory=list)

    def take(self, start: int, name: str, value: object, said: int) -> None:
        """Take option *name* off, from *start*."""
        self.history.append(Peeled(self.stop, dict(self.values), self.said, list(self.troubles)))
        self.stop, self.said = start, self.said + said
        self.values[name] = value

    def note(self, trouble: Trouble) -> None:
        """Remember that an option was meant but could not be taken."""
        if trouble.words not in {one.words for one in self.troubles}:
            self.troubles.append(trouble)


@dataclass(frozen=True)
class Peeling:
    """Peels one line."""

    readings: Readings
    options: tuple[Option, ...]
    types: Mapping[str, Type]
    least: int
    """How many words at the beginning are no options."""

    def states(self, stop: int) -> list[Peeled]:
        """Return all that can be left of the words up to *stop*, the shortest rest first.

        Options are peeled as long as they read, but every state in between counts too, for a
        required field may need the words back.
        """
        peeled = Peeled(stop)
        while self._peel(peeled):
            pass
        return [peeled, *reversed(peeled.history)]

    def _peel(self, peeled: Peeled) -> bool:
        """Take the longest option that ends where the rest ends."""
        best: tuple[int, str, object, int] | None = None
        for option in self.options:
            if option.name in peeled.values:
                continue
            for start, value, said in self._option(option, peeled):
                if best is None or start < best[0]:
                    best = (start, option.name, value, said)
        if best is None:
            return False
        peeled.take(*best)
        return True

    def _option(self, option: Option, peeled: Peeled) -> Iterator[tuple[int, object, int]]:
        readings, kind = self.readings, self.types[option.name]
        # Any option may stand bare where its type is unmistakable (DESIGN 3).
        for way in dict.fromkeys((*option.ways, (Field(option.name),))):
            at = next(i for i, item in enumerate(way) if isinstance(item, Field))
            before, after = way[:at], way[at + 1 :]
            end = peeled.stop - len(after)
            if end < 1 or not readings.says(after, end, peeled.stop):
                continue
            first = max(self.least, end - len(before) - kind.longest)
            for start in range(first, end - len(before)):
                inside = start + len(before)
                if not readings.says(before, start, inside):
                    continue
                if not readings.counts(kind, inside, end, bare=not (before or after)):
                    continue
                if self._belongs_to_text(option, start, inside, end):
                    continue
                value = readings.read(kind, inside, end)
                if value is UNFIT:
                    value = readings.read_with_marks(kind, (start, inside), (end, peeled.stop))
                if isinstance(value, Trouble):
                    peeled.note(value)
                    return  # "Monday 27 November" is no Monday: never take "27 November" alone
                if value is not UNFIT:
                    yield start, value, len(before) + len(after)
                    break

    def _belongs_to_text(self, option: Option, start: int, inside: int, end: int) -> bool:
        """Tell whether the first words of a filled option are rather the last of the text.

        Of two equal marks the last one counts ("Film by night by friday"); a bare value does not
        follow a mark, and begins with one only if it counts behind it ("run for 2h" is a length).
        """
        tokens = self.readings.line.tokens
        first = tokens[start].folded
        again = (at for at in range(start + 1, end) if tokens[at].folded == first)
        if first in option.marks and (at := next(again, None)) is not None:
            return not self._is_value(option, start + 1, at)  # "by friday by 4pm" is one moment
        if start < inside:
            return False
        if tokens[start - 1].folded in option.marks:
            return True
        if first not in option.marks:
            return False
        return not self.readings.counts(self.types[option.name], start + 1, end, bare=False)

    def _is_value(self, option: Option, start: int, end: int) -> bool:
        """Tell whether the words from *start* to *end* may fill an option behind its mark."""
        kind = self.types[option.name]
        value = self.readings.read(kind, start, end)
        if value is UNFIT or isinstance(value, Trouble):
            return False
        return self.readings.counts(kind, start, end, bare=False)
