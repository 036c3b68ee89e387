"""The institution: what whoever runs the assistant has decided for all its rooms."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.model.charter import Article, Mode, Rule


@dataclass(frozen=True)
class Institution:
    """Decisions from bot.yaml; a room's own come before them."""

    mode: Mode = Mode.NOTE
    cooldown_days: int = 7
    rules: tuple[Rule, ...] = ()
    version: str = ""
    """Of its own charter text; "" = the fifteen neutral articles."""
    articles: dict[str, tuple[Article, ...]] = field(default_factory=dict)
    """Language -> the articles of its own charter."""
    no_direct_rooms: tuple[str, ...] = ()
    """Patterns of homeservers whose people cannot open a direct room."""
