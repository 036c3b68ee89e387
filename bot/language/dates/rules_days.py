"""The rules for days: friday, next tuesday, tomorrow, monday week; and what stands around them."""

from __future__ import annotations

from typing import Final

from bot.language.dates.chunks import Clock, Closing, Lead, Part
from bot.language.dates.day_specs import Monthly, OnWeekday, Shift, WholeWeek
from bot.language.dates.matching import Chunks, Found, Grammar
from bot.language.dates.rules_dates import part_behind
from bot.language.dates.rules_waits import SHIFTS, counted

_YEARS: Final = (1900, 2099)
"""Four figures that may be a year: `friday 2000`."""
_HOUR: Final = 60
_NOON: Final = 12
_DAY: Final = 24
_WEEK: Final = 7
_LONGEST_MONTH: Final = 31
_BETWEEN: Final = "(by|by_the|article|of)?"


def add_day_rules(grammar: Grammar) -> None:
    """Enter all the rules of this module."""
    rule = grammar.rule
    rule("(by|by_the|at|opening)")(lambda _: (Lead("by"),))
    rule("(until|until_the)")(lambda _: (Lead("until"),))
    rule("(from|from_the)")(lambda _: (Lead("from"),))
    rule("range_from")(lambda _: (Lead("since"),))
    rule("range_to")(lambda _: (Lead("to"),))
    rule("closing")(lambda _: (Closing(),))
    rule("exactly")(lambda _: (Closing(("clock",)),))
    rule(
        "article? weekday (part_of|part_joined)?",
        "article? weekday_short (part_of|part_joined)?",
        "(by|by_the|until|until_the|from|from_the) weekday_short",
    )(_weekday)
    rule("weekday_short (until_after|by_after|from_after)")(_short_weekday_led_behind)
    rule("(by|until) number")(_short_weekday_or_hour)
    rule("(weekday|weekday_short|relative) (by|until) number")(_day_and_hour)
    rule("(weekday|weekday_short) (by|until) number")(_weekday_and_number)
    rule("(weekday|relative) at? year", "(weekday|relative) at? number meridiem_short")(_slangy)
    rule("this? next dayname", "article next dayname", "article? dayname next")(_next_weekday)
    rule("this dayname", "article? dayname this", "article? dayname of? this_week",
         f"this_week {_BETWEEN} dayname")(_this_weekday)  # fmt: skip
    rule("last dayname", "article? dayname last")(_last_weekday)
    rule("article? dayname later_days", f"article? later_days {_BETWEEN} dayname")(_weekday_later)
    rule("(number|one) unit (from|by) article? dayname", "article? dayname in (number|one) unit",
         "article? dayname in units", f"in (number|one) unit {_BETWEEN} dayname",
         f"in units {_BETWEEN} dayname")(_weeks_from_weekday)  # fmt: skip
    rule(f"article? dayname {_BETWEEN} next_week", f"next_week {_BETWEEN} dayname")(
        _weekday_next_week
    )
    rule("relative weekday? (part_of|part_joined)?", "relative later_days", "next_week relative")(
        _relative
    )
    rule("(number|one) unit (from|by)? relative", "units (from|by)? relative",
         "relative in (number|one) unit", "relative in units")(_weeks_from_relative)  # fmt: skip
    rule("number? today_part", "today_part number")(_today_part)
    rule("next_week")(lambda found: (WholeWeek(found.number("next_week") or 1),))


def _slangy(found: Found) -> Chunks | None:
    """`friday 1800`, `tomorrow 6p`: an hour only behind a day, and no year."""
    number = found.sense("number", "year")
    if number is None or not number.text:
        return None
    at = found.has("at")
    if number.kind == "number":
        if not found.tokens[-1].glued or not 1 <= number.number <= _NOON:
            return None
        clock = Clock(number.number, part="pm", slangy=not at)
    else:
        hour, minute = divmod(number.number, 100)
        is_year = _YEARS[0] <= number.number <= _YEARS[1] and not at
        if is_year or hour >= _DAY or minute >= _HOUR or not found.lexicon.habits.four_figure_hours:
            return None
        clock = Clock(hour, minute, exact=True, slangy=not at)
    day = found.maybe("weekday")
    return (Shift(found.number("relative")) if day is None else OnWeekday(day), clock)


def _weekday(found: Found) -> Chunks | None:
    number = found.number("weekday", "weekday_short")
    leads = [sense.kind.removesuffix("_the") for sense in found.senses[:1]]
    if leads[0] in ("by", "until", "from"):  # `do pá`: the word in front makes it a day
        strong = found.lexicon.habits.short_weekdays_after_lead
        return (Lead(leads[0]), OnWeekday(number)) if strong else None
    return (OnWeekday(number, weak=found.has("weekday_short")), *_part(found))


