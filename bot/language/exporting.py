"""Exporting: a project as files that people, spreadsheets, Kanboard and WeKan read.

Columns and shapes follow Kanboard's CSV import and the Kanboard JSON that WeKan reads
(docs/Features/ImportExport/Kanboard in wekan/wekan). Dates are written `YYYY-MM-DD HH:MM` in the
room's zone: of other forms Kanboard swaps day and month, or invents an hour, without a word.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.language.cards import concerned_partners, state_name
from bot.language.folding import fold
from bot.language.message import Person
from bot.language.render import Reader, people_words, render
from bot.model.archive import archive, called, ids_of, without_ids
from bot.model.files import File
from bot.model.people import Role
from bot.model.project import Project
from bot.model.tasks import State, Task

COLUMNS = (
    "Reference", "Title", "Description", "Assignee Username", "Creator Username", "Color Name",
    "Column Name", "Category Name", "Swimlane Name", "Complexity", "Time Estimated", "Time Spent",
    "Start Date", "Due Date", "Priority", "Status", "Tags", "External Link",
)  # fmt: skip
"""Kanboard reads them by their place, WeKan those it knows by their name."""
LONGEST_NAME = 40
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection)."""
JSON, CSV = "application/json", "text/csv"


def archive_file(project: Project, now: datetime, by: Role) -> File:
    """Return the whole project as one readable file, made at *now* by somebody with role *by*."""
    return File(f"{_name(project)}.json", JSON, readable(archive(project, now, by)))


def readable(plain: dict[str, Any]) -> bytes:
    """Return plain values as JSON that people can read, in UTF-8."""
    return (json.dumps(plain, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def _name(project: Project) -> str:
    words = re.sub(r"[\W_]+", "-", fold(project.called)).strip("-")[:LONGEST_NAME].strip("-")
    return f"comenius-{words or 'project'}"


def csv_file(project: Project, language: str) -> File:
    """Return the tasks as a table for spreadsheets, Kanboard and WeKan."""
    ids = ids_of(project)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for task in _tasks(project):
        column = _column(task.state, language)
        cells = {
            "Reference": f"#{task.number}",
            "Title": task.title,
            "Description": "\n".join(_remarks(project, task, language)),
            "Assignee Username": _assignee(project, task, language),
            "Creator Username": _person(project, task.author, language),
            "Column Name": column,
            "Due Date": _due(project, task),
            "Status": column,
            "Tags": ",".join([*task.tags, *task.partners]),
        }
        named = {name: without_ids(project, cell, ids) for name, cell in cells.items()}
        writer.writerow([_harmless(named.get(name, "")) for name in COLUMNS])
    return File(f"{_name(project)}.csv", CSV, table.getvalue().encode("utf-8", "replace"))


def _harmless(cell: str) -> str:
    """Return *cell* so that no spreadsheet runs it as a formula."""
    text = "\n".join(people_words(line) for line in cell.splitlines())
    return f"'{text}" if text.startswith(DANGEROUS) else text


def kanboard_file(project: Project, language: str) -> File:
    """Return the tasks as a board in the shape that WeKan imports and Kanboard's API takes."""
    ids = ids_of(project)
    tasks = []
    for task in _tasks(project):
        found = {
            "id": task.number,
            "reference": f"#{task.number}",
            "title": people_words(without_ids(project, task.title, ids)),
            "description": without_ids(project, "\n".join(task.titles.values()), ids),
            "column_name": _column(task.state, language),
            "swimlane_name": _swimlane(project, task),
            "owner_username": _assignee(project, task, language),
            "creator_username": _person(project, task.author, language),
            "date_creation": _written(project, task.created),
            "date_due": _due(project, task),
            "date_completed": _written(project, task.finished.at) if task.finished else "",
            "is_active": 1,
            "tags": [*task.tags, *task.partners],
            "comments": [
                {
                    "comment": without_ids(project, one.text, ids),
                    "username": _person(project, one.by, language),
                    "date_creation": _written(project, one.at),
                }
                for one in task.comments
                if one.text
            ],
        }
        tasks.append({name: one for name, one in found.items() if one not in ("", [])})
    lanes = dict.fromkeys(["Default", *(_swimlane(project, one) for one in _tasks(project))])
    board = {
        "board": {"name": project.called or "Comenius"},
        "columns": [{"title": _column(state, language)} for state in State],
        "swimlanes": [{"name": one} for one in lanes],
        "tasks": tasks,
    }
    return File(f"{_name(project)}-kanboard.json", JSON, readable(board))


def _tasks(project: Project) -> Iterable[Task]:
    return [one for one in project.tasks.values() if one.deleted is None]


def _column(state: State, language: str) -> str:
    """Return what the column of *state* is called."""
    name = render(state_name(state), Reader((language,))).body
    return name[:1].upper() + name[1:]


def _swimlane(project: Project, task: Task) -> str:
    """Return the lane of *task*: its class, if it is the affair of one alone."""
    known = [project.partners[code] for code in task.partners if code in project.partners]
    return known[0].name if len(known) == 1 else "Default"


def _person(project: Project, user: str, language: str) -> str:
    """Return what *user* is called; a former member is one in every language."""
    return render(Person(user, called(project, user)), Reader((language,))).body


def _assignee(project: Project, task: Task, language: str) -> str:
    """Return the name of the first who is to do it: neither tool takes several."""
    return _person(project, task.assignees[0], language) if task.assignees else ""


def _remarks(project: Project, task: Task, language: str) -> list[str]:
    return [
        f"{_person(project, one.by, language)}: {one.text}" for one in task.comments if one.text
    ]


def _due(project: Project, task: Task) -> str:
    """Return when *task* is due for the first class that it concerns, on the room's clock."""
    if task.due is None:
        return ""
    classes = concerned_partners(project, task)
    return _written(project, project.deadline_of(task.due, classes[0] if classes else None))


def _written(project: Project, moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo(project.zone)):%Y-%m-%d %H:%M}"
