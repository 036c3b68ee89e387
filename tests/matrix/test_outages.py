"""The homeserver goes away under the bot, or wants it slower."""

from __future__ import annotations

import asyncio

import pytest

from bot.adapters.matrix.budget import Budget
from bot.adapters.synapse import Synapse
from bot.heard import Said
from bot.ports import Later
from tests.matrix.people import NewBot, NewPerson, entry

pytestmark = pytest.mark.synapse


async def test_synapse_is_stopped_and_started_under_the_bot(
    person: NewPerson, bot: NewBot, synapse: Synapse
) -> None:
    """Deliveries meanwhile are Later; afterwards both directions work, nothing is lost."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user, encrypted=True)
    await robot.joins(room)
    await ana.sync()
    await ana.say(room, "vorher")
    await robot.hears(Said)
    await asyncio.to_thread(synapse.halt)
    waiting = entry(body="während")
    try:
        with pytest.raises(Later) as later:
            await robot.door.deliver(room, waiting)
        assert not later.value.locked
    finally:
        await asyncio.to_thread(synapse.start)
    sent = await robot.door.deliver(room, waiting)
    assert (await ana.see_id(sent)).body == "während"
    await ana.say(room, "nachher")
    await robot.hears(Said, lambda s: s.body == "nachher")
    assert robot.bodies(room) == ["vorher", "nachher"]


async def test_the_rate_limit_is_learned(person: NewPerson, bot: NewBot) -> None:
    """A 429 becomes Later with the server's own wait, and makes the budget slower."""
    admin = await person("admin", admin=True)
    budget = Budget(rate=1000, burst=1000)
    robot = await bot(budget=budget)
    room = await admin.room(robot.door.user)
    await robot.joins(room)
    path = f"/_synapse/admin/v1/users/{robot.door.user}/override_ratelimit"
    body = {"messages_per_second": 1, "burst_count": 2}
    await asyncio.to_thread(admin.synapse.ask, "POST", path, body, admin.client.access_token)

    async def flood() -> None:
        for number in range(10):
            await robot.door.deliver(room, entry(body=str(number)))

    with pytest.raises(Later) as later:
        await flood()
    assert 0 < later.value.seconds < 60
    assert budget.rate < 1000
    assert budget.short
