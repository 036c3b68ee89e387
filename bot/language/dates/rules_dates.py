"""The rules for dates: 27/11, friday 27 november, the 27th, end of june."""

from __future__ import annotations

import re
from typing import Final

from bot.language.dates.calendar_days import real_day
from bot.language.dates.chunks import Impossible, Lead, Moment, Part, Unnamed
from bot.language.dates.day_specs import (
    FARTHEST_YEAR,
    MOST_WEEKDAYS,
    Feast,
    Fixed,
    InMonth,
    InWeek,
    Monthly,
    WeekdayOfMonth,
    Yearly,
)
from bot.language.dates.matching import Chunks, Found, Grammar, Maker

_LAST_DAY: Final = 31
_MARKS: Final = ("by", "by_the", "until", "until_the", "from", "from_the")
_NO_PLACE_IN_A_RACE: Final = 10
_LAST_MONTH: Final = 12
_LAST_WEEK: Final = 53
_BETWEEN: Final = "(by|at|of|article)?"
_CENTURY: Final = 100
_TWO_FIGURE_YEARS_FROM: Final = 2000
_FARTHEST_TWO_FIGURES: Final = 60


def add_date_rules(grammar: Grammar) -> None:
    """Enter all the rules of this module."""
    rule = grammar.rule
    rule("article? feast")(_feast)
    rule("(article|this)? dayname? article? (iso|numeric_date) dayname?")(_figures)
    rule("dayname? numeric_date")(_day_first)
    rule("dayname? ordinal (ordinal|number) (year|short_year)? dayname?",
         "year (ordinal|number) (ordinal|number) dayname?")(_spaced_figures)  # fmt: skip
    rule("(iso_moment|instant)")(_moment)
    rule(
        "article? (number|ordinal) of? month of? (year|short_year)? dayname?",
        "(article|this)? dayname article? (number|ordinal) of? month of? (year|short_year)?",
        "article? dayname? article? month_first of? article? (number|ordinal) of? year? dayname?",
        "article? dayname? article? (number|ordinal) of? month part_of",
        "year article? month_first (number|ordinal) dayname?",
        "article? month (number|ordinal) day_mark",
        "dayname? year (number|ordinal) of? month dayname?",
    )(_day_and_month)
    rule(
        "day_article number each_month?",
        "article ordinal each_month?",
        "day_article ordinal each_month?",
        "(number|ordinal) day_mark each_month?",
        "day_noun (number|ordinal) each_month?",
        "(by|by_the|until|until_the|from|from_the) ordinal",
        "(by|until|from) article ordinal",
        "(by_the|until_the|from_the) number",
        "(article|this)? dayname (article|day_article)? (number|ordinal)",
        "(article|day_article)? (number|ordinal) of? next_month",
        "(each_month|this_month|next_month) article? (number|ordinal)",
        "ordinal (each_month|this_month)",
        "number each_month",
        "(number|ordinal) (until_after|by_after|from_after)",
    )(_day_of_month)
    rule("ordinal")(_bare_ordinal)
    rule(
        "in? (article|number|large_number|one)? unit before",
        "in? units before",
        "later_days before",
        "article? eve",
    )(_before)
    rule(
        "article? (nth|ordinal|last) dayname (of|in|by|by_the|at)? month of? year?",
        "article? (nth|ordinal|last) dayname each_month",
        "article? (each_month|this_month|next_month) (nth|ordinal|last) dayname",
        "article? (nth|ordinal|last) dayname (this_month|next_month)",
        "month (nth|ordinal|last) dayname",
        "last month dayname",
        "article? dayname article? (ordinal|last) each_month",
        "article? dayname article? (ordinal|last) of? month",
    )(_weekday_of_month)
    rule(
        "(next_month|this_week|this_month|next_year|this_year)",
        "month of? year?",
        "(this|next|article)? vague",
        "vague of? month",
        "month vague",
        "vague next",
    )(lambda _: (Unnamed(),))
    rule("end_of month of? year?", "article? month year? end_of", "year month end_of")(
        _in_month("end")
    )
    rule("middle_of month of? year?", "article? month year? middle_of")(_in_month("middle"))
    rule(
        "week_number number",
        f"article? dayname {_BETWEEN} week_number number",
        f"week_number number {_BETWEEN} dayname",
    )(_in_week)
    rule("month_end")(lambda found: (InMonth("end", months=found.number("month_end")),))
    rule("(until|until_the) of? month of? year?")(_in_month("end", "until"))
    rule("month year? until_after")(_in_month("end", "until"))
    rule("(from|from_the) of? month of? year?", "month year? from_after")(
        _in_month("start", "from")
    )
    rule("range_from of? month of? year?")(_in_month("start", "since"))
    rule("range_to of? month of? year?")(_in_month("end", "to"))


