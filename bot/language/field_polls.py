"""Polls as fields: a question with its options, until when, what somebody votes for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NewType

from bot.language import dates
from bot.language.catalog import translate
from bot.language.field_dates import LONGEST_DATE, OR, read_due
from bot.language.field_people import AND, words
from bot.language.fields import TYPES, Situation, Trouble, Type, Unfit
from bot.language.folding import fold
from bot.language.line import Line, Token, cut, token
from bot.language.message import Message, _, say
from bot.language.poll_choices import NO, YES, chosen, place
from bot.language.poll_splitting import (
    COMMA,
    EDGE,
    GREEK_MARK,
    MARK,
    SURE,
    alternatives,
    are_short,
    masked,
    options,
    pieces,
    quoted,
)
from bot.model.due import Due

Vote = NewType("Vote", str)
"""What somebody votes for, in whatever words."""
OptionName = NewType("OptionName", str)
"""What somebody votes for, by words that are surely an option of an open poll."""
UNTIL = _("until|till|by")
"""Words before the end of a poll, as in its phrases."""
NOT = _("not|no")
"""What stands behind "or" in a question that is answered by yes or no: "ok or not?"."""
_MARK_WORDS = 3
"""The most words of which one of UNTIL consists."""
NEAR_END = 4
"""Words at the end of a line among which the end of a poll is looked for."""
LONGEST_OPTION = 60
KINDS = _("per class|multiple choice")
"""Kinds of polls of several words: alone they are no question."""
FEWEST_LINES = 2
"""Answers on lines of their own below a question without any mark."""
_COLON = re.compile(r":(?=\s)")
_BEFORE_STROKES = re.compile(r"[;\u037e](?=\s*\n|[^/]*/)")
"""The Greek mark, wherever two kinds of signs tell it."""
_ASKED_TWICE = re.compile(r"(.+?)\s+m[ıiuü]\s*,?\s+(?:yoksa\s+)?(.+?)\s+m[ıiuü]\W*", re.IGNORECASE)
"""Turkish asks for each: "pizza mı makarna mı?"."""
_ASKING_TWICE = {"tr", "az"}
_GREEK = re.compile("[\u0370-\u03ff\u1f00-\u1fff]")
_SPACED = re.compile(r"\s+/+\s*|\s*/+\s+|\s*[|;\n]\s*")


@dataclass(frozen=True)
class Until:
    """When a poll ends, or why that cannot be taken: it is never left in the question."""

    due: Due | None
    trouble: Message | None = None


@dataclass(frozen=True)
class Asked:
    """A question as somebody typed it."""

    question: str
    """With its mark; "" if there is none."""
    options: tuple[str, ...] = ()
    """None at all: yes or no."""
    ends: bool = True
    """It is clear where the question ends."""
    unread: str = ""
    """Words at its end that were perhaps meant as a date, and are none: "until frdiay"."""
    until: Until | None = None
    """The end of the poll where it stands right behind the question."""


@dataclass(frozen=True)
class AskedDates:
    """A topic and the moments to choose from."""

    topic: str
    dates: tuple[Due, ...] = ()
    trouble: Message | None = None
    """Why one of them cannot be taken."""


@dataclass(frozen=True)
class NewEnd(Until):
    """When an open poll is to end instead: surely no vote for one of its answers."""


@dataclass(frozen=True)
class MoreOption:
    """One more option: its words and, where they read as one, its date."""

    text: str
    due: Due | None = None
    trouble: Message | None = None


def _text(tokens: Sequence[Token], situation: Situation) -> str:
    """Return *tokens* as typed, mentions by name."""
    return _lines(tokens, situation).replace("\n", " ")


def _lines(tokens: Sequence[Token], situation: Situation) -> str:
    """Return *tokens* as typed, mentions by name, with the lines that they stand on."""
    names = [f"@{situation.project.name_of(one.user)}" if one.user else one.raw for one in tokens]
    signs = ["\n" if one.breaks else " " for one in tokens]
    return "".join(f"{sign}{name}" for sign, name in zip(signs, names, strict=True))[1:]


def read_asked(tokens: Sequence[Token], situation: Situation) -> Asked:
    """Read "Logo? blue / green / red".

    The question ends at its mark, at a colon, in Greek at a semicolon, or with the first of three
    lines and more; it may stand in quotes. Options are set apart by lines, strokes, semicolons or,
    behind a mark, by commas and "or"; "pizza or pasta?" holds its own. A stroke at the very end is
    no poll: the words behind it were taken for something else.
    """
    text = _lines(tokens, situation)
    if not re.search(r"\w", text) or text.rstrip().endswith(("/", "|")):
        raise Unfit(text)
    head, tail, marked = _parts(text, situation)
    question = " ".join(head.split()).strip(" -–—")
    if not re.search(r"\w", question):
        return Asked("")
    found = _until_first(tail, situation)
    either = _either(situation.languages)
    given = tuple(options(found[1] if found else tail, either))
    given = given or _alternatives(question, situation.languages)
    unread = "" if found else _unread(tokens, situation)
    return Asked(question, given, marked, unread, found[0] if found else None)


def _parts(text: str, situation: Situation) -> tuple[str, str, bool]:
    """Return a question, the options behind it, and whether it is clear where the one ends."""
    if in_quotes := quoted(text):
        return (*in_quotes, True)
    hidden = masked(text)
    if end := _end_of_question(hidden, situation):
        return text[:end], text[end:], True
    if (colon := _COLON.search(hidden)) and _SPACED.search(hidden, colon.end()):
        return text[: colon.start()], text[colon.end() :], True
    if hidden.count("\n") >= FEWEST_LINES and not _SPACED.search(hidden.partition("\n")[0]):
        head, _sign, tail = text.partition("\n")
        return head, tail, True
    text = " ".join(text.split())
    return text, "", not SURE.search(masked(text)) and not _is_a_word(text, situation)


def _end_of_question(hidden: str, situation: Situation) -> int:
    """Return where the first mark of a question ends, 0 if there is none."""
    ends = [mark.end() for mark in (MARK.search(hidden),) if mark]
    colon = _COLON.search(hidden)
    greek = GREEK_MARK.search(hidden)
    if greek and _asks_in_greek(hidden[: greek.start()], situation):
        last = not hidden[greek.end() :].strip()
        ends += [greek.end()] if last or not (colon and colon.start() < greek.start()) else []
    elif greek and not ends and not colon and (mark := _BEFORE_STROKES.search(hidden)):
        ends.append(mark.end())
    return min(ends, default=0)


def _asks_in_greek(text: str, situation: Situation) -> bool:
    """Tell whether a semicolon behind *text* asks: in Greek, even if typed in Latin letters."""
    if situation.languages[:1] == ("el",):
        return True
    return "el" in situation.spoken and _GREEK.search(text) is not None


def is_question(tokens: Sequence[Token], situation: Situation) -> bool:
    """Tell whether *tokens* end with the mark of a question, in Greek with a semicolon."""
    typed = tokens[-1].raw if tokens else ""
    if typed.endswith(("?", "\uff1f", "\u061f")):
        return True
    return typed.endswith((";", "\u037e")) and _asks_in_greek(typed, situation)


@cache
def _either(languages: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds "or" between two words, with its accents: neither "où" nor "η"."""
    joins = words(AND, languages)
    ways = {
        unicodedata.normalize("NFC", way.strip())
        for one in languages
        for way in translate(OR, one).split("|")
        if fold(way.strip()) not in joins
    }
    listed = "|".join(re.escape(one) for one in sorted(ways, key=len, reverse=True))
    return re.compile(rf"\s*,?\s+(?:{listed})\s+", re.IGNORECASE)


