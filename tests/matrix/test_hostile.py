"""Nothing that another user can send stops the bot or makes it believe what is not so.

The collection is in tests/matrix/hostile; here each kind is sent through a real Synapse.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.heard import Said, Undecryptable
from bot.ports import Later, Never
from tests.matrix.hostile import clear, sealed, to_device
from tests.matrix.hostile.kinds import Kind, Scene
from tests.matrix.people import Bot, NewBot, NewPerson, Person, entry

pytestmark = pytest.mark.synapse
FETCH_SECONDS = 60.0


@dataclass
class Meeting:
    """Ana, who has done nothing, Mallory, and the bot, in one room."""

    ana: Person
    mallory: Person
    robot: Bot
    room: str
    scene: Scene

    async def still_works(self, after: str) -> None:
        """Show that the loop lives, hears the next good message, and has believed nothing."""
        assert self.robot.failure() is None, after
        greeting = f"noch da? {secrets.token_hex(4)}"
        await self.ana.say(self.room, greeting)
        said = await self.robot.hears(Said, lambda s: s.body == greeting)
        assert said.sender == self.ana.id
        door = self.robot.door
        assert door.power(self.room, self.mallory.id) == 0, after
        assert set(door.members(self.room)) == {self.ana.id, self.mallory.id, door.user}, after
        assert "!forged" not in self.robot.bodies(self.room), after

    async def answers(self) -> None:
        """Show that what the bot says can be read."""
        await self.ana.sync()
        sent = await self.robot.door.deliver(self.room, entry(body="ja"))
        event = await self.ana.see(lambda e: e.event_id == sent and hasattr(e, "body"))
        assert event.body == "ja"

    async def face(self, kinds: Iterable[Kind], send: Callable[[Any], Awaitable[int]]) -> None:
        """Send all variants of each kind, and look after each kind."""
        for kind in kinds:
            taken = 0
            for variant in kind.make(self.scene):
                taken += await send(variant) == 200
            assert taken, f"the server lets nothing through of: {kind.name}"
            await self.still_works(f"{kind.way}: {kind.name}")
        await self.answers()


Meet = Callable[..., Awaitable[Meeting]]


@pytest.fixture
def meet(person: NewPerson, bot: NewBot) -> Meet:
    """Bring Ana, Mallory and a bot together in a room."""

    async def make(*, encrypted: bool, version: str = "12", **options: Any) -> Meeting:
        ana, mallory, robot = await person("ana"), await person("mallory"), await bot(**options)
        room = await ana.room(
            robot.door.user, mallory.id, encrypted=encrypted, version=version, powers={}
        )
        await robot.joins(room)
        await mallory.client.join(room)
        await mallory.sync(full=True)
        await ana.sync()
        # Ana's client is plain nio: it would not survive what Mallory sends
        ignored: dict[str, Any] = {"ignored_users": {mallory.id: {}}}
        await ana.ask("PUT", f"/user/{ana.id}/account_data/m.ignored_user_list", ignored)
        said = await ana.say(room, "guten Tag")
        scene = Scene(mallory.id, robot.door.user, ana.id, room, said)
        return Meeting(ana, mallory, robot, room, scene)

    return make


def unpadded(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


async def with_sessions(meeting: Meeting) -> Any:
    """Let Mallory speak once, so that there are sessions to misuse; return the Olm session."""
    event = await meeting.mallory.say(meeting.room, "hallo")
    await meeting.robot.hears(Said, lambda s: s.body == "hallo")
    olm = meeting.mallory.client.olm
    assert olm is not None
    device = next(iter(olm.device_store.active_user_devices(meeting.robot.door.user)))
    session = olm.session_store.get(device.curve25519)
    assert session is not None
    raw = await meeting.mallory.ask("GET", f"/rooms/{meeting.room}/event/{event}")
    meeting.scene = replace(
        meeting.scene,
        key=device.curve25519,
        signing=device.ed25519,
        good=unpadded(session.encrypt("{}").to_parts()[1]),
        sealed=raw["content"],
    )
    return session


def sender(meeting: Meeting) -> Callable[[str, Any], Awaitable[int]]:
    """Return what sends events of Mallory into the room."""

    async def send(kind: str, content: Any) -> int:
        path = f"/rooms/{meeting.room}/send/{kind}/{secrets.token_hex(8)}"
        return await meeting.mallory.raw("PUT", path, json.dumps(content))

    return send


def whisper(meeting: Meeting) -> Callable[[str, Any], Awaitable[int]]:
    """Return what sends to-device messages of Mallory to all devices of the bot."""

    async def send(kind: str, content: Any) -> int:
        body = json.dumps({"messages": {meeting.robot.door.user: {"*": content}}})
        path = f"/sendToDevice/{kind}/{secrets.token_hex(8)}"
        return await meeting.mallory.raw("PUT", path, body)

    return send


async def test_malformed_to_device_messages(meet: Meet) -> None:
    """One such message ends nio's own loop; anybody may send it, without a common room."""
    meeting = await meet(encrypted=True)
    await with_sessions(meeting)
    send = whisper(meeting)
    await meeting.face(to_device.TO_DEVICE, lambda one: send(*one))