def _figures(found: Found) -> Chunks | None:
    """27/11, 27.11.2026, 2026-11-27: in the order of the language, year first if it has four.

    With a slash or a dash, a second number above 12 shows that the month came first.
    """
    text = found.text("iso", "numeric_date")
    weekday = found.maybe("dayname")
    sign = "-" if found.has("iso") else next(sign for sign in "./-" if sign in text)
    figures = re.split("[./-]", text)
    year: int | None = None
    if len(figures[0]) == 4:  # noqa: PLR2004 - a year has four figures
        if len(figures) != 3:  # noqa: PLR2004 - year, month, day
            return None
        year, month, day = map(int, figures)
    else:
        first, second = int(figures[0]), int(figures[1])
        # Where the year stands first, 1.2.2028 with its year last is written day first.
        year_last = len(figures) > 2 and found.lexicon.habits.numeric_order == "ymd"  # noqa: PLR2004
        monthly = _month_first(found) and not year_last
        day, month = (second, first) if monthly else (first, second)
        if month > _LAST_MONTH >= day and (sign != "." or _month_first(found)):
            day, month = month, day
        if len(figures) == 3:  # noqa: PLR2004 - day, month, year
            year = _year(int(figures[2]))
    return _dated(day, month, year, weekday)


def _day_first(found: Found) -> Chunks | None:
    """Give the other reading of 5.6. where the month stands first: others wrote it day first."""
    first, _, second = found.text("numeric_date").partition(".")
    if not (_month_first(found) and second.isdigit() and len(first) <= 2):  # noqa: PLR2004
        return None
    day, month = int(first), int(second)
    both = max(day, month) <= _LAST_MONTH and day != month
    return _dated(day, month, None, found.maybe("dayname")) if both else None


def _month_first(found: Found) -> bool:
    order = found.lexicon.habits.numeric_order
    return order.index("m") < order.index("d")


def _spaced_figures(found: Found) -> Chunks | None:
    """27. 11. 2026, 2026. 11. 27.: ordinals in figures, the day first or as the language does."""
    figures = [sense for sense in found.senses if sense.kind in ("number", "ordinal")]
    dotted = [sense.kind == "ordinal" for sense in figures]
    year_first = found.senses[0].kind == "year"
    if not all(sense.text for sense in figures) or not (dotted[0] or year_first):
        return None
    if len(found.tokens) > len(found.senses):
        return None  # `1. päivä, 1. huhtikuuta`
    first, second = (sense.number for sense in figures)
    year = found.maybe("year", "short_year")
    if year_first or (_month_first(found) and second <= _LAST_DAY):
        first, second = second, first
    if not (1 <= second <= _LAST_MONTH and 1 <= first <= _LAST_DAY):
        return None
    return _dated(first, second, None if year is None else _year(year), found.maybe("dayname"))


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
    return (*_dated(day, month, said, found.maybe("dayname")), *part_behind(found))


