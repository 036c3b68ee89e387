"""Survival: a project leaves as a file and comes in elsewhere, its people are found again."""

from __future__ import annotations

from bot.command import Choice, Commands, Context, Outcome
from bot.language.cards import first_lines
from bot.language.exporting import archive_file, csv_file, kanboard_file
from bot.language.folding import fold
from bot.language.line import PILL
from bot.language.message import (
    Code,
    Joined,
    Lines,
    Listed,
    Message,
    Part,
    Person,
    Plural,
    Refusal,
    Typed,
    _,
    _n,
    say,
)
from bot.model.asker import Asker
from bot.model.people import Member, Role
from bot.model.project import Project
from bot.model.reminders import Audience
from bot.model.sifting import Trouble, Unreadable
from bot.model.unlinked import link as give_back
from bot.model.unlinked import unlinked, work_of
from bot.model.unpacking import adopt as take_up
from bot.model.unpacking import has_work, unpack

command = Commands("survival")
EXPORT = _("(project export|export project|export|backup)")
ADOPT = _("(project (adopt|import)|(adopt|import) project|adopt)")
PEOPLE = _("(people|members)")
LINK = _("link {name} (to|with|is|=|→) {who}")
I_WAS = _("(i was|i used to be) {name}")
MOST_LINES = 6
MOST_NUMBERS = 4


@command(
    EXPORT,
    _("The whole project as one file, to continue it in another room."),
    example=_("project export"),
    may=Role.TEACHER,
    shows=True,
)
def export(project: Project, asker: Asker) -> Outcome:
    """Hand out the archive."""
    return Outcome(
        says=Lines(
            (
                say(_("The whole project in one file. It holds names: keep it safe.")),
                say(_("In a new room, post it with the words {how}"), how=Typed(ADOPT)),
            )
        ),
        file=archive_file(project, asker.now, asker.role),
    )


@command(
    _("(project export|export) (csv|table|spreadsheet)"),
    _("The tasks as a table, for a spreadsheet, Kanboard or WeKan."),
    example=_("export csv"),
    may=Role.TEACHER,
    shows=True,
)
def export_table(project: Project, asker: Asker) -> Outcome:
    """Hand out the tasks as a table."""
    file = csv_file(project, asker.language)
    return Outcome(says=say(_("The tasks as a table. It holds names: keep it safe.")), file=file)


@command(
    _("(project export|export) (kanboard|wekan)"),
    _("The tasks as a board for WeKan or Kanboard."),
    example=_("export kanboard"),
    may=Role.TEACHER,
    shows=True,
)
def export_board(project: Project, asker: Asker) -> Outcome:
    """Hand out the tasks as a board."""
    file = kanboard_file(project, asker.language)
    where = say(_("In WeKan: New board, Import, Kanboard."))
    careful = say(_("The tasks as a board. It holds names: keep it safe."))
    return Outcome(says=Lines((careful, where)), file=file)


@command(
    ADOPT,
    _("With an exported file: continue the project in this room."),
    example=_("project adopt"),
    may=Role.TEACHER,
    sealed=True,
    file=".json",
)
def adopt(project: Project, asker: Asker, context: Context) -> Outcome:
    """Take an archive up, at once; undo takes it back."""
    if has_work(project):
        raise Refusal(say(_("This room already has work of its own. Use the file in a new room.")))
    found = _unpacked(context.file, asker)
    take_up(project, found)
    people = len(found.members)
    counts = (
        say(_n("{n} task", "{n} tasks", len(found.tasks))),
        say(_n("{n} milestone", "{n} milestones", len(found.milestones))),
        say(_n("{n} reminder", "{n} reminders", len(found.reminders))),
        say(_n("{n} person", "{n} people", people)),
    )
    some = tuple(one for one in counts if _number(one)) or counts[:1]
    lines: list[Part] = [
        say(_("Here it is: {counts}."), counts=Listed(some)),
        say(_("Not this one? {how} undoes it, for 10 minutes."), how=Typed(_("undo"))),
    ]
    if people:
        lines.append(say(_("Who is who? {how} shows who is still missing."), how=Typed(PEOPLE)))
    return Outcome(says=Lines(tuple(lines)), board=True)


def _number(one: Message) -> int:
    """Return how many things *one* counts."""
    return one.text.count if isinstance(one.text, Plural) else 0


def _unpacked(content: bytes | None, asker: Asker) -> Project:
    """Return the project in the file that came along; Refusal says kindly why there is none."""
    if content is None:
        text = _("Post the exported file with the words {how}, or reply to it with them.")
        raise Refusal(say(text, how=Typed(ADOPT)))
    if not content:
        raise Refusal(say(_("I could not fetch that file. Please post it again.")))
    try:
        return unpack(content, asker.now)
    except Unreadable as unreadable:
        raise Refusal(_why(unreadable)) from None


