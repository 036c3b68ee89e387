"""Owns how invitations are answered, and how a room is entered or forgotten."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from bot.adapters.matrix.client import TOO_MANY, Client, Refused, Unreachable
from bot.adapters.matrix.patience import Patience
from bot.adapters.matrix.plain import identifier, mapping, moment, sequence
from bot.adapters.matrix.rooms import SPACE
from bot.heard import Invited
from bot.ports import Later, Never

_log = logging.getLogger(__name__)
_ATTEMPTS = 8
_JOIN_SECONDS = 180.0
"""A join through federation takes minutes."""
_FORGET_SECONDS = _WAY_IN_SECONDS = 20.0
_REFUSALS_WAITING = 1000
"""Strangers' invitations that wait to be refused; what is more is left as it is."""
_BETWEEN_REFUSALS = 0.2
"""Seconds: a storm of invitations costs our rate limit little, and others hardly notice it."""
_AGAIN_SECONDS = 60.0

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
    space: bool = False
    """The inviting server says that it is a space."""

    def heard(self, now: datetime, position: int) -> Invited:
        """Return what is heard of it in the batch *position*."""
        at = moment(self.sent, now)
        return Invited(
            self.room,
            self.event,
            self.sender,
            at,
            direct=self.direct,
            position=position,
            space=self.space,
        )


def find(invited: Mapping[str, Any], room: str, me: str) -> Invite | None:
    """Return the invitation to *me* in the stripped state that a sync answer holds, if any.

    The last one counts: the homeserver appends the real event after what the inviting server
    claims of the room.
    """
    events = [mapping(e) for e in sequence(mapping(invited.get("invite_state")).get("events"))]
    space = any(_makes_space(event) for event in events)
    for event in reversed(events):
        content = mapping(event.get("content"))
        sender = identifier(event.get("sender"), "@")
        if event.get("type") != "m.room.member" or event.get("state_key") != me or sender is None:
            continue
        if content.get("membership") != "invite":
            continue
        # stripped events need no id (client-server API, "Stripped state")
        identity = identifier(event.get("event_id"), "$") or f"$invite/{room}"
        direct = content.get("is_direct") is True
        sent = event.get("origin_server_ts")
        return Invite(room, identity, sender, direct, sent, space=space)
    return None


def _makes_space(event: Mapping[str, Any]) -> bool:
    """Tell whether *event* is the first one of a space (client-server API, "Spaces")."""
    made = event.get("type") == "m.room.create" and event.get("state_key") == ""
    return made and mapping(event.get("content")).get("type") == SPACE


@dataclass
class _Refusals:
    """The invitations that wait to be refused, one after the other."""

    waiting: dict[str, None] = field(default_factory=dict)
    at_work: bool = False


_REFUSALS: WeakKeyDictionary[Client, _Refusals] = WeakKeyDictionary()


async def answer(client: Client, room: str, *, follow: bool) -> bool:
    """Join *room*, or leave it, as often as it takes; return whether that is over.

    If not, it is for the next start: a server tells of an invitation once, full state or not.
    A refusal waits behind those before it, at no cost: whoever is called first refuses them all.
    """
    refusals = _REFUSALS.setdefault(client, _Refusals())
    if follow:
        refusals.waiting.pop(room, None)  # a stranger invited us there, too
        return await _insist(client, "join", room)
    if len(refusals.waiting) < _REFUSALS_WAITING:
        refusals.waiting[room] = None
    if refusals.at_work:
        return True
    refusals.at_work = True
    try:
        while refusals.waiting:
            first = next(iter(refusals.waiting))
            await _insist(client, "rooms", first, "leave")
            refusals.waiting.pop(first, None)
            await Patience.sleep(_BETWEEN_REFUSALS)
    finally:
        refusals.at_work = False
    return True


async def enter(client: Client, room: str, server: str) -> None:
    """Join *room*, of which *server* knows: the one whose user named it. Raises Later or Never.

    Where it takes longer than we wait, the homeserver goes on joining, and a sync will tell. Later
    holds up only what is to go into that room.
    """
    query = {"via": server, "server_name": server}  # the second is what servers before v1.12 read
    try:
        await client.call("POST", "join", room, body={}, query=query, seconds=_WAY_IN_SECONDS)
    except Unreachable as failure:
        raise Later(_AGAIN_SECONDS, locked=True) from failure
    except Refused as refusal:
        if refusal.status == TOO_MANY:
            raise Later(refusal.retry_after or _AGAIN_SECONDS, locked=True) from refusal
        # 5xx too: no server that we may ask knows the way in; an invitation will bring it
        raise Never(f"no way into the room: {refusal}") from refusal


async def forget(client: Client, room: str) -> None:
    """Let the homeserver forget *room*, which we left: it is in no sync any more. One attempt."""
    try:
        await client.call("POST", "rooms", room, "forget", body={}, seconds=_FORGET_SECONDS)
    except (Refused, Unreachable) as failure:
        _log.info("a room that was left could not be forgotten (%s)", failure)


async def _insist(client: Client, *path: str) -> bool:
    """Ask for *path* until it is done or refused for good; False if it was tried often enough."""
    patience = Patience()
    for _ in range(_ATTEMPTS):
        try:
            await client.call("POST", *path, body={}, seconds=_JOIN_SECONDS)
        except Unreachable:
            await patience.pause()
        except Refused as refusal:
            if not refusal.passing:
                _log.warning("an invitation could not be answered (%s)", refusal)
                return True
            await patience.pause(refusal.retry_after)
        else:
            return True
    _log.warning("an invitation could not be answered, in several attempts")
    return False
