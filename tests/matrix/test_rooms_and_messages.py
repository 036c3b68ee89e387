"""What people do in real rooms arrives as the right Heard objects."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.heard import Invited, Joined, Left, Reacted, Redacted, Said, Topic
from bot.model.documents import Kind
from tests.matrix.people import NewBot, NewPerson, entry, react, until

pytestmark = pytest.mark.synapse

PLACES = pytest.mark.parametrize(
    ("version", "encrypted"), [("12", False), ("12", True), ("10", False), ("10", True)]
)


def _of(event: str) -> Callable[[Redacted], bool]:
    return lambda redacted: redacted.redacts == event


def _in(room: str) -> Callable[[Said], bool]:
    return lambda said: said.room == room


@PLACES
async def test_a_conversation_in_every_kind_of_room(
    person: NewPerson, bot: NewBot, version: str, encrypted: bool
) -> None:
    """Messages, replies, mentions, edits, reactions, redactions arrive as they were meant."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user, version=version, encrypted=encrypted)
    invited = await robot.hears(Invited)
    assert (invited.room, invited.sender, invited.direct) == (room, ana.id, False)
    await robot.joins(room)
    await ana.sync()

    first = await ana.say(room, "!task Vidéo", **{"m.mentions": {"user_ids": [robot.door.user]}})
    said = await robot.hears(Said)
    assert (said.body, said.event, said.sender, said.name) == ("!task Vidéo", first, ana.id, "Ana")
    assert (said.encrypted, said.power, said.direct) == (encrypted, 100, False)
    assert said.mentions == (robot.door.user,)

    await ana.say(
        room,
        f"> <{ana.id}> !task Vidéo\n> zwei\n\noui",
        format="org.matrix.custom.html",
        formatted_body="<mx-reply><blockquote>!task</blockquote></mx-reply><b>oui</b>",
        **{"m.relates_to": {"m.in_reply_to": {"event_id": first}}},
    )
    reply = await robot.hears(Said, lambda s: s.reply_to is not None)
    assert (reply.body, reply.html, reply.reply_to) == ("oui", "<b>oui</b>", first)

    root = {"rel_type": "m.thread", "event_id": first, "is_falling_back": True}
    await ana.say(
        room, "fil", **{"m.relates_to": {**root, "m.in_reply_to": {"event_id": reply.event}}}
    )
    threaded = await robot.hears(Said, lambda s: s.thread is not None)
    assert (threaded.thread, threaded.reply_to) == (first, None)

    await ana.say(
        room,
        "* !task Vidéos",
        **{
            "m.new_content": {"msgtype": "m.text", "body": "!task Vidéos", "m.mentions": {}},
            "m.relates_to": {"rel_type": "m.replace", "event_id": first},
        },
    )
    edit = await robot.hears(Said, lambda s: s.edits is not None)
    assert (edit.body, edit.edits, edit.mentions) == ("!task Vidéos", first, ())

    reaction = await react(ana, room, first, "✅")
    reacted = await robot.hears(Reacted)
    assert (reacted.event, reacted.to, reacted.key) == (reaction, first, "✅")

    for gone in (reaction, first):
        await ana.client.room_redact(room, gone)
        assert (await robot.hears(Redacted, _of(gone))).sender == ana.id


async def test_bots_and_the_bot_itself_are_not_heard(person: NewPerson, bot: NewBot) -> None:
    """Notices of others and whatever we say ourselves are dropped; emotes are not."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user)
    await robot.joins(room)
    await robot.door.deliver(room, entry(Kind.TEXT, body="moi"))
    await ana.send(room, {"msgtype": "m.notice", "body": "bip"})
    await ana.send(room, {"msgtype": "m.emote", "body": "rit"})
    assert (await robot.hears(Said)).msgtype == "m.emote"
    assert robot.bodies(room) == ["rit"]


async def test_members_names_and_powers_come_from_state(person: NewPerson, bot: NewBot) -> None:
    """Coming, renaming, promoting and leaving are heard, and the door knows the result."""
    ana, ben, robot = await person("ana"), await person("ben"), await bot()
    room = await ana.room(robot.door.user, ben.id, version="11", powers={ben.id: 50})
    await robot.joins(room)
    own = await robot.hears(Joined, lambda j: j.sender == robot.door.user)
    assert own.room == room
    await ben.client.join(room)
    came = await robot.hears(Joined, lambda j: j.sender == ben.id)
    assert (came.name, came.power) == ("Ben", 50)
    assert robot.door.members(room)[ben.id] == "Ben"

    await ben.client.set_displayname("Benedikt")
    await robot.hears(Joined, lambda j: j.name == "Benedikt")

    levels = {"users": {ana.id: 100, ben.id: 0}}
    await ana.client.room_put_state(room, "m.room.power_levels", levels)
    await robot.hears(Joined, lambda j: j.sender == ben.id and j.power == 0)
    assert robot.door.power(room, ben.id) == 0
    assert robot.door.power(room, ana.id) == 100

    await ana.client.room_kick(room, ben.id)
    left = await robot.hears(Left)
    assert (left.user, left.sender) == (ben.id, ana.id)
    assert ben.id not in robot.door.members(room)


async def test_creators_of_version_12_rooms_are_coordinators(
    person: NewPerson, bot: NewBot
) -> None:
    """In version 12 the creator and additional creators count as 100 (MSC4289), others do not."""
    ana, ben, robot = await person("ana"), await person("ben"), await bot()
    answer = await ana.ask(
        "POST",
        "/createRoom",
        {
            "room_version": "12",
            "invite": [robot.door.user],
            "creation_content": {"additional_creators": [ben.id]},
        },
    )
    room = answer["room_id"]
    await robot.joins(room)
    assert robot.door.power(room, ana.id) == 100
    assert robot.door.power(room, ben.id) == 100
    assert robot.door.power(room, robot.door.user) == 0
    assert robot.door.power("!elsewhere", ana.id) is None


async def test_the_name_of_a_room_is_heard(person: NewPerson, bot: NewBot) -> None:
    """A new name, from real state, is a Topic."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user)
    await robot.joins(room)
    await ana.client.room_put_state(room, "m.room.name", {"name": "Die Brücke"})
    assert (await robot.hears(Topic)).title == "Die Brücke"


