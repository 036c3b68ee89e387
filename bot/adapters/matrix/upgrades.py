"""Owns which room goes on in which other one, as far as REAL state says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.adapters.matrix.ledger import Batch
from bot.adapters.matrix.plain import mapping, moment, sequence
from bot.adapters.matrix.rooms import Room
from bot.heard import Invited, Newcomer, Upgraded

_EARLY = {"m.room.create", "m.room.tombstone"}
"""Kinds of state that must be known before what comes with them is read."""


class Upgrades:
    """Compares tombstones with the rooms that they name (client-server API, "Room upgrades").

    Neither is believed alone: a tombstone may name any room, and a room may claim to come after
    any other. All of it is state as it came from the homeserver, never from inside a message.
    """

    def __init__(self, rooms: Mapping[str, Room], me: str, direct: set[str]) -> None:
        """Look at *rooms*, in which we (*me*) are; *direct* are those that count as direct ones."""
        self._rooms = rooms
        self._me = me
        self._direct = direct
        self._named: dict[str, set[str]] = {}
        """Room -> the rooms whose tombstones name it."""
        self._told: set[tuple[str, str, bool | None]] = set()

    def settle(self, room: Room, joined: Mapping[str, Any]) -> None:
        """Learn from a sync answer, before its events are read, what they say of upgrades."""
        for event in sequence(mapping(joined.get("timeline")).get("events")):
            if mapping(event).get("type") in _EARLY and "state_key" in event:
                room.apply(event)
        if room.tombstone is not None:
            self._named.setdefault(room.tombstone.to, set()).add(room.id)
        if self._before(room) & self._direct:
            self._direct.add(room.id)

    def gone(self, room: str) -> None:
        """Take note that we are not in *room* any more."""
        self._told = {one for one in self._told if room not in one[:2]}

    def news(self, room: Room, batch: Batch) -> Iterator[Upgraded]:
        """Yield what is new of upgrades from or to *room*, each once while the bot runs."""
        for one in self._known(room, batch):
            key = (one.room, one.to, one.agreed)
            if key not in self._told:
                self._told.add(key)
                yield one

    def invited(self, invited: Invited) -> Invited:
        """Add to an invitation what tombstones say of the room."""
        named = self._named.get(invited.room, set())
        direct = invited.direct or any(self._is_direct(one) for one in named)
        return replace(invited, replaces=tuple(sorted(named)), direct=direct)

    def names(self, room: str) -> bool:
        """Tell whether the tombstone of a room that we are in names *room*."""
        olds = (self._rooms.get(one) for one in self._named.get(room, ()))
        return any(old and old.tombstone and old.tombstone.to == room for old in olds)

    def _known(self, room: Room, batch: Batch) -> Iterator[Upgraded]:
        for one in sorted(self._named.get(room.id, ())):
            old = self._rooms.get(one)
            if old is not None and old.tombstone is not None and old.tombstone.to == room.id:
                yield self._compared(old, room.id, batch)
        before = room.predecessor
        if before is not None and before not in self._rooms:
            # whether its tombstone agreed is what the project remembers
            yield Upgraded(
                before,
                f"$upgrade/{room.id}",
                self._me,
                batch.at,
                position=batch.number,
                to=room.id,
                closed=False,
                agreed=True,
                people=self._people(room),
            )
        # last: where a project goes on from here, once it has come here
        if room.tombstone is not None:
            yield self._compared(room, room.tombstone.to, batch)

    def _compared(self, old: Room, to: str, batch: Batch) -> Upgraded:
        """Return what is known of the way from *old* to the room *to* that it names."""
        new, stone = self._rooms.get(to), old.tombstone
        assert stone is not None  # noqa: S101 - for mypy: who asks has looked
        agreed = new.predecessor == old.id if new is not None and new.created else None
        return Upgraded(
            old.id,
            stone.event,
            stone.sender,
            moment(stone.sent, batch.at),
            old.power(stone.sender),
            position=batch.number,
            to=to,
            agreed=agreed,
            people=self._people(new) if new is not None and agreed else {},
        )

    def _people(self, room: Room) -> dict[str, Newcomer]:
        here = room.members.items()
        return {u: Newcomer(name, room.power(u)) for u, name in here if u != self._me}

    def _before(self, room: Room) -> set[str]:
        """Return the rooms that go on in *room*, if both sides say so."""
        named = self._named.get(room.id, set())
        return {one for one in named if one == room.predecessor}

    def _is_direct(self, room: str) -> bool:
        known = self._rooms.get(room)
        return known is not None and known.direct(self._me, flagged=room in self._direct)
