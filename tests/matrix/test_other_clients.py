"""What people see whose client is not nio: matrix-js-sdk with Rust cryptography, as in Element."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.matrix import intake
from bot.adapters.synapse import Synapse
from bot.heard import Heard, Said, Undecryptable, Voted, Why
from bot.model.documents import Kind
from tests.elsewhere.installation import Installation, NotHere, installed
from tests.elsewhere.somebody import Somebody, Trouble
from tests.matrix.accounts import Call, intercept, until_backed_up
from tests.matrix.people import Bot, NewBot, NewPerson, entry, numbers

pytestmark = pytest.mark.synapse
NewSomebody = Callable[..., Awaitable[Somebody]]


@pytest.fixture(scope="session")
def installation() -> Installation:
    """Fetch the other client, once; where that cannot be the tests are skipped, but never in CI."""
    try:
        return installed()
    except NotHere as reason:
        if os.environ.get("CI"):
            pytest.fail(str(reason))
        pytest.skip(str(reason))


@pytest.fixture
async def somebody(
    installation: Installation, synapse: Synapse, tmp_path: Path
) -> AsyncIterator[NewSomebody]:
    """Make people with such a client; or open an account that there is in it."""
    made: list[Somebody] = []

    async def make(name: str = "marta", *, account: str | None = None) -> Somebody:
        number = next(numbers)
        user = account or synapse.register(f"{name}{number}", "secret", shown=name.title())
        who = Somebody(installation, user, tmp_path / f"{name}{number}.log")
        made.append(who)
        await who.enter(synapse.address, "secret")
        return who

    yield make
    for who in made:
        await who.leave()


@pytest.fixture
def _told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bot wait a second for a late key instead of ten."""
    monkeypatch.setattr(intake, "GRACE_SECONDS", 1.0)


async def on_a_new_machine(robot: Bot, folder: Path) -> str:
    """Move *robot* to an empty *folder*, without its recovery key; return that key."""
    key = robot.door.waiting_recovery_key()
    assert key
    await robot.stop()
    robot.directory = folder
    robot.door = robot._new()
    await robot.start()
    return key


async def meet(who: Somebody, robot: Bot) -> str:
    """Return an encrypted room that *who* and *robot* know that they are in."""
    room = await who.room_with(robot.door.user)
    await robot.joins(room)
    return room


def about(event: str) -> Callable[[Heard], bool]:
    return lambda heard: heard.event == event


async def device_of(robot: Bot) -> str:
    return (await robot.door.trust()).device


# --- trusted --------------------------------------------------------------------------------------


async def test_the_bots_device_is_its_owners(somebody: NewSomebody, bot: NewBot) -> None:
    """Without any verification the bot's messages carry no shield; both read each other."""
    marta, robot = await somebody(), await bot()
    room = await meet(marta, robot)
    sent = await marta.does("say", room=room, body="Dzień dobry")
    said = await robot.hears(Said, about(sent))
    assert (said.body, said.sender, said.encrypted) == ("Dzień dobry", marta.id, True)
    shown = await marta.reads(room, await robot.door.deliver(room, entry(body="Witam!")))
    assert (shown["content"]["body"], shown["sender"]) == ("Witam!", robot.door.user)
    assert (shown["encrypted"], shown["colour"], shown["reason"]) == (True, "NONE", None)
    told = await marta.does("device", user=robot.door.user, device=await device_of(robot))
    assert told["signed_by_owner"]


async def test_who_excludes_insecure_devices_talks_with_the_bot(
    somebody: NewSomebody, bot: NewBot
) -> None:
    """Both sides give keys only to, and read only, what its owner has cross-signed (MSC4153)."""
    marta, robot = await somebody(), await bot(settings={"only_cross_signed": True})
    assert await marta.does("crossSign")
    await marta.does("choose", isolation="only signed", only_verified=False)
    room = await meet(marta, robot)
    sent = await marta.does("say", room=room, body="!task poster")
    assert (await robot.hears(Said, about(sent))).body == "!task poster"
    shown = await marta.reads(room, await robot.door.deliver(room, entry(body="Task 1")))
    assert (shown["content"]["body"], shown["colour"]) == ("Task 1", "NONE")
    assert not [heard for heard in robot.heard if isinstance(heard, Undecryptable)]


