"""Owns the keys on the homeserver: ours are uploaded, other devices' are asked for and claimed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any

from nio.crypto.device import OlmDevice

from bot.adapters.matrix.client import Client, Refused, Unreachable
from bot.adapters.matrix.crypto import Crypto
from bot.adapters.matrix.guard import guarded
from bot.adapters.matrix.plain import identifier, mapping, whole
from bot.adapters.matrix.sharing import Sharing, send
from bot.adapters.matrix.unsaved import UNWRITTEN
from bot.faults import where

_log = logging.getLogger(__name__)
_PER_REQUEST = 100
_QUERY_AGAIN_SECONDS = 60.0
_KNOW_SECONDS = 10.0
_KNOWN_LIMIT = 10_000
_BAD_REQUEST = 400
_SIGNED = "signed_curve25519"


class Keys:
    """Keeps keys fresh and encrypts for one logged-in client."""

    def __init__(self, client: Client, crypto: Crypto) -> None:
        """Use the Olm machine of *client*; *crypto* knows who reads a room."""
        self._client = client
        self._crypto = crypto
        self._olm: Any = client.olm
        self._tending = asyncio.Lock()
        self._querying = asyncio.Lock()
        self._sharing = Sharing(client, crypto, self._claim)
        self._under_way: set[str] = set()
        """Users whose keys are being asked for."""
        self._again: dict[str, float] = {}
        """Users whose keys could not be queried -> when to try again."""
        self._asked: dict[str, float] = {}
        """Users -> when `know` last asked for them."""

    async def tend(self) -> None:
        """Upload, query and claim keys, send waiting to-device messages, as far as it is due.

        Raises Refused or Unreachable.
        """
        async with self._tending:
            try:
                await self._upload()
                now = time.monotonic()
                for user in [u for u, due in self._again.items() if due <= now]:
                    del self._again[user]
                    self._olm.users_for_key_query.add(user)
                await self._query(None)
                await self._mend()
            except UNWRITTEN as error:
                raise Unreachable("the crypto store cannot be written") from error

    async def know(self, users: Iterable[str]) -> None:
        """Ask for the devices of those *users* that are unknown or have changed. Never raises.

        To be called before messages are read. Takes at most 10 seconds, and asks for nobody more
        than once a minute.
        """
        now = time.monotonic()
        if len(self._asked) > _KNOWN_LIMIT:
            self._asked.clear()
        due = {
            user
            for user in users
            if identifier(user, "@")
            and (user in self._olm.users_for_key_query or not self._crypto.devices.judged(user))
            and now - self._asked.get(user, -_QUERY_AGAIN_SECONDS) >= _QUERY_AGAIN_SECONDS
        }
        if not due:
            return
        self._asked |= dict.fromkeys(due, now)
        try:
            async with asyncio.timeout(_KNOW_SECONDS):
                self._olm.users_for_key_query |= due
                await self._query(due)
        except (Refused, Unreachable, TimeoutError) as failure:
            _log.info("devices are read without being known (%s)", type(failure).__name__)
        except Exception as error:  # noqa: BLE001 - messages are read all the same
            _log.error("devices could not be asked for: %s", where(error))

    async def seal(self, room: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        """Return *content* (of event type *kind*) encrypted for the devices in *room*.

        Shares the key first where need be. Raises Refused or Unreachable if a device could not be
        reached with it: nobody is left out silently.
        """
        try:
            if not self._olm.account.shared:
                await self._upload_first()
            await self._query(set(self._crypto.users.get(room, ())))
            sealed = await self._sharing.seal(room, kind, content)
        except UNWRITTEN as error:
            raise Unreachable("the crypto store cannot be written") from error
        if "m.relates_to" in content:  # servers aggregate by it, so it stays outside (spec 11.12.4)
            sealed["m.relates_to"] = content["m.relates_to"]
        return sealed

    async def _upload_first(self) -> None:
        async with self._tending:
            await self._upload()

    async def _upload(self) -> None:
        """Upload what the server lacks: our device, one-time keys, a fallback key.

        Private halves are on disk before the server can give the public ones away.
        """
        account, raw = self._olm.account, self._olm.account._account  # noqa: SLF001 - no way in
        count = self._olm.uploaded_key_count if account.shared else 0
        if count is not None:
            # what is made and not sent yet counts: each failed attempt would push older keys out
            lacking = account.max_one_time_keys - count - len(raw.one_time_keys)
            if lacking > 0:
                account.generate_one_time_keys(lacking)
        if self._crypto.fallback_unused is False and not raw.fallback_key:
            raw.generate_fallback_key()
        body = self._body(raw)
        if not body:
            return
        self._olm.save_account()
        try:
            answer = await self._client.call("POST", "keys", "upload", body=body)
        except Refused as refusal:
            if refusal.status != _BAD_REQUEST or not account.shared:
                raise
            # the server has other keys of these names: our store is older than what it once saw
            _log.warning("the homeserver refuses our one-time keys; making new ones")
            account.mark_keys_as_published()
            self._olm.save_account()
            return
        account.shared = True
        counts = mapping(answer.get("one_time_key_counts"))
        self._olm.uploaded_key_count = whole(counts.get(_SIGNED)) or 0
        if "fallback_keys" in body:
            self._crypto.fallback_unused = True
        account.mark_keys_as_published()  # marks all that there are, so all of them were in `body`
        self._olm.save_account()

    def _body(self, raw: Any) -> dict[str, Any]:
        """Return what is to be uploaded: all unpublished keys of the account *raw*, signed."""
        body: dict[str, Any] = {}
        me, device = self._olm.user_id, self._olm.device_id

        def sign(thing: dict[str, Any]) -> dict[str, Any]:
            signature = self._olm.sign_json(thing)
            return {**thing, "signatures": {me: {f"ed25519:{device}": signature}}}

        if not self._olm.account.shared:
            keys = self._olm.account.identity_keys
            body["device_keys"] = sign(
                {
                    "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
                    "device_id": device,
                    "user_id": me,
                    "keys": {f"{sort}:{device}": keys[sort] for sort in ("curve25519", "ed25519")},
                }
            )
        for part, made, more in (
            ("one_time_keys", raw.one_time_keys, {}),
            ("fallback_keys", raw.fallback_key, {"fallback": True}),
        ):
            if made:
                body[part] = {
                    f"{_SIGNED}:{name}": sign({"key": key.to_base64(), **more})
                    for name, key in made.items()
                }
        return body

    async def _query(self, users: set[str] | None) -> None:
        """Fetch the devices of *users* (None: of all) that are to be asked for.

        Those that somebody else is asking for at the moment are waited for.
        """
        due: set[str] = self._olm.users_for_key_query
        if not (due if users is None else (due | self._under_way) & users):
            return
        async with self._querying:  # answers must not overtake each other
            while asked := sorted(due if users is None else due & users)[:_PER_REQUEST]:
                due.difference_update(asked)  # before: they may change again meanwhile
                self._under_way = set(asked)
                try:
                    answer = await self._client.call("POST", "keys", "query", body=_question(asked))
                except BaseException:
                    due.update(asked)
                    raise
                finally:
                    self._under_way = set()
                self._learn(asked, answer)

    def _learn(self, asked: list[str], answer: dict[str, Any]) -> None:
        """Take over the *answer* about the users *asked*; none hides another's devices."""
        found, masters, signing = (
            mapping(answer.get(part))
            for part in ("device_keys", "master_keys", "self_signing_keys")
        )
        with self._olm.store.database.atomic():
            for user in asked:
                if user not in found:  # their server is down, or they have no devices
                    self._again[user] = time.monotonic() + _QUERY_AGAIN_SECONDS
                    self._olm.tracked_users.add(user)
                    continue
                parts = (found[user], masters.get(user), signing.get(user))
                guarded("a list of devices", self._crypto.learn, user, *parts)

    async def _claim(self, devices: Iterable[OlmDevice]) -> None:
        """Open channels to *devices*, as far as they have keys left."""
        wanted = list(devices)
        for start in range(0, len(wanted), _PER_REQUEST):
            names: dict[str, dict[str, str]] = {}
            chunk = wanted[start : start + _PER_REQUEST]
            for device in chunk:
                names.setdefault(device.user_id, {})[device.id] = _SIGNED
            body = {"timeout": 10000, "one_time_keys": names}
            answer = await self._client.call("POST", "keys", "claim", body=body)
            found = mapping(answer.get("one_time_keys"))
            for device in chunk:
                keys = mapping(mapping(found.get(device.user_id)).get(device.id))
                for key in list(keys.values())[:1]:
                    guarded("a one-time key", self._crypto.channels.start, device, key)
        self._crypto.unsaved.flush()

    async def _mend(self) -> None:
        """Make broken channels anew, and send through them what our own devices asked for."""
        channels = self._crypto.channels
        answers = self._crypto.incoming.answers()
        broken, channels.broken = list(channels.broken.values()), {}
        if broken:
            await self._claim(broken)
        words: list[tuple[OlmDevice, str, dict[str, Any]]] = [
            *((device, "m.dummy", {}) for device in broken if channels.to(device)),
            *((device, "m.forwarded_room_key", content) for device, content in answers),
        ]
        for device, kind, content in words:  # each alone: a device has one place in a request
            if channels.to(device) is None:  # another has named its key meanwhile
                continue
            sealed = channels.seal(device, kind, content)
            self._crypto.unsaved.flush()
            await send(self._client, "m.room.encrypted", [(device, sealed)])


def _question(users: list[str]) -> dict[str, Any]:
    return {"timeout": 10000, "device_keys": {user: [] for user in users}}
