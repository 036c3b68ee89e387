"""The whole bot on a real server, watched: by systemd's socket, by a monitor, by its log."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import app
from bot.adapters.logs import JsonForm, Stream
from bot.adapters.synapse import Synapse
from bot.settings.schema import Health
from tests.matrix.assistant import Assistant, sees, text_of
from tests.matrix.people import NewPerson, until

pytestmark = pytest.mark.synapse


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """Stand for systemd."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "notify"))
        made.settimeout(0)
        yield made


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Return what is logged, of everything, at DEBUG."""
    written = io.StringIO()
    handler = Stream(written)
    handler.setFormatter(JsonForm())
    root, ours = logging.getLogger(), logging.getLogger("bot")
    levels = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    ours.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def drained(manager: socket.socket, told: list[str]) -> list[str]:
    """Add to *told* what systemd was told since the last time, and return all of it."""
    while True:
        try:
            told.append(manager.recv(4096).decode())
        except BlockingIOError:
            return told


async def figures(port: int) -> dict[str, float]:
    """Return what /metrics tells."""
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        families = text_string_to_metric_families(await answer.text())
        return {one.name: one.value for family in families for one in family.samples}


async def test_an_hour_in_the_life_of_a_watched_bot(
    synapse: Synapse,
    person: NewPerson,
    manager: socket.socket,
    log: io.StringIO,
    tmp_path: Path,
) -> None:
    """It connects, answers, breaks once and ends: all of it can be seen, and nobody in it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    bot = Assistant(synapse, tmp_path / "bot")
    settings = bot.settings.model_copy(update={"health": Health(port=port)})
    environment = {
        "COMENIUS_PASSWORD": "secret",
        "NOTIFY_SOCKET": str(tmp_path / "notify"),
        "WATCHDOG_USEC": "200000",
    }
    told: list[str] = []
    running = asyncio.create_task(app.run(settings, environment, lambda _: None, tick=0.2))
    await until(lambda: "STATUS=Connected." in drained(manager, told), "connected")
    teacher = await person("weber")
    room = await teacher.room(bot.user, encrypted=True)
    await sees(teacher, bot.user, "📌")
    before = await figures(port)
    await teacher.sync(full=True)
    await teacher.say(room, "!task zqwishlist")
    await sees(teacher, bot.user, "zqwishlist")

    def breaks(*words: object) -> None:
        raise ValueError(str(words))

    with pytest.MonkeyPatch.context() as broken_bot:
        broken_bot.setattr("bot.assistant.running.do", breaks)
        await teacher.say(room, "!task zqsecond")
        broken = await sees(teacher, bot.user, "Reference")
    drained(manager, told)
    after = await figures(port)
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"http://127.0.0.1:{port}/health") as answer,
    ):
        health = answer.status, (await answer.json())["status"]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    drained(manager, told)

    assert (200, "well") == health
    assert 1 == after["comenius_bugs_total"] - before["comenius_bugs_total"]
    assert 2 <= after["comenius_heard_total"] - before["comenius_heard_total"]
    assert 2 <= after["comenius_sent_total"] - before["comenius_sent_total"]
    assert after["comenius_syncs_total"] > before["comenius_syncs_total"] > 0
    assert 0 == after["comenius_stuck"] == after["comenius_store_full_total"]
    assert "STOPPING=1" == told[-1]
    assert told.index("READY=1") < told.index("WATCHDOG=1")
    assert told.index("READY=1") < told.index("STATUS=Connected.")

    (reference,) = re.findall(r"Reference (\w{4})", text_of(broken))
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    (line,) = [one for one in lines if one.get("reference") == reference]
    assert "ValueError" == line["facts"]["error"]
    ids = (room[1:], teacher.id, bot.user, bot.name, "weber", str(broken.event_id)[1:])
    for word in (*ids, "zqwish", "zqsecond", "test.local", "syt_"):
        assert word not in log.getvalue()
