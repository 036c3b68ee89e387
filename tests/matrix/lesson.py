"""One room's part of the scripted hour: what is written there, and what has to come of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.model.documents import RoomDocument
from bot.model.tasks import State
from tests.matrix.bot_process import FastClock
from tests.matrix.counting import Asked, Happened, History, apologies, miscounted, repeated
from tests.matrix.crowd import POLLS, Eye, edit, say, vote
from tests.matrix.people import DEADLINE, Person, react

OPTIONS = ("pie", "fruit", "soup")
SLACK = timedelta(minutes=2)
"""How much later than wanted a reminder may ring, as the bot's clock shows it, in the end."""
SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "mo", "nu", "pe", "ri", "su", "to", "wi", "zu")


@dataclass
class Task:
    """A task that has to be there in the end."""

    event: str
    title: str
    gone: bool = False
    done: bool = False
    remarks: list[str] = field(default_factory=list)


@dataclass
class Poll:
    """A poll that has to be counted in the end."""

    word: str
    votes: dict[str, str] = field(default_factory=dict)
    closed: bool = False


@dataclass
class Place:
    """Where a lesson is held, and who is there."""

    room: str
    bot: str
    ana: Person
    """Writes, and has an eye on everything."""
    ben: Person
    """Ticks and votes."""
    eye: Eye
    clock: FastClock


