"""Export and import from the command line: without a room, a server or a running bot."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.played import played
from tests.test_command_line import comenius


@pytest.fixture
def data(worked: Path, tmp_path: Path) -> Path:
    """Return the store of a bot that has stopped."""
    return shutil.copytree(worked, tmp_path / "data")


@pytest.mark.parametrize("room", ["!room:example.org", "Ports of Europe", "ports of europe"])
def test_a_project_moves_to_another_store(data: Path, tmp_path: Path, room: str) -> None:
    """Exported by id or title, imported for a new room, it goes on there."""
    file, new = tmp_path / "project.json", tmp_path / "new"
    out = comenius("export", room, "--data", str(data), "--output", str(file))
    assert (0, "") == (out.returncode, out.stderr)
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    assert ".example" not in file.read_text(encoding="utf-8")

    done = comenius("import", str(file), "--room", "!room:example.org", "--data", str(new))
    assert (0, "") == (done.returncode, done.stderr)
    assert "tasks 1," in done.stdout
    shown = played(new, {"say": "!1", "as": "@ana:x"}, {"say": "!task Next", "as": "@ana:x"})
    said = [str(one["body"]) for one in shown if one.get("kind") == "notice"]
    assert said[0].startswith("#1 · Film the tour")
    assert said[1].startswith("#2 · Next")


@pytest.mark.parametrize(("option", "start"), [("--csv", "Reference,"), ("--kanboard", "{")])
def test_only_the_tasks(data: Path, tmp_path: Path, option: str, start: str) -> None:
    """As a table or as a board."""
    file = tmp_path / "tasks"
    out = comenius("export", "Ports of Europe", "--data", str(data), option, "--output", str(file))
    assert (0, "") == (out.returncode, out.stderr)
    text = file.read_text(encoding="utf-8")
    assert text.startswith(start)
    assert "Film the tour" in text


def test_the_store_may_be_named_by_the_configuration(data: Path, tmp_path: Path) -> None:
    """Where `comenius run` keeps its rooms, export finds them."""
    config = tmp_path / "bot.yaml"
    config.write_text(
        "matrix:\n  homeserver: http://127.0.0.1:9\n  user: '@comenius:x'\n  allow: [x]\n"
        f"store:\n  directory: {data}\n",
        encoding="utf-8",
    )
    file = tmp_path / "a.json"
    out = comenius("export", "Ports of Europe", "--config", str(config), "--output", str(file))
    assert (0, "") == (out.returncode, out.stderr)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export", "Nope", "--data", "DATA"], "no such room. There are: Ports of Europe."),
        (["export", "Nope", "--data", "NONE"], "no folder"),
        (["export", "Ports of Europe", "--data", "DATA", "--output", "DATA"], "exists already"),
        (["export", "Ports of Europe", "--data", "DATA", "--output", "NONE/x"], "be written"),
        (["import", "GOOD", "--room", "!room:example.org", "--data", "DATA"], "work of its own"),
        (["import", "GOOD", "--room", "Ports of Europe", "--data", "DATA"], "begins with"),
        (["import", "BAD", "--room", "!new:x", "--data", "DATA"], "no project of Comenius"),
        (["import", "WRONG", "--room", "!new:x", "--data", "DATA"], "wrong, at tasks[0]"),
        (["import", "NONE", "--room", "!new:x", "--data", "DATA"], "cannot be read"),
        (["export", "Ports of Europe"], "Where are the rooms?"),
        (["export", "Ports of Europe", "--data", "DATA", "--csv", "--kanboard"], "One file at a"),
    ],
)  # fmt: skip
def test_one_sentence_says_why_not(
    data: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    """Status 1, one sentence, no traceback, nothing written."""
    places = {"DATA": data, "NONE": tmp_path / "none"}
    for name, content in (("BAD", "{}"), ("GOOD", '{"comenius": {"format": 1}}'),
                          ("WRONG", '{"comenius": {"format": 1}, "tasks": [1]}')):  # fmt: skip
        places[name] = tmp_path / name
        places[name].write_text(content, encoding="utf-8")
    named = [str(places.get(one.split("/")[0], one)) + ("/x" if "/x" in one else "")
             for one in arguments]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "bot", *named],
        cwd=tmp_path,
        env={"PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (1, "") == (done.returncode, done.stdout)
    assert words in done.stderr
    assert 1 == len(done.stderr.strip().splitlines())
    assert not (tmp_path / "none").exists()


def test_a_running_bot_keeps_its_rooms(data: Path, tmp_path: Path) -> None:
    """The store is locked while a bot works on it; the sentence says what else can be done."""
    bot = subprocess.Popen(
        [sys.executable, "-m", "bot", "console", "--jsonl", "--data", str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert bot.stdin is not None
    assert bot.stdout is not None
    bot.stdout.readline()
    file = tmp_path / "x.json"
    done = comenius("export", "Ports of Europe", "--data", str(data), "--output", str(file))
    good = tmp_path / "good.json"
    good.write_text('{"comenius": {"format": 1}}', encoding="utf-8")
    refused = comenius("import", str(good), "--room", "!new:x", "--data", str(data))
    bot.stdin.close()
    bot.wait(30)
    bot.stdout.close()

    assert (1, 1) == (done.returncode, refused.returncode)
    assert "Stop the bot first, or write !export in the room." in done.stderr
    assert "or write !project adopt in the room, with the file." in refused.stderr
    assert not file.exists()
