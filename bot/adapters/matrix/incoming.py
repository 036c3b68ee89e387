"""Owns what other devices tell ours: room keys, that they withhold one, that they ask for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import vodozemac
from nio.crypto.device import OlmDevice
from nio.crypto.sessions import InboundGroupSession

from bot.adapters.matrix.channels import Channels, Parcel, Quota
from bot.adapters.matrix.devices import Devices
from bot.adapters.matrix.plain import identifier, mapping, text
from bot.adapters.matrix.provenance import better, chain, genuine
from bot.adapters.matrix.unsaved import Unsaved

MEGOLM = "m.megolm.v1.aes-sha2"
_STRANGE_KEYS_LIMIT = 200
"""Keys that one user may send in a day for rooms that we do not know (yet)."""
_KEYS_LIMIT = 5000
"""Keys that one user may send in a day for all other rooms: somebody busy needs some hundreds."""
_KEY_LIMIT = 1000
_WITHHELD_LIMIT = 1000
_ASKED_LIMIT = 200
_NO_CHANNEL = "m.no_olm"
RoomKey = tuple[str, str]
"""Room and id of a Megolm session."""


class Incoming:
    """Takes to-device events for one logged-in device."""

    def __init__(self, olm: Any, devices: Devices, channels: Channels, unsaved: Unsaved) -> None:
        """Put room keys into the store of *olm*."""
        self._olm = olm
        self._me: str = olm.user_id
        self._devices = devices
        self._channels = channels
        self._unsaved = unsaved
        self._strange = Quota(_STRANGE_KEYS_LIMIT)
        self._usual = Quota(_KEYS_LIMIT)
        self._withheld: dict[tuple[str, str, str], str] = {}
        self._asked: dict[tuple[str, str, str], None] = {}

    def take(self, event: Mapping[str, Any], known: set[str]) -> RoomKey | None:
        """Take a to-device *event*; return which room key came with it.

        *known*: encrypted rooms that we are or were in. Raises whatever a malformed event
        provokes.
        """
        kind, content = event.get("type"), mapping(event.get("content"))
        if kind == "m.room.encrypted":
            parcel = self._channels.open(event)
            # keys forwarded by others are never taken: nobody vouches for where they come from
            if parcel is not None and parcel.kind == "m.room_key":
                return self._room_key(parcel, known)
        elif kind == "m.room_key.withheld":
            self._note_withheld(event.get("sender"), content)
        elif kind == "m.room_key_request" and event.get("sender") == self._me:
            self._note_request(content)
        return None

    def withheld(self, room: str, session: str, user: object) -> str | None:
        """Return the code with which *user* said that we shall not have a key (spec 11.12.4.3)."""
        return self._withheld.get((room, session, user)) if isinstance(user, str) else None

    def answers(self) -> list[tuple[OlmDevice, dict[str, Any]]]:
        """Return forwarded room keys that other devices of ours asked for, and forget them.

        Those to which there is no channel are noted as broken, and stay.
        """
        found: list[tuple[OlmDevice, dict[str, Any]]] = []
        for asked in list(self._asked):
            name, room, session_id = asked
            device = next((d for d in self._devices.of(self._me) if d.id == name), None)
            session = next(iter(held(self._olm, room, session_id)), None)
            if device is None or session is None:
                del self._asked[asked]
            elif self._channels.to(device) is None:
                self._channels.mend(self._me, device.curve25519)
            else:
                del self._asked[asked]
                found.append((device, _forwarded(session)))
        return found

    def _room_key(self, parcel: Parcel, known: set[str]) -> RoomKey | None:
        """Keep the session that *parcel* brings; one from the backup is proven by it."""
        content = parcel.content
        room, identity = identifier(content.get("room_id"), "!"), content.get("session_id")
        key = content.get("session_key")
        if content.get("algorithm") != MEGOLM or room is None or not isinstance(key, str):
            return None
        quota = self._usual if room in known else self._strange
        if len(key) > _KEY_LIMIT or not quota.allows(parcel.user):
            return None
        session = InboundGroupSession(key, parcel.signing, parcel.curve, room)
        if session.id != identity:
            return None
        known_sessions = self._olm.inbound_group_store[room][parcel.curve]
        before = known_sessions.get(session.id)
        proven = before is not None and genuine(before)
        kept = better(before, session)
        if kept is not before or not proven:
            known_sessions[session.id] = kept
            self._unsaved.room_key(kept)
        return room, session.id

    def _note_withheld(self, user: object, content: Mapping[str, Any]) -> None:
        """Remember it for the sentence that we say; anybody can claim it, so for no more."""
        sender, code = identifier(user, "@"), text(content.get("code"), 100)
        if sender is None or code is None:
            return
        if code == _NO_CHANNEL:
            curve = vodozemac.Curve25519PublicKey.from_base64(content["sender_key"])
            self._channels.mend(sender, curve.to_base64())
        room, session = (
            identifier(content.get("room_id"), "!"),
            text(content.get("session_id"), 100),
        )
        if room and session:
            self._withheld[room, session, sender] = code
            if len(self._withheld) > _WITHHELD_LIMIT:
                del self._withheld[next(iter(self._withheld))]

    def _note_request(self, content: Mapping[str, Any]) -> None:
        """Remember what another device of ours asks for, if our own identity vouches for it."""
        name, body = text(content.get("requesting_device_id"), 255), mapping(content.get("body"))
        room, session = identifier(body.get("room_id"), "!"), text(body.get("session_id"), 100)
        ours = name is not None and self._devices.ours(name)
        if content.get("action") != "request" or not ours or len(self._asked) >= _ASKED_LIMIT:
            return
        if name and room and session:
            self._asked[name, room, session] = None


def held(olm: Any, room: str, session: str) -> list[InboundGroupSession]:
    """Return the inbound sessions called *session* in *room*: one for each who calls it theirs."""
    senders = olm.inbound_group_store._entries.get(room, {})  # noqa: SLF001 - [] would make an entry
    return [sessions[session] for sessions in senders.values() if session in sessions]


def _forwarded(session: InboundGroupSession) -> dict[str, Any]:
    """Return the content of m.forwarded_room_key for *session* (spec 11.12.4.1)."""
    return {
        "algorithm": MEGOLM,
        "forwarding_curve25519_key_chain": chain(session),
        "room_id": session.room_id,
        "sender_claimed_ed25519_key": session.ed25519,
        "sender_key": session.sender_key,
        "session_id": session.id,
        "session_key": session.export_session(session.first_known_index),
    }
