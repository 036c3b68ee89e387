"""Mentions: the texts that go with a publication, in words."""

from __future__ import annotations

from bot.language.field_publish import Mention
from bot.language.message import NOTHING, Bold, Lines, Msgid, Part, _, say
from bot.model.project import Project
from bot.model.publication import FUNDING, Answer

MENTIONS = _("(mentions|mention|legal notice|imprint)")
SET = _("(mentions|mention) {mention} = {text}\n(mentions|mention) {mention} {text}")
MANDATORY = tuple(one for one in Mention if one is not Mention.CREDITS)
"""Mentions that every publication needs; credits only where there is something to credit."""
NAMES: dict[Mention, Msgid] = {
    Mention.WHO: _("who we are"),
    Mention.PROJECT: _("our project"),
    Mention.RESPONSIBLE: _("person responsible"),
    Mention.HOST: _("host"),
    Mention.CONTACT: _("contact"),
    Mention.CREDITS: _("credits"),
}
"""Mention -> what it is called in a sentence."""


def mention(project: Project, which: Mention) -> str:
    """Return the words of a mention: those a teacher entered, else what the project knows."""
    entered = str(getattr(project.publisher, which.value))
    known = {
        Mention.WHO: ", ".join(partner.name for partner in project.partners.values()),
        Mention.PROJECT: project.title,
    }
    return entered or known.get(which, "")


def missing_mentions(project: Project) -> list[Mention]:
    """Return the mandatory mentions that have no words yet."""
    return [which for which in MANDATORY if not mention(project, which)]


def mentions_text(project: Project) -> Part:
    """Return the text that goes with a publication, of eight lines at the most.

    What it holds follows what European schools owe their readers (charter.md 3.1; in France the
    LCEN, article 1-1): who publishes, a person responsible with their role, the host, a contact.
    """
    words = {which: mention(project, which) or "…" for which in Mention}
    credits_ = mention(project, Mention.CREDITS)
    return Lines(
        (
            say(_("Who are we: {words}"), words=words[Mention.WHO]),
            say(_("Our project: {words}"), words=words[Mention.PROJECT]),
            Bold(say(_("Legal notice"))),
            say(
                _("Person responsible for the publication: {words}"),
                words=words[Mention.RESPONSIBLE],
            ),
            say(_("Hosted by: {words}"), words=words[Mention.HOST]),
            say(
                _("Contact, also to have something removed: {words}"), words=words[Mention.CONTACT]
            ),
            say(_("Credits: {words}"), words=credits_) if credits_ else NOTHING,
            _disclaimer(project),
        )
    )


def _disclaimer(project: Project) -> Part:
    """Return the sentence about the European Union, if a publication here says that it needs it."""
    kept = [one for one in project.publications.values() if not one.deleted]
    if not any(one.points.get(FUNDING) is Answer.OK for one in kept):
        return NOTHING
    return say(
        _("This reflects the views of its authors only; the European Union is not responsible.")
    )
