"""The demo: a story printed like a chat, at the pace of a reader."""

from __future__ import annotations

import asyncio
from importlib.resources import files

from bot.adapters.console.demo_lines import in_languages
from bot.adapters.console.playing import Scene, play
from bot.adapters.console.printing import Printer
from bot.adapters.console.stage import Stage
from bot.adapters.console.story import INDENT, Prose, Says, Story, Until, read_story


def demo_story(languages: tuple[str, ...] = ()) -> Story:
    """Return the story that ships with Comenius; in *languages*, if they are told."""
    story = read_story((files("bot.data") / "demo.md").read_text(encoding="utf-8"))
    return in_languages(story, languages) if languages else story


async def perform(story: Story, stage: Stage, printer: Printer, pace: float) -> None:
    """Play *story* and print it, pausing *pace* seconds after each line that is said."""
    blank = True
    async for scene in play(story, stage):
        if isinstance(scene.step.act, Prose):
            text = scene.step.text
            if text.startswith(INDENT) or (blank and not text):
                continue
            printer.prose(text)
            blank = not text
        else:
            await _print(scene, printer, pace)
            blank = False


async def _print(scene: Scene, printer: Printer, pace: float) -> None:
    act, text = scene.step.act, scene.step.text.removeprefix(INDENT)
    if isinstance(act, Says):
        head = text.partition("> ")[0] + ">"
        printer.said(scene.at, scene.number, head, act.text)
    elif not isinstance(act, Until):
        printer.did(scene.at, text)
    await asyncio.sleep(pace)
    for told in scene.told:
        printer.told(told)
        await asyncio.sleep(pace)
