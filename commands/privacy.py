"""Privacy: what is stored, what is held about me, forget me."""

from __future__ import annotations

from collections.abc import Sequence

from bot.command import Choice, Commands, Outcome, Scope
from bot.language.message import Joined, Lines, Listed, Part, Typed, _, _n, say
from bot.model.asker import Asker
from bot.model.forgetting import forget
from bot.model.project import Project
from bot.model.tasks import Task

command = Commands("privacy")
FORGET = _("(forget me|erase me)")
DATA = _("(my data|data|what do you know about me)")


@command(
    _("(privacy|data protection|what do you store)"),
    _("What I store, and for how long."),
    example=_("privacy"),
    shows=True,
)
def privacy(project: Project, asker: Asker) -> Outcome:
    """Say what is stored."""
    del project, asker
    return Outcome(
        says=Lines(
            (
                say(_("I read messages that begin with ! or name me, replies to mine, reactions.")),
                say(_("I store tasks, dates, reminders, remarks, names and classes.")),
                say(_("They stay until they are deleted, or 30 days after I leave the room.")),
                say(_("I store no other message, and I look at nobody's profile.")),
                say(_("Your own data, in a direct message: {how}"), how=Typed(DATA)),
                say(_("To be forgotten: {how}"), how=Typed(FORGET)),
            )
        )
    )


@command(
    DATA,
    _("What I hold about you. I answer in a direct message only."),
    example=_("my data"),
    scope=Scope.MY_ROOMS,
)
def my_data(projects: Sequence[Project], asker: Asker) -> Outcome:
    """Tell the asker what is held about them, in a direct room only."""
    if not asker.direct:
        return Outcome(
            says=say(
                _("That is for you alone: write me {how} in a direct message."), how=Typed(DATA)
            )
        )
    lines: list[Part] = [
        say(
            _("Name {name}, language {language}, time zone {zone}."),
            name=asker.name,
            language=asker.language,
            zone=asker.zone,
        )
    ]
    if not projects:
        lines.append(say(_("We share no project.")))
    lines += [_held(project, asker.user) for project in projects[:6]]
    return Outcome(says=Lines(tuple(lines)))


def _held(project: Project, user: str) -> Part:
    """Return what one project holds about *user*."""
    member = project.members.get(user)
    tasks = [t for t in project.tasks.values() if user in _users(t)]
    remarks = sum(c.by == user for t in project.tasks.values() for c in t.comments)
    reminders = [
        r for r in project.reminders.values() if r.author == user or user in r.audience.people
    ]
    numbers = Joined(
        (*(f"#{t.number}" for t in tasks[:8]), *(f"R{r.number}" for r in reminders[:4])), " "
    )
    counts = (
        say(_n("{n} task", "{n} tasks", len(tasks))),
        say(_n("{n} remark", "{n} remarks", remarks)),
        say(_n("{n} reminder", "{n} reminders", len(reminders))),
    )
    title = project.called or say(_("this project"))
    partner = member.partner if member and member.partner else say(_("no class"))
    return Joined((title, partner, Listed(counts), numbers))


def _users(task: Task) -> set[str]:
    ticked = {tick.by for tick in task.ticks.values()}
    finished = {task.finished.by} if task.finished else set()
    return {task.author, *task.assignees, *ticked, *finished}


@command(FORGET, _("Erase what I hold about you."), example=_("forget me"), scope=Scope.MY_ROOMS)
def forget_me(projects: Sequence[Project], asker: Asker) -> Outcome:
    """Ask back before erasing."""
    del projects, asker
    return Outcome(
        says=Lines(
            (
                say(_("I will forget your name, class and language in every room.")),
                say(_("Your own reminders are deleted. Tasks stay, without your name.")),
                say(_("Older messages stay on the server. 👍 = yes, forget me")),
            )
        ),
        offers=(Choice("👍", "forget me now"),),
    )


@command(
    _("(forget me now|erase me now)"),
    _("Erase it now."),
    example=_("forget me now"),
    scope=Scope.MY_ROOMS,
    quiet=True,
)
def forget_now(projects: Sequence[Project], asker: Asker) -> Outcome:
    """Put "former member" in the asker's place everywhere."""
    for project in projects:
        forget(project, asker.user)
    return Outcome(says=say(_("Done. I have forgotten you.")), forgets=True)
