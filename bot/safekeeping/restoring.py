"""Taking a backup up again: on an empty directory, all of it or nothing."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.adapters.store.directory import LOCK, RUNNING
from bot.adapters.store.names import Kind
from bot.adapters.store.survey import is_running, survey
from bot.safekeeping import archive
from bot.safekeeping.archive import DATA, SETTINGS, CannotRestore, Contents
from bot.safekeeping.folders import private, staging
from bot.safekeeping.keeping import hidden, named
from bot.settings import SettingsError, load
from bot.settings.reading import read

RENEW = "matrix/restored"
"""Tells the next start that its keys may be older than the server thinks (matrix/renewal.py)."""
_PREFIX = ".comenius-restore-"
_ROOM_LEFT = 50 * 2**20


@dataclass(frozen=True)
class Restored:
    """What was taken up."""

    directory: Path
    """Where the rooms are now."""
    made: datetime
    """When the backup was made."""
    running: bool
    """Whether the bot was at work then; if so, it may have done more since."""
    rooms: int
    people: int
    damaged: int
    """Documents that could not be read then, and cannot now."""
    settings: tuple[Path, ...]
    """Files of the settings that were written; none where there were some already."""


def restore(file: Path, config: Path) -> Restored:
    """Take up the archive *file* where *config* says; without a *config* bring it along, too.

    Raises CannotRestore, SettingsError, OSError; then all is as it was.
    """
    contents = archive.look(file)
    with _settings(file, config) as (directory, ours):
        _may_write(directory, contents)
        with _staging(directory) as stage:
            archive.unpack(file, stage, DATA)
            seen = survey(stage)
            _finish(stage)
            written, folders = _write_settings(ours)
            try:
                _put(stage, directory)
            except BaseException:
                _remove([*written, *folders])
                raise
    rooms, people = (seen.documents[kind] for kind in (Kind.PROJECT, Kind.PERSON))
    damaged = seen.unreadable + seen.quarantined
    return Restored(
        directory, contents.made, contents.running, rooms, people, damaged, tuple(written)
    )


@contextmanager
def _settings(file: Path, config: Path) -> Iterator[tuple[Path, dict[Path, Path]]]:
    """Give the data directory and the settings to be written: new place -> where it lies now."""
    if os.path.lexists(config):
        yield load(config).store.directory, {}
        return
    folder = config.parent
    if not folder.is_dir():
        raise CannotRestore(f"There is no folder {folder.absolute()}.")
    with staging(folder, _PREFIX) as stage:
        archive.unpack(file, stage, SETTINGS)
        if not (stage / "bot.yaml").is_file():
            raise CannotRestore("There is no bot.yaml in this backup. Say --config with yours.")
        try:
            settings, _mistakes = read(stage / "bot.yaml")
        except SettingsError as error:
            raise CannotRestore(f"The bot.yaml in this backup is wrong: {error}") from None
        directory = settings.store.directory
        with suppress(ValueError):
            directory = folder / directory.relative_to(stage)
        found = sorted(path for path in stage.rglob("*") if path.is_file())
        ours = {folder / path.relative_to(stage): path for path in found}
        places = [one.as_posix() for one in named(settings)]
        for name in {one.relative_to(stage).as_posix() for one in ours.values()} - {"bot.yaml"}:
            if hidden(name) or not any(place.endswith(f"/{name}") for place in places):
                raise CannotRestore("There is a file in it that its bot.yaml does not name.")
        ours[config] = ours.pop(folder / "bot.yaml")
        for place in ours:
            if os.path.lexists(place):
                raise CannotRestore(f"{place} is there already. Move it away first.")
        yield directory, ours


def _may_write(directory: Path, contents: Contents) -> None:
    """Raise CannotRestore unless *directory* is empty and large enough."""
    if os.path.lexists(directory) and not directory.is_dir():
        raise CannotRestore(f"{directory} is no folder.")
    if is_running(directory):
        raise CannotRestore(f"A bot works in {directory}. Stop it, and move the folder away.")
    if directory.is_dir() and {one.name for one in directory.iterdir()} - {LOCK}:
        raise CannotRestore(f"{directory} is not empty. Move it away first; nothing was changed.")
    there = next(one for one in (directory, *directory.absolute().parents) if one.exists())
    needed = sum(one.size for one in contents.files.values())
    if shutil.disk_usage(there).free < needed + _ROOM_LEFT:
        raise CannotRestore(f"The disk has too little room: {needed // 2**20 + 1} MB are needed.")


@contextmanager
def _staging(directory: Path) -> Iterator[Path]:
    """Give a new folder on the same disk as *directory*; what is left of it goes."""
    parent = directory.absolute().parent
    made = private(parent)
    outside = os.access(parent, os.W_OK | os.X_OK) and not os.path.ismount(directory)
    try:
        with staging(parent if outside else directory.absolute(), _PREFIX) as stage:
            yield stage
    except BaseException:
        _remove(made)
        raise


def _finish(stage: Path) -> None:
    """Leave word for the first start: files may disagree by one commit, keys may be old."""
    marks = {LOCK: RUNNING}
    if (stage / "matrix").is_dir():
        marks[RENEW] = b""
    for name, content in marks.items():
        descriptor = os.open(stage / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    os.sync()


def _write_settings(ours: dict[Path, Path]) -> tuple[list[Path], list[Path]]:
    """Copy the settings to their new places, nothing is written over; return files and folders."""
    written: list[Path] = []
    folders: list[Path] = []
    try:
        for place, source in ours.items():
            folders += private(place.parent)
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            written.append(place)
            with os.fdopen(descriptor, "wb") as file:
                file.write(source.read_bytes())
    except BaseException:
        _remove([*written, *folders])
        raise
    return written, folders


def _remove(paths: list[Path]) -> None:
    """Take back what was made: files, and folders if nothing else is in them."""
    for path in paths:
        with suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()


def _put(stage: Path, directory: Path) -> None:
    """Let *stage* become *directory*, or move into it where that cannot be replaced."""
    if stage.parent == directory.absolute():
        for one in sorted(stage.iterdir(), key=lambda one: one.name == "matrix"):
            one.replace(directory / one.name)  # the session last: it makes the bot go on
        return
    (directory / LOCK).unlink(missing_ok=True)
    try:
        stage.rename(directory)  # over an empty folder, or where none is
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
            raise CannotRestore(f"{directory} is not empty any more.") from None
        raise
