"""Tasks: who does what, by when."""

from __future__ import annotations

from datetime import timedelta

from bot.command import Choice, Commands, Outcome
from bot.language.cards import concerned_partners as concerned
from bot.language.cards import date_and_places, missing
from bot.language.field_dates import Doubtful
from bot.language.field_people import LETTERS
from bot.language.field_titles import LanguageMark
from bot.language.fields import Tag, TaskNumber
from bot.language.message import Bold, Joined, Lines, Listed, Message, Refusal, Typed, When, _, say
from bot.model.asker import Asker
from bot.model.due import Due
from bot.model.people import Role
from bot.model.project import Project
from bot.model.reminders import Audience
from bot.model.tasks import Comment, State, Task, Tick
from commands.rights import may_change, need_teacher, owns, past

LONGEST_TITLE = 140

command = Commands("tasks")


@command(
    _("task {title} [(by|for|before|until|due|on) {due}] [{who}|for {who}] [{tag}]"),
    _("Put a task on the board."),
    example=_("task Film the school tour by 12 March everyone"),
)
def add(  # noqa: PLR0913 - the fields of the phrase
    project: Project,
    asker: Asker,
    *,
    title: str,
    due: Due | None = None,
    who: Audience | None = None,
    tag: Tag | None = None,
) -> Outcome:
    """Add a task; every partner ticks its own part if it is for everyone."""
    if due and not isinstance(due, Doubtful) and past(project, asker, due):
        raise Refusal(say(_("{day} is already past. Which day do you mean?"), day=due.day))
    number = project.next_number("task")
    task = Task(number, title, asker.user, asker.now, event=asker.event)
    if len(title) > LONGEST_TITLE:
        task.comments.append(Comment(asker.user, title, asker.now, asker.event))
        task.title = title[: LONGEST_TITLE - 1].rstrip() + "…"
    project.tasks[number] = task
    if who:
        _assign(task, who)
    if tag:
        task.tags.append(tag)
    if isinstance(due, Doubtful):
        return Outcome(
            card=f"task {number}",
            says=_which_day(due, asker),
            offers=tuple(
                Choice(letter, f"{number} {_typed(one)}")
                for letter, one in zip(LETTERS, _days(due), strict=False)
            ),
        )
    task.due = due
    return Outcome(card=f"task {number}")


def _days(due: Doubtful) -> tuple[Due, ...]:
    return (due.plain, *due.others)


def _typed(due: Due) -> str:
    """Return *due* as anybody may type it, in any language."""
    return f"{due.day:%Y-%m-%d}" + (f" {due.clock:%H:%M}" if due.clock else "")


def _which_day(due: Doubtful, asker: Asker) -> Message:
    choices = tuple(
        Joined((letter, When(one, asker.zone)), " ")
        for letter, one in zip(LETTERS, _days(due), strict=False)
    )
    return say(_("Which day do you mean? {choices}"), choices=Joined(choices))


@command(
    _("{task}\n(card|show) {task}"),
    _("Show a task with its newest remarks."),
    example=_("14"),
)
def card(project: Project, asker: Asker, *, task: TaskNumber) -> Outcome:
    """Show the card of a task."""
    del asker
    return Outcome(card=f"task {find(project, task).number}")


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
    found = _mine(project, asker, task)
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
                    how=Typed(_("i am {partner}"), {"partner": classes[0]}),
                )
            )
        if missing(project, found):
            return Outcome(reaction="✅")
    if found.state is not State.DONE:
        found.state, found.finished = State.DONE, tick
    return Outcome(reaction="✅")


def _set_state(project: Project, asker: Asker, number: TaskNumber, state: State) -> Task:
    found = _mine(project, asker, number)
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
    found = find(project, task)
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
    found = find(project, task)
    found.assignees = [user for user in found.assignees if user != asker.user]
    return Outcome(reaction="👍")


@command(
    _("[task] {task} [for|to|class] {who}\nassign {task} [to] {who}"),
    _("Give a task to people or classes."),
    example=_("14 everyone"),
)
def assign(project: Project, asker: Asker, *, task: TaskNumber, who: Audience) -> Outcome:
    """Give a task to more people or classes."""
    _assign(_changeable(project, asker, task), who)
    return Outcome(reaction="👍")


def _assign(task: Task, who: Audience) -> None:
    task.assignees += [user for user in who.people if user not in task.assignees]
    task.partners += [code for code in who.partners if code not in task.partners]
    task.shared = task.shared or who.everyone


@command(
    _("{task} (without|not) {who}\nunassign {task} {who}"),
    _("Take people or classes off a task."),
    example=_("14 without everyone"),
)
def unassign(project: Project, asker: Asker, *, task: TaskNumber, who: Audience) -> Outcome:
    """Take people or classes off a task."""
    found = _mine(project, asker, task)
    found.assignees = [user for user in found.assignees if user not in who.people]
    found.partners = [code for code in found.partners if code not in who.partners]
    found.shared = found.shared and not who.everyone
    return Outcome(reaction="👍")


@command(
    _(
        "[task] {task} [by|for|before|until|due|on|to|move to|->|→] {due}\n"
        "move {task} [to|until] {due}"
    ),
    _("Set or move the date of a task."),
    example=_("14 12 March"),
)
def move(project: Project, asker: Asker, *, task: TaskNumber, due: Due) -> Outcome:
    """Set or move a deadline."""
    found = _changeable(project, asker, task)
    if isinstance(due, Doubtful):
        return Outcome(
            says=_which_day(due, asker),
            offers=tuple(
                Choice(letter, f"{found.number} {_typed(one)}")
                for letter, one in zip(LETTERS, _days(due), strict=False)
            ),
        )
    if past(project, asker, due):
        raise Refusal(say(_("{day} is already past. Which day do you mean?"), day=due.day))
    before, found.due = found.due, due
    classes = concerned(project, found)
    now = Joined((f"#{found.number}", "→", date_and_places(project, due, classes)), " ")
    if before is None:
        return Outcome(says=now)
    old = date_and_places(project, before, classes)
    return Outcome(says=Lines((now, say(_("Before: {day}."), day=old))))


