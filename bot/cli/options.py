"""The options that several commands share, and what is read from them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import typer

from bot.adapters.console.lines import FIRST_YEAR, LAST_YEAR
from bot.cli.ending import end, end_with
from bot.settings import Settings, SettingsError, load

HERE = Path("bot.yaml")
"""The configuration that is meant where none is named."""

Config = Annotated[Path | None, typer.Option("--config", help="A bot.yaml.")]
Yours = Annotated[Path, typer.Option("--config", help="Your bot.yaml.")]
Data = Annotated[Path | None, typer.Option("--data", help="Keep the rooms in this folder.")]
Now = Annotated[str | None, typer.Option("--now", help="Let time stand still at this moment.")]
Zone = Annotated[str | None, typer.Option("--zone", help="IANA time zone, like Europe/Paris.")]
Language = Annotated[str, typer.Option("--language", help="Language of the lines: fr")]
Languages = Annotated[str | None, typer.Option("--languages", help="Languages of the room: fr,de")]


def loaded(config: Path) -> Settings:
    """Return the settings of *config*, or say all that is wrong with it and end."""
    try:
        return load(config)
    except SettingsError as error:
        end_with(error)


def settings_for(config: Path | None, zone: str | None, languages: str | None) -> Settings:
    """Return the settings of *config*, or the defaults, changed by the options."""
    settings = loaded(config) if config else Settings()
    changes: dict[str, object] = {}
    if zone:
        if zone not in available_timezones():
            raise typer.BadParameter(f"no such time zone: {zone}", param_hint="--zone")
        changes["zone"] = zone
    if languages:
        changes["languages"] = split(languages)
    return settings.model_copy(update=changes)


def split(listed: str) -> tuple[str, ...]:
    """Return the words of a list that was typed with commas, blanks or both."""
    return tuple(listed.replace(",", " ").split())


def moment(text: str | None, zone: str) -> datetime | None:
    """Return the aware moment of *text*; one without offset is meant in *zone*."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("an ISO 8601 moment is expected", param_hint="--now") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        wanted = f"a year from {FIRST_YEAR} to {LAST_YEAR} is expected"
        raise typer.BadParameter(wanted, param_hint="--now")
    place = ZoneInfo(zone)
    return found.replace(tzinfo=place) if found.tzinfo is None else found


def folder(data: Path | None, config: Path | None) -> Path:
    """Return the folder of the store: as said, else as configured."""
    if data is not None:
        return data
    path = config or HERE
    if not path.exists():
        end("Where are the rooms? Say --data FOLDER or --config bot.yaml.")
    return loaded(path).store.directory
