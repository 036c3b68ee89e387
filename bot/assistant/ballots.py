"""Ballots: the native poll events are kept as the project's polls want them (MSC3381)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2s

from bot.assistant.speaking import Speaker, room_reader
from bot.language.poll_cards import label
from bot.language.render import render
from bot.model.documents import Kind, RoomDocument
from bot.model.polls import Ballot, Poll

_KEY = "ballot "
"""In `extra`: "ballot 3" -> a digest of what the native poll that stands asks."""


def target_of(number: int) -> str:
    """Return what the native poll of poll *number* is remembered under."""
    return f"{_KEY}{number}"


def labels(document: RoomDocument, poll: Poll, now: datetime) -> list[str]:
    """Return the answers of a native poll as everybody reads them."""
    reader = room_reader(document, now)
    return [render(label(document.project, one), reader).body for one in poll.options]


def _digest(poll: Poll | None) -> str:
    """Return a digest of what the native poll is to ask, "" if there is to be none."""
    if poll is None or poll.ballot is not Ballot.ONE or poll.deleted or not poll.question:
        return ""
    asked = "\n".join([poll.question, *(one.word or one.text for one in poll.options)])
    return blake2s(asked.encode(), digest_size=6).hexdigest()


def _wrong(document: RoomDocument) -> Iterator[tuple[int, str]]:
    """Yield the polls whose native event is not what it should be: number and digest wanted."""
    known = {int(key.removeprefix(_KEY)) for key in document.extra if key.startswith(_KEY)}
    for number in sorted({*known, *document.project.polls}):
        poll, target = document.project.polls.get(number), target_of(number)
        if poll is not None and poll.closed and poll.question and not poll.deleted:
            continue  # it has ended there, too, and stays as it was
        wanted = _digest(poll)
        on_its_way = any(
            one.target == target and one.kind is Kind.POLL and one.tried for one in document.outbox
        )
        if wanted != document.extra.get(target, "") and not on_its_way:
            yield number, wanted


def are_wrong(document: RoomDocument) -> bool:
    """Tell whether `settle` has something to do."""
    return next(_wrong(document), None) is not None


def settle(document: RoomDocument, now: datetime) -> bool:
    """Ask natively what is not asked yet, and take back what was undone, deleted or changed.

    A native poll cannot grow: one with other answers takes its place. Votes are kept by us, and
    those that still arrive for the old event count. True if there was anything to do.
    """
    found = list(_wrong(document))
    for number, wanted in found:
        _withdraw(document, target_of(number), now)
        document.extra.pop(target_of(number), None)
        if wanted:
            poll = document.project.polls[number]
            document.extra[target_of(number)] = wanted
            question = render(poll.question, room_reader(document, now)).body
            Speaker(document, now).poll(question, labels(document, poll, now), target_of(number))
    return bool(found)


def _withdraw(document: RoomDocument, target: str, now: datetime) -> None:
    document.outbox = [one for one in document.outbox if one.tried or one.target != target]
    if event := document.places.pop(target, None):
        Speaker(document, now).redact(event)
