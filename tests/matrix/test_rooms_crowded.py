"""Many invitations, many people, many of one name: all of it costs little and hurts nobody."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.console.door import ROOM as TALK
from bot.adapters.matrix import invites
from bot.adapters.matrix.intake import Intake
from bot.adapters.matrix.ledger import Batch
from bot.adapters.matrix.memory import Memory
from bot.heard import Heard, Invited, Said, Upgraded
from bot.model.documents import Kind
from bot.model.people import Member
from tests.conftest import Talk, bodies
from tests.matrix.hostile.robot import bot_on, robot, server
from tests.matrix.hostile.server import ANA, BOT, ROOM, Device, Server, message, state
from tests.matrix.people import Bot, entry, until

__all__ = ["robot", "server"]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MANY = 2000


# --- invitations ----------------------------------------------------------------------------------


def invitation(sender: str, rubbish: Any = None) -> dict[str, Any]:
    """Return what a sync brings of an invitation, with rubbish beside it."""
    member = state("m.room.member", BOT, {"membership": "invite"}, sender)
    name = state("m.room.name", "", {"name": rubbish}, sender)
    topic = state("m.room.topic", "", rubbish, sender)
    return {"invite_state": {"events": [name, topic, rubbish, member]}}


RUBBISH: list[Any] = [None, 5, [], {"a": {}}, "x" * 5000, "\ud800", "\u202e\x00\n", [[[[]]]], -1.5]


async def test_a_storm_of_invitations(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """300 strangers at once: refused one by one; who may invite is followed before them all."""
    monkeypatch.setattr(invites, "_BETWEEN_REFUSALS", 0.001)
    at_once: list[int] = [0, 0]
    order: list[str] = []

    async def counted(request: web.Request) -> web.StreamResponse:
        order.append(request.path.rpartition("/v3/")[2])
        at_once[0] += 1
        at_once[1] = max(at_once)
        await asyncio.sleep(0.002)
        at_once[0] -= 1
        return web.json_response({"room_id": "!ours:x"})

    server.always |= {"leave": counted, "join": counted}
    server.quiet = True
    storm = {
        f"!storm{n}:evil.example": invitation(f"@m{n}:evil.example", RUBBISH[n % len(RUBBISH)])
        for n in range(300)
    }
    storm["!ours:fault.example"] = invitation(ANA, "Projet")
    server.batches = [{}, {"rooms": {"invite": storm}}]
    async with bot_on(server, tmp_path, allow=("fault.example",)) as robot:
        await robot.start()
        before = len(asyncio.all_tasks())
        await until(lambda: any(one.startswith("join") for one in order) or None)
        assert len(order) < 50
        await until(lambda: len(order) == 301 or None)
        assert at_once[1] <= 2
        assert len(asyncio.all_tasks()) <= before + 20
        assert 301 == len(set(order))
        assert [ANA] == [one.sender for one in robot.heard if isinstance(one, Invited)]
        assert robot.failure() is None


class Answers:
    """A client that is never really asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    async def call(self, *path: str, **_more: Any) -> dict[str, Any]:
        """Take note."""
        self.asked.append(path)
        await asyncio.sleep(0)
        return {}


async def test_whom_a_stranger_and_a_teacher_invite_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """An invitation that is followed takes back the refusal that was still to come."""
    monkeypatch.setattr(invites, "_BETWEEN_REFUSALS", 0.01)
    client: Any = Answers()
    rooms = [invites.Invite(f"!{n}:x", "$i", "@m:x", direct=False, sent=0) for n in range(3)]
    refusing = [
        asyncio.create_task(invites.answer(client, one.room, follow=False)) for one in rooms
    ]
    await asyncio.sleep(0)
    await invites.answer(client, rooms[2].room, follow=True)
    await asyncio.gather(*refusing)

    assert [("POST", "join", "!2:x")] == [one for one in client.asked if "join" in one]
    assert ["!0:x", "!1:x"] == [one[2] for one in client.asked if "leave" in one]


