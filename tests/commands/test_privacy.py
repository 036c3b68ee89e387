"""Privacy: what is stored, what is held about me, and being forgotten."""

from __future__ import annotations

import json
import logging
import re
from base64 import b64decode
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.matrix.memory import WAITING_LIMIT
from bot.app import declared
from bot.assistant import changes, files, guard, newcomers
from bot.assistant.understanding import Understood
from bot.command import Context
from bot.everywhere import GRACE
from bot.language.line import cut
from bot.language.render import Reader, render
from bot.model import personal, tally
from bot.model.asker import Asker
from bot.model.documents import Change, Kind, Offer, PostedFile, RoomDocument
from bot.model.people import FORMER, Partner, Role
from bot.model.polls import Ballot, Option, Poll, Tap, Urn
from bot.model.project import Project
from bot.model.sifting import MOST_BYTES
from commands import privacy
from tests.commands.conftest import ANA, DUPONT, JONAS, LEA, MARTIN, WEBER, School
from tests.conftest import NOW, PARIS, Open, bodies
from tests.model.test_forgetting import project
from tests.test_every_command import READER, situation

CONTEXT = Context(declared())
ASKER = Asker(LEA, "Léa", Role.PUPIL, "en", "Europe/Paris", NOW)


def said(projects: list[Project], **more: object) -> str:
    outcome = privacy.my_data(projects, replace(ASKER, **more), CONTEXT)  # type: ignore[arg-type]
    assert outcome.says is not None
    return render(outcome.says, Reader(("en",))).body


def test_my_data_names_every_place() -> None:
    """In a direct message: what I chose, and what each shared project holds, by number."""
    assert (
        "Name Léa, language en, time zone UTC.\n"
        "Ports of Europe · PAU · 4 tasks, 1 remark and 5 reminders · #1 #2 #3 #4 R1 R2 R3 R4"
        == said([project()], direct=True)
    )


def test_my_data_without_a_project() -> None:
    """Somebody who shares nothing with the bot reads that."""
    expected = "Name Léa, language en, time zone Europe/Paris.\nWe share no project."
    assert expected == said([], direct=True)


def test_my_data_of_many_projects_fits() -> None:
    """However many there are, the answer has eight lines; the last says how many more."""
    nameless = project()
    nameless.title, nameless.members = "", {}
    lines = said([nameless] * 20, direct=True).splitlines()
    assert (8, "… and 14 more") == (len(lines), lines[-1])
    assert lines[1].startswith("Others · no class · 4 tasks")


async def test_who_shares_several_projects_has_a_name_too(open_talk: Open) -> None:
    """The direct room belongs to no project and knows neither name nor class: the projects do."""
    async with open_talk() as talk:
        for room in ("!one:x", "!two:x"):
            await talk.say("!partner add VOL Volos Europe/Athens", WEBER, room=room, power=50)
            await talk.say("!i am VOL", LEA, room=room, name="Léa M.")
        shown = bodies(await talk.say("!my data", LEA, room="!alone:x", direct=True))
    assert "Name Léa M., language en, time zone Europe/Athens." == shown[0].splitlines()[0]


def test_a_project_without_a_title_is_told_from_others() -> None:
    """Its classes tell which it is, else its newest task; an empty one is just this project."""
    found = project()
    found.title = ""
    assert said([found], direct=True).splitlines()[1].startswith("Others · PAU · 4 tasks")
    found.partners = {code: Partner(code, code, "Europe/Paris") for code in ("PAU", "KRK")}
    assert said([found], direct=True).splitlines()[1].startswith("PAU, KRK · PAU · 4 tasks")
    assert said([Project("!r", NOW)], direct=True).splitlines()[1].startswith("this project · no")


async def test_what_is_stored(school: School) -> None:
    """Six short lines for everybody, with the two commands that follow from them."""
    text = await school.ask("!privacy")
    assert 6 == len(text.splitlines())
    assert "!my data" in text
    assert "!forget me" in text


async def test_my_data_is_not_told_in_a_room(school: School) -> None:
    """A room never reads what is held about one person."""
    assert "That is for you alone: write me !my data in a direct message." == await school.ask(
        "!my data"
    )
    text = await school.ask("my data", room="!direct-lea:x", direct=True)
    assert text.startswith("Name Léa, language en, time zone Europe/Paris.")
    assert "PAU" in text


async def test_being_forgotten_is_asked_back(school: School) -> None:
    """Only a yes of the one who asked erases; then the room's document holds no trace."""
    await school.ask("!task my own idea")
    await school.ask("!1 + a remark")
    await school.ask("!task for me and Jonas @jonas", WEBER)
    shown = await school.talk.say("!forget me")
    (event,) = {one.event for one in shown if "yes, forget me" in one.entry.body}
    assert LEA in (await school.project()).members

    assert "" == await school.tap("👍", event, JONAS)
    assert LEA in (await school.project()).members
    assert "Done. I have forgotten you." == await school.tap("👍", event, LEA)

    project = await school.project()
    assert LEA not in repr(project)
    assert ["my own idea", "for me and Jonas"] == [one.title for one in project.tasks.values()]
    assert FORMER == project.tasks[1].author


