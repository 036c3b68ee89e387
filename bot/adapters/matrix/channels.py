"""Owns the Olm channels to other devices: opens what comes through them, seals what goes out.

nio's own `decrypt` is not used: it fails at one malformed message, and what it saves is not in step
with what has been read.
"""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import vodozemac
from nio.crypto.device import OlmDevice
from nio.crypto.sessions import OutboundSession, Session

from bot.adapters.matrix.devices import Devices
from bot.adapters.matrix.plain import identifier, mapping
from bot.adapters.matrix.trust.signing import signed_as
from bot.adapters.matrix.unsaved import Unsaved

_log = logging.getLogger(__name__)
OLM = "m.olm.v1.curve25519-aes-sha2"
_SESSIONS_LIMIT = 20
"""Olm sessions kept with one device; each message is tried with all of them."""
_NEW_LIMIT = 200
"""New channels that devices of one user may open in a day."""
_PREKEY, _NORMAL = 0, 1
_DAY_SECONDS = 86_400.0
_MEND_SECONDS = 3600.0
"""A broken channel is made anew at most once in this time: anybody can send garbage."""
_REMEMBERED = 10_000
Key = tuple[str, str]
"""User and device id."""


@dataclass(frozen=True)
class Parcel:
    """What another device sent to ours alone (spec 11.12.4.2)."""

    user: str
    """Who sent it, by the word of the homeserver and of the device."""
    curve: str
    """Whoever holds this Curve25519 key made it."""
    signing: str
    """The Ed25519 key that the device claims."""
    kind: str
    content: Mapping[str, Any]


class Quota:
    """Counts what each user makes us keep in a day."""

    def __init__(self, limit: int) -> None:
        """Allow each user *limit* things a day."""
        self._limit = limit
        self._since = time.monotonic()
        self._counts: dict[str, int] = {}

    def allows(self, user: str) -> bool:
        """Count one more thing of *user*; False if there were too many today."""
        if time.monotonic() - self._since > _DAY_SECONDS or len(self._counts) > _REMEMBERED:
            self._since = time.monotonic()
            self._counts.clear()
        self._counts[user] = self._counts.get(user, 0) + 1
        if self._counts[user] == self._limit + 1:
            _log.warning("somebody sends too many keys; the rest of today's are ignored")
        return self._counts[user] <= self._limit


