"""Owns decryption: nio's Olm machine, fed so that nothing a stranger sends raises or is believed.

nio's own paths are not used for incoming events, because one malformed event ends its loop and
state inside ciphertext changes what it believes of a room (`reference/matrix-stack.md` 5). Here
a decrypted event stays a plain dict: it can become words, never state.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from nio.crypto.sessions import InboundGroupSession

from bot.adapters.matrix import rotation
from bot.adapters.matrix.channels import Channels
from bot.adapters.matrix.client import Client
from bot.adapters.matrix.devices import Devices, Standing
from bot.adapters.matrix.guard import guarded, panicked
from bot.adapters.matrix.incoming import MEGOLM, Incoming, RoomKey, held
from bot.adapters.matrix.plain import identifier, mapping, sequence, whole
from bot.adapters.matrix.provenance import Opened, genuine
from bot.adapters.matrix.rotation import Rotation
from bot.adapters.matrix.seen import Place
from bot.adapters.matrix.unsaved import Unsaved
from bot.heard import Why

_log = logging.getLogger(__name__)
_UNJUDGED_LIMIT = 500
_ASKED_LIMIT = 10_000
_DISTRUST = {"m.unverified", "m.blacklisted", "m.unauthorised"}
_FALLBACK = "signed_curve25519"


class NoKey(Exception):
    """What is needed to read a message has not arrived (yet)."""


class Unreadable(Exception):
    """A message that no key will ever make readable: garbage, forged, replayed, or not trusted."""


class Crypto:
    """Decrypts for one logged-in client, and knows who reads which encrypted room."""

    def __init__(self, client: Client, *, only_cross_signed: bool = False) -> None:
        """Use the Olm machine that *client* has loaded.

        *only_cross_signed*: what comes from a device that its owner has not cross-signed is not
        read.
        """
        self._me = client.user_id
        self._olm: Any = client.olm
        self.only_cross_signed = only_cross_signed
        self.unsaved = Unsaved(client.olm)
        self.devices = Devices(client.olm)
        self.channels = Channels(client.olm, self.devices, self.unsaved)
        self.incoming = Incoming(client.olm, self.devices, self.channels, self.unsaved)
        self.users: dict[str, set[str]] = {}
        """Encrypted room -> users who shall read what we say there."""
        self.encrypted: set[str] = set(client.encrypted_rooms)
        """Rooms that are or ever were encrypted: there is no way back (spec 11.12.1)."""
        self.fallback_unused: bool | None = None
        """Whether the server has a fallback key of ours to give; None: it has no such thing."""
        self._rotation: dict[str, Rotation] = {}
        self._unjudged: dict[str, set[RoomKey]] = {}
        """User whose devices have to be asked for first -> what could then be read."""
        self._judged: set[RoomKey] = set()
        self._asked: set[tuple[str, str]] = set()

    # --- what comes in with a sync ---------------------------------------------------------------

    def absorb(self, answer: Mapping[str, Any]) -> set[RoomKey]:
        """Take to-device events, device lists and key counts from a sync *answer*.

        Returns (room, session) of each room key that came.
        """
        came: set[RoomKey] = set()
        for event in sequence(mapping(answer.get("to_device")).get("events")):
            key = guarded("a to-device event", self.incoming.take, mapping(event), self.encrypted)
            if key:
                came.add(key)
        try:
            self.unsaved.flush()
        except OSError:
            _log.error("the crypto store cannot be written")
        self._lists(mapping(answer.get("device_lists")))
        counts = answer.get("device_one_time_keys_count")
        if isinstance(counts, dict):
            # nio ignores a count of 0, so that used-up keys are never replaced
            self._olm.uploaded_key_count = max(0, whole(counts.get("signed_curve25519")) or 0)
        unused = answer.get("device_unused_fallback_key_types")
        if isinstance(unused, list):
            self.fallback_unused = _FALLBACK in unused
        return came

    def judged(self) -> set[RoomKey]:
        """Return, once, of which keys it has become known whether they are to be trusted."""
        found, self._judged = self._judged, set()
        return found

    def flush(self) -> None:
        """Make durable what `absorb` took. Raises OSError; then the sync must not count as done."""
        self.unsaved.flush()

    def close(self) -> None:
        """Write the rest before the store is closed, if that is possible."""
        try:
            self.unsaved.flush(all_of_it=True)
        except OSError:
            _log.error("the crypto store cannot be written")

    def _lists(self, lists: Mapping[str, Any]) -> None:
        """Note whose devices changed, and who is in no room with us any more."""
        readers = set().union(*self.users.values()) if self.users else set()
        changed = {u for u in sequence(lists.get("changed")) if identifier(u, "@")}
        self._olm.users_for_key_query |= changed & (readers | self._olm.tracked_users)
        left = {u for u in sequence(lists.get("left")) if identifier(u, "@")}
        self._olm.tracked_users -= left  # nobody will tell us of their changes

    def readers(self, room: str, users: Iterable[str]) -> None:
        """Learn from real state that *room* is encrypted and that *users* shall read it."""
        if room not in self.encrypted:
            self.encrypted.add(room)
            self.unsaved.closed.add(room)
        now = set(users)
        before = self.users.get(room)
        if now != before:
            self.users[room] = now
            self._olm.users_for_key_query.update(now - self._olm.tracked_users)
            if before is not None:
                self.forget_session(room)

    def rotate(self, room: str, content: Mapping[str, Any]) -> None:
        """Learn from the real state m.room.encryption how long *room* wants a session used."""
        self._rotation[room] = rotation.read(content)

    def rotation(self, room: str) -> Rotation:
        """Return after how many messages and how long *room* needs a new session."""
        return self._rotation.get(room, Rotation())

    def left(self, room: str) -> None:
        """Learn that we are not in *room* any more."""
        self.users.pop(room, None)
        self.forget_session(room)

    def forget_session(self, room: str) -> None:
        """Encrypt for *room* with a new session from now on: readers came or went."""
        self._olm.outbound_group_sessions.pop(room, None)

    def learn(self, user: str, listed: object, master: object, signing: object) -> None:
        """Take over what a key query told of *user* (see `Devices.take`)."""
        self._olm.tracked_users.add(user)
        if self.devices.take(user, listed, master, signing):
            for room, users in self.users.items():
                if user in users:
                    self.forget_session(room)
        self._judged |= self._unjudged.pop(user, set())

    # --- decrypting ------------------------------------------------------------------------------

    def open(self, room: str, event: Mapping[str, Any]) -> Opened:
        """Return what is inside the Megolm *event* of *room*.

        Raises NoKey or Unreadable. What comes back is a message: payloads with a `state_key`, of
        another room, or that are no object are Unreadable.
        """
        try:
            plain, proven = self._open(room, mapping(event.get("content")), event)
        except (NoKey, Unreadable):
            raise
        except Exception as error:  # noqa: BLE001 - whatever the ciphertext provokes
            raise Unreadable(type(error).__name__) from None
        except BaseException as error:
            if not panicked(error):
                raise
            raise Unreadable("panic") from None
        if not isinstance(plain, dict) or "state_key" in plain:
            raise Unreadable("not a message")
        if plain.get("room_id") != room:
            raise Unreadable("of another room")
        if not isinstance(plain.get("type"), str) or not isinstance(plain.get("content"), dict):
            raise Unreadable("without type or content")
        return Opened(plain, proven)

    def why(self, room: str, event: Mapping[str, Any]) -> Why:
        """Say why *event* cannot be read, as far as its sender can do something about it."""
        sender, identity = event.get("sender"), mapping(event.get("content")).get("session_id")
        if not isinstance(sender, str) or not isinstance(identity, str):
            return Why.UNKNOWN
        if self.incoming.withheld(room, identity, sender) in _DISTRUST:
            return Why.WITHHELD
        sessions = held(self._olm, room, identity)
        if self.only_cross_signed and sessions and self.devices.judged(sender):
            theirs = any(self._vouched(sender, one) for one in sessions)
            return Why.UNKNOWN if theirs else Why.UNVERIFIED
        return Why.UNKNOWN

    def _open(
        self, room: str, content: Mapping[str, Any], event: Mapping[str, Any]
    ) -> tuple[Any, bool]:
        session_id, ciphertext = content.get("session_id"), content.get("ciphertext")
        sender = identifier(event.get("sender"), "@")
        if content.get("algorithm") != MEGOLM or not isinstance(ciphertext, str):
            raise Unreadable("unknown algorithm")
        if not isinstance(session_id, str) or not session_id or sender is None:
            raise Unreadable("no session id or sender")
        session = self._session(room, session_id, sender)
        plaintext, index = session.decrypt(ciphertext)
        place = Place(session.sender_key, session_id, index)
        sent = whole(event.get("origin_server_ts")) or 0
        if not self.unsaved.seen.first(place, str(event.get("event_id")), sent):
            raise Unreadable("replayed")
        return json.loads(plaintext), genuine(session)

    def _session(self, room: str, session_id: str, sender: str) -> InboundGroupSession:
        """Find the session for what *sender* sent; the event's own claims do not count (MSC3700).

        Raises NoKey if there is none from a device of theirs, or none yet: whoever was given a
        key can send it on as his own, and must not keep the owner's from being waited for.
        """
        found: dict[Standing, InboundGroupSession] = {}
        for one in held(self._olm, room, session_id):
            found[self.devices.standing(sender, one.sender_key, one.ed25519)] = one
        session = found.get(Standing.THEIRS) or found.get(Standing.UNKNOWN)
        if session is None and Standing.WRONG in found:
            raise Unreadable("the keys of the session do not belong together")
        if session is None:
            raise NoKey
        if self.only_cross_signed and not self._vouched(sender, session):
            if self._asking(sender, session_id, strange=Standing.THEIRS not in found):
                waiting = self._unjudged.setdefault(sender, set())
                if len(waiting) < _UNJUDGED_LIMIT:
                    waiting.add((room, session_id))
                raise NoKey
            raise Unreadable("from a device that is not cross-signed")
        if Standing.THEIRS in found and session_id in self.unsaved.copied:
            self.unsaved.copied.discard(session_id)
            self.unsaved.room_key(session, instead=True)
        return session

    def _vouched(self, user: str, session: InboundGroupSession) -> bool:
        """Tell whether *session* comes from a device that *user* has cross-signed, or from us."""
        if self.devices.standing(user, session.sender_key, session.ed25519) is not Standing.THEIRS:
            return False
        device = self.devices.sender(user, session.sender_key)
        return user == self._me or (device is not None and self.devices.vouched(user, device.id))

    def _asking(self, user: str, session: str, *, strange: bool) -> bool:
        """Tell whether the devices of *user* are still to be asked for, and see that they are.

        *strange*: a device that is not on their list, the news of which may come after its first
        message. So it is asked once for each *session*.
        """
        unknown = not self.devices.judged(user)
        if (unknown or strange) and (user, session) not in self._asked:
            if len(self._asked) > _ASKED_LIMIT:
                self._asked.clear()
            self._asked.add((user, session))
            self._olm.users_for_key_query.add(user)
        return unknown or user in self._olm.users_for_key_query
