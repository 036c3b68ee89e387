"""Reminders that people ask for: once or again and again, for themselves or others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from bot.command import Choice, Commands, Context, Outcome
from bot.language.cards import first_lines, reminder_card, reminder_time
from bot.language.field_dates import MORNING, Schedule, typed, which_day
from bot.language.field_people import LETTERS
from bot.language.fields import ReminderNumber, TaskNumber
from bot.language.message import Joined, Lines, Message, Refusal, Typed, _, _n, say
from bot.model import agenda
from bot.model.asker import Asker
from bot.model.documents import thing_of
from bot.model.due import Due, local
from bot.model.people import Role
from bot.model.project import Project
from bot.model.reminders import Audience, Reminder
from bot.model.tasks import Task
from commands.rights import need_teacher

command = Commands("reminders")
MOST_OPEN = 5
"""Reminders that a pupil may have waiting at a time."""
MOST_LINES = 6
HOUR = timedelta(hours=1)
LOOK_AHEAD = timedelta(days=400)
"""How far ahead a reminder is looked for, to say that it rings at another time."""
RESUME = _("{reminder} (resume|go on|continue)\nresume {reminder}")


@command(
    _(
        "(remind|reminder) [me] [to] {text} [on|at] {when}\n"
        "(remind|reminder) [me] {when} [to] {text}\n"
        "remindme [to] {text} [on|at] {when}\n"
        "remindme {when} [to] {text}"
    ),
    _("Remind me, once or regularly."),
    example=_("remind me to sign the form 12 March 10:00"),
)
def remind(project: Project, asker: Asker, *, text: str, when: Schedule) -> Outcome:
    """Remind the asker."""
    return _add(project, asker, Audience([asker.user]), text, when)


@command(
    _(
        "(remind|reminder) [for] {who} [to] {text} [on|at] {when}\n"
        "(remind|reminder) [for] {who} {when} [to] {text}"
    ),
    _("Remind somebody, a class or all."),
    example=_("remind everyone to write the diary every friday 14:00"),
)
def remind_others(
    project: Project, asker: Asker, *, who: Audience, text: str, when: Schedule
) -> Outcome:
    """Remind others: a pupil their own class, a teacher anybody."""
    _check_audience(project, asker, who)
    return _add(project, asker, who, text, when)


@command(
    _("(remind|reminder) [me] {when}\nremindme {when}"),
    _("In reply to a message: remind me of it."),
    example=_("remind me tomorrow 10:00"),
    in_reply=True,
)
def remind_of_message(
    project: Project, asker: Asker, context: Context, *, when: Schedule
) -> Outcome:
    """Remind the asker of the message that they reply to."""
    return _of_message(project, asker, context, Audience([asker.user]), when)


@command(
    _("(remind|reminder) [for] {who} {when}"),
    _("In reply to a message: remind somebody of it."),
    example=_("remind everyone tomorrow 10:00"),
    in_reply=True,
)
def remind_others_of_message(
    project: Project, asker: Asker, context: Context, *, who: Audience, when: Schedule
) -> Outcome:
    """Remind others of the message that the asker replies to."""
    _check_audience(project, asker, who)
    return _of_message(project, asker, context, who, when)


def _of_message(
    project: Project, asker: Asker, context: Context, who: Audience, when: Schedule
) -> Outcome:
    if asker.reply_to is None:
        raise Refusal(
            say(_("What shall I remind you of? Write it too, or reply to a message with it."))
        )
    text = _title_of(project, context.places.get(asker.reply_to, ""))
    return _add(project, asker, who, text, when)


def _title_of(project: Project, place: str) -> str:
    """Return the title of the task or milestone that a message shows, "" for another message."""
    kind, number = thing_of(place)
    if not kind:
        return ""
    task, milestone = project.tasks.get(int(number)), project.milestones.get(int(number))
    if kind == "task" and task:
        return task.title
    return milestone.title if kind == "milestone" and milestone else ""


def _check_audience(project: Project, asker: Asker, who: Audience) -> None:
    own = project.partner_of(asker.user)
    outside = [code for code in who.partners if own is None or code != own.code]
    classes = {p.code for user in who.people if (p := project.partner_of(user))}
    strangers = classes - {own.code if own else None}
    if who.everyone or outside or strangers:
        need_teacher(asker, _("Pupils remind themselves and their own class."))


def _add(project: Project, asker: Asker, who: Audience, text: str, when: Schedule) -> Outcome:
    if asker.role < Role.TEACHER:
        mine = [
            r for r in project.reminders.values() if r.author == asker.user and waiting(r, asker)
        ]
        if len(mine) >= MOST_OPEN:
            raise Refusal(
                say(
                    _n(
                        "You have {n} reminder waiting. Stop one first.",
                        "You have {n} reminders waiting. Stop one first.",
                        len(mine),
                    )
                )
            )
    number = project.next_number("reminder")
    project.reminders[number] = Reminder(
        number,
        text[:500],
        asker.user,
        asker.now,
        who,
        _first(when, who),
        every=when.every,
        room=asker.room,
        reply_to=asker.reply_to,
        event=asker.event,
        paused=bool(when.others),
    )
    if when.others:
        return replace(_asking(asker, number, when), card=f"reminder {number}")
    return Outcome(card=f"reminder {number}", says=_moved(project, asker, number))


def _first(when: Schedule, who: Audience) -> Due:
    """Return when a reminder rings first: for classes at the wall time of each."""
    first = when.first
    if not when.exact and (who.everyone or who.partners):
        return Due(first.day, first.clock, None)
    return first


def _asking(asker: Asker, number: int, when: Schedule) -> Outcome:
    """Ask which of several days is meant; the reminder rests until somebody says so."""
    days = (when.first, *when.others)
    offers = tuple(
        Choice(letter, f"R{number} {typed(one)}")
        for letter, one in zip(LETTERS, days, strict=False)
    )
    return Outcome(says=which_day(days, asker.zone), offers=offers)


def _moved(project: Project, asker: Asker, number: int) -> Message | None:
    """Say when a reminder rings first if that is not the time that was asked for."""
    reminder = project.reminders[number]
    if reminder.every:
        return None
    alone = replace(project, tasks={}, milestones={}, reminders={number: reminder})
    found = agenda.due(alone, asker.now, asker.now + LOOK_AHEAD)
    if not found or found[0].moment == found[0].wanted:
        return None
    moment = found[0].moment.astimezone(asker.now.tzinfo)
    return say(_("Quiet hours: I remind you {moment}."), moment=moment)


def waiting(reminder: Reminder, asker: Asker) -> bool:
    """Tell whether *reminder* can still ring."""
    if reminder.stopped:
        return False
    if reminder.every:
        found = reminder.every.partition("UNTIL=")[2][:8]
        return not found or date.fromisoformat(found) >= asker.today
    first = reminder.first
    clock = first.clock
    ahead = clock is not None and local(first.day, clock, first.zone or asker.zone) >= asker.now
    return ahead or (reminder.snoozed is not None and reminder.snoozed >= asker.now)


@command(
    _("(reminders|my reminders)"), _("The reminders that wait."), example=_("reminders"), shows=True
)
def show(project: Project, asker: Asker) -> Outcome:
    """List the waiting reminders of this room."""
    found = [one for one in project.reminders.values() if waiting(one, asker)]
    if not found:
        return Outcome(says=say(_("No reminder is waiting.")))
    lines = [reminder_card(project, one) for one in found]
    return Outcome(says=Lines(first_lines(lines, MOST_LINES)))


@command(_("{reminder}"), _("Show a reminder."), example=_("R3"), quiet=True, shows=True)
def card(project: Project, asker: Asker, *, reminder: ReminderNumber) -> Outcome:
    """Show a reminder."""
    del asker
    return Outcome(card=f"reminder {find(project, reminder).number}")


@command(
    _("{reminder} (stop|delete|off|cancel|🗑)\n(stop|delete|cancel) {reminder}"),
    _("Stop a reminder."),
    example=_("R3 stop"),
)
def stop(project: Project, asker: Asker, *, reminder: ReminderNumber) -> Outcome:
    """Stop a reminder: its author or a teacher."""
    _mine(project, asker, reminder).stopped = asker.now
    return Outcome(reaction="👍")


@command(_("{reminder} pause\npause {reminder}"), _("Let a reminder rest."), example=_("R3 pause"))
def pause(project: Project, asker: Asker, *, reminder: ReminderNumber) -> Outcome:
    """Let a reminder rest."""
    _mine(project, asker, reminder).paused = True
    return Outcome(reaction="👍")


@command(RESUME, _("Let a reminder go on."), example=_("R3 resume"))
def resume(project: Project, asker: Asker, *, reminder: ReminderNumber) -> Outcome:
    """Let a reminder go on."""
    found = _mine(project, asker, reminder)
    found.paused, found.stopped = False, None
    return Outcome(reaction="👍")


@command(
    _("{reminder} [snooze|later|in|+] {delay}\nsnooze {reminder} {delay}"),
    _("Ring again later."),
    example=_("R3 snooze 2h"),
)
def snooze(
    project: Project, asker: Asker, *, reminder: ReminderNumber, delay: timedelta
) -> Outcome:
    """Ring again after *delay*."""
    found = find(project, reminder)
    concerned = asker.user in {found.author, *found.audience.people}
    if not concerned:
        own = project.partner_of(asker.user)
        if not (found.audience.everyone or (own and own.code in found.audience.partners)):
            need_teacher(asker, _("This reminder is for others."))
        return _for_me(project, asker, delay, found)
    if found.stopped or found.paused:
        raise _silent(found)
    ahead = local(found.first.day, found.first.clock or MORNING, found.first.zone or asker.zone)
    if found.every is None and ahead > asker.now:
        later = ahead + delay  # it has not rung yet: it moves
        found.first = Due(later.date(), later.time(), found.first.zone)
    else:
        found.snoozed = asker.now + delay
    return Outcome(reaction="⏰")


@command(
    _("{reminder} (snooze|later|⏰)"),
    _("Ring again in an hour."),
    example=_("R3 snooze"),
    quiet=True,
)
def snooze_hour(project: Project, asker: Asker, *, reminder: ReminderNumber) -> Outcome:
    """Ring again in an hour."""
    return snooze(project, asker, reminder=reminder, delay=HOUR)


@command(
    _("{reminder} [on|at|to|->|→] {when}\nmove {reminder} [to] {when}"),
    _("Move a reminder."),
    example=_("R3 friday 10:00"),
    quiet=True,
)
def move(project: Project, asker: Asker, *, reminder: ReminderNumber, when: Schedule) -> Outcome:
    """Let a reminder ring at another time, once or by a rule: its author or a teacher."""
    found = _mine(project, asker, reminder)
    if when.others:
        return _asking(asker, found.number, when)
    found.first, found.every = _first(when, found.audience), when.every
    found.paused, found.stopped, found.snoozed = False, None, None
    now = Joined((f"R{found.number}", "→", reminder_time(project, found)), " ")
    quiet = _moved(project, asker, found.number)
    return Outcome(says=Lines((now, quiet)) if quiet else now)


@command(
    _("{task} (snooze|later) {delay}\nsnooze {task} {delay}"),
    _("Remind me of a task again later."),
    example=_("14 snooze 2h"),
)
def snooze_task(project: Project, asker: Asker, *, task: TaskNumber, delay: timedelta) -> Outcome:
    """Remind the asker of a task after *delay*."""
    found = project.tasks.get(task)
    if found is None or found.deleted:
        raise Refusal(say(_("There is no #{number}."), number=task))
    return _for_me(project, asker, delay, found)


@command(
    _("{task} (snooze|later|⏰)"),
    _("Remind me of a task in an hour."),
    example=_("14 snooze"),
    quiet=True,
)
def snooze_task_hour(project: Project, asker: Asker, *, task: TaskNumber) -> Outcome:
    """Remind the asker of a task in an hour."""
    return snooze_task(project, asker, task=task, delay=HOUR)


def _for_me(project: Project, asker: Asker, delay: timedelta, what: Reminder | Task) -> Outcome:
    """Make a reminder of the asker's own, without a card: a button is answered silently."""
    moment = asker.now + delay
    number = project.next_number("reminder")
    first = Due(moment.date(), moment.time().replace(microsecond=0), asker.zone)
    mine = Reminder(number, "", asker.user, asker.now, Audience([asker.user]), first)
    if isinstance(what, Task):
        mine.about, mine.event = what.number, asker.event
    else:
        # The words stay those of their message: if it is taken back, they go here too.
        mine.text, mine.event = what.text, what.event
        mine.reply_to, mine.about = what.reply_to, what.about
    mine.room = asker.room
    project.reminders[number] = mine
    return Outcome(reaction="⏰")


def _silent(reminder: Reminder) -> Refusal:
    """Return why *reminder* cannot be put off: it does not ring at all."""
    number = f"R{reminder.number}"
    how = Typed(RESUME, {"reminder": number})
    if reminder.stopped:
        return Refusal(
            say(_("{number} is stopped. To start it again: {how}"), number=number, how=how)
        )
    return Refusal(say(_("{number} is paused. To start it again: {how}"), number=number, how=how))


def find(project: Project, number: int) -> Reminder:
    """Return reminder *number*; Refusal if there is none."""
    found = project.reminders.get(number)
    if found is None:
        raise Refusal(say(_("There is no reminder {number}."), number=f"R{number}"))
    return found


def _mine(project: Project, asker: Asker, number: int) -> Reminder:
    found = find(project, number)
    if asker.user != found.author and found.audience.people != [asker.user]:
        need_teacher(asker, _("This reminder is somebody else's."))
    return found
