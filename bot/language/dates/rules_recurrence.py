"""The rules for what comes again: every monday, tous les jours, le 1er de chaque mois."""

from __future__ import annotations

from typing import Final

from bot.language.dates.chunks import Every, Impossible, Part, Unnamed
from bot.language.dates.day_specs import MOST_WEEKDAYS, OnWeekdays
from bot.language.dates.matching import Chunks, Found, Grammar

_WORKDAYS: Final = frozenset(range(5))
_THURSDAY, _SATURDAY, _SUNDAY = 3, 5, 6
_SCHOOL_WEEK: Final = (0, 4)
_MORE_DAYS: Final = " and? dayname"
_MOST_DAYS: Final = 5
_UNITS: Final = {
    "day": ("day", 1),
    "week": ("week", 1),
    "fortnight": ("week", 2),
    "month": ("month", 1),
    "year": ("year", 1),
}
_LONGEST_INTERVAL: Final = 366
_LONGEST_MONTH: Final = 31


def add_recurrence_rules(grammar: Grammar) -> None:
    """Enter all the rules of this module."""
    rule = grammar.rule
    lists = [_MORE_DAYS * more for more in range(_MOST_DAYS)]
    rule(
        *(f"every article? dayname{more}" for more in lists),
        *(f"article? weekdays{more}" for more in lists),
        *(
            f"article? dayname{' and? article? dayname' * more} and article? weekdays"
            for more in range(_MOST_DAYS - 1)
        ),
    )(_weekdays)
    rule(
        *(
            f"article? dayname{' and? article? dayname' * more} and article? dayname"
            for more in range(_MOST_DAYS - 1)
        ),
        "article? weekdays",
    )(_several_weekdays)
    rule("every? article? workdays")(lambda _: (Every("week", 1, _WORKDAYS),))
    rule(
        "(range_from|every)? dayname range_to dayname",
        "every unit range_from? dayname range_to dayname",
        "dayname from_after dayname until_after",
    )(_range)
    rule(
        "every unit",
        "every (number|ordinal) unit",
        "number unit alternate",
        "frequency",
        "every units",
        "every? number unit every_after",
        "(unit|units) every_after",
    )(_units)
    rule("every unit of? article? unit")(_day_of_the_week)
    rule("number dayname alternate")(_alternate_weekday)
    rule(
        "every (nth|ordinal|last) dayname (each_month|this_month)",
        "article? (nth|ordinal|last) dayname of? every number? unit",
        "article? every number? unit of? (nth|ordinal|last) dayname",
        "every each_month (nth|ordinal|last) dayname",
        "every dayname (each_month|this_month)",
        "every article? dayname article? (ordinal|last) (each_month|this_month)",
        "article? dayname article? (ordinal|last) of? every number? unit",
        "every dayname of? every unit",
    )(_weekday_of_each_month)
    rule("every part", "every part_named")(
        lambda found: (Every("day"), Part(found.text("part", "part_named")))
    )
    rule("every article? dayname part_joined", "article? weekdays part_joined")(
        lambda found: (*(_weekdays(found) or ()), Part(found.text("part_joined")))
    )
    rule("every vague", "vague weekdays")(lambda _: (Unnamed(),))
    rule(
        "article? (ordinal|last) unit of? every number? unit",
        "every number? unit of? (article|day_article)? (ordinal|last) unit",
        "every (ordinal|last) unit each_month",
        "end_of every number? unit",
    )(_named_month_day)
    rule(
        "article? (number|ordinal) of? every number? unit",
        "every (number|ordinal) (each_month|this_month)",
        "every number? unit of? (article|day_article)? (number|ordinal)",
        "every each_month (number|ordinal)",
    )(_month_day)


def _weekdays(found: Found) -> Chunks | None:
    interval = found.number("every") or 1
    return (Every("week", interval, frozenset(found.all("weekdays", "dayname"))),)


def _several_weekdays(found: Found) -> Chunks | None:
    names = [sense for sense in found.senses if sense.kind in {"dayname", "weekdays"}]
    weak = all(sense.text == "weak" for sense in names)
    return (OnWeekdays(frozenset(sense.number for sense in names), weak),)