@pytest.mark.parametrize(
    ("create", "expected"),
    [
        ({"type": "m.space"}, True),
        ({}, False),
        ({"type": ["m.space"]}, False),
        ({"type": None}, False),
        ("m.space", False),
    ],
)
def test_a_space_is_known_by_its_invitation(create: Any, *, expected: bool) -> None:
    """By its first event, which comes with the invitation (client-server API, "Spaces")."""
    member = state("m.room.member", BOT, {"membership": "invite"})
    events = [state("m.room.create", "", create), member]
    found = invites.find({"invite_state": {"events": events}}, "!s:x", BOT)
    assert found is not None
    assert expected is found.heard(NOW, 1).space


# --- what one room says of another ----------------------------------------------------------------


class Keyring:
    """Knows which rooms are encrypted, and has no key."""

    def __init__(self) -> None:
        self.encrypted: set[str] = set()
        self.users: dict[str, set[str]] = {}

    def readers(self, room: str, users: Any) -> None:
        """Take note that *room* is encrypted, as the real one does."""
        self.encrypted.add(room)
        self.users[room] = set(users)

    def left(self, room: str) -> None:
        """Take note that we are not there any more."""


@pytest.fixture
def intake(tmp_path: Path) -> Intake:
    keyring: Any = Keyring()
    return Intake(BOT, keyring, Memory(tmp_path / "sync.json"))


def heard(
    intake: Intake, room: str, here: list[dict[str, Any]], new: list[dict[str, Any]] | None = None
) -> list[Heard]:
    """Let the state *here* and then the timeline *new* of *room* come."""
    part = {"state": {"events": here}, "timeline": {"events": new or []}}
    closed = intake.settle(room, part)
    return intake.walk(room, [], part, closed=closed, batch=Batch(1, "t", NOW))


def upgrades(found: list[Heard]) -> list[tuple[str, str, bool | None, bool]]:
    chosen = [one for one in found if isinstance(one, Upgraded)]
    return [(one.room, one.to, one.agreed, one.closed) for one in chosen]


OLD, NEW = "!old:x", "!new:x"
MEMBERS = [
    state("m.room.member", user, {"membership": "join", "displayname": user[1:4]}, user)
    for user in (ANA, BOT)
]
STONE = state("m.room.tombstone", "", {"replacement_room": NEW})


def beginning(predecessor: Any = OLD) -> list[dict[str, Any]]:
    create = state("m.room.create", "", {"room_version": "12"})
    if predecessor is not None:
        create["content"]["predecessor"] = {"room_id": predecessor}
    return [create, *MEMBERS]


def test_both_rooms_are_compared(intake: Intake) -> None:
    """First the tombstone, then the room that it names: each is told once."""
    assert [] == upgrades(heard(intake, OLD, beginning(None)))
    assert [(OLD, NEW, None, True)] == upgrades(heard(intake, OLD, [], [STONE]))
    assert [(OLD, NEW, True, True)] == upgrades(heard(intake, NEW, beginning()))
    assert [] == upgrades(heard(intake, NEW, [], [message("$1", "hi")]))
    assert [] == upgrades(heard(intake, OLD, [], [message("$2", "hi")]))


@pytest.mark.parametrize("where", ["state", "timeline"])
def test_a_tombstone_counts_wherever_it_is_state(intake: Intake, where: str) -> None:
    """In a gap it comes with the state before the timeline."""
    heard(intake, OLD, beginning(None))
    here, new = ([STONE], None) if where == "state" else ([], [STONE])
    assert [(OLD, NEW, None, True)] == upgrades(heard(intake, OLD, here, new))


@pytest.mark.parametrize("predecessor", [None, "!other:x", 5, ["!old:x"], {"a": 1}, "@old:x"])
def test_a_room_that_comes_after_no_or_another_room(intake: Intake, predecessor: Any) -> None:
    """Told as what it is: not the one that the tombstone means."""
    heard(intake, OLD, beginning(None))
    heard(intake, OLD, [STONE])
    found = upgrades(heard(intake, NEW, beginning(predecessor)))
    assert (OLD, NEW, False, True) in found
    assert (OLD, NEW, True, True) not in found


def test_commands_come_before_the_end(intake: Intake) -> None:
    """What was said before the tombstone is heard before the room is left."""
    heard(intake, OLD, beginning(None))
    found = heard(intake, OLD, [], [message("$1", "!task one"), STONE, message("$2", "late")])
    assert [Said, Said, Upgraded] == [type(one) for one in found]


