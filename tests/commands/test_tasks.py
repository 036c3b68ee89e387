"""Tasks: who does what, by when; and where a title ends and a date begins."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.model.due import Due
from bot.model.tasks import State, Task
from tests.commands.conftest import ANA, DUPONT, JONAS, LEA, MARTIN, WEBER, School
from tests.conftest import Open, bodies

TABLE = Path(__file__).parents[2] / "docs" / "dates-in-titles.md"
FRIDAY = Due(date(2026, 11, 27))
UNKNOWN = "I do not know “nobody”. Type @ and pick a name from the list."


async def task(school: School, number: int = 1) -> Task:
    return (await school.project()).tasks[number]


class Row(NamedTuple):
    """One row of docs/dates-in-titles.md."""

    language: str
    typed: str
    title: str
    day: str
    said: str


def rows() -> list[Row]:
    """Return the rows of the page."""
    found = []
    language = ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            language = {"English": "en", "Français": "fr"}[line[3:]]
        elif line.startswith("| `"):
            typed, title, day, said = (cell.strip() for cell in line.strip("|").split("|"))
            found.append(Row(language, typed.strip("`"), title, day, said))
    return found


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.typed)
async def test_dates_in_titles(open_talk: Open, row: Row) -> None:
    """Each row of docs/dates-in-titles.md is what happens: the page cannot be wrong."""
    async with open_talk(languages=(row.language,)) as talk:
        for user in ("@weber:x", "@ana:x", "@sam:x"):
            await talk.join(user, user[1:-2].title(), 50 * (user == "@weber:x"))
        await talk.say("!partner add PAU Pau Europe/Paris", "@weber:x")
        await talk.say("!partner add KRK Kraków Europe/Warsaw", "@weber:x")

        (body,) = bodies(await talk.say(f"!{row.typed}"))

        task = (await talk.document()).project.tasks[1]
        day, clock = task.due and task.due.day, task.due and task.due.clock
        assert row.title == task.title
        assert row.day == " ".join(
            filter(None, [f"{day or ''}", f"{clock:%H:%M}" if clock else ""])
        )
        said = body.removeprefix(f"#1 · {row.title}").strip(" ·\n")
        assert " ".join(row.said.split()) == " ".join(said.split())


def test_the_table_is_long_enough() -> None:
    """Both languages have rows for every rule of the page."""
    languages = [row.language for row in rows()]
    assert min(languages.count("en"), languages.count("fr")) >= 40


async def test_a_task_is_put_on_the_board(school: School) -> None:
    """One line makes a task; its card names title, classes, day, hour and places."""
    said = await school.ask("!task Film the school tour by 12 March everyone")

    assert "#1 · Film the school tour · PAU, KOL · Fri 12 Mar, 18:00 Pau, Köln" == said
    found = await task(school)
    assert (LEA, True, State.TODO) == (found.author, found.shared, found.state)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("!task Film", "#1 · Film"),
        ("!task Film @ana friday", "#1 · Film · Ana · Fri 27 Nov, 18:00 Paris"),
        ("!task Film me", "#1 · Film me"),
        ("!task Film for me", "#1 · Film · Léa"),
        ("!task Film PAU", "#1 · Film · PAU"),
        ("!task Film @ana and KOL", "#1 · Film · Ana, KOL"),
        ("!task Film for @nobody", f"#1 · Film for @nobody\n{UNKNOWN}"),
    ],
)  # fmt: skip
async def test_how_a_task_is_typed(school: School, line: str, said: str) -> None:
    """People, classes and dates are options; work is saved even where they are not read."""
    assert said == await school.ask(line)


async def test_a_long_title_is_cut_and_kept_as_a_remark(school: School) -> None:
    """140 characters make a title; nothing that was written is lost."""
    title = " ".join(["word"] * 60)
    await school.ask(f"!task {title}")
    await school.ask("!task Film")
    await school.ask(f"!2 = {title}")

    for number in (1, 2):
        found = await task(school, number)
        assert len(found.title) <= 140
        assert found.title.endswith("…")
        assert [title] == [remark.text for remark in found.comments]


@pytest.mark.parametrize(
    ("line", "state", "reaction"),
    [
        ("!1 done", State.DONE, "✅"),
        ("!done 1", State.DONE, "✅"),
        ("!#1 it's done", State.DONE, "✅"),
        ("!task 1 done", State.DONE, "✅"),
        ("!1 ✅", State.DONE, "✅"),
        ("!1 doing", State.DOING, "👍"),
        ("!1 waiting", State.WAITING, "👍"),
        ("!1 todo", State.TODO, "👍"),
    ],
)
async def test_states(school: School, line: str, state: State, reaction: str) -> None:
    """A state changes silently: a reaction on the message, and the card is edited."""
    await school.ask("!task Film")
    assert reaction == await school.ask(line)
    assert state is (await task(school)).state


async def test_done_and_open_again(school: School) -> None:
    """Who ticked it and when is on the card; opened again, that is gone."""
    await school.ask("!task Film")
    await school.ask("!1 done", JONAS)
    assert "#1 ✅ · Film\nDone by Jonas, Sun 22 Nov, 15:02." == await school.ask("!1")
    await school.ask("!1 done")
    finished = (await task(school)).finished
    assert finished is not None
    assert JONAS == finished.by

    await school.ask("!1 doing")
    assert "#1 ▶ · Film\nState: in progress." == await school.ask("!show 1")
    assert (await task(school)).finished is None


async def test_every_class_ticks_its_own_part(school: School) -> None:
    """A shared task is done when all parts are; the card says whose is missing."""
    await school.ask("!task Film everyone")
    assert "✅" == await school.ask("!1 done")
    assert State.TODO is (await task(school)).state
    assert "#1 · Film · PAU ✅, KOL\nStill missing: KOL." == await school.ask("!1")

    assert "Every class ticks its own part. Tell me your class first: !i am PAU" == (
        await school.ask("!1 done", ANA)
    )
    await school.ask("!1 done", JONAS)
    assert State.DONE is (await task(school)).state


async def test_a_pupil_opens_only_the_part_of_their_class(school: School) -> None:
    """Opening again takes one's own tick away; a teacher's takes them all."""
    await school.ask("!task Film for PAU and KOL")
    await school.ask("!1 done")
    await school.ask("!1 todo", JONAS)
    assert ["PAU"] == list((await task(school)).ticks)
    await school.ask("!1 todo")
    assert [] == list((await task(school)).ticks)
    await school.ask("!1 done")
    await school.ask("!1 todo", WEBER)
    assert [] == list((await task(school)).ticks)


async def test_a_teacher_without_a_class_ticks_all_parts(school: School) -> None:
    """Somebody has to be able to close a task."""
    await school.talk.join("@head:x", "The head", 50)
    await school.ask("!task Film everyone")
    await school.ask("!1 done", "@head:x")
    found = await task(school)
    assert State.DONE is found.state
    assert {"PAU", "KOL"} == set(found.ticks)


@pytest.mark.parametrize("line", ["!take 1", "!1 mine", "!i'll take 1", "!1 ✋"])
async def test_take_and_drop(school: School, line: str) -> None:
    """Anybody takes a task, once, and gives it back."""
    await school.ask("!task Film")
    assert "✋" == await school.ask(line, JONAS)
    await school.ask("!take 1", JONAS)
    assert [JONAS] == (await task(school)).assignees
    assert "👍" == await school.ask("!drop 1", JONAS)
    assert [] == (await task(school)).assignees


async def test_assign_and_unassign(school: School) -> None:
    """A task is given to people, classes, everyone, and taken from them, in any wording."""
    await school.ask("!task Film")
    for line in ("!1 @ana", "!1 for PAU and KOL", "!assign 1 to everyone", "!1 @ana PAU"):
        assert "👍" == await school.ask(line)
    found = await task(school)
    assert ([ANA], ["PAU", "KOL"], True) == (found.assignees, found.partners, found.shared)

    for line in ("!1 without PAU", "!unassign 1 everyone", "!1 not @ana"):
        assert "👍" == await school.ask(line)
    found = await task(school)
    assert ([], ["KOL"], False) == (found.assignees, found.partners, found.shared)


@pytest.mark.parametrize(
    "line",
    ["!1 friday", "!1 by friday", "!move 1 to friday", "!1 -> friday", "!1 → 27/11"],
)
async def test_move(school: School, line: str) -> None:
    """The new date is said in full for the classes concerned."""
    await school.ask("!task Film KOL")
    assert "#1 → Fri 27 Nov, 18:00 Köln" == await school.ask(line, JONAS)
    assert FRIDAY == (await task(school)).due


async def test_moved_again(school: School) -> None:
    """The date before is said as well, and taking it off is silent."""
    await school.ask("!task Film friday")
    assert (
        "#1 → Fri 4 Dec, 18:00 Pau, Köln\nBefore: Fri 27 Nov, 18:00 Pau, Köln."
        == await school.ask("!1 4 december")
    )
    assert "👍" == await school.ask("!1 no date")
    assert (await task(school)).due is None


async def test_a_doubtful_date_is_asked_about(school: School) -> None:
    """Both days are offered as buttons, with the hour where one was said."""
    await school.ask("!task Film")
    said, buttons = await school.offered("!1 next friday 10:00")
    assert "Which day do you mean? 🇦 Fri 27 Nov, 10:00 · 🇧 Fri 4 Dec, 10:00" == said
    assert ["🇦", "🇧"] == buttons
    assert (await task(school)).due is None


@pytest.mark.parametrize("line", ["!1 yesterday", "!1 20/11", "!1 31/02", "!1 monday 24 november"])
async def test_a_date_that_cannot_be_is_refused(school: School, line: str) -> None:
    """The past and days that are not in the calendar are explained; nothing changes."""
    await school.ask("!task Film friday")
    assert "Which" in (said := await school.ask(line)) or "calendar" in said
    assert FRIDAY == (await task(school)).due


async def test_an_hour_that_is_over_is_past(school: School) -> None:
    """A deadline without an hour means 18:00, and after that today is over."""
    await school.talk.until(timedelta(hours=4))
    assert "Sun 22 Nov is already past. Which day do you mean?" == (
        await school.ask("!task Film by 2026-11-22")
    )
    await school.ask("!task Film")
    assert "Sun 22 Nov is already past. Which day do you mean?" == (
        await school.ask("!1 2026-11-22")
    )


async def test_titles_remarks_labels_leads(school: School) -> None:
    """What a task is made of is changed by one word after its number."""
    await school.ask("!task Film")
    for line, reaction in (
        ("!1 = Film the tour", "👍"),
        ("!rename 1 to Film the school", "👍"),
        ("!1 + photo 3 is missing", "💬"),
        ("!comment 1 photo 4 too", "💬"),
        ("!1 +video", "🏷️"),
        ("!1 +Été", "🏷️"),
        ("!1 +video", "🏷️"),
        ("!1 lead 1d 7d 1d", "⏰"),
        ("!1 pl: Sfilmować szkołę", "👍"),
    ):
        assert reaction == await school.ask(line), line

    found = await task(school)
    assert "Film the school" == found.title
    assert ["photo 3 is missing", "photo 4 too"] == [one.text for one in found.comments]
    assert ["ete"] == found.tags
    assert [timedelta(7), timedelta(1)] == found.leads
    assert {"pl": "Sfilmować szkołę"} == found.titles
    assert ["pl"] == list(found.sources)
    assert (
        "#1 · Film the school · +ete\nPL  Sfilmować szkołę\nLéa: photo 3 is missing\n"
        "Léa: photo 4 too" == await school.ask("!1")
    )


async def test_a_translation_knows_where_it_was_said(school: School) -> None:
    """Each holds the message it was quoted from, the newest, so that it can be taken back."""
    await school.ask("!task Film")
    await school.ask("!1 pl: Sfilmowac", event="$first")
    await school.ask("!1 pl: Sfilmować", event="$pl")
    await school.ask("!1 de: Filmen", event="$de")
    found = await task(school)
    assert {"pl": "$pl", "de": "$de"} == found.sources
    assert {"pl": "Sfilmować", "de": "Filmen"} == found.titles


async def test_a_pupil_of_another_class_cannot_dissolve_a_task(school: School) -> None:
    """Everyone's task stays everyone's; its author's class and teachers may change that."""
    await school.ask("!task Film everyone")
    refused = "This task belongs to others. Ask a teacher to do it."
    for line in ("!1 without everyone", "!1 lead 1d", "!1 +video"):
        assert refused == await school.ask(line, JONAS), line
    found = await task(school)
    assert (True, None, []) == (found.shared, found.leads, found.tags)
    assert "👍" == await school.ask("!1 without everyone", WEBER)
    assert not (await task(school)).shared


