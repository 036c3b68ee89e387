"""Owns the requests to the homeserver: JSON out, a JSON object or one of two failures in."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import ClientResponse
from nio.client.async_client import AsyncClient, AsyncClientConfig

from bot.adapters.matrix.plain import json_object, mapping, text, whole
from bot.adapters.matrix.trust.room_keys import RoomKeyStore

OK = 200
SERVER_ERROR = 500
TOO_MANY = 429
_LONGEST_WAIT = 3600.0
LONGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer; of a whole account's first sync four times as many."""
_UPLOAD_SECONDS = 120.0
_DOWNLOAD_SECONDS = 20.0
"""Whoever posted a file may own the server that it comes from, and all rooms wait meanwhile."""


class Refused(Exception):
    """The homeserver answered, and not with 200."""

    def __init__(self, status: int, code: str, retry_after: float | None, *, soft: bool) -> None:
        """Keep the HTTP *status*, the Matrix error *code* ("" if none), the wait it asked for."""
        super().__init__(f"{status} {code}".rstrip())
        self.status = status
        self.code = code
        self.retry_after = retry_after
        """Seconds, from `retry_after_ms` (older servers) or the `Retry-After` header."""
        self.soft = soft
        """`soft_logout`: the session is alive, only the token is not."""
        self.content: Mapping[str, Any] = {}
        """The answer's JSON; where a proof is asked for, which (spec 5.3)."""

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed later."""
        # without a code it was not Matrix that answered: a proxy before a stopped server
        return self.status >= SERVER_ERROR or self.status == TOO_MANY or not self.code


class Unreachable(Exception):
    """No answer, or one that is not Matrix: refused, reset, hung, truncated, not JSON."""

    def __init__(self, reason: str) -> None:
        """Keep the *reason*, the name of a kind of failure without any address."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class _Sent:
    """The body of a request."""

    content: bytes | None
    mimetype: str = "application/json"


class Client(AsyncClient):
    """matrix-nio's client, of which we use the session, the Olm machine and its store.

    Its own `sync`, `room_send` and `_send` are left alone: they hide connection errors, ignore
    `Retry-After`, sleep inside the call, and parse what strangers send before anybody can look
    (`reference/matrix-stack.md` 2 and 5).
    """

    def __init__(self, homeserver: str, user: str, directory: str, pickle_key: str) -> None:
        """Speak to *homeserver*; the crypto store lives in *directory* under *pickle_key*."""
        # nio and peewee log ids of users and rooms at WARNING; we say what matters ourselves.
        for name in ("nio", "peewee"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        config = AsyncClientConfig(
            store=RoomKeyStore,  # DefaultStore keeps trust in text files beside the database
            encryption_enabled=True,
            pickle_key=pickle_key,  # nio's default is the string "DEFAULT_KEY"
            store_sync_tokens=False,  # nio stores the token before anything was handled
        )
        super().__init__(homeserver.rstrip("/"), user, store_path=directory, config=config)

    async def call(  # noqa: PLR0913 - all but one have a default
        self,
        method: str,
        *path: str,
        body: object = None,
        query: dict[str, str] | None = None,
        seconds: float = 60,
        api: str = "/_matrix/client/v3",
        most: int = LONGEST_ANSWER,
    ) -> dict[str, Any]:
        """Request *path* (its parts, each quoted here) and return the answer's JSON object.

        Raises Refused or Unreachable, and nothing else, within *seconds*; so does an answer of
        more than *most* bytes. One attempt.
        """
        address = "/".join((api, _path(path)))
        if query:
            address += "?" + urlencode(query, errors="replace")
        data = None if body is None else json.dumps(body, allow_nan=False).encode()
        raw = await self._exchange(method, address, _Sent(data), seconds, most)
        content = json_object(raw)
        if content is None:
            raise Unreachable("the answer is not a JSON object")
        return content

    async def upload_bytes(self, content: bytes, mimetype: str, name: str) -> str:
        """Put *content* into the server's media; return its mxc address.

        *name* is told to the server; leave it out of what is encrypted. Raises as `call` does.
        """
        address = "/_matrix/media/v3/upload" + (f"?{urlencode({'filename': name})}" if name else "")
        raw = await self._exchange("POST", address, _Sent(content, mimetype), _UPLOAD_SECONDS)
        found = text(mapping(json_object(raw)).get("content_uri"), 500)
        if found is None or not found.startswith("mxc://"):
            raise Unreachable("the upload was not answered with an address")
        return found

    async def download_bytes(self, server: str, media: str, limit: int) -> bytes:
        """Return a file of at most *limit* bytes from the server's media; raises as `call` does."""
        address = f"/_matrix/client/v1/media/download/{_path((server, media))}"
        return await self._exchange("GET", address, _Sent(None), _DOWNLOAD_SECONDS, limit)

    async def _exchange(
        self, method: str, address: str, sent: _Sent, seconds: float, limit: int = LONGEST_ANSWER
    ) -> bytes:
        """Request *address* once; return the body of a good answer."""
        headers = {"Content-Type": sent.mimetype}
        if self.access_token:
            headers["Authorization"] = f"Bearer {self.access_token}"
        try:
            async with asyncio.timeout(seconds):
                answer = await self.send(method, address, sent.content, headers, timeout=0)
                raw = await _at_most(answer, limit)
        except TimeoutError:
            raise Unreachable("no answer in time") from None
        except Exception as error:
            # aiohttp's tree of errors, ValueError for a bad address, OSError, ssl.SSLError ...
            raise Unreachable(type(error).__name__) from error
        if answer.status != OK:
            told = mapping(json_object(raw))
            refusal = Refused(
                answer.status,
                text(told.get("errcode"), 100) or "",
                _wait(told.get("retry_after_ms"), answer.headers.get("Retry-After")),
                soft=told.get("soft_logout") is True,
            )
            refusal.content = told
            raise refusal
        return raw

    @property
    def room_keys(self) -> RoomKeyStore:
        """The crypto store, once logged in."""
        assert isinstance(self.store, RoomKeyStore)  # noqa: S101 - for mypy: we chose it above
        return self.store

    async def shut(self) -> None:
        """Close the connections and the crypto store."""
        await self.close()  # type: ignore[no-untyped-call]
        if self.store:  # nio leaves the database open
            self.store.database.close()


async def _at_most(answer: ClientResponse, limit: int) -> bytes:
    """Return the body of *answer*; one of more than *limit* bytes is not read to its end."""
    raw = bytearray()
    try:
        async for chunk in answer.content.iter_chunked(64 * 1024):
            raw += chunk
            if len(raw) > limit:
                raise ValueError("too long")  # noqa: TRY301 - caught to close, then raised again
    except BaseException:
        answer.close()  # or the connection stays open until somebody collects garbage
        raise
    return bytes(raw)


def _path(parts: tuple[str, ...]) -> str:
    """Return *parts* as a path; a lone surrogate, which no address can hold, becomes "?"."""
    return "/".join(quote(part, safe="", errors="replace") for part in parts)


def _wait(milliseconds: object, header: str | None) -> float | None:
    """Return the seconds to wait that a 429 names, if it does (spec v1.10: the header wins)."""
    seconds = whole(header)
    if seconds is None and (told := whole(milliseconds)) is not None:
        return min(max(told / 1000, 0.0), _LONGEST_WAIT)
    return None if seconds is None else min(max(float(seconds), 0.0), _LONGEST_WAIT)