@command(
    _("{task} (no date|without date)"),
    _("Take the date off a task."),
    example=_("14 no date"),
)
def undated(project: Project, asker: Asker, *, task: TaskNumber) -> Outcome:
    """Take a deadline off."""
    _changeable(project, asker, task).due = None
    return Outcome(reaction="👍")


@command(
    _("[task] {task} = {title}\nrename {task} [to] {title}"),
    _("Give a task another title."),
    example=_("14 = Captions of the photos"),
)
def rename(project: Project, asker: Asker, *, task: TaskNumber, title: str) -> Outcome:
    """Give a task another title."""
    found = _changeable(project, asker, task)
    if len(title) > LONGEST_TITLE:
        found.comments.append(Comment(asker.user, title, asker.now, asker.event))
        title = title[: LONGEST_TITLE - 1].rstrip() + "…"
    found.title, found.event = title, asker.event
    return Outcome(reaction="👍")


@command(
    _("[task] {task} + {text}\n(comment|note|remark) {task} {text}"),
    _("Add a remark to a task."),
    example=_("14 + photo 3 is missing"),
)
def comment(project: Project, asker: Asker, *, task: TaskNumber, text: str) -> Outcome:
    """Add a remark."""
    found = find(project, task)
    found.comments.append(Comment(asker.user, text[:1000], asker.now, asker.event))
    return Outcome(reaction="💬")


@command(
    _("{task} {tag}"),
    _("Label a task, or take the label off again."),
    example=_("14 +video"),
)
def label(project: Project, asker: Asker, *, task: TaskNumber, tag: Tag) -> Outcome:
    """Add a label, or take it off."""
    found = _mine(project, asker, task)
    if tag in found.tags:
        found.tags.remove(tag)
    else:
        found.tags.append(tag)
    return Outcome(reaction="🏷️")


@command(
    _("{task} (lead|leads|remind) {leads}"),
    _("Choose how long before its date a task is reminded."),
    example=_("14 lead 7d 1d"),
)
def lead(
    project: Project, asker: Asker, *, task: TaskNumber, leads: tuple[timedelta, ...]
) -> Outcome:
    """Set the lead times of a task."""
    _mine(project, asker, task).leads = sorted(set(leads), reverse=True)
    return Outcome(reaction="⏰")


@command(
    _("{task} {language} {title}"),
    _("Add the title in another language."),
    example=_("14 pl: Podpisy pod zdjęciami"),
)
def translate(
    project: Project, asker: Asker, *, task: TaskNumber, language: LanguageMark, title: str
) -> Outcome:
    """Add the title in another language."""
    del asker
    find(project, task).titles[language] = title[:LONGEST_TITLE]
    return Outcome(reaction="👍")


@command(
    _("[task] {task} (delete|remove|🗑)\n(delete|remove) {task}"),
    _("Delete a task. Undo brings it back."),
    example=_("delete 14"),
)
def delete(project: Project, asker: Asker, *, task: TaskNumber) -> Outcome:
    """Delete a task: its author or a teacher."""
    found = find(project, task)
    if found.author != asker.user:
        need_teacher(asker, _("Only teachers delete other people's tasks."))
    found.deleted = asker.now
    return Outcome(reaction="🗑️")


@command(
    _("{task} (restore|bring back)\nrestore {task}"),
    _("Bring a deleted task back."),
    example=_("restore 14"),
)
def restore(project: Project, asker: Asker, *, task: TaskNumber) -> Outcome:
    """Bring a deleted task back: its author or a teacher."""
    found = project.tasks.get(task)
    if found is None:
        raise _unknown(project, task)
    if found.author != asker.user:
        need_teacher(asker, _("Only teachers bring other people's tasks back."))
    found.deleted = None
    return Outcome(card=f"task {found.number}")


def find(project: Project, number: int) -> Task:
    """Return the task *number*; Refusal with the latest numbers if there is none."""
    task = project.tasks.get(number)
    if task is None:
        raise _unknown(project, number)
    if task.deleted:
        raise Refusal(
            say(
                _("#{number} was deleted. {how} brings it back."),
                number=number,
                how=Typed(_("restore {task}"), {"task": number}),
            )
        )
    return task


def _unknown(project: Project, number: int) -> Refusal:
    latest = [one.number for one in project.tasks.values() if one.deleted is None][-3:]
    if not latest:
        return Refusal(say(_("There is no #{number}. There are no tasks yet."), number=number))
    numbers = Listed(tuple(Bold(f"#{one}") for one in latest))
    return Refusal(
        say(_("There is no #{number}. Latest: {numbers}."), number=number, numbers=numbers)
    )


def _changeable(project: Project, asker: Asker, number: int) -> Task:
    """Return the task *number* if the asker may move or rename it; Refusal if not."""
    task = find(project, number)
    if not may_change(project, asker, task):
        need_teacher(asker, _("This task belongs to others."))
    return task


def _mine(project: Project, asker: Asker, number: int) -> Task:
    """Return the task *number* if the asker may change it; Refusal if not."""
    task = find(project, number)
    if not owns(project, asker, task):
        need_teacher(asker, _("This task belongs to another class."))
    return task
