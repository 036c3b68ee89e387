"""Owns decryption: nio's Olm machine, fed so that nothing a stranger sends raises or is believed.

nio's own paths are not used for incoming events, because one malformed event ends its loop and
state inside ciphertext changes what it believes of a room (`reference/matrix-stack.md` 5). Here
a decrypted event stays a plain dict: it can become words, never state.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nio import MegolmEvent, RoomKeyEvent, ToDeviceEvent

from bot.adapters.matrix.client import Client
from bot.adapters.matrix.guard import guarded, panicked
from bot.adapters.matrix.plain import identifier, mapping, sequence, whole

_OLM = "m.olm.v1.curve25519-aes-sha2"
_MEGOLM = "m.megolm.v1.aes-sha2"


class NoKey(Exception):
    """The key of a message has not arrived (yet)."""


class Unreadable(Exception):
    """A message that no key will ever make readable: garbage, forged or replayed."""


@dataclass(frozen=True)
class _Sent:
    """What nio's replay protection asks of an event."""

    sender_key: str
    session_id: str
    event_id: str
    server_timestamp: int


class Crypto:
    """Decrypts for one logged-in client, and knows who reads which encrypted room."""

    def __init__(self, client: Client) -> None:
        """Use the Olm machine that *client* has loaded."""
        self._me = client.user_id
        self._olm: Any = client.olm
        self._store: Any = client.store
        self.users: dict[str, set[str]] = {}
        """Encrypted room -> users who shall read what we say there."""
        self.encrypted: set[str] = set(client.encrypted_rooms)
        """Rooms that are or ever were encrypted: there is no way back (spec 11.12.1)."""

    # --- what comes in with a sync ---------------------------------------------------------------

    def absorb(self, answer: Mapping[str, Any]) -> set[tuple[str, str]]:
        """Take to-device events, device lists and key counts from a sync *answer*.

        Returns (room, session) of each room key that came.
        """
        came: set[tuple[str, str]] = set()
        for event in sequence(mapping(answer.get("to_device")).get("events")):
            key = guarded("a to-device event", self._to_device, event)
            if key:
                came.add(key)
        guarded("a key request", self._olm.collect_key_requests)
        changed = {
            u
            for u in sequence(mapping(answer.get("device_lists")).get("changed"))
            if identifier(u, "@")
        }
        readers = set().union(*self.users.values()) if self.users else set()
        self._olm.add_changed_users(changed & (readers | self._olm.tracked_users))
        counts = answer.get("device_one_time_keys_count")
        if isinstance(counts, dict):
            # nio ignores a count of 0, so that used-up keys are never replaced
            self._olm.uploaded_key_count = max(0, whole(counts.get("signed_curve25519")) or 0)
        return came

    def _to_device(self, event: object) -> tuple[str, str] | None:
        """Hand *event* to nio if it is of the two kinds that we need (no SAS in nio 0.26)."""
        event = mapping(event)
        content = mapping(event.get("content"))
        kind = event.get("type")
        own = event.get("sender") == self._me
        wanted = kind == "m.room.encrypted" and content.get("algorithm") == _OLM
        if not wanted and not (kind == "m.room_key_request" and own):
            return None
        parsed = ToDeviceEvent.parse_event(event)
        result = self._olm.handle_to_device_event(parsed) if parsed else None
        if isinstance(result, RoomKeyEvent):
            return result.room_id, result.session_id
        return None

    def readers(self, room: str, users: Iterable[str]) -> None:
        """Learn from real state that *room* is encrypted and that *users* shall read it."""
        if room not in self.encrypted:
            self.encrypted.add(room)
            self._store.save_encrypted_rooms({room})
        now = set(users)
        before = self.users.get(room)
        if now != before:
            self.users[room] = now
            self._olm.users_for_key_query.update(now - self._olm.tracked_users)
            if before is not None:
                self.forget_session(room)

    def left(self, room: str) -> None:
        """Learn that we are not in *room* any more."""
        self.users.pop(room, None)
        self.forget_session(room)

    def forget_session(self, room: str) -> None:
        """Encrypt for *room* with a new session from now on: readers came or went."""
        session = self._olm.outbound_group_sessions.get(room)
        if session is not None and session.shared:
            del self._olm.outbound_group_sessions[room]

    # --- decrypting ------------------------------------------------------------------------------

    def open(self, room: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return the plain event (type, content) inside the Megolm *event* of *room*.

        Raises NoKey or Unreadable. What comes back is a message: payloads with a `state_key`, of
        another room, or that are no object are Unreadable.
        """
        try:
            plain = self._open(room, mapping(event.get("content")), event)
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
        return plain

    def _open(self, room: str, content: Mapping[str, Any], event: Mapping[str, Any]) -> Any:
        session_id, ciphertext = content.get("session_id"), content.get("ciphertext")
        if content.get("algorithm") != _MEGOLM or not isinstance(ciphertext, str):
            raise Unreadable("unknown algorithm")
        if not isinstance(session_id, str) or not session_id:
            raise Unreadable("no session id")
        session = self._session(room, content.get("sender_key"), session_id)
        if session is None:
            guarded("an encrypted event", self._ask_for_key, event)
            raise NoKey
        plaintext, index = session.decrypt(ciphertext)
        sent = _Sent(
            session.sender_key,
            session_id,
            str(event.get("event_id")),
            whole(event.get("origin_server_ts")) or 0,
        )
        if not self._olm.message_index_ok(index, sent):
            raise Unreadable("replayed")
        return json.loads(plaintext)

    def _session(self, room: str, sender_key: object, session_id: str) -> Any:
        """Find the inbound session; `sender_key` may be missing (MSC3700) or be a lie."""
        if isinstance(sender_key, str) and sender_key:
            return self._olm.inbound_group_store.get(room, sender_key, session_id)
        for sessions in self._olm.inbound_group_store[room].values():
            if session_id in sessions:
                return sessions[session_id]
        return None

    def _ask_for_key(self, event: Mapping[str, Any]) -> None:
        """Let nio see whether the Olm channel to the sender's device is broken, and mend it."""
        parsed = MegolmEvent.from_dict(event)
        if isinstance(parsed, MegolmEvent) and parsed.device_id:
            self._olm.check_if_wedged(parsed)
