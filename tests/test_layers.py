"""The drawing of the house is true: imports go one way, a foreign library is met in one place."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOUSE = ("bot", "commands")
SHELVES = {"data"}
"""Folders of bot/ that hold data, not code."""


def lint_imports(house: Path) -> tuple[bool, str]:
    """Return whether the `house` keeps every contract, and what import-linter says."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache", "--no-logo", "--config", house / "pyproject.toml"],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house), "COLUMNS": "300", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout + done.stderr


def test_imports_go_one_way() -> None:
    """Every contract in pyproject.toml is kept; if not, the failure names module and line."""
    kept, said = lint_imports(ROOT)

    assert kept, said


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the house in which walls may be broken."""
    for package in HOUSE:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("wall", "line", "named"),
    [
        ("bot/model/due.py", "import commands", "bot.model.due -> commands"),
        ("bot/model/due.py", "import bot.language", "bot.model.due -> bot.language"),
        ("bot/model/due.py", "import time", "bot.model.due -> time"),
        ("bot/language/message.py", "import asyncio", "bot.language.message -> asyncio"),
        ("commands/__init__.py", "import bot.heard", "commands -> bot.heard"),
        ("commands/__init__.py", "import gettext", "commands -> gettext"),
        ("bot/heard.py", "import nio", "bot.heard -> nio"),
        ("bot/settings/__init__.py", "import tinydb", "bot.settings -> tinydb"),
        ("bot/settings/__init__.py", "import apscheduler", "bot.settings -> apscheduler"),
    ],
)
def test_a_wall_that_is_broken_is_named(copy: Path, wall: str, line: str, named: str) -> None:
    """The contracts bite: one bad import fails, and the answer says where it stands."""
    broken = copy / wall
    lines = broken.read_text(encoding="utf-8").rstrip("\n").split("\n")
    broken.write_text("\n".join([*lines, line, ""]), encoding="utf-8")

    kept, said = lint_imports(copy)

    assert not kept
    assert f"{named} (l.{len(lines) + 1})" in said


def test_every_room_has_its_floor() -> None:
    """Whatever is new in bot/ is given its place among the layers."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (
        contract["layers"]
        for contract in contracts["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    )
    placed = {name.strip(" ()") for layer in layers for name in layer.split("|")}

    rooms = {
        f"bot.{path.stem}"
        for path in (ROOT / "bot").iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
    }

    assert set() == rooms - placed - {f"bot.{name}" for name in SHELVES}
