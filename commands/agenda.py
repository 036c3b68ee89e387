"""The agenda: the dates to come, in the room or as a file for calendar programs."""

from __future__ import annotations

from bot.command import Commands, Outcome
from bot.language.calendars import write_calendar
from bot.language.cards import first_lines
from bot.language.coming_lines import coming_line
from bot.language.message import Lines, Refusal, Typed, _, _n, say
from bot.model.asker import Asker
from bot.model.coming import dates_ahead
from bot.model.files import File
from bot.model.project import Project

command = Commands("agenda")
MOST_LINES = 6
CALENDAR = _("(calendar|ics|calendar file)")
FILE_NAME = "calendar.ics"


@command(
    _("(agenda|dates|what is next|what's next|what comes next)"),
    _("The dates to come: milestones, deadlines, ends of polls."),
    example=_("agenda"),
    shows=True,
)
def agenda(project: Project, asker: Asker) -> Outcome:
    """List the next dates."""
    ahead = dates_ahead(project, asker.now)
    if not ahead:
        return Outcome(says=say(_("No date ahead.")))
    lines = [coming_line(project, one) for one in ahead]
    how = Typed(CALENDAR)
    more = say(_("all of them: {how}"), how=how)
    return Outcome(says=Lines(first_lines(lines, MOST_LINES, more)))


@command(
    CALENDAR,
    _("The dates to come as a file for your calendar program."),
    example=_("calendar"),
    shows=True,
)
def calendar(project: Project, asker: Asker) -> Outcome:
    """Hand out the dates to come as an iCalendar file."""
    written = write_calendar(project, asker)
    if not written.events:
        raise Refusal(say(_("No date ahead.")))
    text = _n(
        "{n} date for your calendar program. Ask again when dates have changed.",
        "{n} dates for your calendar program. Ask again when dates have changed.",
        written.events,
    )
    file = File(FILE_NAME, "text/calendar", written.content)
    return Outcome(says=say(text), file=file)
