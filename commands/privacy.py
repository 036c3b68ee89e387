"""Privacy: what is stored and for how long, what is held about me, forget me."""

from __future__ import annotations

from collections.abc import Sequence

from bot.command import Choice, Commands, Context, Outcome, Scope
from bot.language.cards import first_lines
from bot.language.exporting import JSON, readable
from bot.language.message import NOTHING, Joined, Lines, Listed, Part, Refusal, Typed, _, _n, say
from bot.model import personal, retention
from bot.model.asker import Asker
from bot.model.files import File
from bot.model.forgetting import forget
from bot.model.people import Role
from bot.model.project import Project

command = Commands("privacy")
FORGET = _("(forget me|erase me)")
DATA = _("(my data|data|what do you know about me)")
RETENTION = _("(retention|keep data) [for] {months} (months|month)")
KEEP_ALL = _("(retention|keep data) (off|forever|for ever)")
FILE = "my-data.json"
MOST_ROOMS = 6
"""Further ones are in the file."""


@command(
    _("(privacy|data protection|what do you store)"),
    _("What I store, and for how long."),
    example=_("privacy"),
    shows=True,
)
def privacy(project: Project, asker: Asker) -> Outcome:
    """Say what is stored."""
    del asker
    return Outcome(
        says=Lines(
            (
                say(_("I read what begins with ! or my name, replies to mine, reactions, links.")),
                say(_("I store tasks, dates, reminders, remarks, votes, names and classes.")),
                say(
                    _(
                        "I keep them until somebody deletes them, or for 30 days after I have "
                        "left the room."
                    )
                ),
                _kept(project) if project.retention_days else NOTHING,
                say(_("I store no other message, and I look at nobody's profile.")),
                say(_("Your own data, in a direct message: {how}"), how=Typed(DATA)),
                say(_("To be forgotten: {how}"), how=Typed(FORGET)),
            )
        )
    )


def _kept(project: Project) -> Part:
    """Say how long what is finished is kept."""
    if project.retention_days is None:
        return say(_("Here everything stays as long as the project lasts."))
    months = retention.months_of(project.retention_days)
    return say(
        _n(
            "Every night I erase what was finished more than {n} month ago.",
            "Every night I erase what was finished more than {n} months ago.",
            months,
        )
    )


@command(
    RETENTION,
    _("Erase what is finished after so many months."),
    example=_("retention 12 months"),
    may=Role.COORDINATOR,
)
def keep(project: Project, asker: Asker, *, months: int) -> Outcome:
    """Have finished tasks, closed polls, past dates and stopped reminders erased in time."""
    if not retention.LEAST_MONTHS <= months <= retention.MOST_MONTHS:
        raise Refusal(
            say(_("Between 1 and {most} months, please."), most=str(retention.MOST_MONTHS))
        )
    project.retention_days = retention.days_of(months)
    waiting = len(retention.old(project, asker.now))
    tonight: Part = NOTHING
    if waiting:
        text = _n(
            "{n} entry will be erased tonight.", "{n} entries will be erased tonight.", waiting
        )
        tonight = Joined(
            (say(text), say(_("Is that not what you want? Write {how} now."), how=Typed(KEEP_ALL))),
            " ",
        )
    return Outcome(says=Lines((_kept(project), tonight)))


@command(
    KEEP_ALL,
    _("Keep everything as long as the project lasts."),
    example=_("retention off"),
    may=Role.COORDINATOR,
    quiet=True,
)
def keep_all(project: Project, asker: Asker) -> Outcome:
    """Erase nothing by itself."""
    del asker
    project.retention_days = None
    return Outcome(says=_kept(project))


@command(
    _("(retention|keep data)"),
    _("How long what is finished is kept."),
    example=_("retention"),
    quiet=True,
    shows=True,
)
def kept(project: Project, asker: Asker) -> Outcome:
    """Say how long what is finished is kept, and how that is changed."""
    del asker
    how = say(_("A coordinator changes it: {how}"), how=Typed(RETENTION, {"months": "12"}))
    return Outcome(says=Lines((_kept(project), how)))


@command(
    DATA,
    _("What I hold about you. I answer in a direct message only."),
    example=_("my data"),
    scope=Scope.MY_ROOMS,
)
def my_data(projects: Sequence[Project], asker: Asker, context: Context) -> Outcome:
    """Tell the asker what is held about them, in a direct room only."""
    if not asker.direct:
        return Outcome(
            says=say(
                _("That is for you alone: write me {how} in a direct message."), how=Typed(DATA)
            )
        )
    name, zone = personal.known_as(projects, asker)
    known = _("Name {name}, language {language}, time zone {zone}.")
    rooms = [_held(project, asker.user) for project in projects]
    lines: tuple[Part, ...] = (
        say(known, name=name, language=asker.language, zone=zone),
        NOTHING if projects else say(_("We share no project.")),
        *first_lines(rooms, MOST_ROOMS),
    )
    content = readable(personal.about(projects, asker, context.rooms))
    return Outcome(says=Lines(lines), file=File(FILE, JSON, content))


def _held(project: Project, user: str) -> Part:
    """Return what one project holds about *user*."""
    member = project.members.get(user)
    tasks, reminders = personal.work(project, user), personal.reminders(project, user)
    remarks = personal.remarks(project, user)
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


@command(FORGET, _("Erase what I hold about you."), example=_("forget me"), scope=Scope.MY_ROOMS)
def forget_me(projects: Sequence[Project], asker: Asker) -> Outcome:
    """Ask back before erasing."""
    del projects, asker
    return Outcome(
        says=Lines(
            (
                say(_("I will forget your name, class and language in every room.")),
                say(
                    _("Your own reminders are deleted. Tasks and results stay, without your name.")
                ),
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
