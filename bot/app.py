"""The composition root: the only module that knows all the pieces."""

from __future__ import annotations

import asyncio
import gc
import importlib
import pkgutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import commands
from bot.adapters.alarm import TICK, AlarmClock
from bot.adapters.console.demo import demo_story, perform
from bot.adapters.console.door import Event, LineDoor
from bot.adapters.console.jsonl import serve, write
from bot.adapters.console.lines import Lines
from bot.adapters.console.printing import Printer
from bot.adapters.console.room import LineRoom
from bot.adapters.console.stage import Stage
from bot.adapters.console.terminal import Terminal
from bot.adapters.console.time import StandingClock
from bot.adapters.service import with_credentials
from bot.adapters.showroom import Showroom
from bot.adapters.store import FileStore
from bot.adapters.synapse import Synapse
from bot.adapters.watching import Watch
from bot.assistant import Assistant, Manners
from bot.command import Commands
from bot.dispatcher import Dispatcher
from bot.model.institution import Institution
from bot.ports import Clock
from bot.settings import Settings
from bot.settings.charter_text import read_articles
from bot.settings.schema import (
    CRYPTO_KEY_VARIABLE,
    PASSWORD_VARIABLE,
    RECOVERY_KEY_VARIABLE,
    TOKEN_VARIABLE,
    Matrix,
    Trust,
)
from bot.settings.schema import Store as StoreSettings
from bot.vitals import Vitals

CREDENTIALS = {
    "token": TOKEN_VARIABLE,
    "password": PASSWORD_VARIABLE,
    "crypto_key": CRYPTO_KEY_VARIABLE,
    "recovery_key": RECOVERY_KEY_VARIABLE,
}
"""What a credential of systemd is called -> the variable that it stands for."""
if TYPE_CHECKING:
    from bot.adapters.matrix import MatrixDoor, MatrixSettings

NIGHT = 2
"""The hour (UTC) of the nightly maintenance."""


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
        institution=institution(settings),
    )


def institution(settings: Settings) -> Institution:
    """Return what whoever runs the assistant has decided for all rooms."""
    charter = settings.charter
    articles, _problems = read_articles(charter.text)
    return Institution(
        mode=charter.mode,
        cooldown_days=charter.cooldown_days,
        rules=tuple(one.as_rule() for one in charter.rules),
        version=charter.text.version,
        articles=articles,
        numbers=charter.text.numbers,
        no_direct_rooms=tuple(settings.matrix.no_direct_rooms),
    )


def clock() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def _with_alarm(
    assistant: Assistant,
    store: FileStore,
    now: Clock = clock,
    tick: float = TICK,
    vitals: Vitals | None = None,
) -> tuple[Dispatcher, AlarmClock]:
    """Return a dispatcher that is woken by a real alarm."""
    dispatchers: list[Dispatcher] = []

    async def wake(room: str) -> None:
        await dispatchers[0].wake(room)

    alarm = AlarmClock(wake, now, tick=tick)
    dispatchers.append(Dispatcher(assistant, store, now, alarm, vitals))
    return dispatchers[0], alarm


