"""Services that links lead to: what each is, what one does there, who can open it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a service is for a school; the guard speaks about consumer ones and shorteners only."""

    INSTITUTIONAL = "institutional"
    CONTRACT = "school-contract"
    COMMONS = "commons"
    CONSUMER = "consumer"
    SHORTENER = "shortener"
    WRAPPER = "wrapper"
    REFERENCE = "reference"


class Act(StrEnum):
    """What a link makes people do: the severity is that of the act, not that of the host."""

    VIEW = "view"
    DEPOSIT = "deposit"
    COLLECT = "collect"
    INVITE = "invite"


@dataclass(frozen=True)
class Rule:
    """Where a service differs from itself: uploading a video is not watching one."""

    place: str
    """`/path` on every host of the service, `host`, or `host/path`; whole segments of it."""
    act: Act
    category: str = ""
    """Empty: the first category of the service."""


@dataclass(frozen=True)
class Service:
    """One entry of the catalogue (`bot/data/services.json`)."""

    id: str
    name: str
    """As people call it, short enough for one line of chat."""
    kind: Kind
    hosts: tuple[str, ...]
    """Lower-case suffixes: `youtube.com` is also `www.youtube.com`."""
    categories: tuple[str, ...]
    """What it is good for, the main thing first: mail, chat, tasks, visio, files, docs, ..."""
    jurisdiction: str = ""
    """ISO 3166 country or region (`FR`, `DE-BY`), `EU`, or empty: unknown."""
    who: str = ""
    """Who can use it: s staff, p pupils, g guests and partners; empty: it is never suggested."""
    act: Act = Act.VIEW
    rules: tuple[Rule, ...] = ()
    alternatives: tuple[str, ...] = ()
    """Ids of services to suggest first."""
    tenant: str = ""
    """Where an address names the school's own tenant: `label`, `path`, or nowhere."""
    parameters: tuple[str, ...] = ()
    """Of a wrapper: which part of the query holds the real address."""


@dataclass(frozen=True)
class Found:
    """What one link leads to."""

    host: str
    """As a browser resolves it, behind wrappers: lower-case ASCII without port and final dot."""
    service: Service
    act: Act
    category: str
    article: int
    """The article of the charter that it touches, 1 to 15."""
    tenant: str = ""
    """The school's or company's own part of the service, where the address shows it."""
