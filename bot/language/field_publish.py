"""Publishing as fields: points of the checklist, answers to them, the mandatory mentions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NewType, TypeVar

from bot.language.field_people import AND, words
from bot.language.fields import TYPES, Situation, Type, Unfit
from bot.language.line import Token
from bot.language.message import Msgid, _
from bot.model.publication import Answer

PointNumbers = NewType("PointNumbers", tuple[int, ...])
Meaning = TypeVar("Meaning", bound=StrEnum)

MOST_POINTS = 30
"""Words of a list of points: all fifteen, with an "and" between each of them."""
_NUMBERS = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?")
_BETWEEN = re.compile(r"[,;+/]")
ANSWERS: dict[Answer, Msgid] = {
    Answer.OK: _("ok|okay|yes|done|is ok|✅|✔|👍"),
    Answer.NOT_APPLICABLE: _("n/a|na|not applicable|not needed|➖"),
    Answer.NO: _("no|not yet|open|missing|❌"),
}
"""Answer -> what people write for it."""


class Mention(StrEnum):
    """A mandatory mention; the value is its field in `Publisher`."""

    WHO = "who"
    PROJECT = "project"
    RESPONSIBLE = "responsible"
    HOST = "host"
    CONTACT = "contact"
    CREDITS = "credits"


MENTIONS: dict[Mention, Msgid] = {
    Mention.WHO: _("who|who are we|who we are"),
    Mention.PROJECT: _("project|our project"),
    Mention.RESPONSIBLE: _("responsible|person responsible|editor|director"),
    Mention.HOST: _("host|hosting|hosted by"),
    Mention.CONTACT: _("contact|removal|removal contact"),
    Mention.CREDITS: _("credits|credit|sources"),
}
"""Mention -> what people call it."""


def read_points(tokens: Sequence[Token], situation: Situation) -> PointNumbers:
    """Read points of a checklist: "3", "1 2 4", "1, 2 and 4", "7-10". Unknown ones are kept."""
    joining = words(AND, situation.languages)
    pieces = [
        piece
        for token in tokens
        if token.folded not in joining
        for piece in _BETWEEN.split(token.folded)
        if piece
    ]
    found: list[int] = []
    for piece in pieces:
        numbers = _NUMBERS.fullmatch(piece)
        if numbers is None:
            raise Unfit(piece)
        first = int(numbers[1])
        found += range(first, int(numbers[2] or first) + 1)
    if not found:
        raise Unfit
    return PointNumbers(tuple(dict.fromkeys(found)))


def read_answer(tokens: Sequence[Token], situation: Situation) -> Answer:
    """Read an answer to a point: "ok", "n/a", "no"."""
    return _meant(tokens, situation, ANSWERS)


def read_mention(tokens: Sequence[Token], situation: Situation) -> Mention:
    """Read which of the mandatory mentions is meant: "host", "person responsible"."""
    return _meant(tokens, situation, MENTIONS)


def _meant(
    tokens: Sequence[Token], situation: Situation, known: Mapping[Meaning, Msgid]
) -> Meaning:
    said = " ".join(token.folded for token in tokens)
    for meaning, listed in known.items():
        if said in words(listed, situation.languages):
            return meaning
    raise Unfit(said)


TYPES |= {
    PointNumbers: Type(_("points"), read_points, longest=MOST_POINTS),
    Answer: Type(_("ok, no or n/a"), read_answer, longest=3),
    Mention: Type(_("mention"), read_mention, longest=3),
}
