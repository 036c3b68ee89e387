"""Polls: questions to the room are asked, changed and listed."""

from __future__ import annotations

from datetime import UTC, datetime
from fnmatch import fnmatchcase

from bot.command import Commands, Context, Outcome
from bot.language.field_dates import Doubtful
from bot.language.field_polls import (
    LONGEST_OPTION,
    Asked,
    AskedDates,
    Until,
)
from bot.language.folding import fold
from bot.language.message import Code, Joined, Message, Part, Refusal, _, _n, say
from bot.language.poll_choices import MOST_OPTIONS
from bot.model.asker import Asker
from bot.model.due import Due
from bot.model.institution import Institution
from bot.model.people import Role
from bot.model.polls import Ballot, Option, Poll, Urn
from bot.model.project import Project

command = Commands("polls")
MOST_OPEN = 3
"""Polls that a pupil may have open at a time."""
LONGEST_QUESTION = 140
FEWEST = 2
MOST_LETTERS, MOST_DATES = 8, 6
POLL = _("(poll|survey) {asked} [(until|till|by) {ends}]")


@command(
    POLL,
    _("A question; without answers it is yes or no."),
    example=_("poll Which logo? blue / green / red"),
)
def ask(project: Project, asker: Asker, *, asked: Asked, ends: Until | None = None) -> Outcome:
    """Ask a question with one answer each."""
    return _ask(project, asker, Ballot.ONE, asked, ends)


@command(
    _("(poll|survey) (many|multiple) {asked} [(until|till|by) {ends}]"),
    _("Several answers. The servers always see who taps what."),
    example=_("poll many Snack? pie / fruit"),
)
def many(project: Project, asker: Asker, *, asked: Asked, ends: Until | None = None) -> Outcome:
    """Ask a question with several answers each."""
    return _ask(project, asker, Ballot.MANY, asked, ends)


@command(
    _("(poll|survey) (classes|per class) {asked} [(until|till|by) {ends}]"),
    _("One vote per class, cast by a teacher of it."),
    example=_("poll classes Where? Pau / Kraków"),
    may=Role.TEACHER,
)
def classes(project: Project, asker: Asker, *, asked: Asked, ends: Until | None = None) -> Outcome:
    """Ask the classes, one vote each."""
    if len(project.partners) < FEWEST:
        raise Refusal(say(_("That needs two classes at least.")))
    return _ask(project, asker, Ballot.CLASSES, asked, ends)


@command(
    _(
        "(poll|survey) secret {asked} [(until|till|by) {ends}]\n"
        "secret (poll|survey|ballot|vote) {asked} [(until|till|by) {ends}]"
    ),
    _("A vote that nobody in the room can see."),
    example=_("poll secret Who speaks for us? Ana / Jan"),
    may=Role.TEACHER,
)
def secret(
    project: Project,
    asker: Asker,
    context: Context,
    *,
    asked: Asked,
    ends: Until | None = None,
) -> Outcome:
    """Ask a question that is answered in direct messages, once and for all."""
    if shut_out := _without_direct_rooms(project, context.institution):
        raise Refusal(
            say(
                _("People on {server} cannot write to me directly: they could not vote."),
                server=shut_out,
            )
        )
    outcome = _ask(project, asker, Ballot.SECRET, asked, ends)
    number = outcome.poll or 0
    if project.urns.get(number, Urn()).voted:
        # Its question was edited after somebody had voted: a new ballot, with an urn of its own.
        poll = project.polls.pop(number)
        poll.number = number = project.next_number("poll")
        project.polls[number], outcome = poll, put(asker, number)
    project.urns[number] = Urn(counts=[0] * len(project.polls[number].options))
    return outcome


def _without_direct_rooms(project: Project, institution: Institution) -> str | None:
    """Return a server of this room whose people cannot open a direct room, if there is one."""
    servers = {one.user.partition(":")[2] for one in project.members.values() if one.present}
    servers |= {one.server for one in project.partners.values() if one.server}
    for server in sorted(servers):
        if any(fnmatchcase(server, pattern) for pattern in institution.no_direct_rooms):
            return server
    return None


