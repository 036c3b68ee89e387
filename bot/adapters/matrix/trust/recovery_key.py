"""Owns the recovery key: as people write it down, and where it lies until they have."""

from __future__ import annotations

import functools
import operator
from pathlib import Path

from bot.adapters.matrix import files
from bot.adapters.matrix.trust.state import Untrusted

FILE = "recovery.key"
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PREFIX = b"\x8b\x01"
_KEY_BYTES = 32
_ALL_BYTES = len(_PREFIX) + _KEY_BYTES + 1
_MOST_CHARACTERS = 48
"""35 bytes in base58; more is no key, and must not cost anything."""


def written(key: bytes) -> str:
    """Return the 32 bytes of *key* as people keep it: base58 in groups of four.

    Client-server API 11.12.3.4.2 "Encoding of the secret storage key" (base58, XOR parity).
    """
    raw = _PREFIX + key
    number = int.from_bytes(raw + bytes([_parity(raw)]), "big")
    text = ""
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        text = _ALPHABET[digit] + text
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def read(text: str) -> bytes:
    """Return the 32 bytes of a recovery key; blanks do not count.

    Raises ValueError with the reason if it is none.
    """
    bare = "".join(text.split())
    if len(bare) > _MOST_CHARACTERS:
        raise ValueError("it is too long")
    number = 0
    for character in bare:
        digit = _ALPHABET.find(character)
        if digit < 0:
            raise ValueError("a character in it never occurs in one")
        number = number * len(_ALPHABET) + digit
    try:
        raw = number.to_bytes(_ALL_BYTES, "big")
    except OverflowError:
        raise ValueError("it is too long") from None
    if not raw.startswith(_PREFIX) or _parity(raw):
        raise ValueError("it is mistyped or not complete")
    return raw[len(_PREFIX) : -1]


def _parity(raw: bytes) -> int:
    return functools.reduce(operator.xor, raw, 0)


def keep(directory: Path, account: str, key: bytes) -> None:
    """Let *key* wait in *directory* until the admin of *account* has written it down."""
    files.write(directory / FILE, {"account": account, "recovery_key": written(key)})


def waiting(directory: Path, account: str) -> str | None:
    """Return the recovery key of *account* that waits in *directory*, if one does.

    Raises Untrusted if the file is damaged: it may be the only copy.
    """
    try:
        kept = files.read(directory / FILE)
    except (ValueError, OSError) as error:
        raise Untrusted(f"{directory / FILE} cannot be read: restore it, or remove it.") from error
    key = kept.get("recovery_key")
    return key if isinstance(key, str) and kept.get("account") == account else None


def forget(directory: Path) -> None:
    """Remove the recovery key from this machine: it is written down elsewhere."""
    (directory / FILE).unlink(missing_ok=True)
