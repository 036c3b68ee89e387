"""Owns whose invitations are followed."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.adapters.matrix.client import Client, Refused, Unreachable
from bot.adapters.matrix.patience import Patience
from bot.adapters.matrix.plain import identifier, mapping, moment, sequence
from bot.heard import Invited

_log = logging.getLogger(__name__)
_ATTEMPTS = 8
_JOIN_SECONDS = 180.0
"""A join through federation takes minutes."""

MayOpenDirect = Callable[[str], Awaitable[bool]]
"""Says whether this user shares a project room with us."""


@dataclass(frozen=True)
class Invite:
    """One invitation."""

    room: str
    event: str
    sender: str
    direct: bool
    sent: object
    """`origin_server_ts` as it came."""

    def heard(self, now: datetime, position: int) -> Invited:
        """Return what is heard of it in the batch *position*."""
        at = moment(self.sent, now)
        return Invited(
            self.room, self.event, self.sender, at, direct=self.direct, position=position
        )


def find(invited: Mapping[str, Any], room: str, me: str) -> Invite | None:
    """Return the invitation to *me* in the stripped state that a sync answer holds, if any.

    The last one counts: the homeserver appends the real event after what the inviting server
    claims of the room.
    """
    events = sequence(mapping(invited.get("invite_state")).get("events"))
    for item in reversed(events):
        event = mapping(item)
        content = mapping(event.get("content"))
        sender = identifier(event.get("sender"), "@")
        if event.get("type") != "m.room.member" or event.get("state_key") != me or sender is None:
            continue
        if content.get("membership") != "invite":
            continue
        # stripped events need no id (client-server API, "Stripped state")
        identity = identifier(event.get("event_id"), "$") or f"$invite/{room}"
        direct = content.get("is_direct") is True
        return Invite(room, identity, sender, direct, event.get("origin_server_ts"))
    return None


async def answer(client: Client, invite: Invite, *, follow: bool) -> None:
    """Join, or leave, as often as it takes; what fails comes again at the next start."""
    path = ("join", invite.room) if follow else ("rooms", invite.room, "leave")
    patience = Patience()
    for _ in range(_ATTEMPTS):
        try:
            await client.call("POST", *path, body={}, seconds=_JOIN_SECONDS)
        except Unreachable:
            await patience.pause()
        except Refused as refusal:
            if not refusal.passing:
                break
            await patience.pause(refusal.retry_after)
        else:
            return
    _log.warning("an invitation could not be answered")
