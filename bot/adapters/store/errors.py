"""What can go wrong with stored files, said in a way that can be logged: no ids, no text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class DirectoryInUse(OSError):
    """Another process (or another FileStore) works in this data directory."""

    def __init__(self, directory: Path) -> None:
        """Remember the *directory* that somebody else holds."""
        super().__init__(f"another process already works in {directory}")
        self.directory = directory


class DirectoryUnusable(OSError):
    """The data directory cannot be made, locked or written."""

    def __init__(self, directory: Path, reason: str) -> None:
        """Remember the *directory* and the operating system's *reason*."""
        super().__init__(f"cannot work in {directory}: {reason}")
        self.directory = directory
        self.reason = reason


@dataclass(frozen=True)
class Damage:
    """One document that cannot be read."""

    kind: str
    """ "project" or "person"."""
    reference: str
    """Eight letters that name the file without naming the room; its folder has the first two."""
    reason: str
    """What is wrong, without a word of what stood in the file."""
    quarantined: bool
    """The file was moved to quarantine/; else it lies where it was."""

    def __str__(self) -> str:
        """Return a line for the log."""
        place = "kept in quarantine" if self.quarantined else "left where it is"
        return f"a {self.kind} file cannot be read ({self.reason}); {place}, ref {self.reference}"


class Damaged(Exception):
    """A document exists but cannot be read; it is not served, and never started empty."""

    def __init__(self, damage: Damage) -> None:
        """Carry the *damage*."""
        super().__init__(str(damage))
        self.damage = damage
