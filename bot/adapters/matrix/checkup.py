"""The regular look at a homeserver and at the session of the bot there, for `doctor`.

Reads only. No crypto store is opened by nio, so that it can be done beside a running bot.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote

import vodozemac
from nio.crypto.sessions import OlmAccount

from bot.adapters.matrix import files
from bot.adapters.matrix.caller import CLIENT, Answer, Caller
from bot.adapters.matrix.first_contact import Unfit
from bot.adapters.matrix.plain import mapping
from bot.adapters.matrix.trust.signing import signed_by


@dataclass(frozen=True)
class Session:
    """The session that the bot made for itself."""

    user: str
    device: str
    token: str = field(repr=False)


def session(directory: Path) -> Session | None:
    """Return the session kept in the matrix *directory*, None if there is none yet.

    Raises Unfit if the file is damaged.
    """
    try:
        kept = files.read(directory / "session.json")
    except NotADirectoryError:
        return None  # something else lies where the folder should be
    except (ValueError, OSError) as error:
        raise Unfit("session.json cannot be read.", "Restore it from a backup.") from error
    values = [kept.get(name) for name in ("user_id", "device_id", "access_token")]
    user, device, token = (value if isinstance(value, str) else "" for value in values)
    return Session(user, device, token) if token else None


def opens(store: Path, key: str) -> bool | None:
    """Tell whether *key* opens the crypto *store*; None if that is damaged. Nothing is written."""
    try:
        address = f"file:{quote(str(store.absolute()))}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=10)) as database:
            row = database.execute("select account from accounts").fetchone()
        if row:
            OlmAccount.from_pickle(row[0], key)
    except (vodozemac.PickleException, vodozemac.LibolmPickleException):
        return False
    except (sqlite3.Error, ValueError, TypeError, AttributeError):
        return None
    return True


@dataclass(frozen=True)
class Look:
    """What a homeserver tells about itself and about one account on it."""

    versions: Answer
    owner: Answer
    """`whoami` of the session; nothing came where there is no session."""
    keys: Answer
    backup: Answer
    media: Answer
    devices: Answer
    limits: Answer
    """Synapse's override of the rate limit; only admins of the server may see it."""


async def look(address: str, token: str, user: str) -> Look:
    """Ask the server at *address* as *user*, the owner of *token*; without one only if it is there.

    Eight requests at most; nothing is changed by them.
    """
    async with Caller(address) as caller:  # Synapse answers 401 to a token that was revoked
        versions = await caller.ask("GET", "/_matrix/client/versions")
        if not versions.fine or not token:
            return Look(versions, *[Answer()] * 6)
        caller.token = token
        owner = await caller.ask("GET", f"{CLIENT}/account/whoami")
        if not owner.fine:
            return Look(versions, owner, *[Answer()] * 5)
        media = await caller.ask("GET", "/_matrix/client/v1/media/config")
        if not media.fine:  # before v1.11
            media = await caller.ask("GET", "/_matrix/media/v3/config")
        override = f"/_synapse/admin/v1/users/{quote(user, safe='')}/override_ratelimit"
        return Look(
            versions,
            owner,
            keys=await caller.ask("POST", f"{CLIENT}/keys/query", {"device_keys": {user: []}}),
            backup=await caller.ask("GET", f"{CLIENT}/room_keys/version"),
            media=media,
            devices=await caller.ask("GET", f"{CLIENT}/devices"),
            limits=await caller.ask("GET", override),
        )


class Trusted(StrEnum):
    """How others see a device."""

    YES = "yes"
    NO_KEYS = "no keys"
    """The device has not published its own keys."""
    NO_IDENTITY = "no identity"
    """The account has no cross-signing keys."""
    NOT_SIGNED = "not signed"


def trusted(keys: Answer, user: str, device: str) -> Trusted:
    """Tell from the answer to `/keys/query` how others see a *device*, every signature checked.

    Client-server API 11.12.3.3 "Cross-signing".
    """
    own = mapping(mapping(keys.content.get("device_keys")).get(user)).get(device)
    if not own:
        return Trusted.NO_KEYS
    master, signing = (
        mapping(mapping(keys.content.get(f"{kind}_keys")).get(user))
        for kind in ("master", "self_signing")
    )
    top, below = _public(master), _public(signing)
    if not top or not below or not signed_by(signing, user, top):
        return Trusted.NO_IDENTITY
    return Trusted.YES if signed_by(mapping(own), user, below) else Trusted.NOT_SIGNED


def _public(key: Mapping[str, Any]) -> str:
    """Return the one public key in a cross-signing *key*."""
    return next((one for one in mapping(key.get("keys")).values() if isinstance(one, str)), "")
