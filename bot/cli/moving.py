"""Commands that move a project: export, import."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot import survival
from bot.adapters.store import Damaged, DirectoryInUse
from bot.cli.ending import end
from bot.cli.options import Config, Data, folder
from bot.model.sifting import MOST_BYTES
from bot.ports import StoreFull

Moved = TypeVar("Moved")


def take_out(  # noqa: PLR0913 - these are the options of a command line
    room: Annotated[str, typer.Argument(help="The room: its id or its title.")],
    *,
    data: Data = None,
    config: Config = None,
    csv: Annotated[bool, typer.Option("--csv", help="Only the tasks, as a table.")] = False,
    kanboard: Annotated[
        bool, typer.Option("--kanboard", help="Only the tasks, as a board for WeKan or Kanboard.")
    ] = False,
    output: Annotated[Path | None, typer.Option("--output", help="The file to write.")] = None,
) -> None:
    """Write the project of a room into one readable file; the bot must not be running."""
    if csv and kanboard:
        end("One file at a time: --csv or --kanboard.")
    tasks = survival.Form.CSV if csv else survival.Form.KANBOARD
    form = tasks if csv or kanboard else survival.Form.ARCHIVE
    work = survival.take_out(folder(data, config), room, form, datetime.now(UTC))
    file = _moved(work, otherwise="!export in the room")
    path = output or Path(file.name)
    try:
        with path.open("xb") as written:
            path.chmod(0o600)
            written.write(file.content)
    except FileExistsError:
        end(f"{path} exists already. Choose another name with --output.")
    except OSError as error:
        end(f"{path} cannot be written: {error.strerror}.")
    typer.echo(f"{path}: it holds names, keep it safe.")


def take_in(
    file: Annotated[Path, typer.Argument(help="What `comenius export` wrote.")],
    room: Annotated[str, typer.Option("--room", help="The id of the new room: !id:server")],
    *,
    data: Data = None,
    config: Config = None,
) -> None:
    """Take an exported project up for a new room; the bot must not be running."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        end(f"{file} cannot be read: {error.strerror}.")
    work = survival.take_in(folder(data, config), content, room, datetime.now(UTC))
    found = _moved(work, otherwise="!project adopt in the room, with the file")
    counts = f"tasks {len(found.tasks)}, milestones {len(found.milestones)}"
    people = f"people {len(found.members)}"
    typer.echo(f"Taken up: {counts}, {people}. Now invite the bot into the room.")


def _moved(work: Coroutine[None, None, Moved], *, otherwise: str) -> Moved:
    """Return what *work* gives, or say in one sentence why it cannot be done and end.

    *otherwise* is what can be written while the bot is running.
    """
    try:
        return asyncio.run(work)
    except DirectoryInUse as trouble:
        end(f"{trouble}. Stop the bot first, or write {otherwise}.")
    except (survival.CannotMove, StoreFull, Damaged) as trouble:
        end(str(trouble))
