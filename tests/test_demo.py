"""The demo plays in any languages: whoever types in whichever, the same project comes of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.adapters.console.demo import demo_story
from bot.adapters.console.demo_lines import SAID, TYPED, in_languages
from bot.adapters.console.door import ROOM
from bot.adapters.console.playing import play
from bot.adapters.console.stage import Stage
from bot.adapters.console.story import Says
from bot.app import line_room
from bot.language.catalog import translated
from bot.settings import Settings


async def played(languages: tuple[str, ...]) -> tuple[dict[str, Any], list[str]]:
    """Play the demo; return what came of it, whatever words it was typed in, and what was said."""
    story, stage = demo_story(languages), Stage()
    settings = Settings().model_copy(update={"languages": story.languages, "zone": story.zone})
    said = []
    async with line_room(settings, None, story.start, stage.show) as stage.room:
        async for scene in play(story, stage):
            said += [told.body for told in scene.told]
        async with stage.room.dispatcher.store.hold(ROOM) as held:
            assert held.room is not None
            project = held.room.project
    facts = {
        "tasks": {
            one.number: (one.state, str(one.due), sorted(one.assignees), len(one.ticks))
            for one in project.tasks.values()
        },
        "milestones": {number: str(one.due) for number, one in project.milestones.items()},
        "reminders": {
            number: (str(one.first), one.every) for number, one in project.reminders.items()
        },
        "polls": {
            number: (len(one.options), str(one.closed)) for number, one in project.polls.items()
        },
        "publications": {
            number: (str(one.due), sorted(one.points))
            for number, one in project.publications.items()
        },
        "agreed": [str(one.until) for one in project.charter.rules],
        "messages": len(said),
    }
    return facts, said


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    """Return what comes of the demo as it is shipped."""
    return asyncio.run(played(()))[0]


@pytest.mark.parametrize("language", translated())
def test_it_plays_in_every_language(language: str, shipped: dict[str, Any]) -> None:
    """Three classes that all type in one language do what the shipped three do."""
    facts, _said = asyncio.run(played((language,)))

    assert facts == shipped


def test_it_plays_in_three_languages_at_once(shipped: dict[str, Any]) -> None:
    """Each class types and reads its own; what is missing is read in the next one."""
    chosen = ("fr", *[one for one in translated() if one not in {"en", "fr"}], "en")[:3]
    facts, _said = asyncio.run(played(chosen))

    assert facts["tasks"] == shipped["tasks"]
    assert facts["polls"] == shipped["polls"]


def test_languages_that_are_not_translated_fall_back() -> None:
    """`comenius demo --languages fi,fr`: the Finns type English, and read the room's French."""
    facts, said = asyncio.run(played(("fi", "fr")))

    assert 5 == len(facts["tasks"])
    finnish = {line for one in said for line in one.splitlines() if line.startswith("FI  ")}
    assert {"FI  Write three lines about us"} == finnish  # the title that Léa gave it
    assert any("Bonjour" in one for one in said)


def test_every_line_of_the_demo_can_be_translated() -> None:
    """Nobody in it says what is not in the catalogs; and no line there is left over."""
    shipped = [step.act for step in demo_story().steps if isinstance(step.act, Says)]
    spoken = in_languages(demo_story(), ("en",))
    typed = [step.act.text for step in spoken.steps if isinstance(step.act, Says)]

    assert len(shipped) == len(typed)
    filled = {one.format(pau="en", krk="en", vol="en") for one in TYPED}
    assert {f"!{one}" for one in filled - set(SAID)} | set(SAID) == set(typed) - {"!lol"}