async def test_delete_and_restore(school: School) -> None:
    """Its author deletes a task and brings it back; until then it says how."""
    await school.ask("!task Film")
    assert "🗑️" == await school.ask("!delete 1")
    assert "#1 was deleted. !restore 1 brings it back." == await school.ask("!1 done")
    assert "#1 · Film" == await school.ask("!restore 1")
    assert "🗑️" == await school.ask("!1 delete", WEBER)
    assert "#1 · Film" == await school.ask("!1 bring back", WEBER)


@pytest.mark.parametrize(
    "line", ["!9", "!9 done", "!delete 9", "!restore 9", "!9 friday", "!take 9"]
)
async def test_no_such_task(school: School, line: str) -> None:
    """The latest numbers are named; before there are any, that is said."""
    assert "There is no #9. There are no tasks yet." == await school.ask(line)
    for title in ("one", "two", "three", "four"):
        await school.ask(f"!task {title}")
    assert "There is no #9. Latest: #2, #3 and #4." == await school.ask(line)


TICKS = ["!1 todo", "!1 doing", "!1 waiting"]
"""What those do whom a task concerns: of a task that is nobody's or everybody's, anybody."""
CHANGES = [
    "!1 KOL", "!1 without KOL", "!1 friday", "!1 no date", "!1 = X", "!1 +x", "!1 lead 1d"
]  # fmt: skip
"""What only those do who wrote it or have it, and their classes."""
FREE = ["!1 + a remark", "!take 1", "!drop 1", "!1 pl: X", "!1"]
"""What everybody does."""
TICKED_BY = {
    "!task Quiz PAU": {LEA},
    "!task Quiz for @ana": {LEA, ANA},
    "!task Quiz": {LEA, ANA, JONAS},
    "!task Quiz everyone": {LEA, ANA, JONAS},
}
CHANGED_BY = {
    "!task Quiz PAU": {LEA},
    "!task Quiz for @ana": {LEA, ANA},
    "!task Quiz": {LEA},
    "!task Quiz everyone": {LEA},
}


