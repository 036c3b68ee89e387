"""Looks at a data directory from outside, beside a running bot: nothing is locked or mended."""

from __future__ import annotations

import fcntl
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.store.coding import document_of
from bot.adapters.store.directory import LOCK
from bot.adapters.store.files import QUARANTINE
from bot.adapters.store.names import ENDING, Kind
from bot.adapters.store.storage import AtomicStorage


@dataclass(frozen=True)
class Survey:
    """What there is to see."""

    documents: dict[Kind, int]
    """How many can be read."""
    unreadable: int = 0
    quarantined: int = 0
    """Copies of damaged files that were set aside."""
    exposed: int = 0
    """Files and folders that others may read; none, if the folder above keeps them out."""
    trouble: str = ""
    """Why it could not be looked at."""


def survey(directory: Path) -> Survey:
    """Return how the documents below *directory* are; reads each of them."""
    found = dict.fromkeys(Kind, 0)
    unreadable = 0
    try:
        for kind in Kind:
            for path in sorted((directory / kind.folder).glob(f"*/*{ENDING}")):
                good = _readable(kind, path)
                found[kind] += good is True
                unreadable += good is False
        places = [directory, *directory.rglob("*")] if _exposed(directory) else []
        quarantined = sum(path.is_file() for path in (directory / QUARANTINE).rglob("*"))
        exposed = sum(_exposed(path) for path in places)
    except OSError as error:
        return Survey(found, unreadable, trouble=error.strerror or type(error).__name__)
    return Survey(found, unreadable, quarantined, exposed)


def _readable(kind: Kind, path: Path) -> bool | None:
    """Tell whether *path* holds a document; None if it went meanwhile."""
    try:
        tables = AtomicStorage(path).read()
        if tables is not None:
            document_of(kind, tables)
    except Exception:  # noqa: BLE001 - whatever is in it, or migrations make of it
        return False
    return None if tables is None else True


def _exposed(path: Path) -> bool:
    """Tell whether others on this machine may read *path*."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return not stat.S_ISLNK(mode) and bool(stat.S_IMODE(mode) & (stat.S_IRWXG | stat.S_IRWXO))


def is_running(directory: Path) -> bool:
    """Tell whether a process works in *directory*: it holds the lock. Takes it for no time."""
    try:
        lock = os.open(directory / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False
