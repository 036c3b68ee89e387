"""Writing days, times, spans and recurrences so that people, and `read_date`, can read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_timedelta
from babel.lists import format_list

from bot.language.dates.day_specs import Yearly
from bot.language.dates.lexicon import base_language, load_lexicon
from bot.model.recurrence import Frequency, Rule

_FALLBACK: Final = "en"
_COMMAS: Final = {"ar": "،"}
Unit = Literal["year", "month", "week", "day", "hour", "minute", "second"]
_UNITS: Final[tuple[tuple[Unit, timedelta], ...]] = (
    ("week", timedelta(weeks=1)),
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
    ("second", timedelta(seconds=1)),
)
_FREQUENT: Final[Mapping[Frequency, Unit]] = {
    Frequency.DAILY: "day",
    Frequency.WEEKLY: "week",
    Frequency.MONTHLY: "month",
    Frequency.YEARLY: "year",
}
_DAYS: Final[Mapping[Unit, int]] = {"month": 30, "year": 365}
_NEVER: Final = 10**9
"""So many of a unit before Babel takes a larger one."""
_WORKDAYS: Final = (0, 1, 2, 3, 4)


def write_day(day: date, language: str, *, today: date) -> str:
    """Write `Fri 27 Nov`, `ven. 27 nov.`; with the year where it would be read as another."""
    skeleton = "MMMEd" if _is_obvious(day, today) else "yMMMEd"
    return str(format_skeleton(skeleton, day, locale=_locale(language))).replace("\u202f", " ")


def write_time(clock: time, language: str) -> str:
    """Write a wall time in 24 hours, as the language does: `18:00`, `09:00`.

    The hours from 1 to 6 always keep their zero: `3:00` would be read as the afternoon.
    """
    text = str(format_skeleton("Hm", clock, locale=_locale(language)))
    return f"0{text}" if text[:1].isdigit() and not text[1:2].isdigit() else text


def write_moment(moment: datetime, language: str, *, today: date) -> str:
    """Write `Fri 27 Nov, 18:00`: day and wall time of the moment's own zone."""
    day = write_day(moment.date(), language, today=today)
    comma = _COMMAS.get(base_language(language), ",")
    return f"{day}{comma} {write_time(moment.time(), language)}"


def write_neutral(day: date, clock: time | None, *, today: date) -> str:
    """Write `27.11. 18:00` for frames that stand above several languages."""
    text = f"{day.day}.{day.month}."
    if not _is_obvious(day, today):
        text += f"{day.year:04}"
    return text if clock is None else f"{text} {clock:%H:%M}"


def write_span(span: timedelta, language: str) -> str:
    """Write a length of time in its largest units: `3 days`, `1 hour 30 minutes`."""
    locale = _locale(language)
    parts = []
    rest = max(span, timedelta())
    for unit, length in _UNITS:
        if unit == "week" and rest % length:
            continue
        count, rest = divmod(rest, length)
        if count:
            parts.append(_counted(count, unit, locale))
    if not parts:
        parts.append(_counted(0, "minute", locale))
    return " ".join(parts).replace("\u202f", " ").replace("\u00a0", " ")


def _counted(count: int, unit: Unit, locale: Locale) -> str:
    """Write `3 days`. Babel's format_unit has no long form of many units, and its name instead."""
    length = timedelta(days=_DAYS[unit]) if unit in _DAYS else dict(_UNITS)[unit]
    return str(format_timedelta(count * length, granularity=unit, threshold=_NEVER, locale=locale))


def write_rule(rule: str, clock: time | None, language: str, today: date) -> str:
    """Write RRULE text as `every Monday, 09:00, until 30 June 2027`; ValueError if it is none."""
    del today  # the end of a rule always has its year
    parsed = Rule.read(rule)
    phrases = _phrases(language)
    parts = [_repetition(parsed, phrases, language)]
    if clock is not None:
        parts.append(write_time(clock, language))
    if parsed.until is not None:
        until = format_date(parsed.until, "long", locale=_locale(language))
        parts.append(phrases["until"].format(date=until))
    if parsed.count is not None:
        parts.append(f"{parsed.count}×")
    return ", ".join(parts)


