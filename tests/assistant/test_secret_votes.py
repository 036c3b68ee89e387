"""Secret votes: no file of the bot ever holds who chose what, whatever people type, and where."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.adapters.console.door import ROOM, Event
from bot.heard import Joined
from tests.conftest import NOW, Open, Talk, bodies

WEBER, LEA = "@weber:koln.example", "@lea:pau.example"
DIRECT, OTHER = "!direct-lea:pau.example", "!other:x"
CHOICE = "Yak"


class Disk:
    """All that was ever written to files, in the moment in which it was."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.written: list[str] = []
        self._replace = os.replace
        patch.setattr(os, "replace", self._noting)

    def _noting(self, source: Path, target: Path) -> None:
        self.written.append(Path(source).read_text(encoding="utf-8"))
        self._replace(source, target)

    def without_options(self) -> str:
        """Return what was written, without the answers as the poll itself and its cards say it."""
        text = "\n".join(self.written)
        for said in (f"Zebra · 2 {CHOICE}", f'"text": "{CHOICE}"'):
            text = text.replace(said, "")
        return text.casefold()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Return what is written from now on."""
    return Disk(monkeypatch)


async def direct(talk: Talk, text: str, who: str = LEA, **more: object) -> list[Event]:
    """Write to the bot alone."""
    return await talk.say(text, who, room=DIRECT, direct=True, **more)


async def ballot(talk: Talk) -> None:
    """Let two classes be asked in secret."""
    await talk.join(WEBER, "Ms Weber", 50)
    await talk.join(LEA, "Léa")
    await talk.say(f"!poll secret Speaker? Zebra / {CHOICE}", WEBER)


async def second_project(talk: Talk) -> None:
    """Let Léa be in another project, which has no poll."""
    await talk.hear(Joined(OTHER, "$j2", LEA, NOW, name="Léa"))
    await talk.say("!task other", LEA, room=OTHER)


async def counts(talk: Talk) -> list[int]:
    return (await talk.document()).project.urns[1].counts


@pytest.mark.parametrize(
    "line",
    [
        "!vote Q1 Yak",
        "vote yak",
        "!Q1 b",
        "!Q1 vote Yak",
        "votes Q1 yak",
        "!vvote Q1 yak",
        "!Q1 yakk",
        "vote Q1 yakk",
        "Q1: yak",
        "please vote yak",
        "yak",
        "vote secret yak",
    ],
)
@pytest.mark.parametrize("projects", [1, 2])
async def test_no_line_leaves_the_choice_in_a_file(
    open_talk: Open, disk: Disk, line: str, projects: int
) -> None:
    """Well typed or not, in one project or in several: not in offers, outbox, changes, nowhere."""
    async with open_talk(languages=("en", "fr")) as talk:
        await ballot(talk)
        if projects > 1:
            await second_project(talk)
        shown = await direct(talk, line)
        assert disk.written
        assert "yak" not in disk.without_options()
        said = [one for one in bodies(shown) if f"Zebra · 2 {CHOICE}" not in one]
        assert not any("yak" in one.casefold() for one in said)


async def test_a_vote_where_two_projects_are_shared(open_talk: Open, disk: Disk) -> None:
    """First the project, then the vote in reply; nothing has to be typed a third time."""
    async with open_talk() as talk:
        await ballot(talk)
        await second_project(talk)
        shown = await direct(talk, "!vote Q1 Yak")
        assert bodies(shown)[0].startswith("Which project?")
        rooms = sorted([ROOM, OTHER])
        letter = "🇦🇧"[rooms.index(ROOM)]
        asked = next(one.event for one in shown if bodies([one]))
        shown = await talk.hear_reaction(letter, asked, room=DIRECT, direct=True, who=LEA)
        paper = (
            "Q1 · Speaker? · 1 Zebra · 2 Yak\n"
            "Reply to this message with your answer. You cannot change your vote later."
        )
        assert [paper] == bodies(shown)

        asked = next(one.event for one in shown if bodies([one]))
        shown = await direct(talk, "yakk", reply_to=asked)
        assert ["That is not an answer of this poll. Its answers: 1 Zebra · 2 Yak"] == bodies(shown)
        asked = next(one.event for one in shown if bodies([one]))
        shown = await direct(talk, "2", reply_to=asked)
        assert ["Your vote is in. You cannot change it later."] == bodies(shown)
        assert [0, 1] == await counts(talk)
        assert "yak" not in disk.without_options()

        shown = await direct(talk, "Zebra", reply_to=asked)
        told = ["You have voted already. A secret vote cannot be changed."]
        assert told == bodies(shown)
        assert [0, 1] == await counts(talk)


async def test_the_paper_survives_a_restart(open_talk: Open) -> None:
    """Asked today, answered tomorrow."""
    async with open_talk() as talk:
        await ballot(talk)
        await second_project(talk)
        shown = await direct(talk, "!vote Q1")
        asked = next(one.event for one in shown if bodies([one]))
        letter = "🇦🇧"[sorted([ROOM, OTHER]).index(ROOM)]
        shown = await talk.hear_reaction(letter, asked, room=DIRECT, direct=True, who=LEA)
        paper = next(one.event for one in shown if bodies([one]))
    async with open_talk() as talk:
        shown = await direct(talk, "b", reply_to=paper, event="$tomorrow")
        assert ["Your vote is in. You cannot change it later."] == bodies(shown)


@pytest.mark.parametrize("line", ["votes Q1 yak", "!vvote Q1 yak", "!voted yak"])
async def test_a_typing_slip_in_a_direct_message(open_talk: Open, line: str) -> None:
    """It is said that it was no vote, and how to vote, without repeating a word of it."""
    async with open_talk() as talk:
        await ballot(talk)
        said = bodies(await direct(talk, line))[0].splitlines()
        assert "I could not read your vote, and kept nothing of it." == said[0]
        assert said[1].endswith("For example: !vote Q1 green")
        assert [0, 0] == await counts(talk)
        assert [] == (await talk.document()).offers


@pytest.mark.parametrize("line", ["!votes Q1 yak", "!Q1 yakk"])
async def test_a_typing_slip_in_the_room(open_talk: Open, disk: Disk, line: str) -> None:
    """Neither is the choice said aloud nor a button made of it."""
    async with open_talk() as talk:
        await ballot(talk)
        said = bodies(await talk.say(line, LEA))
        assert not any("yak" in one.casefold() for one in said)
        assert "yak" not in disk.without_options()


async def test_a_slip_in_an_open_vote_is_mended(open_talk: Open) -> None:
    """Where no vote is secret, the button for what was meant is there."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        await talk.say("!poll Logo? blue / green", WEBER)
        shown = await talk.say("!votes Q1 green", LEA)
        assert ["Did you mean !vote Q1 green? 👍 = yes"] == bodies(shown)


