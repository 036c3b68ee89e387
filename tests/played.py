"""A bot that works in a process of its own, in a room that is kept in a folder."""

from __future__ import annotations

import json
from pathlib import Path

from tests.test_command_line import comenius

STORY: list[dict[str, object]] = [
    {"join": True, "as": "@weber:kol.example", "name": "Ms Weber", "power": 100},
    {"topic": "Ports of Europe", "as": "@weber:kol.example"},
    {"say": "!setup en", "as": "@weber:kol.example"},
    {"say": "!task Film the tour by 12 March 14:00", "as": "@weber:kol.example"},
]
"""What has happened in the store that the fixture `worked` returns."""
START = ["--now", "2026-11-22T15:00:00+01:00", "--zone", "Europe/Paris"]


def played(folder: Path, *lines: dict[str, object]) -> list[dict[str, object]]:
    """Play *lines* in a room kept in *folder*; return what the bot did."""
    said = "".join(f"{json.dumps(line)}\n" for line in lines)
    done = comenius("console", "--jsonl", "--data", str(folder), *START, said=said)
    assert "" == done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
