"""How the bot is: what a monitor may ask, counted where it happens; no ids, no text."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass
class Vitals:
    """Counts since the start, and the newest signs of life. One object for the whole bot."""

    started: float = field(default_factory=time.time)
    """Seconds of the epoch."""
    synced: float = 0.0
    """When the homeserver last answered a sync, in seconds of the epoch; 0: never."""
    beats: int = 0
    """Turns of the loop, and of its long pauses: as long as it counts up, nothing hangs."""
    syncs: int = 0
    failed_syncs: int = 0
    heard: int = 0
    """Messages, reactions and the like that were handed over to be dealt with."""
    pending: int = 0
    """Of those, how many are waiting or being dealt with at the moment."""
    slow_rooms: int = 0
    """Rooms that have been dealing with the same thing for longer than a minute."""
    undecryptable: int = 0
    bugs: int = 0
    sent: int = 0
    """Outbox entries that the homeserver took."""
    set_aside: int = 0
    """Outbox entries that it will never take."""
    throttled: int = 0
    """Answers 429."""
    locked_rooms: int = 0
    """Rooms that refuse us at the moment."""
    store_full: int = 0
    """Times that nothing could be saved."""
