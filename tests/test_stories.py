"""Every story is true: played through the whole assistant it is written anew as it stands.

`WRITE_STORIES=1 make test ARGS=tests/test_stories.py` writes the bot's lines as they come now, for
the author to review.
"""

from __future__ import annotations

import asyncio
import os
import re
from importlib.resources import files
from pathlib import Path
from textwrap import dedent

import pytest

from bot.adapters.console.playing import rewritten
from bot.adapters.console.stage import Stage
from bot.adapters.console.story import StoryTrouble, read_story
from bot.app import line_room
from bot.settings import Settings

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
STORIES = sorted((HERE / "stories").glob("*.md"))
DEMO = Path(str(files("bot.data") / "demo.md"))
START = "    Languages: en\n\n    — Sunday 22 November 2026, 15:00 —\n"


async def played(text: str) -> str:
    """Return what is left of *text* when it is played."""
    story = read_story(text)
    stage = Stage()
    changes = {"languages": story.languages, "zone": story.zone}
    settings = Settings().model_copy(update=changes)
    async with line_room(settings, None, story.start, stage.show) as stage.room:
        return await rewritten(story, stage)


@pytest.mark.parametrize("path", [*STORIES, DEMO], ids=lambda path: path.stem)
def test_a_story_is_true(path: Path) -> None:
    """What people read is what happens, to the letter."""
    told = path.read_text(encoding="utf-8")

    happened = asyncio.run(played(told))

    assert as_wished(path, happened).splitlines() == told.splitlines()


def test_there_are_stories() -> None:
    """The folder is found, and somebody reads French there."""
    assert len(STORIES) >= 8
    assert "en-francais" in {path.stem for path in STORIES}


def test_the_readme_tells_a_story() -> None:
    """The transcript of the README is the end of a story, so it cannot grow old."""
    readme = README.read_text(encoding="utf-8")
    story = (HERE / "stories" / "readme.md").read_text(encoding="utf-8")
    end = dedent(story.partition("README as well.\n\n")[2])

    told = re.sub(r"(?<=```text\n).*?(?=```)", lambda _found: end, readme, count=1, flags=re.DOTALL)

    assert end
    assert as_wished(README, told) == readme


SCREENS = sorted((HERE.parent / "docs").glob("README.*.md"))


@pytest.mark.parametrize("page", SCREENS, ids=lambda page: page.stem)
def test_the_first_screen_in_another_language_tells_its_own_story(page: Path) -> None:
    """Each holds the end of a story in its language, word for word."""
    told = page.read_text(encoding="utf-8")
    mark = f"What follows stands in docs/{page.name} as well.\n\n"
    stories = [path.read_text(encoding="utf-8") for path in STORIES]
    (end,) = [dedent(one.partition(mark)[2]) for one in stories if mark in one]

    now = re.sub(r"(?<=```text\n).*?(?=```)", lambda _found: end, told, count=1, flags=re.DOTALL)

    assert end
    assert as_wished(page, now) == told


def test_there_are_first_screens() -> None:
    """For those who do not read English, in five languages."""
    assert {f"README.{one}.md" for one in ("fr", "de", "es", "it", "pl")} == {
        p.name for p in SCREENS
    }


def as_wished(path: Path, happened: str) -> str:
    """Return *happened*; if the author asks for it, write it to *path* as well."""
    if os.environ.get("WRITE_STORIES") == "1":
        path.write_text(happened, encoding="utf-8")
    return happened


@pytest.mark.parametrize(
    ("lines", "trouble"),
    [
        ("Léa dances", "line 4: nobody knows what this means: Léa dances"),
        ("Léa> !tasks", "line 4: Nobody here is called Léa. Here are: ."),
        ("Léa (singing)> !tasks", "line 4: (singing) is none of: editing, replying, to the bot"),
        ("— Monday —", "line 4: not a moment: Monday"),
        ("— Monday 24 November 2026, 10:00 —", "line 4: that day is Tuesday 24 November 2026"),
        (
            "Léa (queen) joins",
            "line 4: queen is neither a homeserver nor pupil, teacher, coordinator",
        ),
        ("Léa joins\n    Léa takes back: no", "line 5: Léa has said no such thing: no"),
        ("Léa joins\n    Léa ✅ #1", "line 5: There is no message of #1 yet."),
        ("Léa joins\n    Léa (replying)> no", "line 5: There is no message of the bot yet."),
        (
            "Léa joins\n    Léa (replying to “Hello”)> no",
            "line 5: There is no message of “Hello” yet.",
        ),
    ],
)
async def test_a_mistake_in_a_story_is_named(lines: str, trouble: str) -> None:
    """The author learns in which line what is wrong."""
    with pytest.raises(StoryTrouble) as caught:
        await played(f"{START}    {lines}\n")

    assert trouble == str(caught.value)


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("# Nothing\n", "line 1: a story begins with a moment: — Sunday 22 November 2026, 15:00 —"),
        (f"    Time zone: Mars/Port\n{START}", "line 4: no such time zone: Mars/Port"),
    ],
)
def test_a_story_says_where_and_when(text: str, trouble: str) -> None:
    """Without a place and a moment nothing can be played."""
    with pytest.raises(StoryTrouble) as caught:
        read_story(text)

    assert trouble == str(caught.value)


