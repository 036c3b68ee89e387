"""What is said to somebody whose hand slipped, and what is no command at all."""

from __future__ import annotations

import pytest

from tests.conftest import Open, Talk, bodies, keys

TEACHER, PUPIL = "@weber:koln.example", "@lea:pau.example"


@pytest.mark.parametrize(
    ("language", "line", "meant"),
    [
        ("en", "!hlep", "!help"),
        ("en", "!tsak Poster", "!task Poster"),
        ("en", "!comenius: hlep", None),
        ("en", "Comenius: udno", "!undo"),
        ("fr", "!adie", "!aide"),
        ("de", "!meine Aufagben", "!meine Aufgaben"),
        ("de", "!Umfarge Wer kommt?", "!Umfrage Wer kommt?"),
        ("pt", "!ajda", "!ajuda"),
        ("nl", "!taka Poster", "!taak Poster"),
        ("nl", "!mijn tkaen", "!mijn taken"),
        ("es", "!mis tarea", "!mis tareas"),
        ("pl", "!moje zdaania", "!moje zadania"),
    ],
)
async def test_a_slip_behind_the_sign_is_asked_back(
    open_talk: Open, language: str, line: str, meant: str | None
) -> None:
    """Short verbs and second words too; nothing is done before somebody says yes."""
    async with open_talk(languages=(language,)) as talk:
        await talk.say("!language en", PUPIL)
        shown = await talk.say(line, PUPIL)
        document = await talk.document()
    if meant is None:
        assert [] == shown
        return
    assert [f"Did you mean {meant}? 👍 = yes"] == bodies(shown)
    assert ["👍"] == keys(shown)
    assert not document.project.tasks
    assert not document.project.polls


@pytest.mark.parametrize(
    "line", ["hlep", "tsak Poster", "hlep me please", "meine Aufagben", "!mask Poster", "!roll"]
)
async def test_chat_is_left_alone(talk: Talk, line: str) -> None:
    """Without the sign nobody is corrected; other words and other bots' never are."""
    assert [] == await talk.say(line)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "!when will we play?"), ("fr", "!quand a-t-on sport ?"),
        ("de", "!wann haben wir Sport?"), ("es", "!¿cuándo hay deporte?"),
        ("it", "!quando abbiamo sport?"), ("pl", "!kiedy mamy sport?"),
        ("el", "!πότε έχουμε γυμναστική;"), ("ar", "!متى عندنا رياضة؟"),
    ],
)  # fmt: skip
async def test_a_question_of_a_pupil_is_no_poll_about_dates(
    open_talk: Open, language: str, line: str
) -> None:
    """Nobody asked for what only teachers may do."""
    async with open_talk(languages=(language,)) as talk:
        assert [] == await talk.say(line, PUPIL)
        await talk.join(TEACHER, "Ms Weber", 50)
        assert bodies(await talk.say(line, TEACHER)) or line.startswith("!¿")


async def test_a_date_poll_with_a_question_mark_is_one(talk: Talk) -> None:
    """What holds dates asks for a poll; a pupil is told who may."""
    said = bodies(await talk.say("!when Video call 1/12 10h / 2/12 10h?", PUPIL))
    assert ["Only a teacher can do that."] == said


async def test_an_end_behind_the_question_ends_the_poll(talk: Talk) -> None:
    """Unless another one stands at the end of the line."""
    await talk.say("!poll Logo? until 27/11 blue / green")
    await talk.say("!poll Song? until 27/11 old / new until 28/11")
    first, second = (await talk.document()).project.polls.values()
    assert [27, 28] == [one.until.day for one in (first, second) if one.until]
    assert ["blue", "green"] == [one.text for one in first.options]
