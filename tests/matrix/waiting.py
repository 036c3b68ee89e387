"""Waits for a bot in another process until the server has all its answers, or no more come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from tests.matrix.counting import Asked, Asking, History, history, miscounted
from tests.matrix.people import DEADLINE

QUIET_SECONDS = 45.0
"""So long without anything new from the bot means that no more will come; it may pause for 30 s."""
AT_MOST = 40
"""Answers that a bot gives in a second: to look for them sooner keeps the server from its work."""
SECOND_LOOK = 2.0
"""Seconds in which what is said a second time has time to come."""


async def all_answered(
    who: Asking, bot: str, rooms: Sequence[str], asked: Sequence[Asked]
) -> list[History]:
    """Return the histories of *rooms* once nothing is missing, or nothing comes any more."""
    most, since = -1, time.monotonic()
    while True:
        told = [await history(who, room, bot) for room in rooms]
        missing = [one for each in told for one in miscounted(each, asked)]
        if not missing or time.monotonic() - since > QUIET_SECONDS:
            break
        if (count := sum(len(one.ours) for one in told)) > most:
            most, since = count, time.monotonic()
        await asyncio.sleep(1 + len(missing) / AT_MOST)
    await asyncio.sleep(SECOND_LOOK)
    return [await history(who, room, bot) for room in rooms]


async def answered(who: Asking, bot: str, room: str, asked: Sequence[Asked]) -> None:
    """Return once each of *asked* has an answer."""
    async with asyncio.timeout(DEADLINE):
        while list(miscounted(await history(who, room, bot), asked)):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