@pytest.mark.parametrize("given", TICKED_BY)
@pytest.mark.parametrize("who", [LEA, JONAS, ANA, MARTIN, WEBER])
async def test_who_changes_a_task(school: School, given: str, who: str) -> None:
    """A task is changed by its people, its author's class and theirs, and by teachers."""
    await school.ask(given, DUPONT)
    for lines, by in ((TICKS, TICKED_BY), (CHANGES, CHANGED_BY)):
        for line in lines:
            before = repr((await school.project()).tasks)
            said = await school.ask(line, who)
            if who in {*by[given], MARTIN, WEBER}:
                assert "belongs to" not in said, line
            else:
                assert said.startswith("This task belongs to "), line
                assert said.endswith("Ask a teacher to do it."), line
                assert before == repr((await school.project()).tasks), line
    for line in FREE:
        assert "belongs to" not in await school.ask(line, who), line


@pytest.mark.parametrize("who", [JONAS, ANA])
async def test_a_pupil_does_not_delete_what_others_wrote(school: School, who: str) -> None:
    """Only its author and teachers delete a task, or bring it back."""
    await school.ask("!task Film")
    assert "Only teachers delete other people's tasks. Ask a teacher to do it." == (
        await school.ask("!delete 1", who)
    )
    await school.ask("!delete 1")
    assert "Only teachers bring other people's tasks back. Ask a teacher to do it." == (
        await school.ask("!restore 1", who)
    )


@pytest.mark.parametrize("line", ["1 done?", "done 1 ?", "1 delete?"])
async def test_a_question_is_no_deed(school: School, line: str) -> None:
    """Who asks whether it is done does not tick it: the bot asks back what is meant."""
    await school.ask("!task Film")
    before = await task(school)
    assert f"Did you mean !{line.rstrip(' ?')}? 👍 = yes" == await school.ask(f"!{line}")
    assert before == await task(school)


async def test_a_question_in_a_reply_is_for_the_others(school: School) -> None:
    """Under a card people ask each other; the bot keeps still, and nothing changes."""
    card = await school.card("!task Film")
    before = await task(school)
    assert not await school.ask("done?", reply_to=card)
    assert before == await task(school)
