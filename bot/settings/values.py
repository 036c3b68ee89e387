"""What one setting may be: times, lengths of time, zones, addresses, people, languages."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator

from bot.language.links import service_named
from bot.language.links.catalogue import shipped
from bot.settings.problems import Wrong, nearest

UNITS = {
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}


def read_clock(value: object) -> time:
    """Return the time of day that "7:00" or "20:00" means."""
    found = re.fullmatch(r"([01]?\d|2[0-3])[:h.]([0-5]\d)", str(value).strip())
    if found is None:
        raise Wrong(f"{value!r} is not a time of day.", 'Write hours and minutes, like "20:00".')
    return time(int(found[1]), int(found[2]))


def read_lead(value: object) -> timedelta:
    """Return the length of time that "30min", "1h", "7d" or "2w" means."""
    found = re.fullmatch(rf"([1-9]\d{{0,3}})\s*({'|'.join(UNITS)})", str(value).strip())
    if found is None:
        raise Wrong(f"{value!r} is not a length of time.", "Write 30min, 1h, 7d or 2w.")
    return int(found[1]) * UNITS[found[2]]


def read_day(value: object) -> date:
    """Return the day that "2027-06-30" means."""
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise Wrong(f"{value!r} is not a day.", "Write year, month and day: 2027-06-30.") from None


def known_service(value: str) -> str:
    """Return the id of the service that the catalogue knows as `value`."""
    service = service_named(value)
    if service is None:
        names = [one.name for one in shipped().services.values()]
        near = nearest(value, names)
        advice = f"Did you mean {near}?" if near else "Write its host instead, as host: ..."
        raise Wrong(f"{value!r} is not a service that I know.", advice)
    return service.id


def host_pattern(value: str) -> str:
    """Return `value` in lower case if it is a host, perhaps with all that ends in it."""
    if not re.fullmatch(r"(\*\.)?[\w-]+(\.[\w-]+)+", value):
        advice = 'Write "example.org" or "*.example.org", without https:// and path.'
        raise Wrong(f"{value!r} is not a host.", advice)
    return value.lower()


def known_zone(value: str) -> str:
    """Return `value` if it is an IANA time zone; a city alone is suggested with its zone."""
    zones = available_timezones()
    if value in zones:
        return value
    by_city = {zone.rpartition("/")[2]: zone for zone in sorted(zones)}
    near = nearest(value.rpartition("/")[2].replace(" ", "_"), by_city)
    advice = f"Did you mean {by_city[near]}?" if near else "Write one like Europe/Warsaw."
    raise Wrong(f"{value!r} is not a time zone.", advice)


def web_address(value: str) -> str:
    """Return `value`, without a closing slash, if it is the address of a server."""
    found = re.fullmatch(r"https?://(\[[0-9a-fA-F:]+\]|[\w.-]+)(:\d{1,5})?/?", value)
    if found is None:
        host = urlsplit(value if "//" in value else f"//{value}").netloc.rpartition("@")[2]
        like = host if re.fullmatch(r"[\w.-]+(:\d+)?", host) else "matrix.example.org"
        shown = re.sub(r"//.*@", "//...@", value)  # a password may stand there
        raise Wrong(f"{shown!r} is not the address of a server.", f"Write it like https://{like}.")
    return value.rstrip("/")


def user_id(value: str) -> str:
    """Return `value` if it is a whole Matrix user id."""
    if not re.fullmatch(r"@[^\s:@]+:[^\s:@/]+(:\d+)?", value):
        raise Wrong(
            f"{value!r} is not a Matrix user id.", 'Write it whole, like "@comenius:example.org".'
        )
    return value


def server_or_person(value: str) -> str:
    """Return `value` if it is the name of a server or a user id, with or without stars."""
    if not re.fullmatch(r"(@[^\s:@/]+:)?[\w.*-]+(:\d+)?", value):
        raise Wrong(
            f"{value!r} is neither a server nor a person.",
            'Write "example.org", "*.example.org" or "@teacher:example.org".',
        )
    return value


def language_code(value: str) -> str:
    """Return `value`, written like the name of a catalog, if it looks like a language."""
    if not re.fullmatch(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?", value):
        raise Wrong(f"{value!r} is not the code of a language.", "Write one like en, fr or pl.")
    return value.replace("-", "_")


def not_empty(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return `values` if there is at least one."""
    if not values:
        raise Wrong("It is empty.", "Write at least one.")
    return values


Clock = Annotated[time, BeforeValidator(read_clock)]
Lead = Annotated[timedelta, BeforeValidator(read_lead)]
Day = Annotated[date, BeforeValidator(read_day)]
KnownService = Annotated[str, AfterValidator(known_service)]
HostPattern = Annotated[str, AfterValidator(host_pattern)]
Zone = Annotated[str, AfterValidator(known_zone)]
WebAddress = Annotated[str, AfterValidator(web_address)]
UserId = Annotated[str, AfterValidator(user_id)]
ServerOrPerson = Annotated[str, AfterValidator(server_or_person)]
Language = Annotated[str, AfterValidator(language_code)]
Languages = Annotated[tuple[Language, ...], AfterValidator(not_empty)]
File = Annotated[Path, AfterValidator(Path.expanduser)]
