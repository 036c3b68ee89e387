"""The catalogue of services: read once, looked up by host and path, by id and by name."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from bot.language.folding import fold
from bot.language.links.hosts import suffixes
from bot.model.services import Act, Kind, Rule, Service

SHORTEST_PART = 3
"""Letters of a shortener's host that are still a name, `is` of `is.gd` is none; else one less."""


class Place(NamedTuple):
    """A host, with all that ends in it, and perhaps a path: there a service does one thing."""

    host: str
    path: str
    service: Service
    act: Act
    category: str


@dataclass(frozen=True)
class Catalogue:
    """All services that are known (`bot/data/services.json`)."""

    services: Mapping[str, Service]
    """By id, in the order of the file: that of preference among equals."""
    places: Mapping[str, tuple[Place, ...]]
    """By host, the longest path first."""
    endings: frozenset[str]
    """The last labels of all hosts: a quick way to know that a word is none."""
    articles: Mapping[str, int]
    """Article of the charter by `act category`, category or act."""

    def knows(self, host: str) -> bool:
        """Tell whether a host, or what it ends in, is in the catalogue."""
        if host.rpartition(".")[2] not in self.endings:
            return False
        return any(one in self.places for one in suffixes(host))

    def at(self, host: str, path: str) -> Iterator[Place]:
        """Yield what stands at a host and a path, the most precise first: longest suffix wins."""
        for suffix in suffixes(host):
            for place in self.places.get(suffix, ()):
                if _within(path, place.path):
                    yield place

    def article(self, act: Act, category: str) -> int:
        """Return the article of the charter that an act with such a service touches."""
        keys = f"{act} {category}", category, str(act)
        return next(self.articles[key] for key in keys if key in self.articles)


@cache
def shipped() -> Catalogue:
    """Return the shipped catalogue; it is read when first asked for."""
    told = json.loads((files("bot.data") / "services.json").read_text(encoding="utf-8"))
    services = {one["id"]: _service(one) for one in told["services"]}
    places: dict[str, list[Place]] = {}
    for service in services.values():
        for place in _places(service):
            places.setdefault(place.host, []).append(place)
    for several in places.values():
        several.sort(key=lambda place: -len(place.path))
    return Catalogue(
        services,
        {host: tuple(several) for host, several in places.items()},
        frozenset(host.rpartition(".")[2] for host in places),
        told["articles"],
    )


def service_named(word: str) -> Service | None:
    """Return the service that people call *word*: its name, host or part of it; None if none.

    Where several are called so, the one that the guard speaks about wins.
    """
    return _names().get(_plain(word.strip().removeprefix("www."))) if word.strip() else None


@cache
def _names() -> Mapping[str, Service]:
    """By plain name: exact ones, then parts, then words; consumer services before others."""
    every = [one for one in shipped().services.values() if one.kind is not Kind.WRAPPER]
    every.sort(key=lambda one: one.kind is not Kind.CONSUMER)
    names: dict[str, Service] = {}
    for naming in (_full_names, _parts):
        for service in every:
            for name in naming(service):
                names.setdefault(_plain(name), service)
    words = [(word, one) for one in every if one.kind is Kind.CONSUMER for word in _words(one)]
    often = Counter(word for word, _ in words)
    return {word: one for word, one in words if often[word] == 1} | names


def _full_names(service: Service) -> Iterator[str]:
    yield from (service.id, service.name, *service.hosts)
    yield from (rule.place for rule in service.rules if not rule.place.startswith("/"))


def _parts(service: Service) -> Iterator[str]:
    """`Twitter` of `X (Twitter)`, `youtube` of `youtube.com`, `tubes` of `fr.tubes`."""
    names = [part.strip() for part in service.name.replace(")", "(").split("(")]
    shortest = SHORTEST_PART
    if service.kind is not Kind.SHORTENER:
        names.append(service.id.rpartition(".")[2])
        shortest -= 1
    parts = [host.rpartition(".")[0] for host in service.hosts if host.count(".") == 1]
    yield from filter(None, names)
    yield from (part for part in parts if len(part) >= shortest)


def _words(service: Service) -> Iterator[str]:
    """`teams` of `Microsoft Teams`; what several services are called is no name."""
    several = service.name.split()
    return (_plain(word) for word in several if len(several) > 1)


def _plain(name: str) -> str:
    return "".join(letter for letter in fold(name) if letter.isalnum() or letter in "./")


def _within(path: str, wanted: str) -> bool:
    """Tell whether *path* is *wanted* or below it, by whole segments."""
    return path.startswith(wanted) and (
        not wanted or path[len(wanted) : len(wanted) + 1] in {"", "/", "?", "#"}
    )


def _service(told: dict[str, Any]) -> Service:
    return Service(
        told["id"],
        told["name"],
        Kind(told["kind"]),
        tuple(told["hosts"]),
        tuple(told["categories"]),
        told.get("jurisdiction", ""),
        told.get("who", ""),
        Act(told.get("act", Act.VIEW)),
        tuple(_rule(place, does) for place, does in told.get("rules", {}).items()),
        tuple(told.get("alternatives", ())),
        told.get("tenant", ""),
        tuple(told.get("parameters", ())),
    )


def _rule(place: str, does: str) -> Rule:
    """Return the rule of `"/upload": "deposit"`, or `"deposit video"` where it tells a category."""
    act, _, category = does.partition(" ")
    return Rule(place, Act(act), category)


def _places(service: Service) -> Iterator[Place]:
    main, ruled = service.categories[0], set()
    for rule in service.rules:
        host, slash, path = rule.place.partition("/")
        for one in [host] if host else service.hosts:
            ruled.add((one, path))
            yield Place(one, slash + path, service, rule.act, rule.category or main)
    for host in service.hosts:
        if (host, "") not in ruled:
            yield Place(host, "", service, service.act, main)
