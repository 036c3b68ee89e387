"""A scripted hour with the bot, killed at random moments of it, as often as wanted.

`make soak ARGS="--kills 500 --seed 7 --minutes 60"`: hours of 50 kills each, every one with a seed
of its own that brings its script and its moments back.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.synapse import Synapse
from tests.matrix.bot_process import BotProcess, life_of
from tests.matrix.counting import history
from tests.matrix.crowd import Eye
from tests.matrix.lesson import Lesson, Place
from tests.matrix.people import Person, numbers

KILLS = 50
"""In one hour."""
HOUR = 3600.0
SHORTEST_LIFE, LONGEST_LIFE, BIRTH = 1.0, 5.0, 1.0
"""Seconds. One life in four is killed while it begins."""
SETTLING_SECONDS = 90.0
"""How long after all is over the last answer may take; the bot pauses for 30 s at the most."""


@dataclass(frozen=True)
class Plan:
    """One hour."""

    seed: int
    kills: int = KILLS
    seconds: float = 170.0
    """How long it takes in real time."""
    plain: int = 2
    encrypted: int = 2
    steps: int = 26
    """In each room."""

    @property
    def speed(self) -> float:
        """Return how fast the bot's clock runs."""
        return HOUR / self.seconds


@dataclass
class Report:
    """What came of an hour."""

    plan: Plan
    kills: int = 0
    written: int = 0
    reminders: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return it for people: in the first line what was done, then what went wrong."""
        asked = f"{self.written} messages and {self.reminders} reminders"
        head = f"seed {self.plan.seed}: {self.kills} kills, {asked}, {len(self.wrong)} wrong"
        return "\n".join([head, *self.wrong])


async def hold(synapse: Synapse, directory: Path, plan: Plan) -> Report:
    """Hold the hour of *plan*; return what was lost or doubled in it, counted on the server."""
    lots = random.Random(plan.seed)  # noqa: S311 - the same script and moments for the same seed
    report = Report(plan)
    bot = BotProcess(life_of(synapse, directory, plan.speed), directory / "bot")
    async with _people(synapse, directory) as (ana, ben):
        eye = Eye(ana)
        try:
            await bot.connect()
            killing = asyncio.create_task(_kill(bot, random.Random(lots.random()), report))  # noqa: S311
            kinds = [False] * plan.plain + [True] * plan.encrypted
            lessons = [
                await _begin(bot, eye, ben, random.Random(lots.random()), encrypted=kind)  # noqa: S311
                for kind in kinds
            ]
            pause = plan.seconds / plan.steps
            await asyncio.gather(*(one.hold(plan.steps, pause) for one in lessons))
            await killing
            await _settle(bot, lessons, report)
        finally:
            await eye.close()
            await bot.close()
    return report


async def _kill(bot: BotProcess, lots: random.Random, report: Report) -> None:
    """Kill the bot at random moments, then let it live."""
    while True:
        young = lots.random() < 0.25
        await asyncio.sleep(
            lots.uniform(0, BIRTH) if young else lots.uniform(SHORTEST_LIFE, LONGEST_LIFE)
        )
        await bot.kill()
        report.kills += 1
        await asyncio.sleep(lots.uniform(0, 1))
        if report.kills == report.plan.kills:
            await bot.connect()
            return
        await bot.start()


async def _begin(
    bot: BotProcess, eye: Eye, ben: Person, lots: random.Random, *, encrypted: bool
) -> Lesson:
    """Let Ana make a room and invite Ben and the bot, which may be killed over it."""
    ana = eye.person
    powers = {bot.user: 50}  # so that it can pin the board
    room = await ana.room(bot.user, ben.id, encrypted=encrypted, powers=powers)
    await ben.ask("POST", f"/join/{room}", {})
    await eye.meets(room, bot.user)
    await ben.sync(full=True)
    return Lesson(Place(room, bot.user, ana, ben, eye, bot.life.clock), lots)


async def _settle(bot: BotProcess, lessons: Sequence[Lesson], report: Report) -> None:
    """Wait until nothing is wrong any more, or for long enough; write down what still is."""
    report.written = sum(len(one.asked) for one in lessons)
    report.reminders = sum(len(one.reminders) for one in lessons)
    end = time.monotonic() + SETTLING_SECONDS
    while time.monotonic() < end:
        over = all(one.over for one in lessons)
        if over and (any(one.missed for one in lessons) or not await _wrong_on_server(lessons)):
            break
        await asyncio.sleep(2)
    await asyncio.sleep(4)  # for what would be said a second time
    report.wrong = await _wrong_on_server(lessons)
    if status := await bot.stop():
        report.wrong.append(f"the bot ended with status {status}")
    report.wrong += [
        f"{_name(one)}: {wrong}"
        for one in lessons
        for wrong in one.wrong_in_store(bot.stored(one.place.room))
    ]
    report.wrong += bot.complaints()


async def _wrong_on_server(lessons: Sequence[Lesson]) -> list[str]:
    wrong = []
    for one in lessons:
        place = one.place
        told = await history(place.ana, place.room, place.bot)
        wrong += [f"{_name(one)}: {each}" for each in one.wrong(told)]
    return wrong


def _name(lesson: Lesson) -> str:
    room = lesson.place.ana.client.rooms[lesson.place.room]
    return f"{'encrypted' if room.encrypted else 'plain'} room {lesson.place.room[:6]}"


@asynccontextmanager
async def _people(synapse: Synapse, directory: Path) -> AsyncIterator[tuple[Person, Person]]:
    """Let Ana and Ben come in, with ordinary clients."""
    made = []
    for name in ("ana", "ben"):
        unique = f"{name}{next(numbers)}"
        await asyncio.to_thread(synapse.register, unique, "secret", shown=name.title())
        made.append(Person(synapse, unique, "secret", directory / unique))
    try:
        for one in made:
            await one.enter()
        yield made[0], made[1]
    finally:
        for one in made:
            await one.close()


def main() -> int:
    """Hold as many hours as wanted; return 1 if anything was lost or doubled."""
    parser = argparse.ArgumentParser(description="Kill the bot at random moments.")
    parser.add_argument("--kills", type=int, default=500, help="how often in all (500)")
    parser.add_argument("--seed", type=int, default=1, help="of the first hour (1)")
    parser.add_argument("--minutes", type=float, default=60, help="begin no hour after these (60)")
    wanted = parser.parse_args()
    logging.getLogger("nio").setLevel(logging.CRITICAL)  # of the people, not of the bot
    begin, killed, bad = time.monotonic(), 0, 0
    with Synapse(name="soak.local") as synapse:
        seed = wanted.seed
        while killed < wanted.kills and time.monotonic() - begin < wanted.minutes * 60:
            plan = Plan(seed, min(KILLS, wanted.kills - killed))
            with tempfile.TemporaryDirectory(prefix="soak-") as folder:
                report = asyncio.run(hold(synapse, Path(folder), plan))
            sys.stdout.write(f"{report}\n")
            sys.stdout.flush()
            killed, bad, seed = killed + report.kills, bad + len(report.wrong), seed + 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
