"""Asks a homeserver how it is, without a session of the bot: for `init` and for `doctor`.

Reads only, but for one login that is ended at once. No crypto store is opened, so that it can be
done beside a running bot.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp
import vodozemac
from nio.crypto.sessions import OlmAccount

from bot.adapters.matrix import files
from bot.adapters.matrix.plain import mapping, sequence, text
from bot.adapters.matrix.trust.signing import signed_by

OK, UNKNOWN, TOO_MANY = 200, 404, 429
CLIENT = "/_matrix/client/v3"
_SECONDS = 15.0
_MOST_BYTES = 4 * 2**20
"""Of an answer: the keys of one account with hundreds of devices are smaller."""


class Unfit(Exception):
    """It cannot be used as it is; the sentence says why, `advice` what to do."""

    def __init__(self, sentence: str, advice: str = "") -> None:
        """Keep both."""
        super().__init__(f"{sentence} {advice}".rstrip())
        self.advice = advice


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int = 0
    """Of HTTP; 0: nothing came."""
    content: Mapping[str, Any] = field(default_factory=dict)
    """The JSON object in it, empty if there was none."""
    trouble: str = ""
    """Why nothing came, as the end of a sentence."""
    raw: bytes = b""
    clock: float | None = None
    """How many seconds the server's clock is ahead of ours (Date header; a second exact)."""
    seconds: float = 0.0
    """How long it took."""

    @property
    def fine(self) -> bool:
        """Whether it is what was asked for."""
        return self.status == OK

    @property
    def code(self) -> str:
        """Return the Matrix error code, "" if there is none."""
        return text(self.content.get("errcode"), 100) or ""


class Caller:
    """Asks; never raises for what the other side or the network does. An async context manager."""

    def __init__(self, address: str = "", token: str = "") -> None:
        """Speak to the server at *address* as the owner of *token*, if there is one."""
        self.address = address.rstrip("/")
        self.token = token

    async def __aenter__(self) -> Self:
        """Open."""
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        self._session = aiohttp.ClientSession(timeout=timeout, trust_env=False)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        await self._session.close()

    async def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Request *path* (quoted; below the address, or a whole one) and return what came."""
        address = path if "://" in path else self.address + path
        headers = {"Content-Type": "application/json"}
        if self.token and address.startswith(f"{self.address}/"):
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        loop = asyncio.get_running_loop()
        begin = loop.time()
        try:
            async with self._session.request(method, address, data=data, headers=headers) as came:
                now, seconds = datetime.now(UTC), loop.time() - begin
                raw = await _start_of(came)
        except Exception as error:  # noqa: BLE001 - aiohttp's tree, OSError, ssl, ValueError ...
            return Answer(trouble=_why(error))
        ahead = _ahead(came.headers.get("Date"), now, seconds)
        return Answer(came.status, _object(raw), "", raw, ahead, seconds)


async def _start_of(came: aiohttp.ClientResponse) -> bytes:
    raw = bytearray()
    async for chunk in came.content.iter_chunked(2**16):
        raw += chunk
        if len(raw) > _MOST_BYTES:
            came.close()
            return b""
    return bytes(raw)


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(raw))
    except (ValueError, RecursionError):
        return {}


def _ahead(header: str | None, now: datetime, seconds: float) -> float | None:
    """Return by how much the clock of the *header* is ahead, as the answer took *seconds*."""
    try:
        then = parsedate_to_datetime(header or "")
    except (ValueError, TypeError):
        return None
    if then.tzinfo is None:
        return None
    # it was written some time on the way, and cuts the second that it is in
    return (then - now).total_seconds() + seconds / 2 + 0.5


def _why(error: Exception) -> str:
    """Return what keeps the server from answering, as the end of a sentence."""
    if isinstance(error, TimeoutError):
        return f"there was no answer in {_SECONDS:.0f} s"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLError):
        return "its certificate is not valid"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not known"
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        return f"nothing answers there ({os.strerror(number) if number else 'no connection'})"
    if isinstance(error, aiohttp.InvalidURL | UnicodeError):
        return "that is no address"
    return f"the connection broke ({type(error).__name__})"


# --- the first contact: `comenius init` ------------------------------------------------------


async def discover(typed: str) -> str:
    """Return the address of the client API of what an admin *typed*, asked whether it is there.

    The name of a server, a user id or an address. Client-server API 4.1 "Well-known URIs". Raises
    Unfit.
    """
    typed = typed.strip().partition("/_matrix")[0]
    scheme, slashes, rest = typed.rpartition("://")
    name = (rest.partition(":")[2] if rest.startswith("@") else rest).rstrip("/")
    if not name or "/" in name or any(sign.isspace() for sign in name):
        raise Unfit("That is not the name of a server.", "Write it like school.example.")
    own = [f"{scheme.lower()}://{name}"] if slashes else []
    async with Caller() as caller:
        first = Answer()
        for address in own or [await _announced(caller, name) or f"https://{name}"]:
            first = await caller.ask("GET", f"{address}/_matrix/client/versions")
            if _is_matrix(first):
                return address
        announced = await _announced(caller, name) if own else None
        if announced and _is_matrix(
            await caller.ask("GET", f"{announced}/_matrix/client/versions")
        ):
            return announced
        if not first.status and scheme != "http" and ":" in name and await _is_open(caller, name):
            raise Unfit(
                f"{name} answers, but without encryption.",
                f"If that is meant, as on this machine, write http://{name}.",
            )
    if first.status:
        raise Unfit(
            f"{name} answers, but not as a Matrix server ({first.status}).",
            "Its admin knows the address of the client API, like https://matrix.school.example.",
        )
    raise Unfit(f"{name} cannot be reached: {first.trouble}.", "Is it spelt right?")


async def _is_open(caller: Caller, name: str) -> bool:
    """Tell whether a Matrix server answers there over http://."""
    return _is_matrix(await caller.ask("GET", f"http://{name}/_matrix/client/versions"))


