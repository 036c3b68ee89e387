"""Outbox entries become the right events in real rooms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.adapters.matrix import delivery
from bot.adapters.matrix.budget import Budget
from bot.adapters.matrix.client import Refused, Unreachable
from bot.model.documents import Kind
from bot.ports import Later, Never
from tests.matrix.meeting import Meet
from tests.matrix.people import NewPerson, entry, until

pytestmark = pytest.mark.synapse


def content(event: Any) -> dict[str, Any]:
    found: dict[str, Any] = event.source["content"]
    return found


@pytest.mark.parametrize("encrypted", [False, True])
async def test_every_kind_arrives(meet: Meet, encrypted: bool) -> None:
    """Notice, text, edit, reply, thread, reaction, redaction and pin, with explicit mentions."""
    ana, robot, room = await meet(version="11", encrypted=encrypted, power=50)
    door = robot.door
    await ana.sync()
    asked = await ana.say(room, "!14")

    notice = await door.deliver(room, entry(Kind.NOTICE, body="14", html="<b>14</b>"))
    seen = await ana.see_id(notice)
    assert seen.decrypted is encrypted
    assert content(seen)["msgtype"] == "m.notice"
    assert content(seen)["m.mentions"] == {}
    assert content(seen)["format"] == "org.matrix.custom.html"
    assert content(seen)["formatted_body"] == "<b>14</b>"
    assert content(seen)["eu.comenius.entry"]

    rings = entry(Kind.TEXT, body="demain", mentions=[ana.id], reply_to=asked)
    text = content(await ana.see_id(await door.deliver(room, rings)))
    assert (text["msgtype"], text["m.mentions"]) == ("m.text", {"user_ids": [ana.id]})
    assert text["m.relates_to"] == {"m.in_reply_to": {"event_id": asked}}
    assert "formatted_body" not in text

    inside = await door.deliver(room, entry(body="fil", thread=asked))
    assert content(await ana.see_id(inside))["m.relates_to"] == {
        "rel_type": "m.thread",
        "event_id": asked,
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": asked},
    }

    change = entry(Kind.EDIT, body="15", html="<i>15</i>", relates_to=notice)
    edit = content(await ana.see_id(await door.deliver(room, change)))
    assert edit["m.relates_to"] == {"rel_type": "m.replace", "event_id": notice}
    assert edit["m.mentions"] == {}
    assert edit["m.new_content"]["body"] == "15"
    assert edit["m.new_content"]["formatted_body"] == "<i>15</i>"
    assert edit["m.new_content"]["m.mentions"] == {}

    seed = await door.deliver(room, entry(Kind.REACTION, relates_to=notice, key="✅"))
    assert (await ana.see_id(seed)).key == "✅"
    await door.deliver(room, entry(Kind.REDACTION, relates_to=seed))
    await ana.see(lambda e: getattr(e, "redacts", None) == seed)

    path = f"/rooms/{room}/state/m.room.pinned_events"
    await ana.ask("PUT", path, {"pinned": ["$older"]})
    for _ in range(2):
        assert await door.deliver(room, entry(Kind.PIN, relates_to=notice)) == notice
    assert await ana.ask("GET", path) == {"pinned": ["$older", notice]}


async def test_an_entry_delivered_twice_is_one_event(meet: Meet) -> None:
    """A resend has the same transaction id, after a restart too: nothing is said twice."""
    ana, robot, room = await meet(encrypted=True)
    once = entry(body="une fois")
    first = await robot.door.deliver(room, once)
    assert await robot.door.deliver(room, once) == first
    await robot.restart()
    assert await robot.door.deliver(room, once) == first
    last = await robot.door.deliver(room, entry(body="fin"))
    await ana.see_id(last)
    assert [getattr(e, "body", "") for e in ana.seen].count("une fois") == 1


async def test_leaving_and_being_locked_out(meet: Meet) -> None:
    """A room that refuses us is Later and locked; joining and leaving are entries too."""
    ana, robot, room = await meet(version="11")
    door = robot.door
    quiet = {"users": {ana.id: 100}, "events_default": 50}
    await ana.client.room_put_state(room, "m.room.power_levels", quiet)
    with pytest.raises(Later) as refused:
        await door.deliver(room, entry(body="?"))
    assert refused.value.locked
    with pytest.raises(Never):
        await door.deliver(room, entry(Kind.PIN, relates_to="$x"))
    assert await door.deliver(room, entry(Kind.LEAVE)) is None
    await until(lambda: not door.members(room) or None)
    assert await door.deliver(room, entry(Kind.LEAVE)) is None
    with pytest.raises(Later) as gone:
        await door.deliver(room, entry(body="?"))
    assert gone.value.locked
    with pytest.raises(Never):
        await door.deliver(room, entry(Kind.JOIN))
    await ana.client.room_invite(room, door.user)
    await robot.joins(room)


async def test_what_can_never_be_sent_is_said_so(meet: Meet) -> None:
    """Too long, without an aim, or left out by a short budget: Never, and the next one goes."""
    _ana, robot, room = await meet(budget=Budget(rate=0.001, burst=4))
    for hopeless in (
        entry(body="x" * 70_000),
        entry(Kind.EDIT, body="x"),
        entry(Kind.REACTION, key="✅"),
    ):
        with pytest.raises(Never):
            await robot.door.deliver(room, hopeless)
    sent = await robot.door.deliver(room, entry(body="a"))
    await robot.door.deliver(room, entry(body="b"))
    seed = entry(Kind.REACTION, key="✅", relates_to=sent, droppable=True)
    with pytest.raises(Never):
        await robot.door.deliver(room, seed)
    await robot.door.deliver(room, entry(Kind.REACTION, key="✅", relates_to=sent))


async def test_newcomers_and_new_devices_can_read(person: NewPerson, meet: Meet) -> None:
    """The room key is shared anew when somebody joins an encrypted room."""
    ana, robot, room = await meet(encrypted=True)
    ben = await person("ben")
    await ana.see_id(await robot.door.deliver(room, entry(body="à deux")))
    await ana.client.room_invite(room, ben.id)
    await ben.client.join(room)
    await until(lambda: ben.id in robot.door.members(room) or None)
    sent = await robot.door.deliver(room, entry(body="à trois"))
    for who in (ana, ben):
        event = await who.see(lambda e: e.event_id == sent and hasattr(e, "body"))
        assert event.body == "à trois"


async def test_what_the_server_refuses_stops_nothing(
    meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """413 and 400 of the real server are Never, at once; the next entry goes."""
    monkeypatch.setattr(delivery, "EVENT_LIMIT", 10**6)  # so that the server has to say it
    ana, robot, room = await meet(power=100, version="11")
    for hopeless, reason in (
        (entry(body="x" * 70_000), "413 M_TOO_LARGE"),
        (entry(Kind.REACTION, key="x", relates_to="no event"), "400 M_"),
        (entry(Kind.REACTION, key="x" * 70_000, relates_to="$nothing"), "400 M_"),
        (entry(Kind.EDIT, body="x", relates_to="nothing"), "400 M_UNKNOWN"),
    ):
        with pytest.raises(Never, match=reason):
            await robot.door.deliver(room, hopeless)
    sent = await robot.door.deliver(room, entry(body="weiter"))
    assert (await ana.see_id(sent)).body == "weiter"


async def test_an_entry_that_the_server_breaks_on(meet: Meet) -> None:
    """Synapse answers 500 to mentions that are none: tried for a while, then it stops nothing."""
    _ana, robot, room = await meet()
    poison = entry(body="x", mentions=[5])
    for _ in range(19):
        with pytest.raises(Later):
            await robot.door.deliver(room, poison)
    with pytest.raises(Never):
        await robot.door.deliver(room, poison)
    assert await robot.door.deliver(room, entry(body="weiter"))


async def test_a_server_that_can_write_nothing_is_waited_for(
    meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full database answers 500 to everything: that sets no entry aside."""
    _ana, robot, room = await meet()
    client = robot.door._client
    assert client is not None
    call = client.call

    async def full(*_path: str, **_options: object) -> dict[str, Any]:
        raise Refused(500, "M_UNKNOWN", None, soft=False)

    monkeypatch.setattr(client, "call", full)
    patient = entry(body="endlich")
    for _ in range(50):
        with pytest.raises(Later):
            await robot.door.deliver(room, patient)
    monkeypatch.setattr(client, "call", call)
    assert await robot.door.deliver(room, patient)


