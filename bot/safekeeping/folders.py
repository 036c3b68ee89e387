"""Folders for the bot's eyes only, at every level."""

from __future__ import annotations

from pathlib import Path


def private(folder: Path) -> list[Path]:
    """Make *folder* and what is missing above it, mode 0700; return the new ones, deepest first."""
    made: list[Path] = []
    for missing in [one for one in (folder, *folder.parents) if not one.exists()][::-1]:
        missing.mkdir(mode=0o700, exist_ok=True)
        made.insert(0, missing)
    return made
