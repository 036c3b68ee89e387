"""Direct messages, classes, roles, languages and privacy, as people meet them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.console.door import ROOM, Event
from bot.model.people import Role
from tests.conftest import Open, Talk, bodies, keys

LEA = "@lea:pau.example"
MAKS = "@maks:krk.example"
WEBER = "@weber:koln.example"
DIRECT = "!direct-lea:pau.example"


async def direct(talk: Talk, text: str, who: str = LEA, **more: object) -> list[Event]:
    """Say *text* to the bot alone."""
    return await talk.say(text, who, room=DIRECT, direct=True, **more)


async def test_alone_with_the_bot_no_sign_is_needed(talk: Talk) -> None:
    """A direct message is a door to the one project that both share; the answer comes there."""
    await talk.join(LEA, "Léa")
    said = await direct(talk, "task sign the form friday")

    assert bodies(said)[0].startswith("#1 · sign the form")
    assert {DIRECT} == {event.room for event in said if bodies([event])}
    assert {1: "sign the form"} == {
        n: task.title for n, task in (await talk.document()).project.tasks.items()
    }


async def test_alone_with_the_bot_it_always_answers(talk: Talk) -> None:
    """Silence would be rude."""
    await talk.join(LEA, "Léa")
    assert ["I did not understand that. !help shows what I can do."] == bodies(
        await direct(talk, "hello you")
    )


async def test_two_projects_are_asked_about(talk: Talk) -> None:
    """Somebody in two projects is asked which one is meant; the tap runs it there, once."""
    await talk.join(LEA, "Léa")
    await talk.say("!task one", room="!other:x")
    asked = await direct(talk, "task sign the form")
    letters = keys(asked)
    done = await talk.hear_reaction(letters[1], asked[0].event, room=DIRECT, direct=True)

    assert ["🇦", "🇧"] == letters
    assert "#1 · sign the form" in bodies(done)
    assert {DIRECT} == {event.room for event in done}
    again = await talk.hear_reaction(letters[0], asked[0].event, room=DIRECT, direct=True)
    assert [] == bodies(again)


async def test_the_power_of_a_direct_room_gives_no_role(talk: Talk) -> None:
    """Whoever makes a direct room has power there, and is a pupil all the same."""
    await talk.join(LEA, "Léa")
    said = await direct(talk, "milestone Call friday", power=100)
    assert ["Only a teacher can do that."] == bodies(said)


async def test_my_data_only_alone(talk: Talk) -> None:
    """What is held about somebody is told to them alone."""
    await talk.join(LEA, "Léa")
    await talk.say("!task one", LEA)
    assert "direct message" in bodies(await talk.say("!my data"))[0]
    said = bodies(await direct(talk, "my data"))
    assert 1 == len(said)
    assert "Name Léa" in said[0]
    assert "#1" in said[0]


async def test_forget_me_leaves_nothing(open_talk: Open, tmp_path: Path) -> None:
    """After `!forget me` no file holds the person's id or name; their tasks stay, without it."""
    lea, name = "@leonie.unique:pau.example", "Léonie Unique"
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 100)
        await talk.join(lea, name)
        await talk.say("!partner add PAU Pau fr", WEBER)
        await talk.say("!iam PAU", lea)
        await talk.say("!language fr", lea)
        await talk.say("!task one", lea)
        await talk.say("!1 + my remark", lea)
        await talk.say("!1 done", lea)
        await talk.say("!remind me to sign the form tomorrow 10:00", lea)
        await talk.say("!task two @leonie.unique", WEBER)
        asked = await talk.say("!forget me", lea)
        done = await talk.react("👍", asked[0].event, lea)

        assert 1 == len(bodies(done))
        project = (await talk.document()).project
        assert ["one", "two"] == [task.title for task in project.tasks.values()]
        assert {} == project.reminders
    texts = [path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert [] == [text for text in texts if b"leonie" in text or "Léonie".encode() in text]


async def test_tap_your_class(talk: Talk) -> None:
    """Everybody taps their own class under one message, and may tap again."""
    await talk.join(WEBER, "Ms Weber", 100)
    await talk.join(LEA, "Léa")
    await talk.join(MAKS, "Maks")
    await talk.say("!partner add PAU Pau fr", WEBER)
    await talk.say("!partner add KRK Kraków pl", WEBER)
    asked = await talk.say("!setup fr en", WEBER)
    await talk.react("🇦", asked[0].event, LEA)
    await talk.react("🇧", asked[0].event, MAKS)

    members = (await talk.document()).project.members
    assert ["🇦", "🇧"] == keys(asked)
    assert ("PAU", "KRK", None) == tuple(members[u].partner for u in (LEA, MAKS, WEBER))


async def test_the_homeserver_tells_the_class(talk: Talk) -> None:
    """People of the homeserver named in `!partner add` are placed, those here and those to come."""
    await talk.join(WEBER, "Ms Weber", 100)
    await talk.join(LEA, "Léa")
    await talk.say("!partner add PAU Pau fr pau.example", WEBER)
    await talk.join("@tom:pau.example", "Tom")

    members = (await talk.document()).project.members
    assert ["PAU", "PAU"] == [members[LEA].partner, members["@tom:pau.example"].partner]


async def test_a_given_role_counts_as_much_as_power(talk: Talk) -> None:
    """A guest who can hold no power is made a teacher by a coordinator."""
    await talk.join(WEBER, "Ms Weber", 100)
    await talk.join(MAKS, "Maks")
    assert ["Only a teacher can do that."] == bodies(await talk.say("!milestone Call friday", MAKS))
    await talk.say("!role @maks teacher", WEBER)
    assert "M1" in bodies(await talk.say("!milestone Call friday", MAKS))[0]
    await talk.say("!role @maks pupil", WEBER)
    assert Role.PUPIL is (await talk.document()).project.role_of(MAKS)


async def test_power_that_is_taken_away_is_gone(talk: Talk) -> None:
    """Roles follow the room's power levels from one message to the next."""
    await talk.join(WEBER, "Ms Weber", 100)
    await talk.join(WEBER, "Ms Weber", 0)
    assert ["Only a teacher can do that."] == bodies(
        await talk.say("!milestone Call friday", WEBER)
    )


async def test_everybody_reads_their_own_language(talk: Talk) -> None:
    """An answer speaks the language that was chosen, else of the class, else as it was typed."""
    await talk.join(WEBER, "Ms Weber", 100)
    await talk.join(LEA, "Léa")
    await talk.join(MAKS, "Maks")
    await talk.say("!partner add PAU Pau fr", WEBER)
    await talk.say("!iam PAU", LEA)
    assert bodies(await talk.say("!mine", LEA))[0].startswith("Tes tâches")
    assert "Your tasks" in bodies(await talk.say("!mine", MAKS))[0]
    assert "Tes" in bodies(await talk.say("!moi", MAKS))[0]
    await talk.say("!language en", LEA)
    assert "Your tasks" in bodies(await talk.say("!mine", LEA))[0]


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_welcome(open_talk: Open, language: str) -> None:
    """An invited bot joins, says hello in a few lines, and pins its board."""
    async with open_talk(languages=(language,)) as talk:
        done = await talk.invite(WEBER, "!new:x")
        assert ["join", "notice", "notice", "pin"] == [str(event.entry.kind) for event in done]
        assert len(bodies(done)[0].splitlines()) <= 8


async def test_who_is_kicked_says_nothing_more(talk: Talk) -> None:
    """A bot that was removed sends nothing; invited again it says so and goes on with the tasks."""
    await talk.invite(WEBER, ROOM)
    await talk.say("!task one by friday @lea", LEA)
    await talk.kick()
    assert [] == await talk.until(talk.room.now().replace(month=12))
    (back,) = bodies(await talk.invite(WEBER, ROOM))
    assert "I am here again." in back
    assert not any("here again" in one for one in bodies(await talk.invite(WEBER, ROOM)))
    assert "one" in bodies(await talk.say("!tasks"))[0]
