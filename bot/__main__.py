"""The command line: run, console, demo, try, check."""

from __future__ import annotations

import asyncio
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import typer

from bot import app as pieces
from bot.settings import Settings, load

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
    settings = load(config) if config else Settings()
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
def console(
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
        asyncio.run(
            pieces.json_lines(settings, data, start, lambda user: _allowed(user, patterns))
        )


def _allowed(user: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether the allow list names *user* or their server."""
    server = user.partition(":")[2]
    return any(fnmatch(user if one.startswith("@") else server, one) for one in patterns)


@app.callback()
def _comenius() -> None:
    """Keep tasks, deadlines and reminders for partner classes in Matrix rooms."""


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()

