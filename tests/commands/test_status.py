"""Status: where the project stands."""

from __future__ import annotations

from datetime import timedelta

from tests.commands.conftest import ANA, DUPONT, JONAS, LEA, WEBER, School


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
    assert len(lines) <= 8
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
