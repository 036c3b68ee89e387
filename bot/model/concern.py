"""Concern: whom a task, milestone or reminder is about: classes, and people in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.model.people import Role
from bot.model.reminders import Reminder
from bot.model.tasks import Milestone, Task

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from bot.model.project import Project

Thing = Task | Milestone | Reminder

Code = str | None
"""The code of a class; None = people without one."""


def classes_of(project: Project, thing: Thing) -> list[Code]:
    """Return the classes that *thing* still concerns, in the order of the project.

    Those addressed as a class, and those of the people named; with nobody named, all of them. A
    class that has ticked its part of a task is no longer concerned.
    """
    codes: set[Code] = {
        *_addressed(project, thing),
        *(_code(project, one) for one in named(project, thing)),
    }
    if not codes:
        codes = {*project.partners} or {None}
    if isinstance(thing, Task):
        codes -= _ticked(project, thing)
    return sorted(codes, key=[*project.partners, None].index)


def named(project: Project, thing: Thing) -> list[str]:
    """Return the Matrix ids of the people whom *thing* names: assignees, who is to be reminded.

    A reminder of which no class and no person is known any more falls back to who asked for it:
    it is not lost, and it does not ring for everybody.
    """
    if isinstance(thing, Task):
        return thing.assignees
    if isinstance(thing, Milestone):
        return []
    audience = thing.audience
    if audience.everyone or _known(project, audience.partners):
        return audience.people
    left = any(user in project.members for user in audience.people)
    return audience.people if left else [thing.author]


def for_oneself(thing: Reminder) -> bool:
    """Tell whether somebody asked to be reminded alone: at a time of their own choosing."""
    audience = thing.audience
    alone = {*audience.people} <= {thing.author}
    return alone and not (audience.partners or audience.everyone)


def people_of(project: Project, thing: Thing, rung: AbstractSet[Code]) -> list[str]:
    """Return whom to mention when *thing* rings for the classes *rung*, each once, all present.

    The people named, or, of a task of which none of them is in the room (it was taken up in a new
    one, say), who answers for them; of a class addressed as such those who opted in, else its
    teachers; of a task that names nobody, its author.
    """
    found: list[str] = []
    owners = named(project, thing)
    lost = isinstance(thing, Task) and not any(_present(project, user) for user in owners)
    ticked: AbstractSet[Code] = set()
    done: AbstractSet[str] = set()
    if isinstance(thing, Task):
        ticked = _ticked(project, thing)
        done = {tick.by for tick in thing.ticks.values()}
    for user in owners:
        code = _code(project, user)
        # A teacher may have ticked for another class, so a class answers for its own people.
        if code in rung - ticked and not (code is None and user in done):
            found += _answerable(project, code) if lost else [user]
    addressed = _addressed(project, thing)
    for code in [*project.partners, None]:
        if code in addressed and code in rung - ticked:
            found += _voices(project, code)
    if isinstance(thing, Task) and not (thing.assignees or addressed):
        found += [thing.author] if _code(project, thing.author) in {None, *rung} else []
    return [user for user in dict.fromkeys(found) if _present(project, user)]


def _addressed(project: Project, thing: Thing) -> AbstractSet[Code]:
    """Return the classes that *thing* addresses as a class, rather than people in them."""
    everybody: set[Code] = {*project.partners} or {None}
    if isinstance(thing, Task):
        return everybody if thing.shared else _known(project, thing.partners)
    if isinstance(thing, Milestone) or thing.audience.everyone:
        return everybody
    return _known(project, thing.audience.partners)


def _known(project: Project, codes: Iterable[str]) -> AbstractSet[Code]:
    """Return those of *codes* that the project still has."""
    return {code for code in codes if code in project.partners}


def _ticked(project: Project, task: Task) -> AbstractSet[Code]:
    """Return the classes that have done their part of *task*."""
    return {code for code in _addressed(project, task) if code in task.ticks}


def _code(project: Project, user: str) -> Code:
    """Return the class of *user*, None if there is none (any more)."""
    partner = project.partner_of(user)
    return partner.code if partner else None


def _voices(project: Project, code: Code) -> list[str]:
    """Return who is mentioned for a whole class: those who opted in, else the teachers."""
    present = [
        one.user
        for one in project.members.values()
        if one.present and _code(project, one.user) == code
    ]
    rings = [user for user in present if project.members[user].rings]
    return rings or [user for user in present if project.role_of(user) >= Role.TEACHER]


def _answerable(project: Project, code: Code) -> list[str]:
    """Return who is mentioned in place of somebody of a class who is not there.

    The class, as a class; of somebody without one all the teachers of the room.
    """
    if code is not None:
        return _voices(project, code)
    return [user for user in project.members if project.role_of(user) >= Role.TEACHER]


def _present(project: Project, user: str) -> bool:
    """Tell whether *user* is in the room."""
    return user in project.members and project.members[user].present
