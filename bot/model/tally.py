"""Tally: what came out of a poll and which classes have not answered, in numbers, never names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

from bot.model.polls import Ballot, Option, Poll, Result, Turnout, Urn
from bot.model.project import Project

LEAST_SECRET = 5
"""Voters below which the totals of a secret ballot would tell too much."""


def fold(project: Project, poll: Poll) -> None:
    """Keep of the votes of *poll*, which is over, only what came out; who chose what is gone.

    All functions of this module say afterwards what they said before. Of a secret ballot nothing
    is kept: its totals are said once.
    """
    if poll.ballot is not Ballot.SECRET and poll.result is None:
        winner = best(project, poll) if poll.ballot is Ballot.DATES else None
        poll.result = Result(
            counts(poll),
            voters(project, poll),
            len(project.partners),
            turnout(project, poll),
            winner,
            weakest(project, poll, winner) if winner else [],
        )
    poll.votes, poll.taps = {}, {}


def counts(poll: Poll) -> list[int]:
    """Return the votes for option 1, 2...; those of a secret ballot are not here."""
    if poll.result is not None:
        return [*poll.result.counts]
    found = [0] * len(poll.options)
    for chosen in poll.votes.values():
        for option in set(chosen):
            if 1 <= option <= len(found):
                found[option - 1] += 1
    return found


def secret_counts(urn: Urn, options: int) -> list[int] | None:
    """Return the totals of a secret ballot; None where so few have voted that they would tell."""
    if len(urn.voted) < LEAST_SECRET:
        return None
    return [*urn.counts[:options], *[0] * (options - len(urn.counts))]


def voters(project: Project, poll: Poll) -> int:
    """Return how many have voted: people, or classes where these vote."""
    if poll.ballot is Ballot.SECRET:
        urn = project.urns.get(poll.number)
        return len(urn.voted) if urn else 0
    if poll.result is not None:
        return poll.result.voters
    return sum(_counts_somewhere(poll, chosen) for chosen in poll.votes.values())


def classes(project: Project, poll: Poll) -> int:
    """Return how many classes there are to vote; when *poll* is over, how many there were."""
    return poll.result.classes if poll.result is not None else len(project.partners)


def _counts_somewhere(poll: Poll, chosen: Sequence[int]) -> bool:
    return any(1 <= option <= len(poll.options) for option in chosen)


def winners(counted: Sequence[int]) -> list[int]:
    """Return the numbers of the options with the most votes; none if nobody has voted."""
    most = max(counted, default=0)
    return [number for number, votes in enumerate(counted, 1) if votes == most > 0]


def _by_class(project: Project, poll: Poll) -> dict[str, dict[int, int]]:
    """Return class code -> option -> votes of its people, whether they are still there or not."""
    found: dict[str, dict[int, int]] = {code: {} for code in project.partners}
    for user, chosen in poll.votes.items():
        partner = project.partner_of(user)
        if partner is None:
            continue
        own = found[partner.code]
        for option in set(chosen):
            own[option] = own.get(option, 0) + 1
    return found


def turnout(project: Project, poll: Poll) -> list[Turnout]:
    """Return how many of each class have voted; empty where people do not vote openly.

    A class whose size was not declared counts as large as it is known here.
    """
    if poll.ballot in {Ballot.SECRET, Ballot.CLASSES}:
        return []
    if poll.result is not None:
        return [*poll.result.turnout]
    voted = _voters_by_class(project, poll)
    return [
        _turnout(project, code, voted[code])
        for code in project.partners
        if project.partners[code].size or project.people_of(code) or voted[code]
    ]


def _turnout(project: Project, code: str, voted: int) -> Turnout:
    declared = project.partners[code].size
    size = declared or len(project.people_of(code))
    return Turnout(code, voted, max(size, voted), declared is not None)


def _voters_by_class(project: Project, poll: Poll) -> dict[str, int]:
    found = dict.fromkeys(project.partners, 0)
    for user, chosen in poll.votes.items():
        partner = project.partner_of(user)
        if partner is not None and _counts_somewhere(poll, chosen):
            found[partner.code] += 1
    return found


def unplaced(project: Project, poll: Poll) -> int:
    """Return how many have voted who are in no class."""
    if poll.ballot in {Ballot.SECRET, Ballot.CLASSES}:
        return 0
    return voters(project, poll) - sum(one.voted for one in turnout(project, poll))


def silent(project: Project, poll: Poll) -> list[str]:
    """Return the codes of the classes that have not answered at all."""
    if poll.ballot is Ballot.CLASSES:
        return [code for code in project.partners if code not in poll.votes]
    return [code for code, voted in _voters_by_class(project, poll).items() if not voted]


def best(project: Project, poll: Poll) -> int | None:
    """Return the number of the option that is fairest to the weakest class; None without a vote.

    Leximin: the option whose smallest share of a class is largest; then the second smallest, and
    so on; then the most votes, then the earliest moment. (Sen, Collective Choice and Social
    Welfare, 1970, ch. 9.) A class of which nobody is known has no share. What was past when the
    poll closed is no choice any more.
    """
    if poll.result is not None:
        return poll.result.best
    counted = counts(poll)
    numbers = [one for one in range(1, len(poll.options) + 1) if not _is_past(project, poll, one)]
    if not any(counted[number - 1] for number in numbers):
        return None
    fairest = max(_fairness(project, poll, number, counted) for number in numbers)
    equal = [one for one in numbers if _fairness(project, poll, one, counted) == fairest]
    return min(equal, key=lambda number: (_moment(project, poll.options[number - 1]), number))


def _is_past(project: Project, poll: Poll, number: int) -> bool:
    option = poll.options[number - 1]
    moment = _moment(project, option) if option.due else None
    return moment is not None and poll.closed is not None and moment <= poll.closed


def _fairness(
    project: Project, poll: Poll, option: int, counted: Sequence[int]
) -> tuple[list[Fraction], int]:
    shares = [Fraction(one.voted, one.size) for one in shares_of(project, poll, option)]
    return sorted(shares), counted[option - 1]


def shares_of(project: Project, poll: Poll, option: int) -> list[Turnout]:
    """Return how many of each class have chosen *option* of an open poll."""
    sizes = {one.partner: one for one in turnout(project, poll)}
    chosen = _by_class(project, poll)
    return [
        Turnout(code, chosen[code].get(option, 0), one.size, one.declared)
        for code, one in sizes.items()
    ]


def weakest(project: Project, poll: Poll, option: int) -> list[Turnout]:
    """Return the class that *option* suits least; all of which nobody chose it; none at all.

    When a poll is over that is known of its best date only.
    """
    if poll.result is not None:
        return [*poll.result.weakest] if option == poll.result.best else []
    found = shares_of(project, poll, option)
    nobody = [one for one in found if not one.voted]
    return nobody or sorted(found, key=lambda one: Fraction(one.voted, one.size))[:1]


def _moment(project: Project, option: Option) -> datetime:
    if option.due is None:
        return datetime.max.replace(tzinfo=UTC)
    return project.deadline_of(option.due, None)
