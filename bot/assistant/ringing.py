"""Ringing: what falls due becomes stacked reminders that mention those concerned (DESIGN 5, 8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.assistant.speaking import ANSWERS, RINGS, caused, entry_id
from bot.language import cards
from bot.language.catalog import spoken
from bot.language.message import (
    NOTHING,
    Bold,
    Joined,
    Lines,
    Message,
    Neutral,
    Part,
    Stacked,
    Titled,
    _,
    _n,
    say,
)
from bot.language.render import Reader, render, stack
from bot.model import agenda, quiet
from bot.model.agenda import Occurrence
from bot.model.concern import for_oneself
from bot.model.documents import Entry, Kind, RoomDocument
from bot.model.due import Due
from bot.model.people import Partner
from bot.model.project import Project
from bot.model.tasks import Milestone, Task

ON_TIME = timedelta(minutes=15)
LATE = timedelta(hours=24)
MOST_ITEMS = 5


def remind(document: RoomDocument, now: datetime) -> None:
    """Put what fell due up to *now* into the outbox, and move `reminded_until`.

    What is up to 15 minutes late rings as it is, up to a day late rings and says so; older ones
    are folded into one notice.
    """
    project = document.project
    since = project.reminded_until or now
    if since >= now:
        return
    found = agenda.due(project, since, now)
    project.reminded_until = now
    ringing = [one for one in found if now - one.moment <= LATE]
    older = [one for one in found if now - one.moment > LATE]
    for group in _together(project, ringing):
        _enqueue(document, group, now, Kind.TEXT)
    if older:
        _enqueue(document, older, now, Kind.NOTICE)
    for occurrence in found:
        _clear_snooze(project, occurrence)


def _together(project: Project, occurrences: list[Occurrence]) -> list[list[Occurrence]]:
    """Group what rings at the same moment into one message: a phone rings once."""
    groups: dict[tuple[datetime, str | None], list[Occurrence]] = {}
    for one in occurrences:
        groups.setdefault((one.moment, _place(project, one)), []).append(one)
    return list(groups.values())


def _place(project: Project, occurrence: Occurrence) -> str | None:
    """Return the direct room in which a reminder of one's own rings, if it was asked for there."""
    kind, _space, number = occurrence.what.partition(" ")
    reminder = project.reminders.get(int(number)) if kind == "reminder" else None
    return reminder.room if reminder and for_oneself(reminder) else None


def _enqueue(document: RoomDocument, group: list[Occurrence], now: datetime, kind: Kind) -> None:
    whats = dict.fromkeys(one.what for one in group)
    target = f"ring {next(iter(whats))}" if len(whats) == 1 else "ring"
    cause = "|".join(["ring", *(f"{one.key} {one.moment.isoformat()}" for one in group)])
    with caused(document, cause):
        identity = entry_id(document, now)
    entry = Entry(
        identity,
        kind,
        now,
        target=target,
        room=_place(document.project, group[0]),
        occurrences=group,
        priority=RINGS if kind is Kind.TEXT else ANSWERS,
    )
    held = _held_until(document.project, group, now)
    entry.not_before = held if held > now else None
    document.outbox.append(entry)


def _held_until(project: Project, group: list[Occurrence], now: datetime) -> datetime:
    """Return when *group* may ring: after downtime, not in the middle of the night either."""
    until = now
    for one in group:
        if now - one.moment <= ON_TIME or (one.wanted == one.moment and _is_own(project, one)):
            continue
        classes: list[Partner | None] = [*_partners(project, one)] or [None]
        for partner in classes:
            zone = partner.zone if partner else project.zone
            holidays = partner.holidays if partner else []
            until = max(until, quiet.next_open(now, zone, project.quiet_of(partner), holidays))
    return until


def _is_own(project: Project, occurrence: Occurrence) -> bool:
    kind, _space, number = occurrence.what.partition(" ")
    reminder = project.reminders.get(int(number)) if kind == "reminder" else None
    return reminder is not None and for_oneself(reminder)


