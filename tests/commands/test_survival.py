"""Survival: a project leaves one room as a file and lives on in another, its people found again."""

from __future__ import annotations

import csv
import io
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.console.door import ROOM, Event
from bot.app import line_room
from bot.heard import Joined, Posted, Said
from bot.model.documents import Kind
from bot.model.unlinked import user_of
from bot.settings import Settings
from tests.commands.conftest import DUPONT, JONAS, LEA, MARTIN, WEBER, School
from tests.conftest import NOW, Talk, bodies

NEW_LEA, NEW_WEBER = "@newlea:pau.example", "@newweber:koln.example"


def handed_out(shown: list[Event]) -> tuple[str, bytes]:
    """Return the one file that came with the one message."""
    (entry,) = [one.entry for one in shown if one.entry.kind is Kind.FILE]
    assert 1 == len(bodies(shown))
    return entry.file, b64decode(entry.content)


async def work(school: School) -> None:
    """Let the classes work for a while."""
    await school.ask("!task Film the tour by 12 March 14:00 @lea @jonas", WEBER)
    await school.ask("!task =HYPERLINK(1) for KOL", WEBER)
    await school.ask("!1 + I have the camera", LEA)
    await school.ask("!task Diary everyone", WEBER)
    await school.ask("!3 done", JONAS)
    await school.ask("!2 done", WEBER)
    await school.ask("!milestone Video call 15 March 10:00", WEBER)
    await school.ask("!remind everyone to write the diary every friday 14:00", WEBER)
    await school.ask("!holidays KOL 23/12/2026-6/1/2027", WEBER)
    await school.pause()


async def posted(talk: Talk, content: bytes, who: str, **more: Any) -> list[Event]:
    """Post a file; with a `body` it has a caption."""
    file = Posted("project.json", "application/json", b64encode(content).decode())
    more = {"event": f"$file{len(talk.shown)}", "msgtype": "m.file"} | more
    return await talk.hear(Said(ROOM, sender=who, at=talk.room.now(), file=file, **more))


@pytest.fixture
async def new_room(tmp_path: Path) -> AsyncIterator[Talk]:
    """Return a room of next year's server, with two people under new accounts."""
    shown: list[Event] = []
    settings = Settings().model_copy(update={"languages": ("en",), "zone": "Europe/Paris"})
    async with line_room(settings, tmp_path / "new", NOW, shown.append) as room:
        await room.start()
        talk = Talk(room, shown, tmp_path / "new")
        await talk.join(NEW_WEBER, "Ms Weber", 50)
        await talk.hear(Joined(ROOM, "$j", NEW_LEA, NOW, power=0, name="Léa M."))
        yield talk


async def project_of(talk: Talk) -> Any:
    return (await talk.document()).project


@pytest.mark.parametrize("line", ["!export", "!project export", "!export csv", "!export kanboard"])
async def test_only_teachers_hand_the_project_out(school: School, line: str) -> None:
    """A pupil is told who may; a teacher gets one message and one file."""
    assert "Only a teacher can do that." == await school.ask(line, LEA)
    handed_out(await school.talk.say(line, WEBER))


async def test_the_exported_file_names_nobody_s_account(school: School) -> None:
    """One readable file: names and classes, no Matrix id, homeserver or event."""
    await work(school)
    name, content = handed_out(await school.talk.say("!export", WEBER))
    plain = json.loads(content)

    assert "comenius-pau-kol.json" == name
    assert b"\n  " in content
    assert (1, "teacher") == (plain["comenius"]["format"], plain["comenius"]["by"])
    for secret in (b".example", b"@", b"$", ROOM.encode()):
        assert secret not in content, secret
    assert {"Ms Dupont", "Léa", "Jonas"} <= {one["name"] for one in plain["people"]}


async def test_the_export_can_be_asked_for_directly(school: School) -> None:
    """A teacher may ask alone: then the file goes to the direct room only."""
    shown = await school.talk.say("!export", WEBER, room="!direct-weber:x", direct=True)
    handed_out(shown)
    assert {"!direct-weber:x"} == {one.entry.room for one in shown if one.entry.kind is Kind.FILE}


