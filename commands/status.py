"""Status: where the project stands."""

from __future__ import annotations

from datetime import datetime

from bot.command import Commands, Outcome
from bot.language.cards import concerned_partners, is_late, milestone_card
from bot.language.message import NOTHING, Bold, Joined, Lines, Listed, Part, _, _n, say
from bot.model.asker import Asker
from bot.model.people import Partner
from bot.model.project import Project
from bot.model.tasks import State, Task

command = Commands("status")
MOST_CLASSES = 5


@command(
    _("(status|where are we|how are we doing)"),
    _("Where the project stands."),
    example=_("status"),
    shows=True,
)
def status(project: Project, asker: Asker) -> Outcome:
    """Say the counts, per class, what is late and the next milestone."""
    tasks = [task for task in project.tasks.values() if task.deleted is None]
    late = [task for task in tasks if is_late(project, task, asker.now)]
    lines: list[Part] = [_counts(tasks)]
    if late:
        numbers = Listed(tuple(f"#{task.number}" for task in late[:6]))
        lines.append(
            say(_n("{n} late: {numbers}", "{n} late: {numbers}", len(late)), numbers=numbers)
        )
    own = [_of_class(project, tasks, code, asker.now) for code in project.partners]
    lines += [one for one in own if one is not NOTHING][:MOST_CLASSES]
    lines.append(_next_milestone(project, asker.now))
    return Outcome(says=Lines(tuple(lines)))


def _counts(tasks: list[Task]) -> Part:
    if not tasks:
        return say(_("No tasks yet."))
    counts = {state: sum(task.state is state for task in tasks) for state in State}
    total = say(_n("{n} task", "{n} tasks", len(tasks)))
    parts: list[Part] = [say(_n("{n} done", "{n} done", counts[State.DONE]))]
    if counts[State.DOING]:
        parts.append(say(_n("{n} in progress", "{n} in progress", counts[State.DOING])))
    if counts[State.WAITING]:
        parts.append(say(_n("{n} waiting", "{n} waiting", counts[State.WAITING])))
    if counts[State.TODO]:
        parts.append(say(_n("{n} to do", "{n} to do", counts[State.TODO])))
    return say(_("{total}: {parts}."), total=Bold(total), parts=Joined(tuple(parts), ", "))


def _of_class(project: Project, tasks: list[Task], code: str, now: datetime) -> Part:
    own = [
        task
        for task in tasks
        if (task.partners or task.assignees or task.shared)
        and code in {one.code for one in concerned_partners(project, task)}
    ]
    if not own:
        return NOTHING
    done = sum(task.state is State.DONE or code in task.ticks for task in own)
    late = sum(_is_late(project, task, project.partners[code], now) for task in own)
    counted = say(_n("{done} of {n} done", "{done} of {n} done", len(own)), done=done)
    behind: Part = say(_n("{n} late", "{n} late", late)) if late else NOTHING
    return Joined((Bold(code), counted, behind))


def _is_late(project: Project, task: Task, partner: Partner, now: datetime) -> bool:
    """Tell whether a class is past its own deadline of an open task, without having ticked it."""
    if not task.open or task.due is None or partner.code in task.ticks:
        return False
    return project.deadline_of(task.due, partner) < now


def _next_milestone(project: Project, now: datetime) -> Part:
    ahead = [
        one
        for one in project.milestones.values()
        if not one.deleted and project.deadline_of(one.due, None) >= now
    ]
    if not ahead:
        return NOTHING
    first = min(ahead, key=lambda one: project.deadline_of(one.due, None))
    return say(_("Next milestone: {milestone}"), milestone=milestone_card(project, first))


@command(_("(board|show board)"), _("The board of this room."), example=_("board"))
def board(project: Project, asker: Asker) -> Outcome:
    """Show the board anew, below in the room."""
    del project, asker
    return Outcome(card="board")
