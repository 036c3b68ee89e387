"""A TinyDB Storage whose file is always whole: the old state or the new one, never a mixture."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
from tinydb.storages import Storage

from bot.adapters.store.names import UNFINISHED

if TYPE_CHECKING:
    from pathlib import Path

Tables = dict[str, dict[str, Any]]
"""What TinyDB keeps: table name -> document number (a string of digits) -> document."""

FILE_MODE = 0o600
FOLDER_MODE = 0o700


class AtomicStorage(Storage):
    """One JSON file, replaced as a whole.

    `write` is what TinyDB calls. It consists of `stage`, `publish` and `sync_folder`, which the
    files backend calls one by one, to share the waiting among many documents.
    """

    def __init__(self, path: Path) -> None:
        """Serve the file at *path*; nothing is touched yet."""
        self.path = path
        self.unfinished = path.with_name(path.name + UNFINISHED)

    def read(self) -> Tables | None:
        """Return all tables, or None if there is no file.

        Raises ValueError or RecursionError if the file is damaged (an empty file is damaged: none
        is ever written), OSError if it cannot be read at all.
        """
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return None
        tables = msgspec.json.decode(raw)
        if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
            raise ValueError("not a TinyDB file")
        return tables

    def write(self, data: Tables) -> None:
        """Replace the file by *data*; return when that is durable. Raises OSError."""
        try:
            self.stage(data)
            self.publish()
        except BaseException:
            self.discard()
            raise
        sync_folder(self.path.parent)

    def stage(self, data: Tables) -> None:
        """Write *data* beside the file and wait until it is on the disk. Raises OSError."""
        text = msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            file = os.open(self.unfinished, flags, FILE_MODE)
        except FileNotFoundError:
            make_folder(self.path.parent)
            file = os.open(self.unfinished, flags, FILE_MODE)
        try:
            rest = memoryview(text)
            while rest:
                rest = rest[os.write(file, rest) :]
            os.fsync(file)
        finally:
            os.close(file)

    def publish(self) -> None:
        """Put what was staged in the place of the file. Raises OSError."""
        os.replace(self.unfinished, self.path)  # noqa: PTH105 - one system call, seen as such

    def discard(self) -> None:
        """Drop what was staged, if anything; never raises OSError."""
        with suppress(OSError):
            os.unlink(self.unfinished)  # noqa: PTH108 - as above


def make_folder(folder: Path) -> None:
    """Make *folder* and what is missing above it, durably, for our eyes only. Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(FOLDER_MODE, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the names in *folder* are on the disk. Raises OSError."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