async def test_a_kick_ends_the_room(person: NewPerson, bot: NewBot) -> None:
    """When the bot itself is removed it hears Left, and knows nobody there any more."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user)
    await robot.joins(room)
    await ana.client.room_kick(room, robot.door.user)
    left = await robot.hears(Left)
    assert (left.room, left.user, left.sender) == (room, robot.door.user, ana.id)
    assert robot.door.members(room) == {}


async def test_a_room_may_become_encrypted(person: NewPerson, bot: NewBot) -> None:
    """From that moment on the bot encrypts, and ignores what is said in clear."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room(robot.door.user)
    await robot.joins(room)
    await ana.say(room, "vorher")
    await robot.hears(Said)
    algorithm = {"algorithm": "m.megolm.v1.aes-sha2"}
    await ana.client.room_put_state(room, "m.room.encryption", algorithm)
    clear = {"msgtype": "m.text", "body": "offen"}
    await ana.ask("PUT", f"/rooms/{room}/send/m.room.message/clear", clear)
    await ana.sync(full=True)
    await ana.say(room, "nachher")
    said = await robot.hears(Said, lambda s: s.body == "nachher")
    assert said.encrypted
    assert robot.bodies(room) == ["vorher", "nachher"]
    sent = await robot.door.deliver(room, entry(body="geheim"))
    event = await ana.see_id(sent)
    assert (event.body, event.decrypted) == ("geheim", True)


async def test_what_was_said_before_the_bot_came_is_not_for_it(
    person: NewPerson, bot: NewBot
) -> None:
    """The history that the first sync of a room brings is not heard."""
    ana, robot = await person("ana"), await bot()
    room = await ana.room()
    for number in range(120):  # more than one timeline holds
        await ana.say(room, f"alt {number}")
    await ana.client.room_invite(room, robot.door.user)
    await robot.joins(room)
    await ana.say(room, "neu")
    await robot.hears(Said)
    assert robot.bodies(room) == ["neu"]


async def test_only_the_author_can_edit(person: NewPerson, bot: NewBot) -> None:
    """An edit of somebody else's message is no edit (spec 11.24.1) and is not heard."""
    ana, ben, robot = await person("ana"), await person("ben"), await bot()
    room = await ana.room(robot.door.user, ben.id)
    await robot.joins(room)
    await ben.client.join(room)
    await ben.sync()
    first = await ana.say(room, "!task A")
    content = {
        "m.new_content": {"msgtype": "m.text", "body": "!task Z"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": first},
    }
    await ben.say(room, "* !task Z", **content)
    await ben.say(room, "fin")
    await robot.hears(Said, lambda s: s.body == "fin")
    assert robot.bodies(room) == ["!task A", "fin"]


async def test_a_room_of_two_is_direct(person: NewPerson, bot: NewBot) -> None:
    """Invited as direct, or alone with one person in a room without a name; never with three."""
    ana, ben, robot = await person("ana"), await person("ben"), await bot()
    flagged = await ana.room(robot.door.user, direct=True, name="Nous deux")
    unnamed = await ana.room(robot.door.user, name=None)
    project = await ana.room(robot.door.user)
    for room in (flagged, unnamed, project):
        await robot.joins(room)
        await ana.say(room, "hm")
    directs = {}
    for room in (flagged, unnamed, project):
        directs[room] = (await robot.hears(Said, _in(room))).direct
    assert directs == {flagged: True, unnamed: True, project: False}
    assert (await robot.hears(Invited, lambda i: i.room == flagged)).direct

    await ana.client.room_invite(flagged, ben.id)
    await ben.client.join(flagged)
    await until(lambda: ben.id in robot.door.members(flagged) or None)
    await ana.say(flagged, "à trois")
    assert not (await robot.hears(Said, lambda s: s.body == "à trois")).direct