def _alternatives(question: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the options of "pizza or pasta?"; "ok or not?" is answered by yes or no."""
    normal = unicodedata.normalize("NFC", question)
    asked_twice = _ASKED_TWICE.fullmatch(normal) if _ASKING_TWICE & {*languages} else None
    pair = [one.strip() for one in asked_twice.groups()] if asked_twice else []
    found = pair if pair and are_short(pair) else alternatives(normal, _either(languages))
    answers = words(NOT, languages) | words(YES, languages) | words(NO, languages)
    return () if any(fold(one) in answers for one in found) else tuple(found)


def _until_first(tail: str, situation: Situation) -> tuple[Until, str] | None:
    """Return the end in "until friday blue / green", and the options behind it.

    In "until friday / until monday" it is an option.
    """
    tokens = cut(tail).tokens
    marks = words(UNTIL, situation.languages)
    bare = [token(one.raw.strip("()")) for one in tokens[: _MARK_WORDS + LONGEST_DATE]]
    said = [" ".join(one.folded for one in bare[:size]) for size in range(_MARK_WORDS + 1)]
    begin = next((size for size in range(_MARK_WORDS, 0, -1) if said[size] in marks), 0)
    if not begin:
        return None
    for stop in range(min(len(bare), begin + LONGEST_DATE), begin, -1):
        try:
            due = read_due(bare[begin:stop], situation)
        except Unfit:
            continue
        rest = Line(tokens[stop:]).typed()
        given = list(options(rest, _either(situation.languages)))
        goes_on = tokens[stop - 1].raw[-1] in EDGE or rest[:1] in set(EDGE)
        again = any(fold(one).startswith(tuple(f"{mark} " for mark in marks)) for one in given)
        return None if goes_on or again or len(given) < FEWEST_LINES else (Until(due), rest)
    return None


def _is_a_word(text: str, situation: Situation) -> bool:
    """Tell whether *text* is a word alone, "results" or a kind of poll: nothing to ask a room."""
    return " " not in text or fold(text) in words(KINDS, situation.languages)


def _unread(tokens: Sequence[Token], situation: Situation) -> str:
    """Return the words from "until" on, if they end the last answer and resemble a date."""
    languages = situation.languages
    marks = words(UNTIL, languages)
    for at in range(len(tokens) - 2, max(0, len(tokens) - 2 - NEAR_END), -1):
        if tokens[at].folded not in marks:
            continue
        text = [one.raw for one in tokens[at:]]
        goes_on = {"/", "|", ";"} & {*text, tokens[at - 1].raw} or is_question(tokens, situation)
        meant = any(dates.resembles_date(one.folded, languages) for one in tokens[at + 1 :])
        return " ".join(text) if meant and not goes_on else ""
    return ""


def read_asked_dates(tokens: Sequence[Token], situation: Situation) -> AskedDates:
    """Read "Video call Tue 1/12 10h / Thu 3/12 10h": the topic ends where the first date begins."""
    text = _lines(tokens, situation)
    if not re.search(r"\w", text) or text.rstrip().endswith(("/", "|")):
        raise Unfit(text)
    parts = list(pieces(text, text, _SPACED))
    if len(parts) == 1:
        parts = list(pieces(text, text, COMMA))
    found = _topic(parts[0], situation)
    if len(parts) == 1 and not (found.due or found.trouble) and is_question(tokens, situation):
        raise Unfit(text)  # "wann haben wir Sport?" asks people, and offers no date
    moments: list[Due] = [found.due] if found.due else []
    for piece in parts[1:]:
        one = read_more(cut(piece).tokens, situation)
        if one.due is None:
            unread = say(_("I cannot read “{words}” as a date."), words=piece)
            return AskedDates(found.text, trouble=one.trouble or unread)
        moments.append(one.due)
    return AskedDates(found.text, tuple(moments), found.trouble)


def _topic(piece: str, situation: Situation) -> MoreOption:
    """Return the topic at the beginning of *piece*, and the longest date at its end."""
    tokens = cut(piece).tokens
    for start in range(max(0, len(tokens) - LONGEST_DATE), len(tokens)):
        found = read_more(tokens[start:], situation)
        if found.due or found.trouble:
            topic = " ".join(one.raw for one in tokens[:start]).strip(" :,;–-")
            return MoreOption(topic, found.due, found.trouble)
    return MoreOption(piece)


def read_until(tokens: Sequence[Token], situation: Situation) -> Until:
    """Read the end of a poll; a date that cannot be taken is told, never read as an option."""
    if is_question(tokens, situation):
        raise Unfit(tokens[-1].raw)  # "Shall we stay until Friday?"
    try:
        return Until(read_due(tokens, situation))
    except Trouble as trouble:
        return Until(None, trouble.message)


def read_new_end(tokens: Sequence[Token], situation: Situation) -> NewEnd:
    """Read another end; "Q1 until friday" is a vote where an answer is "until friday".

    What is no date is told to be none: in these words it is never taken for an answer.
    """
    text = _text(tokens, situation)
    said = [text, *(f"{word} {text}" for word in words(UNTIL, situation.languages))]
    for poll in situation.project.polls.values():
        if poll.open and any(chosen(poll, one, situation.languages) for one in said):
            raise Unfit(text)
    try:
        found = read_until(tokens, situation)
    except Unfit:
        return NewEnd(None, say(_("I cannot read “{words}” as a date."), words=text))
    return NewEnd(found.due, found.trouble)


def read_more(tokens: Sequence[Token], situation: Situation) -> MoreOption:
    """Read one more option."""
    text = _text(tokens, situation).strip(EDGE)
    if not re.search(r"\w|[^\x00-\x7f]", text):
        raise Unfit(text)
    if len(tokens) > LONGEST_DATE:
        return MoreOption(text)
    try:
        return MoreOption(text, read_due(tokens, situation))
    except Trouble as trouble:
        return MoreOption(text, None, trouble.message)
    except Unfit:
        return MoreOption(text)


def read_vote(tokens: Sequence[Token], situation: Situation) -> Vote:
    """Read what somebody votes for; which option that is depends on the poll."""
    return Vote(_text(tokens, situation))


def read_option_name(tokens: Sequence[Token], situation: Situation) -> OptionName:
    """Read the name of an option of an open poll, its letter or its number."""
    text = _text(tokens, situation)
    if place(text) is None and not any(
        chosen(one, text, situation.languages)
        for one in situation.project.polls.values()
        if one.open
    ):
        raise Unfit(text)
    return OptionName(text)


TYPES |= {
    Asked: Type(_("question? answer / answer"), read_asked, longest=10_000, text=True),
    AskedDates: Type(_("topic, date / date"), read_asked_dates, longest=10_000, text=True),
    Until: Type(_("date"), read_until, longest=LONGEST_DATE),
    NewEnd: Type(_("date"), read_new_end, longest=LONGEST_DATE),
    MoreOption: Type(_("answer"), read_more, longest=40, text=True),
    Vote: Type(_("answer"), read_vote, longest=40, text=True),
    OptionName: Type(_("answer"), read_option_name, longest=12),
}
