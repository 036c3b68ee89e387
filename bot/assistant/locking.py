"""Locking: what is said, once, of a room that does not let us write any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.assistant.moving import note_of
from bot.assistant.speaking import Answering, Speaker, room_reader
from bot.language.catalog import languages
from bot.language.message import Message, _, say
from bot.language.render import Reader, render
from bot.model.documents import Entry, Kind, PersonDocument, RoomDocument
from bot.model.people import Role
from bot.model.project import Project

NOTE = "locked"
"""In `extra`: since when the room is locked, and whether somebody was told."""
MOST_TOLD = 3
WORDS = {Kind.NOTICE, Kind.TEXT, Kind.EDIT, Kind.POLL, Kind.FILE}
"""What shows that we may write again; reactions have rights of their own."""


def is_told(document: RoomDocument) -> bool:
    """Tell whether somebody was told already that the room is locked."""
    return bool(document.extra.get(NOTE, {}).get("told"))


def coordinators(project: Project) -> list[str]:
    """Return who is told if they talk to us alone: those who can mend it, and nobody else."""
    members = project.members.values()
    return [one.user for one in members if one.present and one.highest is Role.COORDINATOR]


def tell(document: RoomDocument, people: Mapping[str, PersonDocument], now: datetime) -> bool:
    """Note that the room is locked; tell coordinators where they talk to us alone.

    No room is opened for it. True if anything changed: what cannot be told now is said as soon
    as the room is open again.
    """
    known = NOTE in document.extra
    note = document.extra.setdefault(NOTE, {"since": now.isoformat(), "told": False})
    found = [
        (one, one.direct)
        for one in people.values()
        if one.direct and one.direct != document.project.room
    ]
    if note["told"] or not found:
        return not known
    note["told"] = True
    if moving := note_of(document):
        moving["told"] = moving.get("told") or now.isoformat()
    speaker = Speaker(document, now)
    for person, room in found[:MOST_TOLD]:
        text = render(_sentence(document), _reader(document, person, now))
        speaker.message(text, f"answer {NOTE}", Answering(room))
    return True


def open_again(document: RoomDocument, entry: Entry, now: datetime) -> bool:
    """Take note that *entry* was taken; say that the room was locked if nobody was told.

    True if the room had been locked.
    """
    elsewhere = entry.room not in {None, document.project.room}
    if NOTE not in document.extra or elsewhere or entry.kind not in WORDS:
        return False
    note = document.extra.pop(NOTE)
    if not note["told"]:
        speaker = Speaker(document, now)
        speaker.announce(
            say(_("I was not allowed to write here for a while. Now I can again.")),
            f"answer {NOTE}",
        )
    return True


def _sentence(document: RoomDocument) -> Message:
    room, moving = document.project.called, note_of(document)
    if moving and not moving.get("wrong"):
        if room:
            return say(
                _("“{room}” has moved. Please invite me to the new room: I bring all tasks."),
                room=room,
            )
        return say(_("Our room has moved. Please invite me to the new one: I bring all tasks."))
    if room:
        return say(
            _(
                "I am not allowed to write in “{room}” any more. Please allow it "
                "again: nothing is lost."
            ),
            room=room,
        )
    return say(
        _("I am not allowed to write in our room any more. Please allow it again: nothing is lost.")
    )


def _reader(document: RoomDocument, person: PersonDocument, now: datetime) -> Reader:
    """Return how *person* reads: in the language they chose, of their class, of the room."""
    project, reader = document.project, room_reader(document, now)
    partner = project.partner_of(person.user)
    own = [person.language or "", *(partner.languages if partner else ())]
    found = [one for one in own if one in languages()] or list(reader.languages[:1])
    return replace(reader.only(found[0]), zone=project.zone_of(person.user))