async def _announced(caller: Caller, name: str) -> str | None:
    """Return the address that the server called *name* announces, if it does."""
    host = name if name.startswith("[") else name.partition(":")[0]
    answer = await caller.ask("GET", f"https://{host}/.well-known/matrix/client")
    found = text(mapping(answer.content.get("m.homeserver")).get("base_url"), 500)
    if not answer.fine or found is None or not found.startswith(("https://", "http://")):
        return None
    return found.rstrip("/")


def _is_matrix(answer: Answer) -> bool:
    return answer.fine and bool(sequence(answer.content.get("versions")))


async def try_password(address: str, user: str, password: str) -> str:
    """Log in and out again; return the whole user id. Raises Unfit."""
    if ":" in user and not user.startswith("@"):
        user = f"@{user}"
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": password,
        "initial_device_display_name": "comenius init (signs out at once)",
    }
    async with Caller(address) as caller:
        flows = await caller.ask("GET", f"{CLIENT}/login")
        kinds = {mapping(one).get("type") for one in sequence(flows.content.get("flows"))}
        if flows.fine and "m.login.password" not in kinds:
            raise Unfit(
                "This server takes no passwords from programs (it logs in by a web page).",
                "Give an access token instead: its admin can make one.",
            )
        answer = await caller.ask("POST", f"{CLIENT}/login", body)
        caller.token = text(answer.content.get("access_token"), 5000) or ""
        found = text(answer.content.get("user_id"), 255)
        if not answer.fine or not found:
            raise Unfit(*_refused(answer))
        await caller.ask("POST", f"{CLIENT}/logout", {})
    return found


async def try_token(address: str, token: str) -> str:
    """Return the user id of the owner of *token*. Raises Unfit."""
    async with Caller(address, token) as caller:
        answer = await caller.ask("GET", f"{CLIENT}/account/whoami")
    found = text(answer.content.get("user_id"), 255)
    if not answer.fine or not found:
        raise Unfit(*_refused(answer))
    if not text(answer.content.get("device_id"), 255):
        raise Unfit("This access token belongs to no device.", "Make one by logging in.")
    return found


def _refused(answer: Answer) -> tuple[str, str]:
    """Return in a sentence and an advice why the login failed."""
    match answer.code:
        case "M_FORBIDDEN":
            return "The server does not take this user with this password.", "Try again."
        case "M_UNKNOWN_TOKEN" | "M_MISSING_TOKEN":
            return "The server does not know this access token.", "Make a new one by logging in."
        case "M_USER_DEACTIVATED" | "M_USER_LOCKED":
            return "The account is deactivated or locked.", "Ask the admin of the server."
        case "M_LIMIT_EXCEEDED":
            return "The server wants a pause after so many attempts.", "Wait a minute."
    if answer.status:
        return f"The server refuses the login ({answer.status} {answer.code}).".replace(
            " )", ")"
        ), ""
    return f"The server cannot be reached: {answer.trouble}.", "Try again in a moment."


# --- the regular look: `comenius doctor` -----------------------------------------------------


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
