"""Doing: a command is run on the copy, its outcome becomes answers, cards and a change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.assistant import changes, offers, polling
from bot.assistant.answers import not_allowed, target_of
from bot.assistant.reach import Reach
from bot.assistant.speaking import SEEDS, Answering, Speaker, asker_reader, room_reader
from bot.assistant.understanding import Understood
from bot.assistant.unread import look
from bot.command import Commands, Context, Outcome, Scope
from bot.language.catalog import translated
from bot.language.fields import Situation
from bot.language.message import Part, Refusal, _, say
from bot.language.render import Text, render, stack
from bot.model.asker import Asker
from bot.model.documents import LETTERS, Change, Offer, PersonDocument, RoomDocument, thing_of
from bot.model.institution import Institution
from bot.model.people import Role
from bot.model.project import Project
from bot.model.tasks import State

OFFER_STANDS = timedelta(minutes=10)
TAPPING_STANDS = timedelta(days=30)
REMARKS = 3
ON_TIME = timedelta(minutes=1)
SOON = timedelta(minutes=1)


@dataclass(frozen=True)
class Deed:
    """A command to run, for whom and when."""

    understood: Understood
    situation: Situation
    answering: Answering
    now: datetime
    line: str
    institution: Institution
    silent: bool = False
    """Asked by a button: no reaction on it, the card shows what happened."""

    @property
    def asker(self) -> Asker:
        """Return who asks."""
        return self.situation.asker


def do(
    document: RoomDocument,
    deed: Deed,
    commands: Commands,
    reach: Reach,
    before: dict[str, Any] | None,
) -> None:
    """Run *deed* on *document*: a Refusal leaves the project as it was and says why.

    `before` is the project's snapshot; None for a command that only shows.
    """
    command, asker = deed.understood.command, deed.asker
    speaker = Speaker(document, deed.now)
    if asker.role < command.may:
        not_allowed(speaker, asker, command.may, deed.answering)
        return
    others = {id(one): changes.snapshot(one.project) for one in _others(document, reach)}
    context = Context(
        commands,
        translated(),
        dict(document.anchors) if command.context else {},
        deed.institution,
        reach.file,
        tuple(reach.rooms or ()),
    )
    try:
        outcome = command.run(
            _subject(document, deed, reach), asker, deed.understood.match.values, context
        )
    except Refusal as refusal:
        if before is not None:
            document.project = changes.restored(before)
        about = target_of(document, asker)
        if refusal.about:
            about = f"about {refusal.about} {asker.event}"
        _record(document, deed, [], about)
        speaker.message(render(refusal.message, asker_reader(asker)), about, deed.answering)
        return
    for one in _others(document, reach):
        seen = list(changes.differences(others[id(one)], changes.snapshot(one.project)))
        if "left" not in one.extra:
            Speaker(one, deed.now).refresh(changes.touched(seen))
    if outcome.undoes:
        _undo_last(document, deed)
        return
    _ring_what_is_late(document.project, deed)
    deed = _in_their_language(deed, document.project, before)
    fields: list[changes.Field] = []
    if before is not None:
        fields = list(changes.differences(before, changes.snapshot(document.project)))
    reach.shown = not fields and not outcome.board
    _answer(document, speaker, deed, outcome, fields)
    if outcome.forgets:
        reach.forgets = True


def _in_their_language(deed: Deed, project: Project, before: dict[str, Any] | None) -> Deed:
    """Return *deed*, answered in the first new language of the room if it was only "fr de"."""
    chosen = project.languages
    if deed.understood.language or before is None or chosen == before.get("languages"):
        return deed
    asker = replace(deed.asker, language=chosen[0])
    return replace(deed, situation=replace(deed.situation, asker=asker))


def _ring_what_is_late(project: Project, deed: Deed) -> None:
    """Let a reminder ring that was asked for while the bot was away, for a time that has passed."""
    if deed.now - deed.asker.now < ON_TIME:
        return
    for reminder in project.reminders.values():
        zone = reminder.first.zone or project.zone_of(reminder.author)
        first = reminder.first.at(zone)
        mine = reminder.event == deed.asker.event and reminder.every is None
        if mine and reminder.snoozed is None and first <= deed.now:
            reminder.snoozed = deed.now + SOON


def _others(document: RoomDocument, reach: Reach) -> list[RoomDocument]:
    return [one for one in reach.rooms or () if one is not document]


def _subject(
    document: RoomDocument, deed: Deed, reach: Reach
) -> Project | PersonDocument | list[Project]:
    """Return what the handler may change."""
    people: dict[str, PersonDocument] = reach.people
    match deed.understood.command.scope:
        case Scope.PERSON:
            return people.setdefault(deed.asker.user, PersonDocument(deed.asker.user))
        case Scope.MY_ROOMS:
            return _projects(deed, reach)
        case _:
            return document.project


def _projects(deed: Deed, reach: Reach) -> list[Project]:
    """Return the projects of the asker; rooms that the assistant left are erased, not shown."""
    shows = deed.understood.command.shows
    rooms = [one for one in reach.rooms or () if not (shows and "left" in one.extra)]
    return [one.project for one in rooms if deed.asker.user in one.project.members]


def _answer_target(asker: Asker) -> str:
    return f"answer {asker.event}"


def _answer(
    document: RoomDocument,
    speaker: Speaker,
    deed: Deed,
    outcome: Outcome,
    fields: list[changes.Field],
) -> None:
    """Say what the outcome says, in one message at the most; edit the cards that changed."""
    asker, answering = deed.asker, deed.answering
    targets = changes.touched(fields)
    target = _target(deed, outcome, targets)
    unread = look(deed.understood, deed.situation, _called(outcome.card))
    text = _words(speaker, deed, outcome, unread.says)
    if target == "board":
        speaker.drop_waiting_board()
    if text:
        speaker.message(text, target, answering)
        offered = {choice.key: choice.line for choice in outcome.offers} | dict(unread.choices)
        _offer(speaker, deed, outcome, target, offered)
        if target == "board":
            speaker.pin()
    elif outcome.reaction and not deed.silent:
        speaker.react(outcome.reaction, answering.reply_to or asker.event, answering.room)
    if outcome.poll is not None:
        polling.ask(speaker, document.project.polls[outcome.poll], answering)
        target = target if text else f"poll {outcome.poll}"
    if outcome.closes is not None:
        polling.close(speaker, document.project.polls[outcome.closes])
    if outcome.file:
        speaker.hand_out(outcome.file, answering.room)
    _record(document, deed, fields, target if text or outcome.poll is not None else "")
    asked = f"poll {outcome.poll}" if outcome.poll is not None else None
    speaker.refresh(targets, but=outcome.card or asked)
    if outcome.board:
        speaker.board()


def _target(deed: Deed, outcome: Outcome, targets: list[str]) -> str:
    """Return the target of an answer: a reply to it means the thing that it is about."""
    card = outcome.card
    about = outcome.asks
    if not about and card and deed.answering.room:
        about = card  # the room has its own card
    elif not about and not card and len(targets) == 1:
        about = targets[0]
    if about:
        return f"about {about} {deed.asker.event}"
    return card or _answer_target(deed.asker)


def _called(card: str | None) -> str | None:
    """Return how people name the thing that *card* shows: "14", "M2"; None if it is none."""
    kind, number = thing_of(card or "")
    return LETTERS[kind] + number if number else None


def _words(speaker: Speaker, deed: Deed, outcome: Outcome, unread: Part) -> Text:
    """Return the whole answer: the card, what the command says, what was not understood."""
    parts: list[Text] = []
    if outcome.card:
        fresh = not deed.understood.match.values.get("task")
        comments = 1 if fresh else REMARKS
        parts.append(speaker.show(outcome.card, comments, deed.asker.language))
    if outcome.announces:
        parts.append(stack(outcome.announces, room_reader(speaker.document, deed.now)))
    reader = asker_reader(deed.asker)
    if outcome.says:
        parts.append(render(outcome.says, reader))
    parts.append(render(unread, reader))
    shown = [part for part in parts if part]
    return Text("\n".join(p.body for p in shown), "<br>".join(p.html for p in shown))


def _offer(
    speaker: Speaker, deed: Deed, outcome: Outcome, target: str, choices: dict[str, str]
) -> None:
    """Put the buttons under an answer."""
    document, room = speaker.document, deed.answering.room
    if choices:
        stands = TAPPING_STANDS if outcome.anyone else OFFER_STANDS
        who = [] if outcome.anyone else [deed.asker.user]
        document.offers = [one for one in document.offers if one.target != target]
        until = deed.now + stands
        document.offers.append(
            Offer(target, until, who, choices, stays=outcome.anyone, role=outcome.role)
        )
        speaker.seed(tuple(choices), target, room)
        return
    kind, number = thing_of(target) if outcome.card else ("", "")
    if kind == "task":
        task = document.project.tasks[int(number)]
        if task.state is not State.DONE and not deed.understood.match.values.get("task"):
            speaker.seed(SEEDS, target, room)


def _record(document: RoomDocument, deed: Deed, fields: list[changes.Field], answer: str) -> None:
    document.changes.append(Change(deed.asker.event, deed.asker.user, deed.now, fields, answer))


def _undo_last(document: RoomDocument, deed: Deed) -> None:
    """Take back the asker's last change, or the one behind the message replied to."""
    asker = deed.asker
    target = document.anchors.get(asker.reply_to) if asker.reply_to else None
    found = changes.last_of(document, asker.user, deed.now, target) if target else None
    if found is not None and found.by != asker.user and asker.role < Role.TEACHER:
        found = None
    found = found or changes.last_of(document, asker.user, deed.now)
    _record(document, deed, [], _answer_target(asker))
    if found is None:
        message = say(_("There is nothing to undo from the last 10 minutes."))
        Speaker(document, deed.now).message(
            render(message, asker_reader(asker)), _answer_target(asker), deed.answering
        )
        return
    offers.undo(Speaker(document, deed.now), found, asker, deed.answering, aloud=True)
