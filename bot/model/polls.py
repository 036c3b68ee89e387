"""Polls: questions with options, who chooses what while they are open, what came out of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2s

from bot.model.due import Due
from bot.model.people import FORMER


class Ballot(StrEnum):
    """How a poll is voted."""

    ONE = "one"
    """One choice each: a native poll."""
    MANY = "many"
    """Any number of choices, by letter reactions."""
    DATES = "dates"
    """Moments that suit, by letter reactions; the weakest class decides."""
    CLASSES = "classes"
    """One vote per class, cast by a teacher of it."""
    SECRET = "secret"  # noqa: S105 - a kind of ballot, no password
    """One irrevocable vote each, by a direct message that the voter opens."""


@dataclass
class Option:
    """Something to choose."""

    text: str = ""
    """In the author's words; "" for a moment and for yes and no."""
    due: Due | None = None
    """The moment, in a poll of dates."""
    word: str = ""
    """ "yes" or "no": said in every language of the room."""


@dataclass
class Tap:
    """A letter reaction, kept so that taking it away counts."""

    by: str
    option: int


@dataclass(frozen=True)
class Turnout:
    """How many of a class have voted."""

    partner: str
    """Class code."""
    voted: int
    size: int
    declared: bool
    """The size was told; else it is how many members are known."""


@dataclass
class Result:
    """What is kept of the votes of a poll that is over: numbers, and nobody's choice.

    Who voted what is not needed any more then (data minimisation, GDPR art. 5 (1) c). Sizes and
    classes are those of that moment, so that what was told stays true.
    """

    counts: list[int]
    """Votes for option 1, 2..."""
    voters: int
    """People; of a poll of classes, classes."""
    classes: int
    """How many classes there were."""
    turnout: list[Turnout]
    best: int | None = None
    """Of a poll of dates: the number of the date that suits best."""
    weakest: list[Turnout] = field(default_factory=list)
    """How many of the class that this date suits least have chosen it, to say why; of several
    classes of which nobody has, all."""


@dataclass
class Poll:
    """A question to the room."""

    number: int
    question: str
    author: str
    created: datetime
    ballot: Ballot
    options: list[Option]
    """Numbered from 1."""
    until: datetime | None = None
    """When it closes by itself (aware)."""
    votes: dict[str, list[int]] = field(default_factory=dict)
    """Matrix id (of a poll of classes: class code) -> numbers of the options chosen."""
    taps: dict[str, Tap] = field(default_factory=dict)
    """Reaction, or vote of a native poll -> whose it is and for which option."""
    nudged: datetime | None = None
    """When the classes that had not answered were named."""
    closing: datetime | None = None
    """When somebody asked to close it; None again as soon as that is done, so that no undo finds
    it as that command left it."""
    closed: datetime | None = None
    result: Result | None = None
    """What came out, in the place of `votes` and `taps`; never of a secret ballot."""
    milestone: int | None = None
    """What the winner of a poll of dates was made into."""
    deleted: datetime | None = None
    grown: bool = False
    """An option was added after it had been asked; votes cast before still count."""
    event: str | None = None
    """The message that the question was quoted from."""

    @property
    def open(self) -> bool:
        """Still taking votes, as far as anybody knows; nobody votes on words taken back."""
        over = self.closed or self.deleted or self.result
        return not over and bool(self.question)

    def takes(self, moment: datetime) -> bool:
        """Tell whether a vote cast at *moment* (aware) counts, however late it is heard."""
        return self.open and (self.until is None or moment <= self.until)


MOST_SPELLINGS = 3
A_DAY, TWO_DAYS, TWO_HOURS = timedelta(days=1), timedelta(days=2), timedelta(hours=2)


def nudge_at(poll: Poll) -> datetime | None:
    """Return when the classes that have not answered are named, once: a day before the end.

    Of a poll shorter than two days, when a quarter of its time is left; of the shortest, never.
    """
    if poll.until is None or poll.nudged or poll.ballot is Ballot.SECRET:
        return None
    length = poll.until - poll.created
    if length < TWO_HOURS:
        return None
    return poll.until - (A_DAY if length >= TWO_DAYS else length / 4)


def move_end(poll: Poll, until: datetime | None, now: datetime) -> None:
    """Let *poll* close at *until* (aware), or not by itself; the reminder before the end follows.

    One whose moment would be past is left out: the new end was said just `now` (aware).
    """
    poll.until, poll.nudged = until, None
    moment = nudge_at(poll)
    if moment is not None and moment <= now:
        poll.nudged = now


