"""A partnership in real rooms: polls, links, publications, and a project that moves house."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from nio.crypto.attachments import decrypt_attachment, encrypt_attachment

from bot.adapters.synapse import Synapse
from tests.matrix.assistant import Assistant, sees, text_of
from tests.matrix.people import NewPerson, Person, numbers

pytestmark = pytest.mark.synapse
POLLS = "org.matrix.msc3381.poll."
ROOMS = pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])


@dataclass
class Partnership:
    """A room of two classes, set up: a teacher of each, a pupil of each."""

    assistant: Assistant
    room: str
    weber: Person
    byrne: Person
    lea: Person
    tom: Person

    async def sees(self, *words: str) -> Any:
        """Return the first message of the bot with these words, as Ms Weber sees it."""
        return await sees(self.weber, self.assistant.user, *words)

    def messages(self, *words: str) -> list[str]:
        """Return the new messages of the bot that hold all *words*, as far as she has seen."""
        return [
            text_of(one)
            for one in self.weber.seen
            if one.sender == self.assistant.user
            and all(word in text_of(one) for word in words)
            and "m.new_content" not in one.source["content"]
            and one.source["type"] == "m.room.message"
        ]


NewPartnership = Callable[..., Awaitable[Partnership]]


@pytest.fixture
async def partnership(assistant: Assistant, person: NewPerson) -> NewPartnership:
    """Make a room with classes PAU and GAL."""

    async def make(*, encrypted: bool) -> Partnership:
        people = [await person(name) for name in ("weber", "byrne", "lea", "tom")]
        weber, byrne, *_pupils = people
        others = [one.id for one in people[1:]]
        room = await weber.room(
            assistant.user, *others, version="11", encrypted=encrypted, powers={byrne.id: 50}
        )
        for one in people[1:]:
            await one.ask("POST", f"/join/{room}", {})
            await one.sync(full=True)
        await sees(weber, assistant.user, "📌")
        await weber.sync(full=True)
        made = Partnership(assistant, room, *people)
        await weber.say(room, "!setup en: PAU Pau Europe/Paris, GAL Galway Europe/Dublin")
        await made.sees("PAU", "GAL")
        for one, code in zip(people, ("PAU", "GAL", "PAU", "GAL"), strict=True):
            said = await one.say(room, f"!i am {code}")
            await weber.see(partial(_reacts, bot=assistant.user, to=said))
        return made

    return make


def _content(event: Any) -> dict[str, Any]:
    found: dict[str, Any] = event.source.get("content", {}) if hasattr(event, "source") else {}
    return found


def _reacts(event: Any, bot: str, to: str) -> bool:
    relation = _content(event).get("m.relates_to", {})
    return bool(event.sender == bot and relation.get("event_id") == to and relation.get("key"))


def _edit_with(event: Any, bot: str, *words: str) -> bool:
    edited = _content(event).get("m.new_content", {}).get("body", "")
    return bool(event.sender == bot and edited and all(word in edited for word in words))


@ROOMS
async def test_a_poll_of_two_classes_is_closed_by_time(
    partnership: NewPartnership, encrypted: bool
) -> None:
    """Votes by button in both namespaces and by word; the last one counts; one result."""
    here = await partnership(encrypted=encrypted)
    await here.weber.say(here.room, "!poll Which logo? blue / green / red until in 2 days")
    poll = await here.weber.see(lambda e: e.source.get("type") == f"{POLLS}start")
    companion = await here.sees("Q1", "blue", "green", "!vote")
    assert companion.source["content"]["msgtype"] == "m.notice"

    about = {"m.relates_to": {"rel_type": "m.reference", "event_id": poll.event_id}}
    red = {f"{POLLS}response": {"answers": ["3"]}} | about
    await here.lea.send(here.room, red, f"{POLLS}response")
    await here.lea.send(here.room, {"m.selections": ["2"]} | about, "m.poll.response")
    said = await here.tom.say(here.room, "!vote green")
    await here.weber.see(lambda e: _reacts(e, here.assistant.user, said))
    await here.assistant.stop()
    blue = {f"{POLLS}response": {"answers": ["1"]}} | about
    await here.byrne.send(here.room, blue, f"{POLLS}response")
    here.assistant.ahead = timedelta(days=3)  # the end of that school day, whatever the hour is now
    await here.assistant.start()

    result = await here.sees("Q1", "green: 2", "blue: 1")
    await here.weber.see(lambda e: e.source.get("type") == f"{POLLS}end")
    assert "red: 0" in text_of(result)
    assert "PAU" in text_of(result)
    assert "GAL" in text_of(result)
    assert not any(name in text_of(result) for name in ("Lea", "Tom", "Byrne"))
    await here.lea.send(here.room, red, f"{POLLS}response")
    await here.weber.say(here.room, "!status")
    await here.sees("No tasks yet")
    assert len(here.messages("green: 2")) == 1


@ROOMS
async def test_a_link_is_answered_once_and_agreed_to(
    partnership: NewPartnership, encrypted: bool
) -> None:
    """One note, kind and without the address; an agreement of a teacher silences the guard."""
    here = await partnership(encrypted=encrypted)
    posted = await here.lea.say(here.room, "regardez https://www.youtube.com/watch?v=dQw4 !")
    note = await here.sees("charter", "YouTube")
    content = note.source["content"]
    assert content["msgtype"] == "m.notice"
    assert content["m.mentions"] == {}
    assert content["m.relates_to"]["m.in_reply_to"]["event_id"] == posted
    assert "youtube.com/" not in text_of(note)

    await here.tom.say(here.room, "and this one https://youtu.be/abc")
    await here.weber.say(here.room, "!charter ok Padlet because the board agreed")
    await here.sees("Padlet", "Agreed")
    await here.tom.say(here.room, "our wall: https://padlet.com/classe/mur")
    await here.tom.say(here.room, "our tasks: https://trello.com/b/1")
    await here.sees("Trello")

    assert len(here.messages("YouTube")) == 1
    assert len(here.messages("Padlet")) == 1  # the agreement itself


@ROOMS
async def test_a_publication_is_signed_by_both_classes(
    partnership: NewPartnership, encrypted: bool
) -> None:
    """One edited checklist; blocked until the points that matter are settled and both signed."""
    here = await partnership(encrypted=encrypted)
    bot = here.assistant.user
    await here.weber.say(here.room, "!publish Our film about the port")
    await here.sees("P1", "Our film about the port")
    await here.weber.say(here.room, "!P1 publish")
    await here.sees("P1", "14")
    await here.weber.say(here.room, "!P1 3 5 6 ok")
    await here.weber.say(here.room, "!P1 sign")
    await here.byrne.say(here.room, "!P1 sign")
    await here.weber.see(lambda e: _edit_with(e, bot, "P1", "4 done"))
    await here.weber.say(here.room, "!P1 publish")
    await here.sees("P1 ✅", "published")


@pytest.fixture(scope="module")
def new_server() -> Iterator[Synapse]:
    """Start the homeserver of the next school year."""
    with Synapse(name="next.local") as server:
        yield server


@ROOMS
async def test_a_project_moves_to_another_server(
    partnership: NewPartnership, new_server: Synapse, tmp_path: Path, encrypted: bool
) -> None:
    """Exported as one file, taken up in a new room elsewhere: tasks and their numbers are there."""
    here = await partnership(encrypted=encrypted)
    await here.weber.say(here.room, "!task Film the port by in 9 days @Lea GAL")
    await here.sees("#1", "Film the port")
    await here.weber.say(here.room, "!milestone Video call in 20 days")
    await here.sees("M1")
    await here.weber.say(here.room, "!export")
    file = await here.weber.see(lambda e: _content(e).get("msgtype") == "m.file")
    exported = await _download(here.weber, _content(file))
    assert here.assistant.user.encode() not in exported
    assert here.lea.id.encode() not in exported

    assistant = Assistant(new_server, tmp_path / "next")
    await assistant.start()
    name = f"weber{next(numbers)}"
    new_server.register(name, "secret", shown="Ms Weber")
    weber = Person(new_server, name, "secret", tmp_path / name)
    try:
        await weber.enter()
        room = await weber.room(assistant.user, version="12", encrypted=encrypted)
        await sees(weber, assistant.user, "📌")
        await weber.sync(full=True)
        await _post(weber, room, exported, "!project adopt", encrypted=encrypted)
        await sees(weber, assistant.user, "1 task", "1 milestone")
        await weber.say(room, "!1")
        await sees(weber, assistant.user, "#1", "Film the port", "Lea")
        await weber.say(room, "!task The next one")
        await sees(weber, assistant.user, "#2", "The next one")
    finally:
        await weber.close()
        await assistant.stop()


async def _download(who: Person, content: dict[str, Any]) -> bytes:
    sealed = content.get("file")
    raw: bytes = (await who.client.download(sealed["url"] if sealed else content["url"])).body
    if not sealed:
        return raw
    plain: bytes = decrypt_attachment(
        raw, sealed["key"]["k"], sealed["hashes"]["sha256"], sealed["iv"]
    )
    return plain


async def _post(who: Person, room: str, raw: bytes, caption: str, *, encrypted: bool) -> None:
    sealed, key = encrypt_attachment(raw) if encrypted else (raw, {})
    uploaded, _keys = await who.client.upload(
        lambda _tries, _timeouts: sealed, "application/json", filesize=len(sealed)
    )
    url = {"url": uploaded.content_uri}
    place = {"file": {**key, **url}} if encrypted else url
    named = {"msgtype": "m.file", "body": caption, "filename": "project.json", "m.mentions": {}}
    await who.send(room, {**named, "info": {"mimetype": "application/json"}, **place})