@asynccontextmanager
async def line_room(
    settings: Settings, data: Path | None, now: datetime | None, show: Callable[[Event], None]
) -> AsyncIterator[LineRoom]:
    """Open a room made of lines; with *now* (aware) its clock stands still until it is moved.

    Without *data* nothing of it is left afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="comenius-") as temporary:
        store = FileStore(data or Path(temporary))
        assistant = Assistant(declared(), LineDoor.user, manners(settings))
        alarm: AlarmClock | None = None
        if now is None:
            dispatcher, alarm = _with_alarm(assistant, store)
            room = LineRoom(dispatcher, LineDoor(show, clock), None, clock)
            alarm.start()
        else:
            standing = StandingClock(now)
            dispatcher = Dispatcher(assistant, store, standing, standing)
            room = LineRoom(dispatcher, LineDoor(show, standing), standing, standing)
        dispatcher.door, dispatcher.delivery.background = room.door, False
        try:
            yield room
        finally:
            await dispatcher.close()
            if alarm is not None:
                await alarm.stop()
            await store.close()


async def json_lines(
    settings: Settings, data: Path | None, now: datetime | None, allow: tuple[str, ...]
) -> None:
    """Serve the JSON-lines interface until standard input ends."""
    lines = Lines(write)
    async with line_room(settings, data, now, lines.event) as room:
        room.allow = allow
        await serve(lines, room)


async def terminal_room(
    settings: Settings, data: Path | None, now: datetime | None, *, colour: bool
) -> None:
    """Open a room in the terminal until whoever types there leaves."""
    stage = Stage()
    printer = Printer(ZoneInfo(settings.zone), colour=colour)
    async with line_room(settings, data, now, stage.show) as stage.room:
        terminal = Terminal(stage, printer, tuple(settings.languages))
        await terminal.open()
        await terminal.run()


async def demo(languages: tuple[str, ...], pace: float, *, colour: bool, stay: bool) -> None:
    """Play a week of a project; then, to *stay*, let somebody type in the same room."""
    story = demo_story(languages)
    stage = Stage()
    printer = Printer(ZoneInfo(story.zone), colour=colour)
    changes = {"languages": story.languages, "zone": story.zone}
    settings = Settings().model_copy(update=changes)
    async with line_room(settings, None, story.start, stage.show) as stage.room:
        await perform(story, stage, printer, pace)
        if stay:
            await Terminal(stage, printer, story.languages).carry_on()


async def matrix_demo(progress: Callable[[str], None]) -> None:
    """Serve a room on a real homeserver of its own until cancelled, then remove it all.

    Raises SynapseMissing or SynapseFailed.
    """
    server = Synapse()
    showroom = Showroom(server)
    with tempfile.TemporaryDirectory(prefix="comenius-") as folder:
        serving: asyncio.Task[None] | None = None
        try:
            await asyncio.to_thread(server.start, progress)
            user = await asyncio.to_thread(showroom.register)
            matrix = Matrix(homeserver=server.address, user=user, allow=(server.name,))
            settings = Settings(
                matrix=matrix,
                store=StoreSettings(directory=Path(folder)),
                languages=("fr", "en"),
                zone="Europe/Paris",
            )
            serving = asyncio.create_task(
                run(settings, {PASSWORD_VARIABLE: showroom.password}, lambda _sentence: None)
            )
            furnishing = asyncio.create_task(asyncio.to_thread(showroom.furnish, progress))
            await asyncio.wait({serving, furnishing}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
            await furnishing
            progress(showroom.guide())
            await serving
        finally:
            if serving is not None:
                serving.cancel()
                await asyncio.gather(serving, return_exceptions=True)
            server.stop()


async def run(
    settings: Settings,
    environment: Mapping[str, str],
    progress: Callable[[str], None],
    *,
    now: Clock = clock,
    tick: float = TICK,
) -> None:
    """Serve the rooms of one Matrix account until cancelled. Raises LoginRefused.

    `now` and `tick` (seconds between two looks at the clock) are others in tests only.
    """
    from bot.adapters.matrix import MatrixDoor, renewal  # noqa: PLC0415 - nio loads slowly

    environment = with_credentials(environment, CREDENTIALS)
    vitals = Vitals()
    watch = Watch(vitals, environment, progress)
    directory = settings.store.directory
    store = FileStore(directory)
    account = _account(settings, environment)

    async def may_open_direct(user: str) -> bool:
        return bool(await store.rooms_of(user))

    door = MatrixDoor(
        account,
        directory / "matrix",
        now,
        may_open_direct=may_open_direct,
        progress=watch.say,
        vitals=vitals,
    )
    try:
        await watch.open(settings.health.port)
        if renewal.is_due(directory / "matrix"):
            await renewal.renew(account, directory / "matrix", now)
        await door.open()
        assistant = Assistant(declared(), door.user, manners(settings))
        dispatcher, alarm = _with_alarm(assistant, store, now, tick, vitals)
        dispatcher.door = door
        await dispatcher.start()
        alarm.maintenance("forget rooms that were left", NIGHT, dispatcher.forget_left_rooms)
        alarm.start()
        gc.collect()
        gc.freeze()  # what is loaded now stays; looking through it again costs 50 ms in a command
        watch.ready(stuck=door.begin_anew)
        try:
            await door.run(dispatcher.hear)
        finally:
            await alarm.stop()
            await dispatcher.close()
    finally:
        await watch.close()
        await door.close()
        await store.close()


@asynccontextmanager
async def door_alone(
    settings: Settings,
    environment: Mapping[str, str],
    progress: Callable[[str], None],
    seconds: float,
) -> AsyncIterator[MatrixDoor]:
    """Open the door of a bot that is stopped, to look at its keys; nothing is heard or said.

    Raises LoginRefused, DirectoryInUse while the bot runs, TimeoutError if the server does not
    answer within so many *seconds*.
    """
    from bot.adapters.matrix import MatrixDoor, renewal  # noqa: PLC0415 - nio loads slowly

    environment = with_credentials(environment, CREDENTIALS)
    directory = settings.store.directory
    account = _account(settings, environment)
    store = FileStore(directory)
    door = MatrixDoor(account, directory / "matrix", clock, progress=progress)
    try:
        async with asyncio.timeout(seconds):
            if renewal.is_due(directory / "matrix"):
                await renewal.renew(account, directory / "matrix", clock)
            await door.open()
        yield door
    finally:
        await door.close()
        await store.close()


def _account(settings: Settings, environment: Mapping[str, str]) -> MatrixSettings:
    """Return what is needed to log in. Raises SettingsError for a secret that cannot be read."""
    from bot.adapters.matrix import MatrixSettings  # noqa: PLC0415 - nio loads slowly

    return MatrixSettings(
        settings.matrix.homeserver,
        settings.matrix.user,
        token=settings.matrix.token(environment),
        password=settings.matrix.password(environment),
        device_name=settings.matrix.device_name,
        allow=tuple(settings.matrix.allow),
        pickle_key=settings.matrix.crypto_key(environment) or "",
        recovery_key=environment.get(RECOVERY_KEY_VARIABLE),
        only_cross_signed=settings.matrix.trust is Trust.CROSS_SIGNED,
    )
