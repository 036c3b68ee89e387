"""Who may do what, beyond the role that a command asks for."""

from __future__ import annotations

from bot.language.message import Bold, Listed, Message, Msgid, Refusal, Typed, _, say
from bot.model.asker import Asker
from bot.model.due import Due
from bot.model.people import Role
from bot.model.project import Project
from bot.model.reminders import Audience
from bot.model.tasks import Task


def need_teacher(asker: Asker, why: Msgid) -> None:
    """Refuse, saying *why*, unless the asker is a teacher."""
    if asker.role < Role.TEACHER:
        raise Refusal(say(_("{why} Ask a teacher to do it."), why=Message(why)))


def owns(project: Project, asker: Asker, task: Task) -> bool:
    """Tell whether the asker may tick a task: it is theirs, their class's, everybody's or nobody's.

    In a room without classes everybody is trusted: it works before it is set up.
    """
    free = task.shared or not (task.assignees or task.partners)
    return free or may_change(project, asker, task)


def may_change(project: Project, asker: Asker, task: Task) -> bool:
    """Tell whether the asker may change what a task says: its people, their classes, teachers."""
    if asker.role >= Role.TEACHER or asker.user in {task.author, *task.assignees}:
        return True
    if not project.partners:
        return True
    own = project.partner_of(asker.user)
    people = (task.author, *task.assignees)
    classes = {*task.partners, *(p.code for user in people if (p := project.partner_of(user)))}
    return (own is not None and own.code in classes) or not classes


def past(project: Project, asker: Asker, due: Due) -> bool:
    """Tell whether *due* lies before the asker's present."""
    return due.at(asker.zone, otherwise=project.deadline) <= asker.now and due.day <= asker.today


def find_task(project: Project, number: int) -> Task:
    """Return the task *number*; Refusal with the latest numbers if there is none."""
    task = project.tasks.get(number)
    if task is None:
        raise unknown_task(project, number)
    if task.deleted:
        raise Refusal(
            say(
                _("#{number} was deleted. {how} brings it back."),
                number=number,
                how=Typed(_("restore {task}"), {"task": number}),
            )
        )
    return task


def unknown_task(project: Project, number: int) -> Refusal:
    """Return what to say of a number that no task has: the latest ones."""
    latest = [one.number for one in project.tasks.values() if one.deleted is None][-3:]
    if not latest:
        return Refusal(say(_("There is no #{number}. There are no tasks yet."), number=number))
    numbers = Listed(tuple(Bold(f"#{one}") for one in latest))
    return Refusal(
        say(_("There is no #{number}. Latest: {numbers}."), number=number, numbers=numbers)
    )


def task_to_change(project: Project, asker: Asker, number: int) -> Task:
    """Return the task *number* if the asker may change what it says; Refusal if not."""
    task = find_task(project, number)
    if not may_change(project, asker, task):
        need_teacher(asker, _("This task belongs to others."))
    return task


def task_to_tick(project: Project, asker: Asker, number: int) -> Task:
    """Return the task *number* if the asker may tick it or say how it stands; Refusal if not."""
    task = find_task(project, number)
    if not owns(project, asker, task):
        need_teacher(asker, _("This task belongs to another class."))
    return task


def give(task: Task, who: Audience) -> None:
    """Give *task* to more people or classes."""
    task.assignees += [user for user in who.people if user not in task.assignees]
    task.partners += [code for code in who.partners if code not in task.partners]
    task.shared = task.shared or who.everyone
