"""Publishing: what is to go public, when, and whether it may."""

from __future__ import annotations

from bot.command import Commands, Outcome
from bot.language.cards import first_lines
from bot.language.field_dates import Doubtful
from bot.language.fields import PublicationNumber
from bot.language.message import (
    Joined,
    Lines,
    Listed,
    Part,
    Refusal,
    Typed,
    _,
    _n,
    say,
)
from bot.language.publication_cards import (
    READY,
    SHOW,
    SIGN,
    how_many_open,
    point_name,
    publication_line,
)
from bot.model.asker import Asker
from bot.model.due import Due
from bot.model.people import Role
from bot.model.project import Project
from bot.model.publication import (
    Publication,
    blocked_by,
    rename,
)
from commands.rights import past
from commands.tasks import LONGEST_TITLE

command = Commands("publish")
MOST_LINES = 6
ADD = _("(publish|publication) {name} [(on|by|for) {due}]")
REOPEN = _("{publication} (reopen|unpublish)\n(reopen|unpublish) {publication}")
LIST = _("(publications|publication|publish|checklists)")


@command(
    ADD,
    _("Begin the checklist of a publication."),
    example=_("publish Photos of the port by 12 March"),
    may=Role.TEACHER,
)
def add(project: Project, asker: Asker, *, name: str, due: Due | None = None) -> Outcome:
    """Begin the checklist of something that is to go public.

    The field is not called "title", which would let a doubtful date in it offer to move a task.
    """
    _check(project, asker, due)
    number = project.next_number("publication")
    project.publications[number] = Publication(
        number, name[:LONGEST_TITLE], asker.user, asker.now, due,
        nudged=asker.now, event=asker.event,
    )  # fmt: skip
    return Outcome(card=f"publication {number}")


def _check(project: Project, asker: Asker, due: Due | None) -> None:
    if isinstance(due, Doubtful):
        raise Refusal(
            say(
                _("Which day do you mean, {one} or {other}? Please write the date."),
                one=due.day,
                other=due.others[0].day,
            )
        )
    if due and past(project, asker, due):
        raise Refusal(say(_("{day} is already past. Which day do you mean?"), day=due.day))


@command(
    LIST,
    _("What is to be published, and what is still open."),
    example=_("publications"),
    shows=True,
)
def show(project: Project, asker: Asker) -> Outcome:
    """List the publications: those to come first, by date."""
    del asker
    found = [one for one in project.publications.values() if not one.deleted]
    if not found:
        how = Typed(ADD, {"name": "…"})
        return Outcome(says=say(_("No publication yet. A teacher begins one: {how}"), how=how))
    found.sort(key=lambda one: _place(project, one))
    lines = [_line(project, one) for one in found]
    return Outcome(says=Lines(first_lines(lines, MOST_LINES)))


def _place(project: Project, one: Publication) -> tuple[bool, bool, float, int]:
    """Return the place of a publication in the list: to come, by date; then what is published."""
    moment = project.deadline_of(one.due, None).timestamp() if one.due else 0.0
    return (one.published is not None, one.due is None, moment, one.number)


def _line(project: Project, one: Publication) -> Part:
    return Joined((publication_line(project, one), how_many_open(project, one)))


@command(
    SHOW,
    _("Show what is still open."),
    example=_("P1"),
    shows=True,
)
def card(project: Project, asker: Asker, *, publication: PublicationNumber) -> Outcome:
    """Show the card again."""
    del asker
    return Outcome(card=f"publication {find(project, publication).number}")


def check_not_public(found: Publication) -> None:
    """Refuse to change what readers rely on once it is public."""
    if found.published:
        number = f"P{found.number}"
        how = Typed(REOPEN, {"publication": number})
        raise Refusal(say(_("{number} is published already. First: {how}"), number=number, how=how))


@command(
    READY,
    _("It goes public, if nothing required is open."),
    example=_("P1 ready"),
    may=Role.TEACHER,
)
def publish(project: Project, asker: Asker, *, publication: PublicationNumber) -> Outcome:
    """Say that it is published, unless a blocking point is open; its card warns of the others."""
    found = find(project, publication)
    if found.published:
        return Outcome(card=f"publication {found.number}")
    if blocking := blocked_by(found, project.partners):
        names = Listed(tuple(point_name(point) for point in blocking))
        raise Refusal(
            say(
                _n(
                    "Not yet. This point must be ok first: {points}.",
                    "Not yet. These points must be ok first: {points}.",
                    len(blocking),
                ),
                points=names,
            )
        )
    found.published = asker.now
    return Outcome(card=f"publication {found.number}")


@command(
    REOPEN,
    _("It is not public after all."),
    example=_("P1 reopen"),
    may=Role.TEACHER,
    quiet=True,
)
def reopen(project: Project, asker: Asker, *, publication: PublicationNumber) -> Outcome:
    """Take back that it is published."""
    found = find(project, publication)
    found.published, found.nudged = None, asker.now
    return Outcome(reaction="👍")


@command(
    _("{publication} [(on|by|to|for|at)] {due}\nmove {publication} [to] {due}"),
    _("Set or move the date."),
    example=_("P1 12 March"),
    may=Role.TEACHER,
)
def move(project: Project, asker: Asker, *, publication: PublicationNumber, due: Due) -> Outcome:
    """Set or move the date; reminders of before do not count any more."""
    found = find(project, publication)
    check_not_public(found)
    _check(project, asker, due)
    found.due, found.nudged = due, asker.now
    return Outcome(says=publication_line(project, found))


@command(
    _("{publication} (no date|without date)"),
    _("Take the date off."),
    example=_("P1 no date"),
    may=Role.TEACHER,
    quiet=True,
)
def undated(project: Project, asker: Asker, *, publication: PublicationNumber) -> Outcome:
    """Take the date off."""
    del asker
    find(project, publication).due = None
    return Outcome(reaction="👍")


@command(
    _("{publication} = {title}\nrename {publication} [to] {title}"),
    _("Give it another title. Then every class has to sign again."),
    example=_("P1 = Photos of the harbour"),
    may=Role.TEACHER,
    quiet=True,
)
def retitle(
    project: Project, asker: Asker, *, publication: PublicationNumber, title: str
) -> Outcome:
    """Give it another title, to which nobody has signed yet."""
    found = find(project, publication)
    check_not_public(found)
    cleared = rename(found, title[:LONGEST_TITLE])
    found.event = asker.event
    if not cleared:
        return Outcome(reaction="👍")
    how = Typed(SIGN, {"publication": f"P{found.number}"})
    return Outcome(says=say(_("New title: please sign point 14 again. {how}"), how=how))


@command(
    _("{publication} (delete|remove|🗑)\n(delete|remove) {publication}"),
    _("Delete a checklist. Undo brings it back."),
    example=_("delete P1"),
    may=Role.TEACHER,
    quiet=True,
)
def delete(project: Project, asker: Asker, *, publication: PublicationNumber) -> Outcome:
    """Delete a checklist."""
    find(project, publication).deleted = asker.now
    return Outcome(reaction="🗑️")


def find(project: Project, number: int) -> Publication:
    """Return publication *number*; Refusal if there is none."""
    found = project.publications.get(number)
    if found is None or found.deleted:
        raise Refusal(say(_("There is no publication {number}."), number=f"P{number}"))
    return found
