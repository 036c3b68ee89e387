"""Files in a room: which a command can still read, and which the server did not take."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.assistant.reach import Scene
from bot.assistant.speaking import Answering, Speaker, room_reader
from bot.heard import Posted, Said
from bot.language.message import _, say
from bot.language.render import render
from bot.model.documents import Entry, PostedFile, RoomDocument

READABLE = (".ics", ".json")
STAYS = timedelta(hours=1)
JUST = timedelta(minutes=10)
"""So long a file is meant by the next command of whoever posted it: few clients know captions."""
MOST = 5


def notice(document: RoomDocument, said: Said, now: datetime) -> bool:
    """Remember for an hour how to fetch a file that a reply may ask for; True if there is one."""
    readable = said.file is not None and said.file.name.casefold().endswith(READABLE)
    if said.file and readable:
        document.files[said.event] = PostedFile(said.file.handle, now, said.file.name, said.sender)
        document.files = dict(list(document.files.items())[-MOST:])
    return readable


def expire(document: RoomDocument, now: datetime) -> None:
    """Drop the files that can no longer be asked for."""
    document.files = {event: one for event, one in document.files.items() if now - one.at < STAYS}


def meant(scene: Scene, ending: str) -> Posted | None:
    """Return the file that a command came with, replied to, or else followed; None without one."""
    said, known = scene.heard, scene.document.files
    if not isinstance(said, Said):
        return None
    if said.file:
        return said.file
    event = said.reply_to if said.reply_to in known else _just_posted(scene, ending)
    return Posted(known[event].name, handle=known[event].handle) if event else None


def used(scene: Scene, ending: str) -> None:
    """Forget the file that a command followed: the next command does not mean it again."""
    said, known = scene.heard, scene.document.files
    if not isinstance(said, Said) or said.file or said.reply_to in known:
        return
    if event := _just_posted(scene, ending):
        del known[event]


def not_taken(document: RoomDocument, entry: Entry, now: datetime) -> None:
    """Say where it was asked for that the server did not take the file of *entry*."""
    sentence = _("The server did not take the file {name}. It may be too large.")
    text = render(say(sentence, name=entry.file), room_reader(document, now))
    Speaker(document, now).message(text, "answer file", Answering(entry.room))


def _just_posted(scene: Scene, ending: str) -> str | None:
    """Return the message with the newest such file that the sender has posted just now."""
    for event, one in reversed(scene.document.files.items()):
        fresh = scene.now - one.at < JUST and one.by == scene.heard.sender
        if fresh and one.name.casefold().endswith(ending):
            return event
    return None
