"""Progress of tasks: ticked, taken, given to people and classes."""

from __future__ import annotations

from bot.command import Commands, Outcome
from bot.language.cards import missing
from bot.language.fields import TaskNumber
from bot.language.message import Refusal, Typed, _, say
from bot.model.asker import Asker
from bot.model.people import Role
from bot.model.project import Project
from bot.model.reminders import Audience
from bot.model.tasks import State, Task, Tick
from commands.people import IAM
from commands.rights import find_task, give, task_to_change, task_to_tick

command = Commands("tasks")


@command(
    _(
        "[task] {task} (done|finished|ready|it's done|is done|✅|✔|☑)\n"
        "(done|finished|it's done) {task}"
    ),
    _("Tick a task, or your class's part of it."),
    example=_("14 done"),
)
def done(project: Project, asker: Asker, *, task: TaskNumber) -> Outcome:
    """Tick a task; of a task shared by several classes only the asker's part."""
    found = task_to_tick(project, asker, task)
    tick = Tick(asker.user, asker.now)
    classes = list(project.partners) if found.shared else found.partners
    if len(classes) > 1:
        partner = project.partner_of(asker.user)
        if partner and partner.code in classes:
            found.ticks.setdefault(partner.code, tick)
        elif asker.role >= Role.TEACHER:
            found.ticks |= {code: tick for code in classes if code not in found.ticks}
        else:
            raise Refusal(
                say(
                    _("Every class ticks its own part. Tell me your class first: {how}"),
                    how=Typed(IAM, {"partner": classes[0]}),
                )
            )
        if missing(project, found):
            return Outcome(reaction="✅")
    if found.state is not State.DONE:
        found.state, found.finished = State.DONE, tick
    return Outcome(reaction="✅")


def _set_state(project: Project, asker: Asker, number: TaskNumber, state: State) -> Task:
    found = task_to_tick(project, asker, number)
    found.state, found.finished = state, None
    partner = project.partner_of(asker.user)
    if partner and found.ticks and asker.role < Role.TEACHER:
        found.ticks.pop(partner.code, None)
    else:
        found.ticks.clear()
    return found


@command(
    _("[task] {task} (doing|in progress|started|start)"),
    _("Say that somebody is working on it."),
    example=_("14 doing"),
)
def doing(project: Project, asker: Asker, *, task: TaskNumber) -> Outcome:
    """Mark a task as in progress."""
    _set_state(project, asker, task, State.DOING)
    return Outcome(reaction="👍")


@command(
    _("[task] {task} (todo|to do|reopen|not done|open)"),
    _("Open a task again."),
    example=_("14 todo"),
)
def todo(project: Project, asker: Asker, *, task: TaskNumber) -> Outcome:
    """Open a task again."""
    _set_state(project, asker, task, State.TODO)
    return Outcome(reaction="👍")


@command(
    _("[task] {task} (waiting|wait|blocked|on hold)"),
    _("Say that it has to wait."),
    example=_("14 waiting"),
)
def waiting(project: Project, asker: Asker, *, task: TaskNumber) -> Outcome:
    """Mark a task as waiting."""
    _set_state(project, asker, task, State.WAITING)
    return Outcome(reaction="👍")


@command(
    _("[task] {task} (mine|me|take|i take it|i'll take it|✋)\n(take|i take|i'll take) {task}"),
    _("Take a task."),
    example=_("take 14"),
)
def take(project: Project, asker: Asker, *, task: TaskNumber) -> Outcome:
    """Give a task to the asker."""
    found = find_task(project, task)
    if asker.user not in found.assignees:
        found.assignees.append(asker.user)
    return Outcome(reaction="✋")


@command(
    _("[task] {task} (drop|leave|not me)\n(drop|leave) {task}"),
    _("Give a task back."),
    example=_("drop 14"),
)
def drop(project: Project, asker: Asker, *, task: TaskNumber) -> Outcome:
    """Take the asker off a task."""
    found = find_task(project, task)
    found.assignees = [user for user in found.assignees if user != asker.user]
    return Outcome(reaction="👍")


@command(
    _("[task] {task} [for|to|class] {who}\nassign {task} [to] {who}"),
    _("Give a task to people or classes."),
    example=_("14 everyone"),
)
def assign(project: Project, asker: Asker, *, task: TaskNumber, who: Audience) -> Outcome:
    """Give a task to more people or classes."""
    give(task_to_change(project, asker, task), who)
    return Outcome(reaction="👍")


@command(
    _("{task} (without|not) {who}\nunassign {task} {who}"),
    _("Take people or classes off a task."),
    example=_("14 without everyone"),
)
def unassign(project: Project, asker: Asker, *, task: TaskNumber, who: Audience) -> Outcome:
    """Take people or classes off a task."""
    found = task_to_change(project, asker, task)
    found.assignees = [user for user in found.assignees if user not in who.people]
    found.partners = [code for code in found.partners if code not in who.partners]
    found.shared = found.shared and not who.everyone
    return Outcome(reaction="👍")
