"""The articles of the charter: fifteen neutral ones, or those that an institution brings."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2s

from bot.language.message import Message, Msgid, Part, _
from bot.model.institution import Institution

SHIPPED_VERSION = "2026-11"
"""Raised whenever one of the articles below says something else."""
ARTICLES: tuple[tuple[Msgid, Msgid], ...] = (
    (
        _("Institutional first"),
        _("When a school, ministry or European service does the job, the team uses it."),
    ),
    (
        _("Everyone can get in"),
        _(
            "A tool is chosen only if every partner class can open it without a private account "
            "or payment."
        ),
    ),
    (
        _("No private accounts for pupils"),
        _("Pupils are never asked to open an account on a consumer service for the project."),
    ),
    (
        _("Project and private life apart"),
        _("Consumer services are a private matter. What belongs to the project does not go there."),
    ),
    (
        _("Little personal data"),
        _(
            "First names or nicknames are enough: no address, phone number, birthday, timetable, "
            "health or grades."
        ),
    ),
    (
        _("Images and voices need a written yes"),
        _(
            "No recognisable pupil is published unless the pupil and the legal representatives "
            "have agreed in writing. A “no” is never discussed in the room."
        ),
    ),
    (
        _("Restricted by default"),
        _(
            "Whatever holds personal data stays in the team's own space. Going public is a "
            "decision, not a setting left on."
        ),
    ),
    (
        _("Authors named, sources cited"),
        _(
            "Texts, pictures and music are our own, under a free licence or used with permission, "
            "and always with credit."
        ),
    ),
    (
        _("We say who we are"),
        _(
            "Every publication has “Who are we”, “Our project” and a legal notice with the person "
            "responsible for it."
        ),
    ),
    (
        _("Read again before publishing"),
        _("A teacher of each partner school reads it first, in a language that they read."),
    ),
    (
        _("Agreed languages and rhythm"),
        _(
            "Messages are short and easy to translate, important ones exist in every agreed "
            "language. Nobody expects an answer outside the agreed hours."
        ),
    ),
    (
        _("Respect"),
        _(
            "No mockery, insults, impersonation, spam or advertising. A problem goes to a "
            "teacher, not to the room."
        ),
    ),
    (
        _("Secrets stay secret"),
        _("Passwords and links to meetings or registrations are not posted in open rooms."),
    ),
    (
        _("Care with AI and translation"),
        _(
            "No personal data in them. We say when a machine wrote or translated a text, and "
            "respect the tool's age limit."
        ),
    ),
    (
        _("What is over is tidied"),
        _(
            "At the end of the project, data are exported, handed over or deleted as agreed. "
            "Every school may ask for removal earlier."
        ),
    ),
)
"""Title and text of each, the first being article 1 (facts: the charters of schools and eTwinning).

They say what is usual, in neutral words; they are no legal advice."""
_SHORT = 8
"""Bytes of a digest: enough to see a change."""


@dataclass(frozen=True)
class Shown:
    """An article as it is shown."""

    number: int
    title: Part
    text: Part


def version_of(institution: Institution) -> str:
    """Return the version of the charter that holds now."""
    return institution.version if institution.articles else SHIPPED_VERSION


def articles_of(institution: Institution, language: str) -> tuple[Shown, ...]:
    """Return the articles in *language*; a language without a text of its own reads the first."""
    if not institution.articles:
        pairs = enumerate(ARTICLES, 1)
        return tuple(Shown(n, Message(title), Message(text)) for n, (title, text) in pairs)
    first = next(iter(institution.articles.values()))
    own = institution.articles.get(language, first)
    return tuple(Shown(one.number, one.title, one.text) for one in own)


def article_of(institution: Institution, number: int, language: str) -> Shown | None:
    """Return the article *number* in *language*, or None if the charter has none."""
    return next((one for one in articles_of(institution, language) if one.number == number), None)


def cited(institution: Institution, neutral: int) -> int | None:
    """Return the article to cite where the neutral charter has article *neutral*; None if none.

    An institution's own charter says which of its articles that is, or has the same numbers.
    """
    number = neutral
    if institution.articles and institution.numbers:
        number = institution.numbers.get(neutral, 0)
    return number if article_of(institution, number, "") else None


def digests_of(institution: Institution) -> dict[int, str]:
    """Return number -> digest of what each article says in the text that counts.

    Of an institution's own charter that is the first of its languages: a better translation of
    the others is no reason to sign again.
    """
    if not institution.articles:
        return {n: _digest(title, text) for n, (title, text) in enumerate(ARTICLES, 1)}
    first = next(iter(institution.articles.values()))
    return {one.number: _digest(one.title, one.text) for one in first}


def _digest(title: str, text: str) -> str:
    said = " ".join(f"{title}\n{text}".split())
    return blake2s(said.encode(), digest_size=_SHORT).hexdigest()
