"""Charter cards: how articles, agreements, signatures and the guard's manners look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from bot.language.articles import articles_of, digests_of, version_of
from bot.language.charter_names import (
    ARTICLE,
    EXCEPTIONS,
    SIGN,
    category_name,
    name_of_rule,
)
from bot.language.message import (
    NOTHING,
    Bold,
    Commas,
    Joined,
    Lines,
    Listed,
    Message,
    Msgid,
    Part,
    Typed,
    _,
    _n,
    say,
)
from bot.model.charter import Mode, Rule, changed_since, expired, rehearsed
from bot.model.institution import Institution
from bot.model.project import Project

EXAMPLE: Final = 6
"""The article that most people look for: images and voices."""
TITLE_LINES: Final = 3
LONGEST_TITLE: Final = 40
MOST_NAMED: Final = 6
LONGEST_REASON: Final = 120
MANNERS: Final[dict[Mode, Msgid]] = {
    Mode.OFF: _("Links: I say nothing about them."),
    Mode.REACTION: _("Links: I only react with ℹ️. React with ℹ️ too, and I say why."),
    Mode.NOTE: _("Links: I remind the room, of each kind of service at most once in {days} days."),
    Mode.DRY: _("Links: a dry run. I say nothing here, coordinators see what I would say."),
}


def manners(project: Project, institution: Institution) -> Message:
    """Return how the guard behaves in the room, in one sentence."""
    mode = institution.mode_of(project.charter)
    days = institution.cooldown_of(project.charter)
    if mode is Mode.NOTE and days == 1:
        return say(_("Links: I remind the room, of each kind of service at most once a day."))
    return say(MANNERS[mode], days=days)


def charter_card(
    project: Project, institution: Institution, *, language: str, today: date, all_of_it: bool
) -> Part:
    """Return the whole charter in at most eight lines: articles, signatures, manners.

    `all_of_it` adds what concerns coordinators: the dry run, agreements that have expired.
    """
    version = version_of(institution)
    numbers = [one.number for one in articles_of(institution, language)]
    head = say(
        _("Charter, version {version}. {how} shows an article."),
        version=version,
        how=Typed(ARTICLE, {"number": EXAMPLE if EXAMPLE in numbers else numbers[-1]}),
    )
    private: Part = NOTHING
    if all_of_it:
        private = Joined((dry_line(project), expired_line(project, today)), " ")
    return Lines(
        (
            Bold(head),
            *_titles(institution, language),
            signed_line(project),
            changed_line(project, institution),
            manners(project, institution),
            private,
        )
    )


def _titles(institution: Institution, language: str) -> Sequence[Part]:
    """Return the titles of all articles in a few lines."""
    every = [
        Joined((str(one.number), _cut(one.title)), " ")
        for one in articles_of(institution, language)
    ]
    wide = -(-len(every) // TITLE_LINES)
    return [Joined(tuple(every[at : at + wide])) for at in range(0, len(every), wide)]


def _cut(title: Part) -> Part:
    """Return an institution's own title, shortened if it is a whole sentence."""
    if isinstance(title, str) and len(title) > LONGEST_TITLE:
        return title[: LONGEST_TITLE - 1].rstrip() + "…"
    return title


def signed_line(project: Project) -> Part:
    """Return how many schools have signed, which ones, and how one signs."""
    how = Typed(SIGN)
    signatures = project.charter.signatures
    if not signatures:
        return say(_("No school has signed yet. A teacher records it: {how}"), how=how)
    schools = Listed(tuple(one.school for one in list(signatures.values())[:MOST_NAMED]))
    total = len({*project.partners, *signatures})
    return say(
        _("Signed by {n} of {total} schools: {schools}."),
        n=len(signatures),
        total=total,
        schools=schools,
    )


def changed_line(project: Project, institution: Institution) -> Part:
    """Return which schools signed an older text, and what reads otherwise since."""
    now = digests_of(institution)
    changed = {one.school: changed_since(one, now) for one in project.charter.signatures.values()}
    lines = [
        Joined((school, Commas(tuple(numbers))), ": ")
        for school, numbers in changed.items()
        if numbers
    ]
    if not lines:
        return NOTHING
    return say(
        _("Changed since they signed, to be signed again: {articles}"),
        articles=Joined(tuple(lines[:MOST_NAMED])),
    )


def dry_line(project: Project) -> Part:
    """Return what a dry run would have spoken about, where it was on three days and more."""
    counted = rehearsed(project.charter)
    if not counted:
        return NOTHING
    kinds = tuple(
        say(_n("{kind} ({n} day)", "{kind} ({n} days)", days), kind=category_name(one))
        for one, days in sorted(counted.items(), key=lambda pair: -pair[1])[:MOST_NAMED]
    )
    return say(_("Dry run: I would have spoken about {kinds}."), kinds=Commas(kinds))


def expired_line(project: Project, today: date) -> Part:
    """Return which agreements of the room stand no more; nothing if all do."""
    over = expired(project.charter, today)
    if not over:
        return NOTHING
    names = Listed(tuple(name_of_rule(one.what) for one in over[:MOST_NAMED]))
    return say(
        _("Agreements that have expired: {names}. {how} shows them."),
        names=names,
        how=Typed(EXCEPTIONS),
    )


def rule_line(rule: Rule, today: date) -> Part:
    """Return an agreement in one line: what, until when, why, who decided, where it is written."""
    name = Bold(name_of_rule(rule.what))
    verdict = _("agreed") if rule.allowed else _("not in this project")
    until: Part = NOTHING
    if rule.until and not rule.holds(today):
        until = say(_("expired {day}"), day=rule.until)
    elif rule.until:
        until = say(_("until {day}"), day=rule.until)
    registered: Part = NOTHING
    if rule.reference:
        registered = say(_("register {reference}"), reference=rule.reference)
    reason = rule.reason[:LONGEST_REASON]
    by: Part = NOTHING
    if rule.decided_by:
        by = say(_("decided by: {who}"), who=role_name(rule.decided_by))
    return Joined((name, Message(verdict), until, reason, by, registered))


def role_name(role: str) -> Part:
    """Return what a role is called; that of an institution is in its own words."""
    known = {"teacher": _("teacher"), "coordinator": _("coordinator"), "pupil": _("pupil")}
    return Message(known[role]) if role in known else role
