"""A room made of lines: the whole assistant, without a homeserver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.console.door import LineDoor
from bot.adapters.console.time import StandingClock
from bot.dispatcher import Dispatcher
from bot.heard import Heard, Invited, Joined
from bot.model.allow import allowed


@dataclass
class LineRoom:
    """What a terminal, a story or a test talks to."""

    dispatcher: Dispatcher
    door: LineDoor
    clock: StandingClock | None
    """None: time runs by itself."""
    now: Callable[[], datetime]
    allow: tuple[str, ...] = ("*",)

    async def start(self) -> None:
        """Deliver what was left over, and ring what fell due meanwhile."""
        await self.dispatcher.start()
        await self.move(self.now())

    async def hear(self, heard: Heard) -> None:
        """Take what was heard, as a homeserver would have told it."""
        if isinstance(heard, Joined):
            self._note(heard)
        if isinstance(heard, Invited) and not await self._may_invite(heard):
            return
        if heard.direct:
            await self._place_somewhere(heard)
        await self.dispatcher.hear(heard)

    async def move(self, until: datetime) -> None:
        """Let time pass, where it stands still."""
        if self.clock is not None:
            await self.clock.move(until, self.dispatcher.wake)

    def _note(self, heard: Joined) -> None:
        self.door.powers[heard.room, heard.sender] = heard.power or 0

    async def _may_invite(self, heard: Invited) -> bool:
        """Tell whether an invitation is accepted: by the list, or direct from who shares a room."""
        shares = heard.direct and bool(await self.dispatcher.store.rooms_of(heard.sender))
        return allowed(heard.sender, self.allow) or shares

    async def _place_somewhere(self, heard: Heard) -> None:
        """Let a direct message come from somebody who is in the one room there is."""
        if await self.dispatcher.store.rooms_of(heard.sender, left=True):
            return
        rooms = [one.project.room async for one in self.dispatcher.store.rooms()]
        projects = [one for one in rooms if not one.startswith("!direct-")]
        if len(projects) == 1:
            known = Joined(projects[0], "", heard.sender, heard.at, name=heard.name)
            await self.dispatcher.hear(known)
