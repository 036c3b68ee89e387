"""Who may do what, beyond the role that a command asks for."""

from __future__ import annotations

from bot.language.message import Message, Msgid, Refusal, _, say
from bot.model.asker import Asker
from bot.model.due import Due
from bot.model.people import Role
from bot.model.project import Project
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
    """Tell whether the asker may move or rename a task: those it is of, their classes, teachers."""
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
