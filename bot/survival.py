"""Survival from the command line: a project leaves the store as a file, or comes into it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from bot.adapters.store import FileStore
from bot.language.exporting import archive_file, csv_file, kanboard_file
from bot.language.folding import fold
from bot.model.documents import RoomDocument
from bot.model.files import File
from bot.model.people import Role
from bot.model.project import Project
from bot.model.sifting import Trouble, Unreadable
from bot.model.unpacking import adopt, has_work, unpack

MOST_NAMED = 8
_WHY = {
    Trouble.TOO_BIG: "it is bigger than 1 MB",
    Trouble.NOT_OURS: "it is no project of Comenius",
    Trouble.TOO_NEW: "a newer version of Comenius made it; update this one first",
    Trouble.TOO_MUCH: "there is more in it than is taken",
    Trouble.WRONG: "something in it is wrong",
}


class Form(StrEnum):
    """In which form a project leaves."""

    ARCHIVE = "archive"
    CSV = "csv"
    KANBOARD = "kanboard"


class CannotMove(Exception):
    """The project cannot leave or come in; the one sentence says why."""


async def take_out(directory: Path, room: str, form: Form, now: datetime) -> File:
    """Return the project of *room* (its id or title) in the store at *directory* as a file.

    `now` is aware. Raises CannotMove; DirectoryInUse while a bot works there.
    """
    store = _existing(directory)
    try:
        project = await _found(store, room)
    finally:
        await store.close()
    language = project.languages[0] if project.languages else "en"
    match form:
        case Form.CSV:
            return csv_file(project, language)
        case Form.KANBOARD:
            return kanboard_file(project, language)
    return archive_file(project, now, Role.COORDINATOR)


def _existing(directory: Path) -> FileStore:
    """Return the store at *directory*; looking for a project makes no folder."""
    if not directory.is_dir():
        raise CannotMove(f"There is no folder {directory}.")
    return FileStore(directory)


async def _found(store: FileStore, room: str) -> Project:
    """Return the project whose room has the id, or else the title, *room*."""
    projects = [one.project async for one in store.rooms()]
    found = [one for one in projects if one.room == room]
    found = found or [one for one in projects if fold(one.called) == fold(room)]
    if len(found) == 1:
        return found[0]
    if found:
        rooms = ", ".join(one.room for one in found[:MOST_NAMED])
        raise CannotMove(f"{len(found)} rooms are called so. Name one by its id: {rooms}")
    titles = sorted(one.called or one.room for one in projects)[:MOST_NAMED]
    known = f" There are: {', '.join(titles)}." if titles else " There is none at all."
    raise CannotMove(f"There is no such room.{known}")


async def take_in(directory: Path, content: bytes, room: str, now: datetime) -> Project:
    """Write the project in *content* into the store at *directory*, for *room*; return it.

    `now` is aware. Raises CannotMove, also if the room has work already; DirectoryInUse while a
    bot works there.
    """
    if not room.startswith("!"):
        raise CannotMove("A room is named by its id, which begins with “!”.")
    try:
        found = unpack(content, now)
    except Unreadable as unreadable:
        place = f", at {unreadable.place}" if unreadable.place else ""
        why = _WHY[unreadable.trouble]
        raise CannotMove(f"This file cannot be taken up: {why}{place}.") from None
    store = FileStore(directory)
    try:
        async with store.hold(room) as held:
            document = held.room or RoomDocument(Project(room, now, reminded_until=now))
            if has_work(document.project):
                raise CannotMove("This room has work of its own already. Choose a new room.")
            adopt(document.project, found)
            held.room = document
            await held.commit()
    finally:
        await store.close()
    return found
