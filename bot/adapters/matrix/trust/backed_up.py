"""Remembers what is in the key backup: a file to which each batch is added, durable at once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
from collections.abc import Iterable
from pathlib import Path

from nio.crypto.sessions import InboundGroupSession

from bot.adapters.matrix import files

_log = logging.getLogger(__name__)
_LINE = re.compile(r"([A-Za-z0-9+/]{43}) (\d{1,10}) ([0-9a-f]{16})")


class BackedUp:
    """One backup version, and the room keys in it: session -> first index, and whose it is.

    A session id that comes again in another room or from another device is a copy that somebody
    passes off as theirs: the first one counts. Lost or torn lines only mean a second upload.
    """

    def __init__(self, path: Path, user: str, device: str) -> None:
        """Read what *path* says of this *user*; of another *device* only which backup it had.

        A damaged file counts as none.
        """
        self._path = path
        self._user, self._device = user, device
        self._kept: dict[str, tuple[int, str]] = {}
        self._current = False
        self.version: str | None = None
        self.public: str | None = None
        """The backup's public key, unpadded base64."""
        with contextlib.suppress(OSError, ValueError):
            self._read()

    def __len__(self) -> int:
        """Return how many room keys are in the backup."""
        return len(self._kept)

    def _read(self) -> None:
        first, *lines = self._path.read_text("ascii").split("\n")
        head = json.loads(first)
        if head["user"] != self._user:
            return
        self.version, self.public = str(head["version"]), str(head["public_key"])
        self._current = head["device"] == self._device
        for line in lines if self._current else ():
            if found := _LINE.fullmatch(line):
                self._kept[found[1]] = (int(found[2]), found[3])

    def knows(self, version: str, public: str) -> bool:
        """Tell whether this device has used the backup *version* with the key *public*."""
        return self._current and (self.version, self.public) == (version, public)

    def begin(self, version: str, public: str) -> None:
        """Begin anew, with the empty or unknown backup *version*. Raises OSError."""
        self._kept.clear()
        whose = {"user": self._user, "device": self._device}
        files.write(self._path, {"version": version, "public_key": public} | whose)
        self.version, self.public, self._current = version, public, True

    def wants(self, session: InboundGroupSession) -> bool:
        """Tell whether *session* is not in the backup yet, or only from a later index on."""
        known = self._kept.get(session.id)
        if known is None:
            return True
        return known[1] == _owner(session) and session.first_known_index < known[0]

    def note(self, sessions: Iterable[InboundGroupSession]) -> None:
        """Remember that *sessions* are in the backup.

        What the disk does not take is known until the next start, and uploaded again then.
        """
        lines = []
        for session in sessions:
            entry = (session.first_known_index, _owner(session))
            self._kept[session.id] = entry
            lines.append(f"\n{session.id} {entry[0]} {entry[1]}")
        try:
            with self._path.open("a", encoding="ascii") as file:
                file.write("".join(lines))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            _log.warning("cannot note what was backed up (%s)", type(error).__name__)


def _owner(session: InboundGroupSession) -> str:
    """Return a mark of the room and the device that *session* is from; no id in it."""
    return hashlib.sha256(f"{session.room_id} {session.sender_key}".encode()).hexdigest()[:16]
