"""Direct rooms: a door to one's projects that changes nothing about who may do what, or where."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from unittest import mock

import pytest

from bot.adapters.console.door import ROOM, Event
from bot.heard import Invited, Joined, Left, Reacted, Redacted, Said, Topic, Undecryptable
from bot.model.documents import Entry, Kind
from bot.model.people import Role
from bot.ports import Later
from tests.conftest import NOW, Talk, bodies, keys

LEA = "@lea:pau.example"
MAKS = "@maks:krk.example"
WEBER = "@weber:koln.example"
DIRECT = "!direct-lea:pau.example"
OTHER = "!other:x"


async def direct(talk: Talk, text: str, who: str = LEA, **more: object) -> list[Event]:
    """Say *text* to the bot alone."""
    return await talk.say(text, who, room=DIRECT, direct=True, **more)


async def tap(talk: Talk, key: str, to: str, who: str = LEA) -> list[Event]:
    """React in the direct room."""
    return await talk.hear_reaction(key, to, room=DIRECT, direct=True, who=who)


@pytest.fixture
async def room(talk: Talk) -> Talk:
    """Return a room with a pupil and a coordinator."""
    await talk.join(WEBER, "Ms Weber", 100)
    await talk.join(LEA, "Léa")
    return talk


@pytest.fixture
async def two(room: Talk) -> Talk:
    """Return rooms of two projects that Léa is in, one with classes."""
    await room.say("!partner add PAU Pau fr", WEBER)
    await room.hear(Joined(OTHER, "$j2", LEA, NOW, name="Léa", power=100))
    await room.say("!task other", LEA, room=OTHER)
    return room


async def test_what_happens_to_a_direct_room_is_its_own_affair(room: Talk) -> None:
    """Leaving, naming or not decrypting there does nothing to the project."""
    await direct(room, "task one")
    me = room.room.door.user
    common = {"room": DIRECT, "sender": LEA, "at": NOW, "direct": True}
    shown = [
        # mypy cannot look into **common; all three take these fields
        *await room.hear(Topic(event="$a", title="my room", **common)),  # type: ignore[arg-type]
        *await room.hear(Undecryptable(event="$b", **common)),  # type: ignore[arg-type]
        *await room.hear(Left(event="$c", user=me, **common)),  # type: ignore[arg-type]
    ]

    document = await room.document()
    assert {DIRECT} >= {event.room for event in shown}
    assert "" == document.project.title
    assert "left" not in document.extra
    assert ["#2 · two"] == bodies(await room.say("!task two"))


async def test_who_left_the_project_has_no_door_to_it(room: Talk) -> None:
    """Somebody who was removed can neither read nor write by direct message, teacher or not."""
    await room.join(MAKS, "Maks")
    await room.say("!role @maks teacher", WEBER)
    await room.say("!task one", WEBER)
    await room.hear(Left(ROOM, "$gone", WEBER, NOW, user=MAKS))
    said = await direct(room, "tasks", MAKS)

    assert "one" not in bodies(said)[0]
    await direct(room, "1 delete", MAKS)
    assert (await room.document()).project.tasks[1].deleted is None


async def test_a_locked_direct_room_holds_up_nobody(room: Talk) -> None:
    """A room that refuses the bot is tried later; answers to other rooms go on."""
    deliver = room.room.door.deliver

    async def locked(place: str, entry: Entry) -> str | None:
        if place == DIRECT:
            raise Later(300, locked=True)
        return await deliver(place, entry)

    # a door that refuses one room, put in the place of the real method
    room.room.door.deliver = locked  # type: ignore[method-assign, assignment]
    assert [] == await direct(room, "help")
    assert ["#1 · one"] == bodies(await room.say("!task one"))
    room.room.door.deliver = deliver  # type: ignore[method-assign] # the real one again
    await room.until(timedelta(minutes=6))
    later = await room.say("!task two")
    assert DIRECT in {event.room for event in later}


async def test_a_card_in_a_direct_room_is_not_the_rooms_card(room: Talk) -> None:
    """The room edits its own card only; a tick on the other counts all the same."""
    shown = await direct(room, "task one")
    edits = await room.say("!1 = two")
    await tap(room, "✅", shown[0].event)

    assert [] == [event for event in edits if event.entry.kind is Kind.EDIT]
    task = (await room.document()).project.tasks[1]
    assert ("two", True) == (task.title, task.finished is not None)


async def test_an_edited_direct_message_edits_its_answer(room: Talk) -> None:
    """Law 3 holds there too: the answer is edited where it stands."""
    first = await direct(room, "task one", event="$d")
    again = await direct(room, "task two", edits="$d")

    assert [] == bodies(again)
    edits = [event for event in again if event.entry.kind is Kind.EDIT]
    assert [(DIRECT, first[0].event)] == [(one.room, one.entry.relates_to) for one in edits]


async def test_a_redacted_direct_question_is_withdrawn_there(room: Talk) -> None:
    """What the bot said to a message that was taken back goes too, in the same room."""
    asked = await direct(room, "remimd me sign the form tomorrow 10:00", event="$d")
    gone = await room.hear(Redacted(DIRECT, "$r", LEA, NOW, direct=True, redacts="$d"))

    withdrawn = [event for event in gone if event.entry.kind is Kind.REDACTION]
    assert [(DIRECT, asked[0].event)] == [(one.room, one.entry.relates_to) for one in withdrawn]


async def test_one_of_two_projects_is_chosen_and_stays_usable(two: Talk) -> None:
    """The chosen project's card is a button there; its classes are known to the question."""
    asked = await direct(two, "task sign the form")
    done = await tap(two, "🇧", asked[0].event)
    card = next(event for event in done if "sign the form" in event.entry.body)
    ticked = await tap(two, "✅", card.event)

    assert {DIRECT} == {event.room for event in done}
    assert asked[0].event == card.entry.reply_to
    tasks = (await two.document()).project.tasks
    assert [True] == [task.finished is not None for task in tasks.values()]
    assert [] == bodies(ticked)
    assert "Which project?" in bodies(await direct(two, "tasks PAU"))[0]