@pytest.mark.parametrize("line", ["!forget me now", "!erase me now"])
async def test_who_knows_the_whole_line_may_say_it(school: School, line: str) -> None:
    """The button's line can be typed."""
    shown = await school.talk.say(line)
    assert ["Done. I have forgotten you."] == bodies(shown)
    assert LEA not in (await school.project()).members


# --- everything held about me -------------------------------------------------------------------


def held(*projects: Project, documents: tuple[RoomDocument, ...] = ()) -> dict[str, Any]:
    return json.loads(json.dumps(personal.about(projects, ASKER, documents)))  # type: ignore[no-any-return]


def test_everything_held_about_me_and_nobody_else() -> None:
    """Each thing that I made, was given, ticked, wrote or chose stands there; others nowhere."""
    found = project()
    found.tasks[6].title = f"Ask {JONAS}"
    found.tasks[6].assignees = [LEA]
    plain = held(found)
    (one,) = plain["projects"]

    assert (LEA, "Léa") == (plain["comenius"]["about"], plain["person"]["name"])
    assert [1, 2, 3, 4, 5, 6] == [task["number"] for task in one["tasks"]]
    assert [True, False] == [task["by_you"] for task in one["tasks"][:2]]
    assert one["tasks"][1]["given_to_you"]
    assert ["PAU"] == list(one["tasks"][2]["ticked_by_you"])
    assert one["tasks"][3]["finished_by_you"]
    assert ["x"] == [remark["text"] for remark in one["tasks"][4]["your_remarks"]]
    assert [1, 2, 3, 4, 5] == [reminder["number"] for reminder in one["reminders"]]
    assert [1] == [milestone["number"] for milestone in one["milestones"]]
    assert [1] == [publication["number"] for publication in one["publications"]]
    assert JONAS not in json.dumps(plain)
    assert "y" not in [r["text"] for task in one["tasks"] for r in task["your_remarks"]]


def test_my_votes_are_mine_and_a_secret_one_is_not_known() -> None:
    """What I chose is told; of a secret ballot only that I voted."""
    found, options = Project("!r", NOW), [Option("blue"), Option("green")]
    found.polls = {
        1: Poll(1, "Logo?", JONAS, NOW, Ballot.ONE, options, votes={LEA: [2], JONAS: [1]}),
        2: Poll(2, "Days?", JONAS, NOW, Ballot.MANY, options, taps={"$t": Tap(LEA, 1)}),
        3: Poll(3, "Chair?", JONAS, NOW, Ballot.SECRET, options),
        4: Poll(4, "Others?", JONAS, NOW, Ballot.ONE, options, votes={JONAS: [1]}),
    }
    found.urns = {3: Urn([JONAS, LEA], [2, 0])}
    plain = held(found)
    one, two, three = plain["projects"][0]["polls"]

    assert [2] == one["your_votes"]
    assert ["$t"] == two["your_reactions"]
    assert personal.SECRET == three["your_secret_vote"]
    assert [] == three["your_votes"]
    assert JONAS not in json.dumps(plain)


def test_what_a_room_keeps_for_a_while_is_told_too() -> None:
    """Commands of the last minutes, questions that wait for me, once-a-day notes."""
    document = RoomDocument(project())
    document.changes = [Change("$1", LEA, NOW), Change("$2", JONAS, NOW)]
    document.offers = [Offer("answer $1", NOW, [LEA])]
    document.offers += [
        Offer("about a", NOW, [], {"✅": f"link p1 to {who}"}) for who in (LEA, ANA)
    ]
    document.extra = {f"undecryptable {LEA}": "x", f"undecryptable {JONAS}": "x"}
    document.extra["newcomers"] = {"since": "x", "users": [JONAS, LEA]}
    document.files = {
        "$f": PostedFile("mxc://x/y", NOW, "mine.ics", LEA),
        "$g": PostedFile("mxc://x/z", NOW, "other.ics", JONAS),
    }
    (one,) = held(document.project, documents=(document,))["projects"]

    assert ["$1"] == [change["event"] for change in one["recent_commands"]]
    assert 2 == len(one["open_questions"])
    assert ["undecryptable", "newcomers"] == one["notes"]
    assert ["mine.ics"] == [file["name"] for file in one["posted_files"]]
    assert JONAS not in json.dumps(one)


