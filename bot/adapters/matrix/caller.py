"""The caller: asks a homeserver over HTTP without a session, whatever comes back or does not."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import aiohttp

from bot.adapters.matrix.plain import mapping, text

OK = 200
CLIENT = "/_matrix/client/v3"
_SECONDS = 15.0
_MOST_BYTES = 4 * 2**20
"""Of an answer: the keys of one account with hundreds of devices are smaller."""


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
