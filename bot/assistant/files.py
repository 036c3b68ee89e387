"""Posted files: which of them a command can still read."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.assistant.reach import Scene
from bot.heard import Posted, Said
from bot.model.documents import PostedFile, RoomDocument

READABLE = (".ics", ".json", ".csv")
STAYS = timedelta(hours=1)
MOST = 5


def notice(document: RoomDocument, said: Said, now: datetime) -> bool:
    """Remember for an hour how to fetch a file that a reply may ask for; True if there is one."""
    kept = {event: one for event, one in document.files.items() if now - one.at < STAYS}
    readable = said.file is not None and said.file.name.casefold().endswith(READABLE)
    if said.file and readable:
        kept[said.event] = PostedFile(said.file.handle, now)
    document.files = dict(list(kept.items())[-MOST:])
    return readable


def meant(scene: Scene) -> Posted | None:
    """Return the file that a command came with or replied to, if there is one."""
    said = scene.heard
    if not isinstance(said, Said):
        return None
    if said.file:
        return said.file
    known = scene.document.files.get(said.reply_to or "")
    return Posted("", handle=known.handle) if known else None
