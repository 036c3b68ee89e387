"""Owns the account's cross-signing keys: read, made, published, and put under our own device.

Client-server API 11.12.2.2 "Cross-signing". The server's word is never taken: every signature is
checked anew, and a key is ours only if its secret is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.adapters.matrix.client import Client
from bot.adapters.matrix.plain import mapping
from bot.adapters.matrix.trust import interactive_auth
from bot.adapters.matrix.trust.secret_storage import SecretStorage
from bot.adapters.matrix.trust.signing import SigningKey, canonical, signed_as, signed_by
from bot.adapters.matrix.trust.state import Untrusted

_USAGES = ("master", "self_signing", "user_signing")
_RESET = (
    "The account's identity was reset in another client: run `comenius trust --recover` with the"
    " new recovery key."
)


@dataclass(frozen=True)
class Keys:
    """The secrets of an identity."""

    master: SigningKey
    self_signing: SigningKey
    user_signing: SigningKey


@dataclass(frozen=True)
class Published:
    """What the server tells everybody about the account, as far as its signatures are good."""

    device: Mapping[str, Any] | None = None
    """The keys of our own device; None if the server does not have them."""
    strange: bool = False
    """Whether the server shows other keys for our device than we have."""
    master: str | None = None
    self_signing: str | None = None
    device_signed: bool = False
    """Whether the self-signing key vouches for our device."""
    master_signed: bool = False
    """Whether our device vouches for the master key."""


async def published(client: Client) -> Published:
    """Ask what the server tells of our account. Raises Refused or Unreachable."""
    me = client.user_id
    body: dict[str, Any] = {"device_keys": {me: []}}
    answer = await client.call("POST", "keys", "query", body=body)
    device = mapping(mapping(mapping(answer.get("device_keys")).get(me)).get(_device(client)))
    shown = mapping(device.get("keys"))
    strange = bool(device) and any(
        shown.get(f"{kind}:{_device(client)}") != key for kind, key in _own(client).items()
    )
    master_json = mapping(mapping(answer.get("master_keys")).get(me))
    self_json = mapping(mapping(answer.get("self_signing_keys")).get(me))
    master = _public(master_json, me, "master")
    self_signing = _public(self_json, me, "self_signing")
    if master is None or self_signing is None or not signed_by(self_json, me, master):
        self_signing = None
    fingerprint = _own(client)["ed25519"]
    return Published(
        device=device or None,
        strange=strange,
        master=master,
        self_signing=self_signing,
        device_signed=self_signing is not None
        and not strange
        and signed_by(device, me, self_signing),
        master_signed=signed_as(master_json, me, _device(client), fingerprint),
    )


def _device(client: Client) -> str:
    """Return the id of our device."""
    return client.device_id or ""


def _own(client: Client) -> dict[str, str]:
    """Return our device's public keys."""
    olm: Any = client.olm
    keys: dict[str, str] = olm.account.identity_keys
    return {kind: keys[kind] for kind in ("ed25519", "curve25519")}


def _public(content: Mapping[str, Any], user: str, usage: str) -> str | None:
    """Return the public key in a cross-signing key's JSON, if it is *user*'s and for *usage*."""
    if content.get("user_id") != user or content.get("usage") != [usage]:
        return None
    keys = mapping(content.get("keys"))
    public = next(iter(keys.values()), None)
    return public if isinstance(public, str) and list(keys) == [f"ed25519:{public}"] else None


async def made(storage: SecretStorage) -> Keys:
    """Return the keys of a new identity, all in *storage* already: those that are there count.

    Raises Untrusted, Refused or Unreachable.
    """
    found = {}
    for usage in _USAGES:
        key = await _stored(storage, usage)
        if key is None:
            key = SigningKey()
            await storage.put(_secret(usage), key.seed)
        found[usage] = key
    return Keys(**found)