def _day_of_month(found: Found) -> Chunks | None:
    """`le 27`, `the 27th`, `friday 27`: a figure is needed, `the second` is no date.

    In words: `the first of next month`, and behind a mark `by the fifteenth`, which is no place in
    a race, as `for the second` may be; but a birthday: `Einladung zum Zwanzigsten` is a title.
    """
    number = found.sense("number", "ordinal")
    weekday = found.maybe("dayname")
    # `dia quinze` is a day; Italian `il giorno prima` is the day before.
    named = found.has("day_noun") and (number and number.kind == "number")
    named = named or found.has("each_month") or found.has("next_month")
    in_words = number is not None and not (number.text or named)
    if number is None or (in_words and not _is_late(found, number.number)):
        return None
    names = (sense.kind.removesuffix("_the").removesuffix("_after") for sense in found.senses)
    leads = tuple(Lead(name) for name in names if name in ("by", "until", "from"))
    if not 1 <= number.number <= _LAST_DAY:
        return None if found.senses[-1].kind.endswith("_after") else (*leads, Impossible())
    months = 1 if found.has("next_month") else None
    return (*leads, Monthly(number.number, weekday, months, slangy=in_words))


def _is_late(found: Found, day: int) -> bool:
    """Say whether it is `by the fifteenth`, with an article, of a day that is no small number."""
    with_article = any(found.has(kind) for kind in ("article", "by_the", "until_the", "from_the"))
    marked = any(found.has(kind) for kind in _MARKS)
    return marked and with_article and day >= _NO_PLACE_IN_A_RACE


def _before(found: Found) -> Chunks | None:
    """`2 days before friday`, `the day before 4 december`: never the day that is named."""
    unit = found.text("unit") or found.text("units").partition(" ")[2]
    counted = unit or found.has("later_days") or found.has("eve")
    return (Impossible("before"),) if counted else None


def _bare_ordinal(found: Found) -> Chunks | None:
    """`27th`, where an ordinal in figures is not something else; `every 2 months, 27.` anywhere."""
    ordinal = found.sense("ordinal")
    if ordinal is None or not ordinal.text or not 1 <= ordinal.number <= _LAST_DAY:
        return None
    bare = found.lexicon.habits.bare_ordinals
    return (Monthly(ordinal.number, slangy=bare, weak=not bare),)


def _feast(found: Found) -> Chunks | None:
    """Make a day of `12-25`, or of `12-25 12-24`: the name may mean either."""
    named = (day.split("-") for day in found.text("feast").split())
    return (Feast(*(Yearly(int(month), int(day)) for month, day in named)),)


def _weekday_of_month(found: Found) -> Chunks | None:
    """Make a day of `the first monday of december`, `last friday of the month`."""
    ordinal = found.sense("nth", "ordinal")
    if ordinal and ordinal.text and any(s.kind == "dayname" for s in found.senses[:2]):
        return None  # `Fr., 2. Apr.`: the second of April
    which = ordinal.number if ordinal else -1
    year = found.maybe("year")
    if (
        found.has("next_month")
        or which > MOST_WEEKDAYS
        or (year is not None and not 1 <= year <= FARTHEST_YEAR)
    ):
        return None
    return (WeekdayOfMonth(which, found.number("dayname"), found.maybe("month"), year),)


def _in_week(found: Found) -> Chunks | None:
    week = found.sense("number")
    if week is None or not week.text or not 1 <= week.number <= _LAST_WEEK:
        return None
    return (InWeek(week.number, found.maybe("dayname")),)


def _in_month(edge: str, lead: str = "") -> Maker:
    """Make the function for an edge of a named month, perhaps with a lead in front."""

    def make(found: Found) -> Chunks:
        year = found.maybe("year")
        if year is not None and not 1 <= year <= FARTHEST_YEAR:
            return (Impossible(),)
        day = InMonth(edge, found.number("month"), year, whole=bool(lead))
        return (Lead(lead), day) if lead else (day,)

    return make


def part_behind(found: Found) -> Chunks:
    """Give the part of the day that was said behind a day, if any."""
    return (Part(found.text("part_of")),) if found.has("part_of") else ()
