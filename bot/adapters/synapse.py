"""Runs a real Synapse homeserver on this machine, for the demo and the tests."""

from __future__ import annotations

import atexit
import base64
import hashlib
import hmac
import importlib.util
import json
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Progress = Callable[[str], None]

_GENEROUS = {"per_second": 10000, "burst_count": 10000}
_START_SECONDS = 180.0
_SERVE = """
import os, signal, sys, threading
def watch():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=watch, daemon=True).start()
from synapse.app.homeserver import main
main()
"""
"""Synapse that ends with whoever started it, killed or not: then its standard input ends."""


class SynapseMissing(Exception):
    """The package matrix-synapse is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "A real homeserver needs the package matrix-synapse. Install comenius-bot[synapse]."
        )


class SynapseFailed(Exception):
    """Synapse did not start."""

    def __init__(self, reason: str, log: str) -> None:
        """Keep the *reason* and the end of its *log*."""
        super().__init__(f"Synapse did not start: {reason}\n{log}".rstrip())
        self.reason = reason
        self.log = log


class Synapse:
    """One homeserver: SQLite, loopback, no federation, in a directory that goes with it.

    Blocking throughout; an event loop calls it by `asyncio.to_thread`.
    """

    def __init__(
        self, *, name: str = "localhost", limits: dict[str, Any] | None = None, port: int = 0
    ) -> None:
        """Prepare a server called *name*; *limits* overrides the (very high) rate limits."""
        self.name = name
        self.port = port or _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._limits = limits or {}
        self._secret = secrets.token_urlsafe(24)
        self._directory: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, progress: Progress | None = None) -> Self:
        """Start (again, on the same data, after `halt`) and return once it answers.

        *progress* hears a sentence every few seconds. Raises SynapseMissing or SynapseFailed.
        """
        if importlib.util.find_spec("synapse") is None:
            raise SynapseMissing
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="synapse-"))
            self._configure(self._directory)
            atexit.register(self.stop)
        command = [sys.executable, "-c", _SERVE, "-c", "homeserver.yaml"]
        with (self._directory / "output.log").open("ab") as output:
            # its own session: Ctrl-C is for us, and we stop it in good order
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, fixed arguments
                command,
                cwd=self._directory,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._wait(progress or (lambda _sentence: None))
        return self

    def halt(self) -> None:
        """Stop the process; the data stay."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin:
            process.stdin.close()
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop(self) -> None:
        """Stop the process and remove its data."""
        self.halt()
        directory, self._directory = self._directory, None
        if directory is not None:
            shutil.rmtree(directory, ignore_errors=True)
            atexit.unregister(self.stop)

    def register(self, user: str, password: str, *, admin: bool = False, shown: str = "") -> str:
        """Create *user* (with *shown* as display name) by the shared secret; return the user id.

        Synapse's documentation, "Shared-Secret Registration"; the command line tool would cost
        1.6 s of CPU for each.
        """
        path = "/_synapse/admin/v1/register"
        nonce = self.ask("GET", path)["nonce"]
        parts = (nonce, user, password, "admin" if admin else "notadmin")
        mac = hmac.new(self._secret.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": user, "password": password, "admin": admin, "mac": mac}
        if shown:
            body["displayname"] = shown
        return str(self.ask("POST", path, body)["user_id"])

    def ask(self, method: str, path: str, body: object = None, token: str = "") -> dict[str, Any]:
        """Request *path* of this server and return the JSON of the answer (of an error too)."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, method=method)  # noqa: S310
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - loopback
                content: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                content = json.loads(error.read() or b"{}")
        return content

    def __enter__(self) -> Self:
        return self if self._process else self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait(self, progress: Progress) -> None:
        """Return once the server answers /versions."""
        begin = said = time.monotonic()
        progress("Starting Synapse, a Matrix homeserver (some ten seconds) ...")
        while True:
            try:
                if "versions" in self.ask("GET", "/_matrix/client/versions"):
                    return
            except (OSError, ValueError):
                pass
            now = time.monotonic()
            if self._process is None or self._process.poll() is not None:
                reason = "the process ended"
            elif now - begin > _START_SECONDS:
                reason = f"no answer in {_START_SECONDS:.0f} seconds"
            else:
                if now - said >= 5:  # noqa: PLR2004 - seconds between two signs of life
                    said = now
                    progress(f"... {now - begin:.0f} s")
                time.sleep(0.1)
                continue
            log = self._log()
            self.stop()
            raise SynapseFailed(reason, log)

    def _log(self) -> str:
        if self._directory is None:
            return ""
        parts = [self._directory / "output.log", self._directory / "homeserver.log"]
        return "\n".join(p.read_text("utf-8", "replace")[-2000:] for p in parts if p.exists())

    def _configure(self, directory: Path) -> None:
        """Write configuration, log configuration and signing key (`--generate-keys` costs 7 s)."""
        seed = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        (directory / "signing.key").write_text(f"ed25519 a_{secrets.token_hex(2)} {seed}\n")
        logs = {
            "version": 1,
            "handlers": {"file": {"class": "logging.FileHandler", "filename": "homeserver.log"}},
            "root": {"level": "WARNING", "handlers": ["file"]},
        }
        (directory / "log.yaml").write_text(json.dumps(logs))  # JSON is YAML
        configuration = {
            "server_name": self.name,
            "pid_file": str(directory / "homeserver.pid"),
            "signing_key_path": str(directory / "signing.key"),
            "media_store_path": str(directory / "media"),
            "log_config": str(directory / "log.yaml"),
            "public_baseurl": self.address + "/",
            "report_stats": False,
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "federation_domain_whitelist": [],
            "enable_registration": False,
            "registration_shared_secret": self._secret,
            "macaroon_secret_key": secrets.token_urlsafe(24),
            "form_secret": secrets.token_urlsafe(24),
            "url_preview_enabled": False,
            "presence": {"enabled": False},
            "bcrypt_rounds": 4,  # quick logins; nothing here outlives the directory
            "listeners": [
                {
                    "port": self.port,
                    "type": "http",
                    "bind_addresses": ["127.0.0.1"],
                    "x_forwarded": False,
                    "resources": [{"names": ["client"], "compress": False}],
                }
            ],
            "database": {
                "name": "sqlite3",
                "args": {"database": str(directory / "homeserver.db")},
            },
            "rc_message": _GENEROUS,
            "rc_registration": _GENEROUS,
            "rc_login": dict.fromkeys(("address", "account", "failed_attempts"), _GENEROUS),
            "rc_admin_redaction": _GENEROUS,
            "rc_joins": {"local": _GENEROUS, "remote": _GENEROUS},
            "rc_joins_per_room": _GENEROUS,
            "rc_invites": dict.fromkeys(("per_room", "per_user", "per_issuer"), _GENEROUS),
            "rc_room_creation": _GENEROUS,
        } | self._limits
        (directory / "homeserver.yaml").write_text(json.dumps(configuration))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