def _clear_snooze(project: Project, occurrence: Occurrence) -> None:
    kind, _space, number = occurrence.what.partition(" ")
    reminder = project.reminders.get(int(number)) if kind == "reminder" else None
    if reminder and reminder.snoozed and reminder.snoozed <= occurrence.moment:
        reminder.snoozed = None


def put_into_words(document: RoomDocument, entry: Entry, now: datetime) -> bool:
    """Write a reminder just before its first attempt; False if nothing of it is left to say."""
    project = document.project
    left = [one for one in entry.occurrences if _still_counts(project, one)]
    if not left:
        return False
    reader = _reader(project, left, now)
    users = [user for one in left for user in agenda.concerned(project, one)]
    mentions = list(dict.fromkeys(users)) if entry.kind is Kind.TEXT else []
    if not users and all(_is_own(project, one) for one in left):
        return False  # who wanted to be reminded is not here any more
    if mentions and not (mentions := _not_yet_rung(document, left, mentions, now)):
        entry.kind = Kind.NOTICE
    late = any(now - one.moment > ON_TIME for one in left)
    if entry.kind is Kind.NOTICE and any(now - one.moment > LATE for one in left):
        text = render(_folded(project, left), reader)
        text = stack(_folded(project, left), reader) if len(left) == 1 else text
    elif len({one.what for one in left}) == 1:
        text = render(_single(project, left[0], mentions, now, late=late), reader)
        entry.reply_to = _reply_to(project, left[0])
    else:
        text = render(_several(project, left, mentions, late=late), reader)
    entry.body, entry.html, entry.mentions = text.body, text.html, mentions
    return True


def _not_yet_rung(
    document: RoomDocument, left: list[Occurrence], users: list[str], now: datetime
) -> list[str]:
    """Return those of *users* who were not rung today for the same tasks (chat-experience 4)."""
    whats = {one.what for one in left}
    today = f"{now.astimezone(ZoneInfo(document.project.zone)).date()}"
    if len(whats) != 1 or not next(iter(whats)).startswith("task"):
        return users
    key = f"rung {next(iter(whats))}"
    known = document.extra.get(key, {})
    before = known.get("users", []) if known.get("day") == today else []
    document.extra[key] = {"day": today, "users": [*before, *users]}
    return [user for user in users if user not in before]


def _still_counts(project: Project, occurrence: Occurrence) -> bool:
    kind, _space, number = occurrence.what.partition(" ")
    if kind == "task":
        task = project.tasks.get(int(number))
        return task is not None and task.open
    if kind == "milestone":
        milestone = project.milestones.get(int(number))
        return milestone is not None and milestone.deleted is None
    reminder = project.reminders.get(int(number))
    if reminder is None or reminder.stopped or reminder.paused:
        return False
    about = project.tasks.get(reminder.about) if reminder.about else None
    return about is None or about.open


def _partners(project: Project, occurrence: Occurrence) -> list[Partner]:
    return [project.partners[code] for code in occurrence.partners if code in project.partners]


def _reader(project: Project, occurrences: list[Occurrence], now: datetime) -> Reader:
    """Return who reads: the languages of the classes concerned first, in the room's order."""
    own = {
        language
        for one in occurrences
        for partner in _partners(project, one)
        for language in partner.languages[:1]
    }
    room = list(project.languages)
    if any(not one.languages for each in occurrences for one in _partners(project, each)):
        own |= set(room)  # who knows what that class reads
    wanted = [one for one in room if one in own] + [one for one in own if one not in room]
    return Reader(spoken(wanted or room), project.zone, now, next=spoken(room))


def _reply_to(project: Project, occurrence: Occurrence) -> str | None:
    kind, _space, number = occurrence.what.partition(" ")
    reminder = project.reminders.get(int(number)) if kind == "reminder" else None
    return reminder.reply_to if reminder else None