def _repetition(rule: Rule, phrases: Mapping[str, Any], language: str) -> str:
    interval = "_interval" if rule.interval > 1 else ""
    values: dict[str, Any] = {"count": rule.interval}
    match rule.frequency:
        case Frequency.YEARLY:
            name = "every_year"
        case Frequency.MONTHLY if rule.position is not None:
            name = f"monthly_position{interval}"
            position = phrases["positions"][str(rule.position)]
            weekday = rule.weekdays[0]
            values["position"] = position if isinstance(position, str) else position[weekday]
            values["weekday"] = phrases["weekday_names"][weekday]
        case Frequency.MONTHLY if rule.month_day is None:
            name = "every_month"
        case Frequency.MONTHLY:
            name = f"monthly{interval}"
            days = phrases["month_days"]
            day = days.get(str(rule.month_day), days["other"])
            values["day"] = day.format(day=rule.month_day)
        case _ if rule.weekdays == _WORKDAYS and not interval:
            name = "workdays"
        case _ if rule.weekdays:
            name = f"weekly{interval}"
            days = [phrases[f"weekdays{interval}"][day] for day in rule.weekdays]
            values["weekdays"] = format_list(days, locale=_locale(language))
        case Frequency.WEEKLY:
            name, values["count"] = "daily_interval", rule.interval * 7
        case _:
            name = f"daily{interval}"
    unit: Unit = "day" if name == "daily_interval" else _FREQUENT[rule.frequency]
    values["span"] = _counted(values["count"], unit, _locale(language))
    phrase = phrases[name]
    if not isinstance(phrase, str):  # by CLDR's plural category of the count
        plural = _locale(language).plural_form(values["count"])
        phrase = phrase.get(plural, phrase["other"])
    return str(phrase.format(**values))


def _is_obvious(day: date, today: date) -> bool:
    """Say whether the day is what a reader makes of it without its year."""
    to_come = (d for d in Yearly(day.month, day.day).candidates(today) if d >= today)
    return next(to_come, None) == day


@cache
def _locale(language: str) -> Locale:
    """Give the locale to write the language with; its hand file may name one, as en_GB."""
    own = _writing(base_language(language))
    name = own.get("locale", language.replace("-", "_")) if own else language.replace("-", "_")
    try:
        return Locale.parse(str(name))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def _phrases(language: str) -> Mapping[str, Any]:
    """Give the language's phrases for what CLDR has none; signs where nobody has written them."""
    base = base_language(language)
    if load_lexicon(base) is None:
        return _writing(_FALLBACK)
    return {**_generic(base), **_writing(base)}


@cache
def _generic(language: str) -> Mapping[str, Any]:
    """Give phrases of signs and CLDR's words, which are read in every language: `↻ 2 Wochen`."""
    names = [_locale(language).days["format"]["wide"][day] for day in range(7)]
    spans = ("daily", "daily_interval", "every_month", "every_year")
    return {
        **dict.fromkeys(spans, "↻ {span}"),
        "workdays": f"↻ {format_list(names[:5], locale=_locale(language))}",
        "weekly": "↻ {weekdays}",
        "weekly_interval": "↻ {span}, {weekdays}",
        **dict.fromkeys(("monthly", "monthly_interval"), "↻ {span}, {day}"),
        **dict.fromkeys(
            ("monthly_position", "monthly_position_interval"), "↻ {span}, {position} {weekday}"
        ),
        **dict.fromkeys(("weekday_names", "weekdays", "weekdays_interval"), names),
        "positions": {**{str(place): f"#{place}" for place in range(1, 6)}, "-1": "#last"},
        "month_days": {"other": "{day}"},
        "until": "→ {date}",
    }


@cache
def _writing(language: str) -> Mapping[str, Any]:
    resource = files("bot.data.dates") / f"{language}.hand.json"
    if not language.isalpha() or not resource.is_file():
        return {}
    written: Mapping[str, Any] = json.loads(resource.read_text(encoding="utf-8")).get("writing", {})
    return written