def _range(found: Found) -> Chunks | None:
    """Monday to friday: from the first day to the last within one week."""
    first, last = found.all("dayname")
    again = any(s.kind in {"every", "unit"} for s in found.senses)
    once = (found.has("range_from") or found.has("from_after")) and not again
    is_school_week = (first, last) == _SCHOOL_WEEK or first == _SUNDAY
    is_nearly_one = first == 0 and last >= _THURSDAY
    if once and not (is_school_week or is_nearly_one):
        return None  # from monday to wednesday: a span of days, not of every week
    if found.text("unit") not in {"", "day"} or found.number("every") > 1:
        return None
    if first == _SUNDAY and last < _SATURDAY:  # the school week of Amman and Cairo
        return (Every("week", 1, frozenset((first, *range(last + 1)))),)
    if first >= last:
        return None
    only_with_hour = once and not is_school_week
    days = frozenset(range(first, last + 1))
    return (Every("week", 1, days, only_with_hour=only_with_hour),)


def _units(found: Found) -> Chunks | None:
    """Every day, every 2 weeks, toutes les deux semaines, une semaine sur deux, monthly."""
    held, _, unit = found.text("units", "frequency").rpartition(" ")
    unit = unit or found.text("unit")
    interval = (found.number("every") or 1) * (found.number("alternate") or 1)
    interval *= int(held or 1)
    if found.has("ordinal"):  # hver 2. uge; `every first week` is none of this
        interval = found.number("ordinal") if found.number("ordinal") > 1 else 0
    elif found.has("number") and not found.has("alternate"):
        interval *= found.number("number")
    elif found.has("alternate") and found.number("number") != 1:
        return None
    if not 1 <= interval <= _LONGEST_INTERVAL:
        return (Impossible(),)
    if unit not in _UNITS or (unit == "year" and interval > 1):
        return None  # a rule of several years has no words of its own
    name, factor = _UNITS[unit]
    meant = (found.lexicon.habits.idiom_days or {}).get(interval) if unit == "day" else None
    if meant:  # tous les quinze jours
        return (Every("week", meant // 7),)
    return (Every(name, interval * factor),)


def _day_of_the_week(found: Found) -> Chunks | None:
    """`every day of the week`, `chaque jour de la semaine`."""
    units = [sense.text for sense in found.senses if sense.kind == "unit"]
    if units != ["day", "week"] or found.number("every") > 1:
        return None
    return (Every("day"),)


def _alternate_weekday(found: Found) -> Chunks | None:
    """Un lundi sur deux."""
    if found.number("number") != 1:
        return None
    return (Every("week", found.number("alternate"), frozenset({found.number("dayname")})),)


def _month_day(found: Found) -> Chunks | None:
    day, *counts = found.all("number", "ordinal")
    if found.senses[0].kind == "every" and counts:  # every 2 months on the 1st
        day, counts = counts[-1], [day]
    if found.has("unit") and found.text("unit") != "month":
        return None
    if not 1 <= day <= _LONGEST_MONTH:
        return (Impossible(),)
    interval = (found.number("every") or 1) * sum(counts or (1,))
    return _monthly(Every("month", interval, month_day=day))


def _named_month_day(found: Found) -> Chunks | None:
    """Make a rule of `the last day of every month`, `le premier jour de chaque mois`."""
    units = sorted(sense.text for sense in found.senses if sense.kind == "unit")
    wanted = ["month"] if found.has("end_of") else ["day", "month"]
    if found.has("each_month"):
        wanted = ["day"]
    if units != wanted:
        return None
    day = found.number("ordinal") if found.has("ordinal") else _LONGEST_MONTH
    if not 1 <= day <= _LONGEST_MONTH:
        return None
    interval = (found.number("every") or 1) * (found.number("number") or 1)
    return _monthly(Every("month", interval, month_day=day))


def _weekday_of_each_month(found: Found) -> Chunks | None:
    """Make a rule of `the first monday of every month`."""
    if found.sense("nth", "ordinal", "last") is None:
        # `jeden zweiten Montag im Monat`: the second one of each month.
        count = found.number("every")
        if not 1 < count <= MOST_WEEKDAYS or found.text("unit") not in {"", "month"}:
            return None
        return (Every("month", 1, frozenset({found.number("dayname")}), position=count),)
    position = found.number("nth", "ordinal") if found.sense("nth", "ordinal") else -1
    if position > MOST_WEEKDAYS or (found.has("unit") and found.text("unit") != "month"):
        return None
    interval = (found.number("every") or 1) * (found.number("number") or 1)
    weekdays = frozenset({found.number("dayname")})
    return _monthly(Every("month", interval, weekdays, position=position))


def _monthly(every: Every) -> Chunks:
    return (every,) if 1 <= every.interval <= _LONGEST_INTERVAL else (Impossible(),)