def _short_weekday_led_behind(found: Found) -> Chunks | None:
    """`pe mennessä`: the word behind makes a day of a short weekday, as one in front does."""
    if not found.lexicon.habits.short_weekdays_after_lead:
        return None
    lead = found.senses[-1].kind.removesuffix("_after")
    return (Lead(lead), OnWeekday(found.number("weekday_short")))


def _short_weekday_or_hour(found: Found) -> Chunks | None:
    """Croatian `do pet` is until Friday, or until five: a short weekday that is a number, too."""
    is_weekday = any(sense.kind == "weekday_short" for sense in found.tokens[-1].senses)
    if not (is_weekday and found.lexicon.habits.short_weekdays_after_lead):
        return None
    return (Lead(found.senses[0].kind), Clock(found.number("number")))


def _day_and_hour(found: Found) -> Chunks | None:
    """`na piątek na 8`, `do jutra do 20`: the hour has a mark of its own."""
    hour = found.number("number")
    if not _has_marked_number(found) or hour >= _DAY:
        return None
    day = found.maybe("weekday", "weekday_short")
    return (Shift(found.number("relative")) if day is None else OnWeekday(day), Clock(hour))


def _weekday_and_number(found: Found) -> Chunks | None:
    """`na piątek na 4`: the 4th, if that is a Friday."""
    day = found.number("number")
    if not _has_marked_number(found) or not 1 <= day <= _LONGEST_MONTH:
        return None
    return (Monthly(day, found.number("weekday", "weekday_short")),)


def _has_marked_number(found: Found) -> bool:
    return bool(found.text("number")) and found.lexicon.habits.hour_after_lead


def _part(found: Found) -> Chunks:
    return (Part(found.text("part_joined")),) if found.has("part_joined") else part_behind(found)


def _next_weekday(found: Found) -> Chunks | None:
    which = "next" if found.lexicon.habits.next_weekday == "following" else "coming"
    after_next = max(found.number("next") - 1, 0)  # `übernächsten Montag`
    return (OnWeekday(found.number("dayname"), which, after_next),)


def _this_weekday(found: Found) -> Chunks | None:
    if found.has("this_week"):
        return (OnWeekday(found.number("dayname"), "week", 0),)
    return (OnWeekday(found.number("dayname"), "this"),)


def _last_weekday(found: Found) -> Chunks | None:
    return (OnWeekday(found.number("dayname"), "last"),)


def _weekday_later(found: Found) -> Chunks | None:
    if _counts_back(found):
        return None
    weeks = found.number("later_days") // 7
    return (OnWeekday(found.number("dayname"), _coming_or_after(found), weeks),)


def _counts_back(found: Found) -> bool:
    """Say whether it is `a week before monday`, where `before` is a mark as well."""
    return any(sense.kind == "before" for token in found.tokens for sense in token.senses)


def _coming_or_after(found: Found) -> str:
    """Say where the weeks were said: behind the weekday, or in front as in `in 2 weeks on`."""
    return "after" if found.senses[-1].kind == "dayname" and not found.has("from") else "coming"


def _weeks_from_weekday(found: Found) -> Chunks | None:
    """Make a day of `a week on monday`, `two weeks from friday`, `Montag in zwei Wochen`."""
    days = _whole_weeks(found)
    if not days:
        return None
    return (OnWeekday(found.number("dayname"), _coming_or_after(found), days // _WEEK),)


def _whole_weeks(found: Found) -> int:
    """Give the days of `2 weeks`, `14 Tage`; nothing unless they are whole weeks after a day."""
    if _counts_back(found):
        return 0
    count, unit = counted(found)
    days, _ = SHIFTS.get(unit, (0, 0))
    said = count * days
    if unit == "day":
        said = (found.lexicon.habits.idiom_days or {}).get(count, said)
    return 0 if said % _WEEK else said


def _weekday_next_week(found: Found) -> Chunks | None:
    return (OnWeekday(found.number("dayname"), "week", found.number("next_week") or 1),)


def _relative(found: Found) -> Chunks | None:
    days = found.number("relative") + found.number("later_days")
    if found.has("next_week"):
        days += _WEEK * (found.number("next_week") or 1)
    return (Shift(days, weekday=found.maybe("weekday")), *_part(found))


def _weeks_from_relative(found: Found) -> Chunks | None:
    """Make a day of `a week tomorrow`, `two weeks from today`, `vandaag over een week`."""
    days = _whole_weeks(found)
    return (Shift(days + found.number("relative")),) if days else None


def _today_part(found: Found) -> Chunks | None:
    """Make `tonight` of `tonight`, and `8 tonight`, `tonight 8` of that."""
    part = (Shift(0), Part(found.text("today_part")))
    number = found.sense("number")
    if number is None:
        return part
    in_words_behind = not number.text and found.senses[-1] is number
    return None if in_words_behind else (Clock(number.number), *part)
