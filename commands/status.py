"""Status: where the project stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from bot.command import Commands, Outcome, Scope
from bot.language.cards import (
    concerned_partners,
    first_lines,
    is_late,
    list_line,
    milestone_card,
    sort_key,
)
from bot.language.fields import PartnerCode
from bot.language.folding import fold
from bot.language.message import (
    NOTHING,
    Bold,
    Commas,
    Joined,
    Lines,
    Listed,
    Part,
    Refusal,
    Typed,
    _,
    _n,
    say,
)
from bot.model.asker import Asker
from bot.model.charter import expired
from bot.model.people import Partner, Role
from bot.model.project import Project
from bot.model.tasks import State, Task

command = Commands("status")
MOST_LINES = 8
MOST_NUMBERS = 6
STATUS = _("(status|where are we|how are we doing)")
ALL = _("(status|overview) all [rooms|projects|my rooms]")


@command(STATUS, _("Where the project stands."), example=_("status"), shows=True)
def status(project: Project, asker: Asker) -> Outcome:
    """Say the counts, per class, what is late, what is open and the next milestone."""
    tasks = [task for task in project.tasks.values() if task.deleted is None]
    late = [task for task in tasks if is_late(project, task, asker.now)]
    above: list[Part] = [_counts(tasks), _late(late)]
    below: list[Part] = [
        _open_questions(project),
        _next_milestone(project, asker.now),
        _expired(project, asker),
    ]
    classes = [_of_class(project, tasks, code, asker.now) for code in project.partners]
    classes = [one for one in classes if one is not NOTHING]
    free = MOST_LINES - sum(one is not NOTHING for one in (*above, *below))
    most = free if len(classes) <= free else free - 1
    return Outcome(says=Lines((*above, *first_lines(classes, most), *below)))


def _late(late: list[Task]) -> Part:
    if not late:
        return NOTHING
    numbers = Listed(tuple(f"#{task.number}" for task in late[:MOST_NUMBERS]))
    return say(_n("{n} late: {numbers}", "{n} late: {numbers}", len(late)), numbers=numbers)


def _open_questions(project: Project) -> Part:
    """Return the polls that are open and what is about to be published."""
    polls = [f"Q{one.number}" for one in project.polls.values() if one.open]
    publications = [
        f"P{one.number}"
        for one in project.publications.values()
        if one.deleted is None and one.published is None
    ]
    found: list[Part] = []
    for text, numbers in (
        (_n("{n} poll open: {numbers}", "{n} polls open: {numbers}", len(polls)), polls),
        (
            _n(
                "{n} publication being prepared: {numbers}",
                "{n} publications being prepared: {numbers}",
                len(publications),
            ),
            publications,
        ),
    ):
        if numbers:
            found.append(say(text, numbers=Listed(tuple(numbers[:MOST_NUMBERS]))))
    return Joined(tuple(found)) if found else NOTHING


def _expired(project: Project, asker: Asker) -> Part:
    """Tell a coordinator of agreements about services that have run out."""
    count = len(expired(project.charter, asker.today))
    if not count or asker.role < Role.COORDINATOR:
        return NOTHING
    return say(
        _n(
            "{n} charter exception has expired.",
            "{n} charter exceptions have expired.",
            count,
        )
    )


@command(
    _("(status|where is) {partner}"),
    _("Where one class stands."),
    example=_("status PAU"),
    shows=True,
)
def status_of(project: Project, asker: Asker, *, partner: PartnerCode) -> Outcome:
    """Say how many tasks of a class are done, and which come next."""
    tasks = [task for task in project.tasks.values() if task.deleted is None]
    counts = _of_class(project, tasks, partner, asker.now)
    own = [
        task
        for task in tasks
        if task.open and partner not in task.ticks and _concerns(project, task, partner)
    ]
    own.sort(key=lambda task: sort_key(project, task, asker.now))
    lines = [list_line(project, task, asker.now) for task in own]
    if counts is NOTHING:
        counts = Joined((Bold(partner), say(_("No tasks yet."))))
    stone = _next_milestone(project, asker.now)
    return Outcome(says=Lines((counts, *first_lines(lines, MOST_LINES - 3), stone)))


@command(
    ALL,
    _("Where all your rooms stand, for coordinators, in a direct message."),
    example=_("status all"),
    scope=Scope.MY_ROOMS,
    shows=True,
)
def status_all(projects: Sequence[Project], asker: Asker) -> Outcome:
    """Say one line with counts for each room that the asker coordinates; to them alone.

    A room never learns of another room (DESIGN 10, law 7). No names, but those of the rooms.
    """
    if not asker.direct:
        how = Typed(ALL)
        return Outcome(
            says=say(_("That is for you alone: write me {how} in a direct message."), how=how)
        )
    own = [one for one in projects if _coordinates(one, asker.user)]
    if not own:
        raise Refusal(
            say(_("This is for coordinators, and I know of no room that you coordinate."))
        )
    rooms = [(one, _counted(one, asker.now)) for one in own]
    rooms.sort(key=lambda room: (not _room_name(room[0]), _as_counted(room[0]), room[0].created))
    if len(rooms) < MOST_LINES:
        return Outcome(says=Lines(tuple(_of_room(*one) for one in rooms)))
    rooms.sort(key=lambda room: room[1].late == 0)
    total = Joined((Bold(say(_n("{n} room", "{n} rooms", len(rooms)))), *_said(_sum(rooms))))
    lines = first_lines([_of_room(*one) for one in rooms], MOST_LINES - 2)
    return Outcome(says=Lines((total, *lines)))


def _coordinates(project: Project, user: str) -> bool:
    member = project.members.get(user)
    return member is not None and member.present and member.highest is Role.COORDINATOR


def _room_name(project: Project) -> str:
    """Return what tells a room from others; a task's title may hold a pupil's name."""
    return project.title or ", ".join(project.partners)


def _as_counted(project: Project) -> list[tuple[int, str]]:
    """Return what sorts rooms by name, "Class 2" before "Class 10"."""
    pieces = re.findall(r"\d+|\D+", fold(_room_name(project)))
    return [(int(one), "") if one.isdecimal() else (0, one) for one in pieces]


@dataclass(frozen=True)
class _Counts:
    """What a coordinator is told of a room, or of several together."""

    tasks: int
    done: int
    late: int
    polls: int


def _counted(project: Project, now: datetime) -> _Counts:
    tasks = [task for task in project.tasks.values() if task.deleted is None]
    return _Counts(
        tasks=len(tasks),
        done=sum(task.state is State.DONE for task in tasks),
        late=sum(is_late(project, task, now) for task in tasks),
        polls=sum(one.open for one in project.polls.values()),
    )


def _sum(rooms: Sequence[tuple[Project, _Counts]]) -> _Counts:
    counts = [astuple(one) for _project, one in rooms]
    return _Counts(*(sum(column) for column in zip(*counts, strict=True)))


def _of_room(project: Project, counts: _Counts) -> Part:
    name: Part = project.title or Commas(tuple(project.partners))
    if not _room_name(project):
        name = say(_("a room without a name"))
    return Joined((Bold(name), *_said(counts)))


def _said(counts: _Counts) -> tuple[Part, ...]:
    tasks, late, polls = counts.tasks, counts.late, counts.polls
    return (
        say(_n("{done} of {n} task done", "{done} of {n} tasks done", tasks), done=counts.done),
        say(_n("{n} late", "{n} late", late)) if late else NOTHING,
        say(_n("{n} poll open", "{n} polls open", polls)) if polls else NOTHING,
    )


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
    return say(_("{total}: {parts}."), total=Bold(total), parts=Commas(tuple(parts)))


def _of_class(project: Project, tasks: list[Task], code: str, now: datetime) -> Part:
    own = [task for task in tasks if _concerns(project, task, code)]
    if not own:
        return NOTHING
    done = sum(task.state is State.DONE or code in task.ticks for task in own)
    late = sum(_is_late(project, task, project.partners[code], now) for task in own)
    counted = say(_n("{done} of {n} done", "{done} of {n} done", len(own)), done=done)
    behind: Part = say(_n("{n} late", "{n} late", late)) if late else NOTHING
    return Joined((Bold(code), counted, behind))


def _concerns(project: Project, task: Task, code: str) -> bool:
    """Tell whether a task is given to a class or to people of it."""
    given = task.partners or task.assignees or task.shared
    return bool(given) and code in {one.code for one in concerned_partners(project, task)}


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
