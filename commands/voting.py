"""Voting: votes by word, the counts so far, closing, and what a date poll leads to."""

from __future__ import annotations

from bot.command import Commands, Context, Outcome
from bot.language.field_polls import OptionName, Vote
from bot.language.fields import PollNumber
from bot.language.message import NOTHING, Joined, Lines, Refusal, Typed, _, say
from bot.language.poll_cards import CLOSE, VOTE, heading, label, options, sentences
from bot.language.poll_choices import chosen, place, without_trimmings
from bot.language.poll_results import TOO_LATE, counted, outcome
from bot.model import tally
from bot.model.asker import Asker
from bot.model.documents import thing_of
from bot.model.people import Role
from bot.model.polls import Ballot, Poll, Urn, drop_in, has_voted, vote
from bot.model.project import Project
from bot.model.tasks import Milestone
from commands.people import IAM
from commands.poll_keeping import closed, find, find_mine
from commands.rights import need_teacher

command = Commands("polls")
MOST_NAMED = 6
SEVERAL = {Ballot.MANY, Ballot.DATES}


@command(
    VOTE,
    _("Vote by word, or change your vote."),
    example=_("vote Q1 green"),
    fleeting=True,
)
def cast(
    project: Project, asker: Asker, context: Context, *, vote: Vote, poll: PollNumber | None = None
) -> Outcome:
    """Vote by word."""
    return _vote(project, asker, _meant(project, asker, context, poll, vote), vote)


@command(
    _("vote {poll}\nvote\n{poll} vote"),
    _("Be asked for your vote."),
    example=_("vote Q1"),
    quiet=True,
    shows=True,
)
def paper(
    project: Project, asker: Asker, context: Context, *, poll: PollNumber | None = None
) -> Outcome:
    """Ask for a vote: the reply to the question gives it."""
    found = _meant(project, asker, context, poll)
    if found.ballot is Ballot.SECRET and not asker.direct:
        how = Typed(VOTE, {"poll": f"Q{found.number}", "vote": "…"})
        raise Refusal(
            say(_("This vote is secret: write {how} to me in a direct message."), how=how)
        )
    _check(project, asker, found)
    listed = Joined((heading(found), *options(project, found)))
    reply = say(_("Reply to this message with your answer."))
    final = (
        say(_("You cannot change your vote later.")) if found.ballot is Ballot.SECRET else NOTHING
    )
    return Outcome(says=Lines((listed, sentences(reply, final))), asks=f"poll {found.number}")


@command(
    _("{poll} {answer}"),
    _("Vote by word."),
    example=_("Q1 b"),
    quiet=True,
    fleeting=True,
)
def pick(project: Project, asker: Asker, *, poll: PollNumber, answer: OptionName) -> Outcome:
    """Vote by an option's name alone, most often in reply to the poll."""
    return _vote(project, asker, find(project, poll), answer)


def _meant(
    project: Project, asker: Asker, context: Context, number: PollNumber | None, said: str = ""
) -> Poll:
    """Return the poll that is meant: by number, by reply, or because it is the only one open.

    Of several open ones it is the only one that has the answer *said*.
    """
    if number is not None:
        return find(project, number)
    kind, replied = thing_of(context.places.get(asker.reply_to or "", ""))
    if kind == "poll":
        return find(project, int(replied))
    found = [one for one in project.polls.values() if one.open]
    if not found:
        raise Refusal(say(_("No poll is open.")))
    if len(found) > 1 and said:
        languages = _languages(project, asker)
        found = [one for one in found if chosen(one, said, languages)] or found
    if len(found) > 1:
        several = Joined(tuple(heading(one) for one in found[:MOST_NAMED]))
        raise Refusal(say(_("Which poll? Please write its number: {polls}"), polls=several))
    return found[0]


def _languages(project: Project, asker: Asker) -> tuple[str, ...]:
    return tuple(dict.fromkeys((asker.language, *project.languages, "en")))


def _vote(project: Project, asker: Asker, poll: Poll, said: str) -> Outcome:
    if poll.ballot is Ballot.SECRET and not asker.direct:
        how = Typed(VOTE, {"poll": f"Q{poll.number}", "vote": "…"})
        raise Refusal(
            say(
                _(
                    "This vote is secret. Please delete your message, and write me {how} "
                    "in a direct message."
                ),
                how=how,
            )
        )
    _check(project, asker, poll)
    numbers = chosen(poll, said, _languages(project, asker))
    if not numbers:
        listed = Joined(tuple(options(project, poll)))
        text = _("That is not an answer of this poll. Its answers: {answers}")
        raise Refusal(say(text, answers=listed), f"poll {poll.number}")
    if len(numbers) > 1 and poll.ballot not in SEVERAL:
        raise Refusal(say(_("Please choose one answer.")), f"poll {poll.number}")
    if poll.ballot is Ballot.SECRET:
        sign = place(without_trimmings(said, _languages(project, asker)))
        _be_sure(project, poll, sign, numbers[0])
        return _secretly(project, asker, poll, numbers[0])
    vote(poll, _voter(project, asker, poll), numbers)
    return Outcome(reaction="✅")