@command(
    _("(when|poll dates|date poll) {asked} [(until|till|by) {ends}]"),
    _("Find a date that suits every class."),
    example=_("when Video call 12 March 10:00 / 13 March 14:00"),
    may=Role.TEACHER,
)
def when(
    project: Project, asker: Asker, *, asked: AskedDates, ends: Until | None = None
) -> Outcome:
    """Ask which moments suit."""
    if asked.trouble:
        raise Refusal(asked.trouble)
    for due in asked.dates:
        check_date(project, asker, due)
    options = [Option(due=Due(one.day, one.clock, one.zone)) for one in asked.dates]
    _check_question(asked.topic)
    if len({str(one) for one in options}) < len(options):
        raise Refusal(say(_("You wrote the same date twice.")))
    if not FEWEST <= len(options) <= MOST_DATES:
        raise Refusal(
            say(_("Please give 2 to {most} dates, with / between them."), most=MOST_DATES)
        )
    return _open(project, asker, Ballot.DATES, asked.topic, options, ends)


def check_date(project: Project, asker: Asker, due: Due) -> None:
    """Refuse a day that may be another one, and one that is past."""
    if isinstance(due, Doubtful):
        text = _("Which day do you mean, {one} or {other}? Please write the date.")
        raise Refusal(say(text, one=due.day, other=due.others[0].day))
    if due.at(asker.zone, otherwise=project.deadline) <= asker.now:
        raise Refusal(say(_("{day} is already past. Which day do you mean?"), day=due.day))


def _ask(
    project: Project, asker: Asker, ballot: Ballot, asked: Asked, ends: Until | None
) -> Outcome:
    _check_question(asked.question)
    if not asked.ends:
        raise Refusal(
            say(
                _("Where does the question end? Put a question mark after it: {example}"),
                example=_example(),
            )
        )
    if asked.unread:
        text = _("I could not read a date in “{words}”. Nothing was asked; please write it again.")
        raise Refusal(say(text, words=asked.unread))
    options = [Option(one) for one in asked.options] or [Option(word="yes"), Option(word="no")]
    check_options(ballot, options)
    if asker.role < Role.TEACHER:
        _check_number(project, asker)
    return _open(project, asker, ballot, asked.question, options, ends or asked.until)


def _example() -> Part:
    return Code(Joined(("!", Message(_("poll Which logo? blue / green / red"))), ""))


def _check_question(question: str) -> None:
    if not question:
        raise Refusal(say(_("What is the question? For example: {example}"), example=_example()))
    if len(question) > LONGEST_QUESTION:
        raise Refusal(
            say(_("The question is too long: {most} characters at most."), most=LONGEST_QUESTION)
        )


def check_options(ballot: Ballot, options: list[Option]) -> None:
    """Refuse too few or too many options, too long ones, and one that stands there twice."""
    most = MOST_LETTERS if ballot in {Ballot.MANY, Ballot.CLASSES} else MOST_OPTIONS
    names = [fold(one.text or one.word) for one in options]
    if not FEWEST <= len(options) <= most:
        text = _("Please give 2 to {most} answers, with / between them: {example}")
        raise Refusal(say(text, most=most, example=_example()))
    if any(len(one.text) > LONGEST_OPTION for one in options):
        raise Refusal(
            say(_("An answer is too long: {most} characters at most."), most=LONGEST_OPTION)
        )
    if double := next((one for at, one in enumerate(options) if names[at] in names[:at]), None):
        raise Refusal(say(_("You wrote “{answer}” twice."), answer=double.text or double.word))


def _check_number(project: Project, asker: Asker) -> None:
    mine = [one for one in project.polls.values() if one.author == asker.user and one.open]
    if len(mine) >= MOST_OPEN:
        text = _n(
            "You have {n} open poll. Close one first.",
            "You have {n} open polls. Close one first.",
            len(mine),
        )
        raise Refusal(say(text))


def _open(  # noqa: PLR0913, PLR0917 - a poll is what it is made of
    project: Project,
    asker: Asker,
    ballot: Ballot,
    question: str,
    options: list[Option],
    ends: Until | None,
) -> Outcome:
    closing = end(project, asker, ends) if ends else None
    number = project.next_number("poll")
    project.polls[number] = Poll(
        number, question, asker.user, asker.now, ballot, options, closing, event=asker.event
    )
    return put(asker, number)


def put(asker: Asker, number: int) -> Outcome:
    """Ask the room; who asked from a direct room sees there that it is done."""
    return Outcome(poll=number, reaction="👍" if asker.direct else None)


def end(project: Project, asker: Asker, ends: Until) -> datetime:
    """Return the moment at which a poll closes: without an hour, at the end of the school day.

    Refusal where that is no day, one of two, or past.
    """
    if ends.due is None:
        raise Refusal(ends.trouble or say(_("Until when?")))
    check_date(project, asker, ends.due)
    return ends.due.at(asker.zone, otherwise=project.deadline).astimezone(UTC)
