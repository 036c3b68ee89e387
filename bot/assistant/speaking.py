"""Speaking: acts become outbox entries, in words, with their targets."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2s

from bot.language import cards
from bot.language.catalog import spoken
from bot.language.message import Part
from bot.language.poll_cards import poll_card
from bot.language.publication_cards import publication_card
from bot.language.render import Reader, Text, render, stack
from bot.model.asker import Asker
from bot.model.documents import LETTERS, Entry, Kind, RoomDocument
from bot.model.files import File

RINGS, ANSWERS, EDITS, BOARD = range(4)
BOARD_PAUSE = timedelta(seconds=60)
SEEDS = ("✅", "✋")
ON_BOARD = ("task", "milestone")
"""What the board shows."""


@contextmanager
def caused(document: RoomDocument, cause: str) -> Iterator[None]:
    """Let entries made meanwhile take their ids from *cause*, which happens once in this room.

    Where it happens again, in a bot that was restored from a backup, they get the same ids: what
    the homeserver has taken before, it does not show twice.
    """
    before = document.cause, document.began
    document.cause, document.began = cause, document.entries
    try:
        yield
    finally:
        document.cause, document.began = before


def entry_id(document: RoomDocument, now: datetime) -> str:
    """Return the id of the next entry: unique over all rooms, for ever.

    The moment of the document's making is part of it: a room that was left, erased and joined
    again must not repeat transaction ids that its server still remembers. What nothing caused but
    the time is told apart by the moment *now*.
    """
    document.entries += 1
    project = document.project
    seed = f"{project.room}|{project.created.isoformat()}|{document.cause or now.isoformat()}"
    number = document.entries - document.began if document.cause else document.entries
    return f"{blake2s(seed.encode(), digest_size=12).hexdigest()}-{number}"


def room_reader(document: RoomDocument, now: datetime) -> Reader:
    """Return the reader that stands for everybody in the room."""
    project = document.project
    return Reader(spoken(project.languages), project.zone, now)


def asker_reader(asker: Asker) -> Reader:
    """Return the reader for an answer to *asker*."""
    return Reader((asker.language,), asker.zone, asker.now, next=asker.next)


@dataclass(frozen=True)
class Answering:
    """What is answered, and how it hangs together with other messages."""

    room: str | None = None
    """Another room than the project's: a direct one."""
    reply_to: str | None = None
    thread: str | None = None


