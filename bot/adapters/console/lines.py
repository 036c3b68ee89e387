"""JSON lines: the stable interface for tests, demos and translators (DESIGN 9)."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Any

from bot.adapters.console.door import ROOM, Event
from bot.heard import (
    Heard,
    Invited,
    Joined,
    Left,
    PollEnded,
    Posted,
    Reacted,
    Redacted,
    Said,
    Topic,
    Voted,
)
from bot.model.documents import Kind

FIRST_YEAR, LAST_YEAR = 2000, 2200
SOMEBODY = "@somebody:example.org"
_ACTS = (
    "say", "react", "redact", "vote", "poll_end", "join", "leave", "kick", "invite", "topic",
    "file", "clock",
)  # fmt: skip
_SPOKEN = {Kind.NOTICE, Kind.TEXT, Kind.EDIT}
_IN_WORDS = {Kind.POLL, Kind.POLL_END, Kind.FILE}
_MSGTYPES = {"image": "m.image", "video": "m.video", "audio": "m.audio"}
"""First half of a media type -> how a client posts it."""


class BadInput(ValueError):
    """A line that cannot be taken; the sentence says why."""


@dataclass(frozen=True)
class Clocked:
    """Time moves on."""

    until: datetime


Input = Heard | Clocked


def read_line(line: str, event: str, bot: str, now: datetime) -> tuple[str, Input]:
    """Return the event id and what one input line means.

    `event` is used where the line names no id. Raises BadInput.
    """
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise BadInput("an object is expected")
    acts = [act for act in _ACTS if act in found]
    if len(acts) != 1:
        raise BadInput(f"exactly one of {', '.join(_ACTS)} is expected")
    fields = _Fields(found)
    event = fields.text("id", event)
    if not event:
        raise BadInput("id: it must not be empty")
    if acts[0] == "clock":
        return event, Clocked(_moment(fields.text("clock")))
    return event, _READERS[acts[0]](fields, _common(fields, event, now), bot)


PEOPLES = {"say", "html", "name", "topic", "react", "file", "caption"}
"""People's own words: half a character in them is mended, in an id it is a mistake."""