def _single(
    project: Project, one: Occurrence, mentions: list[str], now: datetime, *, late: bool
) -> Part:
    """One reminder: a neutral line on top, then one line in each language."""
    kind, _space, number = one.what.partition(" ")
    names = Joined(cards.people(project, mentions, rings=True), " ")
    delay: Part = _late(one) if late else NOTHING
    if kind == "reminder":
        reminder = project.reminders[int(number)]
        place = cards.local_times(project, _moment_of(one, project), _partners(project, one))
        top = Joined((f"⏰ R{number}", place, names))
        words = cards.reminder_text(project, reminder) or say(_("Remember this message."))
        return Stacked(top, Joined((say(_("Reminder: {what}"), what=Bold(words)), delay)))
    thing: Task | Milestone = (
        project.tasks[int(number)] if kind == "task" else project.milestones[int(number)]
    )
    label = f"#{number}" if kind == "task" else f"M{number} ⚑"
    due = thing.due
    when: Part = NOTHING
    if due:
        partners = _partners(project, one)
        zone = partners[0].zone if partners else project.zone
        deadline = project.deadline_of(due, partners[0] if partners else None)
        day = deadline.astimezone(ZoneInfo(zone)).date()
        when = Joined((Neutral(Due(day), zone), cards.local_times(project, due, partners)), " ")
    top = Joined((f"⏰ {label}", when, names))
    title: Part = Titled(thing.title or "[…]", getattr(thing, "titles", {}))
    return Stacked(top, Joined((_ahead(project, one, title, now), delay)))


def _moment_of(one: Occurrence, project: Project) -> Due:
    """Return the moment that somebody asked to be reminded at, as a due."""
    local = one.wanted.astimezone(ZoneInfo(project.zone))
    return Due(local.date(), local.time().replace(second=0, microsecond=0), project.zone)


def _ahead(project: Project, one: Occurrence, title: Part, now: datetime) -> Message:
    """Say how far ahead a deadline is: tomorrow, in 7 days, in 1 hour."""
    partners = _partners(project, one)
    zone = ZoneInfo(partners[0].zone if partners else project.zone)
    deadline = one.deadline or now
    nights = (deadline.astimezone(zone).date() - now.astimezone(zone).date()).days
    hours = round((deadline - now) / timedelta(hours=1))
    bold = Bold(title)
    if deadline <= now:
        return say(_("Due now: {title}"), title=bold)
    if nights == 0 and hours <= 1:
        minutes = max(1, round((deadline - now) / timedelta(minutes=1)))
        if minutes > 45:  # noqa: PLR2004 - "in an hour" is close enough from here on
            return say(_("In an hour: {title}"), title=bold)
        return say(_n("In {n} minute: {title}", "In {n} minutes: {title}", minutes), title=bold)
    if nights == 0:
        return say(_("Today: {title}"), title=bold)
    if nights == 1:
        return say(_("Tomorrow: {title}"), title=bold)
    return say(_n("In {n} day: {title}", "In {n} days: {title}", nights), title=bold)


def _late(one: Occurrence) -> Message:
    return say(_("late: it was for {moment}, I was away"), moment=one.moment)


def _several(project: Project, found: list[Occurrence], mentions: list[str], *, late: bool) -> Part:
    """Several reminders at once: what is coming up, one line each, at most five."""
    names = Joined(cards.people(project, mentions, rings=True), " ")
    items = cards.first_lines(_items(project, found), MOST_ITEMS)
    words = say(_("Late: I was away.")) if late else say(_("Coming up"))
    return Lines(
        (
            Stacked(Joined(("⏰", names), " "), words),
            *items,
        )
    )


def _items(project: Project, found: list[Occurrence]) -> tuple[Part, ...]:
    """Return one line per thing, each thing once."""
    lines: list[Part] = []
    for what in dict.fromkeys(one.what for one in found):
        kind, _space, number = what.partition(" ")
        if kind == "task":
            lines.append(cards.task_line(project, project.tasks[int(number)]))
        elif kind == "milestone":
            lines.append(cards.milestone_card(project, project.milestones[int(number)]))
        else:
            lines.append(cards.reminder_card(project, project.reminders[int(number)]))
    return tuple(lines)


def _folded(project: Project, found: list[Occurrence]) -> Part:
    """Fold what is more than a day late into one notice that rings nobody."""
    items = cards.first_lines(_items(project, found), MOST_ITEMS)
    return Lines(
        (
            say(_("While I was away, these reminders were due:")),
            *items,
        )
    )
