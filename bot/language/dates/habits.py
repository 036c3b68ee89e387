"""The habits in which languages differ beyond their words, as the date files state them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import time


@dataclass(frozen=True, slots=True)
class Habits:
    """What a language is used to."""

    numeric_order: str = "dmy"
    """CLDR short date, as `dmy`."""
    next_weekday: str = "coming"
    """What 'next Friday' is: `coming` (the nearest one) or `following` (next week's; ask)."""
    bare_ordinals: bool = False
    """Whether an ordinal alone may be a day: `27th` is, `4e` is a class."""
    four_figure_hours: bool = False
    """Whether `friday 1800` is 18:00."""
    month_first: bool = False
    """Whether the month may stand before the day: `november 27`."""
    dotted_dates: bool = False
    """Whether `vineri 10.12` is a date for sure, as hours have a colon; `10.12` alone is asked."""
    short_weekdays_after_lead: bool = False
    """Whether `do pá` is Friday, though `pá` alone is a word."""
    part_before_hour: bool = False
    """Whether `este 6` is six in the evening."""
    hour_after_lead: bool = False
    """Whether a number behind the mark of a deadline is an hour beside a day: `na piątek na 8`."""
    bare_hour_words: bool = False
    """Whether a word for an hour is one beside a day without `at`: `yarın altıda`."""
    figures_to: bool = False
    """Whether `10 vor 9` is an hour in figures, too; English `9 to 5` is not."""
    idiom_days: Mapping[int, int] | None = None
    """Numbers of days that people say and the number that many of them mean: 15 -> 14."""
    part_hours: Mapping[str, time] | None = None
    """The hour that a part of the day stands for, where it is not the usual one."""


def read_habits(found: Mapping[str, object]) -> Habits:
    """Make the habits of what a language's files say, the last one deciding."""
    known = {field.name for field in fields(Habits)}
    values = {name: value for name, value in found.items() if name in known}
    idioms, hours = values.pop("idiom_days", None), values.pop("part_hours", None)
    if isinstance(idioms, Mapping):
        values["idiom_days"] = {int(said): int(meant) for said, meant in idioms.items()}
    if isinstance(hours, Mapping):
        values["part_hours"] = {name: time.fromisoformat(hour) for name, hour in hours.items()}
    return Habits(**values)  # type: ignore[arg-type]  # JSON, checked by the test of all files