def _whole(name: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadInput(f"{name}: half of a character") from None


@dataclass(frozen=True)
class _Fields:
    """One input object, read with care."""

    found: dict[str, Any]

    def text(self, name: str, otherwise: str | None = None) -> str:
        value = self.found.get(name, otherwise)
        if not isinstance(value, str):
            raise BadInput(f"{name}: a text is expected")
        if name not in PEOPLES and not value.isascii():
            _whole(name, value)
        return value

    def maybe(self, name: str) -> str | None:
        return self.text(name) if self.found.get(name) is not None else None

    def flag(self, name: str) -> bool:
        value = self.found.get(name, False)
        if not isinstance(value, bool):
            raise BadInput(f"{name}: true or false is expected")
        return value

    def number(self, name: str) -> int | None:
        value = self.found.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise BadInput(f"{name}: a whole number is expected")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.found.get(name) or []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise BadInput(f"{name}: a list of texts is expected")
        for one in value:
            _whole(name, one)
        return tuple(value)


def _common(fields: _Fields, event: str, now: datetime) -> dict[str, Any]:
    sender = fields.text("as", SOMEBODY)
    direct = fields.flag("direct")
    return {
        "room": fields.text("room", f"!direct-{sender.lstrip('@')}" if direct else ROOM),
        "event": event,
        "sender": sender,
        "at": now,
        "power": None if direct else fields.number("power"),
        "name": fields.maybe("name"),
        "direct": direct,
        "encrypted": fields.flag("encrypted"),
    }


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("clock: an ISO 8601 moment is expected") from None
    if moment.tzinfo is None:
        raise BadInput("clock: the moment needs an offset")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise BadInput(f"clock: a year from {FIRST_YEAR} to {LAST_YEAR} is expected")
    return moment


def _say(fields: _Fields, common: dict[str, Any], _bot: str) -> Heard:
    return Said(
        **common,
        body=fields.text("say"),
        html=fields.maybe("html"),
        mentions=fields.texts("mentions"),
        reply_to=fields.maybe("reply_to"),
        thread=fields.maybe("thread"),
        edits=fields.maybe("edit"),
        msgtype=fields.text("msgtype", "m.text"),
    )


def _react(fields: _Fields, common: dict[str, Any], _bot: str) -> Heard:
    return Reacted(**common, to=fields.text("to"), key=fields.text("react"))


def _redact(fields: _Fields, common: dict[str, Any], _bot: str) -> Heard:
    return Redacted(**common, redacts=fields.text("redact"))


def _join(_fields: _Fields, common: dict[str, Any], _bot: str) -> Heard:
    return Joined(**{**common, "power": common["power"] or 0})


def _leave(_fields: _Fields, common: dict[str, Any], _bot: str) -> Heard:
    return Left(**common, user=common["sender"])


def _kick(_fields: _Fields, common: dict[str, Any], bot: str) -> Heard:
    return Left(**common, user=bot)


def _invite(_fields: _Fields, common: dict[str, Any], _bot: str) -> Heard:
    return Invited(**common)


def _topic(fields: _Fields, common: dict[str, Any], _bot: str) -> Heard:
    return Topic(**common, title=fields.text("topic"))


def _vote(fields: _Fields, common: dict[str, Any], _bot: str) -> Heard:
    return Voted(**common, to=fields.text("to"), answers=fields.texts("vote"))


def _poll_end(fields: _Fields, common: dict[str, Any], _bot: str) -> Heard:
    return PollEnded(**common, to=fields.text("poll_end"))


def _file(fields: _Fields, common: dict[str, Any], _bot: str) -> Heard:
    """Take a file and its `caption`. What is in it is kept as its handle."""
    content, mimetype = fields.text("content", ""), fields.text("mimetype", "")
    try:
        b64decode(content, validate=True)
    except ValueError:
        raise BadInput("content: base64 is expected") from None
    name = fields.text("file")
    return Said(
        **common,
        body=fields.text("caption", ""),
        reply_to=fields.maybe("reply_to"),
        msgtype=_MSGTYPES.get(mimetype.partition("/")[0], "m.file"),
        file=Posted(name, mimetype, content),
    )


_READERS: dict[str, Callable[[_Fields, dict[str, Any], str], Heard]] = {
    "say": _say,
    "react": _react,
    "redact": _redact,
    "join": _join,
    "leave": _leave,
    "kick": _kick,
    "invite": _invite,
    "topic": _topic,
    "vote": _vote,
    "poll_end": _poll_end,
    "file": _file,
}


def made_up() -> str:
    """Return an event id that never repeats, across restarts too."""
    return f"$in-{token_hex(8)}"


def write_event(event: Event) -> dict[str, Any]:
    """Return the output line of what the bot did; what does not apply is absent."""
    entry = event.entry
    line: dict[str, Any] = {
        "event": event.event,
        "txn": entry.id,
        "room": event.room,
        "kind": str(entry.kind),
    }
    if entry.kind in _SPOKEN:
        line |= {"body": entry.body, "html": entry.html, "mentions": entry.mentions}
    if entry.kind in _IN_WORDS:
        line["body"] = entry.body
    if entry.kind is Kind.POLL:
        answers = enumerate(entry.answers, 1)
        line["answers"] = [{"id": str(number), "text": text} for number, text in answers]
    if entry.kind is Kind.FILE:
        line |= {"file": entry.file, "mimetype": entry.mimetype, "content": entry.content}
    if entry.kind is Kind.REACTION:
        line |= {"body": entry.key, "key": entry.key}
    for name in ("reply_to", "thread", "relates_to"):
        if value := getattr(entry, name):
            line[name] = value
    return line | {"at": event.at.isoformat()}


@dataclass
class Lines:
    """Writes JSON lines, each flushed."""

    write: Callable[[str], None]
    count: int = field(default=0)

    def put(self, line: dict[str, Any]) -> None:
        """Write one line."""
        self.write(json.dumps(line, ensure_ascii=False))

    def event(self, event: Event) -> None:
        """Write what the bot did."""
        self.put(write_event(event))
