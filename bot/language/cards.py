"""Cards: how a task, a milestone, a reminder and the board look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.language.catalog import translate
from bot.language.date_writing import write_neutral
from bot.language.message import (
    NOTHING,
    Bold,
    Commas,
    Joined,
    Lines,
    Listed,
    Message,
    Part,
    Person,
    Rule,
    Struck,
    Titled,
    When,
    _,
    _n,
    say,
)
from bot.model.due import Due
from bot.model.people import Partner
from bot.model.project import Project
from bot.model.reminders import Audience, Reminder
from bot.model.tasks import Milestone, State, Task

SIGNS = {State.TODO: "", State.DOING: "▶", State.WAITING: "⏸", State.DONE: "✅"}
BOARD = _("Board")
ONE_DAY = timedelta(days=1)
"""How far the calendars of two places can be apart."""
NEVER = datetime.combine(date.max, time())
"""The wall time of what has no date."""
BOARD_LINES = 4
MOST_PLACES, MOST_CLASSES = 4, 8
""" How many classes are named in one line."""
LONGEST_REMARK = 160


def state_name(state: State) -> Message:
    """Return what *state* is called."""
    return {
        State.TODO: say(_("to do")),
        State.DOING: say(_("in progress")),
        State.WAITING: say(_("waiting")),
        State.DONE: say(_("done")),
    }[state]


def city_of(zone: str) -> str:
    """Return the place that an IANA zone is named after: Europe/Paris -> Paris."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def place_of(partner: Partner) -> str:
    """Return the short name of a class in lines about hours."""
    return partner.name or partner.code


def people(project: Project, users: Sequence[str], *, rings: bool = False) -> tuple[Person, ...]:
    """Return *users* as persons of *project*."""
    return tuple(Person(user, project.name_of(user), rings) for user in users)


def who(project: Project, audience: Audience) -> Part:
    """Return whom an audience means."""
    everyone: Part = say(_("everyone")) if audience.everyone else NOTHING
    names: tuple[Part, ...] = (*people(project, audience.people), *audience.partners, everyone)
    return Commas(names)


def local_times(project: Project, due: Due, concerned: Sequence[Partner]) -> Part:
    """Return the hour of *due* on the clocks of the classes: "18:00 Pau, Köln · 19:00 Volos".

    Where it is another day than for the first class, that stands before it, and they come last:
    "23:30 Pau · 28.11. 00:30 Volos".
    """
    if not concerned:
        zone = due.zone or project.zone
        return f"{_clock(project, due, None):%H:%M} {city_of(zone)}"
    first = _clock(project, due, concerned[0]).date()
    same: dict[str, list[str]] = {}
    other: dict[str, list[str]] = {}
    for partner in concerned:
        moment = _clock(project, due, partner)
        day, clock = moment.date(), moment.time()
        # Beside the first day another needs no year.
        hour = f"{clock:%H:%M}" if day == first else write_neutral(day, clock, today=day)
        (same if day == first else other).setdefault(hour, []).append(place_of(partner))
    hours = [*same.items(), *other.items()]
    return Joined(tuple(Joined((hour, _places(places)), " ") for hour, places in hours))


def _places(places: Sequence[str]) -> Part:
    """Return the first few of *places*, and how many more there are."""
    more = len(places) - MOST_PLACES
    return Joined((Commas(tuple(places[:MOST_PLACES])), f"+{more}" if more > 0 else ""), " ")


def _clock(project: Project, due: Due, partner: Partner | None) -> datetime:
    zone = partner.zone if partner else (due.zone or project.zone)
    return project.deadline_of(due, partner).astimezone(ZoneInfo(zone))


def date_and_places(project: Project, due: Due, concerned: Sequence[Partner]) -> Part:
    """Return *due* in full: weekday, day, hour and the zone it is meant in, for every class."""
    first = concerned[0] if concerned else None
    moment = _clock(project, due, first)
    day = When(Due(moment.date()), str(first.zone if first else project.zone))
    return Commas((day, local_times(project, due, concerned)))


def concerned_partners(project: Project, task: Task) -> list[Partner]:
    """Return the classes that a task concerns, in the project's order."""
    if task.partners:
        codes = set(task.partners)
    elif task.assignees and not task.shared:
        codes = {p.code for user in task.assignees if (p := project.partner_of(user))}
    else:
        codes = set(project.partners)
    return [partner for code, partner in project.partners.items() if code in codes]


