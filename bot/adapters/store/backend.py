"""The port between the store and whatever keeps its documents.

`files.Files` is the one backend there is; a table of JSON rows in a database would be another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.adapters.store.coding import Document
from bot.adapters.store.errors import Damage
from bot.adapters.store.names import Key, Kind


@dataclass(frozen=True)
class Write:
    """One document to be replaced."""

    key: Key
    body: bytes
    before: bytes | None
    """The body that is durable now; None if the document is new."""


Unit = Sequence[Write]
"""Writes that belong together. If the power goes between two of them, the last is the truth."""


@dataclass(frozen=True)
class Failure:
    """Why a unit did not happen."""

    error: Exception
    found: dict[Key, bytes | None] | None
    """What the disk holds now, by a look at it where that was in doubt; None: it would not say."""


class Backend(Protocol):
    """All calls block; the store never makes two at a time for one document."""

    def load(self, key: Key) -> bytes | None:
        """Return the body of a document, None if there is none. Raises Damaged."""

    def commit(self, batch: Sequence[Unit]) -> list[Failure | None]:
        """Make each unit of the *batch* durable as a whole; tell for each how it failed, if so."""

    def delete(self, key: Key) -> None:
        """Erase a document and whatever else is kept of it. Raises OSError."""

    def scan(self, kind: Kind) -> Iterator[Document | Damage]:
        """Yield every document of a *kind*, and what cannot be read."""

    def rooms_of(self, user: str) -> list[str]:
        """Return the rooms that the document of *user* names. Raises Damaged."""

    def sweep(self) -> None:
        """Remove what a run that ended badly left unfinished."""

    def close(self) -> None:
        """Let go of everything; no call comes after this one."""