async def test_what_the_bot_does_is_never_believed() -> None:
    """A story that tells something else than what happens is found out."""
    invented = f"{START}    Léa joins\n    Léa> Hello\n    bot> Hello, Léa!\n         And more.\n"

    assert f"{START}    Léa joins\n    Léa> Hello\n" == await played(invented)


async def test_a_message_may_have_several_lines() -> None:
    """Lines that are set in further belong to the one above."""
    told = f"{START}    Léa joins\n    Léa> Look:\n         two lines\n"

    assert told == await played(told)


INVITED = f"{START}    Ms Weber (coordinator) joins\n    Ms Weber invites the bot\n"


async def test_a_message_is_found_by_its_first_words() -> None:
    """People answer and react to any message, not only to the last one."""
    told = await played(
        f"{INVITED}    Ms Weber (replying to “Hello!”)> en\n"
        "    Ms Weber> !charter mode reaction\n"
        "    Ms Weber> The tour: https://padlet.com/tour\n    Ms Weber> See you!\n"
        "    Ms Weber ℹ️ “The tour”\n"
    )

    assert "Languages of this room: English" in told
    assert "    Ms Weber ℹ️ “The tour”\n    bot> Padlet is a consumer service" in told


async def test_a_file_is_posted_with_words_or_without() -> None:
    """A picture is one; what is in a file that the bot has not handed out, nobody can fetch."""
    told = await played(
        f"{INVITED}    Léa joins\n    Léa posts tour.jpg\n"
        "    Ms Weber posts old.json> !project adopt\n"
    )

    assert "    Léa posts tour.jpg\n    bot> Charter, art. 6" in told
    assert told.endswith(
        "!project adopt\n    bot> I could not fetch that file. Please post it again.\n"
    )


async def test_a_story_moves_house() -> None:
    """A file holds in the new room what it held in the old one, in which the bells ring on."""
    told = await played(
        f"{INVITED}    Ms Weber names the room Our port\n    Ms Weber> !task Film by thursday\n"
        "    Ms Weber> !project export\n    Ms Weber opens a new room\n"
        "    Ms Weber (coordinator) joins\n    Ms Weber invites the bot\n"
        "    Ms Weber posts comenius-our-port.json> !project adopt\n"
        "    Ms Weber> !tasks\n    — Wednesday 25 November 2026, 18:00 —\n"
    )
    _before, _opened, after = told.partition("opens a new room\n")

    assert "    bot> Here it is: 1 task" in after
    assert "         #1 · Film · Thu 26 Nov, 18:00" in after
    assert "    bot (in the old room) [rings Ms Weber]> ⏰ #1" in after


async def test_in_a_new_room_nothing_is_there_to_be_pointed_at() -> None:
    """What was said in the old room cannot be answered in the new one."""
    moved = (
        f"{INVITED}    Ms Weber> !task Film\n    Ms Weber opens a new room\n    Ms Weber ✅ #1\n"
    )

    with pytest.raises(StoryTrouble) as caught:
        await played(moved)

    assert str(caught.value) == "line 8: There is no message of #1 yet."


async def test_a_bot_that_was_removed_is_silent() -> None:
    """After that nobody answers in the room, until the bot is invited again."""
    told = await played(
        f"{INVITED}    Ms Weber removes the bot\n    Ms Weber> !tasks\n"
        "    Ms Weber invites the bot\n    Ms Weber> !tasks\n"
    )
    _before, _removed, after = told.partition("removes the bot\n")

    assert after.startswith(
        "    Ms Weber> !tasks\n    Ms Weber invites the bot\n    bot comes in\n"
    )
    assert after.endswith("    Ms Weber> !tasks\n    bot> Tasks · nothing open.\n")
