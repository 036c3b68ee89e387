"""The institution: what whoever runs the assistant has decided for all its rooms."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from bot.model.charter import Article, Charter, Link, Mode, Rule, ruling

COOLDOWN_DAYS = 7
"""How long the room is not reminded again of the same category (DESIGN 12)."""
TCHAP_EXTERNALS = ("agent.externe.*", "e.*.tchap.gouv.fr")
"""Homeservers of people invited to Tchap from outside: they cannot open a direct room."""


@dataclass(frozen=True)
class Institution:
    """Decisions from bot.yaml; a room's own come before them."""

    mode: Mode = Mode.NOTE
    cooldown_days: int = COOLDOWN_DAYS
    rules: tuple[Rule, ...] = ()
    version: str = ""
    """Of its own charter text; "" = the fifteen neutral articles."""
    articles: dict[str, tuple[Article, ...]] = field(default_factory=dict)
    """Language -> the articles of its own charter, the text that counts first."""
    numbers: dict[int, int] = field(default_factory=dict)
    """Neutral article -> the one of its own charter that says the same; {} = the same numbers."""
    no_direct_rooms: tuple[str, ...] = TCHAP_EXTERNALS
    """Patterns of homeservers whose people cannot open a direct room."""

    def mode_of(self, charter: Charter) -> Mode:
        """Return how the guard behaves in a room: as the room has it, else the institution."""
        return charter.mode or self.mode

    def cooldown_of(self, charter: Charter) -> int:
        """Return the days for which the room is not reminded of the same category again."""
        return self.cooldown_days if charter.cooldown_days is None else charter.cooldown_days

    def ruling(self, charter: Charter, link: Link, today: date) -> Rule | None:
        """Return the rule that decides about *link*: a room's own comes first; None: no rule."""
        return ruling(charter.rules, link, today) or ruling(self.rules, link, today)
