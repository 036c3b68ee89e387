"""Serving the JSON-lines interface on standard input and output (DESIGN 9)."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

from bot.adapters.console.lines import BadInput, Clocked, Lines, made_up, read_line
from bot.adapters.console.room import LineRoom
from bot.ports import StoreFull


def write(line: str) -> None:
    """Write one line to standard output, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def serve(lines: Lines, room: LineRoom) -> None:
    """Answer every input line with what the bot did and a `done`, until the input ends."""
    lines.put({"ready": True, "user": room.door.user})
    await room.start()
    async for line in _standard_input():
        lines.count += 1
        try:
            event = await _serve(room, line)
        except BadInput as trouble:
            lines.put({"done": lines.count, "error": str(trouble)})
        except StoreFull:
            told = "the disk takes nothing at the moment: nothing was changed"
            lines.put({"done": lines.count, "error": told})
        else:
            lines.put({"done": lines.count, "event": event})


async def _serve(room: LineRoom, line: str) -> str:
    event, found = read_line(line, made_up(), room.door.user, room.now())
    if isinstance(found, Clocked):
        if room.clock is None:
            raise BadInput("clock: time only stands still with --now")
        if found.until < room.now():
            raise BadInput("clock: time does not go back")
        await room.move(found.until)
    else:
        await room.hear(found)
    return event


async def _standard_input() -> AsyncIterator[str]:
    """Yield the lines of standard input without holding up the loop."""
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        yield line.decode("utf-8", errors="replace")
