"""In an encrypted room nothing is heard in clear but what clients never encrypt."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.matrix.intake import Intake
from bot.adapters.matrix.ledger import Batch
from bot.adapters.matrix.memory import Memory
from bot.heard import Heard, PollEnded, Reacted, Redacted, Said, Voted

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROOM, ANA, ME = "!r:x", "@ana:x", "@me:x"
UNSTABLE = "org.matrix.msc3381.poll."
REFERENCE = {"m.relates_to": {"rel_type": "m.reference", "event_id": "$poll"}}


class NoCrypto:
    """Knows which rooms are encrypted, and has no key."""

    def __init__(self) -> None:
        self.encrypted: set[str] = set()

    def readers(self, room: str, _users: object) -> None:
        """Take note that *room* is encrypted, as the real one does."""
        self.encrypted.add(room)


def hear(kind: str, content: dict[str, Any], folder: Path, *, encrypted: bool) -> list[Heard]:
    """Return what is heard of an event of Ana's that came in clear."""
    intake = Intake(ME, NoCrypto(), Memory(folder / "sync.json"))  # type: ignore[arg-type]
    joined = [
        {"type": "m.room.member", "state_key": user, "content": {"membership": "join"}}
        for user in (ANA, ME)
    ]
    create = {"type": "m.room.create", "state_key": "", "content": {"room_version": "11"}}
    algorithm = {"algorithm": "m.megolm.v1.aes-sha2"}
    lock = {"type": "m.room.encryption", "state_key": "", "content": algorithm}
    state = [create, *joined, *([lock] if encrypted else [])]
    event: dict[str, Any] = {"type": kind, "event_id": "$1", "sender": ANA, "content": content}
    event["origin_server_ts"] = int(NOW.timestamp() * 1000)
    part = {"state": {"events": state}, "timeline": {"events": [event]}}
    closed = intake.settle(ROOM, part)
    batch = Batch(1, "s1", NOW)
    return intake.walk(ROOM, [], part, closed=closed, batch=batch)


FORGEABLE = [
    ("m.room.message", {"msgtype": "m.text", "body": "!task one"}, Said),
    (f"{UNSTABLE}response", {**REFERENCE, f"{UNSTABLE}response": {"answers": ["1"]}}, Voted),
    ("m.poll.response", {**REFERENCE, "m.selections": ["1"]}, Voted),
    (f"{UNSTABLE}end", REFERENCE, PollEnded),
    (f"{UNSTABLE}start", {f"{UNSTABLE}start": {"question": {"body": "pizza?"}}}, Said),
]
IN_CLEAR = [
    ("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$2", "key": "✅"}}),
    ("m.room.redaction", {"redacts": "$2"}),
]


@pytest.mark.parametrize(("kind", "content", "expected"), FORGEABLE)
def test_a_server_forges_no_message_vote_or_end(
    kind: str, content: dict[str, Any], expected: type[Heard], tmp_path: Path
) -> None:
    """What clients encrypt in an encrypted room is heard only from there; elsewhere as ever."""
    assert [] == hear(kind, content, tmp_path, encrypted=True)
    assert [expected] == [type(one) for one in hear(kind, content, tmp_path, encrypted=False)]


@pytest.mark.parametrize(("kind", "content"), IN_CLEAR)
@pytest.mark.parametrize("encrypted", [False, True])
def test_reactions_and_redactions_are_never_encrypted(
    kind: str, content: dict[str, Any], tmp_path: Path, *, encrypted: bool
) -> None:
    """They are heard in every room; sealed commands take none of them."""
    (heard,) = hear(kind, content, tmp_path, encrypted=encrypted)
    assert isinstance(heard, Reacted | Redacted)
