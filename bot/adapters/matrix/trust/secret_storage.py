"""Owns secret storage: secrets in the account data, sealed under the recovery key (SSSS).

Client-server API 11.12.3 "Secrets", algorithm m.secret_storage.v1.aes-hmac-sha2. Proved against
Element and Tchap (`reference/trust-in-real-clients.md` 2-4).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF

from bot.adapters.matrix.client import Client, Refused
from bot.adapters.matrix.plain import mapping, whole
from bot.adapters.matrix.trust import recovery_key
from bot.adapters.matrix.trust.signing import decode, encode
from bot.adapters.matrix.trust.state import Untrusted

ALGORITHM = "m.secret_storage.v1.aes-hmac-sha2"
DEFAULT_KEY = "m.secret_storage.default_key"
_DESCRIPTION = "m.secret_storage.key."
_KEY_BYTES = 32
_BLOCK = 16
_ZEROS = bytes(32)
_MOST_ITERATIONS = 5_000_000
"""Of PBKDF2: some seconds. Element asks for 500,000; the account data may ask for anything."""
_LONGEST_SALT = 1_000


# --- sealing, without a server ----------------------------------------------------------------


def seal(key: bytes, name: str, plain: bytes) -> dict[str, str]:
    """Return *plain* sealed under *key* as the secret *name*: iv, ciphertext and mac in base64."""
    vector = bytearray(secrets.token_bytes(_BLOCK))
    vector[8] &= 0x7F  # bit 63 is 0: some libraries count in 64 bits only
    cipher, mac = _keys(key, name)
    hidden = _counter(cipher, bytes(vector), plain)
    return {
        "iv": encode(bytes(vector)),
        "ciphertext": encode(hidden),
        "mac": encode(_mac(mac, hidden)),
    }


def unseal(key: bytes, name: str, sealed: object) -> bytes:
    """Return the secret *name*. Raises ValueError if it is damaged or sealed under another key."""
    box = mapping(sealed)
    vector, hidden = decode(box.get("iv")), decode(box.get("ciphertext"))
    cipher, mac = _keys(key, name)
    if len(vector) != _BLOCK or not hmac.compare_digest(_mac(mac, hidden), decode(box.get("mac"))):
        raise ValueError("damaged, or sealed under another key")
    return _counter(cipher, vector, hidden)


def describe(key: bytes) -> dict[str, str]:
    """Return the account data that lets others check that they have the same *key*."""
    check = seal(key, "", _ZEROS)
    return {"algorithm": ALGORITHM, "iv": check["iv"], "mac": check["mac"]}


def fits(key: bytes, description: Mapping[str, Any]) -> bool:
    """Tell whether *key* is the one that *description* is about.

    The check is optional in the specification; without it any key fits and its secrets will tell.
    """
    if "iv" not in description or "mac" not in description:
        return True
    cipher, mac = _keys(key, "")
    try:
        vector, expected = decode(description["iv"]), decode(description["mac"])
    except ValueError:
        return False
    if len(vector) != _BLOCK:
        return False
    return hmac.compare_digest(_mac(mac, _counter(cipher, vector, _ZEROS)), expected)


def from_passphrase(passphrase: str, told: object) -> bytes:
    """Return the key that was made from *passphrase* as the description's part *told* says.

    Blocks for as long as the maker chose, some seconds at most. Raises ValueError.
    """
    how = mapping(told)
    iterations, salt = whole(how.get("iterations")), how.get("salt")
    if how.get("algorithm") != "m.pbkdf2" or not isinstance(salt, str):
        raise ValueError("made from a passphrase in an unknown way")
    if len(salt) > _LONGEST_SALT or whole(how.get("bits", 8 * _KEY_BYTES)) != 8 * _KEY_BYTES:
        raise ValueError("made from a passphrase in an unknown way")
    if iterations is None or not 1 <= iterations <= _MOST_ITERATIONS:
        raise ValueError("made from a passphrase with an absurd effort")
    return hashlib.pbkdf2_hmac("sha512", passphrase.encode(), salt.encode(), iterations, _KEY_BYTES)


def _keys(key: bytes, name: str) -> tuple[bytes, bytes]:
    """Return the AES and the HMAC key for the secret *name*."""
    both = HKDF(key, 2 * _KEY_BYTES, _ZEROS, SHA256, context=name.encode())
    assert isinstance(both, bytes)  # noqa: S101 - for mypy: one key was asked for
    return both[:_KEY_BYTES], both[_KEY_BYTES:]


def _counter(key: bytes, vector: bytes, text: bytes) -> bytes:
    """Encrypt or decrypt *text* by AES-256-CTR."""
    return AES.new(key, AES.MODE_CTR, nonce=b"", initial_value=vector).encrypt(text)


def _mac(key: bytes, hidden: bytes) -> bytes:
    return hmac.digest(key, hidden, "sha256")


# --- the account's storage --------------------------------------------------------------------


class SecretStorage:
    """The storage of the logged-in account, opened."""

    def __init__(self, client: Client, identity: str, key: bytes) -> None:
        """Use the storage key called *identity* whose bytes are *key*."""
        self._client = client
        self._identity = identity
        self._key = key

    @classmethod
    async def create(cls, client: Client, key: bytes) -> SecretStorage:
        """Make the account's storage with *key*. Raises Refused or Unreachable."""
        # The name follows from the key: whoever is interrupted here makes the same one again.
        identity = hashlib.sha256(b"comenius secret storage" + key).hexdigest()[:32]
        await write(client, _DESCRIPTION + identity, dict(describe(key)))
        await write(client, DEFAULT_KEY, {"key": identity})
        return cls(client, identity, key)

    @classmethod
    async def open(cls, client: Client, given: str) -> SecretStorage:
        """Open the account's storage with the recovery key or passphrase *given*.

        Raises Untrusted if there is none or it does not open; Refused or Unreachable.
        """
        identity = await default_key(client)
        if identity is None:
            raise Untrusted(
                "The account has no secret storage, so the recovery key opens nothing: take it out"
                " of the settings, or check that the account is the right one."
            )
        description = await read(client, _DESCRIPTION + identity)
        if description.get("algorithm") != ALGORITHM:
            raise Untrusted("The account's secret storage is of an unknown kind: make it anew.")
        return cls(client, identity, await _key_of(given, description))

    async def put(self, name: str, secret: bytes) -> None:
        """Store *secret*; copies of it sealed under other keys stay. Raises as `call` does."""
        old = dict(mapping((await read(self._client, name)).get("encrypted")))
        text = encode(secret).encode()
        sealed = old | {self._identity: seal(self._key, name, text)}
        await write(self._client, name, {"encrypted": sealed})

    async def get(self, name: str) -> bytes | None:
        """Return the secret *name*, or None if it is not stored under this key.

        Raises Untrusted if it cannot be read; Refused or Unreachable.
        """
        sealed = mapping((await read(self._client, name)).get("encrypted")).get(self._identity)
        if sealed is None:
            return None
        try:
            return decode(unseal(self._key, name, sealed).decode())
        except ValueError:  # UnicodeDecodeError is one
            advice = "make the storage anew in another client, or restore the account."
            raise Untrusted(f"The secret {name} on the server is damaged: {advice}") from None


