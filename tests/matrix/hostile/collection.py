"""The whole collection of what is hostile, by name, and its table for docs/hostile-input.md."""

from __future__ import annotations

from tests.matrix.hostile.answers import EVENTS, GAPS, KEYS, MEDIA, SYNCS
from tests.matrix.hostile.clear import CLEAR, DEVICES, FILES, INVITES, STATE
from tests.matrix.hostile.kinds import Kind
from tests.matrix.hostile.sealed import INSIDE_MEGOLM, SEALED
from tests.matrix.hostile.to_device import INSIDE_OLM, TO_DEVICE

SENT_BY_USERS: tuple[Kind, ...] = (
    *TO_DEVICE,
    *INSIDE_OLM,
    *SEALED,
    *INSIDE_MEGOLM,
    *CLEAR,
    *STATE,
    *DEVICES,
    *INVITES,
    *FILES,
)
"""What goes through a real Synapse, in tests/matrix/test_hostile.py."""
ANSWERED_BY_SERVERS: tuple[Kind, ...] = (*SYNCS, *GAPS, *EVENTS, *KEYS, *MEDIA)
"""What only a server can do, in tests/matrix/test_hostile_answers.py."""
ALL = SENT_BY_USERS + ANSWERED_BY_SERVERS


def table() -> str:
    """Return the collection as a Markdown table."""
    rows = ["| By which way | What | Why |", "| --- | --- | --- |"]
    rows += [f"| {kind.way} | {kind.name} | {kind.reason} |" for kind in ALL]
    return "\n".join(rows)
