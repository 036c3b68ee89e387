"""How a command ends: its exit status, and the one sentence before it; never a traceback."""

from __future__ import annotations

import sys
from enum import IntEnum
from typing import NoReturn

import typer

from bot.settings import SettingsError


class Status(IntEnum):
    """What the exit status of `comenius` says. 2 is typer's: the command line itself is wrong."""

    WELL = 0
    """Done, or stopped as it was told to: start it again whenever you like."""
    CANNOT = 1
    """It cannot be done; the sentence says why. Of `check` and `doctor`: something is wrong."""
    REFUSED = 3
    """The homeserver refuses the login; trying again will not help (deploy/comenius.service)."""


def end(sentence: str, status: Status = Status.CANNOT) -> NoReturn:
    """Say *sentence* on standard error and end with *status*."""
    typer.echo(sentence, err=True)
    sys.exit(status)


def end_with(mistakes: SettingsError) -> NoReturn:
    """Say all that is wrong with the settings, one a line, and end."""
    end("\n".join(map(str, mistakes.problems)))


def refusal(code: str, advice: str) -> str:
    """Return why there is no login: what the server said by its *code*, or what is amiss here."""
    return f"The homeserver refuses the login. {advice}" if code else f"No login. {advice}"


def told(trouble: OSError) -> str:
    """Return what the operating system refused as a sentence: "No space left on device: x"."""
    if trouble.strerror is None:
        return str(trouble)
    return (
        f"{trouble.filename}: {trouble.strerror}." if trouble.filename else f"{trouble.strerror}."
    )
