"""Folders for the bot's eyes only, at every level; those that a killed command left go."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def private(folder: Path) -> list[Path]:
    """Make *folder* and what is missing above it, mode 0700; return the new ones, deepest first."""
    made: list[Path] = []
    for missing in [one for one in (folder, *folder.parents) if not one.exists()][::-1]:
        missing.mkdir(mode=0o700, exist_ok=True)
        made.insert(0, missing)
    return made


@contextmanager
def staging(parent: Path, prefix: str) -> Iterator[Path]:
    """Give a new folder in *parent*, named by *prefix*, that goes afterwards with all in it.

    A killed command cannot tidy up, and copies of secrets are in its folder: the next one with the
    same *prefix* does. Whoever is still at work holds a lock on its own. Raises OSError.
    """
    for left in parent.glob(f"{prefix}*"):
        _remove_if_left(left)
    folder, lock = _locked(parent, prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked(parent: Path, prefix: str) -> tuple[Path, int]:
    """Make a folder and lock it; another command may take it for left before it is locked."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder, lock
        os.close(lock)


def _remove_if_left(folder: Path) -> None:
    """Remove *folder* if it is ours and nobody works in it."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        if os.fstat(lock).st_uid == os.geteuid():
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return  # somebody works in it
    finally:
        os.close(lock)
