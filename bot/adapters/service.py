"""The service manager: it is told that the bot is ready, how it is, that it ends; it has secrets.

systemd's protocol: one datagram of NAME=VALUE lines to the socket that NOTIFY_SOCKET names
(sd_notify(3), "Notes"). Without that variable all of it does nothing.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bot.adapters.logs import mask

_log = logging.getLogger(__name__)
_PATIENCE = 1.0
"""Seconds for what must arrive: without READY=1 we count as starting for ever."""


class Service:
    """The way to the service manager that started us, if one did."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take from *environment* where to tell it, and how often to be alive."""
        self._address = _address(environment.get("NOTIFY_SOCKET", ""))
        self.pause = _pause(environment)
        """Seconds within which it wants to hear that we are alive; None: it does not ask."""

    def ready(self) -> None:
        """Say that the bot is connected."""
        self._tell("READY=1", _PATIENCE)

    def status(self, sentence: str) -> None:
        """Say how it is, for `systemctl status`."""
        self._tell(f"STATUS={mask(sentence)}")

    def alive(self) -> None:
        """Say that there is progress; without it the bot is started anew after a while."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the bot ends, and not by mistake."""
        self._tell("STOPPING=1", _PATIENCE)

    def _tell(self, line: str, patience: float = 0.0) -> None:
        """Send *line*; if nobody has read the last ones yet, wait *patience* seconds for it."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as way:
                way.settimeout(patience)
                way.sendto(line.encode(), self._address)
        except OSError as error:
            _log.debug("the service manager cannot be told (%s)", type(error).__name__)


def with_credentials(
    environment: Mapping[str, str], variables: Mapping[str, str]
) -> dict[str, str]:
    """Return *environment* with the secrets that systemd hands over as files.

    *variables* tells for each credential (`LoadCredential=` in systemd.exec(5)) which variable it
    stands for. One that is set already stays. A credential that is not there, or cannot be read,
    is left out: what it lacks, the login will say.
    """
    folder = environment.get("CREDENTIALS_DIRECTORY", "")
    found: dict[str, str] = {}
    for name, variable in variables.items() if folder else ():
        with suppress(OSError, UnicodeDecodeError):
            found[variable] = Path(folder, name).read_text(encoding="utf-8").strip()
    return found | dict(environment)


def _address(named: str) -> str:
    r"""Return the address of the socket: a path, or an abstract one, whose @ stands for \0."""
    if named.startswith("@"):
        return "\0" + named[1:]
    return named if named.startswith("/") else ""


def _pause(environment: Mapping[str, str]) -> float | None:
    """Return the seconds of WATCHDOG_USEC if they are meant for this process."""
    microseconds = environment.get("WATCHDOG_USEC", "")
    meant_for = environment.get("WATCHDOG_PID", str(os.getpid()))
    if not microseconds.isdecimal() or int(microseconds) == 0 or meant_for != str(os.getpid()):
        return None
    return int(microseconds) / 1_000_000
