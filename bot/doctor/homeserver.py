"""What the doctor hears from the homeserver: about itself, the bot's session and its device."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bot.adapters.counted import counted
from bot.adapters.matrix import checkup
from bot.adapters.matrix.caller import Answer, Caller
from bot.adapters.matrix.checkup import Look, Session, Trusted
from bot.adapters.matrix.first_contact import Unfit
from bot.doctor.findings import Finding, Patient, broken, doubtful, well
from bot.doctor.keys import keys
from bot.model.sifting import MOST_BYTES
from bot.settings import SettingsError
from bot.settings.schema import Matrix

_MEGABYTE = 2**20
_SKEW_WARN, _SKEW_FAIL = 5.0, 60.0
"""Seconds."""
_RECENT_SECONDS = 600
_MEDIA = (1, 11)
"""The version of the specification that asks for a token to fetch files."""


async def the_server(patient: Patient) -> list[Finding]:
    """Return how the homeserver, the session on it and its device are."""
    matrix, directory = patient.settings.matrix, patient.settings.store.directory / "matrix"
    kept, token, wrong = None, "", []
    try:
        kept = checkup.session(directory)
        token = matrix.token(patient.environment) or (kept.token if kept else "")
    except (Unfit, SettingsError) as trouble:
        wrong.append(broken("login", str(trouble)))
    wrong += keys(patient, kept)
    if matrix.homeserver == Matrix().homeserver:
        return wrong  # the example's: the settings say so, and nobody shall be asked
    user = kept.user if kept else matrix.user
    seen = await checkup.look(matrix.homeserver, token, user)
    found = [*server(matrix.homeserver, seen.versions)]
    if not seen.versions.fine:
        return [*found, *wrong]
    found += [clock(seen.versions.clock), *wrong]
    if not token and wrong:
        return found
    if not token:
        advice = f"Run: comenius run {patient.command}"
        return [*found, doubtful("login", "The bot has not logged in yet.", advice)]
    found.append(login(seen.owner, patient))
    if not seen.owner.fine:
        return found
    found += [*device(seen, kept, patient), *recovery_key(directory, patient)]
    found += [backup(seen.backup, patient), uploads(seen.media)]
    found += [*other_copies(seen.devices, kept, patient.settings.matrix.device_name)]
    found += [*pace(seen.limits, user, await throttled(patient))]
    return found


def server(address: str, versions: Answer) -> Iterator[Finding]:
    """Yield whether the server answers, and is new enough."""
    host = urlsplit(address)
    if not versions.status:
        advice = "Is the address right, and the server up?"
        yield broken("server", f"{address} cannot be reached: {versions.trouble}.", advice)
        return
    told = [str(one) for one in versions.content.get("versions") or ()]
    numbers = [(int(n[1]), int(n[2])) for one in told if (n := re.fullmatch(r"v(\d+)\.(\d+)", one))]
    if not versions.fine or not numbers:
        wrong = f"{address} answers {versions.status}, not as a Matrix server of today does."
        yield broken("server", wrong, "Ask its admin for the address of the client API.")
        return
    newest = "v{}.{}".format(*max(numbers))
    sentence = f"It answers in {versions.seconds * 1000:.0f} ms and speaks Matrix {newest}."
    if host.scheme == "http" and host.hostname not in {"127.0.0.1", "::1", "localhost"}:
        yield doubtful("server", f"{sentence} But http:// is open to all.", "Use https:// instead.")
    elif max(numbers) < _MEDIA:
        yield doubtful("server", sentence, "Ask its admin for an update: files cannot be fetched.")
    else:
        yield well("server", sentence)


def clock(ahead: float | None) -> Finding:
    """Return whether both clocks agree: reminders ring by ours."""
    if ahead is None:
        return doubtful("clock", "The server does not tell the time.")
    sentence = f"This machine's clock and the server's are {abs(ahead):.0f} s apart."
    if abs(ahead) > _SKEW_FAIL:
        return broken("clock", sentence, "Run: timedatectl set-ntp true")
    if abs(ahead) > _SKEW_WARN:
        return doubtful("clock", sentence, "Run: timedatectl set-ntp true")
    return well("clock", sentence)


def login(owner: Answer, patient: Patient) -> Finding:
    """Return whether the server knows the bot's session, and whose it is."""
    matrix = patient.settings.matrix
    if owner.fine:
        found = str(owner.content.get("user_id"))
        if found != matrix.user:
            advice = f"Write in {patient.config}: user: {found!r}"
            return doubtful("login", f"It is logged in as {found}, not as {matrix.user}.", advice)
        return well("login", f"It is logged in as {found}.")
    if owner.content.get("soft_logout") is True and matrix.password(patient.environment):
        sentence = "The session has to be renewed; the bot does so by itself."
        return doubtful("login", sentence, f"Run: comenius run {patient.command}")
    if owner.status in {401, 403}:
        kept = patient.settings.store.directory / "matrix" / "session.json"
        advice = f"Give a new access token, or remove {kept} to log in with the password."
        return broken("login", f"The server ended the session ({owner.code}).", advice)
    sentence = f"The server does not say whose session this is ({owner.status or owner.trouble})."
    return broken("login", sentence, "Try again in a minute.")