def _why(unreadable: Unreadable) -> Message:
    place = Code(unreadable.place)
    match unreadable.trouble:
        case Trouble.TOO_BIG:
            return say(_("That file is too big. I read up to 1 MB."))
        case Trouble.TOO_NEW:
            return say(_("A newer version of me made that file. I have to be updated first."))
        case Trouble.TOO_MUCH:
            return say(_("There is more in that file than I take, at {place}."), place=place)
        case Trouble.WRONG:
            return say(
                _("I cannot use that file. There is a mistake in it, at {place}."), place=place
            )
    return say(_("That is no project of mine. {how} makes such a file."), how=Typed(EXPORT))


@command(PEOPLE, _("Who is still missing after a move."), example=_("members"), shows=True)
def people(project: Project, asker: Asker) -> Outcome:
    """List the people of an archive whom nobody in the room is linked to."""
    del asker
    waiting = unlinked(project)
    here = sum(one.present for one in project.members.values())
    present = say(_n("{n} person is here.", "{n} people are here.", here))
    if not waiting:
        return Outcome(says=Joined((present, say(_("Nobody is missing."))), " "))
    lines = [_waiting(project, one) for one in waiting]
    how = Typed(LINK, {"name": waiting[0].name, "who": "@…"})
    return Outcome(
        says=Lines(
            (
                Joined(
                    (
                        present,
                        say(
                            _("I am still waiting for these people. A teacher writes {how}"),
                            how=how,
                        ),
                    ),
                    " ",
                ),
                *first_lines(lines, MOST_LINES),
            )
        )
    )


def _waiting(project: Project, member: Member) -> Part:
    numbers = tuple(f"#{number}" for number in work_of(project, member.user)[:MOST_NUMBERS])
    return Joined((member.name, member.partner or "", Joined(numbers, " ")))


@command(
    LINK,
    _("After a move: say who somebody is now."),
    example=_("link Tom to @ana"),
    may=Role.TEACHER,
)
def link(project: Project, asker: Asker, *, name: str, who: Audience) -> Outcome:
    """Give somebody in the room what they had before; roles come anew."""
    del asker
    old = _found(project, name)
    members = [project.members.get(user) for user in who.people]
    if len(members) != 1 or who.partners or who.everyone:
        raise Refusal(say(_("Name one person: type @ and pick a name from the list.")))
    new = members[0]
    if new is None or not new.present:
        raise Refusal(say(_("That person has to be in the room first.")))
    return _linked(project, old, new)


def _linked(project: Project, old: Member, new: Member) -> Outcome:
    give_back(project, old, new.user)
    shown = Person(new.user, new.name)
    text = _("What was {old}’s is {new}’s now: tasks, remarks and class.")
    return Outcome(says=say(text, old=old.name, new=shown), board=True)


def _found(project: Project, name: str) -> Member:
    """Return the person of the archive called *name*: a name, its beginning, with class, or a key.

    "Ana" is Ana Kowalska, if nobody is called just so.
    """
    wanted = fold(PILL.sub(" ", name)).strip(" .,@")
    waiting = unlinked(project)
    found = [one for one in waiting if wanted in _names(one)]
    found = found or [one for one in waiting if fold(one.name).startswith(f"{wanted} ")]
    if len(found) == 1:
        return found[0]
    if found:
        keys = Listed(
            tuple(Joined((Code(_key(one)), one.name, one.partner or ""), " ") for one in found[:6])
        )
        raise Refusal(say(_("There are several. Write the number instead: {keys}"), keys=keys))
    if not waiting:
        raise Refusal(say(_("Everybody has been found.")))
    raise Refusal(
        say(_("{name} is not missing. {how} shows who is."), name=name, how=Typed(PEOPLE))
    )


def _names(member: Member) -> set[str]:
    return {fold(member.name), fold(f"{member.name} {member.partner or ''}").strip(), _key(member)}


def _key(member: Member) -> str:
    return member.user.lstrip("@").partition(":")[0]


@command(
    I_WAS,
    _("After a move: say who you were. A teacher confirms it."),
    example=_("i was Tom"),
)
def i_was(project: Project, asker: Asker, *, name: str) -> Outcome:
    """Ask the teachers whether the asker is whom they say; a teacher asks nobody."""
    old = _found(project, name)
    new = project.members.setdefault(asker.user, Member(asker.user, asker.name))
    if asker.role >= Role.TEACHER:
        return _linked(project, old, new)
    text = _("{new} says: I was {old}. A teacher says yes with ✅.")
    return Outcome(
        announces=say(text, new=Person(new.user, new.name), old=old.name),
        offers=(Choice("✅", f"link {_key(old)} to \ue000{asker.user}\ue001"),),
        anyone=True,
        role=Role.TEACHER,
    )
