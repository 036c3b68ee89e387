"""Everywhere: what one person asks of all their rooms at once, "my data" and "forget me"."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.assistant import Assistant, Reach, changes
from bot.assistant.speaking import Speaker
from bot.heard import Heard
from bot.model.documents import PersonDocument, RoomDocument
from bot.model.forgetting import forget, forget_traces
from bot.ports import Held, Store
from bot.vitals import Vitals

GRACE = timedelta(days=30)
"""How long the project of a room that the bot was removed from is kept."""


@dataclass(frozen=True)
class Means:
    """What the dispatcher lends to work that reaches beyond one room."""

    assistant: Assistant
    store: Store
    catch_up: Callable[[RoomDocument, datetime], bool]
    """Rings what is due before anything changes."""
    commit: Callable[[Held, RoomDocument, Reach], Awaitable[None]]
    """Writes a room and its people in one batch."""
    vitals: Vitals


async def hear(means: Means, room: str, heard: Heard, now: datetime) -> list[str]:
    """Hear again in *room* with all rooms of the sender; return those that have something to say.

    Raises StoreFull.

    The caller sees to it that nobody else holds several rooms at the same time. The asking room is
    committed last: its document knows the event, so that a cut in between repeats the whole.
    """
    others = sorted({*await means.store.rooms_of(heard.sender, left=True)} - {room})
    async with AsyncExitStack() as stack:
        helds: dict[str, Held] = {}
        for one in [*others, room]:
            people = [heard.sender] if one == room else []
            helds[one] = await stack.enter_async_context(means.store.hold(one, people))
        documents = {one: held.room for one, held in helds.items() if held.room is not None}
        others = [one for one in others if one in documents]  # it may have been erased meanwhile
        documents.setdefault(room, means.assistant.new_room(room, now))
        reach = Reach(people=dict(helds[room].people), rooms=list(documents.values()))
        names = {one: _name_in(document, heard.sender) for one, document in documents.items()}
        for document in documents.values():
            means.catch_up(document, now)
        means.assistant.hear(documents[room], heard, now, reach)
        means.vitals.bugs += reach.broke
        if reach.forgets:
            reach.people = {one: PersonDocument(one) for one in reach.people}
            for one, document in documents.items():
                forget_traces(document, heard.sender, names[one])
        for one in others:
            await means.commit(helds[one], documents[one], Reach())
        await means.commit(helds[room], documents[room], reach)
    rooms = list(documents)
    if reach.forgets:
        rooms[:0] = await _forget_elsewhere(means, heard.sender, now)
        await means.store.forget_person(heard.sender)
    return rooms


async def _forget_elsewhere(means: Means, user: str, now: datetime) -> list[str]:
    """Forget *user* where they were never seen as a member: direct rooms, tasks given to them.

    All rooms are looked through; it is asked for once in a person's life here. Returns those in
    which there was something.
    """
    rooms = [one.project.room async for one in means.store.rooms() if user in repr(one)]
    for room in rooms:
        async with means.store.hold(room) as held:
            document = held.room
            if document is None:
                continue
            before = changes.snapshot(document.project)
            name = _name_in(document, user)
            forget(document.project, user)
            forget_traces(document, user, name)
            after = changes.snapshot(document.project)
            touched = changes.touched(list(changes.differences(before, after)))
            Speaker(document, now).refresh(touched)
            await means.commit(held, document, Reach())
    return rooms


async def forget_left_rooms(store: Store, now: datetime) -> None:
    """Erase the projects of rooms that the bot was removed from some weeks ago.

    Of people who are in no other room, what they chose is erased with it.
    """
    rooms = {
        one.project.room: list(one.project.members)
        async for one in store.rooms()
        if "left" in one.extra and now - datetime.fromisoformat(one.extra["left"]) > GRACE
    }
    for room in rooms:
        await store.forget(room)
    for user in {one for members in rooms.values() for one in members}:
        if not await store.rooms_of(user, left=True):
            await store.forget_person(user)


def _name_in(document: RoomDocument, user: str) -> str:
    """Return what *user* is called in a room that knows them, else ""."""
    member = document.project.members.get(user)
    return member.name if member else ""
