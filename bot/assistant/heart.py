"""The assistant: takes what was heard in a room through understanding, doing and answering."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from hashlib import blake2s

from bot import faults
from bot.assistant import (
    changes,
    errands,
    expiring,
    files,
    newcomers,
    offers,
    polling,
    ringing,
    welcome,
)
from bot.assistant.addressing import Addressed, address
from bot.assistant.answers import answer_error, confused, speak
from bot.assistant.discretion import discreet, kept
from bot.assistant.doing import Deed, do
from bot.assistant.guard import Guard
from bot.assistant.hearing import answering_of, writable
from bot.assistant.interpreting import understand
from bot.assistant.meeting import asker_of, meet, part, situation_of
from bot.assistant.pace import Pace
from bot.assistant.reach import Reach, Scene
from bot.assistant.retracting import redacted
from bot.assistant.speaking import Speaker, caused, room_reader
from bot.assistant.understanding import Near, NotUnderstood, Reader, Understood
from bot.command import Commands, Scope
from bot.heard import (
    Heard,
    Invited,
    Joined,
    Left,
    Ordered,
    PollEnded,
    Reacted,
    Redacted,
    Said,
    Topic,
    Undecryptable,
    Voted,
)
from bot.language.catalog import SOURCE
from bot.language.line import cut
from bot.language.message import _, say
from bot.language.render import render
from bot.model import agenda
from bot.model.asker import Asker
from bot.model.documents import Entry, Kind, RoomDocument
from bot.model.due import END_OF_SCHOOL_DAY
from bot.model.institution import Institution
from bot.model.people import Quiet, Role
from bot.model.project import DEFAULT_LEADS, Project

log = logging.getLogger(__name__)
LONGEST_TITLE = 200
_FULL = _("I cannot save anything at the moment. Please try again later. (Reference {reference})")
_ANYWHERE = {"help", "privacy"}
"""Families of commands that need no project."""
_TYPED = {"m.text", "m.emote"}
_MESSAGES = {Kind.NOTICE, Kind.TEXT, Kind.POLL}


@dataclass(frozen=True)
class Manners:
    """How the assistant behaves where nobody has said otherwise."""

    languages: tuple[str, ...] = (SOURCE,)
    zone: str = "UTC"
    commands_per_minute: int = 20
    name: str = "Comenius"
    quiet: Quiet = field(default_factory=Quiet)
    deadline: time = END_OF_SCHOOL_DAY
    leads: tuple[timedelta, ...] = DEFAULT_LEADS
    institution: Institution = field(default_factory=Institution)


class Assistant:
    """Hears and reminds. It reads no clock, no disk and no network."""

    def __init__(self, commands: Commands, bot: str, manners: Manners) -> None:
        """Take the commands, the bot's own Matrix id, and its manners."""
        self.reader = Reader(commands)
        self.commands = commands
        self.bot = bot
        self.manners = manners
        self.names = frozenset({bot.lstrip("@").split(":")[0].casefold(), manners.name.casefold()})
        self.guard = Guard(manners.institution)
        self._pace = Pace(manners.commands_per_minute)

    def new_room(self, room: str, now: datetime) -> RoomDocument:
        """Return the document of a room never seen before."""
        project = Project(
            room,
            now,
            languages=list(self.manners.languages),
            zone=self.manners.zone,
            quiet=replace(self.manners.quiet),
            deadline=self.manners.deadline,
            leads=list(self.manners.leads),
            reminded_until=now,
        )
        return RoomDocument(project)

    def hear(self, document: RoomDocument, heard: Heard, now: datetime, reach: Reach) -> None:
        """Change *document* (a private copy) to what it is after *heard*.

        `now` is aware. What there is to say lies in the document's outbox afterwards.
        """
        if heard.event and heard.event in document.seen:
            return
        if heard.sender == self.bot and not isinstance(heard, Left):
            return
        if "left" in document.extra and not isinstance(heard, Invited):
            return
        expiring.expire(document, now)
        before = len(document.outbox), len(document.changes)
        with caused(document, "" if isinstance(heard, Invited) else heard.event):
            self._take(Scene(document, writable(heard), now, reach))
        if reach.wants_rooms or reach.wants_file:
            return
        if (len(document.outbox), len(document.changes)) != before:
            reach.changed = True
        if reach.changed and heard.event:
            document.seen[heard.event] = heard.position

    def _take(self, scene: Scene) -> None:
        """Do what the kind of thing heard asks for."""
        heard = scene.heard
        said = len(scene.document.outbox)
        if isinstance(heard, Joined):
            newcomers.came(scene)
        if isinstance(heard, Said | Reacted | Joined | Voted | PollEnded):
            meet(scene)
        self._act(scene)
        scene.reach.changed |= polling.settle(scene.document, scene.now)
        if isinstance(heard, Said | Topic) and not heard.direct:
            new = scene.document.outbox[said:]
            answered = any(one.kind in _MESSAGES for one in new)
            self.guard.look(scene, answered=answered)

    def _act(self, scene: Scene) -> None:
        heard = scene.heard
        if isinstance(heard, Said):
            scene.reach.changed |= files.notice(scene.document, heard, scene.now)
            if heard.msgtype in _TYPED or heard.file:
                (self._edited if heard.edits else self._said)(scene, heard)
        elif isinstance(heard, Reacted):
            self._reacted(scene, heard)
        elif isinstance(heard, Ordered):
            self._run_line(scene, asker_of(scene), heard.line)
        elif isinstance(heard, Redacted):
            redacted(scene, heard)
        elif isinstance(heard, Voted):
            polling.voted(scene)
        elif isinstance(heard, PollEnded) and (line := polling.ended(scene)):
            self._run_line(scene, asker_of(scene), line)
        else:
            self._room_changed(scene)

    def _room_changed(self, scene: Scene) -> None:
        """Take note of who comes and goes, and of what the room is called."""
        heard = scene.heard
        if isinstance(heard, Left):
            part(scene, self.bot)
        elif isinstance(heard, Topic) and heard.is_name:
            title = heard.title[:LONGEST_TITLE]
            scene.reach.changed |= scene.document.project.title != title
            scene.document.project.title = title
        elif isinstance(heard, Invited):
            welcome.arrive(scene.document, heard, scene.now, scene.reach.people)
        elif isinstance(heard, Undecryptable):
            welcome.cannot_read(scene)

    def remind(self, document: RoomDocument, now: datetime) -> None:
        """Put what fell due up to *now* into the outbox."""
        ringing.remind(document, now)

    def run_errands(self, document: RoomDocument, now: datetime) -> bool:
        """Do what the room is to be told at its own time: polls close, digests...

        True if there was anything to do. Votes that were cast in time and are heard late count as
        long as this was not called: a door calls it only once it has caught up.
        """
        return errands.run(document, now)

    def put_into_words(self, document: RoomDocument, entry: Entry, now: datetime) -> bool:
        """Write a reminder just before its first attempt; False if there is nothing left to say."""
        return ringing.put_into_words(document, entry, now)

    def is_for_us(self, document: RoomDocument, heard: Heard) -> bool:
        """Tell whether *heard* is a message that speaks to the bot."""
        return isinstance(heard, Said) and self._address(document, heard) is not None

    @staticmethod
    def reference(heard: Heard) -> str:
        """Return four signs that find the log line of a mistake."""
        return faults.reference_of(heard.event)

    def say_bug(self, document: RoomDocument, heard: Heard, now: datetime, reference: str) -> None:
        """Tell who spoke to the bot that something broke; what broke is not tried again."""
        document.seen[heard.event] = heard.position
        if not self.is_for_us(document, heard):
            return
        scene = Scene(document, heard, now, Reach())
        answering = answering_of(document, heard)
        offers.say_bug(Speaker(document, now), asker_of(scene), answering, reference)

    def cannot_pin(self, document: RoomDocument, now: datetime) -> None:
        """Say once what is needed to pin the board."""
        welcome.cannot_pin(document, now)

    def cannot_save(self, heard: Heard, now: datetime) -> Entry:
        """Return the one answer that is sent without being stored: the disk takes nothing."""
        document = self.new_room(heard.room, now)
        message = say(_FULL, reference=self.reference(heard))
        text = render(message, room_reader(document, now))
        entry = Speaker(document, now).message(text, "full", answering_of(document, heard))
        entry.id = f"full-{blake2s(heard.event.encode(), digest_size=9).hexdigest()}"
        return entry

    def next_due(self, document: RoomDocument, now: datetime) -> datetime | None:
        """Return when this room wants to be woken next.

        What is ready already is the affair of the delivery, not of the alarm.
        """
        since = document.project.reminded_until or now
        held = [one.not_before for one in document.outbox if one.not_before]
        waiting = [moment for moment in held if moment > now]
        first = agenda.next_due(document.project, since)
        errand = errands.next_moment(document, now)
        return min([*waiting, *(one for one in (first, errand) if one)], default=None)

    # --- messages ----------------------------------------------------------------------------

    def _said(self, scene: Scene, said: Said) -> None:
        addressed = self._address(scene.document, said)
        if addressed is None:
            return
        asker = asker_of(scene)
        if said.reply_to and (line := offers.by_words(scene.document, asker, said, addressed.line)):
            self._run_line(scene, asker, line)
        else:
            self._obey(scene, addressed)

    def _address(self, document: RoomDocument, said: Said) -> Addressed | None:
        shown = document.anchors.get(said.reply_to) if said.reply_to else None
        return address(said, self.bot, self.names, shown, document.project)

    def _obey(self, scene: Scene, addressed: Addressed) -> None:
        """Do what somebody said to the bot, or say why not, or stay silent."""
        asker, document = asker_of(scene), scene.document
        situation = situation_of(document.project, asker)
        understood = discreet(understand(self.reader, situation, addressed), situation)
        if understood is None and not addressed.deserves_answer:
            return
        speaker, answering = Speaker(document, scene.now), answering_of(document, scene.heard)
        if not scene.reach.again and self._pace.is_too_much(asker.user, scene.now):
            speaker.react("⏳", scene.heard.event, answering.room)
        elif isinstance(understood, Understood):
            asker = asker_of(scene, typed=understood.language)
            situation = situation_of(document.project, asker)
            line = addressed.line.typed()
            house = self.manners.institution
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

    def _run_line(self, scene: Scene, asker: Asker, line: str) -> None:
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
        if not scene.reach.again and self._pace.is_too_much(asker.user, scene.now):
            return
        answering = answering_of(scene.document, scene.heard)
        house = self.manners.institution
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
            reference = self.reference(scene.heard)
            reach.broke = True
            name = command.handler.__name__
            faults.tell(log, "a bug in a command", error, reference, command=name)
            offers.say_bug(speaker, deed.asker, deed.answering, reference)

    # --- edits and reactions ---------------------------------------------------------------------

    def _edited(self, scene: Scene, said: Said) -> None:
        """Take an edit of a command as undo plus redo in one commit, keeping numbers."""
        document, original = scene.document, said.edits or ""
        change = changes.find(document, original)
        if change and (change.by != said.sender or scene.now - change.at > changes.WINDOW):
            return
        addressed = self._address(document, said)
        if addressed is None and change is None:
            return
        if change is None and changes.is_source(document.project, original):
            return  # a command of long ago
        if addressed is not None and self._pace.is_full(said.sender, scene.now):
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
            self._obey(Scene(document, again, scene.now, scene.reach), addressed)
        document.project.reuse = {}
        scene.reach.shown = False
        if change and not scene.reach.wants_rooms:
            offers.replace_answer(document, change, first, scene.now)

    def _reacted(self, scene: Scene, heard: Reacted) -> None:
        document = scene.document
        target = document.anchors.get(heard.to)
        if target is None:
            if line := self.guard.asked(scene):
                self._run_line(scene, asker_of(scene), line)
            return
        asker, key = asker_of(scene), offers.plain_key(heard.key)
        if polling.tapped(scene):
            return
        if line := offers.by_key(document, asker, target, key):
            self._run_line(scene, asker, line)
        elif key == "↩":
            changed = changes.last_of(document, heard.sender, scene.now, target)
            if changed and (changed.by == heard.sender or asker.role >= Role.TEACHER):
                offers.undo(
                    Speaker(document, scene.now), changed, asker, answering_of(document, heard)
                )
                scene.reach.changed = True
        elif line := offers.button(target, key):
            self._run_line(scene, asker, line)