@dataclass
class Lesson:
    """What people do in one room, drawn by lot; and the account of it."""

    place: Place
    lots: random.Random
    asked: list[Asked] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    polls: list[Poll] = field(default_factory=list)
    reminders: dict[str, datetime] = field(default_factory=dict)
    """What to be reminded of -> when it is due by the bot's clock."""
    missed: list[str] = field(default_factory=list)
    """What nobody could answer, because it did not come in time."""

    async def hold(self, steps: int, pause: float) -> None:
        """Take *steps* steps, *pause* seconds between two on the average."""
        ways: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (5, self.put_up),
            (4, self.tick),
            (2, self.put_up_and_correct),
            (2, self.put_up_and_undo),
            (3, self.remark),
            (3, self.ask_to_be_reminded),
            (2, self.poll),
            (2, self.chat),
        ]
        weights, deeds = zip(*ways, strict=True)
        for _ in range(steps):
            await self.lots.choices(deeds, weights)[0]()
            await asyncio.sleep(self.lots.uniform(0, 2 * pause))

    # --- what people do --------------------------------------------------------------------------

    async def put_up(self) -> None:
        """Put a task on the board."""
        title = f"Poster {self._word()}"
        self.tasks.append(Task(await self._say(f"!task {title}"), title))

    async def put_up_and_correct(self) -> None:
        """Write a task, and at once write it anew: the same card, another title."""
        await self.put_up()
        task = self.tasks[-1]
        task.title = f"Leaflet {self._word()}"
        line = f"!task {task.title}"
        event = await edit(self.place.ana, self.place.room, task.event, line)
        self.asked.append(Asked(self.place.room, event, f"(edit) {line}", answers=0))

    async def put_up_and_undo(self) -> None:
        """Write a task, and take it back."""
        await self.put_up()
        await self._say("!undo")
        self.tasks[-1].gone = True

    async def tick(self) -> None:
        """Tick a task by its button, often the one that was just put up."""
        open_ = [one for one in self.tasks if not (one.gone or one.done)]
        if not open_:
            await self.put_up()
            open_ = self.tasks[-1:]
        task = self.lots.choice([open_[-1], self.lots.choice(open_)])
        try:
            card = await self.place.eye.answer(task.event)
        except TimeoutError:
            self.missed.append(f"no card for {task.title!r} in {DEADLINE:.0f} seconds")
            return
        event = await react(self.place.ben, self.place.room, card, "✅")
        self.asked.append(Asked(self.place.room, event, f"(tick) {task.title}", answers=0))
        task.done = True

    async def remark(self) -> None:
        """Add a remark to a task."""
        if not any(not one.gone for one in self.tasks):
            await self.put_up()
        number, task = self.lots.choice(
            [(n, one) for n, one in enumerate(self.tasks, 1) if not one.gone]
        )
        task.remarks.append(self._word())
        await self._say(f"!{number} + see {task.remarks[-1]}")

    async def ask_to_be_reminded(self) -> None:
        """Ask to be reminded some minutes later."""
        word, minutes = self._word(), self.lots.randint(2, 9)
        await self._say(f"!remind me to bring {word} in {minutes} minutes")
        self.reminders[word] = self.place.clock.now() + timedelta(minutes=minutes)

    async def poll(self) -> None:
        """Ask a question, vote, and close the poll: its result is told once."""
        poll = Poll(self._word())
        self.polls.append(poll)
        await self._say(f"!poll Snack {poll.word}? {' / '.join(OPTIONS)}")
        try:
            event = await self.place.eye.poll(poll.word)
        except TimeoutError:
            self.missed.append(f"no poll {poll.word!r} in {DEADLINE:.0f} seconds")
            return
        for person in (self.place.ana, self.place.ben):
            answer = self.lots.randrange(len(OPTIONS))
            poll.votes[person.id] = OPTIONS[answer]
            await vote(person, self.place.room, event, str(answer + 1))
        await self._say(f"!close Q{len(self.polls)}", answers=0)
        poll.closed = True

    async def chat(self) -> None:
        """Say something that is not for the bot."""
        await self._say(f"Did you see {self._word()} today?", answers=0)

    async def _say(self, line: str, answers: int = 1) -> str:
        event = await say(self.place.ana, self.place.room, line)
        self.asked.append(Asked(self.place.room, event, line, answers=answers))
        return event

    def _word(self) -> str:
        """Return a word that was never said and means nothing in any language."""
        return "".join(self.lots.choices(SYLLABLES, k=5)) + "k"

    # --- what has to come of it ------------------------------------------------------------------

    @property
    def over(self) -> bool:
        """Whether the last reminder must have rung."""
        last = max(self.reminders.values(), default=self.place.clock.now() - SLACK)
        return self.place.clock.now() >= last + SLACK

    def wrong(self, told: History) -> Iterator[str]:
        """Yield what the server's history shows to be lost, doubled, or not as it should be."""
        yield from self.missed
        yield from miscounted(told, self.asked)
        yield from repeated(told)
        yield from apologies(told)
        yield from self._wrong_tasks(told)
        yield from self._wrong_rings(told)
        yield from self._wrong_polls(told)
        yield from self._unexpected(told)

    def _wrong_tasks(self, told: History) -> Iterator[str]:
        for number, task in enumerate(self.tasks, 1):
            card = next((one for one in told.answers_to(task.event) if one.is_new), None)
            shown = told.shown(card.event) if card else ""
            if not shown.startswith(f"#{number} "):
                yield f"#{number} {task.title!r} is shown as {shown!r}"
                continue
            if task.gone is (task.title in shown):
                yield f"#{number} {task.title!r}, gone: {task.gone}, is shown as {shown!r}"
            if task.done is not ("✅" in shown):
                yield f"#{number} {task.title!r}, done: {task.done}, is shown as {shown!r}"

    def _wrong_rings(self, told: History) -> Iterator[str]:
        rings = [one for one in told.said if one.content.get("msgtype") == "m.text"]
        for word in self.reminders:
            if (count := sum(word in one.body for one in rings)) != 1:
                yield f"the reminder of {word!r} rang {count} times"
        strange = sum(not any(word in one.body for word in self.reminders) for one in rings)
        if strange:
            yield f"{strange} reminders that nobody asked for"

    def _wrong_polls(self, told: History) -> Iterator[str]:
        for number, poll in enumerate(self.polls, 1):
            asked = [
                one for one in told.said if poll.word in one.body and one.kind != "m.room.message"
            ]
            if len(asked) != 1:
                yield f"poll {poll.word!r} was asked {len(asked)} times"
            ends = [one for one in told.ours if one.kind == f"{POLLS}end" and poll.word in one.body]
            if len(ends) != poll.closed:
                yield f"poll {poll.word!r} was ended {len(ends)} times"
            counted = {f"{one}: {list(poll.votes.values()).count(one)}" for one in OPTIONS}
            results = [one.body.split("\n")[0] for one in _results(told, number)]
            if len(results) != poll.closed or any(counted - {*one.split(" · ")} for one in results):
                yield f"poll {poll.word!r} has the results {results}, not {sorted(counted)}"

    def _unexpected(self, told: History) -> Iterator[str]:
        """Beside answers, reminders and polls there is one welcome and one board."""
        others = [
            one
            for one in told.unexplained(self.asked)
            if one.kind == "m.room.message" and one.content.get("msgtype") == "m.notice"
        ]
        results = [one for n in range(1, len(self.polls) + 1) for one in _results(told, n)]
        rest = [one.body.split("\n")[0] for one in others if one not in results]
        begins = sorted(one.split()[0] for one in rest)
        if begins != ["Hello!", "📌"]:
            yield f"beside answers it says {rest}"

    def wrong_in_store(self, stored: RoomDocument | None) -> Iterator[str]:
        """Yield what is not as it should be in what is durable, once the bot has ended."""
        if stored is None:
            yield "the room is not stored"
            return
        tasks = stored.project.tasks
        there = {number for number, one in enumerate(self.tasks, 1) if not one.gone}
        if set(tasks) != there:
            yield f"stored tasks {sorted(tasks)} instead of {sorted(there)}"
        for number in there & set(tasks):
            task, found = self.tasks[number - 1], tasks[number]
            if (found.title, found.state is State.DONE) != (task.title, task.done):
                yield f"#{number} is stored as {found.title!r}, {found.state}"
            remarks = [one.text.removeprefix("see ") for one in found.comments]
            if remarks != task.remarks:
                yield f"#{number} has the remarks {remarks} instead of {task.remarks}"
        if len(stored.project.reminders) != len(self.reminders):
            yield f"{len(stored.project.reminders)} reminders instead of {len(self.reminders)}"
        waiting = [one.kind.value for one in stored.outbox if one.target != "board"]
        if waiting:
            yield f"still to be sent: {waiting}"


def _results(told: History, number: int) -> list[Happened]:
    """Return the messages that tell what came out of poll *number*."""
    begin = f"Q{number} · "
    said = [one for one in told.said if one.answers is None and one.kind == "m.room.message"]
    return [one for one in said if one.body.startswith(begin)]
