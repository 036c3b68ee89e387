"""Owns the key backup on the server: room keys go there as they come, and come back from there.

Client-server API 11.12.3.3 "Server-side key backups". To upload only the public key is needed;
the private one lies in secret storage.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import vodozemac
from nio.crypto.sessions import InboundGroupSession

from bot.adapters.matrix.client import Client, Refused
from bot.adapters.matrix.plain import identifier, sequence
from bot.adapters.matrix.trust import backup_version
from bot.adapters.matrix.trust.backed_up import BackedUp
from bot.adapters.matrix.trust.backup_version import Version
from bot.adapters.matrix.trust.cross_signing import Keys
from bot.adapters.matrix.trust.room_keys import Place, place
from bot.adapters.matrix.trust.sealed_sessions import seal, take_over
from bot.adapters.matrix.trust.secret_storage import SecretStorage
from bot.adapters.matrix.trust.state import Restored, Untrusted

_log = logging.getLogger(__name__)
_KEYS = ("room_keys", "keys")
_PER_REQUEST = 200
_REQUESTS_AT_ONCE = 5
"""Per call of `upload`: other work on keys waits meanwhile."""
_BREATH = 50
"""Room keys sealed between two breaths of the loop, some milliseconds."""
_OTHER_VERSION = {"M_WRONG_ROOM_KEYS_VERSION", "M_NOT_FOUND"}
_NO_ENTRY = {"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_FORBIDDEN"}
_SECONDS = 120.0
_MOST_BYTES = 64 * 1024 * 1024
"""Of one answer with room keys: some 40,000."""
_MOST_IN_ONE = 10_000
"""Room keys that are asked for in one request; more of them room by room."""
_GONE = (
    "The key backup was deleted or replaced in another client: run `comenius trust --recover` to"
    " use the present one, or to make a new one."
)
_FOREIGN = (
    "The account has a key backup that is not signed by its identity, so no room key goes there:"
    " run `comenius trust --recover`, or reset the backup in the client that made it."
)
_NONE = "The account has no key backup: run `comenius trust --recover` to make one."


class Backup:
    """The backup of one logged-in account."""

    def __init__(self, client: Client, path: Path, master: Callable[[], str | None]) -> None:
        """Remember in *path* what was uploaded; *master* names the key that is known as ours."""
        self._client = client
        self._olm: Any = client.olm
        self._backed_up = BackedUp(path, client.user_id, client.device_id or "")
        self._master = master
        self._refused: set[Place] = set()
        self.version: str | None = None
        """Where new room keys go; None: nowhere."""
        self.trouble = ""
        """One sentence, if an admin should do something."""

    @property
    def begun(self) -> bool:
        """Whether the account has ever had a backup here."""
        return self._backed_up.version is not None

    @property
    def backed_up(self) -> int:
        """How many room keys are known to be in the backup."""
        return len(self._backed_up) if self.version else 0

    @property
    def sessions(self) -> int:
        """How many room keys this device has."""
        return sum(1 for _ in self._olm.inbound_group_store)

    async def establish(
        self, storage: SecretStorage | None, keys: Keys | None, *, told: bool
    ) -> Restored:
        """Use the account's backup; with *storage* and *keys* make one, or restore from it.

        An existing backup is never replaced, and one that was deleted is only followed by a new
        one if an admin has *told* so. Raises Untrusted, Refused or Unreachable.
        """
        self.version, self.trouble = None, ""
        version = await backup_version.current(self._client)
        if version is None:
            if self.begun and not told:
                raise Untrusted(_GONE)
            if storage is None or keys is None:
                raise Untrusted(_NONE)
            version = await backup_version.make(self._client, storage, keys)
        known = self._backed_up.knows(version.number, version.public)
        secret = await backup_version.private_key(storage, version) if storage else None
        if not (known or secret or self._ours(version)):
            raise Untrusted(_FOREIGN)
        restored = Restored()
        found: list[InboundGroupSession] = []
        if secret and (told or not known):
            restored, found = await self._restore(version, secret)
        if not known:
            self._backed_up.begin(version.number, version.public)
        self._backed_up.note(one for one in found if self._backed_up.wants(one))
        if storage and not secret:
            self.trouble = (
                "The key backup works, but its key is not in the secret storage, so it cannot be"
                " restored: reset the backup in the client that made it."
            )
        self._begin(version)
        return restored

    def _ours(self, version: Version) -> bool:
        return backup_version.signed_by_us(version, self._client, self._master())

    def _begin(self, version: Version) -> None:
        """Upload to *version* from now on, all that is not there yet."""
        self.version = version.number
        fresh = self._client.room_keys.fresh
        for session in self._olm.inbound_group_store:
            fresh.setdefault(place(session), session)

    async def _restore(
        self, version: Version, secret: vodozemac.Curve25519SecretKey
    ) -> tuple[Restored, list[InboundGroupSession]]:
        """Take over all that is in *version*; in one go, or room by room if it is much."""
        count = (await self._client.call("GET", *backup_version.PATH, version.number)).get("count")
        queries: list[tuple[str, ...]] = [()]
        if not isinstance(count, int) or count > _MOST_IN_ONE:
            joined = (await self._client.call("GET", "joined_rooms")).get("joined_rooms")
            queries = [(room,) for room in sequence(joined) if identifier(room, "!")]
        found: list[InboundGroupSession] = []
        failed = 0
        for room in queries:
            rooms = await self._fetch(version, room)
            some, bad = await take_over(self._client, secret, rooms)
            found += some
            failed += bad
        return Restored(len(found), failed), found

    async def _fetch(self, version: Version, room: tuple[str, ...]) -> object:
        """Return the backup's rooms, or only the one *room*."""
        answer = await self._client.call(
            "GET",
            *_KEYS,
            *room,
            query={"version": version.number},
            seconds=_SECONDS,
            most=_MOST_BYTES,
        )
        return {room[0]: answer} if room else answer.get("rooms")

    # --- uploading ---------------------------------------------------------------------------

    async def upload(self) -> None:
        """Upload what is new, some batches at most. Raises Refused or Unreachable."""
        for _ in range(_REQUESTS_AT_ONCE):
            if self.version is None or not self._client.room_keys.fresh:
                return
            batch = self._batch()
            if batch:
                await self._put(batch)

    def _batch(self) -> list[InboundGroupSession]:
        """Return some room keys to upload; forget those that need not be."""
        fresh = self._client.room_keys.fresh
        batch: dict[str, InboundGroupSession] = {}
        for where, session in list(fresh.items()):
            if len(batch) == _PER_REQUEST:
                break
            if where in self._refused or session.id in batch or not self._backed_up.wants(session):
                del fresh[where]
            else:
                batch[session.id] = session
        return list(batch.values())

    async def _put(self, batch: list[InboundGroupSession]) -> None:
        """Upload *batch*; if the server does not take it, find out which it does not."""
        if self.version is None:
            return
        body = {"rooms": await self._sealed(batch)}
        try:
            await self._client.call("PUT", *_KEYS, query={"version": self.version}, body=body)
        except Refused as refusal:
            if refusal.passing or refusal.code in _NO_ENTRY:
                raise
            if refusal.code in _OTHER_VERSION:
                await self._changed()
            elif len(batch) > 1:
                half = len(batch) // 2
                await self._put(batch[:half])
                await self._put(batch[half:])
            else:
                _log.warning("the key backup does not take a room key (%s)", refusal)
                self._refused.add(place(batch[0]))
            return
        self._backed_up.note(batch)
        fresh = self._client.room_keys.fresh
        for session in batch:
            if fresh.get(place(session)) is session:  # not replaced by a better one meanwhile
                del fresh[place(session)]

    async def _sealed(self, batch: list[InboundGroupSession]) -> dict[str, Any]:
        """Return *batch* as the backup takes it."""
        rooms: dict[str, dict[str, dict[str, Any]]] = {}
        for number, session in enumerate(batch):
            sealed = seal(self._backed_up.public or "", session)
            rooms.setdefault(session.room_id, {"sessions": {}})["sessions"][session.id] = sealed
            if number % _BREATH == 0:
                await asyncio.sleep(0)
        return rooms

    async def _changed(self) -> None:
        """Look once which backup there is now; go on with it if it is ours, else stop."""
        before, self.version = self.version, None
        try:
            version = await backup_version.current(self._client)
        except Untrusted as trouble:
            self.trouble = str(trouble)
            return
        except Exception:
            self.version = before
            raise
        if version is None:
            self.trouble = _GONE
        elif version.number == before or not self._ours(version):
            self.trouble = _FOREIGN
        else:
            self._backed_up.begin(version.number, version.public)
            self._begin(version)
        if self.version is None:
            _log.warning("the key backup is not ours any more: nothing is uploaded")
