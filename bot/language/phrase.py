"""The grammar of a command, written as people type it.

    task {title} [(by|for|before) {due}] [{who}]

Bare words are typed as they stand (case and accents do not matter), `{field}` is filled, `(a|b)`
are ways to say the same, `[...]` may be left out; options that hold a field come in any order at
the end. The same line is the grammar, the help, the hint in errors and what translators translate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product

from bot.language.folding import fold

_PIECE = re.compile(r"\{(\w+)\}|([\[\]()|])|([^\s\[\](){}|]+)|(\S)")
MOST_VARIANTS = 400
NUMBERED = {"task", "milestone", "reminder", "poll", "publication"}
"""Fields that may be all of a phrase: `!14` alone shows the card."""


class BadPhrase(ValueError):
    """A phrase that nobody could type; told to translators, never to the room."""

    def __init__(self, source: str, why: str) -> None:
        """`why` names the trouble in *source*, in English."""
        super().__init__(f"{source!r}: {why}")
        self.source = source
        self.why = why


@dataclass(frozen=True)
class Word:
    """A word to be typed: as written, and folded for comparison."""

    text: str
    folded: str


@dataclass(frozen=True)
class Field:
    """A place to be filled."""

    name: str


Item = Word | Field
Items = tuple[Item, ...]
Begun = tuple[Items, frozenset[str]]
"""One way to say a phrase, with the words in it."""


@dataclass(frozen=True)
class Choice:
    """Ways to say the same; an optional choice may be left out."""

    ways: tuple[tuple[Node, ...], ...]
    optional: bool


Node = Word | Field | Choice


@dataclass(frozen=True)
class Option:
    """A field that may be left out, with the words around it, in each of its ways."""

    name: str
    ways: tuple[Items, ...]

    @cached_property
    def marks(self) -> frozenset[str]:
        """Return the folded words that may stand before the field."""
        return frozenset(way[0].folded for way in self.ways if isinstance(way[0], Word))


@dataclass(frozen=True)
class Phrase:
    """One command line in one language."""

    source: str
    nodes: tuple[Node, ...]
    ways: tuple[Items, ...]
    """What has to be typed, every choice spelled out."""
    options: tuple[Option, ...]

    @property
    def fields(self) -> frozenset[str]:
        """Return the name of every field."""
        return self.required | {option.name for option in self.options}

    @property
    def required(self) -> frozenset[str]:
        """Return the names of the fields that have to be filled."""
        return frozenset(item.name for way in self.ways for item in way if isinstance(item, Field))

    @cached_property
    def _by_first(self) -> Mapping[str, tuple[Begun, ...]]:
        """Return the ways by their first word, "" for those that begin with a field.

        Those stand under each of the words, too: what is tried keeps the order of the grammar.
        """
        begun = [(_first_word(way), (way, _words_of(way))) for way in self.ways]
        return {
            word: tuple(one for first, one in begun if first in {word, ""})
            for word in {"", *(first for first, _one in begun)}
        }

    def beginning(self, folded: str) -> tuple[Begun, ...]:
        """Return the ways that a line with this first word may say, with the words of each."""
        return self._by_first.get(folded) or self._by_first[""]

    @cached_property
    def sought(self) -> str:
        """Return the field that is all there is to fill, "" if there are others.

        "why {what}", "help {topic}": its words are looked up, so a "?" behind them asks.
        """
        return next(iter(self.required)) if len(self.fields) == 1 and not self.options else ""

    @cached_property
    def firsts(self) -> frozenset[str]:
        """Return the folded words that a line of it may begin with; "" if it may with a field."""
        return frozenset(getattr(way[0], "folded", "") for way in self.ways)

    def begins_with(self, folded: str) -> bool:
        """Tell whether it is the word, and no option, that a line of it begins with."""
        first = self.nodes[0] if self.nodes else None
        while isinstance(first, Choice) and not first.optional:
            if any(isinstance(way[0], Word) and way[0].folded == folded for way in first.ways):
                return True
            first = first.ways[0][0]
        return isinstance(first, Word) and first.folded == folded

    def write(self, values: dict[str, str]) -> str:
        """Return the line to type for *values*, options without a value left out."""
        return "".join(_write(self.nodes, values)).removesuffix(" ")


def _first_word(way: Items) -> str:
    return way[0].folded if isinstance(way[0], Word) else ""


def _words_of(way: Items) -> frozenset[str]:
    return frozenset(item.folded for item in way if isinstance(item, Word))


def _write(nodes: tuple[Node, ...], values: dict[str, str]) -> list[str]:
    written: list[str] = []
    for node in nodes:
        if isinstance(node, Word):
            written.append(node.text if node.text.endswith("'") else f"{node.text} ")
        elif isinstance(node, Field):
            written.append(values.get(node.name, f"{{{node.name}}}") + " ")
        elif not node.optional or _names(node) & values.keys():
            best = next((way for way in node.ways if _names(way) & values.keys()), node.ways[0])
            written += _write(best, values)
    return written


def _names(node: Node | tuple[Node, ...]) -> set[str]:
    if isinstance(node, Field):
        return {node.name}
    if isinstance(node, Word):
        return set()
    parts = [part for way in node.ways for part in way] if isinstance(node, Choice) else node
    return {name for part in parts for name in _names(part)}


@cache
def parse(source: str) -> Phrase:
    """Parse one line of grammar, or raise BadPhrase saying what is wrong with it."""
    ways = _Reader(source).read()
    if len(ways) > 1:
        nodes: tuple[Node, ...] = (Choice(ways, optional=False),)
    else:
        nodes = ways[0]
    required = tuple(node for node in nodes if not _is_option(node))
    spelled = tuple(dict.fromkeys(_spell(required)))
    options = tuple(_option(source, node) for node in nodes if _is_option(node))
    _check(source, spelled, options)
    return Phrase(source, nodes, spelled, options)


def _is_option(node: Node) -> bool:
    return isinstance(node, Choice) and node.optional and bool(_names(node))


def _spell(nodes: tuple[Node, ...]) -> list[Items]:
    """Spell out every choice of *nodes*."""
    choices: list[list[Items]] = []
    for node in nodes:
        if isinstance(node, Choice):
            ways = [spelled for way in node.ways for spelled in _spell(way)]
            choices.append([*ways, ()] if node.optional else ways)
        else:
            choices.append([(node,)])
    return [tuple(item for part in one for item in part) for one in product(*choices)]


def _option(source: str, node: Node) -> Option:
    names = _names(node)
    if len(names) != 1:
        raise BadPhrase(source, f"an option holds one field, not {sorted(names)}")
    ways = tuple(way for part in getattr(node, "ways", ()) for way in _spell(part))
    for way in ways:
        if sum(isinstance(item, Field) for item in way) != 1:
            raise BadPhrase(source, "each way to say an option holds its field")
    return Option(names.pop(), ways)


def _check(source: str, ways: tuple[Items, ...], options: tuple[Option, ...]) -> None:
    if len(ways) * max(1, len(options)) > MOST_VARIANTS:
        raise BadPhrase(source, "too many ways to say it")
    fields = {frozenset(i.name for i in way if isinstance(i, Field)) for way in ways}
    if len(fields) > 1:
        raise BadPhrase(source, "every way to say it must have the same fields")
    for way in ways:
        names = [item.name for item in way if isinstance(item, Field)]
        if not way:
            raise BadPhrase(source, "nothing to type")
        if len(names) != len(set(names)) or set(names) & {option.name for option in options}:
            raise BadPhrase(source, "a field stands twice")
        bare = len(way) == 1 and isinstance(way[0], Field) and not options
        if bare and names[0] not in NUMBERED:
            raise BadPhrase(source, "no word to recognise it by")


class _Reader:
    """Reads one source line into nodes, from left to right."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.pieces = list(_PIECE.finditer(source))
        self.at = 0

    def read(self) -> tuple[tuple[Node, ...], ...]:
        """Return the ways of the whole line."""
        ways = self._ways()
        if self.at < len(self.pieces):
            raise BadPhrase(self.source, f"unexpected {self.pieces[self.at].group()!r}")
        if not any(ways):
            raise BadPhrase(self.source, "nothing to type")
        return ways

    def _ways(self) -> tuple[tuple[Node, ...], ...]:
        ways: list[list[Node]] = [[]]
        while self.at < len(self.pieces):
            name, sign, word, junk = self.pieces[self.at].groups()
            if junk:
                raise BadPhrase(self.source, f"unexpected {junk!r}")
            if sign in {"]", ")"}:
                break
            self.at += 1
            if sign == "|":
                ways.append([])
            elif sign:
                ways[-1].append(self._group(sign))
            elif name:
                ways[-1].append(Field(name))
            else:
                ways[-1].append(Word(word, fold(word)))
        return tuple(tuple(way) for way in ways)

    def _group(self, opened: str) -> Choice:
        ways = self._ways()
        closing = "]" if opened == "[" else ")"
        if self.at >= len(self.pieces) or self.pieces[self.at].group() != closing:
            raise BadPhrase(self.source, f"{opened!r} is never closed")
        if not all(ways):
            raise BadPhrase(self.source, "an empty way to say it")
        self.at += 1
        return Choice(ways, optional=opened == "[")
