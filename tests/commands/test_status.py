"""Status: where the project stands."""

from __future__ import annotations

from datetime import date, timedelta

from bot.adapters.console.door import ROOM
from bot.heard import Joined, Left, Topic
from bot.model.charter import Rule
from tests.commands.conftest import ANA, DUPONT, JONAS, LEA, WEBER, School
from tests.conftest import bodies


async def test_no_tasks_yet(school: School) -> None:
    """An empty project has a status too."""
    for line in ("!status", "!where are we", "!how are we doing"):
        assert "No tasks yet." == await school.ask(line)


async def test_counts_classes_late_ones_and_the_next_milestone(school: School) -> None:
    """Counts of states, a line per class, what is late, what comes next: no names, no ranking."""
    for line in (
        "!task Film everyone", "!task Cut PAU by tomorrow", "!task Show", "!task Print for @ana",
        "!task Write KOL by tomorrow", "!3 done", "!4 doing", "!2 waiting",
        "!milestone Video call 1 december 14:00", "!milestone Show 12 december",
    ):  # fmt: skip
        await school.ask(line, DUPONT)
    await school.ask("!1 done", LEA)
    await school.talk.until(timedelta(days=3))

    said = await school.ask("!status", JONAS)

    assert said.splitlines() == [
        "5 tasks: 1 done, 1 in progress, 1 waiting, 2 to do.",
        "2 late: #2 and #5",
        "PAU · 1 of 2 done · 1 late",
        "KOL · 0 of 2 done · 1 late",
        "Next milestone: M1 ⚑ · Video call · Tue 1 Dec, 14:00 Pau, Köln",
    ]
    for name in ("Léa", "Jonas", "Ana"):
        assert name not in said


async def test_a_class_is_late_by_its_own_clock(school: School) -> None:
    """18:00 has passed in Volos and not yet in Pau: one class is late, the other is not."""
    await school.ask("!partner add VOL Volos Europe/Athens", DUPONT)
    await school.ask("!task Film PAU and VOL by tomorrow", DUPONT)
    await school.talk.until(timedelta(days=1, hours=2, minutes=30))

    said = (await school.ask("!status", JONAS)).splitlines()

    assert ["PAU · 0 of 1 done", "VOL · 0 of 1 done · 1 late"] == said[2:4]
    await school.talk.until(timedelta(hours=1))
    assert "PAU · 0 of 1 done · 1 late" in (await school.ask("!status", JONAS)).splitlines()


async def test_a_deleted_task_counts_nowhere(school: School) -> None:
    """What is deleted is gone from the counts."""
    await school.ask("!task Film everyone")
    await school.ask("!task Cut")
    await school.ask("!1 delete")
    assert (await school.ask("!status")).startswith("1 task: 0 done, 1 to do.")


async def test_five_classes_and_six_numbers_fit(school: School) -> None:
    """However large the project is, its status has eight lines."""
    for number in range(8):
        await school.ask(f"!partner add ZZ{number}Z School {number} Europe/Paris", DUPONT)
        await school.ask(f"!task Number {number} everyone by tomorrow", WEBER)
        await school.pause()
    await school.ask("!milestone Show 12 december", WEBER)
    await school.talk.until(timedelta(days=3))
    lines = (await school.ask("!how are we doing", ANA)).splitlines()
    assert 8 == len(lines)
    assert "… and 6 more" == lines[-2]
    assert lines[1].startswith("8 late: #1, #2, #3, #4, #5 and #6")


async def test_the_board_is_shown_anew(school: School) -> None:
    """`!board` brings the board down into the room, and pins it."""
    await school.ask("!task Film everyone by friday")
    shown = await school.talk.say("!board")
    (board,) = [one.entry.body for one in shown if one.entry.body]
    assert board.splitlines()[0] == "📌 Board"
    assert "0 of 1 task done" in board
    assert "#1 · Film · PAU, KOL · Fri 27 Nov, 18:00 Pau, Köln" in board
    assert "pin" in {str(one.entry.kind) for one in shown}


async def test_what_is_open_besides_tasks(school: School) -> None:
    """Polls that are open and publications in the making, by their numbers."""
    await school.ask("!poll Logo? blue / green", WEBER)
    project = await school.project()
    assert project.polls[1].open
    assert "1 poll open: Q1" in (await school.ask("!status")).splitlines()
    await school.ask("!publish Our film", WEBER)
    line = "1 poll open: Q1 · 1 publication being prepared: P1"
    assert line in (await school.ask("!status")).splitlines()


async def test_exceptions_that_have_run_out(school: School) -> None:
    """Only the coordinator is told how many; which ones is asked for in the charter."""
    async with school.talk.room.dispatcher.store.hold(ROOM) as held:
        assert held.room is not None
        for until in (date(2026, 11, 1), date(2026, 11, 22), None):
            rule = Rule("video.example", until=until)
            held.room.project.charter.rules.append(rule)
        await held.commit()
    expired = "1 charter exception has expired."
    assert expired in (await school.ask("!status", DUPONT)).splitlines()
    for who in (WEBER, LEA):
        assert expired not in await school.ask("!status", who)


