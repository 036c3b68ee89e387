"""The digest: switching on and off what the room is told each week."""

from __future__ import annotations

from bot.command import Commands, Outcome
from bot.language.cards import city_of
from bot.language.field_agenda import Weekly
from bot.language.message import Lines, Part, Rule, Typed, _, say
from bot.model.asker import Asker
from bot.model.digest import Digest, next_time
from bot.model.people import Role
from bot.model.project import Project
from bot.model.recurrence import WEEKDAYS

command = Commands("status")
DIGEST = _("[weekly] digest {weekly}")
MONDAY = _("mon 8:00")


@command(
    DIGEST,
    _("Tell the room once a week where it stands."),
    example=_("digest mon 8:00"),
    may=Role.TEACHER,
)
def digest(project: Project, asker: Asker, *, weekly: Weekly) -> Outcome:
    """Have the room told each week where its project stands."""
    project.digest = Digest(weekly.weekday, weekly.clock, asker.now)
    return Outcome(says=_described(project, asker, project.digest))


@command(
    _("[weekly] digest (off|stop|none)"),
    _("No more digest."),
    example=_("digest off"),
    may=Role.TEACHER,
)
def digest_off(project: Project, asker: Asker) -> Outcome:
    """Stop the digest."""
    del asker
    project.digest = None
    return Outcome(reaction="👍")


@command(
    _("[weekly] digest"), _("When the digest comes."), example=_("digest"), quiet=True, shows=True
)
def digest_show(project: Project, asker: Asker) -> Outcome:
    """Say when the digest comes."""
    if project.digest:
        return Outcome(says=_described(project, asker, project.digest))
    how = Typed(DIGEST, {"weekly": say(MONDAY)})
    return Outcome(says=say(_("There is no digest. A teacher switches it on: {how}"), how=how))


def _described(project: Project, asker: Asker, found: Digest) -> Part:
    rule = Rule(f"FREQ=WEEKLY;BYDAY={WEEKDAYS[found.weekday]}", found.clock)
    return Lines(
        (
            say(_("Digest: {rule} ({place})."), rule=rule, place=city_of(project.zone)),
            say(_("The next one: {moment}."), moment=next_time(found, project.zone, asker.now)),
        )
    )