async def test_a_cut_between_two_rooms_does_it_once(two: Talk) -> None:
    """A crash after the project was changed, before the answer was marked, doubles nothing."""
    asked = await direct(two, "task sign the form")
    reaction = Reacted(DIRECT, "$tap", LEA, NOW, direct=True, to=asked[0].event, key="🇧")
    once = two.room.dispatcher._once

    async def cut(place: object, *, final: bool) -> object:
        if final:
            raise OSError("cut")
        # the arguments are handed through as they came
        return await once(place, final=final)  # type: ignore[arg-type]

    with mock.patch.object(two.room.dispatcher, "_once", cut), pytest.raises(OSError, match="cut"):
        await two.hear(reaction)
    await two.hear(reaction)
    tasks = (await two.document()).project.tasks
    assert ["sign the form"] == [task.title for task in tasks.values()]


async def test_roles_are_never_given_by_a_button(two: Talk) -> None:
    """A reaction can be forged by a server: it gives nobody a role."""
    asked = await direct(two, "role @lea teacher", LEA)
    for key in ("🇦", "🇧", "👍"):
        await tap(two, key, asked[0].event)

    project = (await two.document()).project
    assert Role.PUPIL is project.role_of(LEA)


async def test_a_project_with_one_person_left_is_still_a_project(talk: Talk) -> None:
    """A room that was welcomed is never taken for a direct one."""
    await talk.invite(WEBER, "!new:x")
    await talk.hear(Joined("!new:x", "$j", WEBER, NOW, power=100, name="Ms Weber"))
    said = await talk.say("!setup fr", WEBER, room="!new:x", direct=True)

    assert 1 == len(bodies(said))
    assert "!new:x" == said[0].room
    assert "We share no project" not in bodies(said)[0]


async def test_an_edit_at_the_limit_loses_nothing(talk: Talk) -> None:
    """Whoever is too fast keeps what was done."""
    for number in range(20):
        await talk.say(f"!task Poster {number}", event=f"$e{number}")
    assert ["⏳"] == keys(await talk.say("!task other", edits="$e0"))
    assert "Poster 0" == (await talk.document()).project.tasks[1].title


async def test_a_command_of_long_ago_is_not_run_again_by_an_edit(talk: Talk) -> None:
    """However many commands came since."""
    await talk.say("!task one", event="$old")
    document = await talk.document()
    assert document.changes
    async with talk.room.dispatcher.store.hold(ROOM) as held:
        assert held.room is not None
        held.room.changes.clear()
        await held.commit()
    assert [] == await talk.say("!task two", edits="$old")


async def test_a_reminder_that_came_late_rings_at_once(talk: Talk) -> None:
    """A reminder asked for while the bot was away, for a time that has passed, is not lost."""
    await talk.join(LEA, "Léa")
    late = Said(ROOM, "$late", LEA, NOW, body="!remind me sign the form in 1 hour")
    await talk.until(timedelta(hours=3))
    await talk.hear(late)
    rung = await talk.until(timedelta(minutes=5))
    assert 1 == sum("sign the form" in event.entry.body for event in rung)


