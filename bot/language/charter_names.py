"""What services, categories and agreements of the charter are called, and where classes live."""

from __future__ import annotations

from typing import Final

from bot.language.field_people import words
from bot.language.folding import fold
from bot.language.links import find_all, hosts_in, service_named
from bot.language.message import Code, Message, Msgid, Part, _
from bot.language.places import country_of, zone_of_language
from bot.model.charter import AGREED, IMAGES
from bot.model.people import Partner
from bot.model.project import Project
from bot.model.services import Found, Service

OK = _(
    "charter (ok|okay|allow|accept) {what} [(until|till|up to|by) {due}] "
    "[(because|since|for) {reason}] [(ref|reference|register) {reference}]"
)
WHY = _("charter (why|about) {what}")
ARTICLE = _("charter [article] {number}")
SIGN = _("charter sign\ncharter sign [for] {school}")
EXCEPTIONS = _("charter (exceptions|exception|agreements|rules)")
PHOTOS = _("images|image|photos|photo|pictures|picture|videos and photos|recordings")
CATEGORIES: Final[dict[str, Msgid]] = {
    "mail": _("e-mail"),
    "chat": _("chat"),
    "tasks": _("task boards"),
    "visio": _("video calls"),
    "files": _("files"),
    "docs": _("writing together"),
    "calendar": _("calendars"),
    "datepoll": _("finding a date"),
    "publish": _("websites"),
    "video": _("videos"),
    "forum": _("forums"),
    "poll": _("surveys"),
    "wall": _("walls"),
    "mindmap": _("mind maps"),
    "photos": _("photo albums"),
    "translate": _("translation"),
    "ai": _("AI"),
    "form": _("forms"),
    "lms": _("courses"),
    "social": _("social networks"),
    "sign": _("petitions and money"),
    "shortener": _("short links"),
    IMAGES: _("photos and recordings"),
    AGREED: _("other agreements"),
}
"""Category of the catalogue -> what people call it."""
LONGEST_WHAT: Final = 100


def category_name(category: str) -> Part:
    """Return what *category* is called."""
    return Message(CATEGORIES[category]) if category in CATEGORIES else category


def what_is_meant(typed: str, languages: tuple[str, ...]) -> str | None:
    """Return what a rule about *typed* is kept under: a service's id, "images" or a host pattern.

    None if it is neither known nor an address. A subdomain or a tenant's own host of a known
    service stays a host: `school.sharepoint.com` is not all of SharePoint.
    """
    typed = typed.strip().strip(".,;:<>«»“”\"'").strip()
    if fold(typed) in words(PHOTOS, languages) | words(CATEGORIES[IMAGES], languages):
        return IMAGES
    if service := service_named(typed.removeprefix("*.")):
        return service.id if "*" not in typed else typed.casefold()
    addresses = hosts_in(typed.removeprefix("*."))
    if len(typed.split()) > 1 or len(addresses) != 1 or len(typed) > LONGEST_WHAT:
        return None
    host = addresses[0].host.removeprefix("www.")
    found = find_all(typed)
    if found and host in found[0].service.hosts:
        return found[0].service.id
    return f"*.{host}" if typed.startswith("*.") else host


def service_of(what: str) -> Service | None:
    """Return the service whose id a rule is kept under."""
    service = service_named(what)
    return service if service and service.id == what else None


def name_of_rule(what: str) -> Part:
    """Return what people call the thing that a rule is about."""
    if what == IMAGES:
        return Message(CATEGORIES[IMAGES])
    service = service_of(what)
    return service.name if service else Code(what)


def found_at(service: Service) -> Found | None:
    """Return what a link to the first page of *service* leads to."""
    pages = (f"https://{host}/" for host in service.hosts)
    every = (one for page in pages for one in find_all(page))
    return next((one for one in every if one.service.id == service.id), None)


def countries_of(project: Project) -> tuple[str, ...]:
    """Return where the classes of the room live, ISO 3166; "" for one that nobody knows.

    A room without classes is taken to live where its languages are spoken, else where its clock is.
    """
    if project.partners:
        return tuple(dict.fromkeys(_country(one) for one in project.partners.values()))
    spoken = [_of_language(one) for one in project.languages if one != "en"]
    found = [one for one in (*spoken, country_of(project.zone)) if one]
    return tuple(dict.fromkeys(found[: max(len(spoken), 1)]))


def _country(partner: Partner) -> str:
    languages = (_of_language(one) for one in partner.languages if one != "en")
    return partner.country or country_of(partner.zone) or next(filter(None, languages), "")


def _of_language(language: str) -> str:
    return country_of(zone_of_language(language.partition("_")[0]) or "") or ""
