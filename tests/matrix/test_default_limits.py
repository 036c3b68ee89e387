"""On a server as it comes: 0.2 messages a second, 10 at once, and nobody is forgotten."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.matrix.client import Client, Refused
from bot.adapters.synapse import Synapse
from tests.matrix.assistant import Assistant
from tests.matrix.people import Person

pytestmark = pytest.mark.synapse
PACE, BURST = 0.2, 10
LIMITS: dict[str, Any] = {
    "rc_message": {"per_second": PACE, "burst_count": BURST},
    "rc_joins": {
        "local": {"per_second": 0.1, "burst_count": 10},
        "remote": {"per_second": 0.01, "burst_count": 10},
    },
    "rc_joins_per_room": {"per_second": 1, "burst_count": 10},
    "rc_invites": {
        "per_room": {"per_second": 0.3, "burst_count": 10},
        "per_user": {"per_second": 0.003, "burst_count": 5},
        "per_issuer": {"per_second": 0.3, "burst_count": 10},
    },
    "rc_room_creation": {"per_second": 0.016, "burst_count": 10},
    "max_upload_size": "200",
}
"""Synapse's own defaults (`config/ratelimiting.py` of 1.163) for what a bot does, and a server
that takes only the smallest of files."""
PUPILS, EACH = 4, 10


@pytest.fixture(scope="module")
def strict() -> Iterator[Synapse]:
    """Start a homeserver whose admin never heard of bots."""
    with Synapse(name="test.local", limits=LIMITS) as server:
        yield server


@pytest.fixture
async def shy(strict: Synapse, tmp_path: Path) -> AsyncIterator[Assistant]:
    """Run the whole bot there."""
    made = Assistant(strict, tmp_path / "bot")
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def people(strict: Synapse, tmp_path: Path) -> AsyncIterator[list[Person]]:
    """Make a teacher, who is admin of the server, and four pupils: they may talk without end."""
    made: list[Person] = []
    for number in range(1 + PUPILS):
        name = f"person{number}-{time.monotonic_ns()}"
        strict.register(name, "secret", admin=number == 0, shown=f"Person {number}")
        made.append(Person(strict, name, "secret", tmp_path / name))
        await made[-1].enter()
    for one in made:
        path = f"/_synapse/admin/v1/users/{one.id}/override_ratelimit"
        free = {"messages_per_second": 0, "burst_count": 0}
        await asyncio.to_thread(strict.ask, "POST", path, free, made[0].client.access_token)
    yield made
    for one in made:
        await one.close()


@pytest.fixture
def throttled(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """Count the answers 429 that the bot gets."""
    counted: Counter[int] = Counter()
    call = Client.call

    async def counting(self: Client, *path: Any, **options: Any) -> dict[str, Any]:
        try:
            return await call(self, *path, **options)
        except Refused as refusal:
            counted[refusal.status] += 1
            raise

    monkeypatch.setattr(Client, "call", counting)
    return counted


async def history(person: Person, room: str) -> list[dict[str, Any]]:
    """Return all that was ever sent in *room*, oldest first, as the server has it."""
    found: list[dict[str, Any]] = []
    query = "dir=f&limit=1000"
    while True:
        answer = await person.ask("GET", f"/rooms/{room}/messages?{query}")
        found += answer["chunk"]
        if not answer["chunk"] or "end" not in answer:
            return found
        query = f"dir=f&limit=1000&from={answer['end']}"


async def wait_for(
    person: Person, room: str, seconds: float, *, words: str, but: str = ""
) -> dict[str, Any]:
    """Return the first event in *room* whose text holds *words*, *but* this one."""
    async with asyncio.timeout(seconds):
        while True:
            for event in await history(person, room):
                said = str(event["content"].get("body", ""))
                if words in said and event["event_id"] != but:
                    return event
            await asyncio.sleep(0.5)


def answered(events: list[dict[str, Any]], bot: str, asked: list[str]) -> list[str]:
    """Return which of *asked* the *bot* answered, in the order of its answers."""
    found: list[str] = []
    for event in events:
        relation = event["content"].get("m.relates_to", {})
        to = relation.get("m.in_reply_to", {}).get("event_id")
        if event["sender"] == bot and to in asked:
            found.append(to)
    return found


@pytest.mark.timeout(700)
async def test_forty_commands_under_the_default_limits(
    shy: Assistant, people: list[Person], throttled: Counter[int]
) -> None:
    """Each is answered, once, in order, as fast as the server allows; a reminder does not wait."""
    teacher, *pupils = people
    other = await teacher.room(shy.user, name="Autre")
    await wait_for(teacher, other, 60, words="📌")
    asked_for = await teacher.say(other, "!remind me to bring the cables in 3 hours")
    await wait_for(teacher, other, 60, words="cables", but=asked_for)
    room = await teacher.room(shy.user, *(one.id for one in pupils))
    for pupil in pupils:
        await pupil.ask("POST", f"/join/{room}", {})
    await wait_for(teacher, room, 120, words="📌")
    begin = time.monotonic()

    async def talk(pupil: Person, number: int) -> list[str]:
        path = f"/rooms/{room}/send/m.room.message"
        said = [{"msgtype": "m.text", "body": f"!task film part {number}{n}"} for n in range(EACH)]
        sent = [await pupil.ask("PUT", f"{path}/{n}", body) for n, body in enumerate(said)]
        return [one["event_id"] for one in sent]

    spoken = await asyncio.gather(*(talk(pupil, n) for n, pupil in enumerate(pupils)))
    commands = {event for events in spoken for event in events}
    asked = [e["event_id"] for e in await history(teacher, room) if e["event_id"] in commands]
    assert len(asked) == PUPILS * EACH

    rung: int | None = None
    async with asyncio.timeout(500):
        while len(done := answered(await history(teacher, room), shy.user, asked)) < len(asked):
            if len(done) >= 20 and not shy.ahead:
                shy.ahead = timedelta(hours=4)  # the reminder in the other room falls due
                before = len(done)
                await wait_for(teacher, other, 60, words="⏰")
                now = answered(await history(teacher, room), shy.user, asked)
                rung = len(now) - before
            await asyncio.sleep(1)
    seconds = time.monotonic() - begin
    events = await history(teacher, room)
    ours = sum(event["sender"] == shy.user for event in events)
    print(f"\n{len(asked)} answers in {seconds:.0f} s, {ours} events, {throttled[429]} times 429")  # noqa: T201 - measured

    assert answered(events, shy.user, asked) == asked
    assert ours <= 2 * len(asked)
    assert rung is not None
    assert rung <= 4
    assert seconds < 1.3 * (ours - BURST + 3) / PACE + 30
    assert throttled[429] <= 20


async def test_a_file_that_the_server_does_not_take(shy: Assistant, people: list[Person]) -> None:
    """Whoever asked for it is told, in one kind sentence; what comes after it arrives."""
    teacher, *_pupils = people
    room = await teacher.room(shy.user)
    await wait_for(teacher, room, 60, words="📌")
    await teacher.say(room, "!task film the school tour tomorrow 10:00")
    await teacher.say(room, "!calendar")
    await wait_for(teacher, room, 120, words="calendar.ics")
    await teacher.say(room, "!task something else")
    await wait_for(teacher, room, 120, words="something else")
    events = await history(teacher, room)
    kinds = [e["content"]["msgtype"] for e in events if "calendar.ics" in str(e["content"])]
    assert kinds == ["m.notice"]  # the sentence, and no file
