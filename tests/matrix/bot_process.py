"""Runs the whole bot in a process of its own that can be killed, by a clock that may run fast.

Run as a program, this file is that process: a mother that has everything imported and forks one
bot after the other, so that a life costs no second of loading. The bot is `app.run`, as it is.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any
from unittest.mock import patch

from bot import app
from bot.adapters.matrix import door, reading
from bot.adapters.matrix.budget import Budget
from bot.adapters.matrix.plain import moment
from bot.adapters.store.coding import document_of
from bot.adapters.store.names import Key, Kind
from bot.adapters.synapse import Synapse
from bot.cli.running import LOG, until_stopped
from bot.model.documents import RoomDocument
from bot.settings import Settings
from tests.matrix.people import numbers

PATIENCE = 60.0
"""Seconds after which a bot that neither starts nor ends is called hung."""


@dataclass(frozen=True)
class FastClock:
    """The bot's clock and, to it, the server's: the same through all its lives."""

    origin: float
    """Seconds of the epoch at which it agreed with the real one."""
    speed: float

    def at(self, real: float) -> datetime:
        """Return what it shows at *real*, in seconds of the epoch."""
        return datetime.fromtimestamp(self.origin + (real - self.origin) * self.speed, UTC)

    def now(self) -> datetime:
        """Return what it shows now."""
        return self.at(time.time())

    def seen(self, value: object, now: datetime) -> datetime:
        """Return what it showed when the server stamped *value*, in place of `plain.moment`."""
        real = moment(value, datetime.now(UTC))
        return min(self.at(real.timestamp()), now)


@dataclass(frozen=True)
class Life:
    """What a bot has to know to be born."""

    settings: dict[str, Any]
    environment: dict[str, str]
    origin: float = field(default_factory=time.time)
    speed: float = 1.0
    tick: float = 0.2

    @property
    def clock(self) -> FastClock:
        """Return the clock of all its lives."""
        return FastClock(self.origin, self.speed)


class BotProcess:
    """The bot as whoever kills it sees it; one at a time."""

    def __init__(self, life: Life, directory: Path) -> None:
        """Let the mother be started, with log and configuration in *directory*."""
        directory.mkdir(parents=True, exist_ok=True)
        self.life = life
        self.log = directory / "log"
        self.lives = 0
        configuration = directory / "life.json"
        configuration.write_text(json.dumps(asdict(life)), encoding="utf-8")
        root = Path(__file__).parents[2]
        with self.log.open("ab") as log:
            self._mother = subprocess.Popen(
                [sys.executable, "-m", "tests.matrix.bot_process", str(configuration)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=root,
                env={**os.environ, "PYTHONPATH": str(root)},
                start_new_session=True,
            )
        self._pid = 0

    @property
    def user(self) -> str:
        """Return the bot's Matrix id."""
        return str(self.life.settings["matrix"]["user"])

    @property
    def store(self) -> Path:
        """Return the data directory."""
        return Path(self.life.settings["store"]["directory"])

    async def start(self) -> None:
        """Give birth to a bot; return when its process is there."""
        assert not self._pid
        self.lives += 1
        assert self._mother.stdin
        print("live", file=self._mother.stdin, flush=True)
        self._pid = int((await self._line("born")).split()[1])

    async def connect(self) -> None:
        """Start, and return once the bot is logged in."""
        await self.start()
        await self._line("Connected.")

    async def kill(self) -> None:
        """End it as a power cut would."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to end; return its exit status."""
        return await self._end(signal.SIGTERM)

    async def ended(self) -> int:
        """Wait until it has ended by itself; return its exit status."""
        line = await self._line("died")
        self._pid = 0
        return int(line.split()[1])

    async def close(self) -> None:
        """End it and its mother, whatever they are doing."""
        os.killpg(self._mother.pid, signal.SIGKILL)
        await asyncio.to_thread(self._mother.communicate)

    async def _end(self, sign: signal.Signals) -> int:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.kill(self._pid, sign)
        return await self.ended()

    async def _line(self, begin: str) -> str:
        async with asyncio.timeout(PATIENCE):
            while True:
                line = await asyncio.to_thread(_next_line, self._mother.stdout)
                if line.startswith(begin):
                    return line
                if not line or line.startswith("died"):
                    log = self.log.read_text("utf-8", "replace")
                    raise AssertionError(f"not {begin!r} but {line!r}: {log[-2000:]}")

    def stored(self, room: str) -> RoomDocument | None:
        """Return what is durable about *room*, as the bot's next life would find it."""
        path = Key(Kind.PROJECT, room).path(self.store)
        if not path.exists():
            return None
        found = document_of(Kind.PROJECT, json.loads(path.read_bytes()))
        return found if isinstance(found, RoomDocument) else None

    def complaints(self) -> list[str]:
        """Return the lines of the log that tell of a fault."""
        lines = self.log.read_text("utf-8", "replace").splitlines()
        return [one for one in lines if " ERROR " in one or " CRITICAL " in one or "Error" in one]


def life_of(synapse: Synapse, directory: Path, speed: float = 1.0, **more: Any) -> Life:
    """Register a bot on *synapse*; return its life: nobody is held up by manners or at night."""
    user = synapse.register(f"comenius{next(numbers)}", "secret", shown="Comenius")
    settings = {
        "matrix": {"homeserver": synapse.address, "user": user, "allow": [synapse.name]},
        "store": {"directory": str(directory / "data")},
        "languages": ["en"],
        "zone": "Europe/Paris",
        "quiet": {"from": "00:00", "to": "00:00", "weekend": False},
        "limits": {"commands_per_minute": 1000},
    }
    return Life(settings | more, {"COMENIUS_PASSWORD": "secret"}, speed=speed)


def _next_line(stream: IO[str] | None) -> str:
    return stream.readline() if stream else ""


# --- in the process itself -----------------------------------------------------------------------


def _live(life: Life) -> int:
    """Be the bot until stopped; return the exit status of `comenius run`."""
    logging.basicConfig(level=logging.WARNING, format=LOG, stream=sys.stderr)
    threading.Thread(target=_die_with_the_parent, daemon=True).start()
    settings = Settings.model_validate(life.settings)
    clock = life.clock
    run = app.run(settings, life.environment, _tell, now=clock.now, tick=life.tick)
    # Of a second as it shows, not of a real one, the rate budget has as much as it always has.
    budget = patch.object(door, "Budget", partial(Budget, rate=life.speed))
    with budget, patch.object(reading, "moment", clock.seen):
        return asyncio.run(until_stopped(run))


def _tell(sentence: str) -> None:
    os.write(1, f"{sentence}\n".encode())  # in one piece, and at once: a buffer would die with us


def _lived(life: Life) -> int:
    try:
        return _live(life)
    except BaseException:  # noqa: BLE001 - a forked child must not go on as its mother
        traceback.print_exc()
        return 70
    finally:
        sys.stderr.flush()


def _die_with_the_parent() -> None:
    """Wait for the end of standard input, on which nothing comes as long as a bot lives."""
    os.read(0, 1)
    os._exit(9)


def _be_mother(life: Life) -> None:
    """Fork a bot for each line of input, and tell of its birth and its death."""
    while os.read(0, 100):  # unbuffered: a buffer would be inherited
        pid = os.fork()
        if pid == 0:
            os._exit(_lived(life))
        _tell(f"born {pid}")
        _pid, how = os.waitpid(pid, 0)
        _tell(f"died {os.waitstatus_to_exitcode(how)}")


if __name__ == "__main__":
    _be_mother(Life(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
