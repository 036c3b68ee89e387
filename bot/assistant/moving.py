"""Moving: what becomes of a room's document when the room is replaced by another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.assistant import ballots, polling
from bot.assistant.speaking import (
    BOARD,
    Answering,
    Speaker,
    entry_id,
    room_reader,
    stack_board,
)
from bot.heard import Heard, Joined, Newcomer, Said, Upgraded
from bot.language.message import _, say
from bot.language.render import stack
from bot.model.documents import Entry, Kind, RoomDocument
from bot.model.people import Member
from bot.model.unpacking import has_work

MOVED_FROM = "moved_from"
"""In `extra`: the rooms that the project was in before, the first one first."""
MOVED_TO = "moved_to"
"""In `extra` of a document that is about to be erased: the room that has the project now."""
NOTE = "moving"
"""In `extra`: the way that the room's own tombstone names, until it is taken."""
EXPECTED = "expected"
"""In `extra`: who has not followed yet, and since when."""
FOLLOW = timedelta(days=14)
"""So long somebody who has not followed counts as being with us."""
WELCOME = "welcome"
_INVITE_US = "answer moving"
_MESSAGES = {Kind.NOTICE, Kind.TEXT, Kind.POLL, Kind.FILE}
_OF_THE_OLD_ROOM = {WELCOME, "board", _INVITE_US}


def is_project(document: RoomDocument) -> bool:
    """Tell whether *document* is a project's, and not that of a direct room."""
    waits = any(one.target == WELCOME for one in document.outbox)
    project = document.project
    return WELCOME in document.places or waits or project.ready or has_work(project)


def is_fresh(document: RoomDocument) -> bool:
    """Tell whether nobody has done anything in *document* yet: it may be written over."""
    project = document.project
    untouched = not (project.ready or has_work(project) or project.partners)
    return untouched and MOVED_FROM not in document.extra


def note_of(document: RoomDocument) -> dict[str, Any]:
    """Return what is noted of the way to another room, {} if there is none."""
    note: dict[str, Any] = document.extra.get(NOTE, {})
    return note


def set_out(document: RoomDocument, heard: Upgraded, now: datetime) -> bool:
    """Note the way that a real tombstone names, and look for the way in; False if it is known.

    The entry that joins goes last: a room that cannot be reached holds up nothing.
    """
    note = note_of(document)
    if note.get("to") != heard.to:
        note = document.extra[NOTE] = {"to": heard.to, "since": now.isoformat()}
    elif heard.agreed is not None or note.get("wrong") or _is_joining(document, heard.to):
        return False
    if heard.agreed is None:
        server = heard.sender.partition(":")[2]
        note["waits"] = True
        document.outbox.append(
            Entry(
                entry_id(document, now), Kind.JOIN, now, room=heard.to, key=server, priority=BOARD
            )
        )
    return True


def _is_joining(document: RoomDocument, room: str) -> bool:
    return any(one.kind is Kind.JOIN and one.room == room for one in document.outbox)


def no_way_in(document: RoomDocument, room: str, now: datetime) -> None:
    """Say once what is needed to follow into *room*, which does not let us in."""
    note = note_of(document)
    if note.get("to") != room or note.get("told"):
        return
    note["told"] = now.isoformat()
    speaker = Speaker(document, now)
    ask = _("This room has moved. Please invite me to the new one: I bring all tasks and dates.")
    speaker.announce(say(ask), _INVITE_US)


def wrong_way(document: RoomDocument, now: datetime, *, known: bool) -> bool:
    """Note that the room named by the tombstone is not ours; leave it if only that led us there.

    *known*: there is a project of its own in it. True if who may invite us did so: then it is a
    room like any other.
    """
    note = note_of(document)
    if not note or note.get("wrong"):
        return False
    note["wrong"] = now.isoformat()
    asked = bool(note.get("asked")) and not known
    if note.get("waits") and not asked and not known:
        leave(document, note["to"], now)
    return asked


def leave(document: RoomDocument, room: str, now: datetime) -> None:
    """Leave *room*, which is not that of the document, after all that is still to be said."""
    document.outbox.append(
        Entry(entry_id(document, now), Kind.LEAVE, now, room=room, priority=BOARD)
    )


