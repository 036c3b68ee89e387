"""Retracting: what it does that a message or a reaction is taken back."""

from __future__ import annotations

from bot.assistant import blanking, changes, offers, polling
from bot.assistant.hearing import answering_of
from bot.assistant.meeting import asker_of
from bot.assistant.reach import Scene
from bot.assistant.speaking import Speaker
from bot.heard import Redacted
from bot.model.people import Role


def redacted(scene: Scene, heard: Redacted) -> None:
    """Take back what a redacted command or reaction did; later only blank the text quoted of it.

    A file that was posted with it is not fetched any more.
    """
    document = scene.document
    if document.files.pop(heard.redacts, None):
        scene.reach.changed = True
    if polling.untapped(scene):
        return
    change = changes.find(document, heard.redacts)
    asker = asker_of(scene)
    speaker = Speaker(document, scene.now)
    may = change is not None and (change.by == heard.sender or asker.role >= Role.TEACHER)
    if change and may and changes.is_fresh(change, scene.now):
        polling.withdraw(speaker, change)
        offers.redacted(speaker, change, asker, answering_of(document, heard))
        scene.reach.changed = True
    if blanking.blank(speaker, heard.redacts, asker):
        scene.reach.changed = True