async def test_one_class(school: School) -> None:
    """Its counts and what it has to do next: late first; not what it has ticked already."""
    for line in (
        "!task Film everyone by 1 december", "!task Cut PAU by tomorrow", "!task Write KOL",
        "!task Old PAU", "!4 done", "!milestone Call 12 december",
    ):  # fmt: skip
        await school.ask(line, DUPONT)
    await school.talk.until(timedelta(days=2))
    for line in ("!status PAU", "!where is PAU"):
        assert (await school.ask(line, JONAS)).splitlines() == [
            "PAU · 1 of 3 done · 1 late",
            "#2 · Cut · PAU · Mon, 23 Nov 2026, 18:00 Pau · late",
            "#1 · Film · PAU, KOL · Tue 1 Dec, 18:00 Pau, Köln",
            "Next milestone: M1 ⚑ · Call · Sat 12 Dec, 18:00 Pau, Köln",
        ]
    await school.ask("!1 done", LEA)
    assert "#1" not in await school.ask("!status PAU")
    await school.ask("!partner add VOL Volos Europe/Athens", DUPONT)
    await school.ask("!1 delete", DUPONT)
    assert "VOL · No tasks yet." in await school.ask("!status VOL")
    assert "There is no class XYZ." in await school.ask("!status XYZ")


async def test_one_class_with_much_to_do(school: School) -> None:
    """Eight lines, however much it is."""
    for number in range(9):
        await school.ask(f"!task Number {number} PAU", WEBER)
    await school.ask("!milestone Call 12 december", WEBER)
    lines = (await school.ask("!status PAU")).splitlines()
    assert 8 == len(lines)
    assert "… and 4 more" == lines[-2]


async def alone(school: School, who: str, line: str = "!status all") -> str:
    """Ask in a direct message; return the one answer."""
    direct = f"!direct{who}"
    (said,) = bodies(await school.talk.say(line, who, room=direct, direct=True))
    return said


async def other_room(school: School, room: str, who: str, power: int) -> None:
    """Let *who* be in another room with one late task and one done."""
    now = school.talk.room.now()
    await school.talk.hear(Joined(room, f"$j{room}{who}", who, now, name="Somebody", power=power))
    for line in ("!task Call Tom by tomorrow", "!task Hidden", "!2 done"):
        await school.talk.say(line, who, room=room)


async def test_all_rooms_of_a_coordinator(school: School) -> None:
    """One line of counts a room, in a direct message; no title of a task and no name is told."""
    await school.ask("!task Film by tomorrow")
    await other_room(school, "!own:x", DUPONT, 100)
    await other_room(school, "!teacher:x", DUPONT, 50)
    await school.talk.hear(
        Topic("!own:x", "$t", DUPONT, school.talk.room.now(), title="Water project")
    )
    await school.talk.until(timedelta(days=2))

    said = await alone(school, DUPONT)

    assert said.splitlines() == [
        "PAU, KOL · 0 of 1 task done · 1 late",
        "Water project · 1 of 2 tasks done · 1 late",
    ]


async def test_a_room_never_learns_of_another(school: School) -> None:
    """Among others it is not answered; who coordinates nothing learns nothing."""
    await other_room(school, "!own:x", DUPONT, 100)
    hint = "That is for you alone: write me !status all in a direct message."
    for who in (DUPONT, LEA):
        assert hint == await school.ask("!status all", who)
    nothing = "This is for coordinators, and I know of no room that you coordinate."
    for who in (LEA, WEBER):
        assert nothing == await alone(school, who)


async def test_rooms_that_are_over_are_not_counted(school: School) -> None:
    """A room that the bot, or the coordinator, has left is none of theirs any more."""
    bot = school.talk.room.door.user
    for number, gone in enumerate((bot, DUPONT)):
        room = f"!own{number}:x"
        await other_room(school, room, DUPONT, 100)
        now = school.talk.room.now()
        await school.talk.hear(Left(room, f"$l{number}", gone, now, user=gone))
        await school.pause()
    assert ["PAU, KOL · 0 of 0 tasks done"] == (await alone(school, DUPONT)).splitlines()


async def test_many_rooms(school: School) -> None:
    """Twelve rooms in eight lines: all of them together, then those with something late first."""
    for number in range(1, 12):
        room = f"!own{number}:x"
        await other_room(school, room, DUPONT, 100)
        now = school.talk.room.now()
        topic = Topic(room, f"$t{number}", DUPONT, now, title=f"Class {number}")
        await school.talk.hear(topic)
        if number not in {2, 10}:
            await school.talk.say("!1 done", DUPONT, room=room)
        await school.pause()
    await school.talk.until(timedelta(days=2))

    lines = (await alone(school, DUPONT)).splitlines()

    assert [
        "12 rooms · 20 of 22 tasks done · 2 late",
        "Class 2 · 1 of 2 tasks done · 1 late",
        "Class 10 · 1 of 2 tasks done · 1 late",
        "Class 1 · 2 of 2 tasks done",
    ] == lines[:4]
    assert (8, "… and 6 more") == (len(lines), lines[-1])


async def test_which_of_many_rooms(school: School) -> None:
    """A direct message has eight buttons; who has more rooms is told where to write."""
    for number in range(11):
        await other_room(school, f"!own{number}:x", DUPONT, 100)
        await school.pause()
    lines = (await alone(school, DUPONT, "!status")).splitlines()
    assert "Which project?" in lines[0]
    assert "… and 4 more: write in their own rooms." == lines[1]


async def test_rooms_without_a_name_come_last(school: School) -> None:
    """A coordinator looks for the names first."""
    await other_room(school, "!own:x", DUPONT, 100)
    lines = (await alone(school, DUPONT)).splitlines()
    assert ["PAU, KOL · 0 of 0 tasks done", "a room without a name · 1 of 2 tasks done"] == lines