def _check(project: Project, asker: Asker, poll: Poll) -> None:
    """Refuse who comes too late, who has voted in secret, and who has no vote here."""
    if not poll.takes(asker.now):
        raise closed(poll)
    if has_voted(project.urns.get(poll.number, Urn()), asker.user):
        raise Refusal(say(_("You have voted already. A secret vote cannot be changed.")))
    _voter(project, asker, poll)


def _be_sure(project: Project, poll: Poll, sign: int | None, number: int) -> None:
    """Refuse a number that is one answer and the place of another: it could not be corrected."""
    if sign is None or sign == number or sign > len(poll.options):
        return
    letters = "abcdefghijklmnopqrst"
    listed = (
        Joined((letter, label(project, one)), " ")
        for letter, one in zip(letters, poll.options, strict=False)
    )
    text = _("Two answers fit that. Please write a letter: {answers}")
    raise Refusal(say(text, answers=Joined(tuple(listed))), f"poll {poll.number}")


def _secretly(project: Project, asker: Asker, poll: Poll, number: int) -> Outcome:
    """Put a vote into the urn: nothing else of it is kept, and the answer does not repeat it."""
    drop_in(project.urns[poll.number], asker.user, number, len(poll.options))
    return Outcome(says=say(_("Your vote is in. You cannot change it later.")))


def _voter(project: Project, asker: Asker, poll: Poll) -> str:
    """Return in whose name the asker votes: their own, or that of the class they teach."""
    if poll.ballot is not Ballot.CLASSES:
        return asker.user
    need_teacher(asker, _("Here a class has one vote."))
    if partner := project.partner_of(asker.user):
        return partner.code
    how = Typed(IAM, {"partner": next(iter(project.partners), "")})
    raise Refusal(say(_("For which class do you vote? Tell me yours first: {how}"), how=how))


@command(
    _("(results|result) {poll}\n{poll} (results|result)\n(results|result)\npoll results"),
    _("The votes so far."),
    example=_("results Q1"),
    shows=True,
)
def results(
    project: Project, asker: Asker, context: Context, *, poll: PollNumber | None = None
) -> Outcome:
    """Tell the present counts, or those of the poll that closed last."""
    done = [(one.closed, n) for n, one in project.polls.items() if one.closed and not one.deleted]
    if poll is None and done and not any(one.open for one in project.polls.values()):
        poll = PollNumber(max(done)[1])
    found = _meant(project, asker, context, poll)
    if found.ballot is Ballot.SECRET and found.closed:
        once = say(_("The totals of a secret vote are shown once, when it closes."))
        return Outcome(says=Joined((heading(found), once)))
    counts = None if found.ballot is Ballot.SECRET else tally.counts(found)
    return Outcome(says=Lines((counted(project, found, counts), outcome(project, found, counts))))


@command(CLOSE, _("Close a poll and tell what came out."), example=_("close Q1"), quiet=True)
def close(
    project: Project, asker: Asker, context: Context, *, poll: PollNumber | None = None
) -> Outcome:
    """Close a poll: its author or a teacher."""
    found = find_mine(project, asker, _meant(project, asker, context, poll).number)
    if not found.open:
        raise closed(found)
    found.closing = asker.now
    return Outcome(closes=found.number, reaction="👍" if asker.direct else None)


@command(
    _("{poll} milestone\nmilestone {poll}"),
    _("Make the date that suits best a milestone."),
    example=_("Q2 milestone"),
    may=Role.TEACHER,
    quiet=True,
)
def milestone(project: Project, asker: Asker, *, poll: PollNumber) -> Outcome:
    """Make the winner of a date poll a milestone, once."""
    found = find(project, poll)
    known = project.milestones.get(found.milestone or 0)
    if known and not known.deleted:
        raise Refusal(say(_("It is a milestone already: {number}."), number=f"M{known.number}"))
    if found.ballot is not Ballot.DATES:
        raise Refusal(say(_("This poll is not about dates.")))
    if not found.closed:
        how = Typed(CLOSE, {"poll": f"Q{found.number}"})
        raise Refusal(say(_("The poll is still open. To close it: {how}"), how=how))
    best = tally.best(project, found)
    due = found.options[best - 1].due if best else None
    if not any(tally.counts(found)):
        raise Refusal(say(_("Nobody has voted.")))
    if due is None or project.deadline_of(due, None) <= asker.now:
        raise Refusal(say(TOO_LATE))
    number = project.next_number("milestone")
    project.milestones[number] = Milestone(
        number, found.question, asker.user, asker.now, due, event=asker.event
    )
    found.milestone = number
    return Outcome(card=f"milestone {number}")