async def test_malformed_olm_plaintexts(meet: Meet) -> None:
    """What is inside a good Olm message is a stranger's, too."""
    meeting = await meet(encrypted=True)
    session = await with_sessions(meeting)
    olm = meeting.mallory.client.olm
    assert olm is not None
    own = olm.account.identity_keys["curve25519"]
    send = whisper(meeting)

    async def encrypted(plaintext: str) -> int:
        kind, raw = session.encrypt(plaintext).to_parts()
        parts = {meeting.scene.key: to_device.part(kind, unpadded(raw))}
        content = {"algorithm": to_device.OLM, "sender_key": own, "ciphertext": parts}
        return await send("m.room.encrypted", content)

    await meeting.face(to_device.INSIDE_OLM, encrypted)


async def test_malformed_megolm_messages(meet: Meet) -> None:
    """Garbage is survived, and replay is not heard."""
    meeting = await meet(encrypted=True)
    await with_sessions(meeting)
    send = sender(meeting)
    await meeting.face(sealed.SEALED, lambda content: send("m.room.encrypted", content))
    assert any(isinstance(heard, Undecryptable) for heard in meeting.robot.heard)
    assert meeting.robot.bodies(meeting.room).count("hallo") == 1


def sealer(meeting: Meeting) -> Callable[[str], Awaitable[int]]:
    """Return what encrypts any text as Mallory's, and sends it."""
    olm = meeting.mallory.client.olm
    assert olm is not None
    session = olm.outbound_group_sessions[meeting.room]
    send = sender(meeting)

    async def seal(plaintext: str) -> int:
        session.message_count = 0  # no rotation in between
        content = {**meeting.scene.sealed, "ciphertext": session.encrypt(plaintext)}  # type: ignore[no-untyped-call]
        return await send("m.room.encrypted", content)

    return seal


async def test_forged_megolm_plaintexts(meet: Meet) -> None:
    """No state comes out of ciphertext, and only the sender outside is the sender."""
    meeting = await meet(encrypted=True)
    await with_sessions(meeting)
    await meeting.face(sealed.INSIDE_MEGOLM, sealer(meeting))
    said = await meeting.robot.hears(Said, lambda s: s.body == "from mallory")
    assert said.sender == meeting.mallory.id


async def test_the_same_in_a_gap(meet: Meet) -> None:
    """What comes by /messages after an outage goes through the same guard."""
    meeting = await meet(encrypted=True)
    await with_sessions(meeting)
    await meeting.robot.settle()
    await meeting.robot.stop()
    seal, send = sealer(meeting), sender(meeting)
    for kind in sealed.INSIDE_MEGOLM:
        for plaintext in kind.make(meeting.scene):
            await seal(plaintext)
    for kind in sealed.SEALED:
        for content in kind.make(meeting.scene):
            await send("m.room.encrypted", content)
    for kind in clear.CLEAR:
        for type_, content in kind.make(meeting.scene):
            await send(type_, content)
    for number in range(110):
        await meeting.ana.say(meeting.room, str(number))
    await meeting.robot.restart()
    await meeting.still_works("a gap")
    spoken = [body for body in meeting.robot.bodies(meeting.room) if body.isdigit()]
    assert [str(number) for number in range(110)] == spoken


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
async def test_odd_events_in_clear(meet: Meet, *, encrypted: bool) -> None:
    """Messages, reactions, redactions, polls of every wrong shape; in clear where none may be."""
    meeting = await meet(encrypted=encrypted)
    send = sender(meeting)
    await meeting.face(clear.CLEAR, lambda one: send(*one))


