"""What the store keeps in memory: the newest bodies, each under its lock."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from bot.adapters.store.names import Key


@dataclass
class Slot:
    """One document in memory."""

    key: Key
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    holder: asyncio.Task[Any] | None = None
    """The task that has the lock."""
    users: int = 0
    """Who holds it or waits for it."""
    known: bool = False
    """Whether the two bodies say how things stand; else the disk must be asked."""
    durable: bytes | None = None
    """What is on the disk; None: nothing."""
    current: bytes | None = None
    """What people see: the same, or newer where it was settled and not yet written."""

    @property
    def dirty(self) -> bool:
        """Holds something that is not yet on the disk."""
        return self.known and self.current != self.durable


class Shelf:
    """Slots of the documents that were used last."""

    def __init__(self, size: int) -> None:
        """Keep *size* documents, and as many more as are in use or not yet written."""
        self._size = size
        self._slots: OrderedDict[Key, Slot] = OrderedDict()

    def take(self, key: Key) -> Slot:
        """Return the slot of *key*, which stays until it is given back."""
        slot = self._slots.setdefault(key, Slot(key))
        self._slots.move_to_end(key)
        slot.users += 1
        return slot

    def give_back(self, slot: Slot) -> None:
        """Take note that one user less needs *slot*; drop the oldest that nobody needs."""
        slot.users -= 1
        surplus = len(self._slots) - self._size
        if surplus <= 0:
            return
        idle = (one for one in self._slots.values() if not one.users and not one.dirty)
        for one in [one for one, _ in zip(idle, range(surplus), strict=False)]:
            del self._slots[one.key]

    def peek(self, key: Key) -> Slot | None:
        """Return the slot of *key* if it is there and known."""
        slot = self._slots.get(key)
        return slot if slot and slot.known else None

    def dirty(self) -> list[Key]:
        """Return the keys of what is not yet on the disk, as of now."""
        return [slot.key for slot in self._slots.values() if slot.dirty]
