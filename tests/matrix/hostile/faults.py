"""What a homeserver, or who stands before it, can do wrong with a request."""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import Any

from aiohttp import web

from tests.matrix.hostile.server import CIRCLE, Fault, refuse


def answers(**options: Any) -> Fault:
    """Make a fault that answers with these."""

    async def fault(_request: web.Request) -> web.StreamResponse:
        return web.Response(**options)

    return fault


def says(content: Any) -> Fault:
    """Make a fault that answers 200 with *content* as JSON (or as it is, if it is bytes)."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return answers(body=raw, content_type="application/json")


def refuses(status: int, headers: dict[str, str] | None = None, **fields: Any) -> Fault:
    async def fault(_request: web.Request) -> web.StreamResponse:
        answer = refuse(status, **fields)
        answer.headers.update(headers or {})
        return answer

    return fault


async def truncated(request: web.Request) -> web.StreamResponse:
    """Answer with less than is announced."""
    answer = web.StreamResponse(headers={"Content-Length": "1000"})
    await answer.prepare(request)
    await answer.write(b'{"next_batch":')
    assert request.transport
    request.transport.close()
    return answer


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.abort()
    return web.Response()


async def hung(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(3600)
    return web.Response()


async def hung_within(request: web.Request) -> web.StreamResponse:
    """Begin an answer, and never end it."""
    answer = web.StreamResponse()
    await answer.prepare(request)
    await answer.write(b'{"next_batch":')
    await asyncio.sleep(3600)
    return answer


async def dripping(request: web.Request) -> web.StreamResponse:
    """Send a byte now and then, for ever."""
    answer = web.StreamResponse()
    await answer.prepare(request)
    while True:
        await answer.write(b" ")
        await asyncio.sleep(0.02)


class Endless:
    """Sends as much as is taken, up to *most* bytes, then what would be a good answer."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.sent = 0

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        while self.sent < self.most:
            await answer.write(b" " * 65536)
            self.sent += 65536
        await answer.write(b'{"next_batch": "e"}')
        return answer


def bomb(size: int) -> Fault:
    """Make an answer that is small on its way and has *size* bytes when it is unpacked."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join(packer.compress(b" " * 65536) for _ in range(size // 65536))
    packed += packer.compress(b'{"next_batch": "bomb"}') + packer.flush()

    async def fault(_request: web.Request) -> web.StreamResponse:
        # handed over as it is: aiohttp would pack it once more
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        return web.Response(body=packed, headers=headers)

    return fault


def raw(content: bytes) -> Fault:
    """Make a fault that sends bytes instead of HTTP, and hangs up."""

    async def fault(request: web.Request) -> web.StreamResponse:
        assert request.transport
        request.transport.write(content)
        request.transport.close()
        return web.Response()

    return fault


async def looping(_request: web.Request) -> web.StreamResponse:
    """Send on to what sends on, for ever."""
    return web.Response(status=307, headers={"Location": f"/{CIRCLE}"})


async def leading_away(_request: web.Request) -> web.StreamResponse:
    """Send on to where nobody is."""
    return web.Response(status=307, headers={"Location": "http://127.0.0.1:1/x"})


_HTML = answers(status=502, text="<html>Bad gateway", content_type="text/html")
_JSON = "application/json"
_GOOD = b'{"next_batch": "s"}'
EVERYWHERE: dict[str, Fault] = {
    "502 with HTML": _HTML,
    "500 with JSON": refuses(500, errcode="M_UNKNOWN"),
    "504 with nothing": answers(status=504),
    "429 without a time": refuses(429, errcode="M_LIMIT_EXCEEDED"),
    "truncated": truncated,
    "reset": reset,
    "hung": hung,
    "hung within the answer": hung_within,
    "dripping": dripping,
    "invalid UTF-8": says(b'{"next_batch": "\xff\xfe"}'),
    "invalid JSON": says(b'{"next_batch": "s'),
    "a list": says([]),
    "a number": says(5),
    "null": says(None),
    "nothing": says(b""),
    "an HTML page that says 200": answers(text="<html>Welcome", content_type="text/html"),
    "a redirect to nowhere": answers(status=302, headers={"Location": "/nowhere"}),
    "a redirect in a circle": looping,
    "a redirect away": leading_away,
    "a redirect without address": answers(status=302),
    "not HTTP": raw(b"220 smtp.example ESMTP\r\n"),
    "an odd status": raw(b"HTTP/1.1 -5 No\r\n\r\n"),
    "a header of 100 kB": raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n{}"),
    "a length that is too short": raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + _GOOD + b" " * 50
    ),
    "a length that is none": raw(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}"),
    "chunks that are none": raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"
    ),
    "gzip that is none": raw(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 19\r\n\r\n" + _GOOD
    ),
    "an encoding nobody knows": answers(
        body=b"\x00\x01", headers={"Content-Encoding": "eu.example"}
    ),
    "not 200 but 202": answers(status=202, body=_GOOD),
    "204": answers(status=204),
}
"""Failures that concern any request, and pass."""