def task_line(project: Project, task: Task) -> Part:
    """Return the one line of a task: #14 · title · who · date."""
    title: Part = Titled(task.title or "[…]", task.titles)
    sign = SIGNS[task.state]
    owners = Commas((*people(project, task.assignees), *_shares(project, task)))
    when = date_and_places(project, task.due, concerned_partners(project, task)) if task.due else ""
    tags = " ".join(f"+{tag}" for tag in task.tags)
    number = Joined((f"#{task.number}", sign), " ")
    if task.deleted:
        return Struck(Joined((number, title)))
    return Joined((number, Bold(title), owners, when, tags))


def _shares(project: Project, task: Task) -> tuple[Part, ...]:
    """Return the classes that share a task, those that ticked their part with a tick."""
    codes = list(project.partners) if task.shared else task.partners
    if not task.shared and len(codes) < 2:  # noqa: PLR2004 - one class has nothing to share
        return tuple(codes)
    if not codes:
        return (say(_("everyone")),)
    if len(codes) > MOST_CLASSES:
        ticked = sum(code in task.ticks for code in codes)
        return (say(_n("{done} of {n} class", "{done} of {n} classes", len(codes)), done=ticked),)
    return tuple(f"{code} ✅" if code in task.ticks else code for code in codes)


def missing(project: Project, task: Task) -> list[str]:
    """Return the codes of the classes that have not ticked their part yet."""
    codes = list(project.partners) if task.shared else task.partners
    return [code for code in codes if code not in task.ticks]


def task_card(project: Project, task: Task, *, comments: int = 1) -> Part:
    """Return the card of a task: its line, its state, its translations, its newest remarks."""
    lines: list[Part] = [task_line(project, task)]
    if task.deleted:
        lines.append(say(_("Deleted. ↩️ brings it back for 10 minutes.")))
        return Lines(tuple(lines))
    if task.finished and task.state is State.DONE:
        name = Person(task.finished.by, project.name_of(task.finished.by))
        lines.append(say(_("Done by {name}, {day}."), name=name, day=task.finished.at))
    elif task.state is not State.TODO:
        lines.append(say(_("State: {state}."), state=state_name(task.state)))
    left = missing(project, task)
    if task.ticks and left and task.open:
        lines.append(
            say(_("Still missing: {classes}."), classes=Listed(tuple(left[:MOST_CLASSES])))
        )
    lines += [Joined((code.upper(), title), "  ") for code, title in task.titles.items()]
    shown = [remark for remark in task.comments if remark.text][-comments:]
    for remark in shown:
        name = Person(remark.by, project.name_of(remark.by))
        lines.append(say(_("{name}: {remark}"), name=name, remark=_short(remark.text)))
    return Lines(tuple(lines[:7]))


def _short(text: str) -> str:
    """Return the beginning of a long remark."""
    return text if len(text) <= LONGEST_REMARK else text[: LONGEST_REMARK - 1].rstrip() + "…"


def milestone_card(project: Project, milestone: Milestone) -> Part:
    """Return the card of a milestone."""
    number = f"M{milestone.number} ⚑"
    if milestone.deleted:
        return Struck(Joined((number, milestone.title)))
    partners = list(project.partners.values())
    when = date_and_places(project, milestone.due, partners)
    return Joined((number, Bold(milestone.title or "[…]"), when))


def reminder_card(project: Project, reminder: Reminder) -> Part:
    """Return the card of a reminder."""
    number, text = f"R{reminder.number} ⏰", reminder_text(project, reminder)
    if reminder.stopped:
        return Lines((Struck(Joined((number, text))), say(_("Stopped."))))
    when: Part = Joined((reminder_time(project, reminder),))
    state: Part = say(_("paused")) if reminder.paused else NOTHING
    meant = who(project, reminder.audience)
    return Joined((number, Bold(text or "[…]"), meant, when, state))


def reminder_text(project: Project, reminder: Reminder) -> Part:
    """Return what a reminder is about, "" if it has no words; a snoozed task lends its title."""
    task = project.tasks.get(reminder.about) if reminder.about else None
    if reminder.text or task is None:
        return reminder.text
    return Joined((f"#{task.number}", Titled(task.title or "[…]", task.titles)), " ")