@pytest.mark.parametrize("key", ["①", "❷", "²", "٢"])
async def test_odd_figures_are_no_trouble(talk: Talk, key: str) -> None:
    """Whatever looks like a number breaks nothing."""
    asked = await talk.say("!task Film by next friday")
    await talk.react(key, asked[0].event)
    await talk.say(key, reply_to=asked[0].event)
    said = bodies(await talk.say(f"!{key} friday"))
    assert [] == [one for one in said if "wrong on my side" in one]


async def test_the_log_of_a_mistake_holds_nobodys_words(
    talk: Talk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log says where something broke, never what people wrote or who they are."""

    def broken(line: object, *_arguments: object, **_options: object) -> None:
        raise ValueError(str(line))

    monkeypatch.setattr(talk.room.dispatcher.assistant.reader, "read", broken)
    with caplog.at_level(logging.DEBUG):
        await talk.say("!task my secret wish", LEA)

    assert "secret" not in caplog.text
    assert "lea" not in caplog.text
    assert "ValueError at test_direct_rooms.py" in caplog.text


async def test_rooms_that_were_left_are_forgotten_after_a_month(talk: Talk) -> None:
    """A project stays for a while after the bot was removed, then nothing of it is left."""
    await talk.say("!task one")
    await talk.kick()
    await talk.until(timedelta(days=29))
    await talk.room.dispatcher.forget_left_rooms()
    assert [1] == list((await talk.document()).project.tasks)
    await talk.until(timedelta(days=2))
    await talk.room.dispatcher.forget_left_rooms()
    async with talk.room.dispatcher.store.hold(ROOM) as held:
        assert held.room is None


async def test_a_direct_message_after_a_kick_rings_nobody(room: Talk) -> None:
    """The room that the bot was removed from stays silent; the direct one is answered."""
    await room.say("!task one by tomorrow @lea")
    await room.kick()
    await room.until(timedelta(days=2))
    said = await direct(room, "help")

    assert 1 == len(bodies(said))
    assert {DIRECT} == {event.room for event in said}


async def test_an_invitation_to_a_direct_room_says_nothing_in_it(room: Talk) -> None:
    """No welcome, no board: the person will write when they want something."""
    heard = Invited(DIRECT, "$i", LEA, NOW, direct=True)
    assert [Kind.JOIN] == [event.entry.kind for event in await room.hear(heard)]
    assert replace(heard, event="$i2") != heard


async def test_what_one_asks_for_oneself_in_private_rings_in_private(room: Talk) -> None:
    """A reminder of one's own, asked for alone with the bot, is not read out in class."""
    await direct(room, "remind me to buy a present for Ms Weber tomorrow 10:00")
    rung = await room.until(timedelta(days=1))

    found = [event for event in rung if "present" in event.entry.body]
    assert [(DIRECT, Kind.TEXT, [LEA])] == [
        (event.room, event.entry.kind, event.entry.mentions) for event in found
    ]


async def test_nobody_is_reminded_of_what_somebody_gone_wanted(room: Talk) -> None:
    """A reminder of one person's own is dropped when that person has left."""
    await room.say("!remind me sign the form tomorrow 10:00", LEA)
    await room.hear(Left(ROOM, "$gone", LEA, NOW, user=LEA))
    assert [] == [e for e in await room.until(timedelta(days=1)) if "form" in e.entry.body]


async def test_a_cut_while_forgetting_is_made_up_for(two: Talk) -> None:
    """A crash after the first room has forgotten: the repeated message forgets the rest."""
    asked = await two.say("!forget me", LEA)
    yes = Reacted(ROOM, "$yes", LEA, NOW, to=asked[0].event, key="👍")
    dispatcher = two.room.dispatcher
    commit = dispatcher._commit
    commits = 0

    async def cut(*arguments: object) -> None:
        nonlocal commits
        commits += 1
        if commits > 1:
            raise OSError("cut")
        # the arguments are handed through as they came
        await commit(*arguments)  # type: ignore[arg-type]

    with mock.patch.object(dispatcher, "_commit", cut), pytest.raises(OSError, match="cut"):
        await two.hear(yes)
    assert 1 == len(bodies(await two.hear(yes)))

    for place in (ROOM, OTHER):
        async with dispatcher.store.hold(place, [LEA]) as held:
            assert held.room is not None
            assert LEA not in held.room.project.members
            assert LEA not in held.people
