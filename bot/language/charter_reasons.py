"""Reasons: what the charter says about one service or one kind of service, in three lines."""

from __future__ import annotations

from typing import Final

from bot.language.articles import article_of, cited
from bot.language.charter_cards import rule_line
from bot.language.charter_names import (
    CATEGORIES,
    PHOTOS,
    category_name,
    countries_of,
    found_at,
    name_of_rule,
    what_is_meant,
)
from bot.language.field_people import words
from bot.language.folding import fold
from bot.language.links import HERE, alternatives, find_all, service_named
from bot.language.links.catalogue import shipped
from bot.language.message import NOTHING, Bold, Joined, Listed, Msgid, Part, _, say
from bot.model.asker import Asker
from bot.model.charter import IMAGES, Link
from bot.model.institution import Institution
from bot.model.project import Project
from bot.model.services import Found, Kind

IMAGE_ARTICLE: Final = 6
KINDS: Final[dict[Kind, Msgid]] = {
    Kind.INSTITUTIONAL: _("{name} is run by schools or public authorities: it fits the charter."),
    Kind.CONTRACT: _("{name} is used under a contract: ask your school whether it has one."),
    Kind.COMMONS: _("{name} is run as a common good: it fits where no school service does it."),
    Kind.CONSUMER: _("{name} is a consumer service: nobody in the schools is responsible for it."),
    Kind.SHORTENER: _("{name} hides where a link leads. Please share the full address."),
    Kind.WRAPPER: _("{name} only passes links on: I look at where they lead."),
    Kind.REFERENCE: _("{name} is for looking things up: the charter has nothing against it."),
}
_MINDED = frozenset({Kind.CONSUMER, Kind.SHORTENER})


def reasons(
    project: Project, institution: Institution, asker: Asker, typed: str
) -> tuple[Part, ...] | None:
    """Return what to say about what the asker *typed*, or None if it is unknown.

    A category ("video", "forms") is explained as a whole, then services by name or address, then
    addresses that something was agreed about.
    """
    languages = (asker.language, *project.languages, "en")
    if fold(typed) in words(PHOTOS, languages):
        head: Part = Bold(name_of_rule(IMAGES))
        asked = say(_("Whoever can be recognised says yes in writing before it is published."))
        article = _article(institution, IMAGE_ARTICLE, asker)
        agreed = _agreed(project, institution, asker, Link(IMAGES))
        return (head, asked if article is NOTHING else article, agreed)
    if category := _category(typed, languages):
        found = _typical(category)
        return (
            (Bold(category_name(category)), *_instead(project, institution, asker, found))
            if found
            else None
        )
    what = what_is_meant(typed, languages)
    service = service_named(what or "") or next((one.service for one in find_all(typed)), None)
    link = Link((what or "").removeprefix("*."), service.id if service else "")
    agreed = _agreed(project, institution, asker, link)
    if service is None:
        return (agreed,) if agreed is not NOTHING else None
    head = say(KINDS[service.kind], name=service.name)
    found = found_at(service) if service.kind in _MINDED else None
    if found is None or agreed is not NOTHING:
        return (head, agreed)
    return (head, *_instead(project, institution, asker, found))


def _agreed(project: Project, institution: Institution, asker: Asker, link: Link) -> Part:
    """Return what was agreed about *link*, by the room or else by the institution."""
    rule = institution.ruling(project.charter, link, asker.today)
    return rule_line(rule, asker.today) if rule else NOTHING


def _article(institution: Institution, number: int, asker: Asker) -> Part:
    """Return the article that says what the neutral one with *number* says, in one line.

    Nothing if the institution's own charter has no such one.
    """
    found = article_of(institution, cited(institution, number) or 0, asker.language)
    if found is None:
        return NOTHING
    return Joined((Joined((str(found.number), found.title), ". "), found.text), " – ")


def _instead(
    project: Project, institution: Institution, asker: Asker, found: Found
) -> tuple[Part, ...]:
    """Return the article that is touched, and what every class can open instead."""
    article = _article(institution, found.article, asker)
    fitting = alternatives(found, countries_of(project))
    if not fitting:
        return (article, say(_("Ask your teacher which service the schools have for that.")))
    if fitting == (HERE,):
        return (article, say(_("Every class can do that here, in this room.")))
    names = Listed(tuple(one.name for one in fitting))
    return (article, say(_("Every class can open {services}."), services=names))


def _category(typed: str, languages: tuple[str, ...]) -> str | None:
    """Return the category that *typed* names, by its code or as people call it."""
    wanted = fold(typed)
    return next(
        (
            category
            for category, name in CATEGORIES.items()
            if wanted == category or wanted in words(name, languages)
        ),
        None,
    )


def _typical(category: str) -> Found | None:
    """Return what a link to the best known consumer service of *category* leads to."""
    services = (
        one
        for one in shipped().services.values()
        if one.kind in _MINDED and one.categories[0] == category
    )
    return next((found for one in services if (found := found_at(one))), None)
