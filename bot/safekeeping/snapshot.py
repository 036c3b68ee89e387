"""A copy of a data directory that is of one moment, though the bot goes on working in it.

Each file is whole at any time (they are replaced, not written over), but they belong together:
`sync.json` says up to which batch of events all is done; a document drops the events that it has
done once that covers them. With a newer `sync.json` than documents commands would be lost, with an
older one they would be done twice.

So all is copied in rounds, each of which copies only what changed since the last. A round that read
`sync.json` first counts if each document that it had to copy was copied before `sync.json` changed,
and no file came or went. Then every document, copied now or found unchanged, holds all that
`sync.json` covers, and has dropped nothing beyond. Rounds soon become short enough to fit between
two batches. Keys and the like may be newer than `sync.json`: they are only added to.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from bot.adapters.store.names import Kind
from bot.safekeeping.folders import private

SYNC = "matrix/sync.json"
LEFT_OUT = frozenset({"LOCK", "LOCK.probe"})
_UNFINISHED = (".tmp", ".new", "-journal", "-wal", "-shm")
_SQLITE = b"SQLite format 3\0"
_BUSY_SECONDS = 10.0
_DOCUMENTS = tuple(f"{kind.folder}/" for kind in Kind)
_PAUSE = 0.01
"""Seconds between two rounds. A longer one would leave more to copy to the next."""

Stamp = tuple[tuple[int, int, int], ...]
"""What changes whenever a file is replaced or written to."""


class NeverStill(Exception):
    """The bot had so much to do that no round of copying was of one moment."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("The bot is too busy at the moment. Try again later, or stop it first.")


def snapshot(directory: Path, copy: Path, seconds: float = 60.0) -> int:
    """Copy *directory* into the new folder *copy*; return how many rounds it took.

    Raises NeverStill after *seconds*, OSError or sqlite3.Error if something cannot be copied.
    """
    copy.mkdir(mode=0o700)
    stamps: dict[str, Stamp] = {}
    end = time.monotonic() + seconds
    rounds = 0
    while True:
        rounds += 1
        if _round(directory, copy, stamps):
            return rounds
        if time.monotonic() > end:
            raise NeverStill
        time.sleep(_PAUSE)


def _round(directory: Path, copy: Path, stamps: dict[str, Stamp]) -> bool:
    """Copy what is newer than *stamps*; tell whether *copy* is of one moment now."""
    before = _content(directory / SYNC)
    names = set(below(directory))
    for name in stamps.keys() - names:
        del stamps[name]
        (copy / name).unlink()
    still = True
    for name in sorted(names - {SYNC}):
        source, target = directory / name, copy / name
        try:
            stamp = _stamp(source)
            if stamps.get(name) == stamp:
                continue
            private(target.parent)
            _copy(source, target)
        except FileNotFoundError:
            return False  # went meanwhile
        stamps[name] = stamp
        if still and name.startswith(_DOCUMENTS):
            still = _content(directory / SYNC) == before
    if not still or set(below(directory)) != names:
        return False
    if before is not None:
        private((copy / SYNC).parent)
        _write(copy / SYNC, before)
    return True


def below(directory: Path) -> Iterator[str]:
    """Yield the names of the files to be kept, relative to *directory*.

    Raises IsADirectoryError (an OSError) for links and devices: what they lead to would be missing.
    """
    for folder, folders, files in os.walk(directory):
        for name in (*folders, *files):
            path = Path(folder, name)
            inside = path.relative_to(directory).as_posix()
            if inside in LEFT_OUT or name.endswith(_UNFINISHED):
                continue
            with suppress(FileNotFoundError):
                mode = path.lstat().st_mode
                if stat.S_ISREG(mode):
                    yield inside
                elif not stat.S_ISDIR(mode):
                    raise OSError(0, "only files and folders can be kept", str(path))


def _stamp(path: Path) -> Stamp:
    """Return the stamp of *path*; a database may have changed only in its journal so far."""
    found = []
    for one in (path, path.with_name(f"{path.name}-wal")):
        with suppress(FileNotFoundError):
            status = one.stat()
            found.append((status.st_ino, status.st_mtime_ns, status.st_size))
    if not found:
        raise FileNotFoundError(path)
    return tuple(found)


def _copy(source: Path, target: Path) -> None:
    """Copy one file; of a database, which is written to in place, what is committed."""
    with source.open("rb") as opened:
        if opened.read(len(_SQLITE)) != _SQLITE:
            opened.seek(0)
            with _new(target) as written:
                shutil.copyfileobj(opened, written)
            return
    _new(target).close()
    address = f"file:{quote(str(source.absolute()))}?mode=rw"
    with (
        closing(sqlite3.connect(address, timeout=_BUSY_SECONDS, uri=True)) as database,
        closing(sqlite3.connect(target)) as copied,
    ):
        database.backup(copied)


def _new(path: Path) -> BinaryIO:
    """Open *path*, for its owner only, to be written anew."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _write(path: Path, content: bytes) -> None:
    with _new(path) as file:
        file.write(content)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
