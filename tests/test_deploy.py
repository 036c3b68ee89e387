"""What lies in deploy/: a unit that systemd takes, an image that is built from hashes."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import requires
from pathlib import Path
from threading import Thread

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bot.adapters.service import with_credentials
from bot.adapters.watchdog import PACE
from bot.app import CREDENTIALS

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNIT = (DEPLOY / "comenius.service").read_text(encoding="utf-8")
IMAGE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
README = (DEPLOY / "README.md").read_text(encoding="utf-8")
OURS = "/opt/comenius/bin/comenius"
MOST_EXPOSED = 20
"""Tenths, of 100, by systemd's own count; an ordinary service has 96."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)


# --- the unit -------------------------------------------------------------------------------------


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """Return the unit with a program that is on this machine, too."""
    path = tmp_path / "comenius.service"
    path.write_text(UNIT.replace(OURS, sys.executable), encoding="utf-8")
    return path


@needs_systemd
def test_systemd_takes_the_unit(unit: Path) -> None:
    """No unknown line, no wrong value."""
    done = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False
    )
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


@needs_systemd
def test_the_unit_can_reach_little(unit: Path) -> None:
    """Systemd's own judgement; what is left is the network, which the bot is for."""
    threshold = f"--threshold={MOST_EXPOSED}"
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", threshold, unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stdout


