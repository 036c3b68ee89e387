"""Poll results: what came out, in numbers and in words, and who has not answered."""

from __future__ import annotations

from collections.abc import Sequence

from bot.language.cards import MOST_CLASSES, date_and_places
from bot.language.date_writing import write_neutral
from bot.language.message import NOTHING, Joined, Listed, Message, Part, _, _n, say
from bot.language.poll_cards import (
    heading,
    label,
    name_of,
    on_first_clock,
    sentences,
    sign_of,
    until,
)
from bot.model import tally
from bot.model.polls import Ballot, Poll, Turnout
from bot.model.project import Project

TOO_LATE = _("The dates that people voted for are already past.")


def counted(project: Project, poll: Poll, counts: Sequence[int] | None) -> Part:
    """Return the neutral line of a result: the options with their votes, most votes first."""
    if counts is None:
        return heading(poll)
    numbers = sorted(range(len(counts)), key=lambda at: -counts[at])
    found = tuple(
        say(_("{answer}: {votes}"), answer=_short_label(project, poll, at + 1), votes=counts[at])
        for at in numbers
    )
    return Joined((heading(poll), *found))


def _short_label(project: Project, poll: Poll, number: int) -> Part:
    """Return what an option is called beside its votes; a date by its letter, on one clock."""
    option = poll.options[number - 1]
    if option.due is None:
        return name_of(project, option)
    day, clock = on_first_clock(project, option.due)
    return Joined((sign_of(poll, number), write_neutral(day, clock, today=day)), " ")


def outcome(project: Project, poll: Poll, counts: Sequence[int] | None) -> Part:
    """Return what a result means, in words, and how many of each class have voted.

    Nobody is named, and no vote is told by class; `counts` is None for a secret ballot that is
    open, or in which too few have voted.
    """
    return sentences(_who_wins(project, poll, counts), _turnout(project, poll))


def _who_wins(project: Project, poll: Poll, counts: Sequence[int] | None) -> Part:
    if counts is None:
        return say(_("Fewer than 5 have voted: nothing is shown.")) if poll.closed else NOTHING
    first = tally.winners(counts)
    if not first:
        return say(_("Nobody has voted."))
    if poll.ballot is Ballot.DATES:
        return _best_date(project, poll)
    names = tuple(label(project, poll.options[number - 1]) for number in first)
    if poll.open:
        return say(_("Ahead so far: {answers}."), answers=Listed(names))
    return say(
        _n("The answer is {answers}.", "A tie between {answers}.", len(names)),
        answers=Listed(names),
    )


def _best_date(project: Project, poll: Poll) -> Part:
    number = tally.best(project, poll)
    if number is None:
        return say(TOO_LATE)
    due = poll.options[number - 1].due
    weakest = tally.weakest(project, poll, number)
    day: Part = NOTHING
    if due is not None:
        day = (
            date_and_places(project, due, list(project.partners.values())) if due.clock else due.day
        )
    if not weakest:
        return say(_("{day} suits best."), day=day)
    if not weakest[0].voted:
        shown = Listed(tuple(one.partner for one in weakest[:MOST_CLASSES]))
        return say(
            _("{day} suits best, but nobody from {classes} chose it."), day=day, classes=shown
        )
    text = _("{day} suits best: even in the class that it suits least, {voted} of {n} chose it.")
    return say(text, day=day, voted=weakest[0].voted, n=weakest[0].size)


def _turnout(project: Project, poll: Poll) -> Part:
    """Return how many have voted, by class where people vote openly."""
    count = tally.voters(project, poll)
    if poll.ballot is Ballot.CLASSES:
        classes = _n(
            "{voted} of {n} class has voted.",
            "{voted} of {n} classes have voted.",
            max(tally.classes(project, poll), count),
        )
        return say(classes, voted=count)
    if poll.ballot is Ballot.SECRET:
        hidden = poll.closed and count < tally.LEAST_SECRET
        return (
            NOTHING if hidden else say(_n("{n} person has voted.", "{n} people have voted.", count))
        )
    found = tally.turnout(project, poll)
    if not found:
        return (
            say(_n("{n} person has voted.", "{n} people have voted.", count)) if count else NOTHING
        )
    classes_said: list[Part] = [_of_class(one) for one in found[:MOST_CLASSES]]
    if (more := len(found) - MOST_CLASSES) > 0:
        classes_said.append(say(_n("… and {n} more", "… and {n} more", more)))
    if alone := tally.unplaced(project, poll):
        classes_said.append(say(_n("{n} without a class", "{n} without a class", alone)))
    return say(_("Votes: {classes}."), classes=Joined(tuple(classes_said)))


def _of_class(one: Turnout) -> Message:
    if one.declared:
        text = _n("{voted} of {n} in {partner}", "{voted} of {n} in {partner}", one.size)
    else:
        text = _n(
            "{voted} of {n} known member in {partner}",
            "{voted} of {n} known members in {partner}",
            one.size,
        )
    return say(text, voted=one.voted, partner=one.partner)


def reminder(project: Project, poll: Poll) -> Part:
    """Return the one reminder before a poll closes: which classes have not answered."""
    codes = tally.silent(project, poll)
    shown = Listed(tuple(codes[:MOST_CLASSES]))
    day = until(project, poll.until) if poll.until else NOTHING
    return say(_("No answer yet from {classes}. Open until {day}."), classes=shown, day=day)