def device(seen: Look, kept: Session | None, patient: Patient) -> Iterator[Finding]:
    """Yield whether others see the bot's device as verified by its owner."""
    advice = f"Stop the bot, then: comenius trust {patient.command}"
    if kept is None:
        yield doubtful("device", "It has no keys yet.", f"Run: comenius run {patient.command}")
        return
    match checkup.trusted(seen.keys, kept.user, kept.device):
        case Trusted.YES:
            yield well("device", "It is cross-signed: others see it as verified.")
        case Trusted.NO_KEYS:
            sentence = "It has not published its keys: encrypted rooms cannot be read."
            yield broken("device", sentence, f"Run: comenius run {patient.command}")
        case Trusted.NO_IDENTITY:
            yield doubtful("device", "The account has no cross-signing keys.", advice)
        case Trusted.NOT_SIGNED:
            sentence = "It is not cross-signed: some people cannot read the bot."
            yield doubtful("device", sentence, f"{advice} --recover")


def recovery_key(directory: Path, patient: Patient) -> Iterator[Finding]:
    """Yield that the recovery key still waits to be written down, if it does."""
    if (directory / "recovery.key").exists():
        advice = f"Stop the bot, then: comenius trust {patient.command}"
        yield doubtful("recovery key", "It still lies on this machine.", advice)


def backup(answer: Answer, patient: Patient) -> Finding:
    """Return whether room keys are kept on the server, too."""
    if answer.fine:
        number = answer.content.get("count")
        return well("key backup", f"The server keeps {_room_keys(number)}, encrypted.")
    advice = f"Stop the bot, then: comenius trust {patient.command}"
    return doubtful("key backup", "Room keys are backed up nowhere.", advice)


def _room_keys(number: object) -> str:
    return counted(number, "room key", "room keys") if isinstance(number, int) else "room keys"


def uploads(media: Answer) -> Finding:
    """Return whether exports and calendars may be uploaded."""
    size = media.content.get("m.upload.size")
    if not media.fine or not isinstance(size, int):
        return well("uploads", "The server names no limit.")
    if size < MOST_BYTES:
        sentence = f"The server takes files of {size // 1024} KB only."
        return doubtful("uploads", sentence, "Ask its admin for max_upload_size: 1M or more.")
    return well("uploads", f"Files of up to {size // _MEGABYTE} MB.")


def other_copies(answer: Answer, kept: Session | None, name: str) -> Iterator[Finding]:
    """Yield that another session of the bot was at work just now: a second copy of it."""
    if kept is None:
        return
    since = (time.time() - _RECENT_SECONDS) * 1000
    for one in answer.content.get("devices") or ():
        other = isinstance(one, dict) and one.get("device_id") != kept.device
        if other and one.get("display_name") == name and (one.get("last_seen_ts") or 0) > since:
            sentence = f"Another session called {name} was at work minutes ago."
            yield doubtful("copies", sentence, "Stop that copy, or sign its session out.")
            return


def pace(limits: Answer, user: str, throttled: int | None) -> Iterator[Finding]:
    """Yield whether the server lets the bot speak as fast as it is asked."""
    path = f"/_synapse/admin/v1/users/{user}/override_ratelimit"
    body = '{"messages_per_second": 0, "burst_count": 0}'
    advice = f"Ask the server's admin: POST {path} {body}"
    if limits.fine:  # we are an admin
        sentence = "The account is an admin of the server; the bot needs no such power."
        yield doubtful("power", sentence, "Ask its admin to take it away.")
        if limits.content.get("messages_per_second") == 0:
            yield well("rate limits", "The server sets none for the bot.")
            return
    if throttled:
        times = counted(throttled, "time", "times")
        sentence = f"The server made the bot wait {times} since it was started."
        yield doubtful("rate limits", sentence, advice)
    elif throttled == 0:
        yield well("rate limits", "The server never made the bot wait since it was started.")
    else:
        yield doubtful("rate limits", "Whether there are any cannot be seen from here.", advice)


async def throttled(patient: Patient) -> int | None:
    """Return how often the server said "too fast", if the running bot tells its figures."""
    port = patient.settings.health.port
    if port is None or not patient.running:
        return None
    async with Caller(f"http://127.0.0.1:{port}") as caller:
        answer = await caller.ask("GET", "/metrics")
    found = re.search(rb"^comenius_throttled_total (\d+)", answer.raw, re.MULTILINE)
    return int(found[1]) if found else None
