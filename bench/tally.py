"""Counts on the server, from a room's history, what was answered, how often and when."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode

from bench.stage import Side, Stage

PAGE = 500
LOOK_SECONDS = 1.0
SECOND_LOOK_SECONDS = 2.0
"""In which what is said a second time has time to come."""


@dataclass(frozen=True)
class Event:
    """What concerns us in an event of a room."""

    sender: str
    answers: str | None
    """The event that it is a reply to; that stands in clear in encrypted rooms, too."""
    at: float
    """When the server took it, in seconds of the epoch."""


@dataclass
class Tally:
    """What happened in a room since a moment, as its server has it."""

    stage: Stage
    room: str
    _place: str
    events: list[Event] = field(default_factory=list)

    @classmethod
    async def begin(cls, stage: Stage, room: str) -> Tally:
        """Count from now on."""
        await stage.person.sync(0)
        return cls(stage, room, stage.person.next_batch)

    async def look(self) -> None:
        """Read what is new."""
        while True:
            query = {"dir": "f", "limit": str(PAGE), "from": self._place}
            path = f"/_matrix/client/v3/rooms/{quote(self.room)}/messages?{urlencode(query)}"
            ask, token = self.stage.synapse.ask, self.stage.person.access_token
            page = await asyncio.to_thread(ask, "GET", path, None, token)
            self.events += [_read(one) for one in page["chunk"]]
            self._place = page.get("end") or self._place
            if not page["chunk"]:
                break

    def answers(self, side: Side, questions: Collection[str]) -> list[Event]:
        """Return the replies of one bot to *questions*, in order."""
        asked = set(questions)
        return [one for one in self.events if one.sender == side.user and one.answers in asked]

    async def until_answered(
        self, side: Side, questions: Collection[str], patience: float
    ) -> list[Event]:
        """Return the replies once there is one to each, or none has come for so many seconds."""
        found: list[Event] = []
        last = monotonic()
        while (
            len({one.answers for one in found}) < len(questions) and monotonic() - last < patience
        ):
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()
            now = self.answers(side, questions)
            if len(now) > len(found):
                found, last = now, monotonic()
        await asyncio.sleep(SECOND_LOOK_SECONDS)
        await self.look()
        return self.answers(side, questions)


def distinct(answers: Collection[Event]) -> int:
    """Return to how many questions there is an answer."""
    return len({one.answers for one in answers})


def doubled(answers: Collection[Event]) -> int:
    """Return how many answers there are more than questions that were answered."""
    return len(answers) - distinct(answers)


def per_second(answers: Collection[Event]) -> float:
    """Return how many came in a second, between the first and the last."""
    times = [one.at for one in answers]
    if len(times) < 2:
        return float("nan")
    return (len(times) - 1) / max(max(times) - min(times), 0.001)


def _read(raw: dict[str, Any]) -> Event:
    relation = raw["content"].get("m.relates_to") or {}
    replies = relation.get("m.in_reply_to", {}).get("event_id")
    edits = relation.get("rel_type") == "m.replace"
    return Event(raw["sender"], None if edits else replies, raw["origin_server_ts"] / 1000)
