"""Turns an outbox entry into the content of an event."""

from __future__ import annotations

import hashlib
from typing import Any

from bot.model.documents import Entry, Kind
from bot.ports import Never

ENTRY_KEY = "eu.comenius.entry"
"""Our entry's id inside the content, encrypted with it: a new device can look what was sent."""
_MSGTYPES = {Kind.NOTICE: "m.notice", Kind.TEXT: "m.text", Kind.EDIT: "m.notice"}
_TRANSACTION_LIMIT = 200
POLLS = "org.matrix.msc3381.poll."
_TEXT = "org.matrix.msc1767.text"
MESSAGE, REACTION, SEALED = "m.room.message", "m.reaction", "m.room.encrypted"
_TYPES = {
    Kind.REACTION: REACTION,
    Kind.POLL: f"{POLLS}start",
    Kind.POLL_END: f"{POLLS}end",
}


def transaction(entry: Entry) -> str:
    """Return the transaction id of *entry*: the same at each attempt (client-server API 4.6)."""
    if len(entry.id) <= _TRANSACTION_LIMIT:
        return entry.id
    return hashlib.sha256(entry.id.encode()).hexdigest()


def kind_of(entry: Entry) -> str:
    """Return the type of event that *entry* becomes, where nothing is encrypted."""
    return _TYPES.get(entry.kind, MESSAGE)


def write(entry: Entry) -> tuple[str, dict[str, Any]]:
    """Return event type and content of a message, an edit or a reaction. Raises Never."""
    if entry.kind is Kind.REACTION:
        relation = {"rel_type": "m.annotation", "event_id": aim(entry), "key": entry.key}
        return kind_of(entry), {"m.relates_to": relation, ENTRY_KEY: entry.id}
    if entry.kind in {Kind.POLL, Kind.POLL_END}:
        return _poll(entry) if entry.kind is Kind.POLL else _poll_end(entry)
    content = _message(entry)
    if entry.kind is Kind.EDIT:
        # spec 11.24: the outer text is for clients that know no edits; empty mentions out there,
        # or everybody mentioned rings again with each edit
        content = {
            **content,
            "body": f"* {entry.body}",
            "m.mentions": {},
            "m.new_content": content,
            "m.relates_to": {"rel_type": "m.replace", "event_id": aim(entry)},
        }
        if entry.html:
            content["formatted_body"] = f"* {entry.html}"
    elif relation := _relation(entry):
        content["m.relates_to"] = relation
    content[ENTRY_KEY] = entry.id
    return kind_of(entry), content


def _poll(entry: Entry) -> tuple[str, dict[str, Any]]:
    """Return a native poll, as clients of today draw it.

    Unstable names only (MSC3381): the stable type is an empty tile in Element and Tchap.
    """
    question, _, _options = entry.body.partition("\n")
    answers = [{"id": str(n), _TEXT: text} for n, text in enumerate(entry.answers, 1)]
    start = {
        "kind": f"{POLLS}disclosed",
        "max_selections": 1,
        "question": {_TEXT: question, "body": question, "msgtype": "m.text"},
        "answers": answers,
    }
    content = {f"{POLLS}start": start, _TEXT: entry.body, "m.mentions": {}, ENTRY_KEY: entry.id}
    return kind_of(entry), content


def _poll_end(entry: Entry) -> tuple[str, dict[str, Any]]:
    relation = {"rel_type": "m.reference", "event_id": aim(entry)}
    content = {f"{POLLS}end": {}, _TEXT: entry.body, "m.relates_to": relation}
    return kind_of(entry), {**content, "m.mentions": {}, ENTRY_KEY: entry.id}


def write_file(entry: Entry, size: int, place: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a message with a file; *place* says where its content lies."""
    info = {"mimetype": entry.mimetype, "size": size}
    content = {"msgtype": "m.file", "body": entry.file, "filename": entry.file, "info": info}
    return {**content, **place, "m.mentions": {}, ENTRY_KEY: entry.id}


def aim(entry: Entry) -> str:
    """Return the event that *entry* is about. Raises Never if there is none."""
    if not entry.relates_to:
        raise Never(f"{entry.kind} without the event it is about")
    return entry.relates_to


def _message(entry: Entry) -> dict[str, Any]:
    content: dict[str, Any] = {
        "msgtype": _MSGTYPES[entry.kind],
        "body": entry.body,
        # always there: without it servers guess mentions from names in the text (MSC3952)
        "m.mentions": {"user_ids": list(entry.mentions)} if entry.mentions else {},
    }
    if entry.html:
        content |= {"format": "org.matrix.custom.html", "formatted_body": entry.html}
    return content


def _relation(entry: Entry) -> dict[str, Any]:
    """Return the rich reply or thread relation (spec 11.19, 11.10), without fallback text."""
    answered = entry.reply_to or entry.thread
    relation: dict[str, Any] = {"m.in_reply_to": {"event_id": answered}} if answered else {}
    if entry.thread:
        relation |= {
            "rel_type": "m.thread",
            "event_id": entry.thread,
            "is_falling_back": entry.reply_to is None,
        }
    return relation
