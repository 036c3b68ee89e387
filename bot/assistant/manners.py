"""Manners: how the assistant behaves where nobody has said otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta

from bot.language.catalog import SOURCE
from bot.model.due import END_OF_SCHOOL_DAY
from bot.model.institution import Institution
from bot.model.people import Quiet
from bot.model.project import DEFAULT_LEADS


@dataclass(frozen=True)
class Manners:
    """How the assistant behaves where nobody has said otherwise."""

    languages: tuple[str, ...] = (SOURCE,)
    zone: str = "UTC"
    commands_per_minute: int = 20
    name: str = "Comenius"
    quiet: Quiet = field(default_factory=Quiet)
    deadline: time = END_OF_SCHOOL_DAY
    leads: tuple[timedelta, ...] = DEFAULT_LEADS
    institution: Institution = field(default_factory=Institution)
