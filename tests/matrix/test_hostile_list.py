"""The collection of what is hostile: it is large, it is said why, and the page about it is true."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.matrix.hostile.collection import ALL, ANSWERED_BY_SERVERS, SENT_BY_USERS, table
from tests.matrix.hostile.kinds import Scene, Way

PAGE = Path(__file__).parents[2] / "docs" / "hostile-input.md"
SCENE = Scene(sealed={"ciphertext": "A" * 80, "session_id": "s", "sender_key": "k"}, good="A" * 80)


def test_there_are_many_kinds_by_every_way() -> None:
    """At least 40 that other people can send, some by every way there is."""
    assert len(SENT_BY_USERS) >= 40
    assert len(ANSWERED_BY_SERVERS) >= 20
    assert {kind.way for kind in ALL} == set(Way)


def test_every_kind_has_a_name_of_its_own_and_a_reason() -> None:
    """Whoever reads that a kind failed finds it, and learns why it is there."""
    named = Counter((kind.way, kind.name) for kind in ALL)
    assert [] == [name for name, times in named.items() if times > 1]
    assert [] == [kind.name for kind in ALL if not 10 < len(kind.reason) < 100]
    assert not any("|" in kind.name + kind.reason for kind in ALL)


def test_no_kind_is_empty() -> None:
    """A kind without variants would prove nothing."""
    counts = {kind.name: sum(1 for _ in kind.make(SCENE)) for kind in ALL}
    assert min(counts.values()) > 0
    assert sum(counts.values()) > 5000


def test_the_page_shows_the_collection() -> None:
    """docs/hostile-input.md is made from the collection (print(table()) makes it anew)."""
    assert table() in PAGE.read_text(encoding="utf-8")
