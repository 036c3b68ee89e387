"""Owns who gets the key to what we say in a room: every device of its readers, or by policy fewer.

nio's own sharing is not used: it leaves out devices without a word, keeps a session that was given
to somebody who has left since, and mixes up devices of different people that have the same id.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from uuid import uuid4

from nio.crypto.device import OlmDevice
from nio.crypto.sessions import OutboundGroupSession
from nio.exceptions import EncryptionError

from bot.adapters.matrix.client import Client, Unreachable
from bot.adapters.matrix.crypto import Crypto
from bot.adapters.matrix.incoming import MEGOLM

_log = logging.getLogger(__name__)
_PER_REQUEST = 50
_ATTEMPTS = 5
_CLAIM_AGAIN_SECONDS = 300.0
_NO_CHANNEL, _UNVERIFIED = "m.no_olm", "m.unverified"
_REASONS = {
    _NO_CHANNEL: "Unable to establish a secure channel.",
    _UNVERIFIED: "The sender sends to verified devices only.",
}
Claim = Callable[[Iterable[OlmDevice]], Awaitable[None]]
"""Opens channels to devices as far as it can; raises Refused or Unreachable."""


class Sharing:
    """Encrypts for the rooms of one logged-in client."""

    def __init__(self, client: Client, crypto: Crypto, claim: Claim) -> None:
        """Send by *client*; *crypto* knows who reads a room."""
        self._client = client
        self._crypto = crypto
        self._olm: Any = client.olm
        self._claim = claim
        self._locks: dict[str, asyncio.Lock] = {}
        self._complete: dict[str, tuple[str, int, float]] = {}
        """Room -> session, state of the device lists, and time of the last look at both."""
        self._claimed: dict[tuple[str, str], float] = {}
        self._refused: set[tuple[str, str, str]] = set()
        """(session or "", user, device) that were told that they get no key."""

    async def seal(self, room: str, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return *content* (of event type *kind*) encrypted for the readers of *room*.

        Raises Refused or Unreachable if a device could not be reached with the key, and what is
        in UNWRITTEN.
        """
        async with self._locks.setdefault(room, asyncio.Lock()):
            return await self._seal(room, kind, content)

    async def _seal(self, room: str, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
        for _ in range(_ATTEMPTS):
            session = self._session(room)
            await self._share(room, session)
            # readers or devices may have changed meanwhile; then it must not be used
            if self._olm.outbound_group_sessions.get(room) is session and not session.expired:
                return self._sealed(room, session, {"type": kind, "content": content})
        raise Unreachable("the devices in the room keep changing")

    def _sealed(
        self, room: str, session: OutboundGroupSession, plain: dict[str, Any]
    ) -> dict[str, Any]:
        text = json.dumps({**plain, "room_id": room}, separators=(",", ":"))
        try:
            ciphertext = session.encrypt(text)  # type: ignore[no-untyped-call]
        except EncryptionError as error:  # it grew too old in this very moment
            raise Unreachable("the session has ended") from error
        return {
            "algorithm": MEGOLM,
            "sender_key": self._olm.account.identity_keys["curve25519"],
            "ciphertext": ciphertext,
            "session_id": session.id,
            "device_id": self._olm.device_id,
        }

    def _session(self, room: str) -> OutboundGroupSession:
        """Return the session to use now; a new one if there is none or it was used enough."""
        sessions: dict[str, OutboundGroupSession] = self._olm.outbound_group_sessions
        rotation = self._crypto.rotation(room)
        for _ in range(2):
            if room not in sessions:
                self._olm.create_outbound_group_session(room)
            session = sessions[room]
            session.max_messages, session.max_age = rotation.messages, rotation.age
            if not session.expired:
                break
            del sessions[room]
        return session

    async def _share(self, room: str, session: OutboundGroupSession) -> None:
        """Give the key of *session* to all who shall have it and do not, tell all others."""
        now, changes = time.monotonic(), self._crypto.devices.changes
        identity, seen, looked = self._complete.get(room, ("", 0, 0.0))
        if (identity, seen) == (session.id, changes) and now - looked < _CLAIM_AGAIN_SECONDS:
            return
        serve, refuse = self._divided(room)
        serve = [d for d in serve if (d.user_id, d.id) not in session.users_shared_with]
        await self._claim(d for d in serve if self._due(d, now))
        reached = [d for d in serve if self._reaches(d)]
        key = {
            "algorithm": MEGOLM,
            "room_id": room,
            "session_id": session.id,
            "session_key": session.session_key,
        }
        for start in range(0, len(reached), _PER_REQUEST):
            if self._olm.outbound_group_sessions.get(room) is not session:
                return
            # another device may have named the key of one of them meanwhile (`Channels.to`)
            chunk = [d for d in reached[start : start + _PER_REQUEST] if self._reaches(d)]
            sealed = [(d, self._crypto.channels.seal(d, "m.room_key", key)) for d in chunk]
            self._crypto.unsaved.flush()
            await self._send("m.room.encrypted", sealed)
            session.users_shared_with.update((d.user_id, d.id) for d in chunk)
        unreached = [d for d in serve if not self._reaches(d)]
        await self._tell(room, session, refuse, _UNVERIFIED)
        await self._tell(room, session, unreached, _NO_CHANNEL)
        session.shared = True
        self._complete[room] = (session.id, changes, now)

    def _divided(self, room: str) -> tuple[list[OlmDevice], list[OlmDevice]]:
        """Return the devices in *room* that get the key, and those that policy keeps it from.

        Devices of users whose list did not come since the start are in neither if it matters.
        """
        serve: list[OlmDevice] = []
        refuse: list[OlmDevice] = []
        devices = self._crypto.devices
        for user in sorted(self._crypto.users.get(room, ())):
            for device in devices.of(user):
                if not self._crypto.only_cross_signed or devices.vouched(user, device.id):
                    serve.append(device)
                elif devices.judged(user):
                    refuse.append(device)
        return serve, refuse

    def _reaches(self, device: OlmDevice) -> bool:
        """Tell whether there is a channel to *device*."""
        return self._crypto.channels.to(device) is not None

    def _due(self, device: OlmDevice, now: float) -> bool:
        """Tell whether a channel to *device* is missing and may be tried (again)."""
        if self._reaches(device):
            return False
        key = (device.user_id, device.id)
        if now - self._claimed.get(key, -_CLAIM_AGAIN_SECONDS) < _CLAIM_AGAIN_SECONDS:
            return False
        self._claimed[key] = now
        return True

    async def _tell(
        self, room: str, session: OutboundGroupSession, devices: list[OlmDevice], code: str
    ) -> None:
        """Tell *devices* that they get no key (spec 11.12.4.3): once per session, or once at all.

        That there is no channel is said once, so that they make one.
        """
        about = {} if code == _NO_CHANNEL else {"room_id": room, "session_id": session.id}
        used = {"", *(one.id for one in self._olm.outbound_group_sessions.values())}
        self._refused = {one for one in self._refused if one[0] in used}
        mark = str(about.get("session_id", ""))
        untold = [d for d in devices if (mark, d.user_id, d.id) not in self._refused]
        if not untold:
            return
        _log.info("%d devices get no key (%s)", len(untold), code)
        content = {
            "algorithm": MEGOLM,
            "sender_key": self._olm.account.identity_keys["curve25519"],
            "code": code,
            "reason": _REASONS[code],
            **about,
        }
        for start in range(0, len(untold), _PER_REQUEST):
            chunk = untold[start : start + _PER_REQUEST]
            await self._send("m.room_key.withheld", [(d, content) for d in chunk])
            self._refused.update((mark, d.user_id, d.id) for d in chunk)

    async def _send(self, kind: str, messages: Iterable[tuple[OlmDevice, dict[str, Any]]]) -> None:
        await send(self._client, kind, messages)


async def send(
    client: Client, kind: str, messages: Iterable[tuple[OlmDevice, dict[str, Any]]]
) -> None:
    """Send each device its own content, all in one request. Raises Refused or Unreachable."""
    body: dict[str, dict[str, Any]] = {}
    for device, content in messages:
        body.setdefault(device.user_id, {})[device.id] = content
    await client.call("PUT", "sendToDevice", kind, str(uuid4()), body={"messages": body})
