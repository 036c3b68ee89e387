"""Links: what a message leads to, told apart by the catalogue of services; nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from bot.language.links.catalogue import service_named, shipped
from bot.language.links.choosing import HERE, alternatives
from bot.language.links.leading import leads_to, unwrapped
from bot.language.links.scanning import Address, addresses
from bot.model.services import Found, Kind

__all__ = ["HERE", "Address", "alternatives", "find", "find_all", "hosts_in", "service_named"]

MOST = 50
"""Addresses of one message that are looked at; more is a list, and its first say enough."""

_SPOKEN_OF = frozenset({Kind.CONSUMER, Kind.SHORTENER})


def find(text: str, html: str | None = None) -> tuple[Found, ...]:
    """Return the consumer services and shorteners that a message leads to: the guard's matter.

    *text* is a plain body, a caption or a topic; *html* its `formatted_body`. In order, and each
    service with each category once. Addresses in quotes and reply fallbacks do not count, unknown
    hosts and the help and privacy pages of a service are silent.
    """
    return tuple(one for one in find_all(text, html) if one.service.kind in _SPOKEN_OF)


def find_all(text: str, html: str | None = None) -> tuple[Found, ...]:
    """Return every service of the catalogue that a message leads to, those of schools included."""
    found: dict[tuple[str, str], Found] = {}
    for address in islice(addresses(text, html, shipped().knows), MOST):
        one = leads_to(address)
        if one:
            found.setdefault((one.service.id, one.category), one)
    return tuple(found.values())


def hosts_in(text: str, html: str | None = None) -> tuple[Address, ...]:
    """Return all addresses of a message, known or not, each once, for rules that a room adds.

    Wrappers are taken off. A host without `https://` counts if its last part could be a top-level
    domain: `cours.md` does.
    """
    every: Iterator[Address] = addresses(text, html, _could_be_host)
    return tuple(dict.fromkeys(map(unwrapped, islice(every, MOST))))


def _could_be_host(host: str) -> bool:
    ending = host.rpartition(".")[2]
    return len(ending) > 1 and (ending.isalpha() or ending.startswith("xn--"))
