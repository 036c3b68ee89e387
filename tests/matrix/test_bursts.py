"""A whole school types at once: every command is done, and none twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.adapters.synapse import Synapse
from tests.matrix.bot_process import BotProcess, life_of
from tests.matrix.counting import (
    apologies,
    miscounted,
    misnumbered,
    repeated,
)
from tests.matrix.crowd import AT_ONCE, flood, share, voices
from tests.matrix.waiting import all_answered

pytestmark = [pytest.mark.synapse, pytest.mark.timeout(400)]
COMMANDS = 400


@pytest.fixture
async def process(synapse: Synapse, tmp_path: Path) -> AsyncIterator[BotProcess]:
    """Run the bot in a process of its own, with the pace that a rate-limit override gives it."""
    made = BotProcess(life_of(synapse, tmp_path), tmp_path / "process")
    yield made
    await made.close()


@pytest.mark.parametrize("rooms", [1, 4], ids=["one-room", "four-rooms"])
async def test_four_hundred_commands_eight_at_a_time(
    synapse: Synapse, process: BotProcess, rooms: int
) -> None:
    """Each of 400 new tasks gets one card; the numbers are dense and in the server's order."""
    async with voices(synapse, AT_ONCE) as people:
        await process.connect()
        places = [await share(people[0], people[1:], process.user) for _ in range(rooms)]

        asked = await flood(people, places, (f"!task Poster {n}x" for n in range(COMMANDS)))
        told = await all_answered(people[0], process.user, places, asked)
        await process.stop()

    assert COMMANDS == len(asked)
    for one in told:
        assert [] == list(miscounted(one, asked))
        assert [] == list(misnumbered(one, asked))
        assert [] == [*repeated(one), *apologies(one)]
        stored = process.stored(one.room)
        assert stored
        assert list(range(1, COMMANDS // rooms + 1)) == sorted(stored.project.tasks)
    assert [] == process.complaints()
