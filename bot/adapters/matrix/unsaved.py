"""Owns what the crypto store has still to write: all of it goes to disk at once, or none."""

from __future__ import annotations

from typing import Any

from nio.store.models import ForwardedChains, MegolmInboundSessions, OlmSessions
from peewee import PeeweeException  # type: ignore[import-untyped]

from bot.adapters.matrix.seen import Seen

UNWRITTEN = (OSError, PeeweeException)
"""What is raised where the crypto store cannot be written: a full disk above all."""


class Unsaved:
    """Changes of the Olm machine that are only in memory so far.

    What a sync brought is written in one transaction: a process that dies before it gets the same
    sync again and reads it again; Olm messages cannot be read twice.
    """

    def __init__(self, olm: Any) -> None:
        """Write into the store of the Olm machine *olm*."""
        self._olm = olm
        self._store = olm.store
        self.seen = Seen(self._store.database)
        self._account = False
        self._channels: dict[str, tuple[str, Any]] = {}
        self._dropped: set[str] = set()
        self._room_keys: dict[str, tuple[Any, bool]] = {}
        self.closed: set[str] = set()
        """Rooms that have turned out to be encrypted."""
        self.copied: set[str] = set()
        """Megolm sessions that several call theirs; the store holds that of who came first."""

    def account(self) -> None:
        """Note that the account changed: one-time keys were made or used."""
        self._account = True

    def channel(self, curve: str, session: Any) -> None:
        """Note that the Olm *session* with the device that holds *curve* changed."""
        self._channels[session.id] = (curve, session)

    def drop(self, session: Any) -> None:
        """Note that the Olm *session* is not needed any more."""
        self._channels.pop(session.id, None)
        self._dropped.add(session.id)

    def room_key(self, session: Any, *, instead: bool = False) -> None:
        """Note that the inbound Megolm *session* is new.

        The store has one place for each session id. Who comes first has it, until somebody is
        known to be the owner and comes *instead*: anybody who was given a key can send a copy.
        """
        before, _ = self._room_keys.get(session.id, (session, False))
        if not instead and _place(before) != _place(session):
            self.copied.add(session.id)
            return
        self._room_keys[session.id] = (session, instead)

    def flush(self, *, all_of_it: bool = False) -> None:
        """Write everything down; durable once this returns. Raises OSError if that cannot be.

        Which messages were seen may wait for a while, unless it shall be *all_of_it*.
        """
        changes = self._account or self._channels or self._dropped or self._room_keys
        changes = changes or self.closed
        if not (changes or self.seen.due or all_of_it):
            return
        try:
            with self._store.database.atomic():
                self._write()
                self.seen.write()
        except PeeweeException as error:
            raise OSError("the crypto store cannot be written") from error
        self._account = False
        self._channels.clear()
        self._dropped.clear()
        self._room_keys.clear()
        self.closed.clear()
        self.seen.written()

    def _write(self) -> None:
        if self._account:
            self._olm.save_account()
        if self.closed:
            self._store.save_encrypted_rooms(self.closed)
        for curve, session in self._channels.values():
            self._olm.save_session(curve, session)
        with self._store.database.bind_ctx(self._store.models):
            if self._dropped:
                gone = OlmSessions.session_id.in_(sorted(self._dropped))
                OlmSessions.delete().where(gone).execute()
            for identity, (session, instead) in self._room_keys.items():
                row = MegolmInboundSessions.session_id == identity
                there = MegolmInboundSessions.get_or_none(row)
                if there is not None and _place(there) != _place(session) and not instead:
                    self.copied.add(identity)
                    continue
                if there is not None and instead:
                    MegolmInboundSessions.delete().where(row).execute()
                self._olm.save_inbound_group_session(session)
                if not session.forwarding_chain:  # it may have had one before it was proven
                    ForwardedChains.delete().where(ForwardedChains.session == identity).execute()


def _place(session: Any) -> tuple[str, str]:
    return session.room_id, session.sender_key
