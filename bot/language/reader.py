"""The reader: in which languages, on which clock and on which day something is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from bot.language.catalog import SOURCE


@dataclass(frozen=True)
class Reader:
    """For whom something is written."""

    languages: tuple[str, ...]
    """The first is meant; the others read stacked lines too."""
    zone: str = "UTC"
    now: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    next: tuple[str, ...] = ()
    """In which languages they read what is not translated, in this order; English at last."""
    own: str = ""
    """The language that they really read, where a sentence is not translated into it."""

    @property
    def language(self) -> str:
        """Return the first language."""
        return self.languages[0] if self.languages else SOURCE

    @property
    def chain(self) -> tuple[str, ...]:
        """Return in which languages a sentence is looked for, one after the other."""
        return (*self.languages, *self.next) or (SOURCE,)

    def only(self, language: str) -> Reader:
        """Return the one who reads *language*, and else what this one reads."""
        return replace(self, languages=(language,), next=(*self.languages, *self.next), own="")

    def instead(self, language: str) -> Reader:
        """Return the same one, who reads *language* this time: the own one has no such sentence."""
        return replace(self.only(language), own=self.own or self.language)

    @property
    def today(self) -> date:
        """Return the day on the reader's calendar."""
        return self.now.astimezone(ZoneInfo(self.zone)).date()