async def _key_of(given: str, description: Mapping[str, Any]) -> bytes:
    """Return the bytes of the recovery key or passphrase *given*. Raises Untrusted."""
    phrase = description.get("passphrase")
    try:
        key = recovery_key.read(given)
    except ValueError as error:
        if phrase is None:
            raise Untrusted(f"That is no recovery key: {error}. Type it again.") from None
        try:
            key = await asyncio.to_thread(from_passphrase, given, phrase)
        except ValueError as odd:
            raise Untrusted(f"The secret storage is {odd}: use its recovery key.") from None
    if not fits(key, description):
        raise Untrusted(
            "The recovery key (or passphrase) does not open this account's secret storage: check"
            " that it is the newest one, of this account."
        )
    return key


async def default_key(client: Client) -> str | None:
    """Return the id of the account's storage key; None if there is no storage."""
    found = (await read(client, DEFAULT_KEY)).get("key")
    return found if isinstance(found, str) and found else None


async def read(client: Client, kind: str) -> Mapping[str, Any]:
    """Return the account data *kind*; empty if there is none. Raises as `call` does."""
    try:
        return await client.call("GET", "user", client.user_id, "account_data", kind)
    except Refused as refusal:
        if refusal.code == "M_NOT_FOUND":
            return {}
        raise


async def write(client: Client, kind: str, content: Mapping[str, Any]) -> None:
    """Replace the account data *kind*. Raises as `call` does."""
    await client.call("PUT", "user", client.user_id, "account_data", kind, body=content)
