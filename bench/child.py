"""One bot in a process of its own, as its parent sees it: what it is told, and what it has used."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from typing import Self

PLAIN, SEALING, SIMPLE = "bare nio", "bare nio with keys", "simplematrixbotlib"
WHOLE, DISKLESS = "Comenius", "Comenius, no fsync"
ASKED, ANSWER = "!14", "#14 · Film part 14 of the school tour · 6 Dec, 18:00"
_LAST_SECONDS = 15.0
"""How long a bot may take to end."""


@dataclass(frozen=True)
class Task:
    """What a bot has to know."""

    kind: str
    address: str
    user: str
    password: str
    room: str
    directory: str


@dataclass
class Used:
    """What a bot has used since it was started, and when it did what."""

    cpu: float = 0.0
    """Seconds of all its threads, in user and system mode."""
    memory: float = 0.0
    """Megabytes at the moment."""
    inside: list[float] = field(default_factory=list)
    """Seconds from the arrival of each sync answer until the answer to it begins to be sent."""
    waits: list[float] = field(default_factory=list)
    """Seconds of fsync in each of `inside`."""
    fsyncs: list[float] = field(default_factory=list)
    """Seconds of each."""


class Child:
    """The process of one bot."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Take its process."""
        self._process = process

    @classmethod
    def start(cls, task: Task) -> Self:
        """Start a bot; the first `used` returns once it is logged in."""
        command = [sys.executable, "-m", "bench.bots"]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        print(json.dumps(asdict(task)), file=process.stdin, flush=True)
        return cls(process)

    @property
    def ended(self) -> bool:
        """Whether it runs no more."""
        return self._process.poll() is not None

    async def used(self) -> Used:
        """Ask what it has used so far. Raises ChildProcessError if it has ended."""
        return Used(**json.loads(await asyncio.to_thread(self._ask)))

    def _ask(self) -> str:
        try:
            print("used", file=self._process.stdin, flush=True)
            line = self._process.stdout.readline() if self._process.stdout else ""
        except BrokenPipeError:
            line = ""
        if not line:
            raise ChildProcessError("a bot ended by itself")
        return line

    async def stop(self) -> None:
        """End it, in good order if it can; once is enough, twice does no harm."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            await asyncio.to_thread(self._process.wait, _LAST_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)
        if self._process.stdout:
            self._process.stdout.close()
