"""Tells room keys that their owner's device handed us from those that others may have made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nio.crypto.sessions import InboundGroupSession

_FROM_BACKUP = "from the key backup"
"""Stands first in the forwarding chain, which nio stores; it is no key, and goes nowhere."""


@dataclass(frozen=True)
class Opened:
    """What was inside an encrypted event."""

    plain: Mapping[str, Any]
    """Its type and content."""
    proven: bool
    """Whether only a device of its sender can have written it."""


def genuine(session: InboundGroupSession) -> bool:
    """Tell whether *session* came through Olm from the device that it names as its own.

    The key backup is sealed for a public key, so the server can put into it what it likes, in
    anybody's name (client-server API 11.12.3.3; MSC4048 is to mend that). What is read with such a
    key is somebody's word, but no proof of who said it.
    """
    return not session.forwarding_chain


def mark_restored(session: InboundGroupSession) -> None:
    """Note that *session* comes out of the key backup."""
    session.forwarding_chain = [_FROM_BACKUP, *session.forwarding_chain]


def chain(session: InboundGroupSession) -> list[str]:
    """Return the devices that have forwarded *session*, as others are told of it."""
    return [key for key in session.forwarding_chain if key != _FROM_BACKUP]


def better(held: InboundGroupSession | None, come: InboundGroupSession) -> InboundGroupSession:
    """Return which of two copies of one session is kept, the one that reads more.

    It is genuine if either was, and both are the same. If they are not the same, somebody forged
    one of them: the genuine one is kept, or else the one that was here.
    """
    if held is None:
        return come
    early, late = (come, held) if come.first_known_index < held.first_known_index else (held, come)
    index = late.first_known_index
    if early.export_session(index) != late.export_session(index):
        return come if genuine(come) and not genuine(held) else held
    if genuine(late):
        early.forwarding_chain = []
    return early
