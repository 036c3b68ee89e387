"""Lists: what there is to do; and that no answer of any command is longer than a phone shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app import declared
from bot.assistant.understanding import Reader as Understanding
from bot.command import Command, Context, Outcome, Scope
from bot.language import cards
from bot.language.catalog import translate, translated
from bot.language.fields import Situation
from bot.language.line import cut
from bot.language.message import Part, Refusal
from bot.language.render import Reader, render, stack
from bot.model.asker import Asker
from bot.model.documents import PersonDocument
from bot.model.due import Due
from bot.model.people import Member, Partner, Role
from bot.model.project import Project
from bot.model.reminders import Audience, Reminder
from bot.model.tasks import Comment, Milestone, State, Task, Tick
from tests.commands.conftest import ANA, DUPONT, JONAS, LEA, WEBER, School
from tests.conftest import NOW
from tests.together import together

COMMANDS = declared()
MOST = 8
CODES = ["PAU", "KRK", "KOL", "VOL", "TUR", "BRN", "LIS", "RIG"]


async def test_what_is_to_be_done(school: School) -> None:
    """Late tasks first, then by date, undated last; done ones are left out."""
    for line in (
        "!task Undated", "!task Far by 4 december", "!task Near by 27/11", "!task Late by tomorrow",
        "!task Sent", "!5 done", "!task Gone", "!delete 6",
    ):  # fmt: skip
        await school.ask(line)
    await school.talk.until(timedelta(days=3))

    assert (await school.ask("!tasks")).splitlines() == [
        "Tasks",
        "#4 · Late · Mon, 23 Nov 2026, 18:00 Pau, Köln · late",
        "#3 · Near · Fri 27 Nov, 18:00 Pau, Köln",
        "#2 · Far · Fri 4 Dec, 18:00 Pau, Köln",
        "#1 · Undated",
    ]
    assert "#4 · Late" in (await school.ask("!late")).splitlines()[1]
    assert 2 == len((await school.ask("!tasks late")).splitlines())
    assert 6 == len((await school.ask("!tasks all")).splitlines())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("!tasks", "Tasks · nothing open."),
        ("!todo", "Tasks · nothing open."),
        ("!mine", "Your tasks · nothing open."),
        ("!tasks late", "Late · nothing open."),
        ("!tasks PAU", "Tasks of PAU · nothing open."),
        ("!tasks +video", "Tasks +video · nothing open."),
        ("!tasks all", "All tasks · nothing open."),
    ],
)
async def test_nothing_open(school: School, line: str, said: str) -> None:
    """An empty list says so, in one line."""
    assert said == await school.ask(line)


async def test_mine_and_those_of_a_class(school: School) -> None:
    """Mine are those given to me, or to my class and not ticked yet; a class has its own."""
    for line in (
        "!task Free", "!task Everyone's everyone", "!task Ours PAU", "!task Theirs KOL",
        "!task Léa's for @lea", "!task Labelled PAU +video",
    ):  # fmt: skip
        await school.ask(line, DUPONT)
    await school.ask("!1 +video", DUPONT)

    def numbers(said: str) -> str:
        return " ".join(line.split()[0] for line in said.splitlines()[1:])

    assert "#2 #3 #5 #6" == numbers(await school.ask("!mine"))
    assert "#2 #4" == numbers(await school.ask("!my tasks", JONAS))
    assert "Your tasks · nothing open." == await school.ask("!mine", ANA)
    assert "#2 #3 #5 #6" == numbers(await school.ask("!tasks PAU", JONAS))
    assert "#2 #4" == numbers(await school.ask("!list Köln"))
    assert "#1 #6" == numbers(await school.ask("!tasks +video"))

    await school.ask("!2 done")
    assert "#3 #5 #6" == numbers(await school.ask("!mine"))
    assert "#3 #5 #6" == numbers(await school.ask("!tasks PAU"))
    assert "#2 #4" == numbers(await school.ask("!tasks KOL", WEBER))


def crowded() -> Project:
    """Return the largest project there will be: 60 tasks, 8 classes, 30 reminders, long names."""
    project = Project("!r", NOW, zone="Europe/Paris", ready=True, title="Ports of Europe " * 9)
    zones = ["Europe/Paris", "Europe/Athens", "Europe/Lisbon", "Asia/Tbilisi"]
    for code, zone in zip(CODES, zones * 2, strict=True):
        project.partners[code] = Partner(code, f"Town of {code}", zone, ["en"], size=25)
    for number in range(40):
        user = f"@pupil{number}:x"
        project.members[user] = Member(user, f"Pupil {number}", CODES[number % 9 % 8])
    project.members[LEA] = Member(LEA, "Léa", "PAU")
    project.members["@ana:x"] = Member("@ana:x", "Ana")
    words = "\nrm -rf\u2028 <b>everything</b> " * 9
    for number in range(1, 61):
        project.tasks[number] = Task(
            number, f"Task {number} {words}"[:140], LEA, NOW,
            state=list(State)[number % 3 if number != 14 else 0],
            due=Due((NOW + timedelta(days=number - 20)).date()) if number % 4 else None,
            assignees=[LEA, "@ana:x"], partners=CODES[: number % 9], shared=number % 7 == 0,
            ticks={CODES[0]: Tick(LEA, NOW)}, tags=["video", "photo"],
            comments=[Comment(LEA, words, NOW) for _one in range(9)],
            titles=dict.fromkeys(["fr", "de", "pl", "el", "it", "es", "pt"], words),
        )  # fmt: skip
    for number in range(1, 31):
        later = (NOW + timedelta(days=number)).date()
        project.milestones[number] = Milestone(number, f"Show {words}", LEA, NOW, Due(later))
        project.reminders[number] = Reminder(
            number, words, LEA, NOW, Audience([LEA], CODES, everyone=True),
            Due(later, NOW.time()), every="FREQ=WEEKLY;BYDAY=MO,TU" if number % 2 else None,
        )  # fmt: skip
    project.counters = {"task": 60, "milestone": 30, "reminder": 30}
    return project


def asker(language: str, role: Role, **more: object) -> Asker:
    made = Asker(LEA, "Léa", role, language, "Europe/Paris", NOW, event="$e")
    return replace(made, **more)  # type: ignore[arg-type]


def answers(
    command: Command, language: str, role: Role, reading: Understanding | None = None
) -> Iterator[list[str]]:
    """Yield the lines that *command*'s example is answered with in a crowded project."""
    reading = reading or Understanding(COMMANDS)
    for direct in (False, True):
        project = crowded()
        who = asker(language, role, direct=direct)
        situation = Situation(project, who, (language, "en"))
        found = reading.read(cut(translate(command.example, language)), situation)
        assert found is not None
        context = Context(COMMANDS, translated(), {})
        subject: object = {
            Scope.ROOM: project,
            Scope.PERSON: PersonDocument(LEA),
            Scope.MY_ROOMS: [project] * 12,
        }[command.scope]
        room = Reader(tuple(translated()[:2]), "Europe/Paris", NOW)
        try:
            outcome = found.command.run(subject, who, found.match.values, context)
            says: Part | None = outcome.says
        except Refusal as refusal:
            says, outcome = refusal.message, Outcome()
        parts = [render(says, Reader((language,), "Europe/Paris", NOW))] if says else []
        if outcome.announces:
            parts.append(stack(outcome.announces, room))
        if outcome.card:
            kind, _space, number = outcome.card.partition(" ")
            parts.append(render(card(project, kind, int(number or 0)), room))
        yield [line for part in parts for line in part.body.splitlines()]