@pytest.mark.usefixtures("_told_soon")
async def test_who_writes_to_verified_devices_only(somebody: NewSomebody, bot: NewBot) -> None:
    """Kept from a message, the bot knows why; once its device is verified it reads on."""
    marta, robot = await somebody(), await bot()
    await marta.does("choose", isolation="all", only_verified=True)
    room = await meet(marta, robot)
    sent = await marta.does("say", room=room, body="unheard")
    told = await robot.hears(Undecryptable)
    assert (told.event, told.why) == (sent, Why.WITHHELD)
    device = {"user": robot.door.user, "device": await device_of(robot)}
    assert not (await marta.does("device", **device))["verified"]
    await marta.does("verifyDevice", **device)
    assert (await marta.does("device", **device))["verified"]
    sent = await marta.does("say", room=room, body="heard")
    assert (await robot.hears(Said, about(sent))).body == "heard"


async def test_the_first_answer_can_be_read(
    somebody: NewSomebody, bot: NewBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent while the devices in the room are being asked for waits for the answer."""
    marta, robot = await somebody(), await bot()
    asking = asyncio.Event()

    async def slow(go: Call, _method: str, path: str, body: Any) -> Any:
        if path == "keys/query" and marta.id in body["device_keys"]:
            asking.set()
            await asyncio.sleep(1)
        return await go()

    intercept(monkeypatch, slow)
    room = await meet(marta, robot)
    await asking.wait()
    shown = await marta.reads(room, await robot.door.deliver(room, entry(body="Witam!")))
    assert shown["content"]["body"] == "Witam!"


# --- what would be without ------------------------------------------------------------------------


async def test_a_bot_that_is_not_cross_signed(
    somebody: NewSomebody, bot: NewBot, tmp_path: Path
) -> None:
    """On a new machine without its recovery key it is shown in red; with it, in the past too."""
    marta, robot = await somebody(), await bot()
    key = await on_a_new_machine(robot, tmp_path / "new machine")
    room = await meet(marta, robot)
    sent = await robot.door.deliver(room, entry(body="Witam!"))
    shown = await marta.reads(room, sent)
    assert (shown["colour"], shown["reason"]) == ("RED", "UNSIGNED_DEVICE")
    device = {"user": robot.door.user, "device": await device_of(robot)}
    assert not (await marta.does("device", **device))["signed_by_owner"]
    await robot.door.recover(key)
    assert (await marta.does("device", **device))["signed_by_owner"]
    shown = await marta.reads(room, await robot.door.deliver(room, entry(body="Better?")))
    assert (shown["colour"], shown["reason"]) == ("NONE", None)
    assert (await marta.reads(room, sent))["colour"] == "NONE"


@pytest.mark.usefixtures("_told_soon")
async def test_a_bot_that_is_not_cross_signed_is_not_heard(
    somebody: NewSomebody, bot: NewBot, tmp_path: Path
) -> None:
    """Who excludes insecure devices neither reads such a bot nor gives it keys."""
    marta, robot = await somebody(), await bot()
    key = await on_a_new_machine(robot, tmp_path / "new machine")
    assert await marta.does("crossSign")
    await marta.does("choose", isolation="only signed", only_verified=False)
    room = await meet(marta, robot)
    sent = await marta.does("say", room=room, body="!help")
    told = await robot.hears(Undecryptable)
    assert (told.event, told.why) == (sent, Why.WITHHELD)
    answer = await robot.door.deliver(room, entry(body="unread"))
    shown = await marta.waits("look", lambda told: told["failure"], room=room, event=answer)
    assert shown["failure"] == "UNSIGNED_SENDER_DEVICE"
    await robot.door.recover(key)
    await marta.does("device", user=robot.door.user, device=await device_of(robot))
    sent = await marta.does("say", room=room, body="!help again")
    assert (await robot.hears(Said, about(sent))).body == "!help again"


async def test_another_nio_bot_is_shown_in_red(somebody: NewSomebody, person: NewPerson) -> None:
    """What every bot on plain nio looks like: nothing vouches for its device."""
    marta, plain = await somebody(), await person("plain")
    room = await marta.does("open", invite=[plain.id])
    await plain.client.join(room)
    await plain.sync(full=True)
    await marta.waits("membership", lambda told: told == "join", room=room, user=plain.id)
    shown = await marta.reads(room, await plain.say(room, "pong"))
    assert (shown["content"]["body"], shown["colour"]) == ("pong", "RED")


# --- what is said ---------------------------------------------------------------------------------


async def test_a_poll_and_an_edit(somebody: NewSomebody, bot: NewBot) -> None:
    """The bot's poll can be voted in by its buttons; what it edits is shown in its new form."""
    marta, robot = await somebody(), await bot()
    room = await meet(marta, robot)
    asked = entry(Kind.POLL, body="Logo?\n1. blue\n2. green", answers=["blue", "green"])
    poll = await robot.door.deliver(room, asked)
    await marta.reads(room, poll)
    place = {"room": room, "event": poll}
    shown = await marta.waits("poll", bool, **place)
    assert (shown["question"], shown["disclosed"]) == ("Logo?", True)
    assert (shown["answers"], shown["votes"]) == ({"1": "blue", "2": "green"}, {})
    for answer in ("1", "2"):
        vote = await marta.does("vote", **place, answer=answer)
        heard = await robot.hears(Voted, about(vote))
        assert (heard.to, heard.answers, heard.sender) == (poll, (answer,), marta.id)
        assert heard.encrypted
    await marta.waits("poll", lambda told: told["votes"] == {marta.id: ["2"]}, **place)
    with pytest.raises(Trouble, match="no such answer"):
        await marta.does("vote", **place, answer="3")
    await robot.door.deliver(room, entry(Kind.POLL_END, body="Closed: green", relates_to=poll))
    await marta.waits("poll", lambda told: told["ended"], **place)

    board = await robot.door.deliver(room, entry(body="1 task"))
    assert (await marta.reads(room, board))["content"]["body"] == "1 task"
    await robot.door.deliver(room, entry(Kind.EDIT, body="2 tasks", relates_to=board))
    shown = await marta.reads(room, board, changed=True)
    assert (shown["content"]["body"], shown["colour"]) == ("2 tasks", "NONE")


# --- the bot's own account ------------------------------------------------------------------------


async def test_an_admin_opens_the_bots_account(somebody: NewSomebody, bot: NewBot) -> None:
    """With the recovery key the account opens in another client: verified, all can be read.

    Identity and backup stay the bot's; what it says next goes to the new device too.
    """
    marta, robot = await somebody(), await bot()
    room = await meet(marta, robot)
    sent = await marta.does("say", room=room, body="Dzień dobry")
    await robot.hears(Said, about(sent))
    answer = await robot.door.deliver(room, entry(body="Witam!"))
    await until_backed_up(robot, 2)
    key = robot.door.waiting_recovery_key()
    admin = await somebody("admin", account=robot.door.user)
    mine = {"user": admin.id, "device": admin.device}
    identity = await marta.does("identity", user=admin.id)
    assert not (await admin.does("device", **mine))["signed_by_owner"]
    told = await admin.does("recover", key=key)
    assert (told["ready"], told["storage_ready"], told["backup"]) == (True, True, "1")
    assert told["trusted"] == {"trusted": True, "matchesDecryptionKey": True}
    assert (told["imported"], told["total"]) == (2, 2)
    for event, body in ((sent, "Dzień dobry"), (answer, "Witam!")):
        assert (await admin.reads(room, event))["content"]["body"] == body
    for device in (admin.device, await device_of(robot)):
        seen = await marta.does("device", user=admin.id, device=device)
        assert seen["signed_by_owner"]
        seen = await admin.does("device", user=admin.id, device=device)
        assert (seen["crossed"], seen["verified"]) == (True, True)
    later = await robot.door.deliver(room, entry(body="And now?"))
    assert (await admin.reads(room, later))["content"]["body"] == "And now?"
    assert identity == await marta.does("identity", user=admin.id)
    state = await robot.door.trust()
    assert (state.cross_signed, state.identity, state.backup) == (True, "ours", "1")
