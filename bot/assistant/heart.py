"""The assistant: what was heard in a room, what time it is there -> what there is to say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
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
from bot.assistant.editing import edited
from bot.assistant.guard import Guard
from bot.assistant.hearing import answering_of, writable
from bot.assistant.manners import Manners
from bot.assistant.meeting import asker_of, meet, part
from bot.assistant.pace import Pace
from bot.assistant.reach import Reach, Scene
from bot.assistant.retracting import redacted
from bot.assistant.running import Runner
from bot.assistant.speaking import Speaker, caused, room_reader
from bot.assistant.understanding import Reader
from bot.command import Commands
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
from bot.language.message import _, say
from bot.language.render import render
from bot.model import agenda
from bot.model.documents import Entry, Kind, RoomDocument
from bot.model.people import Role
from bot.model.project import Project

LONGEST_TITLE = 200
_FULL = _("I cannot save anything at the moment. Please try again later. (Reference {reference})")
_TYPED = {"m.text", "m.emote"}
_MESSAGES = {Kind.NOTICE, Kind.TEXT, Kind.POLL}


class Assistant:
    """Hears and reminds. It reads no clock, no disk and no network."""

    def __init__(self, commands: Commands, bot: str, manners: Manners) -> None:
        """Take the commands, the bot's own Matrix id, and its manners."""
        self.commands = commands
        self.runner = Runner(commands, manners.institution, Pace(manners.commands_per_minute))
        self.bot = bot
        self.manners = manners
        self.names = frozenset({bot.lstrip("@").split(":")[0].casefold(), manners.name.casefold()})
        self.guard = Guard(manners.institution)

    @property
    def reader(self) -> Reader:
        """What understands lines."""
        return self.runner.reader

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
                self._said(scene, heard)
        elif isinstance(heard, Reacted):
            self._reacted(scene, heard)
        elif isinstance(heard, Ordered):
            self.runner.run_line(scene, asker_of(scene), heard.line)
        elif isinstance(heard, Redacted):
            redacted(scene, heard)
        elif isinstance(heard, Voted):
            polling.voted(scene)
        elif isinstance(heard, PollEnded) and (line := polling.ended(scene)):
            self.runner.run_line(scene, asker_of(scene), line)
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

    # --- messages and reactions ------------------------------------------------------------------

    def _said(self, scene: Scene, said: Said) -> None:
        addressed = self._address(scene.document, said)
        if said.edits:
            edited(scene, said, addressed, self.runner)
            return
        if addressed is None:
            return
        asker = asker_of(scene)
        if said.reply_to and (line := offers.by_words(scene.document, asker, said, addressed.line)):
            self.runner.run_line(scene, asker, line)
        else:
            self.runner.obey(scene, addressed)

    def _address(self, document: RoomDocument, said: Said) -> Addressed | None:
        shown = document.anchors.get(said.reply_to) if said.reply_to else None
        return address(said, self.bot, self.names, shown, document.project)

    def _reacted(self, scene: Scene, heard: Reacted) -> None:
        document = scene.document
        target = document.anchors.get(heard.to)
        if target is None:
            if line := self.guard.asked(scene):
                self.runner.run_line(scene, asker_of(scene), line)
            return
        asker, key = asker_of(scene), offers.plain_key(heard.key)
        if polling.tapped(scene):
            return
        if line := offers.by_key(document, asker, target, key):
            self.runner.run_line(scene, asker, line)
        elif key == "↩":
            changed = changes.last_of(document, heard.sender, scene.now, target)
            if changed and (changed.by == heard.sender or asker.role >= Role.TEACHER):
                offers.undo(
                    Speaker(document, scene.now), changed, asker, answering_of(document, heard)
                )
                scene.reach.changed = True
        elif line := offers.button(target, key):
            self.runner.run_line(scene, asker, line)
