"""The cast: who people are in a room made of lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from zlib import crc32

from bot.language.folding import fold

ROLES = {"pupil": 0, "teacher": 50, "coordinator": 100}
"""What stories and the terminal call a power level."""
SERVER = "example.org"


@dataclass(frozen=True)
class Actor:
    """Somebody in the room."""

    name: str
    user: str
    power: int = 0

    @property
    def role(self) -> str:
        """Return what this power level is called."""
        return max(
            (role for role in ROLES if ROLES[role] <= self.power), key=ROLES.__getitem__, default=""
        )


def actor(name: str, power: int = 0, server: str = SERVER) -> Actor:
    """Return the person called *name*; the Matrix id follows from the name."""
    local = ".".join(re.findall(r"[a-z0-9]+", fold(name))) or f"{crc32(name.encode()):08x}"
    return Actor(name, f"@{local}:{server}", power)
