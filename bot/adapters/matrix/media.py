"""Reads posted files, and fetches what is in them, decrypted."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from nio.crypto.attachments import decrypt_attachment
from nio.exceptions import EncryptionError

from bot.adapters.matrix.client import Client, Refused, Unreachable
from bot.adapters.matrix.plain import mapping, text
from bot.heard import Posted
from bot.ports import Later, Never

TYPES = {"m.file", "m.image", "m.video", "m.audio"}
LARGEST = 1024 * 1024
"""Bytes of a file that a command may read: a calendar, a table, a project."""
_SOON = 30.0
_NAME_LIMIT = 200
_ADDRESS_LIMIT = 500
_ADDRESS = re.compile(r"mxc://([A-Za-z0-9.:\[\]-]+)/([A-Za-z0-9_-]+)")
"""Server name and media id (client-server API 11.7.1). ".." is none: it would lead elsewhere."""


def posted(msgtype: str, content: Mapping[str, Any]) -> Posted | None:
    """Return the file that a message carries; None if it carries none."""
    if msgtype not in TYPES:
        return None
    name = text(content.get("filename"), _NAME_LIMIT) or text(content.get("body"), _NAME_LIMIT)
    mimetype = text(mapping(content.get("info")).get("mimetype"), _NAME_LIMIT) or ""
    sealed = mapping(content.get("file"))
    address = text(sealed.get("url") or content.get("url"), _ADDRESS_LIMIT) or ""
    handle: dict[str, Any] = {"url": address}
    if sealed:
        handle["key"] = text(mapping(sealed.get("key")).get("k"), _NAME_LIMIT) or ""
        handle["hash"] = text(mapping(sealed.get("hashes")).get("sha256"), _NAME_LIMIT) or ""
        handle["iv"] = text(sealed.get("iv"), _NAME_LIMIT) or ""
    return Posted(name or "", mimetype, json.dumps(handle))


def caption(content: Mapping[str, Any], body: str, html: str | None) -> tuple[str, str | None]:
    """Return the words beside a file; without a `filename` of its own, `body` names it (11.2)."""
    if text(content.get("filename"), len(body) * 4 + 4) in {None, body}:
        return "", None
    return body, html


async def fetch(client: Client, handle: str) -> bytes:
    """Return what is in the file that `posted` described. Raises Later or Never."""
    told = mapping(json.loads(handle))
    address = _ADDRESS.fullmatch(str(told.get("url")))
    if address is None or not address[1].strip("."):
        raise Never("not an address of a file")
    try:
        content = await client.download_bytes(address[1], address[2], LARGEST)
    except Unreachable as failure:
        raise Later(_SOON) from failure
    except Refused as refusal:
        if refusal.passing:
            raise Later(refusal.retry_after or _SOON) from refusal
        raise Never(str(refusal)) from refusal
    if "key" not in told:
        return content
    try:
        plain: bytes = decrypt_attachment(
            content, str(told["key"]), str(told["hash"]), str(told["iv"])
        )
    except (EncryptionError, ValueError) as error:
        raise Never(type(error).__name__) from None
    return plain