def service() -> configparser.SectionProxy:
    """Return the [Service] part of the unit; of lines that are there twice the last one."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(UNIT)
    return parser["Service"]


def test_the_unit_says_what_the_bot_does() -> None:
    """It notifies; a refused login is not tried again; starting takes as long as it takes."""
    told = service()

    assert ("notify", "infinity") == (told["Type"], told["TimeoutStartSec"])
    assert ("on-failure", "3") == (told["Restart"], told["RestartPreventExitStatus"])
    minutes = int(told["WatchdogSec"].removesuffix("min"))
    assert minutes * 60 > 4 * PACE
    assert ("0077", "0700") == (told["UMask"], told["StateDirectoryMode"])
    assert told["ExecStart"].startswith(f"{OURS} run --config /var/lib/{told['StateDirectory']}/")


def test_the_units_credentials_are_those_that_the_bot_reads(tmp_path: Path) -> None:
    """What systemd hands over as files is taken for the variables; a set variable stays."""
    named = re.findall(r"LoadCredential=(\w+):", UNIT)
    assert {"password", "token"} == set(named)
    for name in named:
        (tmp_path / name).write_text(f"the {name}\n", encoding="utf-8")
    given = {"CREDENTIALS_DIRECTORY": str(tmp_path), "COMENIUS_TOKEN": "mine"}

    assert given | {"COMENIUS_PASSWORD": "the password"} == with_credentials(given, CREDENTIALS)
    assert {} == with_credentials({}, CREDENTIALS)
    away = {"CREDENTIALS_DIRECTORY": "/nowhere/at/all"}
    assert away == with_credentials(away, CREDENTIALS)


# --- the image ------------------------------------------------------------------------------------


def steps() -> list[tuple[str, str]]:
    """Return the steps of the Containerfile as (word, rest)."""
    text = "\n".join(line for line in IMAGE.splitlines() if not line.startswith("#"))
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [(one.partition(" ")[0], one.partition(" ")[2]) for one in lines if one]


def rests(word: str) -> list[str]:
    """Return what follows *word* in the Containerfile."""
    return [rest for one, rest in steps() if one == word]


def test_the_image_runs_without_privileges() -> None:
    """Its user is not root, and its files are in one volume."""
    user = [rest for word, rest in steps() if word == "USER"][-1]

    assert "comenius" == user
    assert "useradd --system --uid 10001" in rests("RUN")[-1]
    assert ["/data"] == rests("VOLUME")


def test_the_image_takes_only_what_is_needed_from_the_checkout() -> None:
    """Every file that is copied exists; no folder with rooms or secrets can come along."""
    copied = {
        source
        for rest in rests("COPY")
        if not rest.startswith("--from")
        for source in rest.split()[:-1]
    }
    assert {"bot", "commands", "locales"} == {one for one in copied if (ROOT / one).is_dir()}
    assert [] == [one for one in copied if not (ROOT / one).exists()]


def test_no_address_of_an_index_is_written_down() -> None:
    """Everybody uses the registry and the package index they already have."""
    for text in (*(rest for _word, rest in steps()), (DEPLOY / "requirements.lock").read_text()):
        asked = text.replace("http://127.0.0.1", "")
        assert not re.search(r"://|index-url|find-links|@sha256", asked)
    assert {"python:3.12-slim", "python:3.12-slim AS build"} == set(rests("FROM"))


def test_everything_in_the_image_is_checked_by_its_hash() -> None:
    """Pip is used with hashes, or without any index."""
    for rest in rests("RUN"):
        for one in re.findall(r"pip (?:install|wheel)[^&]*", rest):
            assert "--require-hashes" in one or "--no-index" in one


def pins(path: Path) -> dict[str, set[str]]:
    """Return name==version -> hashes of a lock."""
    blocks = re.split(r"\n(?=\S)", path.read_text(encoding="utf-8").strip())
    return {one.split()[0]: set(re.findall(r"sha256:\w+", one)) for one in blocks}


def test_the_lock_for_running_is_part_of_the_whole_lock() -> None:
    """The same versions and hashes, without what only builds, tests and measures."""
    running, whole = pins(DEPLOY / "requirements.lock"), pins(ROOT / "requirements.lock")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {canonicalize_name(Requirement(one).name) for one in project["dependencies"]}
    names = {one.partition("==")[0] for one in running}

    assert running == {one: whole.get(one) for one in running}
    assert set() == wanted - names
    assert set() == names & {"pytest", "matrix-synapse", "ruff", "hatchling"}


def test_the_image_has_what_it_is_built_with() -> None:
    """Hatchling, Babel and what they need, from the whole lock; setuptools for one old package."""
    (listed,) = re.findall(r"wanted = /\^\(([a-z|-]+)\)==/", IMAGE)
    needed, left = set[str](), ["hatchling", "babel"]
    while left:
        name = left.pop()
        needed.add(name)
        for one in map(Requirement, requires(name) or []):
            applies = one.marker is None or one.marker.evaluate({"extra": ""})
            if applies and canonicalize_name(one.name) not in needed:
                left.append(canonicalize_name(one.name))

    assert {*needed, "setuptools"} == set(listed.split("|"))


class Health(BaseHTTPRequestHandler):
    """Answers with the status that the server holds."""

    def do_GET(self) -> None:
        status = getattr(self.server, "status")  # noqa: B009 - set by the test
        self.send_response(status if self.path == "/health" else 404)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def monitor() -> Iterator[HTTPServer]:
    """Answer on a port of this machine."""
    server = HTTPServer(("127.0.0.1", 0), Health)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "configured", "well"),
    [(200, True, True), (503, True, False), (503, False, True)],
)
def test_the_health_check_asks_the_page(
    monitor: HTTPServer, tmp_path: Path, status: int, configured: bool, well: bool
) -> None:
    """On the port that bot.yaml names; without one it is content."""
    monitor.status = status  # type: ignore[attr-defined]
    port = monitor.server_port if configured else "null"
    (tmp_path / "bot.yaml").write_text(f"health:\n  port: {port}\n", encoding="utf-8")
    (rest,) = rests("HEALTHCHECK")
    _python, *arguments = json.loads(rest.partition("CMD ")[2])
    done = subprocess.run(
        [sys.executable, *arguments], cwd=tmp_path, capture_output=True, check=False, timeout=30
    )

    assert well == (done.returncode == 0)


def test_the_readme_installs_what_the_unit_starts() -> None:
    """The same folders, the same user, the same program."""
    for one in (OURS, "/var/lib/comenius", "deploy/comenius.service", "deploy/requirements.lock"):
        assert one in README
    for line in re.findall(r"^podman .*$", README, flags=re.MULTILINE)[:3]:
        assert f"#   {line}" in IMAGE
