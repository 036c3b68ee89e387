"""The backend that keeps each document in a TinyDB file of its own."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from errno import ENOSPC
from typing import TYPE_CHECKING, TypeVar

from tinydb import TinyDB

from bot.adapters.store.backend import Failure
from bot.adapters.store.coding import Document, body_of, document_of, person_of, tables_of
from bot.adapters.store.errors import Damage, Damaged
from bot.adapters.store.migrations import TooNew
from bot.adapters.store.names import ENDING, UNFINISHED, Key, Kind, key_of, reference_of
from bot.adapters.store.storage import AtomicStorage, make_folder, sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bot.adapters.store.backend import Unit, Write

Thing = TypeVar("Thing")

QUARANTINE = "quarantine"
HANDS = 8
"""Threads that wait for the disk at the same time; more gained nothing when measured."""


class Files:
    """A directory of files; see `Backend` for what the calls promise."""

    def __init__(self, directory: Path, *, keep_free: int = 0) -> None:
        """Work in *directory*; refuse to grow when fewer than *keep_free* bytes are left."""
        self.directory = directory
        self._keep_free = keep_free
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="store-disk")

    def close(self) -> None:
        """Let the threads go."""
        self._hands.shutdown()

    def load(self, key: Key) -> bytes | None:
        """Return the body of a document, None if there is none. Raises Damaged."""
        path = key.path(self.directory)
        if (document := self._read(key.kind, path)) is not None:
            return body_of(document)
        if self._set_aside(path):
            raise Damaged(_set_aside_earlier(key.kind, path))
        return None

    def commit(self, batch: Sequence[Unit]) -> list[Failure | None]:
        """Stage all files, publish them unit by unit, then sync each folder once."""
        failures: list[Failure | None] = [None] * len(batch)
        if self._is_short():
            failures = [_too_big(unit) for unit in batch]
        todo = [(n, one) for n, unit in enumerate(batch) if failures[n] is None for one in unit]
        for (n, _), error in zip(todo, self._each(self._stage, [w for _, w in todo]), strict=True):
            if error is not None:
                failures[n] = failures[n] or Failure(error, {})
        for n, unit in enumerate(batch):
            if failures[n] is None:
                failures[n] = self._publish(unit)
            for one in unit if failures[n] is not None else ():
                self._storage(one).discard()
        folders = list({self._storage(one).path.parent for _, one in todo})
        errors = dict(zip(folders, self._each(sync_folder, folders), strict=True))
        for n, unit in enumerate(batch):
            broken = [errors.get(self._storage(one).path.parent) for one in unit]
            if failures[n] is None and (error := next(filter(None, broken), None)):
                failures[n] = Failure(error, self._undo(unit))
        return failures

    def delete(self, key: Key) -> None:
        """Unlink a document, its unfinished successor and its copies in quarantine, durably."""
        path = key.path(self.directory)
        for file in (path, AtomicStorage(path).unfinished, *self._set_aside(path)):
            if file.exists():
                file.unlink()
                sync_folder(file.parent)

    def scan(self, kind: Kind) -> Iterator[Document | Damage]:
        """Yield every document of a *kind*, and what cannot be read."""
        for path in _files_below(self.directory / kind.folder, ENDING):
            try:
                document = self._read(kind, path)
            except Damaged as error:
                yield error.damage
            else:
                if document is not None:  # else it was erased meanwhile
                    yield document
        aside = self.directory / QUARANTINE
        for file in _files_below(aside / kind.folder, ""):
            path = self.directory / file.relative_to(aside).with_suffix("")
            if not path.exists():
                yield _set_aside_earlier(kind, path)

    def rooms_of(self, user: str) -> list[str]:
        """Return the rooms that the document of *user* names. Raises Damaged."""
        body = self.load(Key(Kind.PERSON, user))
        return person_of(body).rooms if body else []

    def sweep(self) -> None:
        """Remove the unfinished files of a run that ended badly."""
        for kind in Kind:
            for file in _files_below(self.directory / kind.folder, UNFINISHED):
                with suppress(OSError):  # it does no harm, and the next write goes over it
                    file.unlink()

    def _storage(self, write: Write) -> AtomicStorage:
        return AtomicStorage(write.key.path(self.directory))

    def _stage(self, write: Write) -> None:
        self._storage(write).stage(tables_of(write.key.kind, write.body))

    def _publish(self, unit: Unit) -> Failure | None:
        try:
            for one in unit:
                self._storage(one).publish()
        except OSError as error:
            return Failure(error, self._undo(unit))
        return None

    def _undo(self, unit: Unit) -> dict[Key, bytes | None] | None:
        """Put back what stood before, as far as the disk lets us; tell what stands there now."""
        for one in reversed(unit):
            with suppress(OSError):
                if one.before is None:
                    self._storage(one).path.unlink(missing_ok=True)
                    sync_folder(self._storage(one).path.parent)
                else:
                    self._storage(one).write(tables_of(one.key.kind, one.before))
        try:
            return {one.key: self.load(one.key) for one in unit}
        except Damaged:
            return None

    def _is_short(self) -> bool:
        """Tell whether the disk is so full that we leave the rest to others."""
        if not self._keep_free:
            return False
        try:
            disk = os.statvfs(self.directory)
        except OSError:
            return False  # the writing itself will tell
        return disk.f_bavail * disk.f_frsize < self._keep_free

    def _each(self, do: Callable[[Thing], None], many: Sequence[Thing]) -> list[Exception | None]:
        """Do one thing to *many*, waiting for the disk only once; return how each failed."""

        def attempt(one: Thing) -> Exception | None:
            try:
                do(one)
            except Exception as error:  # noqa: BLE001 - it is told to those who wait for it
                return error
            return None

        if len(many) == 1:  # no need to wake a thread
            return [attempt(many[0])]
        return list(self._hands.map(attempt, many))

    def _read(self, kind: Kind, path: Path) -> Document | None:
        """Return the document in *path*, None if there is no file; set it aside if damaged."""
        reason, quarantined = "", False
        try:
            with TinyDB(path, storage=AtomicStorage) as file:
                tables = file.storage.read()
            if tables is None:
                return None
            document = document_of(kind, tables)
            if key_of(document).path(self.directory) != path:
                raise ValueError("it belongs elsewhere")  # noqa: TRY301 - one kind of damage
        except TooNew as error:
            reason = str(error)
        except OSError as error:  # of the disk or its rights, not of the content: leave it
            reason = error.strerror or type(error).__name__
        except (ValueError, RecursionError) as error:
            reason = str(error)
            quarantined = self._put_aside(path)
        else:
            return document
        raise Damaged(Damage(kind, reference_of(path), reason, quarantined=quarantined))

    def _put_aside(self, path: Path) -> bool:
        """Move a damaged file to quarantine; tell whether that was possible."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        place = self.directory / QUARANTINE / path.relative_to(self.directory)
        try:
            make_folder(place.parent)
            path.rename(place.with_name(f"{place.name}.{stamp}"))
            sync_folder(place.parent)
            sync_folder(path.parent)
        except OSError:
            return bool(self._set_aside(path)) and not path.exists()
        return True

    def _set_aside(self, path: Path) -> list[Path]:
        """Return the copies in quarantine of the document that belongs at *path*."""
        folder = (self.directory / QUARANTINE / path.relative_to(self.directory)).parent
        if not folder.is_dir():
            return []
        return [file for file in folder.iterdir() if file.name.startswith(f"{path.name}.")]


def _set_aside_earlier(kind: Kind, path: Path) -> Damage:
    return Damage(kind, reference_of(path), "set aside earlier", quarantined=True)


def _too_big(unit: Unit) -> Failure | None:
    """Refuse a *unit* that needs more room than what it replaces; erasing is always welcome."""
    if sum(len(one.body) for one in unit) <= sum(len(one.before or b"") for one in unit):
        return None
    return Failure(OSError(ENOSPC, "the disk is almost full"), {})


def _files_below(folder: Path, ending: str) -> Iterator[Path]:
    """Yield the files with this *ending* in the subfolders of *folder*."""
    if not folder.is_dir():
        return
    for part in sorted(folder.iterdir()):
        if part.is_dir():
            yield from (file for file in sorted(part.iterdir()) if file.name.endswith(ending))
