"""The table of docs/bad-input.md, row by row: who is told, where, in which words."""

from __future__ import annotations

import errno
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest

from bot.adapters.console.door import ROOM, Event
from bot.adapters.store import Damaged, FileStore
from bot.heard import Undecryptable
from bot.model.documents import Entry, Kind
from bot.ports import Never, StoreFull
from tests.conftest import NOW, Talk, bodies

LEA = "@lea:pau.example"
WEBER = "@weber:koln.example"
TABLE = Path(__file__).parents[2] / "docs" / "bad-input.md"


class Row(NamedTuple):
    """One line of the table."""

    case: str
    told: str
    where: str
    text: str


def rows() -> list[Row]:
    """Return the rows of the first table."""
    first = TABLE.read_text(encoding="utf-8").split("For the admin")[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in first.splitlines()
        if line.startswith("| ")
    ]
    return [Row(*one) for one in cells if one[0] not in {"Case", "---"}]


Scene = Callable[[Talk], Awaitable[list[Event]]]
SAYS: dict[str, str | list[str]] = {
    "empty command": "!",
    "only signs": "!!! ??",
    "ordinary talk": "shall we meet on friday? task 1 is hard",
    "another bot's command": "!roll 2d6",
    "a message of 1 MB": "!task " + "word " * 200_000,
    "a title of 300 characters": "!task " + "x" * 300,
    "HTML and markdown in a title": "!task <b>**bold**</b> @room",
    "control and right-to-left signs": "!task \u202e\u0007abc مهمة",
    "a typo in a verb": "!remimd me sign the form tomorrow 10:00",
    "an unknown id": ["!task one", "!41"],
    "an id of 30 digits": "!" + "9" * 30,
    "an unknown milestone": "!M7",
    "an unknown reminder": "!R7",
    "an unreadable date": "!task Read by frdiay",
    "a date that does not exist": "!task Read by 31 February",
    "a past date": "!task Read by 20 November 2026",
    "a wrong weekday": "!task Read by monday 27 november",
    "a date that may be an exercise": "!task exercice 3/4",
    "two Fridays": "!task Read by next friday",
    "no date where one is needed": "!remind me to eat",
    "an unknown person": "!task Read @tom",
    "a reaction to a message that is not ours": "",
    "a reply to a message that is not ours": "",
}


async def _classes(talk: Talk) -> None:
    await talk.join(WEBER, "Ms Weber", 100)
    await talk.join(LEA, "Léa")
    await talk.join("@lea:krk.example", "Léa")
    await talk.say("!partner add PAU Pau en Europe/Paris", WEBER)
    await talk.say("!partner add KRK Kraków en Europe/Warsaw", WEBER)
    await talk.say("!iam PAU", LEA)
    await talk.say("!iam KRK", "@lea:krk.example")


async def _same_name(talk: Talk) -> list[Event]:
    await _classes(talk)
    return await talk.say("!task Read @Léa", WEBER)


async def _unknown_class(talk: Talk) -> list[Event]:
    await _classes(talk)
    return await talk.say("!tasks XYZ", LEA)


async def _language_code(talk: Talk) -> list[Event]:
    await talk.join(WEBER, "Ms Weber", 100)
    return await talk.say("!partner add FR Pau fr", WEBER)


async def _command_code(talk: Talk) -> list[Event]:
    await talk.join(WEBER, "Ms Weber", 100)
    return await talk.say("!partner add DONE Pau fr", WEBER)


async def _not_a_teacher(talk: Talk) -> list[Event]:
    return await talk.say("!milestone Call friday")


async def _not_theirs(talk: Talk) -> list[Event]:
    await talk.say("!task one", WEBER)
    return await talk.say("!1 delete")


async def _foreign_reaction(talk: Talk) -> list[Event]:
    return await talk.react("✅", "$somebody-else")


async def _foreign_reply(talk: Talk) -> list[Event]:
    return await talk.say("done", reply_to="$somebody-else")


async def _too_many(talk: Talk) -> list[Event]:
    for number in range(20):
        await talk.say(f"!task {number}")
    return await talk.say("!task one more")


async def _twice(talk: Talk) -> list[Event]:
    await talk.say("!task one", event="$same")
    return await talk.say("!task one", event="$same")