class Channels:
    """Opens and seals for one logged-in device."""

    def __init__(self, olm: Any, devices: Devices, unsaved: Unsaved) -> None:
        """Use the account and the sessions of *olm*; *devices* says whom they are with."""
        self._olm = olm
        self._devices = devices
        self._unsaved = unsaved
        self._new = Quota(_NEW_LIMIT)
        self._apart: dict[Key, Session] = {}
        """Channels to devices that name a key which others name, too."""
        self._mended: dict[Key, float] = {}
        self.broken: dict[Key, OlmDevice] = {}
        """Devices to which a new channel is due, with word to them that it is there."""

    def to(self, device: OlmDevice) -> Session | None:
        """Return the channel to *device*, if there is one.

        Where two devices name the same key, one of them is a lie, that keeps the other from
        reading us if they share a channel: so each has its own.
        """
        if self._devices.contested(device.curve25519):
            return self._apart.get((device.user_id, device.id))
        return next(iter(self._with(device.curve25519)), None)

    def start(self, device: OlmDevice, key: object) -> None:
        """Open a channel to *device* by its one-time or fallback *key* object.

        Raises whatever a malformed key provokes; one that is not signed by *device* is ignored.
        """
        one_time = mapping(key)
        if not signed_as(one_time, device.user_id, device.id, device.ed25519):
            return
        session = OutboundSession(self._olm.account, device.curve25519, one_time["key"])
        if self._devices.contested(device.curve25519):
            self._apart[device.user_id, device.id] = session
        self._add(device.curve25519, session)

    def seal(self, device: OlmDevice, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return the content of an m.room.encrypted event for *device*, which has a channel.

        What changed must be flushed before it is sent: no key is ever used twice.
        """
        session = self.to(device)
        if session is None:
            raise ValueError("no channel to this device")
        own = self._olm.account.identity_keys
        payload = {
            "sender": self._olm.user_id,
            "sender_device": self._olm.device_id,
            "keys": {"ed25519": own["ed25519"]},
            "recipient": device.user_id,
            "recipient_keys": {"ed25519": device.ed25519},
            "type": kind,
            "content": content,
        }
        sort, raw = session.encrypt(json.dumps(payload, separators=(",", ":"))).to_parts()
        self._unsaved.channel(device.curve25519, session)
        body = base64.b64encode(raw).decode().rstrip("=")
        return {
            "algorithm": OLM,
            "sender_key": own["curve25519"],
            "ciphertext": {device.curve25519: {"type": sort, "body": body}},
        }

    def open(self, event: Mapping[str, Any]) -> Parcel | None:
        """Return what is in the to-device *event* of type m.room.encrypted; None if nothing is.

        Raises whatever a malformed event provokes.
        """
        content, user = mapping(event.get("content")), identifier(event.get("sender"), "@")
        own = self._olm.account.identity_keys
        if user is None or content.get("algorithm") != OLM:
            return None
        box = mapping(mapping(content.get("ciphertext")).get(own["curve25519"]))
        curve = vodozemac.Curve25519PublicKey.from_base64(content["sender_key"]).to_base64()
        if not box or curve == own["curve25519"]:
            return None
        plaintext = self._plaintext(user, curve, box.get("type"), box.get("body"))
        if plaintext is None:
            return None
        payload = mapping(json.loads(plaintext))
        claimed = mapping(payload.get("keys")).get("ed25519")
        signing = vodozemac.Ed25519PublicKey.from_base64(str(claimed)).to_base64()
        meant = (
            payload.get("sender") == user
            and payload.get("recipient") == self._olm.user_id
            and mapping(payload.get("recipient_keys")).get("ed25519") == own["ed25519"]
        )
        kind, inner = payload.get("type"), payload.get("content")
        if not meant or not isinstance(kind, str) or not isinstance(inner, dict):
            return None
        return Parcel(user, curve, signing, kind, inner)

    def mend(self, user: str, curve: str) -> None:
        """Note that the channel to the device of *user* that holds *curve* is broken, if known."""
        device = self._devices.sender(user, curve)
        if device is None or device.deleted:
            return
        key, now = (device.user_id, device.id), time.monotonic()
        if now - self._mended.get(key, -_MEND_SECONDS) < _MEND_SECONDS:
            return
        if len(self._mended) > _REMEMBERED:
            self._mended.clear()
        self._mended[key] = now
        self.broken[key] = device

    def _plaintext(self, user: str, curve: str, sort: object, body: object) -> str | None:
        """Decrypt *body* by a session that we have, or by the new one that it opens."""
        if not isinstance(body, str) or sort not in {_PREKEY, _NORMAL} or isinstance(sort, bool):
            return None
        opening = vodozemac.PreKeyMessage.from_base64(body) if sort == _PREKEY else None
        raw = base64.b64decode(body + "=" * (-len(body) % 4))
        message = opening.to_any() if opening else vodozemac.AnyOlmMessage.normal(raw)
        for session in self._with(curve):
            if opening is not None and not session.matches(opening):
                continue
            try:
                plaintext: str = session.decrypt(message)
            except ValueError:  # all exceptions of vodozemac are
                if opening is None:
                    continue
                break
            self._unsaved.channel(curve, session)
            return plaintext
        else:
            if opening is not None and self._new.allows(user):
                return self._accept(user, curve, opening)
        self.mend(user, curve)
        return None

    def _accept(self, user: str, curve: str, opening: vodozemac.PreKeyMessage) -> str | None:
        """Make the session that *opening* opens; it uses up a one-time key of ours."""
        key = vodozemac.Curve25519PublicKey.from_base64(curve)
        account: vodozemac.Account = self._olm.account._account  # noqa: SLF001 - nio: no way in
        try:
            made, plaintext = account.create_inbound_session(key, opening)
        except ValueError:
            self.mend(user, curve)
            return None
        self._unsaved.account()
        self._add(curve, Session(made))
        return plaintext.decode()

    def _with(self, curve: str) -> list[Session]:
        """Return the sessions with whoever holds *curve*; nio's `get` would make an entry."""
        return list(self._olm.session_store._entries.get(curve, ()))  # noqa: SLF001

    def _add(self, curve: str, session: Session) -> None:
        """Keep *session*; the one unused for longest makes room."""
        sessions = self._olm.session_store
        sessions.add(curve, session)
        self._unsaved.channel(curve, session)
        for old in sessions[curve][_SESSIONS_LIMIT:]:
            self._unsaved.drop(old)
        del sessions[curve][_SESSIONS_LIMIT:]
