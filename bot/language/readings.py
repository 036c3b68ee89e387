"""Readings: what the words of one line are as fields, each of them read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from bot.language.endings import without_ending
from bot.language.field_people import find_members, find_partner
from bot.language.fields import Situation, Trouble, Type, Unfit
from bot.language.line import Line, Token, is_ornament
from bot.language.phrase import Item, Word

UNFIT: Final = object()
"""What words are that do not read as a type."""


@dataclass
class Readings:
    """Reads the words of one line."""

    line: Line
    situation: Situation
    memory: dict[tuple[int, int, int], object] = field(default_factory=dict)

    @cached_property
    def words(self) -> frozenset[str]:
        """Return the words of the line."""
        return frozenset(token.folded for token in self.line.tokens)

    @cached_property
    def plain(self) -> int:
        """Return how many words there are without the emoji at the end."""
        stop = len(self.line.tokens)
        while stop > 1 and is_ornament(self.line.tokens[stop - 1]):
            stop -= 1
        return stop

    @cached_property
    def stems(self) -> Mapping[int, Token]:
        """Return the words that are a class or a person with the ending of a case: PAU'ya."""
        project, found = self.situation.project, {}
        for at, token in enumerate(self.line.tokens):
            for stem in without_ending(token.folded, self.situation.languages):
                if find_partner(project, stem) or find_members(project, stem):
                    found[at] = Token(stem, stem)
        return found

    def says(self, items: tuple[Item, ...], start: int, stop: int) -> bool:
        """Tell whether *items* are words, and exactly those from *start* to *stop*."""
        return 0 <= start <= stop and says(items, self.line.tokens[start:stop])

    def read(self, kind: Type, start: int, stop: int) -> object:
        """Return the value, a Trouble, or UNFIT."""
        key = (id(kind), start, stop)
        if key not in self.memory:
            self.memory[key] = self._value(kind, start, stop)
        return self.memory[key]

    def _value(self, kind: Type, start: int, stop: int) -> object:
        tokens = self.line.tokens[start:stop]
        found = self._tried(kind, tokens)
        unread = found is UNFIT or isinstance(found, Trouble)
        if kind.text or not unread or self.stems.keys().isdisjoint(range(start, stop)):
            return found
        cut = [self.stems.get(at, one) for at, one in enumerate(tokens, start)]
        return found if (again := self._tried(kind, cut)) is UNFIT else again

    def _tried(self, kind: Type, tokens: Sequence[Token]) -> object:
        try:
            return kind.read(tokens, self.situation)
        except Trouble as trouble:
            return trouble
        except Unfit:
            return UNFIT

    def read_with_marks(
        self, kind: Type, starts: tuple[int, int], stops: tuple[int, int]
    ) -> object:
        """Return what words are together with those that mark them, before or behind.

        "até quinta" and "17:00'ye kadar" are dates; "quinta" and "17:00'ye" are none.
        `starts` are those with and without the words before them, `stops` without and with those
        behind them.
        """
        if starts[0] == starts[1] and stops[0] == stops[1]:
            return UNFIT
        spans = [
            (start, stop)
            for start in dict.fromkeys(starts)
            for stop in dict.fromkeys(stops)
            if (start, stop) != (starts[1], stops[0]) and stop - start <= kind.longest
        ]
        values = (self.read(kind, *span) for span in spans if self.counts(kind, *span, bare=False))
        return next((value for value in values if value is not UNFIT), UNFIT)

    def counts(self, kind: Type, start: int, stop: int, *, bare: bool) -> bool:
        """Tell whether words that may fill an option are meant to, and no part of the text."""
        tokens = self.line.tokens
        if not bare:
            return kind.marked(tokens[start:stop], self.situation)
        before = tokens[start - 1] if start else None
        return kind.bare(tokens[start:stop], self.situation, before)


def says(items: tuple[Item, ...], tokens: tuple[Token, ...]) -> bool:
    """Tell whether *tokens* are just the words *items*."""
    return len(items) == len(tokens) and all(
        isinstance(item, Word) and item.folded == token.folded
        for item, token in zip(items, tokens, strict=True)
    )
