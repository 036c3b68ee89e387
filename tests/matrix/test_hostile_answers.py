"""Nothing that a homeserver answers stops the bot or makes it believe what is not state.

The collection is in tests/matrix/hostile; here each kind comes from a server of a few lines.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.heard import Heard, Said
from bot.model.documents import Kind as EntryKind
from bot.ports import Later, Never
from tests.matrix.hostile.answers import (
    EVENTS,
    GAPS,
    KEYS,
    MEDIA,
    REAL,
    REPLACEMENTS,
    SYNCS,
    Change,
    places,
    replaced,
)
from tests.matrix.hostile.faults import says
from tests.matrix.hostile.kinds import Kind, Scene
from tests.matrix.hostile.robot import bot_on, hurry, pauses, robot, running_server, server
from tests.matrix.hostile.server import (
    ANA,
    BOT,
    MALLORY,
    ROOM,
    SEALED_ROOM,
    Device,
    Server,
    message,
    sealed_room,
    state_of_room,
)
from tests.matrix.people import Bot, entry

__all__ = ["hurry", "robot", "server"]
SCENE = Scene()
_UNFILLED = "a gap in a room could not be filled (400)"
"""What is said, rightly, where the token of a gap is 100 kB long."""


def good(body: str, **timeline: Any) -> dict[str, Any]:
    """Return a batch with a good message, and all that is true of the room."""
    events = [message(f"${body.replace(' ', '')}", body)]
    room = {"state": {"events": state_of_room()}, "timeline": {"events": events, **timeline}}
    return {"rooms": {"join": {ROOM: room}}}


class Beliefs:
    """Hears, and looks at each message what the bot believes at that moment."""

    def __init__(self, robot: Bot) -> None:
        self.robot = robot
        self.powers: set[int | None] = set()
        robot.hear = self.hear

    async def hear(self, heard: Heard) -> None:
        door = self.robot.door
        self.robot.heard.append(heard)
        self.powers.add(door.power(ROOM, MALLORY))
        for user, name in door.members(ROOM).items():
            assert user.startswith("@")
            assert isinstance(name, str)
        assert heard.room.startswith("!")
        assert heard.sender.startswith("@")
        assert heard.at.tzinfo is not None

    def hold(self) -> None:
        """Show that in the end all is believed that is true."""
        door = self.robot.door
        assert door.power(ROOM, MALLORY) == 0
        assert door.power(ROOM, ANA) == 100
        assert {ANA: "Ana", MALLORY: "Mallory", BOT: "Comenius"}.items() <= door.members(
            ROOM
        ).items()
        assert not door.encrypted(ROOM)
        assert self.robot.failure() is None
        assert not any(isinstance(h, Said) and "forged" in h.body for h in self.robot.heard)


async def take(server: Server, robot: Bot, batches: Iterable[dict[str, Any]]) -> Beliefs:
    """Let *robot* take each of *batches*, and a good one after each."""
    count = 0
    server.quiet = True
    server.batches = [good("first")]
    for content in batches:
        server.batches += [content, good(f"good {count}")]
        count += 1
    beliefs = Beliefs(robot)
    await robot.start()
    await robot.hears(Said, lambda said: said.body == f"good {count - 1}")
    heard = [body for body in robot.bodies(ROOM) if body.startswith("good ")]
    assert [f"good {number}" for number in range(count)] == heard
    beliefs.hold()
    return beliefs


@pytest.mark.parametrize("kind", SYNCS, ids=lambda kind: kind.name)
async def test_batches(
    server: Server,
    robot: Bot,
    hurry: list[float],
    kind: Kind,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever a batch is, the next good message is heard, and no attempt is made twice."""
    beliefs = await take(server, robot, kind.make(SCENE))
    assert pauses(robot) == []
    ours = [r for r in caplog.records if r.name.startswith("bot.") and r.levelno >= logging.ERROR]
    assert {r.getMessage() for r in ours} <= {_UNFILLED}
    # a number where a level stands in REAL state is that level; nothing else is one
    assert beliefs.powers <= ({None, 0, 5} if kind.name.startswith("a number") else {None, 0})


