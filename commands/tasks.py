"""Tasks: who does what, by when."""

from __future__ import annotations

from datetime import timedelta

from bot.command import Choice, Commands, Outcome
from bot.language.cards import concerned_partners as concerned
from bot.language.cards import date_and_places
from bot.language.field_dates import Doubtful
from bot.language.field_people import LETTERS
from bot.language.field_titles import LanguageMark, Title
from bot.language.fields import Tag, TaskNumber
from bot.language.message import Joined, Lines, Message, Refusal, When, _, say
from bot.model.asker import Asker
from bot.model.due import Due
from bot.model.project import Project
from bot.model.reminders import Audience
from bot.model.tasks import Comment, Task
from commands.rights import (
    find_task,
    give,
    need_teacher,
    past,
    task_to_change,
    unknown_task,
)

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
    title: Title,
    due: Due | None = None,
    who: Audience | None = None,
    tag: Tag | None = None,
) -> Outcome:
    """Add a task; every partner ticks its own part if it is for everyone."""
    if due and not isinstance(due, Doubtful) and past(project, asker, due):
        raise Refusal(say(_("{day} is already past. Which day do you mean?"), day=due.day))
    number = project.next_number("task")
    task = Task(number, str(title), asker.user, asker.now, event=asker.event)
    if len(title) > LONGEST_TITLE:
        task.comments.append(Comment(asker.user, title, asker.now, asker.event))
        task.title = title[: LONGEST_TITLE - 1].rstrip() + "…"
    project.tasks[number] = task
    if who:
        give(task, who)
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
    shows=True,
)
def card(project: Project, asker: Asker, *, task: TaskNumber) -> Outcome:
    """Show the card of a task."""
    del asker
    return Outcome(card=f"task {find_task(project, task).number}")


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
    found = task_to_change(project, asker, task)
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
    task_to_change(project, asker, task).due = None
    return Outcome(reaction="👍")


@command(
    _("[task] {task} = {title}\nrename {task} [to] {title}"),
    _("Give a task another title."),
    example=_("14 = Captions of the photos"),
)
def rename(project: Project, asker: Asker, *, task: TaskNumber, title: str) -> Outcome:
    """Give a task another title."""
    found = task_to_change(project, asker, task)
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
    found = find_task(project, task)
    found.comments.append(Comment(asker.user, text[:1000], asker.now, asker.event))
    return Outcome(reaction="💬")


@command(
    _("{task} {tag}"),
    _("Label a task, or take the label off again."),
    example=_("14 +video"),
)
def label(project: Project, asker: Asker, *, task: TaskNumber, tag: Tag) -> Outcome:
    """Add a label, or take it off."""
    found = task_to_change(project, asker, task)
    if tag in found.tags:
        found.tags.remove(tag)
    else:
        found.tags.append(tag)
    return Outcome(reaction="🏷️")


@command(
    _("{task} (lead|leads|remind) {leads}"),
    _("Choose how long before its date I remind you of a task."),
    example=_("14 lead 7d 1d"),
)
def lead(
    project: Project, asker: Asker, *, task: TaskNumber, leads: tuple[timedelta, ...]
) -> Outcome:
    """Set the lead times of a task."""
    task_to_change(project, asker, task).leads = sorted(set(leads), reverse=True)
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
    found = find_task(project, task)
    found.titles[language] = title[:LONGEST_TITLE]
    found.sources.pop(language, None)
    if asker.event:
        found.sources[language] = asker.event
    return Outcome(reaction="👍")


@command(
    _("[task] {task} (delete|remove|🗑)\n(delete|remove) {task}"),
    _("Delete a task. Undo brings it back."),
    example=_("delete 14"),
)
def delete(project: Project, asker: Asker, *, task: TaskNumber) -> Outcome:
    """Delete a task: its author or a teacher."""
    found = find_task(project, task)
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
        raise unknown_task(project, task)
    if found.author != asker.user:
        need_teacher(asker, _("Only teachers bring other people's tasks back."))
    found.deleted = None
    return Outcome(card=f"task {found.number}")
