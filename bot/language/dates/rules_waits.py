"""The rules for lengths of time from now: in 3 days, za tydzień, 2h."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.language.dates.chunks import Wait
from bot.language.dates.day_specs import Shift
from bot.language.dates.matching import Chunks, Found, Grammar

SHIFTS: Final = {
    "day": (1, 0),
    "week": (7, 0),
    "fortnight": (14, 0),
    "month": (0, 1),
    "year": (0, 12),
}
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600}


def add_wait_rules(grammar: Grammar) -> None:
    """Enter all the rules of this module."""
    rule = grammar.rule
    count = "(number|large_number|one)"
    rule(
        f"in {count} unit later?",
        f"{count} unit later",
        f"{count} unit_later",
        "in units later?",
        "units later",
    )(_in_units)
    rule(
        "in (number|one) hour_unit trail later?",
        "(number|one) hour_unit trail later",
        "in number trail hour_unit later?",
        "number trail hour_unit later",
        "in number hour_unit number minute_unit?",
        "number hour_unit number minute_unit? later",
        "in units trail later?",
        "units trail later",
    )(_in_hours)
    rule(
        "in (number|one) unit and? (number|one) unit later?",
        "(number|one) unit and? (number|one) unit later",
        "in units and? (number|one) unit later?",
        "units and? (number|one) unit later",
    )(_in_two_units)
    rule("in span_words later?", "span_words later")(_in_span_words)
    rule("number unit")(_bare_units)
    rule("number hour_unit number")(_bare_hours_and_minutes)


def counted(found: Found) -> tuple[int, str]:
    """Give number and unit of `3 days`, `a week`, `يومين`."""
    count, _, unit = found.text("units").partition(" ")
    if unit:
        return int(count), unit
    return found.number("number", "large_number", "one"), found.text("unit", "unit_later")


def _in_units(found: Found) -> Chunks | None:
    """`in 3 days`, `dans 2 semaines`, `in 2 hours`, `3 days from now`."""
    count, unit = counted(found)
    if unit in _SECONDS:
        return (Wait(timedelta(seconds=count * _SECONDS[unit]), unit),)
    days, months = SHIFTS[unit]
    also = (found.lexicon.habits.idiom_days or {}).get(count) if unit == "day" else None
    return (Shift(count * days, count * months, also),)


def _in_hours(found: Found) -> Chunks | None:
    hours, *minutes = found.all("number", "one") or [0]
    if found.has("units"):
        hours, unit = counted(found)
        if unit != "hour":
            return None
    return (Wait(timedelta(hours=hours, minutes=sum(minutes) + found.number("trail"))),)


def _in_two_units(found: Found) -> Chunks | None:
    """Make a wait of `in 1 day 2 hours`, from the larger unit to the smaller one."""
    held, _, unit = found.text("units").partition(" ")
    counts = [int(held)] if unit else []
    counts += found.all("number", "one")
    names = [unit] if unit else []
    lengths = [_seconds(n) for n in names + [s.text for s in found.senses if s.kind == "unit"]]
    if not all(lengths) or lengths[0] <= lengths[1]:
        return None
    seconds = sum(count * length for count, length in zip(counts, lengths, strict=True))
    return (Wait(timedelta(seconds=seconds)),)


def _seconds(unit: str) -> int:
    """Give the seconds of a unit, 0 for those whose length differs."""
    days, months = SHIFTS.get(unit, (0, 0))
    return _SECONDS.get(unit, 0 if months else days * 24 * 60 * 60)


def _in_span_words(found: Found) -> Chunks | None:
    return (Wait(timedelta(minutes=found.number("span_words"))),)


def _bare_units(found: Found) -> Chunks | None:
    """`2j`, `3d`, `2h`, written in one: that long from now. Hours from 7 on are clock times."""
    unit = found.tokens[-1]
    if not found.text("number") or not unit.glued:
        return None
    if found.text("unit") == "hour" and not 1 <= found.number("number") <= 6:  # noqa: PLR2004 - see above
        return None
    chunks = _in_units(found)
    return chunks and tuple(replace(c, bare=True) if isinstance(c, Wait) else c for c in chunks)


def _bare_hours_and_minutes(found: Found) -> Chunks | None:
    """`1h30`, written in one: that long from now."""
    hours, minutes = found.all("number")
    if not 1 <= hours <= 6 or not all(token.glued for token in found.tokens[1:]):  # noqa: PLR2004
        return None
    return (Wait(timedelta(hours=hours, minutes=minutes), bare=True),)
