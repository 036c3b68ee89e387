"""The rules for clock times and parts of the day: 18h30, half past three, in the evening."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.language.dates.chunks import Chunk, Clock, Impossible, Lead, Part
from bot.language.dates.lexicon import Sense
from bot.language.dates.matching import Chunks, Found, Grammar

_HOUR: Final = 60
_DAY: Final = 24 * _HOUR
_TWELVE: Final = 12
_PART: Final = "(meridiem|part_of)?"
_AT: Final = "(at|at_hour)?"
_AT_SPOKEN: Final = "(at|at_spoken|at_hour)"
_ENGLISH_HALVES: Final = frozenset(("am", "pm", "a", "p"))
"""am and pm, as the first piece of how they are written."""
_LEADS: Final = ("by", "until", "by_the", "until_the")


def add_hour_rules(grammar: Grammar) -> None:
    """Enter all the rules of this module."""
    rule = grammar.rule
    rule(f"{_AT} clock hour_mark? {_PART}", f"{_AT} dotted_clock hour_mark? {_PART}")(_figures)
    rule(
        f"{_AT} number hour_mark {_PART}",
        f"{_AT} number hour_mark number minute_unit? {_PART}",
        f"{_AT} number (meridiem|part_of)",
        "at_spoken number (meridiem|part_of)",
        f"{_AT_SPOKEN} number",
        f"{_AT_SPOKEN} number number",
        f"at_hour number number? {_PART}",
    )(_hour_and_minute)
    rule("at_hour year")(_four_figures)
    rule(f"{_AT} ordinal hour_mark {_PART}", f"at_hour ordinal {_PART}")(_ordinal_hour)
    rule("(part|part_of|meridiem) at_hour? number trail?")(_part_first)
    rule(
        f"{_AT_SPOKEN}? hour_word hour_mark? {_PART}",
        f"({'|'.join(_LEADS)}) hour_word hour_mark? {_PART}",
        f"{_AT_SPOKEN}? hour_word number minute_unit? {_PART}",
    )(_hour_word)
    rule(
        f"{_AT} number hour_mark? trail {_PART}",
        f"at_spoken number trail {_PART}",
        f"{_AT_SPOKEN}? hour_word trail {_PART}",
        f"{_AT} number hour_mark (minus|plus) number {_PART}",
        f"({_AT_SPOKEN[1:-1]}|article) number (minus|plus) number minute_unit? {_PART}",
        f"{_AT_SPOKEN}? hour_word (minus|plus) number minute_unit? {_PART}",
        f"{_AT} (number|ordinal) hour_case trail {_PART}",
        f"{_AT} (number|ordinal) hour_case (minus|plus) number minute_unit? {_PART}",
    )(_trailing)
    rule(
        f"{_AT} (number|ordinal) hour_case? number minute_unit? (to_after|past_after)",
        f"{_AT} hour_word number minute_unit? (to_after|past_after)",
    )(_minutes_behind)
    rule(
        f"{_AT_SPOKEN}? lead (number|hour_word) hour_mark? {_PART}",
        f"{_AT_SPOKEN}? number minute_unit? (past|to) (number|hour_word) hour_mark? {_PART}",
        f"{_AT_SPOKEN}? number minute_unit? (past|to) lead (number|hour_word) {_PART}",
        f"(in|to_lead) number minute_unit? hour_word {_PART}",
        f"to_lead number minute_unit? number {_PART}",
        f"(in|to_lead) span_words hour_word {_PART}",
        f"to_lead span_words number {_PART}",
    )(_leading)
    rule(f"{_AT_SPOKEN}? (lead|trail) clock_word", "at? number (past|to) clock_word")(_around_word)
    rule(f"{_AT_SPOKEN}? number clock_word")(_twelve)
    rule(
        f"{_AT_SPOKEN}? article? clock_word",
        f"{_AT_SPOKEN}? clock_word trail",
        f"{_AT_SPOKEN}? clock_word number",
    )(_word)
    rule(
        "number hour_case? (until_after|by_after)",
        "hour_word (until_after|by_after)",
    )(_hour_led_behind)
    rule("article? part", "article part_named")(
        lambda found: (Part(found.text("part", "part_named")),)
    )


def _clock(found: Found, minutes: int, *, exact: bool = False) -> Chunks:
    """Make a clock time of minutes since midnight, which may go round the day."""
    part = found.text("meridiem", "part_of", "part") or None
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
    if _contradicts(found, hour):
        return (Impossible("clock"),)
    if sense.number == _DAY:
        return (Clock(24, exact=True),)
    part = found.text("meridiem", "part_of") or None
    return (Clock(hour, minute, exact=sense.text.startswith("0"), part=part),)


def _hour_and_minute(found: Found) -> Chunks | None:
    """18h, 18 h 30, 6pm, at nine, à 8: the word in front or behind makes an hour of a number."""
    hour, *minutes = [sense for sense in found.senses if sense.kind == "number"]
    minute = minutes[0].number if minutes else 0
    if not _is_said_as_hour(found, hour, minutes):
        return None
    if hour.number > _DAY // _HOUR or minute >= _HOUR or (hour.number == 24 and minute):  # noqa: PLR2004
        return (Impossible("clock"),)
    if _contradicts(found, hour.number):
        return (Impossible("clock"),)
    if hour.number == 24:  # noqa: PLR2004 - the end of the day
        return (Clock(24, exact=True),)
    return _clock(found, hour.number * _HOUR + minute, exact=hour.text.startswith("0"))


def _contradicts(found: Found, hour: int) -> bool:
    """Say whether it is `13pm`. In Greek 18:00 το απόγευμα is as people say it."""
    english = found.has("meridiem") and any(one.text in _ENGLISH_HALVES for one in found.tokens)
    return english and hour > _TWELVE


def _is_said_as_hour(found: Found, hour: Sense, minutes: Sequence[Sense]) -> bool:
    """Say whether the words make hours and minutes of the numbers."""
    led = found.sense("at", "at_spoken", "at_hour")
    if led and len(found.senses) == 1 + 1 + len(minutes):
        # `à 8` is an hour, `à deux` is how many they are, and `A2` is a level.
        glued = found.tokens[0].text.isalpha() and found.tokens[1].glued
        if (glued and led.kind != "at_hour") or (led.kind == "at" and not hour.text):
            return False
    if not minutes:
        return True
    spelled = bool(hour.text and not minutes[0].text and not found.has("hour_mark"))
    return not spelled and (found.has("minute_unit") or _is_minutes(minutes[0]))


def _is_minutes(minute: Sense) -> bool:
    """Say whether `at 9 30`, `nine thirty` is an hour; Turkish `5'te 1` is a fifth."""
    if minute.text:
        return len(minute.text) == 2  # noqa: PLR2004 - two figures
    return minute.number >= _FEWEST_MINUTES


_FEWEST_MINUTES: Final = 5


def _four_figures(found: Found) -> Chunks | None:
    """`kl 1800`, behind a word that is used for hours alone."""
    hour, minute = divmod(found.number("year"), 100)
    return (Clock(hour, minute, exact=True),) if hour < 24 and minute < _HOUR else None  # noqa: PLR2004


def _ordinal_hour(found: Found) -> Chunks | None:
    """`o 17. hodine`: the 17th hour is 17:00."""
    ordinal = found.sense("ordinal")
    if ordinal is None or not 0 <= ordinal.number <= _DAY // _HOUR:
        return None
    if ordinal.number == 24:  # noqa: PLR2004 - the end of the day
        return (Clock(24, exact=True),)
    return _clock(found, ordinal.number * _HOUR, exact=ordinal.text.startswith("0"))


def _part_first(found: Found) -> Chunks | None:
    """`este 6`, `akşam 8 buçuk`: the part of the day in front makes an hour of a number."""
    hour = found.number("number")
    if not found.lexicon.habits.part_before_hour or hour >= _DAY // _HOUR:
        return None
    return _clock(found, hour * _HOUR + found.number("trail"))


def _hour_word(found: Found) -> Chunks | None:
    """`o ósmej`, `do ósmej`, `ósma trzydzieści`; alone it may be the eighth of anything."""
    minute = found.number("number")
    word = found.number("hour_word")
    number = found.sense("number")
    if number and (minute >= _HOUR or word % _HOUR):
        return None
    if number and not found.has("minute_unit") and not _is_minutes(number):
        return None
    if word >= _DAY:
        return (Clock(24, exact=True),)
    lead = next((kind for kind in _LEADS if found.has(kind)), "")
    (clock,) = _clock(found, word + minute)
    if isinstance(clock, Clock) and len(found.senses) == 1:
        if not found.lexicon.habits.bare_hour_words:
            return None  # `druga środa` is the second Wednesday
        clock = replace(clock, weak=True)
    return (Lead(lead.removesuffix("_the")), clock) if lead else (clock,)


def _hour_led_behind(found: Found) -> Chunks | None:
    """`18-ig`, `18'e kadar`: an hour, as the word behind it says."""
    hour = found.sense("number", "hour_word")
    after = found.senses[-1].kind.removesuffix("_after")
    if hour is None:
        return None
    minutes = hour.number if hour.kind == "hour_word" else hour.number * _HOUR
    if minutes > _DAY or (hour.kind == "number" and not hour.text):
        return None
    clock = _clock(found, minutes, exact=hour.text.startswith("0"))
    return (Lead(after), *(clock if minutes < _DAY else (Clock(24, exact=True),)))


def _trailing(found: Found) -> Chunks | None:
    """Neuf heures et quart, 3 et demie, neuf heures moins dix, στις 6 και 10."""
    hour, minutes = _hour_then_minutes(found)
    return _near(found, hour, found.number("trail") + (-minutes if found.has("minus") else minutes))


def _minutes_behind(found: Found) -> Chunks | None:
    """`6'ya 10 kala`: ten to six."""
    hour, minutes = _hour_then_minutes(found)
    return _near(found, hour, -minutes if found.has("to_after") else minutes)


def _hour_then_minutes(found: Found) -> tuple[int, int]:
    """Give the minutes since midnight of the hour said first, and the minutes said then."""
    hour = found.sense("hour_word", "ordinal") or found.sense("number")
    if hour is None:
        return _DAY + _HOUR, 0
    minutes = sum(s.number for s in found.senses if s.kind == "number" and s is not hour)
    return hour.number * (1 if hour.kind == "hour_word" else _HOUR), minutes


def _leading(found: Found) -> Chunks | None:
    """Half past three, quarter to nine, ten past six, za pięć ósma, tien voor half vier."""
    hour = found.sense("hour_word")
    *minutes, said = found.all("number") or [0]
    if hour is not None:
        minutes, said = [*minutes, said], 0
    offset = sum(minutes) + found.number("span_words")
    bare = found.text("number") and not (found.has("minute_unit") or found.has("lead") or hour)
    if bare and found.has("to") and not found.lexicon.habits.figures_to:
        return None  # `ten to five` is a time; `9 to 5` is how long somebody works
    if found.has("to") or found.has("to_lead") or found.has("in"):
        offset = -offset
    start = hour.number if hour is not None else said * _HOUR
    return _near(found, start, found.number("lead") + offset)


def _near(found: Found, hour: int, offset: int) -> Chunks | None:
    if hour > _DAY or abs(offset) >= _HOUR:
        return None
    chunk: Chunk
    (chunk,) = _clock(found, hour + offset)
    if isinstance(chunk, Clock) and hour // _HOUR == 1 and chunk.hour == 0:
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
