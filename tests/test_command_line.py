"""The command line as an admin and a translator meet it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

GOOD = """
matrix:
  homeserver: {homeserver}
  user: "@comenius:test.local"
  token_file: token
  allow: [test.local]
store:
  directory: data
"""


def comenius(
    *arguments: str, said: str = "", timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run `comenius` with *arguments*."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=said,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        encoding="utf-8",
    )


def written(folder: Path, homeserver: str) -> Path:
    """Write a good configuration with a token that nobody gave."""
    token = folder / "token"
    token.write_text("not-a-token", encoding="utf-8")
    token.chmod(0o600)
    path = folder / "bot.yaml"
    path.write_text(GOOD.format(homeserver=homeserver), encoding="utf-8")
    return path


def test_help_names_every_command() -> None:
    """Whoever types `comenius` sees what there is."""
    shown = comenius("--help").stdout
    for name in ("run", "console", "demo", "try", "check"):
        assert name in shown


def test_check_tells_every_mistake_at_once(tmp_path: Path) -> None:
    """Each mistake has its path, the nearest right name and what to do; the exit status says so."""
    path = tmp_path / "bot.yaml"
    path.write_text("matrix:\n  homserver: x\nzone: Europe/Pariss\nlanguages: [xx]\n")
    done = comenius("check", str(path))

    assert 1 == done.returncode
    for word in ("matrix.homserver", "homeserver", "zone", "Europe/Paris"):
        assert word in done.stdout, done.stdout


def test_check_of_a_good_file(tmp_path: Path) -> None:
    """What is right is said to be right."""
    done = comenius("check", str(written(tmp_path, "http://127.0.0.1:1")))
    assert (0, "") == (done.returncode, done.stderr)
    assert "all is well" in done.stdout


def test_dates_can_be_tried() -> None:
    """`comenius try date` answers one JSON line per phrase."""
    options = ["--language", "fr", "--now", "2026-11-22T15:00:00+01:00", "--zone", "Europe/Paris"]
    done = comenius("try", "date", *options, said="demain 18h\ntous les lundis 9h\nblabla\n")
    found = [json.loads(line) for line in done.stdout.splitlines()]

    assert ["demain 18h", "tous les lundis 9h", "blabla"] == [one["text"] for one in found]
    assert ("2026-11-23T18:00:00+01:00", True, None) == tuple(
        found[0][key] for key in ("start", "has_time", "every")
    )
    assert "FREQ=WEEKLY;BYDAY=MO" == found[1]["every"]
    assert {"text", "error"} == found[2].keys()


def test_an_unreachable_server_is_waited_for(tmp_path: Path) -> None:
    """A server that is away is tried again; the program says so, and stops when it is told to."""
    path = written(tmp_path, "http://127.0.0.1:9")
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "bot", "run", "--config", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "does not answer" in line:
            break
    process.send_signal(signal.SIGTERM)

    assert 0 == process.wait(30)
    assert "does not answer" in lines[-1]
    process.stdout.close()


def test_one_bot_per_folder(tmp_path: Path) -> None:
    """A second bot on the same rooms is refused."""
    first = subprocess.Popen(
        [sys.executable, "-m", "bot", "console", "--jsonl", "--data", str(tmp_path / "d")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdin is not None
    assert first.stdout is not None
    first.stdout.readline()
    second = comenius("console", "--jsonl", "--data", str(tmp_path / "d"))
    first.stdin.close()
    first.wait(30)
    first.stdout.close()

    assert 1 == second.returncode
    assert "another process already works in" in second.stderr
    assert "Traceback" not in second.stderr
