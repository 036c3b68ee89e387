"""Writing days, times, spans and recurrences so that people, and `read_date`, can read them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_timedelta
from babel.lists import format_list

from bot.language.dates.day_specs import Yearly
from bot.language.dates.lexicon import base_language, load_lexicon
from bot.language.dates.spelling import plain
from bot.model.recurrence import Frequency, Rule

_FALLBACK: Final = "en"
_COMMAS: Final = {"ar": "،"}
_FIRST: Final = {"fr": "1er"}
"""How the first of a month is written beside its name."""
_FIRST_DAY: Final = re.compile(r"\b1\b")
_MONTHS: Final = {"pl": {"maj": "maja"}}
"""Months whose short form is the whole name, and stands in its first case: `3 maj`."""
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
_LONGEST_MONTH: Final = 31
"""As the day of a rule, it is the last day of every month."""


def write_day(day: date, language: str, *, today: date) -> str:
    """Write `Fri 27 Nov`, `ven. 27 nov.`; with the year where it would be read as another."""
    skeleton = "MMMEd" if _is_obvious(day, today) else "yMMMEd"
    text = str(format_skeleton(skeleton, day, locale=_locale(language))).replace("\u202f", " ")
    return _as_schools_write(text, day, language)


def _as_schools_write(text: str, day: date, language: str) -> str:
    """Put right what CLDR's patterns leave as it is: `1er déc.`, `3 maja`."""
    base = base_language(language)
    if day.day == 1 and base in _FIRST:
        text = _FIRST_DAY.sub(_FIRST[base], text, count=1)
    for month, form in _MONTHS.get(base, {}).items():
        text = re.sub(rf"\b{month}\b", form, text)
    return text


def write_time(clock: time, language: str) -> str:
    """Write a wall time in 24 hours, as the language does: `18:00`, `09:00`.

    The hours from 1 to 6 always keep their zero: `3:00` would be read as the afternoon.
    """
    text = str(format_skeleton("Hm", clock, locale=_locale(language)))
    return f"0{text}" if text[:1].isdigit() and not text[1:2].isdigit() else text


def write_moment(moment: datetime, language: str, *, today: date) -> str:
    """Write `Fri 27 Nov, 18:00`: day and wall time of the moment's own zone."""
    day = write_day(moment.date(), language, today=today)
    return _listed((day, write_time(moment.time(), language)), language)


def _listed(parts: Sequence[str], language: str) -> str:
    """Join parts by the comma of the language."""
    return f"{_COMMAS.get(base_language(language), ',')} ".join(parts)


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
        until = str(format_date(parsed.until, "long", locale=_locale(language)))
        until = _as_schools_write(until, parsed.until, language)
        parts.append(phrases["until"].format(date=until))
    if parsed.count is not None:
        parts.append(f"{parsed.count}×")
    return _listed(parts, language)


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
        case Frequency.MONTHLY if (
            rule.month_day == _LONGEST_MONTH and f"monthly_last{interval}" in phrases
        ):
            name = f"monthly_last{interval}"
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
    return {**_generic(base), **_last_days(base), **_writing(base)}


@cache
def _last_days(language: str) -> Mapping[str, str]:
    """Give the phrases for the last day of every month, of words the language has for other things.

    None where these words would not go together: the 31st is written then.
    """
    written = _by_hand(language)
    forms: Sequence[str] = written.get("words", {}).get("month_end", {}).get("0", ())
    days = _words_of(language, "day")
    named = (form for form in forms if not days.isdisjoint(plain(form).split()))
    end = next(named, next(iter(forms), ""))
    every = written.get("writing", {}).get("every_month", "")
    if not end or not every or _is_latin(end) != _is_latin(every):
        return {}
    found = {"monthly_last": _listed((every, end), language)}
    months = plain(_counted(2, "month", _locale(language))).split()
    if not _words_of(language, "month").isdisjoint(months):
        found["monthly_last_interval"] = f"↻ {{span}}, {end}"
    return found


@cache
def _words_of(language: str, unit: str) -> frozenset[str]:
    """Give the folded words for a unit: `day`, `days`, and the Arabic word for two days."""
    lexicon = load_lexicon(language)
    return frozenset(
        entry
        for entry, found in (lexicon.senses.items() if lexicon else ())
        if any(s.kind in {"unit", "units"} and s.text.split()[-1] == unit for s in found)
    )


def _is_latin(text: str) -> bool:
    return "LATIN" in unicodedata.name(next(filter(str.isalpha, text), "a"))


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


def _writing(language: str) -> Mapping[str, Any]:
    written: Mapping[str, Any] = _by_hand(language).get("writing", {})
    return written


@cache
def _by_hand(language: str) -> Mapping[str, Any]:
    resource = files("bot.data.dates") / f"{language}.hand.json"
    if not language.isalpha() or not resource.is_file():
        return {}
    found: Mapping[str, Any] = json.loads(resource.read_text(encoding="utf-8"))
    return found
