"""The composition root: the only module that knows all the pieces."""

from __future__ import annotations

import asyncio
import importlib
import logging
import pkgutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import commands
from bot.adapters.alarm import AlarmClock
from bot.adapters.console import LineDoor, StandingClock
from bot.adapters.console.lines import BadInput, Clocked, Lines, made_up, read_line
from bot.adapters.store import FileStore
from bot.assistant import Assistant, Manners
from bot.command import Commands
from bot.dispatcher import Dispatcher
from bot.heard import Heard, Invited, Joined
from bot.ports import StoreFull
from bot.settings import Settings

log = logging.getLogger(__name__)


def declared() -> Commands:
    """Return every command that a module of the commands package declares."""
    found = Commands()
    for module in sorted(pkgutil.iter_modules(commands.__path__), key=lambda one: one.name):
        family = getattr(importlib.import_module(f"commands.{module.name}"), "command", None)
        if isinstance(family, Commands):
            found.all += family.all
    return found


def manners(settings: Settings) -> Manners:
    """Return how the assistant behaves, from the settings."""
    return Manners(
        languages=tuple(settings.languages),
        zone=settings.zone,
        commands_per_minute=settings.limits.commands_per_minute,
        quiet=settings.quiet.as_quiet(),
        deadline=settings.deadline,
        leads=tuple(settings.leads),
    )


@dataclass
class LineRoom:
    """A room made of lines: the whole assistant without a homeserver."""

    dispatcher: Dispatcher
    door: LineDoor
    clock: StandingClock | None
    now: Callable[[], datetime]

    async def hear(self, heard: Heard) -> None:
        """Take what was heard, as a homeserver would have told it."""
        if isinstance(heard, Joined):
            self.door.powers[heard.room, heard.sender] = heard.power or 0
            names = self.door.names.setdefault(heard.room, {})
            names[heard.sender] = heard.name or heard.sender.lstrip("@").split(":")[0]
        await self.dispatcher.hear(heard)

    async def move(self, until: datetime) -> None:
        """Let time pass, where it stands still."""
        if self.clock is not None:
            await self.clock.move(until, self.dispatcher.wake)


@asynccontextmanager
async def line_room(
    settings: Settings,
    data: Path | None,
    now: datetime | None,
    show: Callable[..., None],
) -> AsyncIterator[LineRoom]:
    """Open a room made of lines; with *now* its clock stands still until it is moved."""
    with tempfile.TemporaryDirectory(prefix="comenius-") as temporary:
        store = FileStore(data or Path(temporary))
        assistant = Assistant(declared(), LineDoor.user, manners(settings))
        if now is not None:
            standing = StandingClock(now)
            room = LineRoom(
                Dispatcher(assistant, store, standing, standing),
                LineDoor(show, standing),
                standing,
                standing,
            )
        else:
            room = await _ticking(assistant, store, show)
        room.dispatcher.door = room.door
        room.dispatcher.background = False
        try:
            yield room
        finally:
            await room.dispatcher.close()
            alarm = room.dispatcher.alarm
            if isinstance(alarm, AlarmClock):
                await alarm.stop()
            await store.close()


async def _ticking(
    assistant: Assistant, store: FileStore, show: Callable[..., None]
) -> LineRoom:
    """Return a room whose clock runs."""

    def clock() -> datetime:
        return datetime.now(UTC)

    dispatchers: list[Dispatcher] = []

    async def wake(room: str) -> None:
        await dispatchers[0].wake(room)

    alarm = AlarmClock(wake, clock)
    dispatchers.append(Dispatcher(assistant, store, clock, alarm))
    alarm.start()
    return LineRoom(dispatchers[0], LineDoor(show, clock), None, clock)


async def json_lines(
    settings: Settings,
    data: Path | None,
    now: datetime | None,
    allow: Callable[[str], bool],
) -> None:
    """Serve the JSON-lines interface on standard input and output."""

    def write(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    lines = Lines(write)
    async with line_room(settings, data, now, lines.event) as room:
        lines.put({"ready": True, "user": room.door.user})
        await room.dispatcher.start()
        await room.move(room.now())
        async for line in _standard_input():
            lines.count += 1
            await _serve(lines, room, line, allow)


async def _standard_input() -> AsyncIterator[str]:
    """Yield the lines of standard input without holding up the loop."""
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        yield line.decode("utf-8", errors="replace")


async def _serve(
    lines: Lines, room: LineRoom, line: str, allow: Callable[[str], bool]
) -> None:
    try:
        event, found = read_line(line, made_up(), room.door.user, room.now())
        if isinstance(found, Clocked):
            if room.clock is None:
                raise BadInput("clock: time only stands still with --now")
            if found.until < room.now():
                raise BadInput("clock: time does not go back")
            await room.move(found.until)
        elif isinstance(found, Invited) and not await _may_invite(room, found, allow):
            pass
        elif found is not None:
            await _known_somewhere(room, found)
            await room.hear(found)
    except BadInput as trouble:
        lines.put({"done": lines.count, "error": str(trouble)})
    except StoreFull:
        lines.put({"done": lines.count, "error": "the disk takes nothing: nothing was changed"})
    else:
        lines.put({"done": lines.count, "event": event})


async def _may_invite(room: LineRoom, heard: Invited, allow: Callable[[str], bool]) -> bool:
    """Tell whether an invitation is accepted: by the list, or a direct one from who shares a room."""
    shares = heard.direct and bool(await room.dispatcher.store.rooms_of(heard.sender))
    return allow(heard.sender) or shares


async def _known_somewhere(room: LineRoom, heard: Heard) -> None:
    """Let a direct message come from somebody who is in the one room there is."""
    if not heard.direct or await room.dispatcher.store.rooms_of(heard.sender):
        return
    rooms = [one.project.room async for one in room.dispatcher.store.rooms()]
    projects = [one for one in rooms if not one.startswith("!direct-")]
    if len(projects) == 1:
        await room.hear(Joined(projects[0], "", heard.sender, heard.at, name=heard.name))


