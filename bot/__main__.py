"""The command line: run, console, demo, try, check."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import typer

from bot import app as pieces
from bot.adapters.console.keyboard import somebody_types, speak_utf8
from bot.settings import Settings, SettingsError, load
from bot.settings import check as check_settings

LOG = "%(asctime)s %(levelname)s %(name)s: %(message)s"

app = typer.Typer(
    name="comenius",
    help="Comenius keeps tasks, deadlines and reminders for partner classes in Matrix rooms.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Config = Annotated[Path | None, typer.Option("--config", help="A bot.yaml.")]
Data = Annotated[Path | None, typer.Option("--data", help="Keep the rooms in this folder.")]
Now = Annotated[str | None, typer.Option("--now", help="Let time stand still at this moment.")]
Zone = Annotated[str | None, typer.Option("--zone", help="IANA time zone, like Europe/Paris.")]
Languages = Annotated[str | None, typer.Option("--languages", help="Languages of the room: fr,de")]


def _settings(config: Path | None, zone: str | None, languages: str | None) -> Settings:
    """Return the settings of *config*, or the defaults, changed by the options."""
    settings = _load(config) if config else Settings()
    changes: dict[str, object] = {}
    if zone:
        if zone not in available_timezones():
            raise typer.BadParameter(f"no such time zone: {zone}", param_hint="--zone")
        changes["zone"] = zone
    if languages:
        changes["languages"] = tuple(one.strip() for one in languages.split(",") if one.strip())
    return settings.model_copy(update=changes)


def _moment(text: str | None, zone: str) -> datetime | None:
    """Return the aware moment of *text*; one without offset is meant in *zone*."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("an ISO 8601 moment is expected", param_hint="--now") from None
    place = ZoneInfo(zone)
    return moment.replace(tzinfo=place) if moment.tzinfo is None else moment


@app.command()
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
    settings = _settings(config, zone, languages)
    start = _moment(now, settings.zone)
    patterns = settings.matrix.allow if config else ("*",)
    if jsonl:
        asyncio.run(pieces.json_lines(settings, data, start, tuple(patterns)))
    else:
        _in_terminal(pieces.terminal_room(settings, data, start, colour=_in_colour()))


@app.command()
def demo(
    *,
    pace: Annotated[
        float, typer.Option("--pace", min=0, max=10, help="Seconds between two lines.")
    ] = 0.1,
    fast: Annotated[bool, typer.Option("--fast", help="Without pauses.")] = False,
    languages: Languages = None,
) -> None:
    """Play a week of a three-country project; then the room is yours to type in."""
    chosen = _settings(None, None, languages).languages if languages else ()
    pause = 0 if fast or not sys.stdout.isatty() else pace
    _in_terminal(pieces.demo(tuple(chosen), pause, colour=_in_colour(), stay=somebody_types()))


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


@app.command()
def run(
    config: Annotated[Path, typer.Option("--config", help="Your bot.yaml.")] = Path("bot.yaml"),
) -> None:
    """Serve the rooms of the bot's Matrix account."""
    settings = _load(config)
    logging.basicConfig(level=settings.log.level.upper(), format=LOG)
    sys.exit(asyncio.run(_until_stopped(settings)))


async def _until_stopped(settings: Settings) -> int:
    """Run until SIGINT or SIGTERM; return the exit status."""
    from bot.adapters.matrix import LoginRefused  # noqa: PLC0415 - nio loads slowly

    task = asyncio.ensure_future(pieces.run(settings, os.environ, typer.echo))
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        typer.echo("Stopped.")
        return 0
    except LoginRefused as refused:
        typer.echo(f"The homeserver refuses the login. {refused.advice}", err=True)
        return 3
    except OSError as trouble:
        typer.echo(str(trouble), err=True)
        return 1
    return 0


@app.command()
def check(
    config: Annotated[Path, typer.Argument(help="Your bot.yaml.")] = Path("bot.yaml"),
) -> None:
    """Tell every mistake of a configuration at once, and what to do about each."""
    problems = check_settings(config, os.environ)
    for problem in problems:
        typer.echo(str(problem))
    typer.echo(f"{config}: all is well." if not problems else f"{len(problems)} to look at.")
    sys.exit(1 if problems else 0)


def _load(config: Path) -> Settings:
    """Return the settings of *config*, or say all that is wrong with it and end."""
    try:
        return load(config)
    except SettingsError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        sys.exit(1)


@app.callback()
def _comenius() -> None:
    """Keep tasks, deadlines and reminders for partner classes in Matrix rooms."""


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
