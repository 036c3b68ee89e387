"""Owns encryption: device keys, Olm sessions and the sharing of room keys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

import vodozemac
from nio.responses import (
    KeysClaimResponse,
    KeysQueryResponse,
    KeysUploadResponse,
    ToDeviceResponse,
)

from bot.adapters.matrix.client import Client
from bot.adapters.matrix.crypto import Crypto
from bot.adapters.matrix.guard import guarded
from bot.adapters.matrix.plain import mapping, whole

_USERS_PER_QUERY = 100
_QUERY_AGAIN_SECONDS = 60.0


class Keys:
    """Keeps keys fresh and encrypts for one logged-in client."""

    def __init__(self, client: Client, crypto: Crypto) -> None:
        """Use the Olm machine of *client*; *crypto* knows who reads a room."""
        self._client = client
        self._crypto = crypto
        self._olm: Any = client.olm
        self._lock = asyncio.Lock()
        self._again: dict[str, float] = {}
        """Users whose keys could not be queried -> when to try again."""

    async def tend(self) -> None:
        """Upload, query and claim keys, send waiting to-device messages, as far as it is due.

        Does what nio's `sync_forever` does besides syncing. Raises Refused or Unreachable.
        """
        async with self._lock:
            await self._tend()

    async def _tend(self) -> None:
        olm = self._olm
        if olm.should_upload_keys:
            body = olm.share_keys()
            olm.save_account()  # before they are public: nio loses them if it dies in between
            answer = await self._client.call("POST", "keys", "upload", body=body)
            count = whole(mapping(answer.get("one_time_key_counts")).get("signed_curve25519"))
            olm.handle_response(KeysUploadResponse(0, count or 0))
        now = time.monotonic()
        for user in [u for u, due in self._again.items() if due <= now]:
            del self._again[user]
            olm.users_for_key_query.add(user)
        while users := sorted(olm.users_for_key_query)[:_USERS_PER_QUERY]:
            await self._query(users)
        wedged = [*olm.wedged_devices, *olm.key_request_devices_no_session]
        if wedged:
            await self._claim(olm.get_users_for_key_claiming())
            for device in wedged:  # those without one-time keys would be asked for ever
                for waiting in (olm.wedged_devices, olm.key_request_devices_no_session):
                    if device in waiting:
                        waiting.remove(device)
        for message in list(olm.outgoing_to_device_messages):
            path = ("sendToDevice", message.type, str(uuid4()))
            await self._client.call("PUT", *path, body=message.as_dict())
            olm.handle_response(ToDeviceResponse(message))

    async def _query(self, users: list[str]) -> None:
        """Fetch the devices of *users*; one user's odd device does not hide another's."""
        body = {"timeout": 10000, "device_keys": {user: [] for user in users}}
        answer = await self._client.call("POST", "keys", "query", body=body)
        found = mapping(answer.get("device_keys"))
        for user in users:
            self._olm.users_for_key_query.discard(user)
            if user not in found:  # their server is down, or they have no devices
                self._again[user] = time.monotonic() + _QUERY_AGAIN_SECONDS
                self._olm.tracked_users.add(user)
                continue
            devices = {
                name: checked
                for name, device in mapping(found[user]).items()
                if (checked := guarded("a device", self._device, user, name, device))
            }
            guarded("a list of devices", self._know, user, devices)

    def _device(self, user: str, name: str, device: object) -> dict[str, Any] | None:
        """Return *device* without its `unsigned` part if nio can take it, else None."""
        plain = {k: v for k, v in mapping(device).items() if k != "unsigned"}
        if plain.get("user_id") != user or plain.get("device_id") != name:
            return None
        keys = mapping(plain.get("keys"))
        signing, curve = keys[f"ed25519:{name}"], keys[f"curve25519:{name}"]
        vodozemac.Curve25519PublicKey.from_base64(curve)
        return plain if self._olm.verify_json(plain, signing, user, name) else None

    def _know(self, user: str, devices: dict[str, Any]) -> None:
        response = KeysQueryResponse({user: devices}, {})
        self._olm.handle_response(response)
        if response.changed:
            for room, users in self._crypto.users.items():
                if user in users:
                    self._crypto.forget_session(room)

    async def _claim(self, wanted: Mapping[str, Iterable[str]]) -> None:
        """Start Olm sessions with devices (user -> device ids)."""
        body = {
            "timeout": 10000,
            "one_time_keys": {
                user: dict.fromkeys(devices, "signed_curve25519")
                for user, devices in wanted.items()
            },
        }
        answer = await self._client.call("POST", "keys", "claim", body=body)
        for user, devices in mapping(answer.get("one_time_keys")).items():
            for device, keys in mapping(devices).items():
                response = KeysClaimResponse({user: {device: keys}}, {})
                guarded("a one-time key", self._olm.handle_response, response)

    async def seal(self, room: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        """Return *content* (of event type *kind*) encrypted for all devices in *room*.

        Shares the key first where need be, with unverified devices too. Raises Refused or
        Unreachable if a device could not be reached with it: nobody is left out silently.
        """
        async with self._lock:
            await self._tend()
            if self._olm.should_share_group_session(room):
                await self._share(room)
            sealed: dict[str, Any] = self._olm.group_encrypt(
                room, {"type": kind, "content": content}
            )
        if "m.relates_to" in content:  # servers aggregate by it, so it stays outside (spec 11.12.4)
            sealed["m.relates_to"] = content["m.relates_to"]
        return sealed

    async def _share(self, room: str) -> None:
        users = sorted(self._crypto.users.get(room, ()))
        missing = self._olm.get_missing_sessions(users)
        if missing:
            await self._claim(missing)
        for sharing_with, body in self._olm.share_group_session_parallel(
            room, users, ignore_unverified_devices=True
        ):
            await self._client.call(
                "PUT", "sendToDevice", "m.room.encrypted", str(uuid4()), body=body
            )
            # nio marks the session as shared even where this request failed
            self._olm.outbound_group_sessions[room].users_shared_with.update(sharing_with)
        self._olm.outbound_group_sessions[room].shared = True
