"""The mark in front of a translated title: `pl:`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NewType

from bot.language.field_settings import find_language
from bot.language.fields import TYPES, Situation, Type, Unfit
from bot.language.line import Token
from bot.language.message import _

LanguageMark = NewType("LanguageMark", str)


def read_mark(tokens: Sequence[Token], situation: Situation) -> LanguageMark:
    """Read a language followed by a colon: without it, `de` and `la` are words of a sentence."""
    raw = "".join(token.raw for token in tokens)
    found = find_language(raw[:-1], situation.spoken) if raw.endswith(":") else None
    if found is None:
        raise Unfit(raw)
    return LanguageMark(found)


TYPES |= {LanguageMark: Type(_("language:"), read_mark, longest=2)}
