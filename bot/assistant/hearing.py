"""Hearing: what was heard is made fit to keep, and where an answer to it goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.assistant.speaking import Answering
from bot.heard import Heard, Ordered, Reacted, Redacted, Voted
from bot.model.documents import RoomDocument


def writable(heard: Heard) -> Heard:
    """Return *heard* without halves of characters, which no file and no server takes."""
    texts: dict[str, Any] = {
        name: value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        for name in ("body", "html", "name", "title", "key")
        if isinstance(value := getattr(heard, name, None), str) and not value.isascii()
    }
    return replace(heard, **texts) if texts else heard


def answering_of(document: RoomDocument, heard: Heard) -> Answering:
    """Return how an answer to *heard* hangs together with it."""
    room = heard.room if heard.room != document.project.room else None
    reply_to = heard.to if isinstance(heard, Reacted | Ordered | Voted) else heard.event or None
    if isinstance(heard, Redacted):
        reply_to = None
    return Answering(room, reply_to, getattr(heard, "thread", None))
