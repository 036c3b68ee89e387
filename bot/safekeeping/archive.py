"""The archive: a plain tar whose first file lists all others with their sizes and sums."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import stat
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from bot.safekeeping.folders import private

LIST = "comenius-backup.json"
FORMAT = 1
DATA, SETTINGS = "data", "settings"
_LONGEST_LIST = 128 * 2**20
_LONGEST_NAME, _DEEPEST = 800, 8
_MOST_BYTES = 64 * 2**30
_PIECE = 2**20
_PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)
_BAD_SIGNS = re.compile(r"[\x00-\x1f\x7f\\]")


class CannotKeep(Exception):
    """There will be no archive; the one sentence says why."""


class CannotRestore(Exception):
    """Nothing is restored; the one sentence says why."""


@dataclass(frozen=True)
class Listed:
    """One file of the archive."""

    size: int
    sum: str
    """SHA-256, in hexadecimal digits."""


@dataclass(frozen=True)
class Contents:
    """What the archive says of itself."""

    made: datetime
    """Aware."""
    version: str
    """Of the Comenius that made it."""
    running: bool
    """Whether the bot was running."""
    files: Mapping[str, Listed]


def write(path: Path, contents: Contents, sources: Mapping[str, Path]) -> None:
    """Write the files *sources* (name -> where it lies), as *contents* lists them, to *path*.

    Returns when it is on the disk. Raises OSError, also if *path* exists.
    """
    told = {
        "comenius": {
            "backup": FORMAT,
            "made": contents.made.isoformat(),
            "version": contents.version,
            "running": contents.running,
        },
        "files": {name: [one.size, one.sum] for name, one in contents.files.items()},
    }
    first = json.dumps(told).encode()
    moment = int(contents.made.timestamp())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:", format=tarfile.PAX_FORMAT) as tar:
            tar.addfile(_member(LIST, len(first), moment), io.BytesIO(first))
            for name, listed in contents.files.items():
                with sources[name].open("rb") as source:
                    tar.addfile(_member(name, listed.size, moment), source)
        file.flush()
        os.fsync(file.fileno())


def _member(name: str, size: int, moment: int) -> tarfile.TarInfo:
    """Return the head of one file: nothing in it tells of who made it."""
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, moment, 0o600
    return member


def listed(path: Path) -> Listed:
    """Return what the list says of the file at *path*."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256")
        return Listed(file.tell(), found.hexdigest())


def is_one(path: Path) -> bool:
    """Tell whether a file that `write` made lies at *path* itself, by how it begins."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return False
        with path.open("rb") as file:
            return file.read(len(LIST)) == LIST.encode()
    except OSError:
        return False


# --- reading: whoever made it, nothing of it is believed ---------------------------------------


def look(path: Path) -> Contents:
    """Return what the archive at *path* says it holds. Raises CannotRestore."""
    with _opened(path) as tar:
        return _contents(tar)


def unpack(path: Path, target: Path, part: str) -> Contents:
    """Write the files of the archive's *part* (DATA or SETTINGS) into the folder *target*.

    Every file of the archive is read and compared with the list, whatever the part. Raises
    CannotRestore; what was written so far is for the caller to remove.
    """
    with _opened(path) as tar:
        contents = _contents(tar)
        missing = set(contents.files)
        for member in _members(tar):
            if member.name not in missing:
                raise CannotRestore(f"{path} is not as it was made: a file is in it unlisted.")
            missing.remove(member.name)
            if member.size != contents.files[member.name].size:  # before a disk is filled with it
                raise CannotRestore(f"{path} is damaged: a file in it has changed.")
            head, *inside = member.name.split("/")
            place = target.joinpath(*inside) if head == part else None
            if _taken(tar, member, place) != contents.files[member.name]:
                raise CannotRestore(f"{path} is damaged: a file in it has changed.")
    if missing:
        raise CannotRestore(f"{path} is damaged: {len(missing)} files are missing.")
    return contents


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    """Open the archive at *path*; whatever is wrong with it becomes CannotRestore."""
    try:
        if stat.S_ISFIFO(path.stat().st_mode):  # nobody may ever write into it
            raise CannotRestore(f"{path} is no file.")
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            yield tar
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotRestore(f"{path} cannot be read: {reason}.") from None
    except (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError):
        raise CannotRestore(f"{path} is damaged, or no backup of Comenius.") from None


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield the files of *tar* but for the list; only what is a plain file under a plain name."""
    for member in tar:
        if member.name == LIST and member.offset == 0:
            continue
        if member.type not in _PLAIN or member.sparse is not None or not good_name(member.name):
            raise CannotRestore("There is something in it that no backup of Comenius holds.")
        yield member


def good_name(name: str) -> bool:
    """Tell whether *name* stays below the folder that it is unpacked into."""
    parts = name.split("/")
    return (
        len(name.encode("utf-8", "replace")) <= _LONGEST_NAME
        and not _BAD_SIGNS.search(name)
        and 2 <= len(parts) <= _DEEPEST  # noqa: PLR2004 - part and name
        and parts[0] in {DATA, SETTINGS}
        and not {"", ".", ".."} & set(parts)
        and str(PurePosixPath(name)) == name
    )


def _taken(tar: tarfile.TarFile, member: tarfile.TarInfo, place: Path | None) -> Listed:
    """Read *member*, into a new file at *place* if there is one; return what it is."""
    source = tar.extractfile(member)
    if source is None:
        raise tarfile.ReadError(member.name)
    found, size = hashlib.sha256(), 0
    target = None
    if place is not None:
        private(place.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        target = os.fdopen(os.open(place, flags, 0o600), "wb")
    try:
        while piece := source.read(_PIECE):
            size += len(piece)
            found.update(piece)
            if target is not None:
                target.write(piece)
    finally:
        if target is not None:
            target.close()
    return Listed(size, found.hexdigest())


def _contents(tar: tarfile.TarFile) -> Contents:
    """Read the list at the beginning of *tar*."""
    first = tar.next()
    if first is None or first.name != LIST or first.type not in _PLAIN or first.sparse is not None:
        raise CannotRestore("This is no backup of Comenius.")
    if first.size > _LONGEST_LIST:
        raise CannotRestore("This is no backup of Comenius: its list is too long.")
    source = tar.extractfile(first)
    try:
        told = json.loads(source.read() if source else b"")
        head = told["comenius"]
        if head["backup"] != FORMAT:
            raise CannotRestore("A newer version of Comenius made it; update this one first.")
        files = {name: _line(name, line) for name, line in told["files"].items()}
        made = datetime.fromisoformat(head["made"])
        contents = Contents(made, str(head["version"]), head["running"] is True, files)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise CannotRestore("This is no backup of Comenius: its list cannot be read.") from None
    if made.tzinfo is None or sum(one.size for one in files.values()) > _MOST_BYTES:
        raise CannotRestore("This is no backup of Comenius: its list is wrong.")
    return contents


def _line(name: str, line: Any) -> Listed:
    """Return one line of the list. Raises ValueError or TypeError."""
    size, found = line
    if not good_name(name) or type(size) is not int or size < 0 or not isinstance(found, str):
        raise ValueError(name)
    return Listed(size, found)
