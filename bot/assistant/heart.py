"""The assistant: takes what was heard in a room through understanding, doing and answering."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from hashlib import blake2s
from zoneinfo import ZoneInfo

from bot.assistant import changes, offers, ringing, welcome
from bot.assistant.addressing import Addressed, How, address
from bot.assistant.answers import answer_error, confused
from bot.assistant.doing import Deed, do
from bot.assistant.reach import Reach
from bot.assistant.speaking import Answering, Speaker, room_reader
from bot.assistant.understanding import Near, NotUnderstood, Reader, Understood
from bot.command import Command, Commands, Scope
from bot.heard import Heard, Invited, Joined, Left, Reacted, Redacted, Said, Topic, Undecryptable
from bot.language.catalog import SOURCE, languages
from bot.language.fields import Situation
from bot.language.line import cut
from bot.language.message import _, say
from bot.language.render import render
from bot.model import agenda
from bot.model.asker import Asker
from bot.model.documents import Entry, PersonDocument, RoomDocument
from bot.model.due import END_OF_SCHOOL_DAY
from bot.model.people import Member, Quiet, Role
from bot.model.project import DEFAULT_LEADS, Project

log = logging.getLogger(__name__)
MINUTE = timedelta(minutes=1)
_ANYWHERE = {"help", "privacy"}
"""Families of commands that need no project."""
TRUSTED_DELAY = timedelta(days=7)


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


class Assistant:
    """Hears and reminds. It reads no clock, no disk and no network."""

    def __init__(self, commands: Commands, bot: str, manners: Manners) -> None:
        """`bot` is its own Matrix id."""
        self.reader = Reader(commands)
        self.commands = commands
        self.bot = bot
        self.manners = manners
        self.names = frozenset({bot.lstrip("@").split(":")[0].casefold(), manners.name.casefold()})
        self._pace: dict[str, deque[datetime]] = {}

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
        changes.expire(document, now)
        offers.expire(document, now)
        before = len(document.outbox), len(document.changes)
        match heard:
            case Said():
                self._meet(document, heard, reach)
                self._said(document, heard, now, reach)
            case Reacted():
                self._meet(document, heard, reach)
                self._reacted(document, heard, now, reach)
            case Redacted():
                self._redacted(document, heard, now, reach)
            case Joined():
                self._meet(document, heard, reach)
            case Topic():
                reach.changed = document.project.title != heard.title
                document.project.title = heard.title[:200]
            case Left():
                self._left(document, heard, now, reach)
            case Invited():
                welcome.arrive(document, heard, now)
                reach.changed = True
            case Undecryptable():
                welcome.cannot_read(document, heard, now, reach)
            case _:
                pass
        if reach.wants_rooms:
            return
        if (len(document.outbox), len(document.changes)) != before:
            reach.changed = True
        if reach.changed and heard.event:
            document.seen[heard.event] = heard.position

    def remind(self, document: RoomDocument, now: datetime) -> None:
        """Put what fell due up to *now* into the outbox."""
        ringing.remind(document, now)

    def put_into_words(self, document: RoomDocument, entry: Entry, now: datetime) -> bool:
        """Write a reminder just before its first attempt; False if there is nothing left to say."""
        return ringing.put_into_words(document, entry, now)

    def cannot_save(self, heard: Said, now: datetime) -> Entry:
        """Return the one answer that is sent without being stored: the disk takes nothing."""
        document = self.new_room(heard.room, now)
        message = say(_("I cannot save anything at the moment. Please try again later."))
        text = render(message, room_reader(document, now))
        entry = Speaker(document, now).message(text, "full", _answering(document, heard))
        entry.id = f"full-{blake2s(heard.event.encode(), digest_size=9).hexdigest()}"
        return entry

    def next_due(self, document: RoomDocument, now: datetime) -> datetime | None:
        """Return when this room wants to be woken next."""
        since = document.project.reminded_until or now
        # What is ready already is the pump's affair, not the alarm's.
        waiting = [one.not_before for one in document.outbox if one.not_before and one.not_before > now]
        first = agenda.next_due(document.project, since)
        return min([*waiting, *([first] if first else [])], default=None)

    # --- people ------------------------------------------------------------------------------

    def _meet(self, document: RoomDocument, heard: Heard, reach: Reach) -> None:
        """Know the sender: name, power, presence, and the class that their homeserver tells."""
        if heard.sender == self.bot:
            return
        project = document.project
        if not heard.direct:
            self._meet_in_room(project, heard, reach)
        if heard.sender not in project.members:
            return
        person = reach.people.get(heard.sender)
        if person is None:
            person = reach.people[heard.sender] = PersonDocument(heard.sender)
        if project.room not in person.rooms and project.room != person.direct:
            person.rooms.append(project.room)
            reach.changed = True
        if heard.direct and person.direct != heard.room:
            person.direct = heard.room
            reach.changed = True

    def _meet_in_room(self, project: Project, heard: Heard, reach: Reach) -> None:
        known = project.members.get(heard.sender)
        name = heard.name or (known.name if known else _plain_name(heard.sender))
        power = heard.power if heard.power is not None else (known.power if known else 0)
        if known is None:
            known = project.members[heard.sender] = Member(heard.sender, name, power=power)
            server = heard.sender.partition(":")[2]
            own = [p.code for p in project.partners.values() if p.server and p.server == server]
            known.partner = own[0] if len(own) == 1 else None
            reach.changed = True
        elif (known.name, known.power, known.present) != (name, power, True):
            known.name, known.power, known.present = name, power, True
            reach.changed = True

    def _left(self, document: RoomDocument, heard: Left, now: datetime, reach: Reach) -> None:
        user = heard.user or heard.sender
        if user == self.bot:
            document.outbox.clear()
            document.extra["left"] = now.isoformat()
            reach.changed = True
        elif (member := document.project.members.get(user)) and member.present:
            member.present = False
            reach.changed = True

    def _asker(
        self, document: RoomDocument, heard: Heard, now: datetime, reach: Reach, typed: str = ""
    ) -> Asker:
        project = document.project
        person = reach.people.get(heard.sender)
        partner = project.partner_of(heard.sender)
        zone = (person.zone if person and person.zone else None) or project.zone_of(heard.sender)
        at = heard.at if timedelta(0) <= now - heard.at <= TRUSTED_DELAY else now
        return Asker(
            heard.sender,
            project.name_of(heard.sender),
            project.role_of(heard.sender),
            _language(person, partner.languages if partner else (), project, typed),
            zone,
            at.astimezone(ZoneInfo(zone)),
            event=heard.event,
            reply_to=getattr(heard, "reply_to", None),
            direct=heard.direct,
            encrypted=heard.encrypted,
        )

    def _situation(self, project: Project, asker: Asker) -> Situation:
        """Return what reading depends on; every language works until the room has chosen some."""
        spoken = languages()
        room = [one for one in project.languages if one in spoken]
        rest = [] if project.ready else list(spoken)
        own = [asker.language] if asker.language in spoken else []
        return Situation(project, asker, tuple(dict.fromkeys([*own, *room, SOURCE, *rest])))

    def _too_fast(self, user: str, now: datetime) -> bool:
        """Tell whether *user* has had as many commands within a minute as are done."""
        times = self._pace.setdefault(user, deque())
        while times and now - times[0] >= MINUTE:
            times.popleft()
        if len(times) >= self.manners.commands_per_minute:
            return True
        times.append(now)
        return False

    # --- messages ----------------------------------------------------------------------------

    def _said(self, document: RoomDocument, said: Said, now: datetime, reach: Reach) -> None:
        if said.msgtype not in {"m.text", "m.emote"}:
            return
        if said.edits:
            self._edited(document, said, now, reach)
            return
        shown = document.anchors.get(said.reply_to) if said.reply_to else None
        addressed = address(said, self.bot, self.names, shown, document.project)
        if addressed is None:
            return
        asker = self._asker(document, said, now, reach)
        if said.reply_to and (line := offers.by_words(document, asker, said, now, addressed.line)):
            self._run_line(document, said, asker, line, now, reach)
            return
        self._obey(document, said, addressed, now, reach)

    def _obey(
        self, document: RoomDocument, said: Said, addressed: Addressed, now: datetime, reach: Reach
    ) -> None:
        asker = self._asker(document, said, now, reach)
        understood = self.understand(document.project, asker, addressed)
        speaker = Speaker(document, now)
        answering = _answering(document, said)
        if not (understood or addressed.how in {How.SIGN, How.NAME, How.DIRECT}):
            return
        if isinstance(understood, Understood):
            asker = self._asker(document, said, now, reach, typed=understood.language)
        elif understood is None and not addressed.deserves_answer:
            return
        if self._too_fast(said.sender, now):
            speaker.react("⏳", said.event, answering.room)
            return
        if isinstance(understood, Understood):
            line = addressed.line.text()
            situation = self._situation(document.project, asker)
            self._run(document, Deed(understood, situation, answering, now, line), reach)
        elif isinstance(understood, Near):
            offers.suggest(speaker, asker, understood, answering)
        elif isinstance(understood, NotUnderstood):
            answer_error(speaker, asker, understood, answering)
        else:
            confused(speaker, asker, answering)

    def understand(
        self, project: Project, asker: Asker, addressed: Addressed
    ) -> Understood | Near | NotUnderstood | None:
        """Return what *addressed* means, or None where silence is the answer."""
        situation = self._situation(project, asker)
        line = addressed.line
        if addressed.how is How.LAST:
            return self.reader.read(line, situation, tight=True)
        if addressed.about and addressed.how is not How.SIGN:
            found = self.reader.read(line.after(addressed.about), situation, tight=True)
            return found or self.reader.read(line, situation, tight=addressed.how is How.REPLY)
        if addressed.how is How.REPLY:
            return self.reader.read(line, situation, tight=True)
        found = self.reader.read(line, situation)
        if found is None and addressed.about:
            found = self.reader.read(line.after(addressed.about), situation, tight=True)
        if found:
            return found
        return self.reader.near(line, situation) or self._explained(addressed, situation)

    def _explained(self, addressed: Addressed, situation: Situation) -> NotUnderstood | None:
        found = self.reader.explain(addressed.line, situation)
        if found or not addressed.line.tokens:
            return found
        first = addressed.line.tokens[0].folded.lstrip("#")
        if first.isdigit() and int(first) in situation.project.tasks:
            command = self.commands.by_handler["tasks.move"]
            return NotUnderstood(command, addressed.line.text(1), None)
        return None

    def _run_line(  # noqa: PLR0913 - what a line needs to be run as somebody's
        self,
        document: RoomDocument,
        heard: Heard,
        asker: Asker,
        line: str,
        now: datetime,
        reach: Reach,
    ) -> None:
        """Run a line that the bot itself wrote, as the one who asked for it by a button."""
        if found := offers.in_room(line):
            reach.redirect, reach.changed = found, True
            return
        situation = self._situation(document.project, asker)
        understood = self.reader.read(cut(line), situation)
        if understood is None:
            return
        if understood.command.sealed and isinstance(heard, Reacted):
            return
        if self._too_fast(heard.sender, now):
            return
        silent = isinstance(heard, Reacted)
        deed = Deed(understood, situation, _answering(document, heard), now, line, silent=silent)
        self._run(document, deed, reach)

    def _run(self, document: RoomDocument, deed: Deed, reach: Reach) -> None:
        command: Command = deed.understood.command
        if command.scope is Scope.MY_ROOMS and reach.rooms is None:
            reach.wants_rooms = True
            return
        reach.changed = True
        if reach.shared is not None and command.scope is Scope.ROOM and command.family not in _ANYWHERE:
            speaker = Speaker(document, deed.now)
            offers.which_project(speaker, deed.asker, deed.line, deed.answering, reach.shared)
            return
        try:
            do(document, deed, self.commands, reach)
        except Exception:
            reference = blake2s(deed.asker.event.encode(), digest_size=2).hexdigest().upper()
            log.exception("bug %s in command %s", reference, command.handler.__name__)
            offers.say_bug(Speaker(document, deed.now), deed.asker, deed.answering, reference)

    # --- edits, reactions, redactions ------------------------------------------------------------

    def _edited(self, document: RoomDocument, said: Said, now: datetime, reach: Reach) -> None:
        """An edit of a command is undo plus redo in one commit, keeping numbers (DESIGN 4)."""
        original = said.edits or ""
        change = changes.find(document, original)
        if change is not None and (change.by != said.sender or now - change.at > changes.WINDOW):
            return
        shown = document.anchors.get(said.reply_to) if said.reply_to else None
        addressed = address(said, self.bot, self.names, shown, document.project)
        if addressed is None and change is None:
            return
        project = document.project
        asker = self._asker(document, said, now, reach)
        if change is not None and not change.undone:
            result = changes.take_back(project, change)
            if isinstance(result, changes.Clash):
                offers.say_clash(Speaker(document, now), asker, _answering(document, said), result)
                return
            result.reuse = changes.created(change)
            document.project, change.undone = result, True
        again = _as_original(said, original)
        places = len(document.outbox)
        if addressed is not None:
            self._obey(document, again, addressed, now, reach)
        document.project.reuse = {}
        if reach.wants_rooms:
            return
        if change is not None:
            offers.replace_answer(document, change, places, now)

    def _reacted(self, document: RoomDocument, heard: Reacted, now: datetime, reach: Reach) -> None:
        target = document.anchors.get(heard.to)
        if target is None or heard.sender == self.bot:
            return
        asker = self._asker(document, heard, now, reach)
        key = offers.plain_key(heard.key)
        if line := offers.by_key(document, asker, target, key, now):
            self._run_line(document, heard, asker, line, now, reach)
        elif key == "↩":
            changed = changes.last_of(document, heard.sender, now, target)
            if changed and (changed.by == heard.sender or asker.role >= Role.TEACHER):
                offers.undo(document, changed, asker, _answering(document, heard), now)
                reach.changed = True
        elif line := offers.button(target, key):
            self._run_line(document, heard, asker, line, now, reach)

    def _redacted(
        self, document: RoomDocument, heard: Redacted, now: datetime, reach: Reach
    ) -> None:
        """Taking a command or a reaction back takes back what it did; later it only blanks text."""
        change = changes.find(document, heard.redacts)
        asker = self._asker(document, heard, now, reach)
        if change is not None and (change.by == heard.sender or asker.role >= Role.TEACHER):
            if changes.is_fresh(change, now):
                offers.redacted(document, change, asker, _answering(document, heard), now)
                reach.changed = True
        if offers.blank(document, heard.redacts, now):
            reach.changed = True


def _plain_name(user: str) -> str:
    return user.lstrip("@").split(":")[0]


def _language(
    person: PersonDocument | None, own: Sequence[str], project: Project, typed: str
) -> str:
    """Return the language of an answer: chosen, of the class, as typed, of the room."""
    spoken = languages()
    if person and person.language in spoken:
        return str(person.language)
    for one in own:
        if one in spoken:
            return one
    if typed and (typed != SOURCE or not project.ready):
        return typed
    return next((one for one in project.languages if one in spoken), SOURCE)


def _answering(document: RoomDocument, heard: Heard) -> Answering:
    room = heard.room if heard.room != document.project.room else None
    reply_to = heard.to if isinstance(heard, Reacted) else heard.event or None
    if isinstance(heard, Redacted):
        reply_to = None
    return Answering(room, reply_to, getattr(heard, "thread", None))


def _as_original(said: Said, original: str) -> Said:
    return replace(said, event=original, edits=None)
