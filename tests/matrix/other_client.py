"""The bot's account in another client, written from the specification with another crypto library.

Nothing of the bot's own trust code is used here: what both agree on is the specification.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any

import vodozemac
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from bot.adapters.synapse import Synapse

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
USAGES = ("master", "self_signing", "user_signing")
BACKUP = "m.megolm_backup.v1.curve25519-aes-sha2"


def unpadded(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def padded(raw: bytes) -> str:
    """As Element writes it."""
    return base64.b64encode(raw).decode()


def raw(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def canonical(content: dict[str, Any]) -> bytes:
    bare = {k: v for k, v in content.items() if k not in {"signatures", "unsigned"}}
    return json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def good(public: str, content: dict[str, Any], user: str, name: str) -> bool:
    """Tell whether *content* is signed by the key called *name* whose public part is *public*."""
    signature = content.get("signatures", {}).get(user, {}).get(f"ed25519:{name}")
    if signature is None:
        return False
    key = vodozemac.Ed25519PublicKey.from_base64(public)
    key.verify_signature(canonical(content), vodozemac.Ed25519Signature.from_base64(signature))
    return True  # or SignatureException


def key_of(recovery_key: str) -> bytes:
    """Return the bytes of a recovery key."""
    number = 0
    for character in recovery_key.replace(" ", ""):
        number = number * 58 + BASE58.index(character)
    found = number.to_bytes(35, "big")
    assert found[:2] == b"\x8b\x01"
    assert _xor(found) == 0
    return found[2:-1]


def _xor(raw_bytes: bytes) -> int:
    result = 0
    for one in raw_bytes:
        result ^= one
    return result


def recovery_key_of(key: bytes) -> str:
    whole = b"\x8b\x01" + key
    number = int.from_bytes(whole + bytes([_xor(whole)]), "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return text


def derived(secret: bytes, info: bytes, length: int = 64) -> bytes:
    return HKDF(hashes.SHA256(), length, bytes(32), info).derive(secret)


def counter(key: bytes, vector: bytes, text: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.CTR(vector)).encryptor()
    return encryptor.update(text) + encryptor.finalize()


def ssss_seal(key: bytes, name: str, plain: bytes) -> dict[str, str]:
    both = derived(key, name.encode())
    vector = bytearray(secrets.token_bytes(16))
    vector[8] &= 0x7F
    hidden = counter(both[:32], bytes(vector), plain)
    mac = hmac.digest(both[32:], hidden, "sha256")
    return {"iv": padded(bytes(vector)), "ciphertext": padded(hidden), "mac": padded(mac)}


def ssss_open(key: bytes, name: str, box: dict[str, str]) -> bytes:
    both = derived(key, name.encode())
    hidden = raw(box["ciphertext"])
    assert raw(box["mac"]) == hmac.digest(both[32:], hidden, "sha256")
    return counter(both[:32], raw(box["iv"]), hidden)


def phrase_key(phrase: str, salt: str, iterations: int) -> bytes:
    return PBKDF2HMAC(hashes.SHA512(), 32, salt.encode(), iterations).derive(phrase.encode())


def unseal_session(private: bytes, data: dict[str, str]) -> dict[str, Any]:
    """Open the `session_data` of a backed-up room key (spec 11.12.3.3.1)."""
    ephemeral = X25519PublicKey.from_public_bytes(raw(data["ephemeral"]))
    shared = X25519PrivateKey.from_private_bytes(private).exchange(ephemeral)
    keys = derived(shared, b"", 80)
    assert raw(data["mac"]) == hmac.digest(keys[32:64], b"", "sha256")[:8]  # libolm's way: of ""
    decryptor = Cipher(algorithms.AES(keys[:32]), modes.CBC(keys[64:])).decryptor()
    text = decryptor.update(raw(data["ciphertext"])) + decryptor.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    content: dict[str, Any] = json.loads(unpadder.update(text) + unpadder.finalize())
    return content


class Pen:
    """An ed25519 key."""

    def __init__(self, seed: bytes | None = None) -> None:
        self.seed = seed or secrets.token_bytes(32)
        self._key = Ed25519PrivateKey.from_private_bytes(self.seed)
        self.public = unpadded(self._key.public_key().public_bytes_raw())

    def sign(self, content: dict[str, Any], user: str, name: str | None = None) -> None:
        """Add our signature to *content*."""
        made = unpadded(self._key.sign(canonical(content)))
        mine = content.setdefault("signatures", {}).setdefault(user, {})
        mine[f"ed25519:{name or self.public}"] = made


@dataclass
class Storage:
    """A secret storage key."""

    name: str
    key: bytes


class OtherClient:
    """Another session of the bot's account, by raw requests."""

    def __init__(self, synapse: Synapse, user: str) -> None:
        self.synapse = synapse
        self.user = user
        self.token = ""
        self.device = ""
        self.pens: dict[str, Pen] = {}

    async def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        address = f"/_matrix/client/v3{path}"
        return await asyncio.to_thread(self.synapse.ask, method, address, body, self.token)

    async def enter(self) -> OtherClient:
        who = {"type": "m.id.user", "user": self.user}
        body = {"type": "m.login.password", "identifier": who, "password": "secret"}
        answer = await self.ask("POST", "/login", body)
        self.token, self.device = answer["access_token"], answer["device_id"]
        return self

    # --- account data ---------------------------------------------------------------------------

    async def data(self, kind: str) -> dict[str, Any]:
        return await self.ask("GET", f"/user/{self.user}/account_data/{kind}")

    async def put_data(self, kind: str, content: object) -> None:
        assert await self.ask("PUT", f"/user/{self.user}/account_data/{kind}", content) == {}

    async def make_storage(self, phrase: str | None = None) -> Storage:
        """Make secret storage as Element does; *phrase*: with a security phrase."""
        key, told = secrets.token_bytes(32), {}
        if phrase is not None:
            told = {"algorithm": "m.pbkdf2", "iterations": 500_000, "salt": secrets.token_hex(16)}
            key = phrase_key(phrase, str(told["salt"]), 500_000)
        storage = Storage(secrets.token_hex(16), key)
        check = ssss_seal(key, "", bytes(32))
        description: dict[str, Any] = {
            "algorithm": "m.secret_storage.v1.aes-hmac-sha2",
            "iv": check["iv"],
            "mac": check["mac"],
        }
        if told:
            description["passphrase"] = told
        await self.put_data(f"m.secret_storage.key.{storage.name}", description)
        await self.put_data("m.secret_storage.default_key", {"key": storage.name})
        return storage

    async def open_storage(self, recovery_key: str) -> Storage:
        """Open the account's secret storage, and check the key by its description."""
        name = (await self.data("m.secret_storage.default_key"))["key"]
        description = await self.data(f"m.secret_storage.key.{name}")
        assert description["algorithm"] == "m.secret_storage.v1.aes-hmac-sha2"
        storage = Storage(name, key_of(recovery_key))
        both = derived(storage.key, b"")
        hidden = counter(both[:32], raw(description["iv"]), bytes(32))
        assert raw(description["mac"]) == hmac.digest(both[32:], hidden, "sha256")
        return storage

    async def secret(self, storage: Storage, name: str) -> bytes:
        box = (await self.data(name))["encrypted"][storage.name]
        text = ssss_open(storage.key, name, box).decode()
        assert len(text) == 43, "unpadded base64 of 32 bytes"
        return raw(text)

    async def put_secret(self, storage: Storage, name: str, secret: bytes) -> None:
        boxes = (await self.data(name)).get("encrypted", {})
        boxes[storage.name] = ssss_seal(storage.key, name, unpadded(secret).encode())
        await self.put_data(name, {"encrypted": boxes})

    # --- identity -------------------------------------------------------------------------------

    async def identity(self) -> dict[str, Any]:
        """Return the account's master, self-signing and device keys as everybody sees them."""
        answer = await self.ask("POST", "/keys/query", {"device_keys": {self.user: []}})
        return {
            "master": answer["master_keys"].get(self.user),
            "self_signing": answer["self_signing_keys"].get(self.user),
            "devices": answer["device_keys"].get(self.user, {}),
        }

    async def master(self) -> str | None:
        """Return the public master key, if there is one."""
        found = (await self.identity())["master"]
        return next(iter(found["keys"].values())) if found else None

    async def make_identity(self, storage: Storage | None) -> None:
        """Make (or, with the password, REPLACE) the account's cross-signing keys."""
        self.pens = {usage: Pen() for usage in USAGES}
        body: dict[str, Any] = {}
        for usage, pen in self.pens.items():
            if storage:
                await self.put_secret(storage, f"m.cross_signing.{usage}", pen.seed)
            key: dict[str, Any] = {"user_id": self.user, "usage": [usage]}
            key["keys"] = {f"ed25519:{pen.public}": pen.public}
            if usage != "master":
                self.pens["master"].sign(key, self.user)
            body[f"{usage}_key"] = key
        answer = await self.ask("POST", "/keys/device_signing/upload", body)
        if "session" in answer:
            who = {"type": "m.id.user", "user": self.user}
            body["auth"] = {"type": "m.login.password", "identifier": who, "password": "secret"}
            body["auth"]["session"] = answer["session"]
            answer = await self.ask("POST", "/keys/device_signing/upload", body)
        assert answer == {}

    async def sign_device(self, device: str) -> None:
        """Say that *device* is the owner's."""
        keys = (await self.identity())["devices"][device]
        keys = {k: v for k, v in keys.items() if k not in {"signatures", "unsigned"}}
        self.pens["self_signing"].sign(keys, self.user)
        answer = await self.ask("POST", "/keys/signatures/upload", {self.user: {device: keys}})
        assert answer == {"failures": {}}

    async def load_pens(self, storage: Storage) -> None:
        """Take the identity's secrets out of *storage*."""
        names = {usage: f"m.cross_signing.{usage}" for usage in USAGES}
        self.pens = {u: Pen(await self.secret(storage, name)) for u, name in names.items()}

    # --- key backup -----------------------------------------------------------------------------

    async def make_backup(self, storage: Storage | None, *, signed: bool = True) -> bytes:
        """Make a new version of the key backup; return its private key."""
        private = secrets.token_bytes(32)
        if storage:
            await self.put_secret(storage, "m.megolm_backup.v1", private)
        public = X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
        auth: dict[str, Any] = {"public_key": unpadded(public)}
        if signed:
            self.pens["master"].sign(auth, self.user)
        answer = await self.ask(
            "POST", "/room_keys/version", {"algorithm": BACKUP, "auth_data": auth}
        )
        assert answer["version"]
        return private

    async def backed_up(self, private: bytes) -> dict[tuple[str, str], dict[str, Any]]:
        """Return (room, session) -> room key of all that is in the current backup."""
        version = (await self.ask("GET", "/room_keys/version"))["version"]
        rooms = (await self.ask("GET", f"/room_keys/keys?version={version}"))["rooms"]
        return {
            (room, name): unseal_session(private, entry["session_data"])
            for room, part in rooms.items()
            for name, entry in part["sessions"].items()
        }
