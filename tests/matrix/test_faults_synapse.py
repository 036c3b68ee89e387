"""A real homeserver that was set back to a backup: the bot goes on all the same."""

from __future__ import annotations

import json

import pytest

from bot.heard import Said
from tests.matrix.people import NewBot, NewPerson

pytestmark = pytest.mark.synapse


@pytest.mark.parametrize(
    "token",
    [
        "garbage",  # of another server's making: 400 M_UNKNOWN "Invalid stream token"
        "s999999_999999_1_1_1_1_1_1_1_1_1",  # from the future of the backup
    ],
)
async def test_a_token_that_the_server_does_not_know(
    person: NewPerson, bot: NewBot, token: str
) -> None:
    """What comes is heard, once.

    What was heard before may come again: whoever hears knows it (test_faults_order).
    """
    ana, robot = await person(), await bot()
    room = await ana.room(robot.door.user)
    await robot.joins(room)
    await ana.say(room, "before")
    await robot.hears(Said, lambda said: said.body == "before")
    await robot.settle()
    await robot.stop()
    path = robot.directory / "sync.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"next_batch": token}))
    await robot.restart()
    await ana.say(room, "after")
    await robot.hears(Said, lambda said: said.body == "after")
    assert robot.bodies(room).count("after") == 1