@dataclass
class Urn:
    """The votes of a secret ballot. Who has voted and what was voted never stand side by side."""

    voted: list[str] = field(default_factory=list)
    """Matrix ids, in alphabetical order, so that the order of voting is not told; of whoever was
    forgotten since, a mark."""
    counts: list[int] = field(default_factory=list)
    """Votes for option 1, 2..."""


def vote(poll: Poll, voter: str, chosen: list[int]) -> None:
    """Let the vote of *voter* (Matrix id or class code) be *chosen*; nothing takes it back."""
    if poll.ballot is Ballot.ONE:  # what was tapped before is not what is redacted later
        poll.taps = {event: one for event, one in poll.taps.items() if one.by != voter}
    if chosen:
        poll.votes[voter] = list(dict.fromkeys(chosen))
    else:
        poll.votes.pop(voter, None)


def press(poll: Poll, event: str, voter: str, chosen: list[int]) -> None:
    """Let the native vote *event* be the vote of *voter*; its redaction takes it back."""
    vote(poll, voter, chosen)
    if chosen:
        poll.taps[event] = Tap(voter, chosen[0])


def tap(poll: Poll, event: str, made: Tap, voter: str) -> None:
    """Count the letter reaction *event*: one more choice, or the only one of a class.

    Clients send the same letter once; another spelling of it ("A", "🇦") is kept a few times only.
    """
    if sum(one == made for one in poll.taps.values()) >= MOST_SPELLINGS:
        return
    poll.taps[event] = made
    others = [] if poll.ballot is Ballot.CLASSES else poll.votes.get(voter, [])
    vote(poll, voter, sorted({*others, made.option}))


def untap(poll: Poll, event: str, voters: dict[str, str]) -> None:
    """Take back the choice of the letter reaction *event*, unless another one still makes it.

    `voters` says in whose name somebody taps (a teacher for a class), by Matrix id. A class falls
    back on what its teachers have tapped last and not taken away.
    """
    gone = poll.taps.pop(event)
    voter = voters.get(gone.by, gone.by)
    chosen = poll.votes.get(voter, [])
    standing = [one.option for one in poll.taps.values() if voters.get(one.by, one.by) == voter]
    if gone.option not in chosen:
        return
    if poll.ballot is Ballot.CLASSES:
        vote(poll, voter, standing[-1:])
    elif gone.option not in standing:
        vote(poll, voter, [one for one in chosen if one != gone.option])


def grow(poll: Poll, option: Option) -> None:
    """Add *option*; votes for another one in its place, which was taken back, are not for it."""
    known = len(poll.options)
    kept = {voter: [one for one in chosen if one <= known] for voter, chosen in poll.votes.items()}
    poll.votes = {voter: chosen for voter, chosen in kept.items() if chosen}
    poll.taps = {event: one for event, one in poll.taps.items() if one.option <= known}
    poll.options, poll.grown = [*poll.options, option], True


def has_voted(urn: Urn, voter: str) -> bool:
    """Tell whether *voter* has put a vote into *urn*, even if they were forgotten since."""
    return voter in urn.voted or _mark_of(voter) in urn.voted


def _mark_of(voter: str) -> str:
    """Return what stands for *voter* once they are forgotten: it can be checked, not read."""
    return blake2s(voter.encode(), digest_size=12).hexdigest()


def drop_in(urn: Urn, voter: str, option: int, options: int) -> bool:
    """Put one secret vote into *urn*, for ever; False if *voter* has voted before."""
    if has_voted(urn, voter):
        return False
    urn.counts += [0] * (options - len(urn.counts))
    urn.counts[option - 1] += 1
    urn.voted = sorted([*urn.voted, voter])
    return True


def forget(poll: Poll, user: str, urn: Urn | None = None) -> None:
    """Take *user* out of *poll*: votes and letters go, the author is a former member.

    What came out of a poll that is over names nobody and stays as it was told. The vote of a class
    stays, whoever cast it. What is in an `urn` cannot be told apart and stays, too; in the place of
    who voted comes a mark, so that forgetting gives no second vote.
    """
    poll.votes.pop(user, None)
    poll.taps = {event: one for event, one in poll.taps.items() if one.by != user}
    poll.author = FORMER if poll.author == user else poll.author
    if urn is not None:
        urn.voted = sorted(_mark_of(user) if one == user else one for one in urn.voted)


def blank(poll: Poll) -> None:
    """Take the words of *poll* away, whose message was taken back late: it is over."""
    poll.question = ""
    for option in poll.options:
        option.text = ""
