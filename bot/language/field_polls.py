"""Polls as fields: a question with its options, until when, what somebody votes for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NewType

from bot.language import dates
from bot.language.field_dates import LONGEST_DATE, read_due
from bot.language.field_people import words
from bot.language.fields import TYPES, Situation, Trouble, Type, Unfit
from bot.language.folding import fold
from bot.language.line import Token, cut
from bot.language.message import Message, _, say
from bot.language.poll_choices import chosen, place
from bot.language.poll_splitting import COMMA, EDGE, SURE, masked, options, pieces
from bot.model.due import Due

Vote = NewType("Vote", str)
"""What somebody votes for, in whatever words."""
OptionName = NewType("OptionName", str)
"""What somebody votes for, by words that are surely an option of an open poll."""
UNTIL = _("until|till|by")
"""Words before the end of a poll, as in its phrases."""
NEAR_END = 4
"""Words at the end of a line among which the end of a poll is looked for."""
LONGEST_OPTION = 60
KINDS = _("per class|multiple choice")
"""Kinds of polls of several words: alone they are no question."""
FEWEST_LINES = 2
"""Answers on lines of their own below a question without any mark."""
_MARK = re.compile("[?\uff1f\u061f]+[!?\u00a1]*")
_COLON = re.compile(r":(?=\s)")
_GREEK_MARK = re.compile(r"[;\u037e](?=\s*\n|[^/]*/)")
_SPACED = re.compile(r"\s+/+\s*|\s*/+\s+|\s*[|;\n]\s*")


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


@dataclass(frozen=True)
class AskedDates:
    """A topic and the moments to choose from."""

    topic: str
    dates: tuple[Due, ...] = ()
    trouble: Message | None = None
    """Why one of them cannot be taken."""


@dataclass(frozen=True)
class Until:
    """When a poll ends, or why that cannot be taken: it is never left in the question."""

    due: Due | None
    trouble: Message | None = None


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

    The question ends at its mark, at a colon, in Greek at the first of several kinds of signs, or
    with the first of three lines and more; options are set apart by lines, strokes, semicolons or,
    behind a mark, by commas. A stroke at the very end is no poll: the words behind it were taken
    for something else.
    """
    text = _lines(tokens, situation)
    if not re.search(r"\w", text) or text.rstrip().endswith(("/", "|")):
        raise Unfit(text)
    hidden = masked(text)
    if mark := _MARK.search(hidden):
        head, tail, marked = text[: mark.end()], text[mark.end() :], True
    elif (colon := _COLON.search(hidden)) and _SPACED.search(hidden, colon.end()):
        head, tail, marked = text[: colon.start()], text[colon.end() :], True
    elif greek := _GREEK_MARK.search(hidden):
        head, tail, marked = text[: greek.end()], text[greek.end() :], True
    elif hidden.count("\n") >= FEWEST_LINES and not _SPACED.search(hidden.partition("\n")[0]):
        (head, _sign, tail), marked = text.partition("\n"), True
    else:
        text = " ".join(text.split())
        marked = not SURE.search(masked(text)) and not _is_a_word(text, situation)
        head, tail = text, ""
    question = " ".join(head.split()).strip(" -–—")
    if not re.search(r"\w", question):
        return Asked("")
    return Asked(question, tuple(options(tail)), marked, _unread(tokens, situation.languages))


def _is_a_word(text: str, situation: Situation) -> bool:
    """Tell whether *text* is a word alone, "results" or a kind of poll: nothing to ask a room."""
    return " " not in text or fold(text) in words(KINDS, situation.languages)


def _unread(tokens: Sequence[Token], languages: tuple[str, ...]) -> str:
    """Return the words from "until" on, if they end the last answer and resemble a date."""
    marks = words(UNTIL, languages)
    for at in range(len(tokens) - 2, max(0, len(tokens) - 2 - NEAR_END), -1):
        if tokens[at].folded not in marks:
            continue
        text = [one.raw for one in tokens[at:]]
        goes_on = {"/", "|", ";"} & {*text, tokens[at - 1].raw} or text[-1].endswith(("?", "؟"))
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
    if tokens[-1].raw.endswith(("?", "؟")):
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
    said = [f"{word} {text}" for word in words(UNTIL, situation.languages)]
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
