"""A meeting: the bot in a room of Ana's, where most stories on a real server begin."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from bot.adapters.matrix.budget import Budget
from tests.matrix.people import Bot, NewBot, NewPerson, Person


class Meeting(NamedTuple):
    """Who meets where."""

    ana: Person
    robot: Bot
    room: str


class Meet(Protocol):
    """How a test asks for one: `ana, robot, room = await meet(encrypted=True)`."""

    async def __call__(
        self, *, power: int | None = None, budget: Budget | None = None, **room: Any
    ) -> Meeting:
        """Invite the bot to a new room (options of `Person.room`), with *power* in it if given."""


def meets(person: NewPerson, bot: NewBot) -> Meet:
    """Return what brings a new *person* called Ana and a new *bot* together."""

    async def make(
        *, power: int | None = None, budget: Budget | None = None, **room: Any
    ) -> Meeting:
        ana = await person("ana")
        robot = await bot(**({"budget": budget} if budget else {}))
        if power is not None:
            room["powers"] = {robot.door.user: power}
        made = await ana.room(robot.door.user, **room)
        await robot.joins(made)
        return Meeting(ana, robot, made)

    return make
