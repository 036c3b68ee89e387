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
    """Tell whether a task is the asker's: written by them, given to them or their class, nobody's.

    Somebody without a class is trusted: rooms work before they are set up.
    """
    if asker.role >= Role.TEACHER or asker.user in {task.author, *task.assignees}:
        return True
    own = project.partner_of(asker.user)
    if own is None or task.shared or not (task.assignees or task.partners):
        return True
    classes = {*task.partners, *(p.code for u in task.assignees if (p := project.partner_of(u)))}
    return not classes or own.code in classes


def past(project: Project, asker: Asker, due: Due) -> bool:
    """Tell whether *due* lies before the asker's present."""
    return due.at(asker.zone, otherwise=project.deadline) <= asker.now and due.day <= asker.today