def test_where_a_chain_ends_is_heard_in_its_order(intake: Intake) -> None:
    """A room that we come into and that was replaced, too: first the way in, then the way on."""
    heard(intake, OLD, [*beginning(None), STONE])
    on = state("m.room.tombstone", "", {"replacement_room": "!newer:x"})
    found = upgrades(heard(intake, NEW, [*beginning(), on]))
    assert [(OLD, NEW, True, True), (NEW, "!newer:x", None, True)] == found


FORGED: dict[str, dict[str, Any]] = {
    "a message of that name": {k: v for k, v in STONE.items() if k != "state_key"},
    "with another state key": STONE | {"state_key": "x"},
    "with a state key of null": STONE | {"state_key": None},
    "to a user": STONE | {"content": {"replacement_room": ANA}},
    "to nowhere": STONE | {"content": {}},
    "to a list": STONE | {"content": {"replacement_room": [NEW]}},
    "in ciphertext": {
        **STONE,
        "type": "m.room.encrypted",
        "content": {"type": "m.room.tombstone", "content": STONE["content"], "state_key": ""},
    },
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("where", ["state", "timeline", "gap"])
def test_a_forged_tombstone_says_nothing(
    intake: Intake, forged: dict[str, Any], where: str
) -> None:
    """Neither by itself, nor once we are in the room that it names."""
    heard(intake, OLD, beginning(None))
    part = {"state": {"events": [forged]}} if where == "state" else {}
    part |= {"timeline": {"events": [forged]}} if where == "timeline" else {}
    closed = intake.settle(OLD, part)
    older: list[Mapping[str, Any]] = [forged] if where == "gap" else []
    found = intake.walk(OLD, older, part, closed=closed, batch=Batch(1, "t", NOW))
    assert [] == upgrades(found)
    assert not intake.upgrades.names(NEW)
    assert [] == upgrades(heard(intake, NEW, beginning("!third:x")))[1:]


def test_a_direct_room_stays_one(intake: Intake) -> None:
    """The room that replaces it counts as direct, though it has a name."""
    intake._memory.direct.add(OLD)
    heard(intake, OLD, [*beginning(None), STONE])
    invited = intake.upgrades.invited(Invited(NEW, "$i", ANA, NOW))
    assert (True, (OLD,)) == (invited.direct, invited.replaces)
    name = state("m.room.name", "", {"name": "Projet"})
    (said,) = (
        one
        for one in heard(intake, NEW, [*beginning(), name], [message("$1", "hi")])
        if isinstance(one, Said)
    )
    assert said.direct


# --- many people ----------------------------------------------------------------------------------


def crowd() -> list[dict[str, Any]]:
    users = [f"@pupil{n}:s{n % 7}.example" for n in range(MANY)]
    return [
        state("m.room.member", user, {"membership": "join", "displayname": f"Léa {n}"}, user)
        for n, user in enumerate(users)
    ]


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_room_of_two_thousand(intake: Intake, *, encrypted: bool) -> None:
    """Read in a moment; the next message costs next to nothing."""
    lock = [state("m.room.encryption", "", {"algorithm": "m.megolm.v1.aes-sha2"})]
    started = time.process_time()
    heard(intake, ROOM, [*beginning(None), *crowd(), *(lock if encrypted else [])])
    first = time.process_time() - started
    started = time.process_time()
    for number in range(50):
        heard(intake, ROOM, [], [message(f"$m{number}", "hi")])
    each = (time.process_time() - started) / 50

    assert MANY + 2 == len(intake.rooms[ROOM].members)
    assert first < 2
    assert each < 0.02
    keyring: Any = intake._crypto
    assert (MANY + 2 if encrypted else 0) == len(keyring.users.get(ROOM, ()))


@pytest.fixture
async def sealed(server: Server, tmp_path: Path) -> AsyncIterator[Bot]:
    """Bring a bot into an encrypted room of two thousand."""
    server.quiet = True
    lock = state("m.room.encryption", "", {"algorithm": "m.megolm.v1.aes-sha2"})
    here = [*beginning(None), *crowd(), lock]
    server.batches = [{"rooms": {"join": {ROOM: {"state": {"events": here}}}}}]
    async with bot_on(server, tmp_path) as robot:
        yield robot


async def test_the_key_of_a_message_reaches_two_thousand(server: Server, sealed: Bot) -> None:
    """Keys are asked for, claimed and handed out in batches; everybody's device gets it, once."""
    devices: dict[str, Device] = {}
    sizes: list[int] = []

    def device(user: str) -> Device:
        return devices.setdefault(user, Device(user, f"D{len(devices)}"))

    async def queried(request: web.Request) -> web.StreamResponse:
        users = (await request.json())["device_keys"]
        sizes.append(len(users))
        found: dict[str, Any] = {}
        for user in users:
            found |= device(user).published()["device_keys"]
        return web.json_response({"device_keys": found})

    async def claimed(request: web.Request) -> web.StreamResponse:
        users = (await request.json())["one_time_keys"]
        sizes.append(len(users))
        found: dict[str, Any] = {}
        for user in users:
            found |= devices[user].claimed()["one_time_keys"]
        return web.json_response({"one_time_keys": found})

    server.always |= {"keys/query": queried, "keys/claim": claimed}
    await sealed.start()
    started = time.process_time()
    async with asyncio.timeout(120):
        assert await sealed.door.deliver(ROOM, entry(Kind.NOTICE, body="Guten Morgen"))
    spent = time.process_time() - started

    handed = [user for body in server.shared for user in body["messages"]]
    pupils = [user for user in handed if user.startswith("@pupil")]
    assert MANY == len(pupils) == len(set(pupils))
    assert max(sizes) <= 100
    assert max(len(body["messages"]) for body in server.shared) <= 100
    assert max(len(json.dumps(body)) for body in server.shared) < 1_000_000
    assert [(ROOM, "m.room.encrypted")] == [one[:2] for one in server.sent]
    assert spent < 60


@pytest.fixture
async def packed(talk: Talk) -> Talk:
    """Return a project of two thousand people, two of them called Léa."""
    await talk.join("@w:x", "Ms Weber", 100)
    async with talk.room.dispatcher.store.hold(TALK) as held:
        assert held.room is not None
        members = held.room.project.members
        for number in range(MANY):
            user = f"@pupil{number}:s.example"
            members[user] = Member(user, f"Pupil {number}")
        for user in ("@lea1:pau.example", "@lea2:krk.example"):
            members[user] = Member(user, "Léa")
        await held.commit()
    return talk


async def test_no_answer_lists_two_thousand_people(packed: Talk) -> None:
    """Whatever a coordinator asks for: eight lines at most, and nobody is rung by it."""
    await packed.say("!setup en", "@w:x")
    commands = packed.room.dispatcher.assistant.commands.all
    lines = [str(one.example) for one in commands] + ["tasks", "partners", "help", "status"]
    for number, line in enumerate(lines):
        if number % 15 == 0:
            await packed.until(packed.room.now().replace(microsecond=0) - packed.room.now())
        for event in await packed.say(f"!{line}", "@w:x"):
            if event.entry.kind in {Kind.NOTICE, Kind.TEXT}:
                assert len(event.entry.body.splitlines()) <= 8, line
                assert len(event.entry.mentions) <= 10, line


async def test_of_two_people_of_one_name_it_asks_which(packed: Talk) -> None:
    """A typed name that two have is a question with buttons; a pill and a full id are clear."""
    asked = await packed.say("!task Film @Léa", "@w:x")
    assert "Which Léa do you mean?" in "\n".join(bodies(asked))
    project = (await packed.document()).project
    assert [] == project.tasks[1].assignees

    question = next(one for one in asked if "Which" in one.entry.body)
    await packed.react("🇧", question.event, "@w:x")
    await packed.say("!task Cut @lea2", "@w:x")
    tasks = (await packed.document()).project.tasks
    assert ["@lea2:krk.example"] == tasks[1].assignees
    assert ["@lea2:krk.example"] == tasks[2].assignees


async def test_nobody_needs_a_display_name(talk: Talk) -> None:
    """Without one the first part of the id is the name; the id itself is never shown."""
    await talk.join("@tom.kowalski:krk.example", None)
    said = await talk.say("!task Film @tom.kowalski", "@tom.kowalski:krk.example")
    assert "tom.kowalski" in bodies(said)[0]
    assert not any("krk.example" in body for body in bodies(said))
