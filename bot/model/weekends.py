"""Weekends: on which days there is no school, by time zone (CLDR, supplementalData, weekData)."""

from __future__ import annotations

from functools import cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages

USUAL = (5, 6)
"""Saturday to Sunday, as `date.weekday` counts."""


@cache
def weekend_of(zone: str) -> tuple[int, int]:
    """Return the first and the last day of the weekend in the country of the IANA *zone*.

    Friday and Saturday in Cairo, Algiers or Amman; Saturday and Sunday where nothing is known.
    """
    country = get_global("zone_territories").get(zone, "")
    for language in get_official_languages(country, regional=True, de_facto=True):
        try:
            there = Locale(language, country)
        except UnknownLocaleError:
            continue
        return there.weekend_start, there.weekend_end
    return USUAL
