"""Lists: what there is to do, for me, for a class, for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.command import Commands, Outcome
from bot.language.cards import concerned_partners, first_lines, is_late, list_line, sort_key
from bot.language.fields import PartnerCode, Tag
from bot.language.message import NOTHING, Bold, Joined, Lines, Msgid, Part, Typed, _, say
from bot.model.asker import Asker
from bot.model.project import Project
from bot.model.tasks import Task

command = Commands("tasks")
MOST_LINES = 6
TASKS = _("(tasks|list|todo) [{page}]")
ALL = _("(tasks|list) all [{page}]")


def _list(
    project: Project, asker: Asker, title: Part, tasks: Sequence[Task], page: Page | None = None
) -> Outcome:
    """Return a page of *tasks*, late ones first, never longer than a phone shows."""
    found = sorted(tasks, key=lambda task: sort_key(project, task, asker.now))
    if not found:
        return Outcome(says=Joined((title, say(_("nothing open.")))))
    last = -(-len(found) // MOST_LINES)
    number = min(page.number, last) if page else 1
    rest = found[(number - 1) * MOST_LINES :]
    lines = [list_line(project, task, asker.now) for task in rest]
    following = Typed(page.phrase, {"page": number + 1}) if page else NOTHING
    return Outcome(says=Lines((Bold(title), *first_lines(lines, MOST_LINES, following))))


@dataclass(frozen=True)
class Page:
    """Which part of a long list, and how the next is asked for."""

    number: int
    phrase: Msgid


def _open(project: Project) -> list[Task]:
    return [task for task in project.tasks.values() if task.open]


@command(TASKS, _("What is to be done."), example=_("tasks"), shows=True)
def tasks(project: Project, asker: Asker, *, page: int = 1) -> Outcome:
    """List the open tasks."""
    return _list(project, asker, say(_("Tasks")), _open(project), Page(max(1, page), TASKS))


@command(ALL, _("All tasks, done ones too."), example=_("tasks all"), shows=True)
def everything(project: Project, asker: Asker, *, page: int = 1) -> Outcome:
    """List all tasks, done ones too."""
    found = [task for task in project.tasks.values() if task.deleted is None]
    return _list(project, asker, say(_("All tasks")), found, Page(max(1, page), ALL))


@command(
    _("(tasks|list) (late|overdue)\n(late|overdue)"),
    _("What is late."),
    example=_("tasks late"),
    shows=True,
)
def late(project: Project, asker: Asker) -> Outcome:
    """List the late tasks."""
    found = [task for task in _open(project) if is_late(project, task, asker.now)]
    return _list(project, asker, say(_("Late")), found)


@command(
    _("(tasks|list) {partner}"), _("What a class has to do."), example=_("tasks PAU"), shows=True
)
def of_partner(project: Project, asker: Asker, *, partner: PartnerCode) -> Outcome:
    """List the open tasks of one class: given to it, to its people, or to all."""
    found = [
        task
        for task in _open(project)
        if partner not in task.ticks
        and (task.partners or task.assignees or task.shared)
        and partner in {one.code for one in concerned_partners(project, task)}
    ]
    return _list(project, asker, say(_("Tasks of {partner}"), partner=partner), found)


@command(_("(tasks|list) {tag}"), _("Tasks with a label."), example=_("tasks +video"), shows=True)
def labelled(project: Project, asker: Asker, *, tag: Tag) -> Outcome:
    """List the open tasks with a label."""
    found = [task for task in _open(project) if tag in task.tags]
    return _list(project, asker, say(_("Tasks {tag}"), tag=f"+{tag}"), found)


@command(_("(mine|my tasks|tasks mine|tasks me)"), _("My tasks."), example=_("mine"), shows=True)
def mine(project: Project, asker: Asker) -> Outcome:
    """List the open tasks of the asker and of their class."""
    own = project.partner_of(asker.user)
    code = own.code if own else None
    found = [
        task
        for task in _open(project)
        if asker.user in task.assignees
        or (code and (task.shared or code in task.partners) and code not in task.ticks)
    ]
    return _list(project, asker, say(_("Your tasks")), found)