def moved(
    document: RoomDocument,
    heard: Upgraded,
    fresh: RoomDocument | None,
    now: datetime,
) -> RoomDocument:
    """Return the document of the new room: the same project, and nothing of the old room.

    *heard* names the room and who is there already; *fresh* is what was made there in the
    meantime, if anything. What was not sent yet goes to the new room, also what was tried: a room
    that has been replaced takes nothing. Messages of the old room are out of reach: nobody edits
    or answers them any more. Roles that were given stay, those of power are read anew.
    """
    project = document.project
    members = _members(project.members, heard.people)
    extra = {name: note for name, note in document.extra.items() if name not in {NOTE, "left"}}
    extra[MOVED_FROM] = [*extra.get(MOVED_FROM, []), project.room]
    if waiting := [one.user for one in members.values() if _is_awaited(one, heard.people)]:
        extra[EXPECTED] = {"since": now.isoformat(), "users": waiting}
    places = {
        target: event for target, event in document.places.items() if target in document.elsewhere
    }
    kept = set(places.values())
    anchors = {event: shown for event, shown in document.anchors.items() if event in kept}
    new = replace(
        document,
        project=replace(project, room=heard.to, members=members),
        outbox=_carried(document, heard.to),
        places=places,
        anchors=anchors,
        files={},
        board_edited=None,
        extra=extra,
    )
    shown = {*places, *(one.target for one in new.outbox if one.kind in _MESSAGES)}
    new.offers = [one for one in document.offers if one.target in shown]
    _furnish(new, fresh, now)
    leave(new, project.room, now)
    return new


def _members(known: Mapping[str, Member], here: Mapping[str, Newcomer]) -> dict[str, Member]:
    """Return the members as the new room's real state has them."""
    found = {}
    for user, member in known.items():
        there = here.get(user)
        if there is None:
            found[user] = replace(member, power=0)
        else:
            name = there.name or member.name
            found[user] = replace(member, name=name, power=there.power, present=True)
    return found


def _is_awaited(member: Member, here: Mapping[str, Newcomer]) -> bool:
    return member.present and member.user not in here


def _carried(document: RoomDocument, to: str) -> list[Entry]:
    """Return what waits in the outbox as it is to be sent from the new room on."""
    old = document.project.room
    waiting = {one.target for one in document.outbox if one.kind in _MESSAGES} - _OF_THE_OLD_ROOM
    carried = []
    for entry in document.outbox:
        if entry.room not in {None, old}:
            if entry.room != to:
                carried.append(entry)
        elif entry.kind is Kind.REDACTION:
            carried.append(replace(entry, room=old))  # tried while we are still there
        elif entry.kind in _MESSAGES:
            if entry.target not in _OF_THE_OLD_ROOM:
                carried.append(replace(entry, room=None, reply_to=None, thread=None))
        elif entry.target in waiting and entry.relates_to is None:
            carried.append(replace(entry, room=None))
    return carried


def _furnish(document: RoomDocument, fresh: RoomDocument | None, now: datetime) -> None:
    """Say that we moved, put up the board, ask open polls anew."""
    speaker = Speaker(document, now)
    first = len(document.outbox)
    text = stack(say(_("We moved here; all tasks are with us.")), room_reader(document, now))
    speaker.message(text, WELCOME, Answering())
    if fresh is not None and "board" in fresh.places:
        document.places["board"] = fresh.places["board"]
        document.anchors[fresh.places["board"]] = "board"
        speaker.board()
    else:
        speaker.message(stack_board(document, now), "board", Answering())
        speaker.pin()
    for poll in document.project.polls.values():
        if poll.open and poll.question and not poll.deleted:
            document.extra.pop(ballots.target_of(poll.number), None)
            polling.ask(speaker, poll, Answering(reply_to=poll.event))
    for entry in document.outbox[first:]:
        entry.reply_to = None  # a message of the old room


def arrived(document: RoomDocument, heard: Heard) -> bool:
    """Take note that somebody has followed us into the new room; True if they were awaited."""
    note = document.extra.get(EXPECTED)
    if note is None or not isinstance(heard, Joined | Said) or heard.direct:
        return False
    if heard.sender not in note["users"]:
        return False
    note["users"].remove(heard.sender)
    if not note["users"]:
        del document.extra[EXPECTED]
    return True


def stop_waiting(document: RoomDocument, now: datetime) -> bool:
    """Count those who have not followed for long as gone; True if there are any."""
    note = document.extra.get(EXPECTED)
    if note is None or now - datetime.fromisoformat(note["since"]) < FOLLOW:
        return False
    del document.extra[EXPECTED]
    for user in note["users"]:
        if member := document.project.members.get(user):
            member.present = False
    return True
