"""The doctor: one line for each thing that must be well, and what to do where it is not.

Looks from outside: beside a running bot as well as without one; nothing is locked, changed or
sent. No line names a person, a room or a secret.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bot.adapters.store.survey import is_running, survey
from bot.doctor import machine
from bot.doctor.findings import Finding, Level, Patient, broken
from bot.doctor.homeserver import the_server
from bot.language.catalog import SOURCE
from bot.settings import SettingsError
from bot.settings.reading import read

__all__ = ["Finding", "Level", "examine"]


async def examine(config: Path, environment: Mapping[str, str]) -> list[Finding]:
    """Return how the bot with the file *config* is, a line for each thing.

    Takes some seconds, more if the server does not answer. Never raises for what it finds.
    """
    try:
        settings, _mistakes = read(config)
    except SettingsError as error:
        wrong = [broken("settings", str(one)) for one in error.problems]
        return [*wrong, machine.python(), machine.packages()]
    running = is_running(settings.store.directory)
    patient = Patient(config, settings, environment, running)
    seen = await asyncio.to_thread(survey, settings.store.directory)
    return [
        *machine.settings_are(patient),
        *await the_server(patient),
        *machine.store(patient, seen),
        machine.space(settings.store.directory),
        machine.zones(settings.zone, datetime.now(UTC)),
        *(machine.catalog(one) for one in settings.languages if one != SOURCE),
        machine.invitations(settings),
        machine.python(),
        machine.packages(),
    ]
