"""Taking a backup: a snapshot of the data and the settings beside it, in one file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from bot.adapters.store.names import Kind
from bot.adapters.store.survey import is_running
from bot.safekeeping import archive
from bot.safekeeping.archive import DATA, SETTINGS, CannotKeep, Contents
from bot.safekeeping.folders import staging
from bot.safekeeping.snapshot import NeverStill, snapshot
from bot.settings import Settings
from bot.settings.schema import (
    CRYPTO_KEY_VARIABLE,
    PASSWORD_VARIABLE,
    RECOVERY_KEY_VARIABLE,
    TOKEN_VARIABLE,
)

RECOVERY_KEY = f"{DATA}/matrix/recovery.key"
_PREFIX = ".comenius-backup-"


@dataclass(frozen=True)
class Kept:
    """What is in a new archive."""

    rooms: int
    people: int
    settings: tuple[str, ...]
    """The files that belong to bot.yaml, itself first."""
    elsewhere: tuple[str, ...]
    """What the bot needs besides, and is not in it: files elsewhere, variables."""
    running: bool
    """Whether the bot was at work meanwhile."""
    recovery_key: bool
    """Whether the recovery key is in it: nobody has written it down yet."""


def keep(
    config: Path, settings: Settings, target: Path, now: datetime, *, replace: bool = False
) -> Kept:
    """Write all that the bot of *config* needs into the file *target*, for its owner only.

    Also beside a running bot. All or nothing; an existing file only with *replace*. `now` is
    aware. Raises CannotKeep, OSError.
    """
    directory = settings.store.directory
    _may_write(directory, target, replace=replace)
    running = is_running(directory)
    with staging(target.absolute().parent, _PREFIX) as stage:
        try:
            snapshot(directory, stage / DATA)
        except (NeverStill, sqlite3.Error) as trouble:
            raise CannotKeep(_sentence(trouble)) from None
        inside, elsewhere = beside(config, settings)
        sources = {
            f"{DATA}/{path.relative_to(stage / DATA).as_posix()}": path
            for path in sorted((stage / DATA).rglob("*"))
            if path.is_file()
        }
        count = {kind: sum(_is_a(kind, name) for name in sources) for kind in Kind}
        sources |= {f"{SETTINGS}/{name}": path for name, path in inside.items()}
        files = {name: archive.listed(path) for name, path in sources.items()}
        if bad := next((name for name in files if not archive.good_name(name)), None):
            raise CannotKeep(f"{bad} has a name that no backup can hold.")
        contents = Contents(now, version("comenius-bot"), running, files)
        archive.write(stage / "archive", contents, sources)
        _put(stage / "archive", target, replace=replace)
    return Kept(
        count[Kind.PROJECT],
        count[Kind.PERSON],
        tuple(inside),
        tuple(elsewhere),
        running,
        RECOVERY_KEY in files,
    )


def _is_a(kind: Kind, name: str) -> bool:
    return name.startswith(f"{DATA}/{kind.folder}/")


def _sentence(trouble: Exception) -> str:
    if isinstance(trouble, NeverStill):
        return str(trouble)
    if getattr(trouble, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return "The disk is full: there is no room for a backup."
    return f"The crypto store cannot be copied ({trouble}). Try again, or stop the bot first."


def _may_write(directory: Path, target: Path, *, replace: bool) -> None:
    """Raise CannotKeep unless there is something to keep and a place for it."""
    if not directory.is_dir():
        raise CannotKeep(f"There is no folder {directory} yet, so there is nothing to keep.")
    if target.is_dir():
        raise CannotKeep(f"{target} is a folder. Name a file in it.")
    if os.path.lexists(target) and not replace:
        raise CannotKeep(f"{target} exists already. Choose another name, or say --replace.")
    if os.path.lexists(target) and not archive.is_one(target):
        raise CannotKeep(f"{target} is no backup, so it stays as it is. Choose another name.")
    if not target.absolute().parent.is_dir():
        raise CannotKeep(f"There is no folder {target.absolute().parent}.")
    if not os.access(target.absolute().parent, os.W_OK | os.X_OK):
        raise CannotKeep(f"Nothing may be written into {target.absolute().parent}.")
    if target.resolve().is_relative_to(directory.resolve()):
        raise CannotKeep(f"A backup inside {directory} would be lost with it. Put it elsewhere.")


def beside(config: Path, settings: Settings) -> tuple[dict[str, Path], list[str]]:
    """Return the files of the settings, name -> place, and what is needed but lies elsewhere.

    The configuration itself goes by the name of bot.yaml.
    """
    inside, elsewhere = {"bot.yaml": config}, []
    folder = config.absolute().parent
    data = settings.store.directory.absolute()
    for path in named(settings):
        if path.absolute().is_relative_to(data):
            continue  # kept with the data
        with suppress(ValueError):
            name = path.absolute().relative_to(folder).as_posix()
            if path.is_file() and not hidden(name) and name != "bot.yaml":
                inside[name] = path
                continue
        elsewhere.append(str(path))
    return inside, elsewhere


def hidden(name: str) -> bool:
    """Tell whether *name* begins with a dot, at any level.

    Others put their own files there, as .ssh: neither kept nor restored, whatever bot.yaml says.
    """
    return any(part.startswith(".") for part in name.split("/"))


def named(settings: Settings) -> Iterator[Path]:
    """Yield the files that *settings* name, wherever they lie."""
    matrix = settings.matrix
    named = (matrix.token_file, matrix.password_file, matrix.crypto_key_file)
    yield from (path for path in named if path is not None)
    yield from settings.charter.text.files.values()


def in_environment(environment: Mapping[str, str]) -> list[str]:
    """Return the variables that hold secrets of the bot: no backup holds them."""
    names = (TOKEN_VARIABLE, PASSWORD_VARIABLE, CRYPTO_KEY_VARIABLE, RECOVERY_KEY_VARIABLE)
    return [name for name in names if environment.get(name)]


def _put(file: Path, target: Path, *, replace: bool) -> None:
    """Give *file* its name, once and for all. Raises CannotKeep if it was taken meanwhile."""
    if replace:
        file.replace(target)
    else:
        try:
            os.link(file, target)
        except FileExistsError:
            raise CannotKeep(f"{target} exists already. Choose another name.") from None
        except OSError:  # a file system without links
            file.rename(target)
    folder = os.open(target.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
