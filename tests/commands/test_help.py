"""Help: seven lines for everybody, more by topic; who may do what; taking things back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.app import declared
from bot.command import Command
from bot.model.people import Role
from commands.help import FIRST, TEACHERS, TOPICS
from tests.commands.conftest import BY_ROLE, DUPONT, JONAS, WEBER, School

COMMANDS = declared()
NEEDS_TEACHER = [
    "charter.agree", "charter.remind", "charter.remove", "charter.sign", "charter.withdraw",
    "status.digest", "status.digest_off", "agenda.add", "agenda.delete", "milestones.add",
    "milestones.move", "milestones.rename", "milestones.delete", "partners.add",
    "partners.remove", "partners.place", "polls.classes", "polls.secret", "polls.when",
    "publish.add", "publish.publish", "publish.reopen", "publish.move", "publish.undated",
    "publish.retitle", "publish.delete", "publish.sign", "publish.unsign", "publish.confirm",
    "publish.enter", "publish.clear", "partners.quiet_partner", "partners.quiet",
    "settings.room_languages", "partners.setup", "partners.whole", "partners.setup_show",
    "partners.setup_languages", "partners.setup_classes", "partners.setup_links",
    "partners.setup_charter", "partners.setup_silence", "survival.export",
    "survival.export_table", "survival.export_board", "survival.adopt", "survival.link",
    "polls.milestone",
]  # fmt: skip
NEEDS_COORDINATOR = [
    "charter.mode", "charter.pause", "partners.role_pupil", "partners.role_teacher",
    "partners.role_coordinator", "privacy.keep", "privacy.keep_all",
]  # fmt: skip
SEALED = [
    "charter.agree", "charter.remind", "charter.remove", "charter.sign", "charter.withdraw",
    "charter.mode", "charter.pause", "partners.role_pupil", "partners.role_teacher",
    "partners.role_coordinator", "publish.sign", "publish.unsign", "partners.setup_silence",
    "survival.adopt",
]  # fmt: skip
REMIND = "!remind me to sign the form 12 March 10:00"
REFUSED = {
    Role.TEACHER: "Only a teacher can do that.",
    Role.COORDINATOR: "Only a coordinator can do that.",
}


def name(command: Command) -> str:
    return f"{command.family}.{command.handler.__name__}"


def test_who_may_do_what() -> None:
    """Everything that is not listed here is everybody's: pupils work, teachers arrange."""
    found = {name(one): one.may for one in COMMANDS.all if one.may is not Role.PUPIL}
    expected = dict.fromkeys(NEEDS_TEACHER, Role.TEACHER)
    assert found == expected | dict.fromkeys(NEEDS_COORDINATOR, Role.COORDINATOR)


def test_what_counts_is_asked_for_by_sealed_messages_only() -> None:
    """Roles, signatures, agreements: in an encrypted room no server can forge them (DESIGN 7)."""
    assert set(SEALED) == {name(one) for one in COMMANDS.all if one.sealed}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("command", [one for one in COMMANDS.all if one.may], ids=name)
async def test_a_role_that_is_too_low_is_told_who_may(
    school: School, command: Command, role: Role
) -> None:
    """One kind line, and nothing has changed."""
    before = await school.project()
    said = await school.ask(f"!{command.example}", BY_ROLE[role])
    if role < command.may:
        assert REFUSED[command.may] == said
        assert before == replace(await school.project(), reminded_until=before.reminded_until)
    else:
        assert said not in REFUSED.values()


@pytest.mark.parametrize("line", ["!help", "!commands", "!how", "!help nothing of this kind"])
async def test_help_of_a_pupil(school: School, line: str) -> None:
    """What a pupil needs, the buttons, and where there is more."""
    assert (await school.ask(line)).splitlines()[1:] == [
        "!mine — My tasks.",
        "!14 done — Tick a task, or your class's part of it.",
        f"{REMIND} — Remind me, once or regularly.",
        "!status — Where the project stands.",
        "Buttons: ✅ done · ✋ I take it · ↩️ undo",
        "More: !help tasks | reminders | polls | charter | agenda | privacy | topics",
    ]


@pytest.mark.parametrize("who", [WEBER, DUPONT])
async def test_help_of_a_teacher(school: School, who: str) -> None:
    """What a teacher needs besides; all of the first commands exist."""
    lines = (await school.ask("!help", who)).splitlines()
    assert 8 == len(lines)
    for handler in (*FIRST, *TEACHERS):
        example = COMMANDS.by_handler[handler].example
        assert any(line.startswith(f"!{example} — ") for line in lines), handler


@pytest.mark.parametrize("family", TOPICS)
@pytest.mark.parametrize("role", Role)
async def test_help_on_a_topic(school: School, family: str, role: Role) -> None:
    """Every command of the family that one may use, and no other, in eight lines at the most."""
    said = await school.ask(f"!help {family}", BY_ROLE[role])
    shown = {part.split(" — ")[0] for line in said.splitlines() for part in line.split(" · ")}
    own = [one for one in COMMANDS.all if one.family == family and not one.quiet]
    assert {f"!{one.example}" for one in own if one.may <= role} == {
        one for one in shown if one.startswith("!")
    }
    assert len(said.splitlines()) <= 8


@pytest.mark.parametrize(
    ("line", "family"),
    [
        ("!help task", "tasks"),
        ("!help todo", "tasks"),
        ("!help the tasks", "tasks"),
        ("!help Reminders?", "reminders"),
        ("!how classes", "partners"),
        ("!help people", "partners"),
        ("!help language", "settings"),
        ("!help data", "privacy"),
        ("!help board", "status"),
        ("!help dates", "milestones"),
        ("!aide tâches", "tasks"),
        ("!aide rappels", "reminders"),
    ],
)
async def test_how_a_topic_is_called(school: School, line: str, family: str) -> None:
    """A topic has the names that people give it, in every language of the house."""
    await school.ask("!room languages en fr", WEBER)
    said, expected = await school.ask(line), await school.ask(f"!help {family}")
    if line.startswith("!aide"):
        await school.ask("!language fr")
        expected = await school.ask(line)
    assert said == expected


def test_every_family_is_a_topic() -> None:
    """Nothing that the bot can do is left out of help (help itself needs none)."""
    assert {one.family for one in COMMANDS.all} == {*TOPICS, "help"}


@pytest.mark.parametrize("line", ["!undo", "!take back", "!↩"])
async def test_undo(school: School, line: str) -> None:
    """The last change of mine is taken back, nobody else's; then the one before."""
    await school.ask("!task Film")
    await school.ask("!1 = Cut")
    await school.ask("!task Show", JONAS)

    assert "↩️" == await school.ask(line)
    assert ["Film", "Show"] == [one.title for one in (await school.project()).tasks.values()]
    assert "↩️" == await school.ask(line)
    assert [2] == list((await school.project()).tasks)
    assert "There is nothing to undo from the last 10 minutes." == await school.ask(line)
