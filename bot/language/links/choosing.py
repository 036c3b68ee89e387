"""Which services to suggest instead: those that every partner of a room can open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.language.links.catalogue import shipped
from bot.model.services import Found, Kind, Service

MOST = 2
"""Suggestions of one reminder (charter 3.5)."""
HERE: Final = Service(
    "room", "this room", Kind.COMMONS, (), ("chat", "social", "mail", "files", "photos", "video"),
    who="spg",
)  # fmt: skip
"""The room itself, which every partner can open by definition."""
PLANNED: Final = frozenset({"tasks", "calendar"})
"""Categories of what the assistant keeps itself, in the room."""

_TALK = frozenset({"chat", "social"})
"""Who talks elsewhere leaves the room where all classes are: it needs no other place to talk."""
_OFFERED = frozenset({Kind.INSTITUTIONAL, Kind.COMMONS})
_EVERYWHERE = "EU"


def alternatives(found: Found, countries: Sequence[str]) -> tuple[Service, ...]:
    """Return up to two services that do the same and that every partner can open.

    *countries* are those of the room's partners, ISO 3166: `FR`, or with the region `DE-BY`; none
    means that nothing is known. A service is suggested if it is the European Union's, or belongs to
    the commons; if all partners are of its country or region; or if one is, and guests can follow a
    link. First those which the catalogue names for this service, then others of the category. Where
    there is none, it is the room itself (`HERE`) that will do to talk, send or plan something.
    """
    if found.category in _TALK:
        return (HERE,)
    services = shipped().services
    named = [services[id_] for id_ in found.service.alternatives]
    others = [one for one in services.values() if one.kind is Kind.INSTITUTIONAL]
    others += [one for one in services.values() if one.kind is Kind.COMMONS]
    every = dict.fromkeys([*named, *others])
    users = {"p"} if found.category in PLANNED else {"p", "g"}
    fitting = (
        one for one in every if found.category in one.categories and users.intersection(one.who)
    )
    found_here = (HERE,) if found.category in {*HERE.categories, *PLANNED} else ()
    return tuple([one for one in fitting if _openable(one, countries)][:MOST]) or found_here


def _openable(service: Service, countries: Sequence[str]) -> bool:
    if service.kind not in _OFFERED:
        return False
    if service.kind is Kind.COMMONS or service.jurisdiction == _EVERYWHERE:
        return True
    at_home = [_within(country, service.jurisdiction) for country in countries]
    return any(at_home) if "g" in service.who else bool(at_home) and all(at_home)


def _within(country: str, jurisdiction: str) -> bool:
    """Tell whether a partner belongs to a jurisdiction: Bavaria to Germany, not the reverse."""
    return f"{country.upper()}-".startswith(f"{jurisdiction}-") and bool(jurisdiction)
