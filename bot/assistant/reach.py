"""The scene: one thing heard, the room it was heard in, and what else it may touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.heard import Heard, Posted
from bot.model.documents import PersonDocument, RoomDocument


@dataclass
class Reach:
    """What one thing heard may see and touch besides its room's document."""

    people: dict[str, PersonDocument] = field(default_factory=dict)
    """The sender's document, if there is one; may be added to."""
    rooms: Sequence[RoomDocument] | None = None
    """All rooms of the sender, only where a command asked for them."""
    shared: dict[str, str] | None = None
    """Direct message without one clear project: the rooms it may be about, with their titles."""
    unproven: bool = False
    """The room is encrypted, and this may be from somebody else: no sealed command takes it.

    It came in clear from a direct room, or was read with a key that the server may have made.
    """
    redirect: tuple[str, str] | None = None
    """Set by the assistant: run this line in that room instead."""
    wants_rooms: bool = False
    """Set by the assistant: hear this again with `rooms`. Nothing was changed yet."""
    wants_file: Posted | None = None
    """Set by the assistant: hear this again with `file`. Nothing was changed yet."""
    file: bytes | None = None
    """What is in the file that was asked for; b"" if it could not be fetched, or by no teacher."""
    forgets: bool = False
    """Set by the assistant: erase the sender's document."""
    shown: bool = False
    """Set by the assistant: something was shown, and nothing of the project changed."""
    broke: bool = False
    """Set by the assistant: a command broke by a mistake of ours, and was taken back."""
    changed: bool = False
    """Set by the assistant: there is something to commit."""

    @property
    def again(self) -> bool:
        """The same is heard for the second time, now with what was asked for."""
        return self.rooms is not None or self.file is not None


@dataclass(frozen=True)
class Scene:
    """One thing heard and all that it may change."""

    document: RoomDocument
    """A private copy."""
    heard: Heard
    now: datetime
    """Aware."""
    reach: Reach
