"""Says how far the bot's device is trusted: what an admin is shown, and what keeps it from more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Identity = Literal["ours", "none", "foreign"]
"""Whose the account's cross-signing keys are: of this device too, not made yet, of others only."""


class Untrusted(Exception):
    """A step towards trust that this bot cannot or must not take; its text says what to do."""


@dataclass(frozen=True)
class Restored:
    """What came out of the key backup."""

    sessions: int = 0
    """Room keys that can be used now."""
    failed: int = 0
    """Entries that were damaged, foreign or of an unknown kind."""


@dataclass(frozen=True)
class TrustState:
    """How the bot's device and keys are, without a secret in it."""

    device: str
    """The id of this device."""
    fingerprint: str
    """Its ed25519 key in groups of four characters, as other clients show it."""
    cross_signed: bool
    """Whether others see this device as verified by its owner."""
    identity: Identity
    secret_storage: bool
    """Whether the account has one (a recovery key opens it)."""
    backup: str | None
    """The version of the key backup that room keys go to; None: they go nowhere."""
    backed_up: int
    """Room keys in that backup, as far as we put them there or read them from there."""
    sessions: int
    """Room keys on this device."""
    fallback_key: bool | None
    """Whether others can write to us when all one-time keys are used up; None: unknown."""
    recovery_key_waits: bool
    """Whether the recovery key still lies on this machine, to be written down and removed."""
    trouble: str
    """One sentence that says what to do; empty if there is nothing."""


def fingerprint(key: str) -> str:
    """Return an ed25519 *key* in groups of four characters, as Element shows it."""
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))
