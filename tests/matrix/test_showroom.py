"""`comenius demo --matrix`: a room that a real client can visit."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.adapters.synapse import Synapse
from tests.matrix.people import Person

pytestmark = pytest.mark.synapse
SHOWN = re.compile(r"Homeserver +http://127\.0\.0\.1:(\d+)\n +Room .*\((!\S+), encrypted\)")


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Process]:
    """Start the demo, with a folder of its own for what it leaves behind."""
    folder = tmp_path / "left"
    folder.mkdir()
    command = [sys.executable, "-m", "bot", "demo", "--matrix"]
    environment = {**os.environ, "TMPDIR": str(folder)}
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, env=environment)
    yield process
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def guide(demo: Process) -> str:
    """Return all that is said until the room is ready."""
    assert demo.stdout is not None
    said = (await demo.stdout.readuntil(b"Ctrl-C ends")).decode()
    return said + (await demo.stdout.readline()).decode()


async def test_a_real_client_visits_the_room(demo: Process, tmp_path: Path) -> None:
    """A pupil signs in with what was printed and is answered; Ctrl-C removes everything."""
    said = await guide(demo)
    shown = SHOWN.search(said)
    password = re.search(r"Password +(\w+)", said)
    assert shown
    assert password
    port, room = int(shown[1]), shown[2]

    maja = Person(Synapse(port=port), "maja", password[1], tmp_path / "maja")
    try:
        await maja.enter()
        await maja.sync(full=True)
        state = await maja.ask("GET", f"/rooms/{room}/state/m.room.create")
        assert "12" == state["room_version"]
        asked = await maja.say(room, "!partners")
        answer = await maja.see(
            lambda e: (
                e.sender == "@comenius:localhost" and "VOL Volos · en" in getattr(e, "body", "")
            )
        )
    finally:
        await maja.close()
    demo.send_signal(signal.SIGINT)

    assert answer.decrypted
    assert asked == answer.source["content"]["m.relates_to"]["m.in_reply_to"]["event_id"]
    assert 0 == await demo.wait()
    assert [] == list((tmp_path / "left").iterdir())


async def test_it_can_be_stopped_while_it_starts(demo: Process, tmp_path: Path) -> None:
    """Whoever changes their mind at once leaves nothing behind either."""
    assert demo.stdout is not None
    await demo.stdout.readline()
    demo.send_signal(signal.SIGINT)

    assert 0 == await demo.wait()
    assert [] == list((tmp_path / "left").iterdir())
