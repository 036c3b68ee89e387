"""Number words out of CLDR's rule-based number formats (RBNF); used only to generate data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

Rules = Mapping[str, Sequence[Sequence[str]]]
"""RBNF rule sets by name, each a list of [descriptor, text] (cldr-rbnf, SpelloutRules)."""
_SUBSTITUTION: Final = re.compile(r"([→←=])(%*[\w-]*|#[^=→←]*)\1")
_DEEPEST: Final = 8
_TEN: Final = 10


class NotSpelledError(ValueError):
    """The rules would print figures or plural choices instead of words."""


def spelled(rules: Rules, numbers: range, kind: str) -> Iterator[tuple[int, str]]:
    """Give number and words for every rule set of the kind: cardinal, ordinal, numbering."""
    for name in rules:
        if not name.startswith(f"%spellout-{kind}") or name.endswith(("verbose", "year")):
            continue
        for number in numbers:
            try:
                yield number, spell(rules, name, number)
            except NotSpelledError:
                continue


def spell(rules: Rules, name: str, number: int, depth: int = 0) -> str:
    """Spell a number as the named rule set says."""
    if depth > _DEEPEST or name not in rules:
        raise NotSpelledError(name)
    base, radix, text = _applying(rules[name], number)
    divisor = 1
    while divisor * radix <= base:
        divisor *= radix
    quotient, remainder = divmod(number, divisor) if base else (0, number)
    # RBNF: what stands in brackets is left out where nothing remains after the division.
    text = re.sub(r"\[([^\]]*)\]", r"\1" if remainder else "", text).removeprefix("'")
    values = {"→": remainder, "←": quotient, "=": number}

    def substitute(match: re.Match[str]) -> str:
        if match[2].startswith("#"):
            raise NotSpelledError(text)
        return spell(rules, match[2] or name, values[match[1]], depth + 1)

    words = _SUBSTITUTION.sub(substitute, text)
    if re.search(r"[$#→←=\d]", words):
        raise NotSpelledError(words)
    return words.replace("\u00ad", "").strip()


def _applying(rule_set: Sequence[Sequence[str]], number: int) -> tuple[int, int, str]:
    """Give base value, radix and text of the rule with the highest base not above the number."""
    best: tuple[int, int, str] | None = None
    for descriptor, text in rule_set:
        base, _, radix = descriptor.partition("/")
        if base.isdigit() and int(base) <= number:
            best = int(base), int(radix or _TEN), text.rstrip(";")
    if best is None:
        raise NotSpelledError(str(number))
    return best


def ordinal_suffixes(rules: Rules) -> list[str]:
    """Give what is stuck to figures to make ordinals (OrdinalRules): st, nd, rd, th; er, e."""
    found: dict[str, None] = {}
    for name, rule_set in rules.items():
        if not name.lstrip("%").startswith("digits-ordinal"):
            continue
        for descriptor, text in rule_set:
            if descriptor == "-x":
                continue
            plain = text.rstrip(";").lstrip("'")
            if name.startswith("%%") and not re.search(r"[=→←#$]", plain):
                found[_suffix(plain)] = None  # a rule set of suffixes alone: ви, ри, ти
            for suffix in re.findall(r"\{([^{}]+)\}|[=→←]([^=→←#;$%\d]+);?$", text):
                found[_suffix(suffix[0] or suffix[1])] = None
    return [suffix for suffix in found if suffix]


def _suffix(text: str) -> str:
    """Give the letters of what is stuck to a figure, without the sign that joins them."""
    return unicodedata.normalize("NFKC", text).strip().strip(".:-'")
