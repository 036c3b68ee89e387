"""The command about the bot's standing in encrypted rooms: trust."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bot import app as pieces
from bot.adapters import logs
from bot.adapters.store import DirectoryInUse
from bot.cli.asking import until_right, yes
from bot.cli.ending import Status, end, end_with, refusal
from bot.cli.options import HERE, Yours, loaded
from bot.settings import Settings, SettingsError
from bot.settings.problems import Wrong
from bot.settings.schema import RECOVERY_KEY_VARIABLE

if TYPE_CHECKING:
    from bot.adapters.matrix import MatrixDoor
    from bot.adapters.matrix.trust.state import TrustState

_SECONDS = 120.0
"""To log in and look; a server that is away is not waited for."""


def trust(
    *,
    config: Yours = HERE,
    recover: Annotated[
        bool, typer.Option("--recover", help="Ask for the recovery key and use it.")
    ] = False,
) -> None:
    """Show how far others can trust the bot's device; the bot must not be running."""
    from bot.adapters.matrix import LoginRefused  # noqa: PLC0415 - nio loads slowly
    from bot.adapters.matrix.client import Refused, Unreachable  # noqa: PLC0415 - the same
    from bot.adapters.matrix.trust.state import Untrusted  # noqa: PLC0415 - the same

    settings = loaded(config)
    logs.set_up(settings.log)
    try:
        asyncio.run(_trust(settings, recover=recover))
    except SettingsError as error:
        end_with(error)
    except DirectoryInUse:
        end("The bot is running. Stop it first: its keys can be looked at by one program only.")
    except LoginRefused as refused:
        end(refusal(refused.code, refused.advice), Status.REFUSED)
    except Untrusted as trouble:
        end(str(trouble))
    except TimeoutError:
        end("The homeserver does not answer. Try again later.")
    except (Refused, Unreachable) as failure:
        end(f"The homeserver does not do it ({failure}). Try again later.")


async def _trust(settings: Settings, *, recover: bool) -> None:
    environment = dict(os.environ)
    key = environment.get(RECOVERY_KEY_VARIABLE, "") if recover else ""
    if recover and not key:
        key = until_right("The recovery key", _recovery_key, hidden=True)
    async with pieces.door_alone(settings, environment, _progress, _SECONDS) as door:
        if recover:
            found = await door.recover(key)
            typer.echo(f"Room keys restored: {found.sessions}; not readable: {found.failed}.")
        for line in told(await door.trust()):
            typer.echo(line)
        _hand_over(door)


def _recovery_key(typed: str) -> str:
    """Return a recovery key as it was *typed*, perhaps with quotes or dashes. Raises Wrong."""
    from bot.adapters.matrix.trust import recovery_key  # noqa: PLC0415 - nio loads slowly

    bare = re.sub(r"[\s\"'-]", "", typed)
    try:
        recovery_key.read(bare)
    except ValueError as wrong:
        advice = "Type all of it in one line; capital and small letters count."
        raise Wrong(f"That is no recovery key: {wrong}.", advice) from None
    return bare


def _progress(sentence: str) -> None:
    """Tell what takes long on standard error: standard output holds the answer only."""
    typer.echo(sentence, err=True)


def told(state: TrustState) -> list[str]:
    """Return the *state* in lines that an admin understands."""
    lines = [f"Device {state.device}, fingerprint {state.fingerprint}"]
    if state.cross_signed:
        lines.append("Cross-signed: others see this device as verified by its owner.")
    else:
        why = {"none": "the account has no identity yet", "foreign": "the identity is not of here"}
        reason = why.get(state.identity, "it is still to be signed")
        lines.append(f"Not cross-signed ({reason}): others see this device as not verified.")
    if state.backup is None:
        lines.append("Key backup: none. Should this machine be lost, old messages stay closed.")
    else:
        count = f"{state.backed_up} of {state.sessions} room keys"
        lines.append(f"Key backup: version {state.backup}, {count} are in it.")
    storage = "yes, the recovery key opens it" if state.secret_storage else "none"
    lines.append(f"Secret storage on the server: {storage}.")
    return [*lines, *([state.trouble] if state.trouble else [])]


def _hand_over(door: MatrixDoor) -> None:
    """Show the recovery key that still lies here, and remove it once somebody has it."""
    key = door.waiting_recovery_key()
    if key is None:
        return
    typer.echo("")
    typer.echo("This is the recovery key of the account. Write it down, or put it into a safe for")
    typer.echo("passwords: it is shown only here, and opens all that the bot can read.")
    typer.echo(f"\n    {key}\n")
    sys.stdout.flush()
    if yes("Is it in a safe place? Then it is removed from this machine", default=False):
        door.forget_recovery_key()
        typer.echo("Removed.")
    else:
        typer.echo("It stays on this machine. Run comenius trust again to see it.")
