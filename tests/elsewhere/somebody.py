"""Somebody with a client that is not nio: client.mjs in a process of its own, asked by lines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.elsewhere.installation import CLIENT, Installation

DEADLINE = 60.0
"""Seconds after which an answer, or what is waited for, counts as failed."""
_LONGEST_LINE = 2**22
_FAREWELL = 10.0
Shown = dict[str, Any]
"""What the client shows of an event: see `look` in client.mjs."""


class Trouble(Exception):
    """The client could not do what it was asked for; its own words."""


class Somebody:
    """One account in one such client. `enter`, then all else, then `leave`."""

    def __init__(self, installation: Installation, user: str, log: Path) -> None:
        """Be *user* (a full id); what the client's library says goes into *log*."""
        self.id = user
        self.device = ""
        self._installation = installation
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def enter(self, address: str, password: str) -> Shown:
        """Start the client and log in; return what it tells of itself. Raises Trouble."""
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                self._installation.node,
                CLIENT,
                cwd=self._installation.packages,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=_LONGEST_LINE,
            )
        told: Shown = await self.does("enter", address=address, user=self.id, password=password)
        self.device = told["device"]
        return told

    async def does(self, act: str, **values: object) -> Any:
        """Return what the client answers to *act* (of client.mjs). Raises Trouble."""
        process = self._process
        assert process
        assert process.stdin
        assert process.stdout
        async with self._turn, asyncio.timeout(DEADLINE):
            process.stdin.write(json.dumps({"act": act, **values}).encode() + b"\n")
            await process.stdin.drain()
            line = await process.stdout.readline()
        if not line:
            raise Trouble(f"the client ended: {self._log.read_text('utf-8', 'replace')[-2000:]}")
        told = json.loads(line)
        if "error" in told:
            raise Trouble(told["error"])
        return told["answer"]

    async def waits(self, act: str, wanted: Callable[[Any], object], **values: object) -> Any:
        """Return the first answer to *act* that is *wanted*; None never is."""
        told = None
        try:
            async with asyncio.timeout(DEADLINE):
                while True:
                    told = await self.does(act, **values)
                    if told is not None and wanted(told):
                        return told
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"after {DEADLINE:.0f} s it still shows {told}") from None

    async def room_with(self, other: str) -> str:
        """Open an encrypted room with *other*; return its id once they are in it."""
        room = str(await self.does("open", invite=[other]))
        await self.waits("membership", lambda told: told == "join", room=room, user=other)
        return room

    async def reads(self, room: str, event: str | None, *, changed: bool = False) -> Shown:
        """Return what is shown of *event* once it can be read; *changed*: once it was edited."""
        assert event

        def readable(told: Shown) -> bool:
            return told["failure"] is None and (told["edited"] or not changed)

        shown: Shown = await self.waits("look", readable, room=room, event=event)
        return shown

    async def leave(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _FAREWELL)
        except TimeoutError:
            process.kill()
            await process.wait()
