"""Keeping polls: they are listed and shown, get one more answer or another end, are deleted."""

from __future__ import annotations

from bot.command import Commands, Outcome
from bot.language.cards import first_lines
from bot.language.field_polls import MoreOption, NewEnd
from bot.language.fields import PollNumber
from bot.language.message import NOTHING, Joined, Lines, Part, Refusal, _, say
from bot.language.poll_cards import ending, heading, until
from bot.language.poll_splitting import SURE
from bot.model.asker import Asker
from bot.model.due import Due
from bot.model.polls import Ballot, Option, Poll, Urn, grow, move_end
from bot.model.project import Project
from commands.polls import MOST_DATES, check_date, check_options, end, put
from commands.rights import need_teacher

command = Commands("polls")
MOST_LINES = 6


@command(
    _("polls\n(list|show|open) polls\npoll list"),
    _("The polls that are open."),
    example=_("polls"),
    quiet=True,
    shows=True,
)
def show(project: Project, asker: Asker) -> Outcome:
    """List the open polls."""
    del asker
    found = [one for one in project.polls.values() if one.open]
    if not found:
        return Outcome(says=say(_("No poll is open.")))
    return Outcome(says=Lines(first_lines([_line(project, one) for one in found], MOST_LINES)))


def _line(project: Project, poll: Poll) -> Part:
    ends: Part = NOTHING
    if poll.until:
        ends = say(_("Open until {day}."), day=until(project, poll.until))
    return Joined((heading(poll), ends))


@command(
    _("{poll}\n(poll|survey) {poll}"), _("Show a poll."), example=_("Q1"), quiet=True, shows=True
)
def card(project: Project, asker: Asker, *, poll: PollNumber) -> Outcome:
    """Show a poll."""
    del asker
    return Outcome(card=f"poll {find(project, poll).number}")


@command(
    _("{poll} + {option}\n{poll} add {option}"),
    _("One more answer to choose from."),
    example=_("Q1 + orange"),
    quiet=True,
)
def add(project: Project, asker: Asker, *, poll: PollNumber, option: MoreOption) -> Outcome:
    """Add an option: its author or a teacher, while the poll is open."""
    found = find_mine(project, asker, poll)
    if not found.takes(asker.now):
        raise closed(found)
    if found.ballot is Ballot.SECRET:
        raise Refusal(say(_("You cannot add an answer to a secret vote.")))
    if SURE.search(option.text):
        raise Refusal(say(_("One answer at a time, please.")))
    one = Option(option.text)
    if found.ballot is Ballot.DATES:
        if option.due is None:
            unread = say(_("I cannot read “{words}” as a date."), words=option.text)
            raise Refusal(option.trouble or unread)
        check_date(project, asker, option.due)
        one = Option(due=Due(option.due.day, option.due.clock, option.due.zone))
    _check_more(found, [*found.options, one])
    grow(found, one)
    return put(asker, found.number)


def _check_more(poll: Poll, options: list[Option]) -> None:
    if poll.ballot is not Ballot.DATES:
        check_options(poll.ballot, options)
    elif len(options) > MOST_DATES:
        raise Refusal(
            say(_("Please give 2 to {most} dates, with / between them."), most=MOST_DATES)
        )
    elif options[-1] in options[:-1]:
        raise Refusal(say(_("You wrote the same date twice.")))


@command(
    _(
        "[poll] {poll} (until|till|by|ends|deadline) {ends}\n"
        "(move|extend) {poll} [to|until|till] {ends}\n"
        "{poll} (no end|without end|no date)"
    ),
    _("Give a poll another end, or none."),
    example=_("Q1 until 12 March"),
    quiet=True,
)
def move(
    project: Project, asker: Asker, *, poll: PollNumber, ends: NewEnd | None = None
) -> Outcome:
    """Let a poll end at another time, or only when it is closed: its author or a teacher."""
    found = find_mine(project, asker, poll)
    if not found.takes(asker.now):
        raise closed(found)
    before = found.until
    move_end(found, end(project, asker, ends) if ends else None, asker.now)
    old = say(_("Before: {day}."), day=until(project, before)) if before else NOTHING
    return Outcome(says=Lines((Joined((f"Q{found.number}", ending(project, found))), old)))


@command(
    _("{poll} (delete|remove|🗑)\n(delete|remove) {poll}"),
    _("Delete a poll."),
    example=_("Q1 delete"),
    quiet=True,
)
def delete(project: Project, asker: Asker, *, poll: PollNumber) -> Outcome:
    """Delete a poll: its author while nobody has voted, else a teacher."""
    found = find(project, poll)
    urn = project.urns.get(poll, Urn())
    if found.author != asker.user or found.votes or urn.voted or found.closed:
        need_teacher(
            asker, _("You can only delete a poll of your own, and only while nobody has voted.")
        )
    found.deleted = asker.now
    return Outcome(reaction="🗑️")


def find(project: Project, number: int) -> Poll:
    """Return poll *number*; Refusal if there is none."""
    found = project.polls.get(number)
    if found is None or found.deleted:
        raise Refusal(say(_("There is no poll {number}."), number=f"Q{number}"))
    return found


def find_mine(project: Project, asker: Asker, number: int) -> Poll:
    """Return poll *number* if the asker may change it: its author, and teachers."""
    found = find(project, number)
    if found.author != asker.user:
        need_teacher(asker, _("This poll is somebody else's."))
    return found


def closed(poll: Poll) -> Refusal:
    """Return what to say to somebody who comes too late."""
    return Refusal(say(_("{poll} is closed."), poll=f"Q{poll.number}"))
