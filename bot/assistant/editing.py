"""Editing: somebody changes a line that was a command, or makes it one."""

from __future__ import annotations

from dataclasses import replace

from bot.assistant import changes, offers
from bot.assistant.addressing import Addressed
from bot.assistant.hearing import answering_of
from bot.assistant.meeting import asker_of
from bot.assistant.reach import Scene
from bot.assistant.running import Runner
from bot.assistant.speaking import Speaker
from bot.heard import Said


def edited(scene: Scene, said: Said, addressed: Addressed | None, runner: Runner) -> None:
    """Take back what the line said before, run what it says now (`addressed`), in one commit.

    Numbers stay what they are. After ten minutes nothing happens, nor where nothing was done.
    """
    document, original = scene.document, said.edits or ""
    change = changes.find(document, original)
    if change and (change.by != said.sender or scene.now - change.at > changes.WINDOW):
        return
    if addressed is None and change is None:
        return
    if change is None and changes.is_source(document.project, original):
        return  # a command of long ago
    if addressed is not None and runner.pace.is_full(said.sender, scene.now):
        speaker = Speaker(document, scene.now)
        speaker.react("⏳", original, answering_of(document, said).room)
        return
    if change and not change.undone:
        result = changes.take_back(document.project, change)
        if isinstance(result, changes.Clash):
            answering = answering_of(document, said)
            offers.say_clash(Speaker(document, scene.now), asker_of(scene), answering, result)
            return
        document.project, change.undone = result, True
    document.project.reuse = changes.numbers_of(document, original)
    first = len(document.outbox)
    again = replace(said, event=original, edits=None)
    if addressed is not None:
        runner.obey(Scene(document, again, scene.now, scene.reach), addressed)
    document.project.reuse = {}
    scene.reach.shown = False
    if change and not scene.reach.wants_rooms:
        offers.replace_answer(document, change, first, scene.now)
