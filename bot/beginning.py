"""The first five minutes: from an admin's answers to a commented bot.yaml and one secret file."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from zoneinfo import available_timezones

from bot.language.catalog import languages
from bot.settings.problems import Wrong, did_you_mean
from bot.settings.values import language_code, not_empty, server_or_person

CONFIG = "bot.yaml"
_PRIVATE = 0o600
_FOLDER = 0o700
_CLOCK_FILES = (Path("/etc/timezone"), Path("/etc/localtime"))
_LINE_FOR_COPIERS = re.compile(r"^# Copy this file to bot\.yaml.*$", re.MULTILINE)
_OUR_LINE = "# Written by comenius init. After each change ask:  comenius check bot.yaml"


class Login(StrEnum):
    """How the bot logs in; the value is the name of the file that holds it.

    A password is the better choice: with it the bot comes back by itself after the server ended
    its session (soft logout), and can prove who it is where the server asks before it accepts
    cross-signing keys. A token survives neither.
    """

    PASSWORD = "password"  # noqa: S105 - a name, not a secret
    TOKEN = "token"  # noqa: S105 - the same


@dataclass(frozen=True)
class Answers:
    """What an admin has told, each value checked."""

    homeserver: str
    user: str
    login: Login | None
    """None: it comes from the environment at each start."""
    secret_file: Path | None = None
    """Where the secret lies already; None: it is to be written."""
    allow: Sequence[str] = ()
    languages: Sequence[str] = ("en",)
    zone: str = "UTC"


class Present(Exception):
    """A file that would have to be overwritten; nothing was written."""

    def __init__(self, path: Path) -> None:
        """Remember the *path*."""
        super().__init__(f"{path} is there already, and stays as it is.")
        self.path = path


def example() -> str:
    """Return the text of bot.example.yaml: the package brings it, in a checkout it lies beside."""
    packaged = files("bot") / "data" / "bot.example.yaml"
    found = packaged if packaged.is_file() else files("bot") / ".." / "bot.example.yaml"
    return found.read_text(encoding="utf-8")


def configuration(answers: Answers, folder: Path) -> str:
    """Return bot.yaml for *folder*: the example with the *answers* in their places."""
    lines: dict[str, object] = {
        "homeserver": answers.homeserver,
        "user": answers.user,
        "allow": list(answers.allow),
        "languages": list(answers.languages),
        "zone": answers.zone,
    }
    if answers.login is not None:
        lines[f"{answers.login}_file"] = _shown(answers, folder)
    return _filled(_LINE_FOR_COPIERS.sub(_OUR_LINE, example()), lines)


def _shown(answers: Answers, folder: Path) -> str:
    """Return how bot.yaml in *folder* names the secret file: relative if it lies there."""
    if answers.secret_file is None:
        return str(answers.login)
    place = answers.secret_file.absolute()
    with suppress(ValueError):
        return str(place.relative_to(folder.absolute()))
    return str(place)


def _filled(text: str, lines: Mapping[str, object]) -> str:
    """Return *text* with the values of *lines* (JSON is YAML, too) where those names stand."""
    for name, value in lines.items():
        told = json.dumps(value, ensure_ascii=False)
        pattern = re.compile(rf"^( *{name}:) .*$", re.MULTILINE)
        text, count = pattern.subn(lambda found, told=told: f"{found[1]} {told}", text)  # type: ignore[misc]
        if count != 1:
            raise LookupError(f"{name} stands {count} times in bot.example.yaml")
    return text


def ready(folder: Path, login: Login | None = None) -> None:
    """Raise Present if bot.yaml, or the file for a secret of this *login*, is there already.

    Raises NotADirectoryError or PermissionError if no file can be made in *folder*.
    """
    there = next(one for one in (folder, *folder.absolute().parents) if os.path.lexists(one))
    if not there.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(there))
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(there))
    for name in (CONFIG, *([login.value] if login else [])):
        if os.path.lexists(folder / name):
            raise Present(folder / name)


def write(folder: Path, answers: Answers, secret: str | None) -> list[Path]:
    """Write bot.yaml and, if there is one to keep, the *secret*; return the new files.

    All or nothing; nothing is overwritten. Raises Present or OSError.
    """
    ready(folder, answers.login if secret is not None else None)
    for missing in [one for one in (folder, *folder.parents) if not one.exists()][::-1]:
        missing.mkdir(mode=_FOLDER)  # `parents=True` leaves those above to the umask
    new: list[Path] = []
    try:
        if secret is not None and answers.login is not None:
            _put(folder / answers.login, secret + "\n", new)
        _put(folder / CONFIG, configuration(answers, folder), new)
    except BaseException:
        for path in new:
            path.unlink(missing_ok=True)
        raise
    return new


def _put(path: Path, text: str, new: list[Path]) -> None:
    """Write *text* into a file of its own that only its owner may read; note it as *new*."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
    except FileExistsError:
        raise Present(path) from None
    new.append(path)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


# --- what is asked for, from words to values; each raises Wrong ----------------------------------


def split(listed: str) -> list[str]:
    """Return the words of a list that was typed with commas, blanks, brackets or quotes."""
    return re.sub(r"[][,\"']", " ", listed).split()


def servers(listed: str) -> tuple[str, ...]:
    """Return the servers and people who may invite; none is an answer, too."""
    return tuple(server_or_person(one) for one in split(listed))


def spoken(listed: str) -> tuple[str, ...]:
    """Return the languages of the rooms, each of which has a catalog."""
    there = languages()
    found = tuple(dict.fromkeys(language_code(one) for one in split(listed)))
    for one in found:
        if one not in there:
            advice = did_you_mean(one, there) or f"It speaks {', '.join(there)}."
            raise Wrong(f"The bot does not speak {one!r} yet.", advice)
    return not_empty(found)


def local_zone(environment: Mapping[str, str]) -> str:
    """Return the IANA zone that this machine is set to, UTC if it does not say."""
    name, link = _CLOCK_FILES
    guesses = [environment.get("TZ", "").lstrip(":")]
    with suppress(OSError, UnicodeDecodeError):
        guesses.append(name.read_text(encoding="utf-8").strip())
    with suppress(OSError):
        guesses.append(str(link.resolve()).partition("/zoneinfo/")[2])
    zones = available_timezones()
    found = next((one for one in guesses if one in zones), "UTC")
    return "UTC" if found in {"Etc/UTC", "Etc/Universal", "Universal", "Zulu"} else found
