"""Owns the versions of the key backup: which is current, whether it is ours, how one is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import vodozemac

from bot.adapters.matrix.client import Client, Refused
from bot.adapters.matrix.plain import mapping
from bot.adapters.matrix.trust.cross_signing import Keys, device_signature, device_signed
from bot.adapters.matrix.trust.secret_storage import SecretStorage
from bot.adapters.matrix.trust.signing import signed_by
from bot.adapters.matrix.trust.state import Untrusted

ALGORITHM = "m.megolm_backup.v1.curve25519-aes-sha2"
SECRET = "m.megolm_backup.v1"  # noqa: S105 - the name of the secret
PATH = ("room_keys", "version")


@dataclass(frozen=True)
class Version:
    """A version of the backup, as the server tells of it."""

    number: str
    public: str
    """The curve25519 key that room keys are sealed for, unpadded base64."""
    auth: Mapping[str, Any]
    """Its signed part."""


async def current(client: Client) -> Version | None:
    """Return the account's current backup; None if there is none.

    Raises Untrusted if it is of a kind that we do not know; Refused or Unreachable.
    """
    try:
        answer = await client.call("GET", *PATH)
    except Refused as refusal:
        if refusal.code == "M_NOT_FOUND":
            return None
        raise
    number, auth = answer.get("version"), mapping(answer.get("auth_data"))
    public = auth.get("public_key")
    try:
        if answer.get("algorithm") != ALGORITHM or not isinstance(number, str) or not number:
            raise ValueError  # noqa: TRY301 - the same end as what vodozemac finds
        key = vodozemac.Curve25519PublicKey.from_base64(public)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        raise Untrusted(
            "The account's key backup is of an unknown kind: reset it in the client that made it."
        ) from None
    return Version(number, key.to_base64(), auth)


def signed_by_us(version: Version, client: Client, master: str | None) -> bool:
    """Tell whether our device, or the *master* key that we know to be ours, vouches for it."""
    if device_signed(client, version.auth):
        return True
    return master is not None and signed_by(version.auth, client.user_id, master)


async def private_key(
    storage: SecretStorage, version: Version
) -> vodozemac.Curve25519SecretKey | None:
    """Return the private key of *version* from *storage*; None if it does not hold it.

    Some clients make a backup and never store its key (seen in Element). Raises Untrusted,
    Refused or Unreachable.
    """
    key = await _stored(storage)
    if key is None or key.public_key().to_base64() != version.public:
        return None
    return key


async def _stored(storage: SecretStorage) -> vodozemac.Curve25519SecretKey | None:
    secret = await storage.get(SECRET)
    if secret is None:
        return None
    try:
        return vodozemac.Curve25519SecretKey.from_bytes(secret)
    except ValueError:
        return None


async def make(client: Client, storage: SecretStorage, keys: Keys) -> Version:
    """Make a backup for an account that has none; its private key is in *storage* before.

    Raises Untrusted, Refused or Unreachable.
    """
    key = await _stored(storage)  # of a run that was interrupted here
    if key is None:
        key = vodozemac.Curve25519SecretKey()
        await storage.put(SECRET, key.to_bytes())
    auth: dict[str, Any] = {"public_key": key.public_key().to_base64()}
    signatures = {
        f"ed25519:{client.device_id}": device_signature(client, auth),
        f"ed25519:{keys.master.public}": keys.master.sign(auth),
    }
    auth["signatures"] = {client.user_id: signatures}
    await client.call("POST", *PATH, body={"algorithm": ALGORITHM, "auth_data": auth})
    made = await current(client)
    if made is None or made.public != auth["public_key"]:
        raise Untrusted("The server does not show the key backup that was made: ask its admin.")
    return made
