"""The data directory itself: made, tried, and locked against a second process."""

from __future__ import annotations

import fcntl
import os
from errno import ENOSPC
from typing import TYPE_CHECKING

from bot.adapters.store.errors import DirectoryInUse, DirectoryUnusable
from bot.adapters.store.storage import FILE_MODE, make_folder

if TYPE_CHECKING:
    from pathlib import Path

LOCK = "LOCK"
PROBE = "LOCK.probe"
RUNNING = b"running\n"


class Directory:
    """A locked data directory. The lock goes with the process, however that ends."""

    def __init__(self, path: Path) -> None:
        """Make and lock *path*. Raises DirectoryInUse or DirectoryUnusable."""
        self.path = path
        try:
            make_folder(path)
            self._try()
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._lock = os.open(path / LOCK, flags, FILE_MODE)
        except OSError as error:
            raise DirectoryUnusable(path, error.strerror or str(error)) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise DirectoryInUse(path) from None
        except OSError as error:
            os.close(self._lock)
            raise DirectoryUnusable(path, error.strerror or str(error)) from error
        self.was_cut_short = os.pread(self._lock, 1, 0) != b""
        """The last run did not come to its end."""
        self._mark(RUNNING)

    def release(self, *, whole: bool) -> None:
        """Unlock; *whole*: all that was to be written is on the disk."""
        if whole and not self.was_cut_short:  # else the next start has a pair to mend, perhaps
            self._mark(b"")
        os.close(self._lock)

    def _try(self) -> None:
        """Make sure that files can be made here. A full disk is no reason not to start."""
        probe = self.path / PROBE
        try:
            os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
            probe.unlink()
        except OSError as error:
            if error.errno != ENOSPC:
                raise

    def _mark(self, mark: bytes) -> None:
        try:
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, mark, 0)
        except OSError:
            self.was_cut_short = True  # to be on the safe side; full disks are told at the commit
