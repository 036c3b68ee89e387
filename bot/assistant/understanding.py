"""Understanding: a line against all commands, the near miss, the kind error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import takewhile

from bot.command import Command, Commands
from bot.language.fields import Situation, Trouble
from bot.language.line import Line, token
from bot.language.match import Match, Matcher
from bot.language.phrase import Field, Phrase, Word

SHORTEST_GUESS = 5
LONG_WORD = 8
LEAST_LETTERS = 4


@dataclass(frozen=True)
class Understood:
    """A command with its fields."""

    command: Command
    match: Match
    language: str
    """Of the phrase that was typed."""


@dataclass(frozen=True)
class Near:
    """A verb with a typo: what it probably was, as a line to run."""

    line: str
    command: Command


@dataclass(frozen=True)
class NotUnderstood:
    """A command that was meant, but a field of which could not be read."""

    command: Command
    word: str
    """The words not understood; "" if something is missing."""
    trouble: Trouble | None


@dataclass(frozen=True)
class _Candidate:
    order: int
    command: Command
    phrase: Phrase
    language: str


class Reader:
    """Reads lines with one set of commands."""

    def __init__(self, commands: Commands) -> None:
        """Index *commands* by their first words, per set of languages, when first needed."""
        self.commands = commands
        self._index = cache(self._build)

    def _build(
        self, languages: tuple[str, ...]
    ) -> tuple[Mapping[str, list[_Candidate]], list[_Candidate]]:
        by_word: dict[str, list[_Candidate]] = defaultdict(list)
        by_field: list[_Candidate] = []
        for order, command in enumerate(self.commands.all):
            for language in languages:
                for phrase in command.phrases(language):
                    found = _Candidate(order, command, phrase, language)
                    firsts = {way[0].folded for way in phrase.ways if isinstance(way[0], Word)}
                    for word in firsts:
                        by_word[word].append(found)
                    if any(isinstance(way[0], Field) for way in phrase.ways):
                        by_field.append(found)
        return by_word, by_field

    def read(self, line: Line, situation: Situation, *, tight: bool = False) -> Understood | None:
        """Return the command that *line* says, the surest of several; `tight` forbids free text."""
        if not line.tokens:
            return None
        best: tuple[tuple[int, int, int], Understood] | None = None
        matcher = Matcher(line, situation)
        for one in self._candidates(line, situation):
            match = matcher.match(one.phrase, one.command.types)
            if match is None or (tight and match.loose and not _is_remark(line)):
                continue
            rank = (match.said, -match.loose, -one.order)
            if best is None or rank > best[0]:
                best = rank, Understood(one.command, match, one.language)
        if best is None and (split := _split_sign(line)) is not None:
            return self.read(split, situation, tight=tight)
        return best[1] if best else None

    def _candidates(self, line: Line, situation: Situation) -> Iterator[_Candidate]:
        by_word, by_field = self._index(situation.languages)
        yield from by_word.get(line.tokens[0].folded, ())
        yield from by_field

    def explain(self, line: Line, situation: Situation) -> NotUnderstood | None:
        """Return what kept *line*, that begins like a command, from being one."""
        matcher = Matcher(line, situation)
        best: tuple[int, NotUnderstood] | None = None
        for one in self._candidates(line, situation):
            said = _leading_said(one.phrase, line)
            if said == 0:
                continue
            trouble = next(matcher.troubles(one.phrase, one.command.types), None)
            rest = line.text(said)
            found = NotUnderstood(one.command, trouble.words if trouble else rest, trouble)
            rank = 2 * said + bool(trouble)
            if best is None or rank > best[0]:
                best = rank, found
        return best[1] if best else None

    def near(self, line: Line, situation: Situation) -> Near | None:
        """Return the line that was probably meant if its verb has a typo (DESIGN 3)."""
        first = line.tokens[0].folded if line.tokens else ""
        if len(first) < SHORTEST_GUESS or first in other_bots():
            return None
        verbs = self.commands.verbs(situation.languages)
        if first in verbs:
            return None
        allowed = 2 if len(first) >= LONG_WORD else 1
        near = sorted(
            (distance, verb)
            for verb in verbs
            if len(verb) >= SHORTEST_GUESS - 1
            and (distance := edits(first, verb, allowed)) <= allowed
        )
        for _distance, verb in near:
            meant = line.with_first(verbs[verb])
            if found := self.read(meant, situation):
                return Near(meant.text(), found.command)
        return None


def _is_remark(line: Line) -> bool:
    """Tell whether a reply says plainly that it is a remark (+) or a title (=, pl:)."""
    signs = {one.raw[:1] for one in line.tokens[1:2]} | {one.raw[-1:] for one in line.tokens[1:2]}
    return bool(signs & {"+", "=", ":"})


def _split_sign(line: Line) -> Line | None:
    """Return *line* with a "+" or "=" set apart from its word: "14 +photo 3 is missing"."""
    for at in (0, 1):
        glued = line.tokens[at : at + 1]
        if glued and len(glued[0].raw) > 1 and glued[0].raw[0] in "+=":
            raw = glued[0].raw
            parts = (token(raw[0]), token(raw[1:]))
            return Line((*line.tokens[:at], *parts, *line.tokens[at + 1 :]), line.labels)
    return None


def _leading_said(phrase: Phrase, line: Line) -> int:
    """Return how many words of the phrase *line* begins with; a short word alone says nothing."""
    most = 0
    for way in phrase.ways:
        first_field = next((i for i, item in enumerate(way) if isinstance(item, Field)), len(way))
        leading = [item.folded for item in way[:first_field] if isinstance(item, Word)]
        pairs = zip(leading, (typed.folded for typed in line.tokens), strict=False)
        count = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        if count == len(leading) or (count and len(leading[0]) >= LEAST_LETTERS):
            most = max(most, count)
    return most


def edits(typed: str, verb: str, most: int) -> int:
    """Return how many letters are wrong, missing, too many or swapped (each counts one).

    Optimal string alignment distance; more than *most* is returned as `most + 1`.
    """
    if abs(len(typed) - len(verb)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(verb) + 1))
    for i, left in enumerate(typed, 1):
        previous, row = row, [i]
        for j, right in enumerate(verb, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (left != right))
            if i > 1 and j > 1 and left == verb[j - 2] and typed[i - 2] == right:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = previous
    return row[-1]


@cache
def other_bots() -> frozenset[str]:
    """Return the commands of other bots that are never mistaken for ours."""
    text = (files("bot.data") / "other_bots.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() for word in line.partition("#")[0].split())
