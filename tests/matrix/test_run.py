"""`comenius run` as an admin starts it: how it ends, and that there is only one of it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.adapters.synapse import Synapse
from tests.matrix.counting import Asked
from tests.matrix.crowd import say, share, voices
from tests.matrix.people import numbers
from tests.matrix.waiting import answered

pytestmark = pytest.mark.synapse
Run = Callable[[], subprocess.Popen[str]]
LONGEST = 60.0
"""Seconds that a program may take to end."""


@pytest.fixture
def user(synapse: Synapse) -> str:
    """Return the id of a bot's account."""
    return synapse.register(f"comenius{next(numbers)}", "secret", shown="Comenius")


@pytest.fixture
def run(synapse: Synapse, user: str, tmp_path: Path) -> Iterator[Run]:
    """Start the program, each time on the same bot.yaml."""
    (tmp_path / "password").write_text("secret", encoding="utf-8")
    (tmp_path / "password").chmod(0o600)
    config = tmp_path / "bot.yaml"
    config.write_text(
        f"matrix: {{homeserver: '{synapse.address}', user: '{user}', password_file: password, "
        f"allow: [{synapse.name}]}}",
        encoding="utf-8",
    )
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "bot", "run", "--config", str(config)]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.communicate()


async def test_a_revoked_token_ends_the_run(synapse: Synapse, run: Run, tmp_path: Path) -> None:
    """Logged out from elsewhere while it serves: exit status 3, and one sentence what to do."""
    program = run()
    await asyncio.to_thread(_until_connected, program)
    session = json.loads((tmp_path / "data" / "matrix" / "session.json").read_text())

    synapse.ask("POST", "/_matrix/client/v3/logout", {}, session["access_token"])
    _out, told = await asyncio.to_thread(program.communicate, timeout=LONGEST)

    assert 3 == program.returncode
    sentences = [one for one in told.splitlines() if one.startswith("The homeserver refuses")]
    assert 1 == len(sentences)
    assert "Traceback" not in told


async def test_a_second_copy_is_refused(synapse: Synapse, run: Run, user: str) -> None:
    """Two programs on one data directory would say everything twice: the second ends at once."""
    first = run()
    await asyncio.to_thread(_until_connected, first)

    second = run()
    _out, told = await asyncio.to_thread(second.communicate, timeout=LONGEST)

    assert 1 == second.returncode
    assert 1 == len(told.splitlines())
    assert "another process" in told.casefold()
    async with voices(synapse, 1) as (ana,):
        room = await share(ana, [], user)
        line = "!task Poster"
        await answered(ana, user, room, [Asked(room, await say(ana, room, line), line)])
    assert first.poll() is None


def _until_connected(program: subprocess.Popen[str]) -> None:
    assert program.stdout
    for line in program.stdout:
        if line.startswith("Connected."):
            return
    raise AssertionError(program.communicate()[1])
