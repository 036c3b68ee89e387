"""Forgetting: how somebody is taken out of a project, and their work stays."""

from __future__ import annotations

from bot.model.people import FORMER
from bot.model.project import Project


def forget(project: Project, user: str) -> None:
    """Take *user* out of *project*; the tasks stay."""
    project.members.pop(user, None)
    for task in project.tasks.values():
        task.author = FORMER if task.author == user else task.author
        task.assignees = [one for one in task.assignees if one != user]
        for tick in (*task.ticks.values(), *([task.finished] if task.finished else [])):
            tick.by = FORMER if tick.by == user else tick.by
        for remark in task.comments:
            remark.by = FORMER if remark.by == user else remark.by
    for milestone in project.milestones.values():
        milestone.author = FORMER if milestone.author == user else milestone.author
    for number, reminder in list(project.reminders.items()):
        people = reminder.audience.people
        if people == [user] or (reminder.author == user and people):
            del project.reminders[number]
            continue
        reminder.author = FORMER if reminder.author == user else reminder.author
        reminder.audience.people = [one for one in people if one != user]
