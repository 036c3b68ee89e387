"""The digest: once a week the room is told where its project stands."""

from __future__ import annotations

from datetime import datetime

from bot.assistant.speaking import Answering, Speaker, room_reader
from bot.language.cards import is_late
from bot.language.coming_lines import coming_line, neutral_line
from bot.language.message import NOTHING, Bold, Joined, Part, _, _n, say
from bot.language.render import Text, render, stack
from bot.model.coming import Coming, dates_ahead
from bot.model.digest import A_WEEK, LATEST, all_on_holiday, last_time, next_time
from bot.model.documents import RoomDocument
from bot.model.project import Project
from bot.model.tasks import State, Task

MOST_LINES = 8
MOST_DATES = 3


def next_moment(document: RoomDocument, now: datetime) -> datetime | None:
    """Return when the next digest is due."""
    del now
    project = document.project
    if project.digest is None:
        return None
    return next_time(project.digest, project.zone, project.digest.since)


def run(document: RoomDocument, now: datetime) -> None:
    """Post the digest if it is due; of several that were missed only the last, if it is fresh."""
    project = document.project
    if project.digest is None:
        return
    due = last_time(project.digest, project.zone, now)
    if due is None:
        return
    since, project.digest.since = due - A_WEEK, due
    if now - due > LATEST or all_on_holiday(project, due):
        return
    ahead = dates_ahead(project, now, A_WEEK)
    if not (ahead or _happened(project, since, now)):
        return
    text = _words(document, since, ahead, now)
    Speaker(document, now).message(text, f"digest {due.isoformat()}", Answering())


def _tasks(project: Project) -> list[Task]:
    return [task for task in project.tasks.values() if task.deleted is None]


def _done_since(task: Task, since: datetime) -> bool:
    """Tell whether a task, or a class's part of it, was done after *since*."""
    ticks = [*task.ticks.values(), *([task.finished] if task.finished else [])]
    return any(tick.at >= since for tick in ticks)


def _happened(project: Project, since: datetime, now: datetime) -> bool:
    """Tell whether a task came, was done or became late after *since*, or a poll was closed."""
    tasks = _tasks(project)
    return (
        any(task.created >= since or _done_since(task, since) for task in tasks)
        or any(is_late(project, task, now) and not is_late(project, task, since) for task in tasks)
        or any(one.closed and one.closed >= since for one in project.polls.values())
    )


def _words(document: RoomDocument, since: datetime, ahead: list[Coming], now: datetime) -> Text:
    """Return the counts in every language of the room, below them the next dates."""
    project, reader = document.project, room_reader(document, now)
    counts = stack(_counts(project, since, now), reader)
    one_language = len(reader.languages) == 1
    line = coming_line if one_language else neutral_line
    room = min(MOST_DATES, MOST_LINES - len(reader.languages))
    dates = [render(line(project, one), reader) for one in ahead[: max(room, 0)]]
    shown = [counts, *dates]
    return Text("\n".join(one.body for one in shown), "<br>".join(one.html for one in shown))


def _counts(project: Project, since: datetime, now: datetime) -> Part:
    tasks = _tasks(project)
    done = [task for task in tasks if task.state is State.DONE]
    fresh = sum(_done_since(task, since) for task in done)
    late = sum(is_late(project, task, now) for task in tasks)
    return Joined(
        (
            Bold(say(_("Our week"))),
            say(_n("{n} done this week", "{n} done this week", fresh)) if fresh else NOTHING,
            say(_n("{n} done in all", "{n} done in all", len(done))),
            say(_n("{n} open", "{n} open", len(tasks) - len(done))),
            say(_n("{n} late", "{n} late", late)) if late else NOTHING,
        )
    )
