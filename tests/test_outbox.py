"""The outbox on a bad day: what rings goes first, what is not taken is told to whoever asked."""

from __future__ import annotations

import asyncio

import pytest

from bot.adapters.console.door import ROOM
from bot.model.documents import Entry, Kind
from bot.ports import Later, Never
from tests.conftest import Talk, bodies, keys


async def test_what_rings_meanwhile_goes_before_the_answers_that_wait(talk: Talk) -> None:
    """Forty answers at a slow server's pace take minutes: a reminder is not behind them."""
    deliver = talk.room.door.deliver
    sent: list[str] = []
    open_now = False

    async def slow(room: str, entry: Entry) -> str | None:
        if not open_now:
            raise Later(5)
        if not sent:
            async with talk.room.dispatcher.store.hold(ROOM) as held:
                assert held.room is not None
                ring = Entry("ring-1", Kind.TEXT, talk.room.now(), body="⏰ now", priority=0)
                held.room.outbox.append(ring)
                await held.commit()
        sent.append(entry.body)
        return await deliver(room, entry)

    talk.room.door.deliver = slow  # type: ignore[method-assign]
    for number in range(5):
        await talk.say(f"!task part {number}")
    open_now = True
    await talk.room.dispatcher.kick(ROOM)

    said = [body for body in sent if body]
    assert said[:3] == ["#1 · part 0", "⏰ now", "#2 · part 1"]
    assert [body for body in said if body.startswith("#")] == [
        f"#{n + 1} · part {n}" for n in range(5)
    ]


@pytest.mark.parametrize(
    "reason", ["413 M_TOO_LARGE", "403 M_FORBIDDEN", "it breaks off each time"]
)
async def test_a_file_that_is_not_taken(talk: Talk, reason: str) -> None:
    """One kind sentence where it was asked for, each time; nothing else stops."""
    deliver = talk.room.door.deliver

    async def no_files(room: str, entry: Entry) -> str | None:
        if entry.kind is Kind.FILE:
            raise Never(reason)
        return await deliver(room, entry)

    talk.room.door.deliver = no_files  # type: ignore[method-assign]
    await talk.say("!task film the school tour tomorrow 10:00")
    for _ in range(2):
        said = bodies(await talk.say("!calendar"))
        sentence = "The server did not take the file calendar.ics. It may be too large."
        assert said[-1:] == [sentence]
        assert said.count(sentence) == 1
    direct = await talk.say("!my data", room="!direct-lea", direct=True)
    assert [one.room for one in direct if "did not take" in one.entry.body] == ["!direct-lea"]
    assert ["#2 · next"] == bodies(await talk.say("!task next"))
    assert ["✅", "✋"] == keys(await talk.say("!task and another"))


async def test_a_project_that_moves_waits_for_one_message_only(talk: Talk) -> None:
    """At a slow server's pace an outbox takes minutes: who holds it up waits for what is sent now.

    What was sent is settled before, so that nothing is said twice; the rest goes afterwards.
    """
    deliver, delivery = talk.room.door.deliver, talk.room.dispatcher.delivery
    go, sent, begun = asyncio.Event(), list[str](), asyncio.Event()
    sleepy = False

    async def slow(room: str, entry: Entry) -> str | None:
        if not sleepy:
            raise Later(5)
        sent.append(entry.id)
        begun.set()
        await go.wait()
        return await deliver(room, entry)

    talk.room.door.deliver = slow  # type: ignore[method-assign]
    for number in range(5):
        await talk.say(f"!task part {number}")
    sleepy = delivery.background = True
    await delivery.kick(ROOM)
    await begun.wait()

    async def hold_up() -> list[str]:
        async with delivery.still(ROOM):
            left = [entry.id for entry in (await talk.document()).outbox]
            assert len(sent) == 1
            assert sent[0] not in left
            return left

    held = asyncio.create_task(hold_up())
    await asyncio.sleep(0)
    go.set()
    left = await held
    await asyncio.wait_for(delivery._pumps[ROOM], 5)

    assert len(left) >= 4
    assert len(sent) == len(set(sent))
    assert set(sent[1:]) <= set(left)
    assert {"board"} == {one.target for one in (await talk.document()).outbox}  # a minute later
    await delivery.close()
