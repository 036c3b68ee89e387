"""Commands for the care of a bot: doctor, backup, restore."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot import safekeeping
from bot.adapters.counted import counted
from bot.cli.ending import end, end_with, told
from bot.cli.options import HERE, Yours, loaded
from bot.safekeeping.keeping import in_environment
from bot.settings import SettingsError


def doctor(config: Yours = HERE) -> None:
    """Look whether all is well, here and on the server, and say what to do where it is not."""
    from bot.doctor import Level, examine  # noqa: PLC0415 - nio loads slowly

    findings = asyncio.run(examine(config, os.environ))
    for finding in findings:
        typer.echo(str(finding))
    sys.exit(1 if any(one.level is Level.FAIL for one in findings) else 0)


def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write, like comenius.tar.")],
    *,
    config: Yours = HERE,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over an archive that is there.")
    ] = False,
) -> None:
    """Write rooms, keys and settings into one file; the bot may go on running."""
    settings = loaded(config)
    try:
        kept = safekeeping.keep(config, settings, file, datetime.now(UTC), replace=replace)
    except safekeeping.CannotKeep as trouble:
        end(str(trouble))
    except OSError as trouble:
        end(f"No backup was made. {told(trouble)}")
    rooms, people = _counted(kept.rooms, kept.people)
    typer.echo(f"{file}: {rooms}, {people}, the keys of the bot's device.")
    typer.echo(f"Settings in it: {', '.join(kept.settings)}.")
    if missing := [*kept.elsewhere, *in_environment(os.environ)]:
        typer.echo(f"Not in it, keep it too: {', '.join(missing)}.")
    if kept.recovery_key:
        typer.echo("The recovery key is in it, too. Stop the bot, write it down: comenius trust")
    typer.echo("Who has this file can read all that the bot can, and speak as the bot.")


def restore(
    file: Annotated[Path, typer.Argument(help="What `comenius backup` wrote.")],
    *,
    config: Yours = HERE,
) -> None:
    """Take a backup up on an empty directory, on this machine or a new one."""
    try:
        found = safekeeping.restore(file, config)
    except safekeeping.CannotRestore as trouble:
        end(str(trouble))
    except SettingsError as error:
        end_with(error)
    except OSError as trouble:
        end(f"Nothing was restored. {told(trouble)}")
    made = found.made.astimezone().strftime("%Y-%m-%d %H:%M")
    rooms, people = _counted(found.rooms, found.people)
    typer.echo(f"{found.directory}: {rooms}, {people}, as of {made}.")
    if found.settings:
        typer.echo(f"Settings written: {', '.join(map(str, found.settings))}.")
    else:
        typer.echo(f"{config} stays as it is; the settings in the backup were left out.")
    if found.damaged:
        files = counted(found.damaged, "file was", "files were")
        typer.echo(f"{files} damaged already: comenius doctor --config {config}")
    typer.echo("Never let two copies run: make sure that the other one is stopped for good. Then:")
    if found.running:
        typer.echo(f"  comenius trust --recover --config {config}   # reads what came since")
    typer.echo(f"  comenius run --config {config}")


def _counted(rooms: int, people: int) -> tuple[str, str]:
    return counted(rooms, "room", "rooms"), counted(people, "person", "people")
