"""Poll cards: how a question, its options and its result look."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.language.cards import date_and_places, local_times
from bot.language.catalog import spoken, translate
from bot.language.date_writing import write_neutral
from bot.language.field_people import LETTERS
from bot.language.message import (
    Bold,
    InLanguage,
    Joined,
    Lines,
    Part,
    Struck,
    Typed,
    _,
    say,
)
from bot.language.poll_choices import WORDS
from bot.language.render import Reader, render
from bot.language.stacking import written_in
from bot.model.due import Due
from bot.model.people import Partner
from bot.model.polls import Ballot, Option, Poll
from bot.model.project import Project

VOTE = _(
    "vote {poll} [for] {vote}\nvote [for] {vote}\n{poll} vote [for] {vote}\n"
    "vote [for] {vote} [in|on] {poll}"
)
CLOSE = _("(close|end) {poll}\n{poll} (close|end)\n(close|end) poll\n(close|end)")
BLANK = "[…]"
"""Stands where a question was that has been taken back."""
MOST_LINES = 8
"""Languages in which one message says how to vote."""


def by_letter(poll: Poll) -> bool:
    """Tell whether *poll* is voted by letter reactions."""
    return poll.ballot in {Ballot.MANY, Ballot.DATES, Ballot.CLASSES}


def name_of(project: Project, option: Option) -> str:
    """Return what people have written; yes and no in every language of the room: "Yes / Oui"."""
    if option.word:
        said = (translate(WORDS[option.word], one) for one in spoken(project.languages))
        return " / ".join(dict.fromkeys(said))
    return option.text or BLANK


def label(project: Project, option: Option) -> Part:
    """Return what an option is called: its words, or its moment on the clocks of all classes."""
    if option.due is None:
        return name_of(project, option)
    partners = list(project.partners.values())
    if len(spoken(project.languages)) == 1:
        if option.due.clock is None:
            return option.due.day
        return date_and_places(project, option.due, partners)
    # Above several languages a date has no words.
    first, _clock = on_first_clock(project, option.due)
    day = write_neutral(first, None, today=first)
    hours = local_times(project, option.due, partners) if option.due.clock else ""
    return Joined((day, hours), " ")


def on_first_clock(project: Project, due: Due) -> tuple[date, time | None]:
    """Return day and hour of *due* where the first class is; a whole day is the same everywhere."""
    if due.clock is None:
        return due.day, None
    partners = list(project.partners.values())
    zone = partners[0].zone if partners else project.zone
    moment = due.at(zone).astimezone(ZoneInfo(zone))
    return moment.date(), moment.time()


def sign_of(poll: Poll, number: int) -> str:
    """Return what option *number* is voted by: its letter tile or its number."""
    return LETTERS[number - 1] if by_letter(poll) else str(number)


def options(project: Project, poll: Poll) -> list[Part]:
    """Return the options, each behind the sign that it is voted by."""
    return [
        Joined((sign_of(poll, number), label(project, one)), " ")
        for number, one in enumerate(poll.options, 1)
    ]


def heading(poll: Poll) -> Part:
    """Return number and question."""
    return Joined((f"Q{poll.number}", Bold(poll.question or BLANK)))


def poll_card(project: Project, poll: Poll) -> Part:
    """Return the words that go with a poll: all of it, for clients that show no polls.

    A neutral part on top, then how to vote in each language of the room. Years are written as they
    were obvious when it was asked: a card does not change by itself.
    """
    if poll.deleted:
        gone = say(_("Deleted. ↩️ brings it back for 10 minutes."))
        return Lines((Struck(heading(poll)), gone))
    listed = options(project, poll)
    top: list[Part] = [Joined((heading(poll), *listed))]
    if poll.ballot is Ballot.DATES:
        top = [heading(poll), *listed]
    return Lines((*top, *_in_every_language(project, poll, MOST_LINES - len(top))))


def _in_every_language(project: Project, poll: Poll, most: int) -> list[Part]:
    """Return how to vote, a line per language; one line for all if there is no room for more."""
    reader = Reader(spoken(project.languages), project.zone, poll.created)
    part = _how(project, poll) if poll.open else say(_("Closed."))
    if len(reader.languages) == 1:
        return [InLanguage(part, reader.language, reader.zone, reader.now)]
    lines: list[Part] = [
        Joined((Bold(one.upper()), InLanguage(part, one, reader.zone, reader.now)), "  ")
        for one in written_in(part, reader, render)
    ]
    return lines if len(lines) <= most else [Joined(tuple(lines))]


def _how(project: Project, poll: Poll) -> Part:
    """Return how to vote and until when."""
    number = f"Q{poll.number}"
    vote = Typed(VOTE, {"poll": number, "vote": "a b" if _many(poll) else _example(poll)})
    how = {
        Ballot.ONE: _("Tap your answer in the poll above, or write {vote}."),
        Ballot.MANY: _("Tap all letters that suit you, or write {vote}."),
        Ballot.DATES: _("Tap all dates that suit you, or write {vote}."),
        Ballot.CLASSES: _("One vote per class: a teacher of it taps a letter, or writes {vote}."),
        Ballot.SECRET: _(
            "Secret: write {vote} to me in a direct message. You cannot change your vote later."
        ),
    }[poll.ballot]
    lines: list[Part] = [say(how, vote=vote)]
    if poll.ballot is Ballot.SECRET:
        lines.append(PLAIN_TRUTH)
    if poll.grown:
        lines.append(say(_("An answer was added; votes cast before still count.")))
    return sentences(*lines, ending(project, poll))


def ending(project: Project, poll: Poll) -> Part:
    """Return until when *poll* is open."""
    if poll.until:
        return say(_("Open until {day}."), day=until(project, poll.until))
    close = Typed(CLOSE, {"poll": f"Q{poll.number}"})
    return say(_("Open until its author or a teacher writes {close}."), close=close)


PLAIN_TRUTH = say(
    _("Classmates and teachers cannot see your vote; whoever runs the assistant could.")
)


def _many(poll: Poll) -> bool:
    return poll.ballot in {Ballot.MANY, Ballot.DATES}


def _example(poll: Poll) -> str:
    return "b" if by_letter(poll) else "2"


def until(project: Project, moment: datetime) -> Part:
    """Return the end of a poll on the clocks of all classes."""
    partners: list[Partner] = list(project.partners.values())
    zone = partners[0].zone if partners else project.zone
    local = moment.astimezone(ZoneInfo(zone))
    return date_and_places(project, Due(local.date(), local.time(), zone), partners)


def sentences(*parts: Part) -> Part:
    """Return sentences one after the other."""
    return Joined(parts, " ")
