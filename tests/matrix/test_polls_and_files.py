"""Native polls and files go through real rooms, in the forms that today's clients use."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from nio.crypto.attachments import decrypt_attachment, encrypt_attachment

from bot.heard import Heard, PollEnded, Posted, Said, Voted
from bot.model.documents import Kind
from bot.ports import Never
from tests.matrix.people import Bot, NewBot, NewPerson, Person, entry

pytestmark = pytest.mark.synapse
UNSTABLE, TEXT = "org.matrix.msc3381.poll.", "org.matrix.msc1767.text"
CALENDAR = "BEGIN:VCALENDAR\r\nSUMMARY:Été à Kraków\r\nEND:VCALENDAR\r\n".encode()


async def _place(ana: Person, robot: Bot, *, encrypted: bool) -> str:
    room = await ana.room(robot.door.user, version="11", encrypted=encrypted)
    await robot.joins(room)
    await ana.sync()
    return room


def _about(event: str) -> dict[str, Any]:
    return {"m.relates_to": {"rel_type": "m.reference", "event_id": event}}


def _is(event: str) -> Callable[[Heard], bool]:
    return lambda heard: heard.event == event


@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_poll_is_drawn_voted_and_ended(
    person: NewPerson, bot: NewBot, encrypted: bool
) -> None:
    """Sent in the unstable form only; votes and ends are read in both (clients.md 3.1)."""
    ana, robot = await person("ana"), await bot()
    room = await _place(ana, robot, encrypted=encrypted)

    asked = entry(Kind.POLL, body="Logo?\n1. blue\n2. green", answers=["blue", "green"])
    poll = await robot.door.deliver(room, asked)

    seen = (await ana.see_id(poll)).source
    assert seen["type"] == f"{UNSTABLE}start"
    start = seen["content"][f"{UNSTABLE}start"]
    assert start["question"][TEXT] == "Logo?"
    assert start["answers"] == [{"id": "1", TEXT: "blue"}, {"id": "2", TEXT: "green"}]
    assert (start["max_selections"], start["kind"]) == (1, f"{UNSTABLE}disclosed")
    assert seen["content"][TEXT] == "Logo?\n1. blue\n2. green"
    assert poll is not None

    response = {f"{UNSTABLE}response": {"answers": ["2"]}}
    first = await ana.send(room, response | _about(poll), f"{UNSTABLE}response")
    second = await ana.send(room, {"m.selections": ["1"]} | _about(poll), "m.poll.response")
    heard = [await robot.hears(Voted, _is(e)) for e in (first, second)]
    assert [(vote.to, vote.answers) for vote in heard] == [(poll, ("2",)), (poll, ("1",))]
    assert {vote.encrypted for vote in heard} == {encrypted}

    end = await ana.send(room, {f"{UNSTABLE}end": {}, TEXT: "Over"} | _about(poll), "m.poll.end")
    assert (await robot.hears(PollEnded, lambda e: e.event == end)).to == poll

    over = entry(Kind.POLL_END, body="Closed: blue", relates_to=poll)
    closing = (await ana.see_id(await robot.door.deliver(room, over))).source
    assert closing["type"] == f"{UNSTABLE}end"
    assert closing["content"]["m.relates_to"] == _about(poll)["m.relates_to"]
    assert closing["content"][TEXT] == "Closed: blue"


async def test_somebody_elses_poll_is_heard_as_its_words(person: NewPerson, bot: NewBot) -> None:
    """The guard reads them; whatever is not text in it is nothing."""
    ana, robot = await person("ana"), await bot()
    room = await _place(ana, robot, encrypted=False)
    answers: list[Any] = [{"id": "1", TEXT: "kahoot.it"}, "x", None, {"id": "2", TEXT: 7}]
    start = {"question": {TEXT: "Which one?"}, "answers": answers}
    stable = {
        "question": {"m.text": [{"body": "And now?"}]},
        "answers": [{"m.id": "1", "m.text": [{"body": "padlet.com"}]}],
    }

    await ana.send(room, {f"{UNSTABLE}start": start}, f"{UNSTABLE}start")
    await ana.send(room, {"m.poll": stable}, "m.poll.start")

    await robot.hears(Said, lambda said: "padlet" in said.body)
    polls = [h for h in robot.heard if isinstance(h, Said) and h.msgtype == "m.poll"]
    assert [h.body for h in polls] == ["Which one?\nkahoot.it", "And now?\npadlet.com"]


@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_file_is_handed_out(person: NewPerson, bot: NewBot, encrypted: bool) -> None:
    """Its name is its body: a caption would replace it in Tchap. Sealed where the room is."""
    ana, robot = await person("ana"), await bot()
    room = await _place(ana, robot, encrypted=encrypted)

    content = b64encode(CALENDAR).decode()
    file = entry(Kind.FILE, file="agenda.ics", mimetype="text/calendar", content=content)
    seen = (await ana.see_id(await robot.door.deliver(room, file))).source["content"]

    assert (seen["msgtype"], seen["body"]) == ("m.file", "agenda.ics")
    assert seen["info"] == {"mimetype": "text/calendar", "size": len(CALENDAR)}
    address = seen["file"]["url"] if encrypted else seen["url"]
    stored = (await ana.client.download(address)).body
    if encrypted:
        assert CALENDAR not in stored
        sealed = seen["file"]
        stored = decrypt_attachment(
            stored, sealed["key"]["k"], sealed["hashes"]["sha256"], sealed["iv"]
        )
    assert stored == CALENDAR


@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_posted_file_is_read(person: NewPerson, bot: NewBot, encrypted: bool) -> None:
    """Only when it is asked for; with its caption, decrypted, and not if it was changed."""
    ana, robot = await person("ana"), await bot()
    room = await _place(ana, robot, encrypted=encrypted)
    sealed, key = encrypt_attachment(CALENDAR) if encrypted else (CALENDAR, {})
    uploaded, _keys = await ana.client.upload(
        lambda _tries, _timeouts: sealed, "text/calendar", filesize=len(sealed)
    )
    place = {"file": {**key, "url": uploaded.content_uri}} if encrypted else {}
    place = place or {"url": uploaded.content_uri}
    info = {"info": {"mimetype": "text/calendar"}}
    plain = {"msgtype": "m.file", "body": "holidays.ics", "m.mentions": {}, **info, **place}
    caption = {"body": "!holidays KRK", "filename": "holidays.ics"}

    bare = await ana.send(room, plain)
    told = await ana.send(room, plain | caption)

    without = await robot.hears(Said, lambda said: said.event == bare)
    said = await robot.hears(Said, lambda said: said.event == told)
    assert (without.body, said.body, said.msgtype) == ("", "!holidays KRK", "m.file")
    assert said.file is not None
    assert (said.file.name, said.file.mimetype) == ("holidays.ics", "text/calendar")
    assert await robot.door.fetch(room, said.file) == CALENDAR
    if encrypted:
        changed = said.file.handle.replace(key["hashes"]["sha256"][:4], "AAAA")
        with pytest.raises(Never):
            await robot.door.fetch(room, Posted("holidays.ics", handle=changed))


@pytest.mark.parametrize(
    "url", ["", "https://evil.example/x", "mxc://", "mxc://a", "mxc://a/../b", "mxc://x/nothing"]
)
async def test_what_is_no_file_of_the_server_is_not_fetched(bot: NewBot, url: str) -> None:
    """Nothing but media of our own homeserver is ever asked for."""
    robot = await bot()
    with pytest.raises(Never):
        await robot.door.fetch("!r", Posted("a.ics", handle=f'{{"url": "{url}"}}'))
