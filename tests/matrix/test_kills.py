"""SIGKILL at random moments of a scripted hour: zero lost, zero doubled, counted on the server."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.adapters.synapse import Synapse
from tests.matrix.bot_process import BotProcess, life_of
from tests.matrix.counting import Asked, history
from tests.matrix.crowd import Eye, say
from tests.matrix.people import NewPerson, react
from tests.matrix.soak import KILLS, Plan, hold
from tests.matrix.waiting import all_answered, answered

pytestmark = [pytest.mark.synapse, pytest.mark.timeout(600)]
SEED = int(os.environ.get("COMENIUS_SEED", "14"))


async def test_killed_fifty_times_in_an_hour_of_work(synapse: Synapse, tmp_path: Path) -> None:
    """Tasks, ticks, edits, undo, polls and reminders in plain and encrypted rooms survive it all.

    Every command is answered once, every task is there once, every reminder rang once, nothing is
    apologised for. `COMENIUS_SEED` brings another hour, `make soak` as many as wanted.
    """
    report = await hold(synapse, tmp_path, Plan(SEED))

    assert KILLS == report.kills
    assert [] == report.wrong, str(report)


async def test_a_button_is_pressed_on_what_was_said_with_the_last_breath(
    synapse: Synapse, tmp_path: Path, person: NewPerson
) -> None:
    """Killed just after a card was sent; ticked meanwhile: the next life knows what was ticked."""
    ana = await person("ana")
    eye = Eye(ana)
    process = BotProcess(life_of(synapse, tmp_path), tmp_path / "process")
    try:
        await process.connect()
        room = await ana.room(process.user)
        await eye.meets(room, process.user)
        asked = [Asked(room, await say(ana, room, "!task Poster"), "!task Poster")]
        await answered(ana, process.user, room, asked)
        await process.kill()
        card = (await history(ana, room, process.user)).answers_to(asked[0].event)[0]
        await react(ana, room, card.event, "✅")
        await process.connect()
        asked.append(Asked(room, await say(ana, room, "!1 + seen"), "!1 + seen"))
        [told] = await all_answered(ana, process.user, [room], asked)
    finally:
        await eye.close()
        await process.close()

    assert "✅" in told.shown(card.event)
