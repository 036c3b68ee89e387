"""Owns a room key's form in the backup: sealed for the backup's key, unsealed with its secret."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import vodozemac
from nio.crypto.sessions import InboundGroupSession

from bot.adapters.matrix.client import Client
from bot.adapters.matrix.guard import panicked
from bot.adapters.matrix.plain import identifier, mapping, sequence
from bot.adapters.matrix.provenance import better, chain, mark_restored

_MEGOLM = "m.megolm.v1.aes-sha2"
_LONGEST_CHAIN = 20
_LONGEST_ENTRY = 100_000
"""Characters of one sealed room key; they have some 1,500."""
_AT_ONCE = 100
"""Room keys per transaction, and between two breaths of the loop."""


def seal(public: str, session: InboundGroupSession) -> dict[str, Any]:
    """Return *session* sealed for the backup's *public* key (BackedUpSessionData)."""
    data = {
        "algorithm": _MEGOLM,
        "forwarding_curve25519_key_chain": chain(session),
        "sender_key": session.sender_key,
        "sender_claimed_keys": {"ed25519": session.ed25519},
        "session_key": session.export_session(session.first_known_index),
    }
    lock = vodozemac.PkEncryption.from_key(vodozemac.Curve25519PublicKey.from_base64(public))
    # the order of what comes out is another one than that of what goes into Message.from_base64
    ephemeral, mac, ciphertext = lock.encrypt(json.dumps(data).encode()).to_base64()
    return {
        "first_message_index": session.first_known_index,
        "forwarded_count": len(chain(session)),
        "is_verified": False,
        "session_data": {"ephemeral": ephemeral, "ciphertext": ciphertext, "mac": mac},
    }


def unseal(
    lock: vodozemac.PkDecryption, room: str, name: str, entry: object
) -> InboundGroupSession | None:
    """Return the room key in a backup's *entry* for session *name*; None if it is not one."""
    try:
        return _unsealed(lock, room, name, mapping(mapping(entry).get("session_data")))
    except Exception:  # noqa: BLE001 - whatever somebody put into the backup
        return None
    except BaseException as error:
        if not panicked(error):
            raise
        return None


def _unsealed(
    lock: vodozemac.PkDecryption, room: str, name: str, data: Mapping[str, Any]
) -> InboundGroupSession | None:
    parts = [data.get(part) for part in ("ciphertext", "mac", "ephemeral")]
    if not all(isinstance(part, str) and len(part) <= _LONGEST_ENTRY for part in parts):
        return None
    plain = mapping(json.loads(lock.decrypt(vodozemac.Message.from_base64(*parts))))  # type: ignore[arg-type]
    sender, signer = plain["sender_key"], plain["sender_claimed_keys"]["ed25519"]
    vodozemac.Curve25519PublicKey.from_base64(sender)
    vodozemac.Ed25519PublicKey.from_base64(signer)
    forwarders = sequence(plain.get("forwarding_curve25519_key_chain"))[:_LONGEST_CHAIN]
    known = [key for key in forwarders if isinstance(key, str)]
    session = InboundGroupSession.import_session(plain["session_key"], signer, sender, room, known)
    mark_restored(session)
    if plain.get("algorithm") != _MEGOLM or session.id != name or not identifier(room, "!"):
        return None
    return session


def entries(rooms: object) -> Iterator[tuple[str, str, object]]:
    """Yield room, session and entry of a backup's answer."""
    for room, part in mapping(rooms).items():
        for name, entry in mapping(mapping(part).get("sessions")).items():
            yield room, name, entry


async def take_over(
    client: Client, secret: vodozemac.Curve25519SecretKey, rooms: object
) -> tuple[list[InboundGroupSession], int]:
    """Put what is in a backup's *rooms* into the crypto store; return it, and how many failed.

    A room key that is here already stays, unless the backup knows it from an earlier index on. One
    that only the backup knows is marked: it reads messages, but proves nothing.
    """
    lock = vodozemac.PkDecryption.from_key(secret)
    found: list[InboundGroupSession] = []
    failed, waiting = 0, []
    for room, name, entry in entries(rooms):
        session = unseal(lock, room, name, entry)
        if session is None:
            failed += 1
            continue
        waiting.append(session)
        if len(waiting) == _AT_ONCE:
            _save(client, waiting)
            found += waiting
            waiting = []
            await asyncio.sleep(0)
    _save(client, waiting)
    return found + waiting, failed


def _save(client: Client, sessions: list[InboundGroupSession]) -> None:
    """Save *sessions* in one transaction: a disk takes some hundred a second at most."""
    olm: Any = client.olm
    store: Any = client.store
    with store.database.atomic():
        for session in sessions:
            held = olm.inbound_group_store.get(session.room_id, session.sender_key, session.id)
            kept = better(held, session)
            if kept is not held:
                olm.inbound_group_store.add(kept)
                olm.save_inbound_group_session(kept)
