"""Running: what somebody said to the bot, or a button stands for, is understood, done, answered."""

from __future__ import annotations

import logging

from bot import faults
from bot.assistant import changes, files, offers
from bot.assistant.addressing import Addressed
from bot.assistant.answers import answer_error, confused, speak
from bot.assistant.discretion import discreet, kept
from bot.assistant.doing import Deed, do
from bot.assistant.hearing import answering_of
from bot.assistant.interpreting import understand
from bot.assistant.meeting import asker_of, situation_of
from bot.assistant.pace import Pace
from bot.assistant.reach import Scene
from bot.assistant.speaking import Speaker
from bot.assistant.understanding import Near, NotUnderstood, Reader, Understood
from bot.command import Commands, Scope
from bot.heard import Ordered, Reacted
from bot.language.line import cut
from bot.model.asker import Asker
from bot.model.institution import Institution
from bot.model.people import Role

log = logging.getLogger(__name__)
_ANYWHERE = {"help", "privacy"}
"""Families of commands that need no project."""


class Runner:
    """Understands lines and runs them, each within the pace that everybody has to keep."""

    def __init__(self, commands: Commands, institution: Institution, pace: Pace) -> None:
        """Take the commands, whose house it is, and how many commands a minute may have."""
        self.reader = Reader(commands)
        self.commands = commands
        self.institution = institution
        self.pace = pace

    def obey(self, scene: Scene, addressed: Addressed) -> None:
        """Do what somebody said to the bot, or say why not, or stay silent."""
        asker, document = asker_of(scene), scene.document
        situation = situation_of(document.project, asker)
        understood = discreet(understand(self.reader, situation, addressed), situation)
        if understood is None and not addressed.deserves_answer:
            return
        speaker, answering = Speaker(document, scene.now), answering_of(document, scene.heard)
        if not scene.reach.again and self.pace.is_too_much(asker.user, scene.now):
            speaker.react("⏳", scene.heard.event, answering.room)
        elif isinstance(understood, Understood):
            asker = asker_of(scene, typed=understood.language)
            situation = situation_of(document.project, asker)
            line = addressed.line.typed()
            house = self.institution
            self._run(scene, Deed(understood, situation, answering, scene.now, line, house))
        elif understood is not None and scene.reach.shared:
            line = kept(understood, addressed.line.typed(), situation)
            offers.which_project(speaker, asker, line, answering, scene.reach.shared)
        elif isinstance(understood, Near):
            offers.suggest(speaker, asker, understood, answering)
        elif isinstance(understood, NotUnderstood):
            asker = asker_of(scene, typed=understood.language)
            answer_error(speaker, asker, understood, answering)
        else:
            confused(speaker, asker, answering)

    def run_line(self, scene: Scene, asker: Asker, line: str) -> None:
        """Run a line that the bot itself wrote, as the one who asked for it by a button."""
        if found := offers.in_room(line):
            scene.reach.redirect, scene.reach.changed = found, True
            return
        situation = situation_of(scene.document.project, asker)
        understood = self.reader.read(cut(line), situation)
        silent = isinstance(scene.heard, Reacted)
        pressed = isinstance(scene.heard, Reacted | Ordered)
        if understood is None or (understood.command.sealed and pressed):
            return
        if not scene.reach.again and self.pace.is_too_much(asker.user, scene.now):
            return
        answering = answering_of(scene.document, scene.heard)
        house = self.institution
        deed = Deed(understood, situation, answering, scene.now, line, house, silent=silent)
        self._run(scene, deed)

    def _run(self, scene: Scene, deed: Deed) -> None:
        command, reach = deed.understood.command, scene.reach
        if command.scope is Scope.MY_ROOMS and reach.rooms is None:
            reach.wants_rooms = True
            return
        if command.file and reach.file is None and (posted := files.meant(scene, command.file)):
            if deed.asker.role >= Role.TEACHER:
                reach.wants_file = posted
                return
            reach.file = b""  # all rooms wait while a file is fetched: pupils cannot make them
        if command.file:
            files.used(scene, command.file)
        reach.changed = True
        speaker = Speaker(scene.document, deed.now)
        needs_project = command.scope is Scope.ROOM and command.family not in _ANYWHERE
        if away := offers.turned_away(command, scene, needs_project=needs_project):
            speak(speaker, deed.asker, away, deed.answering)
            return
        if reach.shared is not None and needs_project:
            line = kept(deed.understood, deed.line, deed.situation)
            offers.which_project(speaker, deed.asker, line, deed.answering, reach.shared)
            return
        document = scene.document
        before = None if command.shows else changes.snapshot(document.project)
        said, done = len(document.outbox), len(document.changes)
        try:
            do(document, deed, self.commands, reach, before)
        except Exception as error:  # noqa: BLE001 - a mistake of ours, whatever it is
            if before is not None:
                document.project = changes.restored(before)
            del document.outbox[said:], document.changes[done:]
            reference = faults.reference_of(scene.heard.event)
            reach.broke = True
            name = command.handler.__name__
            faults.tell(log, "a bug in a command", error, reference, command=name)
            offers.say_bug(speaker, deed.asker, deed.answering, reference)
