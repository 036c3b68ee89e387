"""Owns what one sync brings of a room, and what of it is left with the server for a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.adapters.matrix.ledger import Batch
from bot.adapters.matrix.plain import mapping, sequence


@dataclass(frozen=True)
class Part:
    """What one batch brings of one room."""

    room: str
    content: Mapping[str, Any]
    since: str | None
    """The token that the batch began at."""
    batch: Batch
    closed: bool | None = None
    """Whether the room was encrypted before; None: its state was not taken over yet."""

    @property
    def events(self) -> list[Mapping[str, Any]]:
        """Return the events of the timeline."""
        timeline = mapping(self.content.get("timeline"))
        return [mapping(event) for event in sequence(timeline.get("events"))]

    def only(self, wanted: Callable[[Mapping[str, Any]], bool]) -> Part:
        """Return the same with only those events in its timeline that are *wanted*."""
        events = self.events
        kept = [event for event in events if wanted(event)]
        if len(kept) == len(events):
            return self
        timeline = {**mapping(self.content.get("timeline")), "events": kept}
        return replace(self, content={**self.content, "timeline": timeline})

    @property
    def state(self) -> list[Mapping[str, Any]]:
        """Return all state in it, oldest first."""
        before = sequence(mapping(self.content.get("state")).get("events"))
        events = [*map(mapping, before), *self.events]
        return [event for event in events if "state_key" in event]


class Backlog:
    """Parts of a room whose queue is too long: only their state is kept.

    When it is their turn, what was said is fetched as if it were one gap.
    """

    def __init__(self, room: str, since: str | None) -> None:
        """Begin at the token *since*."""
        self.room = room
        self._since = since
        self._state: dict[tuple[object, object], Mapping[str, Any]] = {}
        self._batch: Batch | None = None
        self._ends: list[Callable[[], None]] = []

    def add(self, part: Part, end: Callable[[], None]) -> None:
        """Leave *part* with the server; *end* is called when the whole is dealt with."""
        for event in part.state:
            key = str(event.get("type")), str(event.get("state_key"))
            self._state.pop(key, None)
            self._state[key] = event
        self._batch = part.batch
        self._ends.append(end)

    def part(self) -> Part:
        """Return all of it as one part with a gap."""
        assert self._batch is not None  # noqa: S101 - for mypy: it is made to add to it
        timeline = {"events": [], "limited": True, "prev_batch": self._batch.token}
        content = {"state": {"events": [*self._state.values()]}, "timeline": timeline}
        return Part(self.room, content, self._since, self._batch)

    def end(self) -> None:
        """Call all that is to be called when it is dealt with."""
        for end in self._ends:
            end()