async def test_the_table_runs_no_formula(school: School) -> None:
    """Kanboard's columns; dates it cannot misread; what begins like a formula is plain text."""
    await work(school)
    name, content = handed_out(await school.talk.say("!export csv", WEBER))
    rows = list(csv.DictReader(io.StringIO(content.decode())))

    assert "comenius-pau-kol.csv" == name
    assert ["#1", "#2", "#3"] == [one["Reference"] for one in rows]
    assert "'=HYPERLINK(1)" == rows[1]["Title"]
    assert "2027-03-12 14:00" == rows[0]["Due Date"]
    assert ["To do", "Done", "To do"] == [one["Status"] for one in rows]
    assert ("Léa", "KOL") == (rows[0]["Assignee Username"], rows[1]["Tags"])
    assert "Léa: I have the camera" == rows[0]["Description"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


async def test_the_board_has_kanboards_shape(school: School) -> None:
    """What WeKan's Kanboard import reads: board, columns, swimlanes, tasks."""
    await work(school)
    _name, content = handed_out(await school.talk.say("!export wekan", WEBER))
    plain = json.loads(content)

    assert ["board", "columns", "swimlanes", "tasks"] == list(plain)
    assert ["To do", "In progress", "Waiting", "Done"] == [one["title"] for one in plain["columns"]]
    columns, lanes = ({one[key] for one in plain[part]} for part, key in
                      (("columns", "title"), ("swimlanes", "name")))  # fmt: skip
    first, second, _third = plain["tasks"]
    assert ("2027-03-12 14:00", "Léa", "To do") == (
        first["date_due"], first["owner_username"], first["column_name"]
    )  # fmt: skip
    assert "Köln" == second["swimlane_name"]
    assert {one["column_name"] for one in plain["tasks"]} <= columns
    assert {one["swimlane_name"] for one in plain["tasks"]} <= lanes
    assert b".example" not in content


async def test_a_project_moves_house(school: School, new_room: Talk) -> None:
    """The server is made anew: the file goes into a new room, and people find their work again."""
    await work(school)
    _name, content = handed_out(await school.talk.say("!export", WEBER))
    old = await school.project()

    said = bodies(await posted(new_room, content, NEW_WEBER, body="!project adopt"))
    assert [
        "Here it is: 3 tasks, 1 milestone, 1 reminder and 6 people.",
        "Not this one? !undo undoes it, for 10 minutes.",
        "Who is who? !people shows who is still missing.",
    ] == said[0].splitlines()
    project = await project_of(new_room)
    assert [one.title for one in old.tasks.values()] == [o.title for o in project.tasks.values()]
    assert old.partners["KOL"].holidays == project.partners["KOL"].holidays
    assert old.reminders[1].every == project.reminders[1].every

    assert "people are here" in bodies(await new_room.say("!people", NEW_LEA))[0]
    asked = await new_room.say("!i was Léa", NEW_LEA)
    assert ["Léa M. says: I was Léa. A teacher says yes with ✅."] == bodies(asked)
    assert [] == bodies(await new_room.react("✅", asked[0].event, NEW_LEA))
    done = bodies(await new_room.react("✅", asked[0].event, NEW_WEBER))
    assert ["What was Léa’s is Léa M.’s now: tasks, remarks and class."] == done

    project = await project_of(new_room)
    assert "PAU" == project.members[NEW_LEA].partner
    assert NEW_LEA == project.tasks[1].assignees[0] == project.tasks[1].comments[0].by
    said = bodies(await new_room.say("!task Next", NEW_LEA))
    assert said[0].startswith("#4 · Next")
    rung = await new_room.until(NOW.replace(month=12, day=31))
    pinged = {user for one in rung for user in one.entry.mentions}
    assert all("imported" not in user for user in pinged)
    assert any("write the diary" in one.entry.body for one in rung)


async def test_a_reply_to_the_file_takes_it_up(school: School, new_room: Talk) -> None:
    """The file was posted without words: a reply to it does as well."""
    _name, content = handed_out(await school.talk.say("!export", WEBER))
    await posted(new_room, content, NEW_WEBER, event="$posted")
    said = bodies(await new_room.say("!project adopt", NEW_WEBER, reply_to="$posted"))
    assert said[0].startswith("Here it is: 6 people.")


async def test_taking_up_can_be_taken_back(school: School, new_room: Talk) -> None:
    """Undo leaves the room as it was; the same file can be taken up again."""
    await work(school)
    _name, content = handed_out(await school.talk.say("!export", WEBER))
    before = await project_of(new_room)
    await posted(new_room, content, NEW_WEBER, body="!adopt")
    await new_room.say("!undo", NEW_WEBER)
    after = await project_of(new_room)
    assert ({}, {}, before.members, before.partners) == (
        after.tasks, after.reminders, after.members, after.partners
    )  # fmt: skip
    said = bodies(await posted(new_room, content, NEW_WEBER, body="!adopt"))
    assert said[0].startswith("Here it is: 3 tasks")


async def test_a_room_with_work_takes_nothing_up(school: School) -> None:
    """Nothing is mixed and nothing is lost."""
    await work(school)
    before = await school.project()
    _name, content = handed_out(await school.talk.say("!export", WEBER))
    said = bodies(await posted(school.talk, content, WEBER, body="!project adopt"))
    assert ["This room already has work of its own. Use the file in a new room."] == said
    assert before.tasks == (await school.project()).tasks


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"{}", "That is no project of mine. !project export makes such a file."),
        (b'{"comenius": {"format": 2}}', "A newer version of me made that file."),
        (b" " * 1_000_001, "That file is too big. I read up to 1 MB."),
        (
            b'{"comenius": {"format": 1}, "tasks": [5]}',
            "I cannot use that file. There is a mistake in it, at",
        ),
        (b'{"comenius": {"format": 1}, "tasks": [' + b"1," * 2000 + b"1]}", "There is more in"),
        (b"", "I could not fetch that file. Please post it again."),
    ],
)
async def test_a_strange_file_is_refused_kindly(
    new_room: Talk, content: bytes, answer: str
) -> None:
    """One line says why; nothing changed."""
    before = await project_of(new_room)
    said = bodies(await posted(new_room, content, NEW_WEBER, body="!project adopt"))
    assert 1 == len(said)
    assert said[0].startswith(answer)
    assert before == await project_of(new_room)


