"""Covering a phrase with rules from its first token to its last, or not at all.

A rule is a pattern of kinds of senses, such as `article? number of? month year?`, and a pure
function that makes chunks of what the pattern found. The patterns of all rules are kept in one
tree, so that a step costs a look into a dictionary for each sense of a token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from bot.language.dates.chunks import (
    Chunk,
    Clock,
    Closing,
    Every,
    Impossible,
    Lead,
    Moment,
    Part,
    Wait,
)
from bot.language.dates.day_specs import OnWeekday, OnWeekdays
from bot.language.dates.lexicon import Lexicon, Sense
from bot.language.dates.tokens import Token


@dataclass(frozen=True, slots=True)
class Found:
    """The senses that a pattern matched, by kind, and the tokens they came from."""

    senses: tuple[Sense, ...]
    tokens: Sequence[Token]
    lexicon: Lexicon

    def sense(self, *kinds: str) -> Sense | None:
        """Give the first sense of one of the kinds."""
        return next((sense for sense in self.senses if sense.kind in kinds), None)

    def number(self, *kinds: str) -> int:
        """Give the number of the first sense of one of the kinds; the pattern promises one."""
        sense = self.sense(*kinds)
        return sense.number if sense else 0

    def maybe(self, *kinds: str) -> int | None:
        """Give the number of the first sense of one of the kinds, or None."""
        sense = self.sense(*kinds)
        return sense.number if sense else None

    def all(self, *kinds: str) -> list[int]:
        """Give the numbers of all senses of the kinds."""
        return [sense.number for sense in self.senses if sense.kind in kinds]

    def text(self, *kinds: str) -> str:
        """Give the text of the first sense of one of the kinds, or nothing."""
        sense = self.sense(*kinds)
        return sense.text if sense else ""

    def has(self, kind: str) -> bool:
        """Say whether the pattern matched this kind."""
        return self.sense(kind) is not None


Chunks = tuple[Chunk, ...]
Maker = Callable[[Found], Chunks | None]


@dataclass(slots=True)
class Node:
    """A place in the tree of patterns."""

    next: dict[str, Node] = field(default_factory=dict)
    makers: list[Maker] = field(default_factory=list)


class Grammar:
    """A table of rules."""

    def __init__(self) -> None:
        """Begin without any rule."""
        self.root: Final = Node()

    def rule(self, *patterns: str) -> Callable[[Maker], Maker]:
        """Enter a function for the patterns; `kind?` may be left out, `(a|b)` is one of the two."""

        def enter(maker: Maker) -> Maker:
            for pattern in patterns:
                for kinds in expanded(pattern):
                    node = self.root
                    for kind in kinds:
                        node = node.next.setdefault(kind, Node())
                    if maker not in node.makers:
                        node.makers.append(maker)
            return maker

        return enter

    def matches(
        self, tokens: Sequence[Token], start: int, lexicon: Lexicon
    ) -> list[tuple[int, Chunks]]:
        """Give what the rules make of the tokens from `start` on, longest match first."""
        found: list[tuple[int, Chunks]] = []
        paths: list[tuple[Node, tuple[Sense, ...]]] = [(self.root, ())]
        for here in range(start, len(tokens)):
            passed = [path for path in paths if path[1] and _is_mark(tokens[here], path[1][-1])]
            paths = [
                (deeper, (*senses, sense))
                for node, senses in paths
                for sense in tokens[here].senses
                if (deeper := node.next.get(sense.kind)) is not None
            ] + passed
            for node, senses in paths:
                for maker in node.makers:
                    chunks = maker(Found(senses, tokens[start : here + 1], lexicon))
                    if chunks is not None:
                        found.append((here + 1, chunks))
        found.sort(key=lambda match: -match[0])
        return found


_MARKED: Final[Mapping[str, frozenset[str]]] = {
    "year_mark": frozenset(("year", "short_year", "numeric_date")),
    "day_mark": frozenset(("ordinal", "month", "weekday", "weekday_short", "dayname", "relative")),
}
"""Words that only say what stood before them: `2026 р.`, `cuma günü`, `27 d.`"""


def _is_mark(token: Token, last: Sense) -> bool:
    return any(last.kind in _MARKED.get(sense.kind, ()) for sense in token.senses)


def expanded(pattern: str) -> Iterator[tuple[str, ...]]:
    """Give every sequence of kinds that a pattern stands for, but the empty one."""
    options = []
    for piece in pattern.split():
        kinds: list[tuple[str, ...]] = [
            (kind,) for kind in piece.rstrip("?").strip("()").split("|")
        ]
        options.append([*kinds, ()] if piece.endswith("?") else kinds)
    for choice in product(*options):
        kinds_chosen = tuple(kind for part in choice for kind in part)
        if kinds_chosen:
            yield kinds_chosen


def coverings(
    grammar: Grammar, tokens: Sequence[Token], lexicon: Lexicon
) -> tuple[list[Chunks], int]:
    """Give every way to cover all the tokens, and how far the best attempt got.

    A slot is filled once: two days, two clock times or two rules never make one phrase.
    """
    matches = [grammar.matches(tokens, start, lexicon) for start in range(len(tokens))]
    covered: list[Chunks] = []
    furthest = 0
    pending: list[tuple[int, Chunks, frozenset[str], str]] = [(0, (), frozenset(), "")]
    while pending:
        here, chunks, taken, lead = pending.pop()
        furthest = max(furthest, here)
        if here == len(tokens):
            if taken and not lead and _is_whole(taken):
                covered.append(chunks)
            continue
        steps = []
        for end, more in _with_leads_behind(matches[here], tokens):
            state = _fill(more, taken, lead)
            if state is not None:
                steps.append((end, chunks + more, *state))
        pending.extend(reversed(steps))
    return covered, furthest


def _with_leads_behind(
    matches: Sequence[tuple[int, Chunks]], tokens: Sequence[Token]
) -> Iterator[tuple[int, Chunks]]:
    """Give the matches; where a lead stands behind one, `cumaya kadar`, it is put in front."""
    for end, chunks in matches:
        yield end, chunks
        behind = tokens[end].senses if end < len(tokens) else ()
        for name in dict.fromkeys(_BEHIND[s.kind] for s in behind if s.kind in _BEHIND):
            yield end + 1, (Lead(name), *chunks)


_BEHIND: Final = {"until_after": "until", "by_after": "by", "from_after": "from"}


def _fill(chunks: Chunks, taken: frozenset[str], lead: str) -> tuple[frozenset[str], str] | None:
    """Give the slots taken and the lead left waiting after these chunks; None if they clash."""
    for chunk in chunks:
        if isinstance(chunk, Lead):
            if (lead and lead != chunk.name) or (chunk.name == "to" and "from" not in taken):
                return None
            lead = chunk.name
            continue
        slots = _slots_behind(lead, chunk, taken)
        if slots is None or slots & taken:
            return None
        taken |= slots
        lead = ""
    return taken, lead


def _slots_behind(lead: str, chunk: Chunk, taken: frozenset[str]) -> frozenset[str] | None:
    """Give the slots that the chunk fills behind this lead; None where it may not stand."""
    if isinstance(chunk, Closing):
        return None if lead or not taken.issuperset(chunk.behind) else frozenset()
    slots = _slots(chunk)
    if lead in BOUNDS and slots == _DAY:
        if lead in _SPAN and isinstance(chunk, OnWeekday | OnWeekdays):
            return None  # monday to friday: every week
        return frozenset({BOUNDS[lead], lead})
    return slots if lead in _leads(chunk) else None


def _is_whole(taken: frozenset[str]) -> bool:
    """Say whether a span has both its ends, and something that comes again within it."""
    return taken.isdisjoint(_SPAN) or ("to" in taken and "every" in taken)


_DAY: Final = frozenset({"days"})
_WHOLE: Final = frozenset({"days", "clock", "part", "every", "until", "from"})
_SPAN: Final = frozenset({"since", "to"})
BOUNDS: Final = {"until": "until", "from": "from", "since": "from", "to": "until"}
"""The words in front of a day that bounds a recurrence, and the bound that they name."""


def _leads(chunk: Chunk) -> tuple[str, ...]:
    """Give the leads that may stand in front of a chunk, the empty one for none."""
    if isinstance(chunk, Wait) and chunk.bare:
        return ("",)
    return ("", "by") if isinstance(chunk, Every) else ("", "by", "until")


def _slots(chunk: Chunk) -> frozenset[str]:
    if isinstance(chunk, Clock):
        return frozenset({"clock"})
    if isinstance(chunk, Part):
        return frozenset({"part"})
    if isinstance(chunk, Every):
        return frozenset({"every"})
    if isinstance(chunk, Wait | Moment):
        return _WHOLE
    if isinstance(chunk, Impossible):
        return frozenset({chunk.slot})
    return _DAY
