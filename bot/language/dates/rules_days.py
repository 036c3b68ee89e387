"""The rules for days: 27/11, friday 27 november, next tuesday, in 3 days, end of june."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.language.dates.calendar_days import real_day
from bot.language.dates.chunks import Impossible, Lead, Moment, Part, Unnamed, Wait
from bot.language.dates.day_specs import (
    FARTHEST_YEAR,
    Fixed,
    InMonth,
    Monthly,
    OnWeekday,
    Shift,
    WholeWeek,
    Yearly,
)
from bot.language.dates.matching import Chunks, Found, Grammar, Maker

_LAST_DAY: Final = 31
_LAST_MONTH: Final = 12
_CENTURY: Final = 100
_TWO_FIGURE_YEARS_FROM: Final = 2000
_FARTHEST_TWO_FIGURES: Final = 60
_SHIFTS: Final = {
    "day": (1, 0),
    "week": (7, 0),
    "fortnight": (14, 0),
    "month": (0, 1),
    "year": (0, 12),
}
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600}


def add_day_rules(grammar: Grammar) -> None:
    """Enter all the rules of this module."""
    rule = grammar.rule
    rule("(by|by_the|at)")(lambda _: (Lead("by"),))
    rule("(until|until_the)")(lambda _: (Lead("until"),))
    rule("(from|from_the)")(lambda _: (Lead("from"),))
    rule("article? dayname? article? (iso|numeric_date) dayname?")(_figures)
    rule("(iso_moment|instant)")(_moment)
    rule(
        "article? dayname? article? (number|ordinal) of? month of? (year|short_year)? dayname?",
        "article? dayname? article? month_first of? article? (number|ordinal) of? year? dayname?",
        "article? dayname? article? (number|ordinal) of? month part_of",
        "year month_first (number|ordinal) dayname?",
    )(_day_and_month)
    rule(
        "day_article number each_month?",
        "article ordinal each_month?",
        "(by|by_the|until|until_the|from|from_the) ordinal",
        "(by_the|until_the|from_the) number",
        "article? dayname article? (number|ordinal)",
    )(_day_of_month)
    rule("article? weekday part_of?", "article? weekday_short part_of?")(_weekday)
    rule("this? next dayname", "article? dayname next")(_next_weekday)
    rule("this dayname", "article? dayname this_week")(_this_weekday)
    rule("last dayname", "article? dayname last")(_last_weekday)
    rule("article? dayname later_days")(_weekday_later)
    rule("(number|one) unit (from|by) article? dayname")(_weeks_from_weekday)
    rule("article? dayname of? next_week", "next_week by? article? dayname")(_weekday_next_week)
    rule("relative part_of?", "relative later_days")(_relative)
    rule("today_part")(_today_part)
    rule("in (number|large_number|one) unit", "(number|large_number|one) unit later")(_in_units)
    rule("in (number|one) hour_unit trail", "in number hour_unit number minute_unit?")(_in_hours)
    rule("in span_words", "span_words later")(_in_span_words)
    rule("number unit")(_bare_units)
    rule("number hour_unit number")(_bare_hours_and_minutes)
    rule("next_week")(lambda _: (WholeWeek(1),))
    rule(
        "(next_month|this_week|this_month|next_year|this_year)",
        "month year?",
        "(this|next|article)? vague",
        "vague of? month",
        "vague next",
    )(lambda _: (Unnamed(),))
    rule("end_of month of? year?")(_in_month("end"))
    rule("middle_of month of? year?")(_in_month("middle"))
    rule("month_end")(lambda found: (InMonth("end", months=found.number("month_end")),))
    rule("(until|until_the) of? month of? year?")(_in_month("end", "until"))
    rule("(from|from_the) of? month of? year?")(_in_month("start", "from"))


def _figures(found: Found) -> Chunks | None:
    """27/11, 27.11.2026, 2026-11-27: in the order of the language, year first if it has four.

    With a slash or a dash, a second number above 12 shows that the month came first.
    """
    text = found.text("iso", "numeric_date")
    weekday = found.maybe("dayname")
    sign = "-" if found.has("iso") else next(sign for sign in "./-" if sign in text)
    figures = text.split(sign)
    year: int | None = None
    if len(figures[0]) == 4:  # noqa: PLR2004 - a year has four figures
        if len(figures) != 3:  # noqa: PLR2004 - year, month, day
            return None
        year, month, day = map(int, figures)
    else:
        first, second = int(figures[0]), int(figures[1])
        monthly_first = found.lexicon.numeric_order.index("m") < found.lexicon.numeric_order.index(
            "d"
        )
        day, month = (second, first) if monthly_first else (first, second)
        if month > _LAST_MONTH >= day and sign != ".":
            day, month = month, day
        if len(figures) == 3:  # noqa: PLR2004 - day, month, year
            year = _year(int(figures[2]))
    return _dated(found.words, day, month, year, weekday)


def _dated(words: str, day: int, month: int, year: int | None, weekday: int | None) -> Chunks:
    if year is not None:
        real = real_day(year, month, day) if year <= FARTHEST_YEAR else None
        return (Fixed(real, weekday),) if real else (Impossible(words),)
    # 2024 is a leap year: 29 February exists, 30 February never.
    if real_day(2024, month, day) is None:
        return (Impossible(words),)
    return (Yearly(month, day, weekday),)


def _year(said: int) -> int:
    """Give the year that two figures mean: 26 is 2026, 68 is 1968 and so a date long past."""
    if said >= _CENTURY:
        return said
    far = said >= _FARTHEST_TWO_FIGURES
    return _TWO_FIGURE_YEARS_FROM - (_CENTURY if far else 0) + said


def _moment(found: Found) -> Chunks | None:
    return (Moment(found.text("iso_moment", "instant")),)


def _day_and_month(found: Found) -> Chunks | None:
    day = found.number("number", "ordinal")
    month = found.number("month", "month_first")
    if day == 1 and not found.has("ordinal") and not found.text("number"):
        return None  # `un mars` is a Mars
    year = found.maybe("year", "short_year")
    said = None if year is None else _year(year)
    return (*_dated(found.words, day, month, said, found.maybe("dayname")), *_part(found))


def _day_of_month(found: Found) -> Chunks | None:
    """`le 27`, `the 27th`, `friday 27`: a figure is needed, `the second` is no date."""
    number = found.sense("number", "ordinal")
    weekday = found.maybe("dayname")
    if number is None or not number.text:
        return None
    lead = next((kind for kind in ("by", "until", "from") if found.has(kind)), "")
    lead = lead or next((kind for kind in ("by", "until", "from") if found.has(f"{kind}_the")), "")
    leads = (Lead(lead),) if lead else ()
    if not 1 <= number.number <= _LAST_DAY:
        return (*leads, Impossible(found.words))
    return (*leads, Monthly(number.number, weekday))


def _weekday(found: Found) -> Chunks | None:
    number = found.number("weekday", "weekday_short")
    return (OnWeekday(number, weak=found.has("weekday_short")), *_part(found))


def _part(found: Found) -> Chunks:
    return (Part(found.text("part_of")),) if found.has("part_of") else ()


def _next_weekday(found: Found) -> Chunks | None:
    which = "next" if found.lexicon.next_weekday == "following" else "coming"
    return (OnWeekday(found.number("dayname"), which),)


def _this_weekday(found: Found) -> Chunks | None:
    if found.has("this_week"):
        return (OnWeekday(found.number("dayname"), "week", 0),)
    return (OnWeekday(found.number("dayname"), "this"),)


def _last_weekday(found: Found) -> Chunks | None:
    return (OnWeekday(found.number("dayname"), "last"),)


def _weekday_later(found: Found) -> Chunks | None:
    weeks = found.number("later_days") // 7
    return (OnWeekday(found.number("dayname"), "coming", weeks),)


def _weeks_from_weekday(found: Found) -> Chunks | None:
    """`a week on monday`, `two weeks from friday`."""
    days, months = _SHIFTS.get(found.text("unit"), (0, 0))
    if months or not days or days % 7:
        return None
    weeks = found.number("number", "one") * days // 7
    return (OnWeekday(found.number("dayname"), "coming", weeks),)


def _weekday_next_week(found: Found) -> Chunks | None:
    return (OnWeekday(found.number("dayname"), "week", 1),)


def _relative(found: Found) -> Chunks | None:
    days = found.number("relative") + found.number("later_days")
    return (Shift(days), *_part(found))


def _today_part(found: Found) -> Chunks | None:
    return (Shift(0), Part(found.text("today_part")))


def _in_units(found: Found) -> Chunks | None:
    """`in 3 days`, `dans 2 semaines`, `in 2 hours`, `3 days from now`."""
    count = found.number("number", "large_number", "one")
    unit = found.text("unit")
    if unit in _SECONDS:
        return (Wait(timedelta(seconds=count * _SECONDS[unit]), unit),)
    days, months = _SHIFTS[unit]
    also = found.lexicon.idiom_days.get(count) if unit == "day" else None
    return (Shift(count * days, count * months, also),)


def _in_hours(found: Found) -> Chunks | None:
    hours, *minutes = found.all("number", "one")
    return (Wait(timedelta(hours=hours, minutes=sum(minutes) + found.number("trail"))),)


def _in_span_words(found: Found) -> Chunks | None:
    return (Wait(timedelta(minutes=found.number("span_words"))),)


def _bare_units(found: Found) -> Chunks | None:
    """`2j`, `3d`, `2h`, written in one: that long from now. Hours from 7 on are clock times."""
    _, unit = found.tokens
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


def _in_month(edge: str, lead: str = "") -> Maker:
    """Make the function for an edge of a named month, perhaps with a lead in front."""

    def make(found: Found) -> Chunks:
        year = found.maybe("year")
        if year is not None and not 1 <= year <= FARTHEST_YEAR:
            return (Impossible(found.words),)
        day = InMonth(edge, found.number("month"), year)
        return (Lead(lead), day) if lead else (day,)

    return make
