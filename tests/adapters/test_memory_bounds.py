"""What strangers make the door keep has an end: ciphertexts that wait, gaps that are fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.adapters.matrix import backfill, memory
from bot.adapters.matrix.backfill import fill
from bot.adapters.matrix.memory import Memory, Waiting

ROOM = "!room:x"


def ciphertext(number: int, size: int) -> dict[str, Any]:
    """Return an encrypted event of *size* characters, from a sender of its own."""
    content = {"session_id": f"s{number}", "ciphertext": "c" * size, "padding": "p" * 1000}
    return {"event_id": f"${number}", "sender": f"@{number}:x", "content": content, "unsigned": {}}


def test_large_ciphertexts_make_room_for_those_of_common_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is sent, the file stays small, and messages of common length stay in it."""
    monkeypatch.setattr(memory, "_CHARACTERS_LIMIT", 100_000)
    kept = Memory(tmp_path / "sync.json")
    for number in range(50):
        kept.wait(Waiting(ROOM, ciphertext(number, 500 if number % 2 else 60_000), 0.0))

    assert sum(one.size for one in kept.waiting) <= 100_000
    assert [f"${n}" for n in range(1, 50, 2)] == [
        one.event["event_id"] for one in kept.waiting if one.size < 1000
    ]
    assert all("padding" not in one.event["content"] for one in kept.waiting)


class Pages:
    """A homeserver whose history has no end."""

    user_id = "@me:x"

    def __init__(self) -> None:
        self.asked = 0

    async def call(self, *_path: str, **_options: object) -> dict[str, Any]:
        """Return the next page."""
        self.asked += 1
        page = [{"event_id": f"${self.asked}/{n}", "content": "x" * 1000} for n in range(100)]
        return {"chunk": page, "end": f"t{self.asked}"}


async def test_a_gap_of_endless_messages_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its newest part is read, as much as fits into the memory that it may take."""
    monkeypatch.setattr(backfill, "_BYTES", 500_000)
    pages = Pages()

    events = await fill(pages, ROOM, "t0", "", None)  # type: ignore[arg-type]

    assert 400 < len(events) < 500
    assert events[-1]["event_id"] == "$1/0"
    assert pages.asked == 5
