"""Says how many of something there are, to an admin, in English: 1 room, 2 rooms."""

from __future__ import annotations


def counted(number: int, one: str, many: str) -> str:
    """Return *number* with *one* or *many*, the word for a single one and for all other numbers."""
    return f"{number} {one if number == 1 else many}"
