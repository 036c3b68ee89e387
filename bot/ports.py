"""The ports: what the heart needs from outside, and nothing about how it is done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from bot.heard import Heard, Posted
from bot.model.documents import Entry, PersonDocument, RoomDocument

Clock = Callable[[], datetime]
"""Returns the aware present moment."""
Hear = Callable[[Heard], Awaitable[None]]
"""Takes what was heard; returns when its effects are durable."""


class StoreFull(OSError):
    """The disk is full, read-only or broken: nothing was changed, in memory or on disk."""


class Held(Protocol):
    """Documents held under their locks. What was changed in them is lost unless committed."""

    room: RoomDocument | None
    """A private copy; None if the room is new. May be assigned."""
    people: dict[str, PersonDocument]
    """Private copies of those asked for; missing ones are absent. May be added to."""

    async def commit(self) -> None:
        """Write all that was changed in one batch; return once it is durable. Raises StoreFull."""

    def settle(self) -> None:
        """Keep the changes in memory; they are written with the next commit, or within a second."""


class Store(Protocol):
    """Projects and persons on disk."""

    def hold(self, room: str, people: Sequence[str] = ()) -> AbstractAsyncContextManager[Held]:
        """Lock *room* (and *people*) and hand out private copies."""

    async def forget(self, room: str) -> None:
        """Erase the document of *room* for good."""

    async def forget_person(self, user: str) -> None:
        """Erase the document of *user* for good."""

    def rooms(self) -> AsyncIterator[RoomDocument]:
        """Yield every stored project, read-only, for the scan at start."""

    async def rooms_of(self, user: str, *, left: bool = False) -> list[str]:
        """Return the project rooms that *user* is in; with `left` those that they were in too."""

    async def close(self) -> None:
        """Write what is settled, release the directory."""


class Delivery(Exception):
    """A delivery that did not happen."""


class Later(Delivery):
    """Not now (429, 5xx, no network, room locked): keep the entry, try again."""

    def __init__(self, seconds: float, *, locked: bool = False, unsent: bool = False) -> None:
        """Wait *seconds*; `locked`: the room refuses us (M_FORBIDDEN).

        `unsent`: it is certain that the server has not taken it.
        """
        super().__init__(f"again in {seconds:.0f} s")
        self.seconds = seconds
        self.locked = locked
        self.unsent = unsent or locked


class Never(Delivery):
    """The server will not take this entry, now or later: set it aside, log it."""


class Door(Protocol):
    """A way in and out: Matrix, the terminal, JSON lines."""

    @property
    def user(self) -> str:
        """Return the bot's own Matrix id."""

    @property
    def covered(self) -> int:
        """Return the number of the newest sync batch whose token is durable; 0 without batches."""

    @property
    def heard_until(self) -> datetime | None:
        """Return up to when all that happened has been heard (aware); None: it always has."""

    async def deliver(self, room: str, entry: Entry) -> str | None:
        """Send *entry* (its relates_to is resolved); return the event id. Raises Later or Never."""

    async def fetch(self, room: str, posted: Posted) -> bytes:
        """Return the content of a file that was posted in *room*. Raises Later or Never."""

    def power(self, room: str, user: str) -> int | None:
        """Return the power level of *user* in *room* from real state, if known."""

    def encrypted(self, room: str) -> bool:
        """Tell whether *room* is known to be encrypted, from real state."""


class Alarm(Protocol):
    """Wakes the assistant when something falls due."""

    def set(self, room: str, moment: datetime | None) -> None:
        """Ring for *room* at *moment* (aware), replacing what was set; None = nothing due."""