async def test_the_file_comes_in_the_direct_room_only(school: School) -> None:
    """One short message and one file, which only the asker sees; in the room there is none."""
    await school.ask("!task Film the tour @lea", WEBER)
    assert [] == [one for one in await school.talk.say("!my data") if one.entry.kind is Kind.FILE]
    shown = await school.talk.say("my data", room="!direct-lea:x", direct=True)
    (file,) = [one.entry for one in shown if one.entry.kind is Kind.FILE]

    assert 1 == len(bodies(shown))
    assert ("my-data.json", "!direct-lea:x") == (file.file, file.room)
    plain = json.loads(b64decode(file.content))
    assert "!direct-lea:x" == plain["person"]["direct_room"]
    assert ["Film the tour"] == [one["title"] for one in plain["projects"][0]["tasks"]]


# --- being forgotten ------------------------------------------------------------------------------


async def test_cards_and_the_board_forget_in_every_room(open_talk: Open) -> None:
    """What shows a name is edited at once, wherever the asker was, before the answer is old."""
    lea, other = "@leonie.unique:pau.example", "!other:example.org"
    async with open_talk() as talk:
        for room in (None, other):
            more: dict[str, object] = {"room": room} if room else {}
            await talk.say("!task Film @leonie.unique:pau.example", lea, name="Léonie U.", **more)
        await talk.say("!task Cut @leonie.unique:pau.example", WEBER, room="!never:x")
        await talk.say("my data", lea, room="!alone:x", direct=True)
        await talk.say("tasks", lea, room="!alone:x", direct=True)
        await talk.until(timedelta(minutes=5))
        await talk.say("!forget me now", lea)
        edits = [one.entry for one in await talk.until(timedelta(minutes=5))]
        assert not any("Léonie" in one.body for one in edits)
        shown = [one.entry for one in talk.shown if one.entry.kind is Kind.EDIT]
        assert {"task 1", "board"} <= {one.target for one in shown}
        assert "#1 · Film" in shown[-1].body
        for room in ("!room:example.org", other, "!never:x"):
            async with talk.room.dispatcher.store.hold(room) as document:
                assert document.room is not None
                assert lea not in repr(document.room)
    _nowhere(talk.data, "leonie", "Léonie")


async def test_whatever_somebody_did_is_forgotten(open_talk: Open) -> None:
    """After each example of each command, typed by somebody who then asks: no file knows them."""
    lea, name = "@leonie.unique:pau.example", "Léonie Unique"
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        await talk.join(lea, name, 100)
        await talk.say("!partner add PAU Pau fr", WEBER)
        for one in declared().all:
            if "forget" not in one.example:
                await talk.say(f"!{one.example}", lea)
                await talk.until(timedelta(seconds=10))
        await talk.say(f"!task for her {lea}", WEBER)
        await talk.say("my data", lea, room="!direct-lea:x", direct=True)
        assert 1 == len(bodies(await talk.say("!forget me now", lea)))
    _nowhere(talk.data, "leonie", "Léonie")