@pytest.mark.parametrize("version", ["9", "12"])
async def test_odd_state(meet: Meet, version: str) -> None:
    """Real state of every wrong shape; until version 10, levels may be strings."""
    meeting = await meet(encrypted=False, version=version)
    ana, room = meeting.ana, meeting.room
    levels = await ana.ask("GET", f"/rooms/{room}/state/m.room.power_levels")

    async def set_state(one: tuple[str, str, Any]) -> int:
        kind, key, content = one
        who = meeting.mallory if key == meeting.mallory.id else ana
        path = f"/rooms/{room}/state/{kind}/{key}"
        status = await who.raw("PUT", path, json.dumps(content))
        if kind == "m.room.power_levels":  # or nobody may speak any more
            await ana.ask("PUT", f"/rooms/{room}/state/{kind}", levels)
        return 200 if version == "12" and kind == "m.room.power_levels" else status

    await meeting.face(clear.STATE, set_state)


async def test_odd_device_keys(meet: Meet) -> None:
    """Somebody's malformed devices keep nobody else in the room from reading the bot."""
    meeting = await meet(encrypted=True)
    await meeting.robot.door.deliver(meeting.room, entry(body="vorher"))
    mallory = meeting.mallory

    async def device(changes: dict[str, Any]) -> int:
        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": mallory.id},
            "password": "secret",
            "initial_device_display_name": "\U0001f608" * 30,
        }
        new = await mallory.ask("POST", "/login", login)
        name = new["device_id"]
        keys = {
            "user_id": mallory.id,
            "device_id": name,
            "algorithms": [to_device.OLM, to_device.MEGOLM],
            "keys": {},
            "signatures": {},
            **json.loads(json.dumps(changes).replace(":D", f":{name}")),
        }
        one_time = {"signed_curve25519:AAAA": {"key": "!!", "signatures": {}}}
        body = {"device_keys": keys, "one_time_keys": one_time}
        headers = {"Authorization": f"Bearer {new['access_token']}"}
        path = "/_matrix/client/v3/keys/upload"
        answer = await mallory.client.send("POST", path, json.dumps(body), headers)
        return int(answer.status)

    await meeting.face(clear.DEVICES, device)


async def test_invitations_by_strangers(meet: Meet) -> None:
    """Odd invitations, and many, are refused without a word; nothing else waits for them."""
    meeting = await meet(encrypted=False, settings={"allow": ("@ana*",)})
    rooms: list[str] = []

    async def invite(one: dict[str, Any]) -> int:
        body = {
            "invite": [meeting.robot.door.user],
            "is_direct": one.get("direct", False),
            "initial_state": one.get("initial_state", []),
        }
        headers = {"Authorization": f"Bearer {meeting.mallory.client.access_token}"}
        path = "/_matrix/client/v3/createRoom"
        answer = await meeting.mallory.client.send("POST", path, json.dumps(body), headers)
        if answer.status == 200:
            rooms.append((await answer.json())["room_id"])
        return int(answer.status)

    await meeting.face(clear.INVITES, invite)
    assert len(rooms) > 15
    async with asyncio.timeout(60):
        for room in rooms:
            path = f"/rooms/{room}/state/m.room.member/{meeting.robot.door.user}"
            while (await meeting.mallory.ask("GET", path))["membership"] != "leave":  # noqa: ASYNC110
                await asyncio.sleep(0.2)
    assert all(heard.room == meeting.room for heard in meeting.robot.heard)


async def test_odd_files(meet: Meet) -> None:
    """A posted file can be fetched or not; whatever it says, that is all that happens."""
    meeting = await meet(encrypted=False)
    send = sender(meeting)

    async def post(content: dict[str, Any]) -> int:
        message = {"msgtype": "m.file", "body": "x.ics"} | content
        return await send("m.room.message", message)

    await meeting.face(clear.FILES, post)
    files = [heard.file for heard in meeting.robot.heard if isinstance(heard, Said) and heard.file]
    assert len(files) > 40
    for posted in files:
        assert len(posted.name) <= 200
        async with asyncio.timeout(FETCH_SECONDS):
            with pytest.raises((Later, Never)):
                await meeting.robot.door.fetch(meeting.room, posted)
