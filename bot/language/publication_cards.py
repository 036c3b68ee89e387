"""Publication cards: how the checklist before a publication looks."""

from __future__ import annotations

from bot.language.message import Bold, Joined, Part
from bot.model.project import Project
from bot.model.publication import Publication


def publication_card(project: Project, publication: Publication) -> Part:
    """Return the card of a publication: what is still open."""
    del project
    return Joined((f"P{publication.number}", Bold(publication.title)))
