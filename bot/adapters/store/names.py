"""Where a document lies on disk, and how the log refers to it without naming anybody."""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

from bot.model.documents import PersonDocument, RoomDocument

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 200
"""Bytes of a file name without its ending; file systems allow 255, endings included."""
ENDING = ".json"
UNFINISHED = ".tmp"
"""Follows the ending of a file being written; one per document, as one writes at a time."""


class Kind(StrEnum):
    """The two kinds of document."""

    PROJECT = "project"
    PERSON = "person"

    @property
    def folder(self) -> str:
        """The folder below the data directory that holds all documents of this kind."""
        return f"{self.value}s"


class Key(NamedTuple):
    """Names one document."""

    kind: Kind
    id: str
    """A room id or a user id; never taken apart, since newer room ids have no server part."""

    @property
    def digest(self) -> str:
        """The SHA-256 of the id, in hexadecimal digits."""
        return sha256(self.id.encode("utf-8", "surrogatepass")).hexdigest()

    def path(self, directory: Path) -> Path:
        """Return the file of this document below the data *directory*, in one of 256 folders.

        A room is recognisable by its percent-encoded id, so that an admin finds it; a person is a
        hash, so that a listing of the folder tells nothing about people.
        """
        digest = self.digest
        name = digest
        if self.kind is Kind.PROJECT:
            encoded = quote_from_bytes(self.id.encode("utf-8", "surrogatepass"), safe="")
            name = encoded if len(encoded) <= LONGEST else digest
        return directory / self.kind.folder / digest[:2] / f"{name}{ENDING}"


def key_of(document: RoomDocument | PersonDocument) -> Key:
    """Return the name of *document*."""
    if isinstance(document, PersonDocument):
        return Key(Kind.PERSON, document.user)
    return Key(Kind.PROJECT, document.project.room)


def reference_of(path: Path) -> str:
    """Return eight letters for the log, from which nobody can read the id of what is at *path*."""
    name = path.name.removesuffix(ENDING)
    if "%" not in name:  # every room id holds something to encode: this is a digest
        return name[:8]
    return sha256(unquote_to_bytes(name)).hexdigest()[:8]
