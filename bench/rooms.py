"""The room that everything is measured with: three classes in the middle of their year."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from bot.model.documents import RoomDocument
from bot.model.due import Due
from bot.model.people import Member, Partner, Role
from bot.model.project import Project
from bot.model.reminders import Audience, Reminder
from bot.model.tasks import Milestone, Task

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
CLASSES = (
    ("PAU", "Pau", "Europe/Paris", "fr"),
    ("KRK", "Kraków", "Europe/Warsaw", "en"),
    ("DUB", "Dublin", "Europe/Dublin", "en"),
)
PUPILS = 10
"""In each class; with a teacher each."""
ASKER = "@ana:pau.example"


def document(
    tasks: int,
    *,
    room: str = "!project:school.example",
    languages: tuple[str, ...] = ("fr", "en"),
    now: datetime = NOW,
) -> RoomDocument:
    """Return a room with so many open tasks, each due on another day after *now*."""
    project = Project(room, now, languages=list(languages), zone="Europe/Paris", ready=True)
    project.reminded_until = now
    for code, name, zone, language in CLASSES:
        project.partners[code] = Partner(code, name, zone, [language], server=f"{code}.example")
        for number in range(PUPILS):
            user = f"@pupil{number}:{code.lower()}.example"
            project.members[user] = Member(user, f"Pupil {number} {name}", code)
        user = f"@teacher:{code.lower()}.example"
        project.members[user] = Member(user, f"Teacher {name}", code, Role.TEACHER)
    project.members[ASKER] = Member(ASKER, "Ana", "PAU")
    people, codes = list(project.members), list(project.partners)
    for number in range(1, tasks + 1):
        title = f"Film part {number} of the school tour"
        due = Due(now.date() + timedelta(days=number % 200), time(18) if number % 3 else None)
        some = [people[number % len(people)]] if number % 4 else []
        classes = codes[: number % 3]
        task = Task(number, title, people[0], now, due=due, assignees=some, partners=classes)
        project.tasks[number] = task
    _reminders(project, now.date(), people)
    project.counters = {"task": tasks, "reminder": 10, "milestone": 3}
    found = RoomDocument(project)
    for number in range(50):
        found.anchors[f"${number}-XbSPrSh5CqTNjfSPMmyEJSnrgyFvXXAOZ4Zlk8a"] = f"answer {number}"
    return found


def _reminders(project: Project, today: date, people: list[str]) -> None:
    """Ten reminders, half of them each week; three milestones."""
    for number in range(1, 11):
        first = Due(today + timedelta(days=number), time(9))
        every = "FREQ=WEEKLY;BYDAY=MO" if number % 2 else None
        project.reminders[number] = Reminder(
            number,
            "Bring the signed forms",
            people[number],
            project.created,
            Audience(everyone=True),
            first,
            every,
        )
    for number in range(1, 4):
        due = Due(today + timedelta(days=60 * number))
        title = f"Online meeting {number}"
        project.milestones[number] = Milestone(number, title, people[0], project.created, due)


def copies(original: RoomDocument) -> Callable[[], RoomDocument]:
    """Return what makes private copies of *original*, as the store would."""
    kept = pickle.dumps(original)
    return lambda: pickle.loads(kept)  # noqa: S301 - our own, of a moment ago
