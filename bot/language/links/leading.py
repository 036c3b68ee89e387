"""Where an address leads: behind its wrappers, to which service, and what is done there."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote

from bot.language.links.catalogue import Place, shipped
from bot.language.links.scanning import Address, whole
from bot.model.services import Found, Kind

DEEPEST = 3
"""Wrappers in wrappers that are taken off."""

_LONGEST_PATH, _LONGEST_QUERY = 1_000, 8_192
_ACCOUNT = re.compile(r"/a/([^/]++)|/u/\d{1,3}(?=/)")
"""`/a/<domain>` of a managed account, `/u/0` of one among several: Google puts them in front."""

_QUIET_LABELS = frozenset(
    {"about", "faq", "help", "helpcenter", "legal", "policies"}
    | {"privacy", "safety", "status", "support", "terms", "trust"}
)
_QUIET_PATH = re.compile(
    r"/(?:(?:[a-z]{2}(?:[-_][a-z]{2})?|t|intl|about)/){0,2}"
    r"(?:(?:privacy|terms|datenschutz|confidentialite)(?:[-_][a-z0-9]++)*+|privacypolicy|legal|tos|policy"
    r"|policies|help|support|safety|gdpr|rgpd|dpa|cookies|cookie-policy|imprint|impressum|cgu"
    r"|mentions-legales|guidelines|community-guidelines|trust|security|accessibility)"
    r"(?:\.[a-z]{3,5})?(?:[/?#]|$)",
    re.IGNORECASE,
)
"""Where a service explains itself: to read about its privacy is what a charter asks for."""

_PROOFPOINT_3, _END_3 = "/v3/__", "__;"
_PROOFPOINT_2 = re.compile(r"https?-3A__")
_PROOFPOINT_2_SIGNS = str.maketrans("-_", "%/")


def unwrapped(address: Address) -> Address:
    """Return where *address* leads behind its wrappers, or itself.

    They are taken off by reading their query, never by asking the network, at most three.
    """
    for _ in range(DEEPEST):
        target = _target(address)
        if target is None:
            break
        address = target
    return address


def leads_to(address: Address) -> Found | None:
    """Return what *address* leads to, or None: unknown, or only a page of explanations.

    A wrapper that hides its target counts as the service that it belongs to.
    """
    host, rest = unwrapped(address)
    whole_path = _path(rest)
    path = _without_account(whole_path)
    for place in shipped().at(host, path):
        service = place.service
        if service.kind is Kind.WRAPPER:
            continue
        if service.kind is Kind.CONSUMER and _explains(host, path, place):
            return None
        article = shipped().article(place.act, place.category)
        tenant = _tenant(host, whole_path, place)
        return Found(host, service, place.act, place.category, article, tenant)
    return None


def _target(address: Address) -> Address | None:
    """Return what is one wrapper further, if the first that is known of an address is one."""
    for place in shipped().at(address.host, _path(address.rest)):
        if place.service.kind is not Kind.WRAPPER:
            return None
        if target := _wrapped(address.rest, place.service.parameters):
            return target
    return None


def _without_account(path: str) -> str:
    account = _ACCOUNT.match(path)
    return path[account.end() :] if account else path


def _path(rest: str) -> str:
    """Return the beginning of the path, decoded, without query and fragment."""
    path = rest[:_LONGEST_PATH].partition("?")[0].partition("#")[0]
    return unquote(path) if "%" in path else path


def _wrapped(rest: str, parameters: tuple[str, ...]) -> Address | None:
    """Return the address that a wrapper's own address holds."""
    rest = rest[:_LONGEST_QUERY]
    if rest.startswith(_PROOFPOINT_3):
        return whole(rest.removeprefix(_PROOFPOINT_3).partition(_END_3)[0])
    query = rest.partition("?")[2].partition("#")[0].replace("&amp;", "&")
    told = dict(reversed(parse_qsl(query)))
    for value in filter(None, map(told.get, parameters)):
        if _PROOFPOINT_2.match(value):
            return whole(unquote(value.translate(_PROOFPOINT_2_SIGNS)))
        if not value.startswith("/") or value.startswith("//"):
            return whole(value) or whole(f"//{value}")
    return None


def _explains(host: str, path: str, place: Place) -> bool:
    """Tell whether this is a page of help, terms or privacy."""
    label = host.removesuffix(place.host).rstrip(".").rpartition(".")[2]
    return label in _QUIET_LABELS or bool(_QUIET_PATH.match(path))


def _tenant(host: str, path: str, place: Place) -> str:
    """Return the tenant that an address names: `<tenant>.sharepoint.com`, `/a/<domain>/`."""
    match place.service.tenant:
        case "label":
            label = host.removesuffix(place.host).rstrip(".").rpartition(".")[2]
            return "" if label == "www" else label.removesuffix("-my")
        case "path":
            found = _ACCOUNT.match(path)
            return (found[1] or "").lower() if found else ""
    return ""
