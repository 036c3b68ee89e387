"""The guard: a link to a consumer service reminds the room of its charter, kindly and rarely."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.assistant.reach import Scene
from bot.model.institution import Institution


@dataclass
class Guard:
    """Looks at what is said in rooms; what it keeps in memory is never stored."""

    institution: Institution = field(default_factory=Institution)
    hinted: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """Message that got a silent sign -> what it is about and since when: bounded, in memory."""

    def look(self, scene: Scene, *, answered: bool) -> None:
        """Remind the room, if what was heard asks for it; `answered`: it got a message already."""

    def asked(self, scene: Scene) -> str | None:
        """Return the line to run if somebody asks back by a reaction what a silent sign means."""
        del scene
        return None
