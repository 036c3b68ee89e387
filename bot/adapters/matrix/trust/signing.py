"""Owns ed25519 signatures over JSON (Matrix specification, appendix 3 "Signing JSON")."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from typing import Any

import vodozemac
from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

SEED_BYTES = 32
_LONGEST = 100_000
"""Characters of base64 that are looked at; what we decode is a hundred."""


def encode(raw: bytes) -> str:
    """Return *raw* as unpadded base64, as the specification writes it."""
    return base64.b64encode(raw).decode().rstrip("=")


def decode(text: object) -> bytes:
    """Return what is in the base64 *text*, padded (as Element writes it) or not.

    Raises ValueError for anything else.
    """
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise ValueError("not base64")
    bare = "".join(text.split()).rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return *content* as canonical JSON, without what is never signed.

    Raises ValueError if it has none (a lone surrogate, NaN).
    """
    signed = {k: v for k, v in content.items() if k not in {"signatures", "unsigned"}}
    text = json.dumps(
        signed, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
    )
    return text.encode()


class SigningKey:
    """An ed25519 key that can sign: one of the account's three cross-signing keys."""

    def __init__(self, seed: bytes | None = None) -> None:
        """Take the 32 bytes of *seed*, or make new ones. Raises ValueError for a wrong length."""
        self.seed = secrets.token_bytes(SEED_BYTES) if seed is None else seed
        if len(self.seed) != SEED_BYTES:
            raise ValueError("a signing key has 32 bytes")
        self._key = ECC.construct(curve="Ed25519", seed=self.seed)
        self.public = encode(self._key.public_key().export_key(format="raw"))

    def sign(self, content: Mapping[str, Any]) -> str:
        """Return the signature over *content*, in base64."""
        return encode(eddsa.new(self._key, "rfc8032").sign(canonical(content)))


def signed_by(content: Mapping[str, Any], user: str, key: str) -> bool:
    """Tell whether *content* carries a good signature of *user* by the ed25519 public *key*.

    Looks for it under the key's own name, as cross-signing keys are named; never raises.
    """
    return signed_as(content, user, key, key)


def signed_as(content: Mapping[str, Any], user: str, name: str, key: str) -> bool:
    """Tell the same of a *key* that is called *name* (a device's key has the device's id)."""
    try:
        signature = content["signatures"][user][f"ed25519:{name}"]
        public = vodozemac.Ed25519PublicKey.from_base64(key)
        public.verify_signature(
            canonical(content), vodozemac.Ed25519Signature.from_base64(signature)
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return True
