"""Commands that let the bot speak: run, console, demo."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Annotated

import typer

from bot import app as pieces
from bot.adapters import logs
from bot.adapters.console.keyboard import somebody_types, speak_utf8
from bot.adapters.synapse import SynapseFailed, SynapseMissing
from bot.cli.ending import Status, end, end_with, refusal, told
from bot.cli.options import (
    HERE,
    Config,
    Data,
    Languages,
    Now,
    Yours,
    Zone,
    loaded,
    moment,
    settings_for,
)
from bot.settings import SettingsError
from bot.settings.schema import Matrix

LOG = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def run(config: Yours = HERE) -> None:
    """Serve the rooms of the bot's Matrix account."""
    settings = loaded(config)
    if settings.matrix.homeserver == Matrix().homeserver:
        end(f"{config} names no homeserver of yours yet. Run: comenius check {config}")
    logs.set_up(settings.log)
    try:
        sys.exit(asyncio.run(until_stopped(pieces.run(settings, os.environ, typer.echo))))
    except SettingsError as error:  # a secret that cannot be read
        end_with(error)


def console(  # noqa: PLR0913 - these are the options of a command line
    *,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Speak JSON lines.")] = False,
    data: Data = None,
    config: Config = None,
    now: Now = None,
    zone: Zone = None,
    languages: Languages = None,
) -> None:
    """Open a room in the terminal: no account, no server."""
    settings = settings_for(config, zone, languages)
    start = moment(now, settings.zone)
    patterns = settings.matrix.allow if config else ("*",)
    if jsonl:
        asyncio.run(pieces.json_lines(settings, data, start, tuple(patterns)))
    else:
        _in_terminal(pieces.terminal_room(settings, data, start, colour=_in_colour()))


def demo(
    *,
    pace: Annotated[
        float, typer.Option("--pace", min=0, max=10, help="Seconds between two lines.")
    ] = 0.1,
    fast: Annotated[bool, typer.Option("--fast", help="Without pauses.")] = False,
    languages: Languages = None,
    matrix: Annotated[
        bool, typer.Option("--matrix", help="Serve a room on a real Matrix server instead.")
    ] = False,
) -> None:
    """Play a week of a three-country project; then the room is yours to type in."""
    if matrix:
        sys.exit(_matrix_demo())
    chosen = settings_for(None, None, languages).languages if languages else ()
    pause = 0 if fast or not sys.stdout.isatty() else pace
    _in_terminal(pieces.demo(tuple(chosen), pause, colour=_in_colour(), stay=somebody_types()))


def _matrix_demo() -> int:
    """Serve a real room until Ctrl-C; return the exit status."""
    logging.basicConfig(level=logging.WARNING, format=LOG)
    try:
        return asyncio.run(until_stopped(pieces.matrix_demo(typer.echo)))
    except (SynapseMissing, SynapseFailed) as trouble:
        typer.echo(str(trouble), err=True)
        return Status.CANNOT


def _in_colour() -> bool:
    """Tell whether colours would be seen, and are wanted (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _in_terminal(room: Coroutine[None, None, None]) -> None:
    """Run what a person watches; Ctrl-C ends it politely."""
    speak_utf8()
    try:
        asyncio.run(room)
    except KeyboardInterrupt:
        typer.echo("\nGoodbye.")


async def until_stopped(work: Coroutine[None, None, None]) -> int:
    """Run until SIGINT or SIGTERM; return the exit status."""
    from bot.adapters.matrix import LoginRefused  # noqa: PLC0415 - nio loads slowly

    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        typer.echo("Stopped.")
    except LoginRefused as refused:
        typer.echo(refusal(refused.code, refused.advice), err=True)
        return Status.REFUSED
    except OSError as trouble:
        typer.echo(told(trouble), err=True)
        return Status.CANNOT
    return Status.WELL
