"""Unlinked people: who came with an archive and is not in the room under an account of their own.

They have a name, a class and their work; they are never rung, and hold no role. By hand, somebody
in the room is said to be them.
"""

from __future__ import annotations

from bot.model.forgetting import hand_over
from bot.model.people import Member
from bot.model.project import Project

SERVER = "imported"
"""Stands where a homeserver would: nobody can write from there."""


def user_of(key: str) -> str:
    """Return the id under which the person with *key* in an archive is known to the project."""
    return f"@{key}:{SERVER}"


def unlinked(project: Project) -> list[Member]:
    """Return the people who are not linked yet, in the order of the archive."""
    return [one for one in project.members.values() if is_unlinked(one)]


def is_unlinked(member: Member) -> bool:
    """Tell whether *member* came with an archive and was not found again."""
    return member.user.endswith(f":{SERVER}")


def work_of(project: Project, user: str) -> list[int]:
    """Return the numbers of the open tasks that are given to *user*."""
    return [one.number for one in project.tasks.values() if one.open and user in one.assignees]


def link(project: Project, old: Member, new: str) -> None:
    """Give *new*, who is in the room, all that *old* has: work, words, class; roles come anew."""
    hand_over(project, old.user, new)
    member = project.members.setdefault(new, Member(new, project.name_of(new), present=False))
    member.partner = member.partner or old.partner
    del project.members[old.user]
