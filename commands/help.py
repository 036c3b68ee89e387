"""Help: seven lines for everybody, more by topic; and taking things back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from bot.command import Command, Commands, Context, Outcome
from bot.language.field_people import words
from bot.language.folding import fold
from bot.language.message import Code, Joined, Lines, Message, Msgid, Part, Typed, _, say
from bot.model.asker import Asker
from bot.model.people import Role
from bot.model.project import Project

command = Commands("help")
_OF = 3
"""Letters of words that stand in many names: of, las, der."""
MOST_LINES = 7
BETWEEN = " · !"
HELP = _("(help|commands|how)")
TOPICS: dict[str, Msgid] = {
    "tasks": _("tasks|task|todo"),
    "milestones": _("milestones|milestone|dates"),
    "reminders": _("reminders|reminder|remind"),
    "partners": _("classes|class|partners|partner|people"),
    "settings": _("languages|language|settings"),
    "polls": _("polls|poll|vote|votes"),
    "charter": _("charter|links|rules"),
    "publish": _("publish|publishing|publication"),
    "agenda": _("agenda|calendar|holidays"),
    "status": _("status|board|digest"),
    "survival": _("export|import|backup"),
    "privacy": _("privacy|data"),
}
"""Family of commands -> what people call it."""
TOPIC_NAMES: dict[str, Msgid] = {
    "tasks": _("tasks"),
    "milestones": _("milestones"),
    "reminders": _("reminders"),
    "partners": _("classes"),
    "settings": _("languages"),
    "polls": _("polls"),
    "charter": _("charter"),
    "publish": _("publishing"),
    "agenda": _("agenda"),
    "status": _("status"),
    "survival": _("export"),
    "privacy": _("privacy"),
}
"""Family of commands -> its name in the list of topics."""
FIRST: tuple[str, ...] = (
    "tasks.add",
    "tasks.mine",
    "tasks.done",
    "reminders.remind",
    "status.status",
)
"""What a pupil sees first."""
MORE: dict[Role, tuple[str, ...]] = {
    Role.PUPIL: ("tasks", "reminders", "polls", "charter", "agenda", "privacy"),
    Role.TEACHER: ("tasks", "partners", "polls", "charter", "publish", "agenda"),
}
"""Families of commands named in the last line of help; the others are a word away."""
TEACHERS: tuple[str, ...] = ("milestones.add", "partners.add")


@command(HELP, _("This help."), example=_("help"), shows=True)
def help_(project: Project, asker: Asker, context: Context) -> Outcome:
    """Show the few lines that everybody needs."""
    del project
    known = context.commands.by_handler
    shown = [*FIRST[:4], *TEACHERS, FIRST[4]] if asker.role >= Role.TEACHER else [*FIRST]
    lines: list[Part] = [_line(known[name]) for name in shown]
    if asker.role < Role.TEACHER:
        lines.append(say(_("Buttons: ✅ done · ✋ I take it · ↩️ undo")))
    named = MORE[min(asker.role, Role.TEACHER)]
    topics = (*(say(TOPIC_NAMES[family]) for family in named), say(_("topics")))
    lines.append(say(_("More: {help} {topics}"), help=Typed(HELP), topics=Joined(topics, " | ")))
    return Outcome(says=Lines(tuple(lines)))


@command(
    _("(help|commands|how) (topics|all|more|everything)\ntopics"),
    _("What there is help on."),
    example=_("help topics"),
    quiet=True,
    shows=True,
)
def topics(project: Project, asker: Asker, context: Context) -> Outcome:
    """List the topics that hold something for the asker."""
    del project
    there = {one.family for one in context.commands.all if one.may <= asker.role}
    found = [say(name) for family, name in TOPIC_NAMES.items() if family in there]
    half = (len(found) + 1) // 2
    rows = (found[:half], found[half:])
    return Outcome(
        says=Lines(
            (
                say(_("Help on one topic: {help} …"), help=Typed(HELP)),
                *(Joined(tuple(row)) for row in rows),
            )
        )
    )


def _line(one: Command) -> Part:
    return Joined((_example(one), Message(one.help)), " — ")


def _example(one: Command) -> Part:
    return Code(Joined(("!", Message(one.example)), ""))


@command(
    _("(help|commands|how) {topic}"),
    _("Help on one topic."),
    example=_("help tasks"),
    quiet=True,
    shows=True,
)
def topic(project: Project, asker: Asker, context: Context, *, topic: str) -> Outcome:
    """Show the commands of one family that the asker may use."""
    family = _family(topic, (*project.languages, asker.language, *context.languages))
    if family is None:
        return help_(project, asker, context)
    listed = [
        one
        for one in context.commands.all
        if one.family == family and one.may <= asker.role and not one.quiet
    ]
    lines: list[Part] = [_line(one) for one in listed]
    if len(lines) > MOST_LINES:
        lines = [Joined(tuple(_example(one) for one in few)) for few in _side_by_side(listed)]
    return Outcome(says=Lines(tuple(lines)))


def _side_by_side(listed: Sequence[Command]) -> list[list[Command]]:
    """Return *listed* in as many lines as help has, the longest of them as short as it can be."""
    lines: list[list[Command]] = []
    for width in count(max(len(one.example) for one in listed)):
        lines, free = [], 0
        for one in listed:
            if len(one.example) > free:
                lines, free = [*lines, []], width
            lines[-1].append(one)
            free -= len(one.example) + len(BETWEEN)
        if len(lines) <= MOST_LINES:
            break
    return lines


def _family(topic: str, languages: tuple[str, ...]) -> str | None:
    said = fold(topic).replace("'", " ").strip(" .?!¿¡")
    known = {one: words(names, tuple(dict.fromkeys(languages))) for one, names in TOPICS.items()}
    for family, names in known.items():
        if said in {family, *names}:
            return family
    wanted = set(said.split())
    for family, names in known.items():
        if wanted & {family, *(word for name in names for word in name.split() if len(word) > _OF)}:
            return family
    return None


@command(
    _("(undo|take back|revert)\n↩"),
    _("Take back your last change (10 minutes)."),
    example=_("undo"),
)
def undo(project: Project, asker: Asker) -> Outcome:
    """Take back the asker's last change."""
    del project, asker
    return Outcome(undoes="last")
