"""Notes which room keys are new: nio's store, told of by those who keep copies of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nio.crypto.sessions import InboundGroupSession
from nio.store.database import SqliteStore

Place = tuple[str, str, str]
"""Room id, curve25519 key of the sender, session id."""


@dataclass
class RoomKeyStore(SqliteStore):
    """nio's SQLite store; each room key that is saved, whoever made it, is also in `fresh`."""

    fresh: dict[Place, InboundGroupSession] = field(default_factory=dict, init=False)
    """Saved and not yet taken away by whoever reads this."""

    def save_inbound_group_session(self, session: InboundGroupSession) -> Any:
        """Save *session* as nio does."""
        super().save_inbound_group_session(session)
        self.fresh[place(session)] = session


def place(session: InboundGroupSession) -> Place:
    """Return what tells *session* from all others."""
    return session.room_id, session.sender_key, session.id