def reminder_time(project: Project, reminder: Reminder) -> Part:
    """Return when a reminder rings."""
    audience = reminder.audience
    codes = (
        list(project.partners)
        if audience.everyone
        else [
            *audience.partners,
            *(p.code for u in audience.people if (p := project.partner_of(u))),
        ]
    )
    partners = [project.partners[code] for code in dict.fromkeys(codes) if code in project.partners]
    if reminder.every is None:
        return date_and_places(project, reminder.first, partners)
    where: Part = NOTHING
    if reminder.first.zone is None and len(partners) > 1:
        where = say(_("local time of each class"))
    elif partners or reminder.first.zone:
        zone = reminder.first.zone or partners[0].zone
        where = place_of(partners[0]) if len(partners) == 1 else city_of(zone)
    return Commas((Rule(reminder.every, reminder.first.clock), where))


def sort_key(project: Project, task: Task, now: datetime) -> tuple[int, datetime, int]:
    """Return the place of a task in lists: late first, then by wall time, undated last."""
    if task.due is None:
        return (2, NEVER, task.number)
    wall = datetime.combine(task.due.day, task.due.clock or project.deadline)
    return (0 if _has_passed(project, task, now) else 1, wall, task.number)


def first_deadline(project: Project, task: Task) -> datetime:
    """Return when a task with a due is late for the first class that has not ticked its part."""
    assert task.due is not None  # noqa: S101 - the caller looked
    concerned = concerned_partners(project, task)
    waited_for = [partner for partner in concerned if partner.code not in task.ticks]
    if not waited_for:
        return project.deadline_of(task.due, None)
    return min(project.deadline_of(task.due, partner) for partner in waited_for)


def is_late(project: Project, task: Task, now: datetime) -> bool:
    """Tell whether an open task is past its deadline, for a class that has not ticked its part."""
    return task.open and _has_passed(project, task, now)


def _has_passed(project: Project, task: Task, now: datetime) -> bool:
    """Tell whether the deadline of a task has passed, looking at zones only where it matters."""
    if task.due is None or task.due.day > now.date() + ONE_DAY:
        return False
    return first_deadline(project, task) < now


def list_line(project: Project, task: Task, now: datetime) -> Part:
    """Return the short line of a task in a list."""
    late: Part = say(_("late")) if is_late(project, task, now) else NOTHING
    return Joined((task_line(project, task), late))


def first_lines(parts: Sequence[Part], most: int, how: Part = NOTHING) -> tuple[Part, ...]:
    """Return the first *most* of *parts*; below, how many more there are and *how* to see them."""
    more = len(parts) - most
    if more <= 0:
        return tuple(parts)
    rest = say(_n("… and {n} more", "… and {n} more", more))
    return (*parts[:most], Joined((rest, how)))


def gone(name: str) -> Part:
    """Return the card of something that was taken back."""
    return Joined((Struck(name), say(_("Taken back."))), " ")


def board(project: Project, now: datetime, languages: Sequence[str] = ()) -> Part:
    """Return the pinned board. Its first line never changes: clients show it without refreshing."""
    titles = dict.fromkeys(translate(BOARD, one) for one in languages)
    tasks = [task for task in project.tasks.values() if task.deleted is None]
    done = sum(task.state is State.DONE for task in tasks)
    todo = sorted((t for t in tasks if t.open), key=lambda t: sort_key(project, t, now))
    stones = sorted(
        (m for m in project.milestones.values() if not m.deleted and _ahead(project, m, now)),
        key=lambda m: project.deadline_of(m.due, None),
    )
    return Lines(
        (
            Joined(("📌", Bold(Joined(tuple(titles)) if titles else say(BOARD))), " "),
            say(_n("{done} of {n} task done", "{done} of {n} tasks done", len(tasks)), done=done),
            *(milestone_card(project, one) for one in stones[:1]),
            *first_lines([list_line(project, task, now) for task in todo], BOARD_LINES),
        )
    )


def _ahead(project: Project, milestone: Milestone, now: datetime) -> bool:
    return project.deadline_of(milestone.due, None) >= now