def card(project: Project, kind: str, number: int) -> Part:
    if kind == "task":
        return cards.task_card(project, project.tasks[number], comments=3)
    if kind == "milestone":
        return cards.milestone_card(project, project.milestones[number])
    if kind == "reminder":
        return cards.reminder_card(project, project.reminders[number])
    return cards.board(project, NOW, translated())


ASKED = [
    (language, role, command.example, command)
    for language in translated()
    for role in (Role.PUPIL, Role.COORDINATOR)
    for command in COMMANDS.all
]
"""Everything that can be asked, in every language, by those who may least and most."""
READING = Understanding(COMMANDS)


@together(ASKED, columns=2)
def test_no_answer_is_longer_than_eight_lines(
    language: str, role: Role, example: str, command: Command
) -> None:
    """Law 3: 60 tasks, 8 classes, 30 reminders, 12 rooms: what does not fit is counted."""
    for lines in answers(command, language, role, READING):
        assert len(lines) <= MOST, example
        assert not any("\u2028" in line for line in lines), example


async def test_a_long_list_has_pages(school: School) -> None:
    """Six lines, then how many more there are and how to see them; the last page ends it."""
    for number in range(1, 15):
        await school.ask(f"!task Number {number}")
    await school.pause()
    await school.ask("!1 done")

    def numbers(said: str) -> str:
        return " ".join(line.split()[0] for line in said.splitlines()[1:])

    first = await school.ask("!tasks")
    assert "Tasks" == first.splitlines()[0]
    assert "… and 7 more · !tasks 2" == first.splitlines()[-1]
    assert "#2 #3 #4 #5 #6 #7 …" == numbers(first)
    assert "#8 #9 #10 #11 #12 #13 …" == numbers(await school.ask("!tasks 2"))
    assert "… and 1 more · !tasks 3" == (await school.ask("!list 2")).splitlines()[-1]
    for line in ("!tasks 3", "!tasks 99", "!tasks 999999"):
        assert "#14" == numbers(await school.ask(line)), line
    assert first == await school.ask("!tasks 0")
    assert "… and 2 more · !tasks all 3" == (await school.ask("!tasks all 2")).splitlines()[-1]


def test_no_card_is_longer_than_eight_lines() -> None:
    """Cards hold remarks and translations of the classes; the newest that fit are shown."""
    project = crowded()
    for task in project.tasks.values():
        for comments in (0, 1, 3):
            part = cards.task_card(project, task, comments=comments)
            shown = render(part, Reader(("en",), "Europe/Paris", NOW)).body
            assert len(shown.splitlines()) <= MOST, task.number
