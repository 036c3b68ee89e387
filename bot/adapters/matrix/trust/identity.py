"""Makes the bot's device trusted and keeps it so: identity, secret storage and backup together."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bot.adapters.matrix import files
from bot.adapters.matrix.client import Client, Refused, Unreachable
from bot.adapters.matrix.session import MatrixSettings, Progress
from bot.adapters.matrix.trust import cross_signing, recovery_key, secret_storage
from bot.adapters.matrix.trust.cross_signing import Keys, Published
from bot.adapters.matrix.trust.key_backup import Backup
from bot.adapters.matrix.trust.secret_storage import SecretStorage
from bot.adapters.matrix.trust.state import (
    Identity,
    Restored,
    TrustState,
    Untrusted,
    fingerprint,
)
from bot.faults import where

_log = logging.getLogger(__name__)
_AT_START_SECONDS = 120.0
"""How long the start of the bot waits for its trust; what takes longer is done beside the work."""
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 60.0, 3600.0
_UNREACHABLE = "The homeserver does not answer as it should, so this may be out of date."
_UNSIGNED = (
    "The account has an identity, but this device is not part of it: run `comenius trust --recover`"
    " with the account's recovery key."
)
_UNPROVED = (
    "This device is signed, but not by an identity that it knows: run `comenius trust --recover`"
    " with the account's recovery key once."
)
_RESET = (
    "The account's identity is not the one that this device knew: if you reset it, run"
    " `comenius trust --recover` with the new recovery key; if not, ask the server's admin."
)
_LOST = (
    "The server does not show the account's identity any more: run `comenius trust --recover` with"
    " its recovery key to publish it again."
)
_OCCUPIED = (
    "The account has secret storage that another client made, but no identity: run"
    " `comenius trust --recover` with its recovery key."
)
_DISK = "Nothing can be written beside the crypto store: make room on the disk, then start again."
_NO_DEVICE = "The server does not show this device's keys yet; the bot tries again by itself."
_STRANGE = (
    "The server shows keys for this device that are not its own: delete session.json beside the"
    " crypto store to log in as a new device, and tell the server's admin."
)


class Trust:
    """What makes others trust one logged-in client."""

    def __init__(
        self,
        client: Client,
        settings: MatrixSettings,
        directory: Path,
        upload_device: Callable[[], Awaitable[None]],
    ) -> None:
        """Keep in *directory* what is remembered; *upload_device* puts our keys on the server."""
        self._client = client
        self._settings = settings
        self._directory = directory
        self._upload_device = upload_device
        self._record = directory / "identity.json"
        self._backup = Backup(client, directory / "backup.keys", self._master)
        self._seen = Published()
        self._lock = asyncio.Lock()
        self._again = 0.0
        """When to try again what is not finished, on the monotonic clock."""
        self._pause = _FIRST_PAUSE_SECONDS
        self._finished = False
        self._trouble = ""

    # --- what the door calls ---------------------------------------------------------------------

    async def start(self, progress: Progress) -> None:
        """Establish trust as far as it goes now; tell *progress* what an admin should know.

        Never raises: an untrusted bot is better than none.
        """
        try:
            async with self._lock, asyncio.timeout(_AT_START_SECONDS):
                await self._try(None)
        except TimeoutError:
            self._later(_UNREACHABLE)
        if self._trouble:
            progress(self._trouble)
        if self.waiting() is not None:
            file = self._directory / recovery_key.FILE
            progress(
                f"The recovery key of this account lies in {file}."
                " Run `comenius trust` to see it once."
            )

    async def tend(self) -> None:
        """Upload new room keys; finish what could not be finished. Raises Refused, Unreachable."""
        async with self._lock:
            idle = not self._finished or self._backup.version is None
            if idle and time.monotonic() >= self._again:
                await self._try(None)
            await self._backup.upload()

    async def recover(self, given: str) -> Restored:
        """Trust this device by the account's recovery key (or passphrase) *given*; read its backup.

        Raises Untrusted with what to do; Refused or Unreachable.
        """
        async with self._lock:
            try:
                restored = await self._establish(given)
            except OSError as error:
                raise Untrusted(_DISK) from error
            self._done()
            return restored

    async def state(self, *, fallback_key: bool | None) -> TrustState:
        """Return how things are, asked of the server where it answers; never raises."""
        trouble = self._trouble or self._backup.trouble
        storage = False
        try:
            self._seen = await cross_signing.published(self._client)
            storage = await secret_storage.default_key(self._client) is not None
        except (Refused, Unreachable):
            trouble = trouble or _UNREACHABLE
        olm: Any = self._client.olm
        return TrustState(
            device=self._client.device_id or "",
            fingerprint=fingerprint(olm.account.identity_keys["ed25519"]),
            cross_signed=self._seen.device_signed,
            identity=self._identity(),
            secret_storage=storage,
            backup=self._backup.version,
            backed_up=self._backup.backed_up,
            sessions=self._backup.sessions,
            fallback_key=fallback_key,
            recovery_key_waits=self.waiting() is not None,
            trouble=trouble,
        )

    def waiting(self) -> str | None:
        """Return the recovery key that waits to be written down, if one does."""
        try:
            return recovery_key.waiting(self._directory, self._client.user_id)
        except Untrusted:
            return None

    def forget(self) -> None:
        """Remove the waiting recovery key from this machine. Raises OSError."""
        recovery_key.forget(self._directory)

    # --- how it is done --------------------------------------------------------------------------

    def _identity(self) -> Identity:
        if self._seen.master is None:
            return "none"
        ours = self._seen.device_signed or self._seen.master == self._master()
        return "ours" if ours else "foreign"

    async def _try(self, given: str | None) -> None:
        """Establish trust, or remember what keeps us from it and when to try again."""
        try:
            await self._establish(given)
        except Untrusted as trouble:
            self._later(str(trouble))
            _log.warning("this device is not fully trusted; `comenius trust` says why")
        except (Refused, Unreachable) as failure:
            self._later(_UNREACHABLE)
            _log.warning("trust could not be established (%s)", failure)
        except OSError as error:
            self._later(_DISK)
            _log.warning("trust could not be remembered (%s)", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - whatever is in the account data
            self._later("A fault of the bot keeps it from being trusted: please report its log.")
            _log.error("trust could not be established: %s", where(error))
        else:
            self._done()

    def _later(self, trouble: str) -> None:
        self._finished, self._trouble = False, trouble
        self._again = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)

    def _done(self) -> None:
        self._finished, self._trouble = True, ""
        self._pause = _FIRST_PAUSE_SECONDS
        self._again = time.monotonic() + _LONGEST_PAUSE_SECONDS

    async def _establish(self, given: str | None) -> Restored:
        """Do what is missing; with *given*, an admin's key, all of it. Raises as `recover`."""
        await self._upload_device()
        seen = self._seen = await cross_signing.published(self._client)
        if seen.strange or seen.device is None:
            raise Untrusted(_STRANGE if seen.strange else _NO_DEVICE)
        known = seen.master is not None and seen.master == self._master()
        storage: SecretStorage | None = None
        keys: Keys | None = None
        unfinished = not self._backup.begun and self._key(given) is not None
        if given is not None or unfinished or not (known and seen.device_signed):
            storage, keys = await self._open(seen, given)
        if storage is not None and keys is not None:
            if not (seen.device_signed and seen.master_signed):
                seen = self._seen = await cross_signing.sign(self._client, keys, seen)
            self._remember(keys.master.public)
        return await self._backup.establish(storage, keys, told=given is not None)

    async def _open(self, seen: Published, given: str | None) -> tuple[SecretStorage, Keys]:
        """Return the opened storage and the secrets of the account's identity, made if need be."""
        key = self._key(given)
        if seen.master is not None:
            if key is None:
                known = self._master()
                if known is not None and known != seen.master:
                    raise Untrusted(_RESET)
                raise Untrusted(_UNPROVED if seen.device_signed else _UNSIGNED)
            storage = await SecretStorage.open(self._client, key)
            return storage, await cross_signing.loaded(storage, seen)
        if self._master() is not None and given is None:
            raise Untrusted(_LOST)
        storage = await self._storage(key)
        keys = await cross_signing.made(storage)
        await cross_signing.publish(self._client, keys, self._settings.password)
        return storage, keys

    async def _storage(self, key: str | None) -> SecretStorage:
        """Return the storage of an account without identity: the one it has, or a new one."""
        if await secret_storage.default_key(self._client) is not None:
            if key is None:
                raise Untrusted(_OCCUPIED)
            return await SecretStorage.open(self._client, key)
        mine = recovery_key.waiting(self._directory, self._client.user_id)
        if key is not None and key != mine:
            return await SecretStorage.open(self._client, key)  # which says that there is none
        try:
            new = recovery_key.read(mine) if mine else secrets.token_bytes(32)
        except ValueError as error:
            file = self._directory / recovery_key.FILE
            raise Untrusted(f"{file} holds no recovery key ({error}): remove it.") from None
        if mine is None:  # on this disk before anything is on the server, so that we can resume
            recovery_key.keep(self._directory, self._client.user_id, new)
        return await SecretStorage.create(self._client, new)

    def _key(self, given: str | None) -> str | None:
        """Return the recovery key to use: an admin's, the settings', or the one that waits."""
        mine = recovery_key.waiting(self._directory, self._client.user_id)
        return given if given is not None else self._settings.recovery_key or mine

    def _master(self) -> str | None:
        """Return the master key that was once proved to be ours."""
        try:
            kept = files.read(self._record)
        except (ValueError, OSError):
            return None
        known = kept.get("master")
        mine = kept.get("user") == self._client.user_id
        return known if mine and isinstance(known, str) else None

    def _remember(self, master: str) -> None:
        if master != self._master():
            files.write(self._record, {"user": self._client.user_id, "master": master})
