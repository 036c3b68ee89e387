"""Polling: polls are put to the room, votes are taken, polls close by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.assistant import ballots
from bot.assistant.changes import STEP, WINDOW
from bot.assistant.speaking import Answering, Speaker, room_reader
from bot.assistant.voting import ended, tapped, untapped, voted
from bot.language import poll_cards
from bot.language.field_people import LETTERS
from bot.language.message import Part, Stacked, _, say
from bot.language.poll_cards import sentences
from bot.language.poll_choices import has_plain_signs
from bot.language.poll_results import counted, outcome, reminder
from bot.language.render import Text, render
from bot.model import polls, tally
from bot.model.documents import Change, Offer, RoomDocument
from bot.model.people import Role
from bot.model.polls import Ballot, Poll, nudge_at
from bot.model.project import Project

__all__ = [
    "ask", "close", "ended", "next_moment", "run", "settle", "tapped", "untapped", "voted",
    "withdraw",
]  # fmt: skip
STANDS = timedelta(days=400)
"""How long a poll without an end takes short replies, and a winner waits for its button."""
MILESTONE = "✅"
FAR = datetime.max.replace(tzinfo=UTC)


# --- asking and closing -------------------------------------------------------------------------


def ask(speaker: Speaker, poll: Poll, answering: Answering) -> None:
    """Put *poll* to the room, or put it anew after it was edited or has grown.

    Wherever it was asked from, a poll stands in the project's own room.
    """
    document, target = speaker.document, f"poll {poll.number}"
    native = ballots.target_of(poll.number)
    anew = answering.reply_to == poll.event
    before = document.places.get(native)
    ballots.settle(document, speaker.now)
    if anew and before and document.places.get(native) != before:
        document.anchors.pop(before, None)  # another question: its votes do not count for this one
    letters = tuple(LETTERS[: len(poll.options)]) if poll_cards.by_letter(poll) else ()
    if anew:
        # A native poll belongs to no thread, so neither do the words that go with it.
        beside = Answering() if answering.room else Answering(reply_to=answering.reply_to)
        speaker.message(speaker.show(target), target, beside)
    else:
        speaker.refresh([target])
    speaker.seed(letters if anew else letters[-1:], target)
    _take_short_replies(document, poll)


def _take_short_replies(document: RoomDocument, poll: Poll) -> None:
    """Let "2" or "b" in reply to a poll be a vote, without any sign before it."""
    targets = {f"poll {poll.number}", ballots.target_of(poll.number)}
    document.offers = [one for one in document.offers if one.target not in targets]
    if poll.ballot is Ballot.SECRET or not has_plain_signs(poll) or not poll.open:
        return
    numbers = range(1, len(poll.options) + 1)
    keys = [*LETTERS, *(str(number) for number in numbers[len(LETTERS) :])]
    choices = {
        key: f"vote Q{poll.number} {number}" for key, number in zip(keys, numbers, strict=False)
    }
    until = _takes_short_replies_until(poll)
    document.offers += [Offer(one, until, [], choices, stays=True) for one in sorted(targets)]


def _takes_short_replies_until(poll: Poll) -> datetime:
    return poll.until or poll.created + STANDS


def _renew_short_replies(document: RoomDocument) -> bool:
    """Let short replies be votes until the end, also if that was moved; True if it was."""
    open_ = [one for one in document.project.polls.values() if one.open]
    polls_ = {f"poll {one.number}": one for one in open_}
    polls_ |= {ballots.target_of(one.number): one for one in open_}
    moved = False
    for offer in document.offers:
        poll = polls_.get(offer.target) if offer.stays else None
        if poll and offer.until != (until := _takes_short_replies_until(poll)):
            offer.until, moved = until, True
    return moved


def close(speaker: Speaker, poll: Poll) -> None:
    """Close *poll* and tell the room what came out, once: in all its languages, nobody by name.

    Who voted what is not kept; a secret ballot leaves nothing behind but its totals.
    """
    if poll.closed:
        return
    document, project = speaker.document, speaker.document.project
    poll.closed, poll.closing = speaker.now, None
    tally.fold(project, poll)
    counts: list[int] | None = tally.counts(poll)
    if poll.ballot is Ballot.SECRET:
        urn = project.urns.get(poll.number, polls.Urn())
        counts = tally.secret_counts(urn, len(poll.options))
    top, below = (
        counted(project, poll, counts),
        outcome(project, poll, counts),
    )
    native = ballots.target_of(poll.number)
    if native in document.extra:
        speaker.end_poll(native, _in_all_languages(document, top, speaker.now).body)
    won = poll.ballot is Ballot.DATES and tally.best(project, poll) is not None
    if won:
        offer = say(
            _("If a teacher taps {button}, this date becomes a milestone."), button=MILESTONE
        )
        below = sentences(below, offer)
    target = f"about poll {poll.number} result"
    text = _in_all_languages(document, Stacked(top, below), speaker.now)
    speaker.message(text, target, Answering())
    project.urns.pop(poll.number, None)
    _settle_votes(document, poll)
    if won:
        choices = {MILESTONE: f"Q{poll.number} milestone"}
        until = speaker.now + STANDS
        document.offers.append(Offer(target, until, [], choices, stays=True, role=Role.TEACHER))
        speaker.seed((MILESTONE,), target)
    speaker.refresh([f"poll {poll.number}"])


def _in_all_languages(document: RoomDocument, part: Part, now: datetime) -> Text:
    return render(part, room_reader(document, now))


def _settle_votes(document: RoomDocument, poll: Poll) -> None:
    """Let no reply and no undo change a poll that is over, nor tell who voted what in it."""
    targets = {f"poll {poll.number}", ballots.target_of(poll.number)}
    document.offers = [one for one in document.offers if one.target not in targets]
    votes = f"polls{STEP}{poll.number}{STEP}"
    for change in document.changes:
        change.fields = [one for one in change.fields if not one[0].startswith(votes)]


def withdraw(speaker: Speaker, change: Change) -> None:
    """Let the polls that *change* asked go with its message, that was taken back: votes and all.

    What came out of a closed one was told, and stays; only its words go.
    """
    document = speaker.document
    whole = {f"polls{STEP}{number}": number for number in document.project.polls}
    asked = [whole[path] for path, before, _after in change.fields if path in whole and not before]
    change.fields = [one for one in change.fields if whole.get(one[0]) not in asked]
    for poll in [document.project.polls[number] for number in asked]:
        if poll.closed is None:
            del document.project.polls[poll.number]
            _settle_votes(document, poll)
            speaker.refresh([f"poll {poll.number}"])


# --- errands ------------------------------------------------------------------------------------


def _moments(project: Project, poll: Poll) -> Iterator[datetime]:
    if poll.open and poll.until:
        yield poll.until
        if project.partners and (moment := nudge_at(poll)):
            yield moment


def next_moment(document: RoomDocument, now: datetime) -> datetime | None:
    """Return when the next poll closes or names the classes that have not answered.

    A native poll that is not as it should be, and votes of a poll that is over, are due now.
    """
    project = document.project
    if ballots.are_wrong(document):
        return now
    moments = [one for poll in project.polls.values() for one in _moments(project, poll)]
    over = [_over(project, number, now) for number in _holding_votes(project)]
    return min((one for one in (*moments, *over) if one is not FAR), default=None)


def _holding_votes(project: Project) -> set[int]:
    """Return the numbers of the polls of which it is known who has voted."""
    return {*project.urns, *(n for n, one in project.polls.items() if one.votes or one.taps)}


def _over(project: Project, number: int, now: datetime) -> datetime:
    """Return when nobody needs the votes of a poll any more: it is over and cannot come back."""
    poll = project.polls.get(number)
    if poll is None or poll.closed or not poll.question:
        return now
    return poll.deleted + WINDOW if poll.deleted else FAR


def run(document: RoomDocument, now: datetime) -> None:
    """Close the polls whose time has come; name the classes that have not answered."""
    settle(document, now)
    project = document.project
    for poll in list(project.polls.values()):
        due = [one for one in _moments(project, poll) if one <= now]
        if due and poll.until and poll.until <= now:
            close(Speaker(document, now), poll)
        elif due:
            _nudge(document, poll, now)


def settle(document: RoomDocument, now: datetime) -> bool:
    """Bring native polls, votes and replies in line with the polls; True if anything was wrong.

    Of polls that are over the votes are counted for good, and urns thrown away.
    """
    project = document.project
    over = [one for one in _holding_votes(project) if _over(project, one, now) <= now]
    for number in over:
        project.urns.pop(number, None)
        if poll := project.polls.get(number):
            tally.fold(project, poll)
            _settle_votes(document, poll)
    moved = _renew_short_replies(document)
    return ballots.settle(document, now) or bool(over) or moved


def _nudge(document: RoomDocument, poll: Poll, now: datetime) -> None:
    """Name the classes that have not answered, never persons; nothing if all have."""
    poll.nudged = now
    if not tally.silent(document.project, poll):
        return
    part = Stacked(poll_cards.heading(poll), reminder(document.project, poll))
    target = f"about poll {poll.number} nudge"
    Speaker(document, now).message(_in_all_languages(document, part, now), target, Answering())
