"""Remembers which encrypted message was which event, so that none can be sent again as another.

nio remembers it in memory: after a restart whoever runs a homeserver could send an old "sign" anew.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

_MOST = 200_000
_IN_MEMORY = 20_000
_PENDING, _PENDING_SECONDS = 500, 60.0
_TABLE = (
    "CREATE TABLE IF NOT EXISTS comenius_seen (place TEXT PRIMARY KEY, event TEXT, sent INTEGER)"
)
_ADD = "INSERT OR IGNORE INTO comenius_seen (place, event, sent) VALUES (?, ?, ?)"
_FIND = "SELECT event, sent FROM comenius_seen WHERE place = ?"
_FORGET = "DELETE FROM comenius_seen WHERE rowid <= (SELECT max(rowid) FROM comenius_seen) - ?"


@dataclass(frozen=True)
class Place:
    """Where in whose session a message stands: no two messages stand at the same."""

    sender_key: str
    session: str
    index: int

    def __str__(self) -> str:
        return f"{self.sender_key} {self.session} {self.index}"


class Seen:
    """The newest messages and their events, in a table of the crypto store."""

    def __init__(self, database: Any) -> None:
        """Keep them in *database*, in which the oldest make room."""
        self._database = database
        self._known: dict[str, tuple[str, int]] = {}
        self._pending: dict[str, tuple[str, int]] = {}
        self._since = time.monotonic()
        database.execute_sql(_TABLE)
        database.execute_sql(_FORGET, (_MOST,))

    def first(self, place: Place, event: str, sent: int) -> bool:
        """Note that the message at *place* came as *event*; False if it came as another before.

        *sent* is the event's origin_server_ts, in milliseconds.
        """
        key, now = str(place), (event, min(max(sent, -(2**62)), 2**62))
        before = self._known.get(key) or self._pending.get(key) or self._found(key)
        if before is not None:
            return before == now
        if not self._pending:
            self._since = time.monotonic()
        self._known[key] = self._pending[key] = now
        if len(self._known) > _IN_MEMORY:
            del self._known[next(iter(self._known))]
        return True

    @property
    def due(self) -> bool:
        """Tell whether so much or so old things are in memory only that they shall be written.

        Not each one alone: to forget a minute after a crash harms less than a write per message.
        """
        late = time.monotonic() - self._since > _PENDING_SECONDS
        return bool(self._pending) and (late or len(self._pending) > _PENDING)

    def write(self) -> None:
        """Write what is in memory only; raises what the database raises."""
        for key, (event, sent) in self._pending.items():
            self._database.execute_sql(_ADD, (key, event, sent))
        self._database.execute_sql(_FORGET, (_MOST,))

    def written(self) -> None:
        """Forget what is durable now."""
        self._pending.clear()

    def _found(self, key: str) -> tuple[str, int] | None:
        row = self._database.execute_sql(_FIND, (key,)).fetchone()
        return (str(row[0]), int(row[1])) if row else None
