"""What the doctor sees on this machine: settings, rooms, disk, time zones, catalogs, packages."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from zoneinfo import TZPATH

from babel.messages.mofile import read_mo
from babel.messages.pofile import PoFileError, read_po

from bot.adapters.counted import counted
from bot.adapters.store.filestore import KEEP_FREE
from bot.adapters.store.names import Kind
from bot.adapters.store.survey import Survey
from bot.doctor.findings import Finding, Patient, broken, doubtful, well
from bot.settings import Settings
from bot.settings import check as check_settings
from bot.settings.schema import TOKEN_VARIABLE

MEGABYTE = 2**20
_ROOMY = 500 * MEGABYTE
_NIO = "0.26."
"""The range of matrix-nio that pyproject.toml asks for: others were never tried."""


def settings_are(patient: Patient) -> Iterator[Finding]:
    """Yield what `comenius check` says, but for the allow list, which has its own line.

    Once there is a session no password is missed: it may come from systemd, at each start.
    """
    session = patient.settings.store.directory / "matrix" / "session.json"
    kept = {TOKEN_VARIABLE: "kept"} if os.path.exists(session) else {}  # noqa: PTH110 - pathlib's raises if it may not look
    problems = check_settings(patient.config, {**kept, **patient.environment})
    wrong = [one for one in problems if one.path != "matrix.allow"]
    yield from (broken("settings", str(one)) for one in wrong)
    if not wrong:
        yield well("settings", f"{patient.config} is right.")
    state = "The bot is running." if patient.running else "The bot is not running."
    yield well("process", state)


def store(patient: Patient, seen: Survey) -> Iterator[Finding]:
    """Yield whether the rooms can be read, by us and by nobody else."""
    directory = patient.settings.store.directory
    if os.path.lexists(directory) and not directory.is_dir():
        return  # the settings say so
    if seen.trouble:
        advice = "Give the folder to the user that runs the bot."
        yield broken("store", f"{directory} cannot be read: {seen.trouble}.", advice)
        return
    rooms = counted(seen.documents[Kind.PROJECT], "room", "rooms")
    counts = f"{rooms}, {counted(seen.documents[Kind.PERSON], 'person', 'people')}"
    if seen.unreadable or seen.quarantined:
        bad = counted(seen.unreadable, "file is", "files are")
        damaged = f"{bad} damaged, {counted(seen.quarantined, 'is', 'are')} in quarantine"
        advice = "Bring them back from a backup: stop the bot, copy the file to its place."
        yield broken("store", f"{counts}; {damaged}.", advice)
    else:
        yield well("store", f"{counts}, all readable.")
    if seen.exposed:
        files_seen = counted(seen.exposed, "file", "files")
        wrong = f"Others on this machine can read {files_seen} in {directory}."
        yield broken("privacy", wrong, f"Run: chmod -R go= {directory}")


def space(directory: Path) -> Finding:
    """Return whether the disk has room left."""
    there = next(place for place in (directory, *directory.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    sentence = f"{free // MEGABYTE} MB are free for {directory}."
    if free < 2 * KEEP_FREE:
        return broken("disk", sentence, "Make room now: the bot can save nothing any more.")
    if free < _ROOMY:
        return doubtful("disk", sentence, "Make room soon.")
    return well("disk", sentence)


def zones(zone: str, now: datetime) -> Finding:
    """Return how old the time zones are that hold here (IANA names a version by its year)."""
    told = str(import_module("tzdata").IANA_VERSION)
    place = next((Path(one) for one in TZPATH if (Path(one) / "Europe/Paris").exists()), None)
    if place is not None:
        head = place / "tzdata.zi"
        first = head.read_text("utf-8").partition("\n")[0] if head.is_file() else ""
        told = first.removeprefix("# version ") or "of the system, version unknown"
    sentence = f"Time zones {told}, {zone} among them."
    year = re.match(r"\d{4}", told)
    if year and now.year - int(year[0]) > 1:
        update = "Update the system's package tzdata." if place else "pip install --upgrade tzdata"
        return doubtful("zones", sentence, update)
    return well("zones", sentence)


def catalog(language: str) -> Finding:
    """Return whether all sentences are translated into *language*."""
    name = f"language {language}"
    folder = files("locales") / language / "LC_MESSAGES"
    source, compiled = folder / "messages.po", folder / "messages.mo"
    try:
        if source.is_file():
            found = read_po(BytesIO(source.read_bytes()), locale=language)
        elif compiled.is_file():
            found = read_mo(BytesIO(compiled.read_bytes()))
        else:
            return broken(name, "There is no catalog.", "Take a language that has one.")
    except (PoFileError, OSError, ValueError):
        return broken(name, "The catalog cannot be read.", "Install the package again.")
    messages = [one for one in found if one.id]
    missing = sum(1 for one in messages if one.fuzzy or not _whole(one.string))
    if missing:
        sentence = f"{missing} of {len(messages)} sentences are not translated: English stands in."
        return doubtful(name, sentence)
    return well(name, f"All {len(messages)} sentences are translated.")


def _whole(translation: object) -> bool:
    return all(translation) if isinstance(translation, list | tuple) else bool(translation)


def invitations(settings: Settings) -> Finding:
    """Return whether anybody may invite the bot."""
    allow = settings.matrix.allow
    if not allow:
        own = settings.matrix.user.partition(":")[2]
        return doubtful("invitations", "Nobody may invite the bot.", f"Write: allow: [{own}]")
    if {"*", "@*:*"} & set(allow):
        sentence, own = "Anybody on any server may invite it.", settings.matrix.user
        advice = f"Name servers or people instead: allow: [{own.partition(':')[2]}]"
        return doubtful("invitations", sentence, advice)
    who = counted(len(allow), "server or person", "servers or people")
    return well("invitations", f"{who} may invite it.")


def python() -> Finding:
    """Return which Python runs here."""
    return well("python", f"Python {platform.python_version()} on {platform.system()}.")


def packages() -> Finding:
    """Return which versions of what matters are installed."""
    found: dict[str, str] = {}
    for name in ("comenius-bot", "matrix-nio", "vodozemac", "aiohttp"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            return broken("packages", f"{name} is not installed.", "Install comenius-bot again.")
    sentence = ", ".join(f"{name} {number}" for name, number in found.items()) + "."
    if not found["matrix-nio"].startswith(_NIO):
        return broken("packages", sentence, f"pip install 'matrix-nio[e2e]~={_NIO}0'")
    return well("packages", sentence)