async def test_a_number_in_reply_to_a_secret_poll_in_the_room(open_talk: Open) -> None:
    """Whoever thinks to have voted is told that it was not secret, and not a vote."""
    async with open_talk() as talk:
        await ballot(talk)
        card = (await talk.document()).places["poll 1"]
        for said in ("2", "b", "Yak"):
            told = bodies(await talk.say(said, LEA, reply_to=card))
            assert told == [
                (
                    "This vote is secret. Please delete your message, and write me !vote "
                    "Q1 … in a direct message."
                )
            ]
        told = bodies(await talk.say("!vote", LEA))
        assert ["This vote is secret: write !vote Q1 … to me in a direct message."] == told
        assert [0, 0] == await counts(talk)


async def test_a_vote_that_cannot_be_mended_must_be_clear(open_talk: Open) -> None:
    """Among 5, 10 and 2 a "2" is one answer and the place of another."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        await talk.join(LEA, "Léa")
        await talk.say("!poll secret How many? 5 / 10 / 2", WEBER)
        shown = await direct(talk, "!vote 2")
        clear = "Two answers fit that. Please write a letter: a 5 · b 10 · c 2"
        assert [clear] == bodies(shown)
        asked = next(one.event for one in shown if bodies([one]))
        assert [clear] == bodies(await direct(talk, "2", reply_to=asked))
        assert [0, 0, 0] == await counts(talk)
        await direct(talk, "c", reply_to=asked)
        assert [0, 0, 1] == await counts(talk)


async def test_an_edit_and_a_redaction_of_a_secret_vote(open_talk: Open, disk: Disk) -> None:
    """It stays in the urn, whatever becomes of the message; nothing is told of it."""
    async with open_talk() as talk:
        await ballot(talk)
        await direct(talk, "!vote Q1 Yak", event="$vote")
        await direct(talk, "!vote Q1 Zebra", edits="$vote")
        assert [0, 1] == await counts(talk)
        await talk.redact("$vote", LEA)
        assert [0, 1] == await counts(talk)
        assert "yak" not in disk.without_options()


async def test_a_secret_poll_whose_words_are_gone_is_gone(open_talk: Open) -> None:
    """Taken back late: nobody votes on it any more, and its urn is thrown away."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        await talk.join(LEA, "Léa")
        await talk.say("!poll secret Speaker? Zebra / Yak", WEBER, event="$q")
        await direct(talk, "!vote Q1 Yak")
        await talk.until(NOW.replace(hour=16))
        await talk.redact("$q", WEBER)
        await talk.until(NOW.replace(hour=17))
        assert {} == (await talk.document()).project.urns
        assert ["Q1 is closed."] == bodies(await direct(talk, "!vote Q1 1"))
