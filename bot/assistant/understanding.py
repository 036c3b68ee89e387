"""Understanding: a line against all commands, the near miss, the kind error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files

from bot.command import Command, Commands
from bot.language.catalog import language_of
from bot.language.field_dates import is_only_a_date_or_name
from bot.language.field_people import is_name, words
from bot.language.fields import Situation, Trouble
from bot.language.folding import fold
from bot.language.line import Line, Token, cut, token
from bot.language.match import Match, Matcher
from bot.language.message import _
from bot.language.phrase import Field, Phrase, Word

SHORTEST_GUESS = 5
LONG_WORD = 8
MOST_ELIDED = 5
"""Only among the first words of a line may a phrase end with an elided word."""
SHORTEST_WITH_NAME = 3
COURTESY = _("please|pls|thanks|thank you|thx")
DATED = {"due", "when"}
UNLIKELY = 100
"""How far a match falls behind that cannot be what was meant, if there is any other."""
Rank = tuple[int, bool, int, int]


@dataclass(frozen=True)
class Understood:
    """A command with its fields."""

    command: Command
    match: Match
    language: str
    """Of the phrase that was typed; empty if not a word of it was: "fr en", "14"."""


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
    when: bool = False
    """All that is missing is a date."""
    language: str = ""
    """Of the phrase that was begun."""


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
                if language_of(command.phrase, (language,)) != language:
                    continue  # it is the English one, which is always there
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
        best: tuple[Rank, Understood] | None = None
        for one in self._variants(line, situation):
            found = self._best(one, situation, tight=tight)
            if found and (best is None or found[0] > best[0]):
                best = found
        if best is None:
            shorter = _split_sign(line) or _without_courtesy(line, situation)
            return self.read(shorter, situation, tight=tight) if shorter else None
        return best[1]

    def _variants(self, line: Line, situation: Situation) -> Iterator[Line]:
        """Yield *line*, and what it is with "d'" set apart or a name moved to where it belongs."""
        if not line.tokens:
            return
        yield line
        for change in (_split_elision, partial(_name_last, situation=situation)):
            if (other := change(line)) is not None:
                yield other

    def _best(
        self, line: Line, situation: Situation, *, tight: bool
    ) -> tuple[Rank, Understood] | None:
        best: tuple[Rank, Understood] | None = None
        matchers: dict[str, Matcher] = {}
        for one in self._candidates(line, situation):
            if one.language not in matchers:
                matchers[one.language] = Matcher(line, situation.within(one.language))
            match = matchers[one.language].match(one.phrase, one.command.types)
            if match is None or (tight and match.loose and not _is_remark(line)):
                continue
            if str(match.values.get("text", "")).startswith("@"):
                continue  # a name that nobody has: it is not what to remember
            unlikely = UNLIKELY if self._is_unlikely(one.command, match, situation) else 0
            # "task" and "quando" are words of several languages: of equals, theirs counts
            known = one.language in situation.languages
            rank = (match.said + known - unlikely, known, -match.loose, -one.order)
            if best is None or rank > best[0]:
                spoken = one.language if match.said else ""
                best = rank, Understood(one.command, match, spoken)
        return best

    @staticmethod
    def _is_unlikely(command: Command, match: Match, situation: Situation) -> bool:
        """Tell whether a match needs a message to reply to, or takes a date or a name for text."""
        if command.in_reply:
            return situation.asker.reply_to is None
        text = match.values.get("text")
        if not isinstance(text, str) or "when" not in command.types:
            return False
        return is_only_a_date_or_name(cut(text).tokens, situation)

    def _candidates(self, line: Line, situation: Situation) -> Iterator[_Candidate]:
        if not line.tokens:
            return
        by_word, by_field = self._index(situation.spoken)
        yield from by_word.get(line.tokens[0].folded, ())
        yield from by_field

    def explain(self, line: Line, situation: Situation) -> NotUnderstood | None:
        """Return what kept *line*, that begins like a command, from being one."""
        best: tuple[int, NotUnderstood] | None = None
        if line.tokens and line.tokens[0].folded in other_bots():
            return None
        for one in self._candidates(line, situation):
            said = _leading_said(one.phrase, line)
            if said == 0:
                continue
            matcher = Matcher(line, situation.within(one.language))
            trouble = next(matcher.troubles(one.phrase, one.command.types), None)
            rest = line.text(said)
            when = bool(DATED & one.phrase.required) and not trouble
            words = trouble.words if trouble else rest
            found = NotUnderstood(one.command, words, trouble, when, one.language)
            own = one.phrase.begins_with(line.tokens[0].folded)
            # Of equals, the one that help lists: "!poll" alone wants to ask, not to be shown Q1.
            rank = 8 * said + 4 * bool(trouble) + 2 * own + (not one.command.quiet)
            if best is None or rank > best[0]:
                best = rank, found
        return best[1] if best else None

    def near(self, line: Line, situation: Situation) -> Near | None:
        """Return the line that was probably meant if its verb has a typo (DESIGN 3)."""
        first = line.tokens[0].folded if line.tokens else ""
        if len(first) < SHORTEST_GUESS or first in other_bots():
            return None
        verbs = self.commands.verbs(situation.spoken)
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
            return _split(line, at, 1)
    return None


def _split_elision(line: Line) -> Line | None:
    """Return *line* with "d'" set apart from the word that it leans on: "d'envoyer"."""
    for at, one in enumerate(line.tokens[:MOST_ELIDED]):
        if one.folded.startswith("d'") and len(one.folded) > len("d'"):
            return _split(line, at, 2)
    return None


def _split(line: Line, at: int, letters: int) -> Line:
    raw = line.tokens[at].raw
    parts = (Token(raw[:letters], fold(raw[:letters])), token(raw[letters:]))
    return Line((*line.tokens[:at], *parts, *line.tokens[at + 1 :]), line.labels)


def _name_last(line: Line, situation: Situation) -> Line | None:
    """Return *line* with a name right behind the verb moved to the end: "task @lea captions"."""
    if len(line.tokens) >= SHORTEST_WITH_NAME and is_name(line.tokens[1], situation):
        first, name, *rest = line.tokens
        return Line((first, *rest, name), line.labels)
    return None


def is_courtesy(line: Line, situation: Situation) -> bool:
    """Tell whether *line* is nothing but thanks and signs."""
    kind = words(COURTESY, situation.spoken)
    return all(one.folded in kind or _is_sign(one) for one in line.tokens)


def _without_courtesy(line: Line, situation: Situation) -> Line | None:
    """Return *line* without signs and kind words that stand alone at its end; None without any."""
    kind = words(COURTESY, situation.spoken)
    stop = len(line.tokens)
    while stop > 1 and (line.tokens[stop - 1].folded in kind or _is_sign(line.tokens[stop - 1])):
        stop -= 1
    return Line(line.tokens[:stop], line.labels) if stop < len(line.tokens) else None


def _is_sign(one: Token) -> bool:
    return not one.user and all(sign in "!?.…,;:" for sign in one.raw)


def _leading_said(phrase: Phrase, line: Line) -> int:
    """Return how many words of a phrase with a field *line* begins with, if all are typed."""
    most = 0
    for way in phrase.ways:
        count = next((i for i, item in enumerate(way) if isinstance(item, Field)), None)
        if count is None:
            continue
        leading = [item.folded for item in way[:count] if isinstance(item, Word)]
        if leading == [typed.folded for typed in line.tokens[:count]]:
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
