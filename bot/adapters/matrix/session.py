"""Owns the login: one device, kept for ever in session.json."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import vodozemac
from peewee import DatabaseError  # type: ignore[import-untyped]

from bot.adapters.matrix import files
from bot.adapters.matrix.client import Client, Refused, Unreachable

Progress = Callable[[str], None]
"""Is told in a sentence what takes long."""

_log = logging.getLogger(__name__)
EXPIRED = "ORG_MATRIX_EXPIRED_ACCOUNT"
"""Synapse's code for an account whose time is over ("account_validity")."""
_ADVICE = {
    "M_UNKNOWN_TOKEN": (
        "The homeserver does not know this session (any more). Give a new access token, or delete"
        " session.json beside the crypto store to log in anew with the password."
    ),
    "M_FORBIDDEN": "Check user name and password (or access token) in the settings.",
    "M_USER_DEACTIVATED": "The account is deactivated. Ask the admin of the homeserver.",
    EXPIRED: "The account has expired. Ask the admin of the homeserver to renew it.",
    "M_USER_LOCKED": "The account is locked. Ask the admin of the homeserver.",
}


@dataclass(frozen=True)
class MatrixSettings:
    """What is needed to log in, in plain values."""

    homeserver: str
    """Base address of the client API."""
    user: str
    """@name:server, or only the name."""
    token: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    device_name: str = "Comenius"
    allow: tuple[str, ...] = ()
    """Who may invite: `@user:server` or server names, with * and ?. Empty = nobody."""
    pickle_key: str = field(default="", repr=False)
    """Encrypts the crypto store; empty = one is made and kept beside it."""
    recovery_key: str | None = field(default=None, repr=False)
    """Opens the account's secret storage, should this device not be trusted yet."""
    only_cross_signed: bool = False
    """Speak only with devices that their owners have cross-signed; else with all."""


class LoginRefused(Exception):
    """The homeserver does not let us in, and trying again will not help."""

    def __init__(self, code: str, advice: str | None = None) -> None:
        """Keep the Matrix error *code* and an *advice* for the admin."""
        self.code = code
        self.advice = advice or _ADVICE.get(code, "Check homeserver, user and token or password.")
        super().__init__(f"{code}: {self.advice}" if code else self.advice)


async def log_in(client: Client, settings: MatrixSettings, directory: Path, now: datetime) -> None:
    """Make *client* logged in, its crypto store loaded; a new device exists since *now* (aware).

    In order: the token of the settings, the one in session.json, the password (once). Raises
    LoginRefused; Refused or Unreachable if it is worth trying again.
    """
    path = directory / "session.json"
    try:
        kept = files.read(path)
    except ValueError:
        raise LoginRefused("", "session.json is damaged: restore it, or delete it.") from None
    given = settings.token or kept.get("access_token")
    if isinstance(given, str) and given:
        answer = await _by_token(client, settings, given, kept.get("device_id"))
    elif settings.password is not None:
        answer = await _by_password(client, settings, None)
    else:
        raise LoginRefused("", "Neither an access token nor a password is set.")
    new: dict[str, Any] = {
        name: answer.get(name) for name in ("user_id", "device_id", "access_token")
    }
    if not all(isinstance(value, str) and value for value in new.values()):
        # whoami has no device_id for tokens without one (application services, admin tokens)
        advice = "The access token belongs to no device: make one by logging in."
        raise LoginRefused("", advice)
    if kept.get("user_id") not in {None, new["user_id"]}:
        (directory / "sync.json").unlink(missing_ok=True)  # another account's place in the stream
    store = directory / f"{new['user_id']}_{new['device_id']}.db"  # nio's name for it
    if kept.get("device_id") == new["device_id"] and not store.exists():
        # a new Olm account under an old device id would be distrusted by everybody
        raise LoginRefused("", "The crypto store is missing: restore it, or delete session.json.")
    try:
        client.restore_login(**new)  # loads or creates the Olm account
    except (vodozemac.PickleException, vodozemac.LibolmPickleException) as error:
        raise LoginRefused(
            "",
            "The crypto store was made with another key: give that one (matrix.crypto_key_file).",
        ) from error
    except DatabaseError as error:
        raise LoginRefused(
            "", f"{store} is damaged: restore it, or delete session.json."
        ) from error
    store.chmod(0o600)
    same = all(kept.get(name) == new[name] for name in ("user_id", "device_id"))
    session = (kept if same else {"since": now.isoformat()}) | new
    if session != kept:
        files.write(path, session)


def device_since(directory: Path) -> datetime | None:
    """Return since when (aware) the device in session.json exists; None: that was not noted.

    What was tried before then was tried by another device: its transaction ids are not ours.
    """
    try:
        since = datetime.fromisoformat(str(files.read(directory / "session.json").get("since")))
    except ValueError:
        return None
    return since if since.tzinfo else None


async def renew(client: Client, settings: MatrixSettings, directory: Path) -> None:
    """Get a new token for the same device after a soft logout. Raises as log_in does."""
    if settings.password is None:
        raise LoginRefused("M_UNKNOWN_TOKEN")
    old = client.access_token
    try:
        answer = await _by_password(client, settings, client.device_id)
    finally:
        client.access_token = old  # or the next sync would be refused as one without a token
    new = answer.get("access_token")
    if not isinstance(new, str) or not new:
        raise Unreachable("the login was not answered with a token")
    client.access_token = new
    kept = files.read(directory / "session.json")
    try:
        files.write(directory / "session.json", kept | {"access_token": new})
    except OSError as error:
        _log.error("the new token cannot be saved (%s)", type(error).__name__)


async def _by_token(
    client: Client, settings: MatrixSettings, token: str, device: object
) -> dict[str, Any]:
    """Ask whose *token* it is; if it has expired, get a new one for the same *device*."""
    client.access_token = token
    try:
        return await client.call("GET", "account", "whoami") | {"access_token": token}
    except Refused as refusal:
        if refusal.passing:
            raise
        if not (refusal.soft and settings.password is not None and isinstance(device, str)):
            raise LoginRefused(refusal.code or str(refusal)) from refusal
    return await _by_password(client, settings, device)


async def _by_password(
    client: Client, settings: MatrixSettings, device: str | None
) -> dict[str, Any]:
    """Log in by password (client-server API 5.7.5), as *device* if there is one."""
    body: dict[str, object] = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": settings.user},
        "password": settings.password,
        "initial_device_display_name": settings.device_name,
    }
    if device:
        body["device_id"] = device
    client.access_token = ""
    try:
        return await client.call("POST", "login", body=body)
    except Refused as refusal:
        if refusal.passing:
            raise
        raise LoginRefused(refusal.code or str(refusal)) from refusal