async def _damaged(talk: Talk) -> list[Event]:
    await talk.say("!task one", room="!good:x")
    await talk.say("!task one")
    store = talk.room.dispatcher.store
    await store.close()
    path = next(
        one
        for one in talk.data.rglob("*.json")
        if ROOM.encode() in one.read_bytes() and b'"tasks"' in one.read_bytes()
    )
    path.write_bytes(path.read_bytes()[:-100])
    reopened = FileStore(talk.data)
    talk.room.dispatcher.store = talk.room.dispatcher.delivery._store = reopened
    before = len(talk.shown)
    with pytest.raises(Damaged):
        await talk.say("!tasks")
    said = talk.shown[before:]
    assert ["#2 · two"] == bodies(await talk.say("!task two", room="!good:x"))
    return said


def _disk(number: int) -> Scene:
    async def scene(talk: Talk) -> list[Event]:
        await talk.say("!task one")
        before = len(talk.shown)

        with (
            mock.patch("os.fsync", side_effect=OSError(number, "no")),
            pytest.raises(StoreFull),
        ):
            await talk.say("!task two")
        said = talk.shown[before:]
        assert [1] == list((await talk.document()).project.tasks)
        return said

    return scene


async def _bug(talk: Talk) -> list[Event]:
    command = talk.room.dispatcher.assistant.commands.by_handler["tasks.add"]
    handler = command.handler

    def broken(*_arguments: object, **_fields: object) -> None:
        raise ZeroDivisionError

    command.__dict__["handler"] = broken
    try:
        return await talk.say("!task one")
    finally:
        command.__dict__["handler"] = handler


async def _undecryptable(talk: Talk) -> list[Event]:
    first = await talk.hear(Undecryptable(ROOM, "$u1", LEA, NOW))
    assert [] == await talk.hear(Undecryptable(ROOM, "$u2", LEA, NOW))
    return first


async def _cannot_pin(talk: Talk) -> list[Event]:
    deliver = talk.room.door.deliver

    async def without_power(room: str, entry: Entry) -> str | None:
        if entry.kind is Kind.PIN:
            raise Never("403 M_FORBIDDEN")
        return await deliver(room, entry)

    talk.room.door.deliver = without_power  # type: ignore[method-assign]
    await talk.say("!task one")
    said = await talk.until(timedelta(minutes=2))
    return [one for one in said if one.entry.target != "board"]


SCENES: dict[str, Scene] = {
    "two people of the same name": _same_name,
    "an unknown class": _unknown_class,
    "a class code that is a language": _language_code,
    "a class code that is a command": _command_code,
    "a pupil does what teachers do": _not_a_teacher,
    "a pupil deletes another's task": _not_theirs,
    "a reaction to a message that is not ours": _foreign_reaction,
    "a reply to a message that is not ours": _foreign_reply,
    "21 commands in a minute": _too_many,
    "the same event twice": _twice,
    "a damaged room file": _damaged,
    "a full disk": _disk(errno.ENOSPC),
    "a read-only disk": _disk(errno.EROFS),
    "a bug of ours": _bug,
    "an undecryptable message": _undecryptable,
    "no power to pin": _cannot_pin,
}


async def _play(talk: Talk, case: str) -> list[Event]:
    if case in SCENES:
        return await SCENES[case](talk)
    lines = SAYS[case]
    done: list[Event] = []
    for line in [lines] if isinstance(lines, str) else lines:
        done = await talk.say(line)
    return done


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.case)
async def test_row(talk: Talk, row: Row) -> None:
    """What the table says is what happens: one message at the most, in these words."""
    done = await _play(talk, row.case)
    new = [one for one in done if one.entry.kind in {Kind.NOTICE, Kind.TEXT}]

    if row.told == "nobody":
        assert [] == done
        return
    if row.where == "reaction":
        assert [row.text] == [one.entry.key for one in done]
        return
    assert 1 == len(new)
    assert (new[0].entry.reply_to is not None) == (row.where == "in reply")
    assert [] == new[0].entry.mentions
    pattern = ".*".join(re.escape(part) for part in row.text.split("…"))
    assert re.search(pattern, new[0].entry.body, re.DOTALL), new[0].entry.body
    assert len(new[0].entry.body) < 500


async def test_the_words_of_a_task_are_never_lost(talk: Talk) -> None:
    """A task whose date cannot be read is kept with all its words; a long one as a remark too."""
    for line in ("Read by frdiay", "Read by 31 February", "Read by 20 November 2026"):
        await talk.say(f"!task {line}")
    await talk.say("!task " + "word " * 100)

    tasks = (await talk.document()).project.tasks
    assert ["Read by frdiay", "Read by 31 February", "Read by 20 November 2026"] == [
        task.title for task in list(tasks.values())[:3]
    ]
    assert 140 == len(tasks[4].title)
    assert ("word " * 100).strip() == tasks[4].comments[0].text
