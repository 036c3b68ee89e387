"""Files that hold one secret each: an access token or a password."""

from __future__ import annotations

import stat
from pathlib import Path

from bot.settings.problems import Problem, SettingsError


def read_secret(setting: str, file: Path | None) -> str | None:
    """Return the secret in `file`, named by `setting`, or None if there is no such file to read.

    Raises SettingsError if the file cannot be read or holds nothing.
    """
    if file is None:
        return None
    try:
        found = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise SettingsError([Problem(setting, f"There is no file {file}.")]) from None
    except OSError as error:
        wrong = Problem(setting, f"{file} cannot be read: {error.strerror}.")
        raise SettingsError([wrong]) from None
    except UnicodeDecodeError:
        wrong = Problem(setting, f"{file} holds no text.", "Save it again as UTF-8.")
        raise SettingsError([wrong]) from None
    if not found or "\n" in found:
        wrong = Problem(setting, f"{file} does not hold one line.", "Put only the secret in it.")
        raise SettingsError([wrong])
    return found


def check_secret(setting: str, file: Path | None) -> list[Problem]:
    """Return what is wrong with `file`, also that others on this machine may read it."""
    try:
        if file is None or read_secret(setting, file) is None:
            return []
        readable = stat.S_IMODE(file.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    except SettingsError as error:
        return list(error.problems)
    if readable:
        return [Problem(setting, f"Others can read {file}.", f"Run: chmod 600 {file}")]
    return []
