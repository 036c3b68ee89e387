"""Understanding: a line against all commands, the near miss, the kind error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial

from bot.assistant.guesses import likely, other_bots
from bot.assistant.wordings import name_last, shorter, split_elision
from bot.command import Command, Commands
from bot.language.catalog import language_of
from bot.language.field_dates import is_only_a_date_or_name
from bot.language.field_people import GLUED, OWN, means_own_class, words
from bot.language.field_polls import AskedDates, is_question
from bot.language.fields import Situation, Trouble, Unfit
from bot.language.folding import fold
from bot.language.line import Line, Token, cut, token
from bot.language.match import Match, Matcher
from bot.language.message import _, say
from bot.language.phrase import Field, Items, Phrase, Word

DATED = {"due", "when"}
WHO = "who"
LONGEST_NAME = 4
"""Words that may be meant as one person or class."""
LATEST_DATE = 16
"""Words at the end of a line among which its date is looked for."""
SHORTEST_NAME = 4
"""A shorter word is rather the article of a name."""
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
                    for word in phrase.firsts - {""}:
                        by_word[word].append(found)
                    if "" in phrase.firsts:
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
            other = shorter(line, situation)
            meant = self.read(other, situation, tight=tight) if other else None
            asks = meant and _asks_people(line, meant.match, situation)
            return None if asks else meant
        return best[1]

    def _variants(self, line: Line, situation: Situation) -> Iterator[Line]:
        """Yield *line*, and what it is with "d'" set apart or a name moved to where it belongs."""
        if not line.tokens:
            return
        yield line
        glued = partial(self._split_us, situation=situation)
        for change in (split_elision, glued, partial(name_last, situation=situation)):
            if (other := change(line)) is not None:
                yield other

    def _split_us(self, line: Line, situation: Situation) -> Line | None:
        """Return *line* with "us" set apart from its verb: "rappelle-nous", "recuérdanos"."""
        first, by_word = line.tokens[0], self._index(situation.spoken)[0]
        for ending in words(GLUED, situation.languages):
            stem = first.folded.removesuffix(ending)
            if stem != first.folded and stem in by_word:
                return Line((token(stem), token("us"), *line.tokens[1:]), line.labels)
        return None

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
            if _begins_with_unknown(match, one.command, situation):
                continue
            if _asks_people(line, match, situation):
                continue
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
        return text.casefold() in words(OWN, situation.languages) or is_only_a_date_or_name(
            cut(text).tokens, situation
        )

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
            if said == 0 or _only_asks(line, one.command, situation):
                continue
            matcher = Matcher(line, situation.within(one.language))
            trouble = next(matcher.troubles(one.phrase, one.command.types), None)
            when = bool(DATED & one.phrase.required) and not trouble
            if when and WHO in one.phrase.required:
                trouble = _nobody(one, line, said, matcher.situation)
                when = trouble is None
            rest = line.text(said)
            words_ = trouble.words if trouble else rest
            found = NotUnderstood(one.command, words_, trouble, when, one.language)
            own = one.phrase.begins_with(line.tokens[0].folded)
            # Of equals, the one that help lists: "!poll" alone wants to ask, not to be shown Q1.
            rank = 8 * said + 2 * own + (not one.command.quiet)
            if trouble:  # who is not known was surely meant: "remind us" is no lead time
                rank += 12 if WHO in one.phrase.required else 4
            if best is None or rank > best[0]:
                best = rank, found
        return best[1] if best else None

    def near(self, line: Line, situation: Situation, *, marked: bool = False) -> Near | None:
        """Return the line that was probably meant if its verb has a typo (DESIGN 3).

        The first word, or the second where the first is a verb: "meine Aufagben". `marked` tells
        that the line begins with the bot's sign or name; then a shorter word is looked at, too.
        """
        first = line.tokens[0].folded if line.tokens else ""
        if not first or first in other_bots():
            return None
        verbs = self.commands.verbs(situation.spoken)
        at, known = (1, self._seconds(first, situation)) if first in verbs else (0, verbs)
        typed = line.tokens[at].folded if at < len(line.tokens) else ""
        if typed in known:
            return None
        for word in likely(typed, known, marked=marked):
            tokens = (*line.tokens[:at], token(known[word]), *line.tokens[at + 1 :])
            meant = Line(tokens, line.labels)
            if found := self.read(meant, situation):
                return Near(meant.text(), found.command)
        return None

    def _seconds(self, first: str, situation: Situation) -> dict[str, str]:
        """Return the words that follow *first* in phrases: folded -> as written."""
        by_word, _by_field = self._index(situation.spoken)
        return {
            way[1].folded: way[1].text
            for one in by_word.get(first, ())
            for way in one.phrase.ways
            if len(way) > 1 and isinstance(way[0], Word) and isinstance(way[1], Word)
            if way[0].folded == first
        }


def _begins_with_unknown(match: Match, command: Command, situation: Situation) -> bool:
    """Tell whether a text begins with a name that nobody has, or with "us" of who has no class.

    That is not what to remember: "remind us to bring skates" is no reminder for one alone.
    """
    text = str(match.values.get("text", ""))
    if text.startswith("@"):
        return True
    if "when" not in command.types or situation.project.partner_of(situation.asker.user):
        return False
    line = Line(cut(text).tokens)
    starts = (line.text(stop=stop) for stop in range(1, LONGEST_NAME))
    return any(means_own_class(Token(one, fold(one)), situation) for one in starts)


def _asks_people(line: Line, match: Match, situation: Situation) -> bool:
    """Tell whether *line* is a question that without its mark would be a poll about no date."""
    topics = (one for one in match.values.values() if isinstance(one, AskedDates))
    nothing = any(not (one.dates or one.trouble) for one in topics)
    return nothing and is_question(line.tokens[-1:], situation)


def _only_asks(line: Line, command: Command, situation: Situation) -> bool:
    """Tell whether a question was asked, by somebody who may not give the command anyway."""
    return command.may > situation.asker.role and is_question(line.tokens[-1:], situation)


def _nobody(one: _Candidate, line: Line, said: int, situation: Situation) -> Trouble | None:
    """Return why the words that stand where a person or a class should are none, if so."""
    name = _meant_as_name(one.phrase, line, said)
    if not name or _names_somebody(one.command, line, said, situation):
        return None
    if not _holds_date(one.command, line, said, situation):
        return None  # it is the date that is missing: "remind wash the car"
    if is_only_a_date_or_name(cut(name).tokens, situation):
        return Trouble(say(_("Who shall I remind? For example: me, a class, everyone.")))
    text = _("Nobody here and no class is called “{name}”. Type @ and pick a name from the list.")
    return Trouble(say(text, name=name), name)


def _holds_date(command: Command, line: Line, said: int, situation: Situation) -> bool:
    """Tell whether a date can be read somewhere behind the first *said* words."""
    (kind,) = (command.types[name] for name in DATED & command.types.keys())
    stop = len(line.tokens)
    for start in range(max(said, stop - LATEST_DATE), stop):
        for end in range(start + 1, min(stop, start + kind.longest) + 1):
            with suppress(Unfit):
                kind.read(line.tokens[start:end], situation)
                return True
    return False


def _names_somebody(command: Command, line: Line, said: int, situation: Situation) -> bool:
    kind = command.types[WHO]
    for stop in range(said + 1, min(len(line.tokens), said + kind.longest) + 1):
        with suppress(Unfit):
            kind.read(line.tokens[said:stop], situation)
            return True
    return False


def _meant_as_name(phrase: Phrase, line: Line, said: int) -> str:
    """Return the words up to the one that follows a name in *phrase*; "" if no name comes next."""
    typed = [one.folded for one in line.tokens]
    rests = [
        way[said:]
        for way in phrase.ways
        if way[said : said + 1] == (Field(WHO),) and _folded(way[:said]) == typed[:said]
    ]
    if not rests or len(typed) == said:
        return ""
    after = {word for rest in rests for word in _folded(rest[1:2])}
    rest = typed[said:]
    ends = (at for at in range(1, min(len(rest), LONGEST_NAME + 1)) if _is_any(rest[at], after))
    size = next(ends, 1 + (len(rest[0]) < SHORTEST_NAME))
    return line.text(said, said + size)


def _folded(items: Items) -> list[str]:
    return [item.folded for item in items if isinstance(item, Word)]


def _is_any(typed: str, known: set[str]) -> bool:
    """Tell whether *typed* is one of the *known* words, or leans on an elided one: "d'apporter"."""
    return typed in known or any(one.endswith("'") and typed.startswith(one) for one in known)


def _is_remark(line: Line) -> bool:
    """Tell whether a reply says plainly that it is a remark (+) or a title (=, pl:)."""
    signs = {one.raw[:1] for one in line.tokens[1:2]} | {one.raw[-1:] for one in line.tokens[1:2]}
    return bool(signs & {"+", "=", ":"})


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
