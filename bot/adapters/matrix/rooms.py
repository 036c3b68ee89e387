"""Owns what is known of a room from REAL state events: powers, members, names, encryption."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.adapters.matrix.plain import identifier, mapping, sequence, text, whole

CREATOR_POWER = 100
"""Creators of version-12 rooms stand above all levels (MSC4289); for us they are coordinators."""
_PRIVILEGED_CREATORS = 12
_CREATOR_IS_SENDER = 11
_NAME_LIMIT = 255
SPACE = "m.space"


@dataclass(frozen=True)
class Tombstone:
    """The end of a room, as its real state tells it (m.room.tombstone)."""

    event: str
    sender: str
    to: str
    """The room that it names."""
    sent: object
    """`origin_server_ts` as it came."""


@dataclass
class Room:
    """One room we are in. Changed by `apply` only, which is never given a decrypted event."""

    id: str
    version: int = 1
    """0 for a version that is not a number (experimental ones)."""
    creators: frozenset[str] = frozenset()
    levels: dict[str, int] | None = None
    """Levels named in m.room.power_levels; None while there is no such event."""
    default: int = 0
    needed: dict[str, int] = field(default_factory=dict)
    """Kind of event -> level that it takes to send it, where that is named."""
    needed_else: int = 0
    members: dict[str, str | None] = field(default_factory=dict)
    """Who is in the room -> display name."""
    invited: set[str] = field(default_factory=set)
    encrypted: bool = False
    name: str = ""
    topic: str = ""
    kind: str | None = None
    """`type` of m.room.create: None for a room in which people talk."""
    created: bool = False
    """Its m.room.create is known."""
    predecessor: str | None = None
    """The room that it says it replaces."""
    tombstone: Tombstone | None = None

    def apply(self, event: Mapping[str, Any]) -> None:
        """Take over the state *event* as it came from the server, unencrypted."""
        content = mapping(event.get("content"))
        kind, key = event.get("type"), event.get("state_key")
        if kind == "m.room.member":
            self._member(identifier(key, "@"), content)
        elif key != "":
            return
        elif kind == "m.room.power_levels":
            self.levels = levels(content)
            self.default = whole(content.get("users_default")) or 0
            self.needed = _numbers(content.get("events"))
            self.needed_else = whole(content.get("events_default")) or 0
        elif kind == "m.room.create":
            self._created(event, content)
        elif kind == "m.room.tombstone":
            self.tombstone = _tombstone(event, content)
        elif kind == "m.room.encryption":
            self.encrypted = True  # whatever it says: no way back to plain text
        elif kind == "m.room.name":
            self.name = text(content.get("name"), _NAME_LIMIT) or ""
        elif kind == "m.room.topic":
            self.topic = text(content.get("topic"), 4 * _NAME_LIMIT) or ""

    def power(self, user: str) -> int:
        """Return the power level of *user* (client-server API, m.room.power_levels)."""
        if user in self.creators and (self.version >= _PRIVILEGED_CREATORS or self.levels is None):
            return CREATOR_POWER
        if self.levels is None:
            return 0
        return self.levels.get(user, self.default)

    def may_send(self, user: str, kind: str) -> bool:
        """Tell whether *user* may send message-like events of *kind* (m.room.power_levels)."""
        return self.power(user) >= self.needed.get(kind, self.needed_else)

    def shown(self, user: str) -> str | None:
        """Return the display name of *user*, if there is one."""
        return self.members.get(user)

    def direct(self, me: str, *, flagged: bool) -> bool:
        """Whether this is a room of *me* and one person.

        *flagged*: we were invited with `is_direct`. Without it a room counts only while nobody
        else is invited and it has no name, as project rooms have.
        """
        if len(self.members) != 2 or me not in self.members:  # noqa: PLR2004 - the two of us
            return False
        return flagged or not (self.invited or self.name)

    def _member(self, user: str | None, content: Mapping[str, Any]) -> None:
        if user is None:
            return
        membership = content.get("membership")
        self.members.pop(user, None)
        self.invited.discard(user)
        if membership == "join":
            self.members[user] = display_name(content)
        elif membership == "invite":
            self.invited.add(user)

    def _created(self, event: Mapping[str, Any], content: Mapping[str, Any]) -> None:
        self.created = True
        self.kind = text(content.get("type"), _NAME_LIMIT)
        # version 12 names only the room, older ones its last event, too (MSC4291)
        self.predecessor = identifier(mapping(content.get("predecessor")).get("room_id"), "!")
        self.version = whole(content.get("room_version", "1")) or 0
        creator = event.get("sender")
        if 0 < self.version < _CREATOR_IS_SENDER:
            creator = content.get("creator")
        others = sequence(content.get("additional_creators"))
        if self.version < _PRIVILEGED_CREATORS:
            others = ()
        named = (identifier(user, "@") for user in (creator, *others))
        self.creators = frozenset(user for user in named if user)


def _tombstone(event: Mapping[str, Any], content: Mapping[str, Any]) -> Tombstone | None:
    """Return what a tombstone tells; None if it names no room to go on in."""
    identity, sender = identifier(event.get("event_id"), "$"), identifier(event.get("sender"), "@")
    to = identifier(content.get("replacement_room"), "!")
    if identity is None or sender is None or to is None:
        return None
    return Tombstone(identity, sender, to, event.get("origin_server_ts"))


def display_name(content: Mapping[str, Any]) -> str | None:
    """Return the display name in the content of a member event, on one line."""
    name = text(content.get("displayname"), _NAME_LIMIT)
    return " ".join(name.split()) or None if name else None


def levels(content: Mapping[str, Any]) -> dict[str, int]:
    """Return user -> level from the content of a power levels event."""
    named = _numbers(content.get("users"))
    return {user: level for user, level in named.items() if identifier(user, "@")}


def _numbers(value: object) -> dict[str, int]:
    found = {name: whole(level) for name, level in mapping(value).items()}
    return {name: level for name, level in found.items() if level is not None}
