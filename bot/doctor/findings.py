"""What the doctor finds: a name, how it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.settings import Settings


class Level(StrEnum):
    """How it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    """One line."""

    name: str
    level: Level
    sentence: str
    advice: str = ""
    """The command to type, or the sentence to send to the server's admin."""

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.level:<4}  {self.name}: {self.sentence} {self.advice}".rstrip()


def well(name: str, sentence: str) -> Finding:
    """Return what is as it should be."""
    return Finding(name, Level.OK, sentence)


def doubtful(name: str, sentence: str, advice: str = "") -> Finding:
    """Return what works, but not as well as it could."""
    return Finding(name, Level.WARN, sentence, advice)


def broken(name: str, sentence: str, advice: str = "") -> Finding:
    """Return what keeps the bot from working."""
    return Finding(name, Level.FAIL, sentence, advice)


@dataclass(frozen=True)
class Patient:
    """Whom the doctor looks at."""

    config: Path
    settings: Settings
    environment: Mapping[str, str]
    running: bool
    """Whether the bot is at work at the moment."""

    @property
    def command(self) -> str:
        """Return the option that the commands in our advice need."""
        return f"--config {self.config}"
