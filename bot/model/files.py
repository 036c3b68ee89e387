"""Files: what the bot hands out besides its words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class File:
    """A file with its content."""

    name: str
    """With its ending; what people see."""
    mimetype: str
    content: bytes