def _nowhere(folder: Path, *words: str) -> None:
    """Assert that no stored file holds any of *words*."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    found = [(path.name, w) for path in files for w in words if w.encode() in path.read_bytes()]
    assert [] == found


# --- retention ------------------------------------------------------------------------------------


async def test_being_forgotten_gives_no_second_secret_vote(school: School) -> None:
    """A mark that nobody can read stays in the urn until it is erased with the close."""
    lea, alone = "@lea.forgetful:pau.example", {"room": "!alone:x", "direct": True}
    await school.talk.join(lea, "Léa F.")
    await school.talk.say("!poll secret Speaker? Ana / Jonas", WEBER)
    assert "Your vote is in." in "".join(bodies(await school.talk.say("!vote Q1 1", lea, **alone)))
    await school.talk.say("!forget me now", lea, **alone)
    _nowhere(school.talk.data, "lea.forgetful", "Léa F.")
    await school.talk.join(lea, "Léa F.")
    again = bodies(await school.talk.say("!vote Q1 2", lea, **alone))
    assert ["You have voted already. A secret vote cannot be changed."] == again
    assert [1, 0] == (await school.project()).urns[1].counts


async def test_a_coordinator_decides_how_long_things_are_kept(school: School) -> None:
    """Others read it; a coordinator sets it in months, and it can be lifted."""
    stays = "Here everything stays as long as the project lasts."
    assert stays == (await school.ask("!retention")).splitlines()[0]
    assert "Only a coordinator can do that." == await school.ask("!retention 12 months", WEBER)
    expected = "Every night I erase what was finished more than 12 months ago."
    assert expected == await school.ask("!retention 12 months", DUPONT)
    assert expected in await school.ask("!privacy")
    assert 7 == len((await school.ask("!privacy")).splitlines())
    assert "Between 1 and 120 months, please." == await school.ask("!retention 0 months", DUPONT)
    assert "more than 1 month ago" in await school.ask("!retention 1 month", DUPONT)
    assert stays == await school.ask("!retention off", DUPONT)
    assert (await school.project()).retention_days is None


async def test_what_is_finished_goes_at_night(school: School) -> None:
    """Said beforehand, done at night, the board follows, the number is never given again."""
    await school.ask("!task Old")
    await school.ask("!1 done")
    await school.ask("!task Open")
    await school.talk.until(timedelta(days=40))
    said = await school.ask("!retention 1 month", DUPONT)
    assert (
        "1 entry will be erased tonight. Is that not what you want? Write !retention off now."
        == said.splitlines()[1]
    )
    assert [1, 2] == list((await school.project()).tasks)

    shown = await school.talk.until(timedelta(days=1))
    boards = [one.entry.body for one in shown if one.entry.target == "board"]
    assert [2] == list((await school.project()).tasks)
    assert "0 of 1 task done" in boards[-1]
    assert "There is no #1. Latest: #2." == await school.ask("!1")
    assert (await school.ask("!task New")).startswith("#3 ")


async def test_what_was_missed_is_made_up_for(open_talk: Open) -> None:
    """A bot that was off for weeks erases what was to go as soon as it is back."""
    async with open_talk() as talk:
        await talk.join(DUPONT, "Ms Dupont", 100)
        await talk.say("!task Old", DUPONT)
        await talk.say("!1 done", DUPONT)
        await talk.say("!retention 1 month", DUPONT)
    async with open_talk(now=datetime(2027, 6, 1, 12, 0, tzinfo=PARIS)) as talk:
        assert {} == (await talk.document()).project.tasks


async def test_a_room_that_was_left_is_kept_for_30_days(school: School) -> None:
    """Invited again in time, the project is there as it was; later it is gone for good."""
    dispatcher = school.talk.room.dispatcher
    await school.ask("!task Film")
    await school.ask("!retention 1 month", DUPONT)
    await school.talk.kick()
    await school.talk.until(timedelta(days=29))
    await dispatcher.forget_left_rooms()
    await school.talk.invite(DUPONT, "!room:example.org")
    assert "Film" in await school.ask("!tasks")
    assert 30 == (await school.project()).retention_days

    await school.talk.kick()
    await school.talk.until(timedelta(days=31))
    await dispatcher.forget_left_rooms()
    async with dispatcher.store.hold("!room:example.org") as held:
        assert held.room is None
    _nowhere(school.talk.data, "Film", LEA)


# --- the log --------------------------------------------------------------------------------------


async def test_the_log_holds_no_word_and_no_id(
    open_talk: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """A long story at level DEBUG: no name, no id and no word of anybody is in any record."""
    caplog.set_level(logging.DEBUG)
    async with open_talk() as talk:
        await talk.join(WEBER, "Webersecret", 100)
        await talk.join(LEA, "Leasecret")
        await talk.say("!partner add PAU Pausecret fr", WEBER)
        for who in (WEBER, LEA):
            for one in declared().all:
                await talk.say(f"!{one.example}", who)
                await talk.until(timedelta(seconds=10))
        await talk.say("!task wordsecret by frdiay @lea", MARTIN)
        await talk.say("!nonsensesecret", LEA)
        await talk.until(timedelta(days=30))
        await talk.kick()
    records = [record.getMessage() for record in caplog.records]
    secrets = ("secret", "@", "$in", ".example", "!room")
    assert [] == [one for one in records for word in secrets if word in one]


# --- the page for data protection officers --------------------------------------------------------


PAGE = (Path(__file__).parents[2] / "docs" / "data-protection.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", sorted(set(re.findall(r"`!([^`]+)`", PAGE))))
def test_every_command_on_the_page_exists(line: str) -> None:
    """What the page tells people to write is understood."""
    found = READER.read(cut(line), situation(READER.commands.all[0], "en"))
    assert isinstance(found, Understood), line
    assert () == found.match.troubles


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("the last 300", changes.KEPT),
        ("up to 200 messages", WAITING_LIMIT),
        ("only if five or more have voted", tally.LEAST_SECRET),
        ("at most 1 MB", MOST_BYTES),
        ("30 days, so that a mistake", GRACE.days),
        ("posted, 1 hour", files.STAYS / timedelta(hours=1)),
        ("not greeted yet, 30 minutes", newcomers.PATIENCE / timedelta(minutes=1)),
        ("a note of the guard means 1 day", guard.STALE / timedelta(days=1)),
    ],
)
def test_numbers_on_the_page_are_those_of_the_code(words: str, value: int) -> None:
    """Who changes one of them changes the page too."""
    numbers = {"five": 5, "1 MB": 1_000_000, "300": 300, "200": 200, "30 days": 30}
    numbers |= {"1 hour": 1, "30 minutes": 30, "1 day": 1}
    assert words in PAGE
    assert value in {n for word, n in numbers.items() if word in words}
