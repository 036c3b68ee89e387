"""Milestones: the dates that the whole partnership looks to."""

from __future__ import annotations

from bot.command import Commands, Outcome
from bot.language.cards import date_and_places, first_lines, milestone_card
from bot.language.field_dates import Doubtful
from bot.language.fields import MilestoneNumber
from bot.language.message import Joined, Lines, Refusal, _, say
from bot.model.asker import Asker
from bot.model.due import Due
from bot.model.people import Role
from bot.model.project import Project
from bot.model.tasks import Milestone
from commands.rights import past
from commands.tasks import LONGEST_TITLE

command = Commands("milestones")
MOST_LINES = 6


@command(
    _("milestone {title} [on|by|for|at] {due}"),
    _("Set a date for the whole partnership."),
    example=_("milestone Video call 12 March 14:00"),
    may=Role.TEACHER,
)
def add(project: Project, asker: Asker, *, title: str, due: Due) -> Outcome:
    """Add a milestone."""
    _check(project, asker, due)
    number = project.next_number("milestone")
    project.milestones[number] = Milestone(
        number, title[:LONGEST_TITLE], asker.user, asker.now, due, event=asker.event
    )
    return Outcome(card=f"milestone {number}")


def _check(project: Project, asker: Asker, due: Due) -> None:
    if isinstance(due, Doubtful):
        raise Refusal(
            say(
                _("Which day do you mean, {one} or {other}? Please write the date."),
                one=due.day,
                other=due.others[0].day,
            )
        )
    if past(project, asker, due):
        raise Refusal(say(_("{day} is already past. Which day do you mean?"), day=due.day))


@command(_("milestones"), _("The dates to come."), example=_("milestones"), shows=True)
def show(project: Project, asker: Asker) -> Outcome:
    """List the milestones to come."""
    ahead = [
        one
        for one in project.milestones.values()
        if not one.deleted and project.deadline_of(one.due, None) >= asker.now
    ]
    ahead.sort(key=lambda one: project.deadline_of(one.due, None))
    if not ahead:
        return Outcome(says=say(_("No milestone ahead.")))
    lines = [milestone_card(project, one) for one in ahead]
    return Outcome(says=Lines(first_lines(lines, MOST_LINES)))


@command(
    _("{milestone}\nmilestone {milestone}"),
    _("Show a milestone."),
    example=_("M2"),
    quiet=True,
    shows=True,
)
def card(project: Project, asker: Asker, *, milestone: MilestoneNumber) -> Outcome:
    """Show a milestone."""
    del asker
    return Outcome(card=f"milestone {find(project, milestone).number}")


@command(
    _("{milestone} [on|by|to|for|at] {due}\nmove {milestone} [to] {due}"),
    _("Move a milestone."),
    example=_("M2 12 March 15:00"),
    may=Role.TEACHER,
)
def move(project: Project, asker: Asker, *, milestone: MilestoneNumber, due: Due) -> Outcome:
    """Move a milestone."""
    found = find(project, milestone)
    _check(project, asker, due)
    before, found.due = found.due, due
    partners = list(project.partners.values())
    new = date_and_places(project, due, partners)
    old = date_and_places(project, before, partners)
    now = Joined((f"M{found.number}", "→", new), " ")
    return Outcome(says=Lines((now, say(_("Before: {day}."), day=old))))


@command(
    _("{milestone} = {title}"),
    _("Give a milestone another title."),
    example=_("M2 = First video call"),
    may=Role.TEACHER,
)
def rename(project: Project, asker: Asker, *, milestone: MilestoneNumber, title: str) -> Outcome:
    """Give a milestone another title."""
    found = find(project, milestone)
    found.title, found.event = title[:LONGEST_TITLE], asker.event
    return Outcome(reaction="👍")


@command(
    _("{milestone} (delete|remove|🗑)\n(delete|remove) {milestone}"),
    _("Delete a milestone. Undo brings it back."),
    example=_("delete M2"),
    may=Role.TEACHER,
)
def delete(project: Project, asker: Asker, *, milestone: MilestoneNumber) -> Outcome:
    """Delete a milestone."""
    find(project, milestone).deleted = asker.now
    return Outcome(reaction="🗑️")


def find(project: Project, number: int) -> Milestone:
    """Return milestone *number*; Refusal if there is none."""
    found = project.milestones.get(number)
    if found is None or found.deleted:
        raise Refusal(say(_("There is no milestone {number}."), number=f"M{number}"))
    return found