async def test_without_a_file_the_bot_says_how(school: School) -> None:
    """A teacher learns how; a pupil that they may not."""
    expected = "Post the exported file with the words !project adopt, or reply to it with them."
    room = [line for line in [await school.ask("!project adopt", WEBER)] if line]
    assert [expected] == room
    assert "Only a teacher can do that." == await school.ask("!project adopt", LEA)


@pytest.fixture
async def moved(school: School, new_room: Talk) -> School:
    """Return the new room after the move."""
    await work(school)
    _name, content = handed_out(await school.talk.say("!export", WEBER))
    await posted(new_room, content, NEW_WEBER, body="!project adopt")
    await new_room.until(NOW.replace(minute=5))
    return School(new_room)


async def test_whom_the_room_waits_for(moved: School) -> None:
    """Names, classes and their open tasks, in eight lines at the most."""
    said = (await moved.ask("!people", NEW_LEA)).splitlines()
    assert (
        "2 people are here. I am still waiting for these people. A teacher "
        "writes !link Ms Dupont to @…" == said[0]
    )
    assert "Léa · PAU · #1" in said
    assert 7 == len(said)


async def test_a_teacher_links_by_hand(moved: School) -> None:
    """By name, by name and class, or by number; a pupil may not, and undo takes it back."""
    assert "Only a teacher can do that." == await moved.ask("!link Léa to @newlea", NEW_LEA)
    assert "What was Léa’s is" in await moved.ask("!link Léa to @newlea", NEW_WEBER)
    assert user_of("p4") not in (await moved.project()).members
    await moved.ask("!undo", NEW_WEBER)
    project = await moved.project()
    assert [user_of("p4"), user_of("p5")] == project.tasks[1].assignees
    assert project.members[NEW_LEA].partner is None
    assert "What was Léa’s is" in await moved.ask("!link Léa PAU to @newlea", NEW_WEBER)
    assert "What was Ms Weber’s is" in await moved.ask("!link p2 to me", NEW_WEBER)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("!link Nobody to @newlea", "Nobody is not missing. !people shows who is."),
        ("!link Léa to everyone", "Name one person: type @ and pick a name from the list."),
        ("!link Léa to @stranger:x", "That person has to be in the room first."),
        ("!link Léa to @p5:imported", "That person has to be in the room first."),
    ],
)
async def test_what_cannot_be_linked(moved: School, line: str, answer: str) -> None:
    """Nothing is guessed: the answer says what is missing."""
    assert answer == await moved.ask(line, NEW_WEBER)


async def test_two_of_one_name_are_told_apart(moved: School) -> None:
    """The bot asks which of them, by the number in the file."""
    document = await moved.talk.document()
    document.project.members[user_of("p5")].name = "Léa"
    async with moved.talk.room.dispatcher.store.hold(ROOM) as held:
        held.room = document
        await held.commit()
    said = await moved.ask("!link Léa to @newlea", NEW_WEBER)
    assert "There are several. Write the number instead: p4 Léa PAU and p5 Léa KOL" == said
    assert "What was Léa’s is" in await moved.ask("!link Léa KOL to @newlea", NEW_WEBER)


async def test_the_first_name_does_if_it_is_the_only_one(moved: School) -> None:
    """Teachers type "Tom" for Tom Weber; who is called just so comes first."""
    async with moved.talk.room.dispatcher.store.hold(ROOM) as held:
        assert held.room is not None
        for key, name in (("p4", "Léa Martin"), ("p5", "Léa Dupuis"), ("p6", "Tom Weber")):
            held.room.project.members[user_of(key)].name = name
        await held.commit()
    said = await moved.ask("!link Léa to @newlea", NEW_WEBER)
    assert said.startswith("There are several. Write the number instead: p4 Léa Martin PAU")
    assert "To is not missing." in await moved.ask("!link To to @newlea", NEW_WEBER)
    assert "What was Tom Weber’s is" in await moved.ask("!link tom to @newlea", NEW_WEBER)


async def test_a_teacher_needs_nobody_to_believe_them(moved: School) -> None:
    """Who is a teacher here is one; roles of the old room do not come along."""
    assert "What was Ms Dupont’s is" in await moved.ask("!i was Ms Dupont", NEW_WEBER)
    members = (await moved.project()).members
    assert (None, 50) == (members[NEW_WEBER].role, members[NEW_WEBER].power)


async def test_a_room_that_waits_for_nobody(school: School) -> None:
    """Nothing was taken up: nobody is to be found."""
    assert "6 people are here. Nobody is missing." == await school.ask("!people", JONAS)
    expected = "Everybody has been found."
    assert expected == await school.ask("!link Tom to @lea", MARTIN)
    assert expected == await school.ask("!i was Tom", DUPONT)