async def test_a_reaction_that_is_there_is_done(meet: Meet) -> None:
    """The server's M_DUPLICATE_ANNOTATION is no failure: nothing is set aside, nobody is told."""
    ana, robot, room = await meet()
    asked = await ana.say(room, "!14")
    first = entry(Kind.REACTION, key="👍", relates_to=asked)
    assert await robot.door.deliver(room, first)
    assert await robot.door.deliver(room, replace(first, id="from another device")) is None


async def test_an_upload_that_breaks_off_each_time(
    meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that hangs up on a large body is no outage: given up, unless the server is away."""
    _ana, robot, room = await meet()
    client = robot.door._client
    assert client is not None
    call = client.call
    file = entry(Kind.FILE, file="a.ics", mimetype="text/calendar", content="QQ==")

    async def breaks(*_arguments: object) -> str:
        raise Unreachable("ServerDisconnectedError")

    monkeypatch.setattr(client, "upload_bytes", breaks)
    monkeypatch.setattr(client, "call", breaks)  # an outage: as often as it likes
    for _ in range(10):
        with pytest.raises(Later):
            await robot.door.deliver(room, file)
    monkeypatch.setattr(client, "call", call)
    for _ in range(4):
        with pytest.raises(Later):
            await robot.door.deliver(room, file)
    with pytest.raises(Never):
        await robot.door.deliver(room, file)


async def test_a_mistake_of_ours_is_not_tried_for_ever(
    meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What breaks while it is made into an event may pass; the third time it is set aside."""
    _ana, robot, room = await meet()
    courier = robot.door._courier
    assert courier is not None

    async def breaks(*_args: object) -> str:
        raise KeyError("a mistake")

    deliver = courier.deliver
    monkeypatch.setattr(courier, "deliver", breaks)
    message = entry(body="a")
    for expected in (Later, Later, Never):
        with pytest.raises(expected):
            await robot.door.deliver(room, message)
    monkeypatch.setattr(courier, "deliver", deliver)
    assert await robot.door.deliver(room, entry(body="b"))


async def test_a_file_is_uploaded_once(meet: Meet, monkeypatch: pytest.MonkeyPatch) -> None:
    """If only its message has to wait, what lies on the server already is used."""
    ana, robot, room = await meet()
    client = robot.door._client
    assert client is not None
    call, upload = client.call, client.upload_bytes
    uploads: list[str] = []

    async def counted(content: bytes, mimetype: str, name: str) -> str:
        uploads.append(name)
        return await upload(content, mimetype, name)

    async def limited(*path: str, **_options: object) -> dict[str, Any]:
        raise Refused(429, "M_LIMIT_EXCEEDED", 0.0, soft=False)

    file = entry(Kind.FILE, file="a.ics", mimetype="text/calendar", content="QQ==")
    monkeypatch.setattr(client, "upload_bytes", counted)
    monkeypatch.setattr(client, "call", limited)
    for _ in range(3):
        with pytest.raises(Later):
            await robot.door.deliver(room, file)
    monkeypatch.setattr(client, "call", call)
    sent = await robot.door.deliver(room, file)
    assert content(await ana.see_id(sent))["body"] == "a.ics"
    assert uploads == ["a.ics"]
