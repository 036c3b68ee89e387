"""The rules for clock times and parts of the day: 18h30, half past three, in the evening."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.language.dates.chunks import Chunk, Clock, Impossible, Part
from bot.language.dates.matching import Chunks, Found, Grammar

_HOUR: Final = 60
_DAY: Final = 24 * _HOUR
_TWELVE: Final = 12
_PART: Final = "(meridiem|part_of)?"


def add_hour_rules(grammar: Grammar) -> None:
    """Enter all the rules of this module."""
    rule = grammar.rule
    rule(f"at? clock hour_mark? {_PART}", f"at? dotted_clock hour_mark? {_PART}")(_figures)
    rule(
        f"at? number hour_mark {_PART}",
        f"at? number hour_mark number minute_unit? {_PART}",
        "at? number (meridiem|part_of)",
        "(at|at_spoken) number",
        "(at|at_spoken) number number",
    )(_hour_and_minute)
    rule(f"at? number hour_mark? trail {_PART}", f"at? number hour_mark minus number {_PART}")(
        _trailing
    )
    rule(
        f"at? lead number hour_mark? {_PART}",
        f"at? number minute_unit? (past|to) number hour_mark? {_PART}",
    )(_leading)
    rule("at? (lead|trail) clock_word", "at? number (past|to) clock_word")(_around_word)
    rule("at? number clock_word")(_twelve)
    rule("at? article? clock_word", "at? clock_word trail", "at? clock_word number")(_word)
    rule("article? part")(lambda found: (Part(found.text("part")),))


def _clock(found: Found, minutes: int, *, exact: bool = False) -> Chunks:
    """Make a clock time of minutes since midnight, which may go round the day."""
    part = found.text("meridiem", "part_of") or None
    hour, minute = divmod(minutes % _DAY, _HOUR)
    return (Clock(hour, minute, exact=exact, part=part),)


def _figures(found: Found) -> Chunks | None:
    """18:30, 18.30: a first figure 0 tells that the clock has 24 hours."""
    sense = found.sense("clock", "dotted_clock")
    if sense is None:
        return None
    hour, minute = divmod(sense.number, _HOUR)
    if sense.number < 0 or sense.number > _DAY or int(sense.text[-2:]) >= _HOUR:
        # 31.02 has the form of a date as well, and the rule for dates says what is wrong with it.
        return (Impossible("clock"),) if sense.kind == "clock" else None
    if sense.number == _DAY:
        return (Clock(24, exact=True),)
    part = found.text("meridiem", "part_of") or None
    return (Clock(hour, minute, exact=sense.text.startswith("0"), part=part),)


def _hour_and_minute(found: Found) -> Chunks | None:
    """18h, 18 h 30, 6pm, at nine, à 8: the word in front or behind makes an hour of a number."""
    hour, *minutes = [sense for sense in found.senses if sense.kind == "number"]
    minute = minutes[0].number if minutes else 0
    if (found.has("at") or found.has("at_spoken")) and len(found.senses) == 1 + 1 + len(minutes):
        # `à 8` is an hour, `à deux` is how many they are, and `A2` is a level.
        if found.tokens[0].text.isalpha() and found.tokens[1].glued:
            return None
        if found.has("at") and not hour.text:
            return None
    if minutes and not found.has("hour_mark") and not (hour.text and len(minutes[0].text) == 2):  # noqa: PLR2004
        return None
    if hour.number > _DAY // _HOUR or minute >= _HOUR or (hour.number == 24 and minute):  # noqa: PLR2004
        return (Impossible("clock"),)
    if hour.number == 24:  # noqa: PLR2004 - the end of the day
        return (Clock(24, exact=True),)
    return _clock(found, hour.number * _HOUR + minute, exact=hour.text.startswith("0"))


def _trailing(found: Found) -> Chunks | None:
    """Neuf heures et quart, 3 et demie, neuf heures moins dix."""
    hour, *minutes = found.all("number")
    offset = found.number("trail") - sum(minutes)
    return _near(found, hour, offset)


def _leading(found: Found) -> Chunks | None:
    """Half past three, quarter to nine, ten past six."""
    *minutes, hour = found.all("number")
    said = sum(minutes)
    if found.has("to") and found.text("number") and not found.has("minute_unit"):
        return None  # `ten to five` is a time; `9 to 5` is how long somebody works
    return _near(found, hour, found.number("lead") + (-said if found.has("to") else said))


def _near(found: Found, hour: int, offset: int) -> Chunks | None:
    if hour > _DAY // _HOUR or abs(offset) >= _HOUR:
        return None
    chunk: Chunk
    (chunk,) = _clock(found, hour * _HOUR + offset)
    if isinstance(chunk, Clock) and hour == 1 and chunk.hour == 0:
        # A quarter to one is after noon at school: 12:45.
        return (Clock(_TWELVE, chunk.minute, part=chunk.part),)
    return (chunk,)


def _around_word(found: Found) -> Chunks | None:
    """Ten to noon, half past midnight."""
    said = found.number("number")
    return _beside(found, found.number("lead", "trail") + (-said if found.has("to") else said))


def _word(found: Found) -> Chunks | None:
    """Noon, midnight, midi et demi, midi trente."""
    offset = found.number("trail", "number")
    if offset == 0 and found.text("clock_word") == "midnight":
        return (Clock(24, midnight=True, exact=True),)
    return _beside(found, offset)


def _twelve(found: Found) -> Chunks | None:
    """Make one hour of `12 noon`, `12 midnight`."""
    return (
        _word(replace(found, senses=found.senses[-1:]))
        if found.number("number") == _TWELVE
        else None
    )


def _beside(found: Found, offset: int) -> Chunks | None:
    if abs(offset) >= _HOUR:
        return None
    noon = found.text("clock_word") == "noon"
    return _clock(found, (_TWELVE * _HOUR if noon else 0) + offset, exact=True)