@dataclass
class Speaker:
    """Puts what is to be done into one room's outbox."""

    document: RoomDocument
    now: datetime

    def _add(self, entry: Entry) -> Entry:
        self.document.outbox.append(entry)
        return entry

    def message(self, text: Text, target: str, answering: Answering) -> Entry:
        """Send *text* as a notice; it will be remembered under *target*."""
        return self._add(
            Entry(
                entry_id(self.document, self.now),
                Kind.NOTICE,
                self.now,
                target=target,
                room=answering.room,
                body=text.body,
                html=text.html,
                reply_to=answering.reply_to,
                thread=answering.thread,
                priority=ANSWERS,
            )
        )

    def edit(
        self, text: Text, target: str, *, event: str | None = None, priority: int = EDITS
    ) -> None:
        """Edit the message that shows *target*; an untried edit of it is replaced."""
        for entry in self.document.outbox:
            same = entry.kind is Kind.EDIT and entry.target == target and not entry.tried
            if same and entry.relates_to == event:
                entry.body, entry.html = text.body, text.html
                return
        self._add(
            Entry(
                entry_id(self.document, self.now),
                Kind.EDIT,
                self.now,
                target=target,
                body=text.body,
                html=text.html,
                room=self.document.elsewhere.get(target),
                relates_to=event,
                priority=priority,
            )
        )

    def announce(self, part: Part, target: str, answering: Answering | None = None) -> Entry:
        """Say *part* to everybody, once per language of the room."""
        text = stack(part, room_reader(self.document, self.now))
        return self.message(text, target, answering or Answering())

    def hand_out(self, file: File, room: str | None = None) -> None:
        """Send *file*; the words that go with it are a message of their own."""
        self._add(
            Entry(
                entry_id(self.document, self.now),
                Kind.FILE,
                self.now,
                room=room,
                body=file.name,
                file=file.name,
                mimetype=file.mimetype,
                content=b64encode(file.content).decode(),
                priority=ANSWERS,
            )
        )

    def poll(self, question: str, answers: list[str], target: str) -> None:
        """Send a native poll; it will be remembered under *target*."""
        lines = [question, *(f"{n}. {answer}" for n, answer in enumerate(answers, 1))]
        self._add(
            Entry(
                entry_id(self.document, self.now),
                Kind.POLL,
                self.now,
                target=target,
                body="\n".join(lines),
                answers=answers,
                priority=ANSWERS,
            )
        )

    def end_poll(self, target: str, body: str) -> None:
        """End the native poll that *target* stands for; old clients show *body*."""
        self._add(
            Entry(
                entry_id(self.document, self.now),
                Kind.POLL_END,
                self.now,
                target=target,
                body=body,
                priority=ANSWERS,
            )
        )

    def react(self, key: str, event: str, room: str | None = None) -> None:
        """React to somebody's message."""
        self._add(
            Entry(
                entry_id(self.document, self.now),
                Kind.REACTION,
                self.now,
                room=room,
                relates_to=event,
                key=key,
                priority=ANSWERS,
            )
        )

    def seed(self, keys: tuple[str, ...], target: str, room: str | None = None) -> None:
        """Put buttons under the message that shows *target*; the first thing to drop in a rush."""
        for key in keys:
            self._add(
                Entry(
                    entry_id(self.document, self.now),
                    Kind.REACTION,
                    self.now,
                    target=target,
                    room=room,
                    key=key,
                    priority=EDITS,
                    droppable=True,
                )
            )

    def redact(self, event: str, room: str | None = None) -> None:
        """Take back a message of the bot's own."""
        self._add(
            Entry(
                entry_id(self.document, self.now),
                Kind.REDACTION,
                self.now,
                room=room,
                relates_to=event,
                priority=EDITS,
            )
        )

    def show(self, target: str, comments: int = 1, language: str | None = None) -> Text:
        """Return how *target* looks now, in *language*: from then on it is written in that one."""
        if target == "board":
            return stack_board(self.document, self.now)
        if language:
            self.document.written[target] = language
        reader = room_reader(self.document, self.now)
        known = self.document.written.get(target, reader.language)
        return render(self.part(target, comments), reader.only(known))

    def part(self, target: str, comments: int = 1) -> Part:
        """Return the message that shows *target* now."""
        project = self.document.project
        kind, _space, number = target.partition(" ")
        if kind == "task" and (task := project.tasks.get(int(number))):
            return cards.task_card(project, task, comments=comments)
        if kind == "milestone" and (milestone := project.milestones.get(int(number))):
            return cards.milestone_card(project, milestone)
        if kind == "reminder" and (reminder := project.reminders.get(int(number))):
            return cards.reminder_card(project, reminder)
        if kind == "poll" and (poll := project.polls.get(int(number))):
            return poll_card(project, poll)
        if kind == "publication" and (found := project.publications.get(int(number))):
            return publication_card(project, found)
        return cards.gone(f"{LETTERS[kind] or '#'}{number}")

    def refresh(self, targets: list[str], *, but: str | None = None) -> None:
        """Edit the cards of *targets* where they are shown, and the board."""
        for target in targets:
            if target != but and (target in self.document.places or self._waits(target)):
                self.edit(self.show(target), target)
        if any(target.startswith(ON_BOARD) for target in targets):
            self.board()

    def _waits(self, target: str) -> bool:
        return any(one.target == target and one.kind is Kind.NOTICE for one in self.document.outbox)

    def board(self) -> None:
        """Bring the pinned board up to date, at most once in 60 seconds; make it if need be."""
        document = self.document
        text = stack_board(document, self.now)
        if "board" not in document.places and not self._waits("board"):
            self._new_board(text)
            return
        last = document.board_edited
        ready = last + BOARD_PAUSE if last else self.now
        for entry in document.outbox:
            if (
                entry.target == "board"
                and entry.kind in {Kind.EDIT, Kind.NOTICE}
                and not entry.tried
            ):
                entry.body, entry.html = text.body, text.html
                return
        self.edit(text, "board", priority=BOARD)
        document.outbox[-1].not_before = max(ready, self.now)
        document.board_edited = max(ready, self.now)

    def _new_board(self, text: Text) -> None:
        """Give the room a board by itself: not as a second answer to somebody's message."""
        later = self.now + BOARD_PAUSE
        self.document.board_edited = later
        entry = self.message(text, "board", Answering())
        entry.not_before, entry.priority = later, BOARD
        self.pin(later)

    def drop_waiting_board(self) -> None:
        """Forget a board that waits to be made: another one is shown instead."""
        outbox = self.document.outbox
        self.document.outbox = [one for one in outbox if one.target != "board" or one.tried]
        self.document.board_edited = self.now

    def pin(self, not_before: datetime | None = None) -> None:
        """Pin the board."""
        self._add(
            Entry(
                entry_id(self.document, self.now),
                Kind.PIN,
                self.now,
                target="board",
                not_before=not_before,
                priority=BOARD,
            )
        )


def stack_board(document: RoomDocument, now: datetime) -> Text:
    """Return the board in the room's first language, its first line in all of them."""
    reader = room_reader(document, now)
    return render(cards.board(document.project, now, reader.languages), reader)
