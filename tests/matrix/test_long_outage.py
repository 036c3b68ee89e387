"""The bot, or its homeserver, is away for long: what was said meanwhile is done once, in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.adapters.synapse import Synapse
from tests.matrix.bot_process import BotProcess, life_of
from tests.matrix.counting import Asked, History, apologies, miscounted, misnumbered, repeated
from tests.matrix.crowd import AT_ONCE, Eye, flood, say, share, voices
from tests.matrix.people import NewPerson
from tests.matrix.waiting import all_answered, answered

pytestmark = [pytest.mark.synapse, pytest.mark.timeout(400)]
EVENTS = 500
CHATTER = 5
"""Of so many events one is no command."""
NEARLY = 450


@pytest.fixture
async def process(synapse: Synapse, tmp_path: Path) -> AsyncIterator[BotProcess]:
    """Run the bot in a process of its own."""
    made = BotProcess(life_of(synapse, tmp_path), tmp_path / "process")
    yield made
    await made.close()


async def test_five_hundred_events_while_the_bot_was_away(
    synapse: Synapse, process: BotProcess
) -> None:
    """Commands among chatter, more than a timeline holds: each done once, in their order."""
    async with voices(synapse, AT_ONCE) as people:
        await process.connect()
        room = await share(people[0], people[1:], process.user)
        await process.stop()
        lines = [
            f"Did anybody see number {n}?" if n % CHATTER == 0 else f"!task Poster {n}x"
            for n in range(EVENTS)
        ]
        asked = await flood(people, [room], lines)
        await process.connect()
        [told] = await all_answered(people[0], process.user, [room], asked)
        await process.stop()

    assert [] == list(_wrong(told, asked))
    stored = process.stored(room)
    assert stored
    assert list(range(1, EVENTS - EVENTS // CHATTER + 1)) == sorted(stored.project.tasks)
    assert [] == process.complaints()


async def test_killed_when_most_of_a_backfill_was_done(
    synapse: Synapse, process: BotProcess
) -> None:
    """SIGKILL at command 450 of 500 that had waited: the next life does the rest, nothing twice."""
    async with voices(synapse, AT_ONCE) as people:
        await process.connect()
        room = await share(people[0], people[1:], process.user)
        await process.stop()
        asked = await flood(people, [room], (f"!task Poster {n}x" for n in range(EVENTS)))

        await process.connect()
        async with asyncio.timeout(120):
            while (done := _tasks(process, room)) < NEARLY:  # noqa: ASYNC110 - it is elsewhere
                await asyncio.sleep(0.005)
        await process.kill()
        assert NEARLY <= done < EVENTS, "it was done before it could be killed"
        await process.connect()
        [told] = await all_answered(people[0], process.user, [room], asked)
        await process.stop()

    assert [] == list(_wrong(told, asked))
    assert EVENTS == _tasks(process, room)
    assert [] == process.complaints()


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
async def test_synapse_is_stopped_and_started_in_the_middle_of_commands(
    synapse: Synapse, process: BotProcess, person: NewPerson, encrypted: bool
) -> None:
    """Away under the whole bot, with answers on their way: each command is answered once."""
    ana = await person("ana")
    eye = Eye(ana)
    await process.connect()
    room = await ana.room(process.user, encrypted=encrypted)
    await eye.meets(room, process.user)
    asked: list[Asked] = []
    for n in range(20):
        line = f"!task Poster {n}x"
        asked.append(Asked(room, await say(ana, room, line), line))
    await answered(ana, process.user, room, asked[:5])
    await asyncio.to_thread(synapse.halt)
    await asyncio.sleep(1)
    await asyncio.to_thread(synapse.start)
    line = "!task Poster last"
    asked.append(Asked(room, await say(ana, room, line), line))
    [told] = await all_answered(ana, process.user, [room], asked)
    await process.stop()
    await eye.close()

    assert [] == list(_wrong(told, asked))
    assert len(asked) == _tasks(process, room)


def _wrong(told: History, asked: list[Asked]) -> list[str]:
    tasks = [one for one in asked if one.line.startswith("!task")]
    return [
        *miscounted(told, asked),
        *misnumbered(told, tasks),
        *repeated(told),
        *apologies(told),
    ]


def _tasks(process: BotProcess, room: str) -> int:
    """Return how many tasks are durable."""
    stored = process.stored(room)
    return len(stored.project.tasks) if stored else 0
