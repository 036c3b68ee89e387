"""How a room and its people are made to agree again when the power went between two files.

A person's document names the rooms they were seen in; a project knows its members. Both are
written together, but they are two files. Rooms are the truth. Of a member who left, both are
right: whether their list still names the room is not for us to decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from bot.model.documents import PersonDocument, RoomDocument


def mend(person: PersonDocument, room: str, document: RoomDocument | None) -> bool:
    """Make *person* agree with the *document* of one *room*; tell whether they had to change."""
    member = document.project.members.get(person.user) if document else None
    if member is None and room in person.rooms:
        person.rooms = [one for one in person.rooms if one != room]
        return True
    if member is not None and member.present and room not in person.rooms:
        person.rooms.append(room)
        return True
    return False


def doubtful(
    person: PersonDocument, present: Mapping[str, bool], rooms: Container[str], *, complete: bool
) -> list[str]:
    """Return the rooms about which *person* and the projects disagree.

    *present* holds the rooms that know this person, and whether they are there now; *rooms* all
    that were read, *complete* if none was unreadable: one that is named but cannot be read stays.
    """
    gone = [one for one in person.rooms if one not in present and (one in rooms or complete)]
    missing = [one for one, there in present.items() if there and one not in person.rooms]
    return gone + missing
