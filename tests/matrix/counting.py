"""Counts what was lost and what was said twice, on the server, from a room's whole history."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from nio.events.room_events import Event, MegolmEvent
from nio.exceptions import EncryptionError

from bot.adapters.matrix.writing import ENTRY_KEY
from tests.matrix.people import Person

PAGE = 500
MESSAGES = {"m.room.message", "org.matrix.msc3381.poll.start"}
CARD = re.compile(r"#(\d+) · (.*)")
SORRY = (
    "went wrong",
    "cannot save",
    "could not read",
    "did not understand",
    "is missing",
    "nothing to take back",
    "was changed since",
    "There is no",
    "already past",
)
"""What the bot says only when something is not as it should be."""


@dataclass(frozen=True)
class Asked:
    """Something that somebody wrote."""

    room: str
    event: str
    line: str
    answers: int = 1
    """How often the bot is to answer, by a message or a reaction."""


class Asking(Protocol):
    """Somebody in the room who can ask the server."""

    async def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Return the answer of the server."""


@dataclass(frozen=True)
class Happened:
    """One event of a room, decrypted, as it is on the server now."""

    event: str
    sender: str
    kind: str
    content: dict[str, Any]

    @property
    def body(self) -> str:
        """Return its words."""
        return str(self.content.get("body") or self.content.get("org.matrix.msc1767.text") or "")

    @property
    def relation(self) -> dict[str, Any]:
        """Return how it hangs together with another event."""
        found = self.content.get("m.relates_to")
        return found if isinstance(found, dict) else {}

    @property
    def is_new(self) -> bool:
        """Whether people see a new message."""
        return self.kind in MESSAGES and self.relation.get("rel_type") != "m.replace"

    @property
    def answers(self) -> str | None:
        """Return the event that it answers: by a rich reply, or by a reaction."""
        if self.kind == "m.reaction":
            return str(self.relation.get("event_id"))
        answered = self.relation.get("m.in_reply_to", {}).get("event_id")
        return str(answered) if self.is_new and answered else None


@dataclass(frozen=True)
class History:
    """All that ever happened in a room, oldest first."""

    room: str
    events: list[Happened]
    bot: str

    @property
    def ours(self) -> list[Happened]:
        """Return what the bot did."""
        return [one for one in self.events if one.sender == self.bot]

    @property
    def said(self) -> list[Happened]:
        """Return the new messages of the bot."""
        return [one for one in self.ours if one.is_new]

    def answers_to(self, event: str) -> list[Happened]:
        """Return the messages and reactions of the bot that answer *event*."""
        return [one for one in self.ours if one.answers == event]

    def shown(self, event: str) -> str:
        """Return the words of a message as its last edit left them."""
        found = ""
        for one in self.ours:
            edits = one.relation.get("rel_type") == "m.replace"
            if one.event == event:
                found = one.body
            elif edits and one.relation.get("event_id") == event:
                found = str(one.content.get("m.new_content", {}).get("body"))
        return found

    def unexplained(self, asked: Iterable[Asked]) -> list[Happened]:
        """Return the new messages of the bot that answer none of *asked*."""
        known = {one.event for one in asked}
        return [one for one in self.said if one.answers not in known]


async def history(who: Asking, room: str, bot: str) -> History:
    """Read all of *room* from the server; a Person decrypts it."""
    raw: list[dict[str, Any]] = []
    query = {"dir": "b", "limit": str(PAGE)}
    while True:
        answer = await who.ask("GET", f"/rooms/{quote(room)}/messages?{urlencode(query)}")
        raw += answer["chunk"]
        if not answer.get("end") or not answer["chunk"]:
            break
        query["from"] = answer["end"]
    opened = [_opened(who, room, one) for one in reversed(raw)]
    return History(room, opened, bot)


def _opened(who: Asking, room: str, raw: dict[str, Any]) -> Happened:
    """Return *raw* decrypted; one that cannot be stays m.room.encrypted."""
    inside = raw
    if raw["type"] == "m.room.encrypted" and raw["content"] and isinstance(who, Person):
        sealed = Event.parse_event(raw)
        if isinstance(sealed, MegolmEvent):
            sealed.room_id = room
            try:
                inside = who.client.decrypt_event(sealed).source
            except EncryptionError:
                inside = raw
    content = dict(inside["content"])
    if outside := raw["content"].get("m.relates_to"):
        content.setdefault("m.relates_to", outside)
    return Happened(raw["event_id"], raw["sender"], inside["type"], content)


# --- what is wrong -------------------------------------------------------------------------------


def miscounted(told: History, asked: Iterable[Asked]) -> Iterator[str]:
    """Yield each of *asked* in this room that has not exactly as many answers as it is to have."""
    answers = Counter(one.answers for one in told.ours if one.answers)
    for one in asked:
        if one.room == told.room and answers[one.event] != one.answers:
            yield f"{answers[one.event]} answers instead of {int(one.answers)}: {one.line!r}"


def repeated(told: History) -> Iterator[str]:
    """Yield each entry of an outbox that became more than one event, and what nobody can read."""
    entries = Counter(one.content.get(ENTRY_KEY) for one in told.ours)
    for entry, count in entries.items():
        if entry and count > 1:
            same = next(one for one in told.ours if one.content.get(ENTRY_KEY) == entry)
            yield f"sent {count} times: {same.kind} {same.body!r}"
    sealed = sum(one.kind == "m.room.encrypted" and bool(one.content) for one in told.ours)
    if sealed:
        yield f"{sealed} messages of the bot cannot be decrypted"


def apologies(told: History) -> Iterator[str]:
    """Yield the sentences by which the bot owns up to trouble."""
    for one in told.ours:
        sorry = one.is_new and any(word in one.body for word in SORRY)
        if sorry or one.relation.get("key") == "⏳":
            yield f"it says {one.body or '⏳'!r}"


def misnumbered(told: History, asked: Iterable[Asked]) -> Iterator[str]:
    """Yield where the cards of *asked*, all of them new tasks, are not 1, 2, 3 in their order.

    The order is that of the server. Each card has to hold the title of its own command.
    """
    titles = {one.event: one.line.partition(" ")[2] for one in asked if one.room == told.room}
    cards = {one.answers: one for one in told.said if one.answers in titles}
    order = [one.event for one in told.events if one.event in titles]
    for number, event in enumerate(order, 1):
        found = CARD.match(cards[event].body) if event in cards else None
        if found is None or (int(found[1]), found[2]) != (number, titles[event]):
            shown = cards[event].body if event in cards else "nothing"
            yield f"#{number} {titles[event]!r} is shown as {shown!r}"