@st.composite
def _batches(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a real batch with several things wrong at once."""
    content = {name: part for name, part in REAL.items() if name != "next_batch"}
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    odd = st.recursive(
        scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=4
    )
    for _ in range(draw(st.integers(1, 5))):
        path = draw(st.sampled_from(list(places(content))))
        content = replaced(content, path, draw(odd | st.sampled_from(list(REPLACEMENTS.values()))))
    return content


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_batches(), min_size=15, max_size=15))
def test_batches_with_several_things_wrong(batches: list[dict[str, Any]]) -> None:
    """What breaks two rules at once is survived, too."""

    async def play(folder: Path) -> None:
        async with running_server() as server, bot_on(server, folder) as robot:
            beliefs = await take(server, robot, batches)
            assert {p for p in beliefs.powers if p not in {None, 0}} <= _numbers(batches)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder)))


def _numbers(node: Any) -> set[Any]:
    """Return all that may be a level in *node*."""
    if isinstance(node, dict):
        return set().union(*map(_numbers, node.values()))
    if isinstance(node, list):
        return set().union(*map(_numbers, node))
    return (
        {int(node)}
        if isinstance(node, int) or (isinstance(node, str) and node.isdigit())
        else set()
    )


@pytest.mark.parametrize("kind", GAPS, ids=lambda kind: kind.name)
async def test_gaps(server: Server, robot: Bot, hurry: list[float], kind: Kind) -> None:
    """Whatever a page of the past is, the present is heard."""
    server.quiet = True
    server.batches = [good("first")]
    variants = list(kind.make(SCENE))
    for number, _ in enumerate(variants):
        server.batches.append(good(f"good {number}", limited=True, prev_batch="gap"))
    server.faults["messages"] = [says(variant) for variant in variants]
    beliefs = Beliefs(robot)
    await robot.start()
    await robot.hears(Said, lambda said: said.body == f"good {len(variants) - 1}")
    heard = [body for body in robot.bodies(ROOM) if body.startswith("good ")]
    assert [f"good {number}" for number in range(len(variants))] == heard
    assert server.requests["messages"] >= len(variants)
    beliefs.hold()
    assert beliefs.powers <= {None, 0}


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.name)
async def test_authors(server: Server, robot: Bot, hurry: list[float], kind: Kind) -> None:
    """An edit is heard only if its author is known to have written what it edits."""
    server.quiet = True
    server.batches = [good("first")]
    variants = list(kind.make(SCENE))
    new = {"msgtype": "m.text", "body": "!forged"}
    for number, _ in enumerate(variants):
        edit = message(f"$edit{number}", "* x", MALLORY)
        relation = {"rel_type": "m.replace", "event_id": f"$asked{number}"}
        edit["content"] |= {"m.new_content": new, "m.relates_to": relation}
        batch = good(f"good {number}")
        batch["rooms"]["join"][ROOM]["timeline"]["events"].insert(0, edit)
        server.batches.append(batch)
    server.faults["event"] = [says(variant) for variant in variants]
    beliefs = Beliefs(robot)
    await robot.start()
    await robot.hears(Said, lambda said: said.body == f"good {len(variants) - 1}")
    assert server.requests["event"] >= len(variants)
    beliefs.hold()


@pytest.mark.parametrize("kind", KEYS, ids=lambda kind: kind.name)
async def test_keys(server: Server, robot: Bot, hurry: list[float], kind: Kind) -> None:
    """Odd keys of one device take nobody else's away: the next good device can read."""
    server.quiet = True
    server.batches = [good("first"), sealed_room()]
    await robot.start()
    await robot.hears(Said)
    changes: list[Change] = list(kind.make(SCENE))
    for number, change in enumerate(changes):
        for odd in (True, False):
            name = f"{'ODD' if odd else 'GOOD'}{number}"
            await _say_to(server, robot, name, change if odd else None)
    assert server.requests["keys/query"] >= len(changes)
    assert robot.failure() is None


async def _say_to(server: Server, robot: Bot, name: str, change: Change | None) -> None:
    """Let Ana have a new device of this *name*, and the bot speak; odd if there is a *change*."""
    server.ana = Device(ANA, name)
    server.always.clear()
    if change is not None:
        good_answers = {
            "keys/query": server.ana.published(),
            "keys/claim": server.ana.claimed(),
            "keys/upload": {"one_time_key_counts": {"signed_curve25519": 50}},
            "to-device": {},
        }
        server.always[change.place] = says(change.of(good_answers[change.place], name))
    server.shared.clear()
    count = {"signed_curve25519": 10 if change and change.place == "keys/upload" else 50}
    body = f"hello {name}"
    server.batches.append(
        {
            "device_lists": {"changed": [ANA]},
            "device_one_time_keys_count": count,
            **good(body),
        }
    )
    await robot.hears(Said, lambda said: said.body == body)
    said = entry(EntryKind.NOTICE, body="oui")
    if change is not None:
        try:
            await robot.door.deliver(SEALED_ROOM, said)
        except (Later, Never):
            return
        assert server.sent[-1][1] == "m.room.encrypted"
        return
    assert await robot.door.deliver(SEALED_ROOM, said)
    devices = [device for body in server.shared for device in body["messages"].get(ANA, {})]
    assert name in devices, "the good device got no key"


@pytest.mark.parametrize("kind", MEDIA, ids=lambda kind: kind.name)
async def test_downloads(server: Server, robot: Bot, kind: Kind) -> None:
    """A file is what was posted, or nothing."""
    server.quiet = True
    key = {"k": "A" * 43, "kty": "oct", "alg": "A256CTR", "ext": True, "key_ops": ["decrypt"]}
    sealed = {
        "url": "mxc://fault.example/x",
        "key": key,
        "iv": "A" * 22,
        "hashes": {"sha256": "B" * 43},
    }
    posted = message("$file", "x.ics")
    posted["content"] |= {"msgtype": "m.file", "filename": "x.ics", "file": sealed}
    server.batches = [
        good("first"),
        {"rooms": {"join": {ROOM: {"timeline": {"events": [posted]}}}}},
    ]
    await robot.start()
    said = await robot.hears(Said, lambda said: said.file is not None)
    assert said.file
    for variant in kind.make(SCENE):
        server.always["download"] = says(variant)
        with pytest.raises((Later, Never)):
            await robot.door.fetch(ROOM, said.file)
