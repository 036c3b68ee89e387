"""The rules for days: 27/11, friday 27 november, next tuesday, in 3 days, end of june."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.language.dates.calendar_days import real_day
from bot.language.dates.chunks import (
    Clock,
    Closing,
    Impossible,
    Lead,
    Moment,
    Part,
    Unnamed,
    Wait,
)
from bot.language.dates.day_specs import (
    FARTHEST_YEAR,
    MOST_WEEKDAYS,
    Feast,
    Fixed,
    InMonth,
    Monthly,
    OnWeekday,
    Shift,
    WeekdayOfMonth,
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
_YEARS: Final = (1900, 2099)
"""Four figures that may be a year: `friday 2000`."""
_HOUR: Final = 60
_NOON: Final = 12
_DAY: Final = 24
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600}


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
    rule("article? feast")(_feast)
    rule("(article|this)? dayname? article? (iso|numeric_date) dayname?")(_figures)
    rule("(iso_moment|instant)")(_moment)
    rule(
        "article? (number|ordinal) of? month of? (year|short_year)? dayname?",
        "(article|this)? dayname article? (number|ordinal) of? month of? (year|short_year)?",
        "article? dayname? article? month_first of? article? (number|ordinal) of? year? dayname?",
        "article? dayname? article? (number|ordinal) of? month part_of",
        "year month_first (number|ordinal) dayname?",
    )(_day_and_month)
    rule(
        "day_article number each_month?",
        "article ordinal each_month?",
        "(by|by_the|until|until_the|from|from_the) ordinal",
        "(by_the|until_the|from_the) number",
        "(article|this)? dayname article? (number|ordinal)",
        "(article|day_article)? (number|ordinal) of? next_month",
    )(_day_of_month)
    rule("ordinal")(_bare_ordinal)
    rule("article? weekday part_of?", "article? weekday_short part_of?")(_weekday)
    rule("(weekday|relative) at? year", "(weekday|relative) at? number meridiem_short")(_slangy)
    rule("this? next dayname", "article? dayname next")(_next_weekday)
    rule("this dayname", "article? dayname this_week")(_this_weekday)
    rule("last dayname", "article? dayname last")(_last_weekday)
    rule("article? dayname later_days")(_weekday_later)
    rule("(number|one) unit (from|by) article? dayname")(_weeks_from_weekday)
    rule("article? dayname of? next_week", "next_week by? article? dayname")(_weekday_next_week)
    rule(
        "article? (ordinal|last) dayname (of|in)? month of? year?",
        "article? (ordinal|last) dayname each_month",
    )(_weekday_of_month)
    rule("relative weekday? part_of?", "relative later_days")(_relative)
    rule("(number|one) unit from? relative")(_weeks_from_relative)
    rule("number? today_part")(_today_part)
    rule("in (number|large_number|one) unit", "(number|large_number|one) unit later")(_in_units)
    rule(
        "in (number|one) hour_unit trail",
        "in number trail hour_unit",
        "in number hour_unit number minute_unit?",
    )(_in_hours)
    rule("in (number|one) unit and? (number|one) unit")(_in_two_units)
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
    rule("range_from of? month of? year?")(_in_month("start", "since"))
    rule("range_to of? month of? year?")(_in_month("end", "to"))


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
    return _dated(day, month, year, weekday)


def _dated(day: int, month: int, year: int | None, weekday: int | None) -> Chunks:
    if year is not None:
        real = real_day(year, month, day) if year <= FARTHEST_YEAR else None
        return (Fixed(real, weekday),) if real else (Impossible(),)
    # 2024 is a leap year: 29 February exists, 30 February never.
    if real_day(2024, month, day) is None:
        return (Impossible(),)
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
    return (*_dated(day, month, said, found.maybe("dayname")), *_part(found))


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
        return (*leads, Impossible())
    months = 1 if found.has("next_month") else None
    return (*leads, Monthly(number.number, weekday, months))


def _bare_ordinal(found: Found) -> Chunks | None:
    """`27th`, where an ordinal in figures is not something else."""
    ordinal = found.sense("ordinal")
    if ordinal is None or not ordinal.text or not found.lexicon.bare_ordinals:
        return None
    return (Monthly(ordinal.number, slangy=True),) if 1 <= ordinal.number <= _LAST_DAY else None


def _feast(found: Found) -> Chunks | None:
    """Make a day of `12-25`, or of `12-25 12-24`: the name may mean either."""
    days = [Yearly(*map(int, day.split("-"))) for day in found.text("feast").split()]
    return (Feast(*days),)


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
        if is_year or hour >= _DAY or minute >= _HOUR or not found.lexicon.four_figure_hours:
            return None
        clock = Clock(hour, minute, exact=True, slangy=not at)
    day = found.maybe("weekday")
    return (Shift(found.number("relative")) if day is None else OnWeekday(day), clock)


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
    """Make a day of `a week on monday`, `two weeks from friday`."""
    days, months = _SHIFTS.get(found.text("unit"), (0, 0))
    if months or not days or days % 7:
        return None
    weeks = found.number("number", "one") * days // 7
    return (OnWeekday(found.number("dayname"), "coming", weeks),)


def _weekday_next_week(found: Found) -> Chunks | None:
    return (OnWeekday(found.number("dayname"), "week", 1),)


def _relative(found: Found) -> Chunks | None:
    days = found.number("relative") + found.number("later_days")
    return (Shift(days, weekday=found.maybe("weekday")), *_part(found))


def _weekday_of_month(found: Found) -> Chunks | None:
    """Make a day of `the first monday of december`, `last friday of the month`."""
    which = found.number("ordinal") if found.has("ordinal") else -1
    year = found.maybe("year")
    if which > MOST_WEEKDAYS or (year is not None and not 1 <= year <= FARTHEST_YEAR):
        return None
    return (WeekdayOfMonth(which, found.number("dayname"), found.maybe("month"), year),)


def _weeks_from_relative(found: Found) -> Chunks | None:
    """Make a day of `a week tomorrow`, `two weeks from today`."""
    days, months = _SHIFTS.get(found.text("unit"), (0, 0))
    if months or not days or days % 7:
        return None
    return (Shift(found.number("number", "one") * days + found.number("relative")),)


def _today_part(found: Found) -> Chunks | None:
    """Make `tonight` of `tonight`, and `8 tonight` of that."""
    part = (Shift(0), Part(found.text("today_part")))
    return (Clock(found.number("number")), *part) if found.has("number") else part


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


def _in_two_units(found: Found) -> Chunks | None:
    """Make a wait of `in 1 day 2 hours`, from the larger unit to the smaller one."""
    lengths = [_seconds(sense.text) for sense in found.senses if sense.kind == "unit"]
    if not all(lengths) or lengths[0] <= lengths[1]:
        return None
    counts = found.all("number", "one")
    seconds = sum(count * length for count, length in zip(counts, lengths, strict=True))
    return (Wait(timedelta(seconds=seconds)),)


def _seconds(unit: str) -> int:
    """Give the seconds of a unit, 0 for those whose length differs."""
    days, months = _SHIFTS.get(unit, (0, 0))
    return _SECONDS.get(unit, 0 if months else days * 24 * 60 * 60)


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
            return (Impossible(),)
        day = InMonth(edge, found.number("month"), year)
        return (Lead(lead), day) if lead else (day,)

    return make