async def loaded(storage: SecretStorage, shown: Published) -> Keys:
    """Return the keys of the identity that the server shows.

    Raises Untrusted if *storage* holds others or lacks one; Refused or Unreachable.
    """
    found = {}
    for usage in _USAGES:
        key = await _stored(storage, usage)
        if key is None:
            raise Untrusted(
                "The account's secret storage does not hold its cross-signing keys: set up"
                " recovery in the client that made them."
            )
        found[usage] = key
    keys = Keys(**found)
    if (keys.master.public, keys.self_signing.public) != (shown.master, shown.self_signing):
        raise Untrusted(_RESET)
    return keys


async def _stored(storage: SecretStorage, usage: str) -> SigningKey | None:
    seed = await storage.get(_secret(usage))
    if seed is None:
        return None
    try:
        return SigningKey(seed)
    except ValueError:
        raise Untrusted(
            f"The secret {_secret(usage)} on the server is no key: reset it in another client."
        ) from None


def _secret(usage: str) -> str:
    return f"m.cross_signing.{usage}"


async def publish(client: Client, keys: Keys, password: str | None) -> None:
    """Make *keys* the identity of the account, which must have none.

    Raises Untrusted if the server wants a proof that we lack, or if there is one after all;
    Refused or Unreachable.
    """
    me, master = client.user_id, keys.master
    body = {f"{usage}_key": _as_json(getattr(keys, usage), me, usage) for usage in _USAGES}
    for usage in _USAGES[1:]:
        one = body[f"{usage}_key"]
        one["signatures"] = {me: {f"ed25519:{master.public}": master.sign(one)}}
    body["master_key"]["signatures"] = _by_device(client, body["master_key"])

    async def none_yet() -> None:
        # A server asks for a proof above all where keys would be REPLACED, which we never do:
        # everybody would be told that the bot's identity was reset.
        if (await published(client)).master not in {None, master.public}:
            raise Untrusted(_RESET)

    await interactive_auth.post(
        client, ("keys", "device_signing", "upload"), body, password, none_yet
    )


async def sign(client: Client, keys: Keys, shown: Published) -> Published:
    """Sign our device with *keys*, and the master key with our device; return what all see now.

    Raises Untrusted if the signatures do not arrive as they were made; Refused or Unreachable.
    """
    me = client.user_id
    device = {k: v for k, v in (shown.device or {}).items() if k not in {"signatures", "unsigned"}}
    signature = keys.self_signing.sign(device)
    device["signatures"] = {me: {f"ed25519:{keys.self_signing.public}": signature}}
    master = _as_json(keys.master, me, "master")
    master["signatures"] = _by_device(client, master)
    body = {me: {_device(client): device, keys.master.public: master}}
    answer = await client.call("POST", "keys", "signatures", "upload", body=body)
    if answer.get("failures"):  # with status 200
        raise Untrusted("The server refused the signature of this device: ask its admin.")
    now = await published(client)
    seen = (now.master, now.self_signing, now.device_signed)
    if seen != (keys.master.public, keys.self_signing.public, True):
        raise Untrusted("The server does not show the signature of this device: ask its admin.")
    return now


def _as_json(key: SigningKey, user: str, usage: str) -> dict[str, Any]:
    return {"user_id": user, "usage": [usage], "keys": {f"ed25519:{key.public}": key.public}}


def _by_device(client: Client, content: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the signatures part with our device's over *content*."""
    return {client.user_id: {f"ed25519:{_device(client)}": device_signature(client, content)}}


def device_signature(client: Client, content: Mapping[str, Any]) -> str:
    """Return our device's signature over *content*, in base64."""
    olm: Any = client.olm
    signature: str = olm.account.sign(canonical(content).decode())
    return signature


def device_signed(client: Client, content: Mapping[str, Any]) -> bool:
    """Tell whether *content* carries a good signature of our device."""
    return signed_as(content, client.user_id, _device(client), _own(client)["ed25519"])
