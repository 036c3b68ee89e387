"""A room that is upgraded takes its project along: once, whole, and only if both rooms say so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any
from unittest import mock

import pytest

from bot.adapters.console.door import ROOM, Event
from bot.adapters.store.held import HeldDocuments
from bot.heard import Invited, Joined, Left, Newcomer, Reacted, Said, Topic, Upgraded
from bot.model.documents import Entry, Kind, PersonDocument, RoomDocument
from bot.model.people import Role
from bot.ports import Later, Never
from tests.conftest import NOW, Open, Talk, bodies

NEW, NEWER, DIRECT = "!new:x", "!newer:x", "!direct-weber:koln.example"
LEA, TOM, WEBER = "@lea:pau.example", "@tom:krk.example", "@weber:koln.example"
HERE = {WEBER: Newcomer("Ms Weber", 100)}
numbers = count(1)


@pytest.fixture
async def school(talk: Talk) -> Talk:
    """Return a room with a coordinator and a pupil, and one task for tomorrow."""
    await talk.join(WEBER, "Ms Weber", 100)
    await talk.join(LEA, "Léa")
    await talk.say("!setup en", WEBER)
    await talk.say("!task Film the tour by tomorrow 18:00 @lea", LEA)
    return talk


def tombstone(to: str = NEW, room: str = ROOM, **more: Any) -> Upgraded:
    """Return the end of *room*, as its real state tells it."""
    return Upgraded(room, "$stone", WEBER, NOW, power=100, to=to, **more)


def beginning(to: str = NEW, room: str = ROOM, **more: Any) -> Upgraded:
    """Return what the new room says once we are in it."""
    return tombstone(to, room, agreed=True, people=more.pop("people", HERE), **more)


async def documents(talk: Talk) -> dict[str, RoomDocument]:
    """Return what is stored, by room."""
    return {one.project.room: one async for one in talk.room.dispatcher.store.rooms()}


async def person(talk: Talk, user: str) -> PersonDocument:
    async with talk.room.dispatcher.store.hold(ROOM, [user]) as held:
        return held.people[user]


async def say(talk: Talk, text: str, who: str = LEA, room: str = NEW, **more: Any) -> list[Event]:
    return await talk.say(text, who, room=room, event=f"$n{next(numbers)}", **more)


async def test_the_project_goes_on_in_the_new_room(school: Talk) -> None:
    """One sentence, the board and its pin; tasks keep their numbers; the old room is left."""
    looked = await school.hear(tombstone())
    done = await school.hear(beginning())

    assert [(Kind.JOIN, NEW, "koln.example")] == [
        (one.entry.kind, one.room, one.entry.key) for one in looked
    ]
    assert "We moved here; all tasks are with us." == bodies(done)[0]
    assert "#1 · Film the tour" in bodies(done)[1]
    assert [Kind.NOTICE, Kind.NOTICE, Kind.PIN, Kind.LEAVE] == [one.entry.kind for one in done]
    assert [NEW, NEW, NEW, ROOM] == [one.room for one in done]
    assert {NEW} == (await documents(school)).keys()
    assert [ROOM] == (await documents(school))[NEW].extra["moved_from"]
    assert "#2 · next" in bodies(await say(school, "!task next"))[0]


async def test_both_sides_have_to_agree(school: Talk) -> None:
    """A tombstone alone moves nothing, nor does a room that only claims to come next."""
    await school.hear(beginning(closed=False))
    assert {ROOM} == (await documents(school)).keys()
    await school.hear(tombstone(NEWER))
    await school.hear(beginning(NEW, closed=False))
    assert {ROOM} == (await documents(school)).keys()
    assert "#2" in bodies(await say(school, "!task two", room=ROOM))[0]


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 0, 1, 1), (1, 0, 1)])
async def test_the_order_in_which_rooms_are_heard_does_not_matter(
    school: Talk, order: tuple[int, ...]
) -> None:
    """Rooms are listened to side by side: either may be the first to tell."""
    told = [tombstone(), beginning(closed=False)]
    said = [event for one in order for event in await school.hear(told[one])]

    assert {NEW} == (await documents(school)).keys()
    assert 1 == sum("We moved here" in body for body in bodies(said))


async def test_a_room_without_that_predecessor_is_left_again(school: Talk) -> None:
    """We came because a tombstone named it: we leave, say nothing there, and keep the project."""
    await school.hear(tombstone())
    done = await school.hear(tombstone(agreed=False))

    assert [(Kind.LEAVE, NEW)] == [(one.entry.kind, one.room) for one in done]
    assert [] == await school.hear(tombstone(agreed=False))
    assert [] == await school.hear(beginning())
    assert {ROOM} == (await documents(school)).keys()


async def test_another_project_is_never_written_over(school: Talk) -> None:
    """A tombstone that names a room with work of its own has no effect; we stay in both."""
    await school.hear(Joined(NEW, "$j", WEBER, NOW, power=100, name="Ms Weber"))
    await say(school, "!task theirs", WEBER)
    done = await school.hear(beginning())

    stored = await documents(school)
    titles = {room: stored[room].project.tasks[1].title for room in (ROOM, NEW)}
    assert {ROOM: "Film the tour", NEW: "theirs"} == titles
    assert [] == done
    assert "#2" in bodies(await say(school, "!task two", room=ROOM))[0]


async def test_a_known_room_with_work_of_its_own_is_not_left(school: Talk) -> None:
    """Though a tombstone led us there first: people work with us in it."""
    await school.hear(tombstone())
    await school.hear(Joined(NEW, "$j", WEBER, NOW, power=100, name="Ms Weber"))
    await say(school, "!task theirs", WEBER)
    assert [] == await school.hear(beginning())
    assert "#2" in bodies(await say(school, "!task two", WEBER))[0]


async def test_who_says_hello_too_early_is_written_over(school: Talk) -> None:
    """The invitation was heard before the tombstone: the greeted, empty project makes room."""
    await school.invite(WEBER, NEW)
    done = await school.hear(beginning())

    assert ["We moved here; all tasks are with us."] == bodies(done)
    await school.until(timedelta(minutes=2))
    edits = [one for one in school.shown if one.room == NEW and one.entry.kind is Kind.EDIT]
    assert "#1 · Film the tour" in edits[-1].entry.body
    assert [1] == list((await documents(school))[NEW].project.tasks)


async def test_an_invitation_to_the_next_room_brings_no_hello(school: Talk) -> None:
    """Whoever invites us where the tombstone leads: we come with the project, or not at all."""
    await school.hear(tombstone())
    invited = Invited(NEW, "$i", TOM, NOW, replaces=(ROOM,), asked=False)
    assert [] == await school.hear(invited)
    assert {ROOM} == (await documents(school)).keys()
    await school.hear(beginning())
    assert {NEW} == (await documents(school)).keys()


async def test_an_invited_room_that_is_not_the_next_one_is_a_room_like_any_other(
    school: Talk,
) -> None:
    """If who invites may do so, a wrong tombstone does not keep us from a new project."""
    await school.hear(tombstone())
    await school.hear(Invited(NEW, "$i", WEBER, NOW, replaces=(ROOM,)))
    done = await school.hear(tombstone(agreed=False))

    assert Kind.LEAVE not in [one.entry.kind for one in done]
    assert bodies(done)[0].startswith("Hello!")
    assert {ROOM, NEW} == (await documents(school)).keys()


async def test_what_waited_is_sent_in_the_new_room(school: Talk) -> None:
    """Answers, reminders and tasks that the closed room did not take come out of the new one."""
    deliver = school.room.door.deliver

    async def closed(room: str, entry: Entry) -> str | None:
        if room == ROOM and entry.kind not in {Kind.LEAVE, Kind.JOIN}:
            raise Later(300, locked=True)
        return await deliver(room, entry)

    with mock.patch.object(school.room.door, "deliver", closed):
        asked = f"$n{next(numbers)}"
        assert [] == await school.say("!task Write the script", LEA, event=asked)
        assert [] == await school.until(timedelta(days=1, hours=1))
        await school.hear(tombstone())
        done = await school.hear(beginning())

    assert {NEW} == {one.room for one in done if one.entry.kind is not Kind.LEAVE}
    said = bodies(done)
    assert 1 == sum(body.startswith("#2 · Write the script") for body in said)
    assert 1 == sum("⏰" in body and "Film the tour" in body for body in said)
    assert all(one.entry.reply_to is None for one in done)
    assert len({one.event for one in done}) == len(done)
    assert [] == (await documents(school))[NEW].outbox


async def test_reminders_ring_in_the_new_room(school: Talk) -> None:
    """Also for who has not followed yet: the reminder that Léa asked for is not lost."""
    await school.say("!remind me sign the form tomorrow 10:00", LEA)
    await school.hear(tombstone())
    await school.hear(beginning())
    rung = [one for one in await school.until(timedelta(days=1)) if "⏰" in one.entry.body]

    assert any("sign the form" in one.entry.body for one in rung)
    assert {NEW} == {one.room for one in rung}


async def test_roles_are_read_anew_and_given_ones_stay(school: Talk) -> None:
    """Power is the new room's; a role given by a coordinator belongs to the project."""
    await school.join(TOM, "Tom", 50)
    await school.say("!role @lea teacher", WEBER, encrypted=True)
    await school.hear(tombstone())
    await school.hear(beginning(people={WEBER: Newcomer("Ms Weber", 50)}))

    project = (await documents(school))[NEW].project
    assert Role.TEACHER is project.role_of(WEBER)
    assert Role.PUPIL is project.role_of(TOM)
    assert Role.TEACHER is project.role_of(LEA)


async def test_people_find_the_project_from_their_direct_rooms(school: Talk) -> None:
    """The door to the project stays open, answers come there, and what it showed still works."""
    shown = await school.say("!tasks", WEBER, room=DIRECT, direct=True)
    card = await school.say("!task in private", WEBER, room=DIRECT, direct=True)
    await school.hear(tombstone())
    await school.hear(beginning())
    listed = await school.say("!tasks", WEBER, room=DIRECT, direct=True)
    await school.hear_reaction("✅", card[0].event, room=DIRECT, direct=True, who=WEBER)

    assert bodies(shown)
    assert "Film the tour" in bodies(listed)[0]
    assert {DIRECT} == {one.room for one in listed}
    assert [NEW] == (await person(school, WEBER)).rooms
    assert [NEW] == (await person(school, LEA)).rooms
    assert (await documents(school))[NEW].project.tasks[2].finished


async def test_old_messages_are_buttons_no_more(school: Talk) -> None:
    """A tick on a card of the old room changes nothing: its messages are out of reach."""
    card = next(one for one in school.shown if one.entry.target == "task 1")
    await school.hear(tombstone())
    await school.hear(beginning())
    for room in (ROOM, NEW):
        assert [] == await school.hear(
            Reacted(room, f"$t{room}", LEA, NOW, to=card.event, key="✅")
        )
    project = (await documents(school))[NEW].project
    assert project.tasks[1].finished is None


async def test_nothing_said_in_the_old_room_makes_a_second_project(school: Talk) -> None:
    """Not a late command, nor somebody who leaves, nor our own leaving."""
    await school.hear(tombstone())
    await school.hear(beginning())
    me = school.room.door.user
    assert [] == await say(school, "!task late", room=ROOM)
    for user in (LEA, me):
        await school.hear(Left(ROOM, f"$l{user}", user, NOW, user=user))
    assert {NEW} == (await documents(school)).keys()
    assert [1] == list((await documents(school))[NEW].project.tasks)


async def test_what_is_running_when_the_room_moves_is_not_lost(school: Talk) -> None:
    """Commands from direct rooms that overtake the move are done once, in the new room."""
    await school.say("!help", WEBER, room=DIRECT, direct=True)
    await school.hear(tombstone())
    hear = school.room.dispatcher.hear
    said = [
        Said(DIRECT, f"$d{n}", WEBER, NOW, direct=True, body=f"!task number {n}") for n in range(8)
    ]
    await asyncio.gather(*(hear(one) for one in said[:4]), hear(beginning()),
                         *(hear(one) for one in said[4:]))  # fmt: skip

    assert {NEW} == (await documents(school)).keys()
    titles = [task.title for task in (await documents(school))[NEW].project.tasks.values()]
    assert ["Film the tour", *(f"number {n}" for n in range(8))] == sorted(titles)


async def test_an_open_poll_is_asked_anew(school: Talk) -> None:
    """Votes that were cast count; those to come have a poll that they can reach."""
    await school.say("!poll Which logo? blue / green", WEBER)
    await school.say("!Q1 blue", LEA)
    await school.hear(tombstone())
    done = await school.hear(beginning())
    ballots = [one for one in done if one.entry.kind is Kind.POLL]

    assert [2] == [len(one.entry.answers) for one in ballots]
    assert {NEW} == {one.room for one in ballots}
    assert all(one.entry.reply_to is None for one in done)
    assert (await documents(school))[NEW].project.polls[1].votes


WRITES = ["commit", "commit", "people", "erase", "deliver"]
"""The new document, the end of the old one, who is where, the old one erased; then words."""


@pytest.mark.parametrize("step", range(1, len(WRITES) + 1))
async def test_a_cut_at_any_moment_loses_and_doubles_nothing(open_talk: Open, step: int) -> None:
    """The power goes before a write: the next start finishes what was begun."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 100)
        await talk.join(LEA, "Léa")
        await talk.say("!task Film the tour", LEA)
        await talk.hear(tombstone())
        with _cut_before(talk, step) as begun, pytest.raises(_Cut):
            await talk.hear(beginning())
        assert WRITES[:step] == begun
        said = [one for one in talk.shown if one.room == NEW]

    async with open_talk(start=False) as talk:
        await talk.room.dispatcher.start()
        for one in (tombstone(), beginning()):  # heard again: their token was not saved
            await talk.hear(one)
        said += talk.shown
        assert {NEW} == (await documents(talk)).keys()
        assert [1] == list((await documents(talk))[NEW].project.tasks)
        assert [NEW] == (await person(talk, WEBER)).rooms
        assert 1 == sum("We moved here" in one.entry.body for one in said)
        assert "#2 · next" in bodies(await say(talk, "!task next"))[0]


class _Cut(BaseException):
    """The power is gone."""


@contextmanager
def _cut_before(talk: Talk, step: int) -> Iterator[list[str]]:
    """Cut before the write number *step*; yield the names of those that were begun."""
    dispatcher = talk.room.dispatcher
    begun: list[str] = []

    def counted(name: str, act: Any) -> Any:
        async def acted(*arguments: Any) -> Any:
            begun.append(name)
            if len(begun) == step:
                raise _Cut
            return await act(*arguments)

        return acted

    with (
        mock.patch.object(dispatcher, "_commit", counted("commit", dispatcher._commit)),
        mock.patch.object(HeldDocuments, "commit", _of_persons(counted)),
        mock.patch.object(dispatcher.store, "forget", counted("erase", dispatcher.store.forget)),
        mock.patch.object(dispatcher, "kick", counted("deliver", dispatcher.kick)),
    ):
        yield begun


def _of_persons(counted: Any) -> Any:
    """Return a commit that counts as a step where people are held."""
    plain = HeldDocuments.commit

    async def commit(held: HeldDocuments) -> None:
        await (counted("people", plain)(held) if held.people else plain(held))

    return commit


async def test_rooms_that_follow_each_other(school: Talk) -> None:
    """A chain of upgrades is followed link by link, and its first rooms stay behind."""
    await school.hear(tombstone())
    await school.hear(beginning())
    await school.hear(tombstone(NEWER, NEW))
    done = await school.hear(beginning(NEWER, NEW))

    assert "We moved here" in bodies(done)[0]
    assert [ROOM, NEW] == (await documents(school))[NEWER].extra["moved_from"]
    assert {NEWER} == (await documents(school)).keys()
    for room in (ROOM, NEW):
        assert [] == await say(school, "!task late", room=room)


async def test_after_a_restart_the_old_room_is_still_behind_us(
    school: Talk, open_talk: Open
) -> None:
    """What comes late from the old room makes no project; an invitation to it makes a new one."""
    await school.hear(tombstone())
    await school.hear(beginning())
    await school.room.dispatcher.store.close()
    async with open_talk(start=False, now=NOW + timedelta(days=1)) as talk:
        await talk.room.dispatcher.start()
        assert [] == await say(talk, "!task late", room=ROOM)
        await talk.invite(WEBER, ROOM)
        assert "#1 · anew" in bodies(await say(talk, "!task anew", room=ROOM))[0]
    async with open_talk(start=False) as talk:
        await talk.room.dispatcher.start()
        assert {ROOM, NEW} == (await documents(talk)).keys()
        assert "#2" in bodies(await say(talk, "!task more", room=ROOM))[0]


async def test_who_does_not_follow_is_gone_after_two_weeks(school: Talk) -> None:
    """Until then they count: nobody follows within the minute."""
    await school.join(TOM, "Tom")
    await school.hear(tombstone())
    await school.hear(beginning())
    await school.hear(Joined(NEW, "$lea", LEA, NOW, name="Léa", power=0))
    await school.until(timedelta(days=13))
    await school.room.dispatcher.forget_left_rooms()
    members = (await documents(school))[NEW].project.members
    assert [True, True, True] == [members[user].present for user in (WEBER, LEA, TOM)]
    await school.until(timedelta(days=2))
    await school.room.dispatcher.forget_left_rooms()
    members = (await documents(school))[NEW].project.members
    assert [True, True, False] == [members[user].present for user in (WEBER, LEA, TOM)]


@asynccontextmanager
async def refusing(talk: Talk, refused: Mapping[str, Exception]) -> AsyncIterator[None]:
    """Let the door raise, by what is delivered: "join", or "words" in the project's room."""
    deliver = talk.room.door.deliver

    async def moody(room: str, entry: Entry) -> str | None:
        what = "join" if entry.kind is Kind.JOIN else "words" if room == ROOM else ""
        if what in refused:
            raise refused[what]
        return await deliver(room, entry)

    with mock.patch.object(talk.room.door, "deliver", moody):
        yield


ASK = "This room has moved. Please invite me to the new one: I bring all tasks and dates."


async def test_who_is_not_invited_says_what_is_needed_once(school: Talk) -> None:
    """In the old room, where everybody still is; the project stays as it is meanwhile."""
    async with refusing(school, {"join": Never("403")}):
        assert [ASK] == bodies(await school.hear(tombstone()))
        assert [] == await school.hear(tombstone())
        assert "#2" in bodies(await say(school, "!task two", room=ROOM))[0]
    await school.hear(beginning())
    assert [1, 2] == list((await documents(school))[NEW].project.tasks)


async def test_in_a_closed_room_the_coordinator_is_told_alone(school: Talk) -> None:
    """An old room is read-only for us as a rule: whoever can invite us hears of it directly."""
    await school.say("!help", WEBER, room=DIRECT, direct=True)
    await school.say("!help", LEA, room="!direct-lea:pau.example", direct=True)
    async with refusing(school, {"join": Never("403"), "words": Later(300, locked=True)}):
        done = await school.hear(tombstone())
        done += await school.until(timedelta(hours=1))

    told = [(one.room, one.entry.body) for one in done]
    words = "“Film the tour” has moved. Please invite me to the new room: I bring all tasks."
    assert [(DIRECT, words)] == told
    done = await school.hear(beginning())
    assert ASK not in bodies(done)


LOCKED = "I am not allowed to write in “Film” any more. Please allow it again: nothing is lost."


async def test_a_locked_room_is_told_of_once(school: Talk) -> None:
    """To coordinators who talk to us alone, never to pupils; what waits comes when it can."""
    await school.hear(Topic(ROOM, "$name", WEBER, NOW, title="Film"))
    await school.say("!help", WEBER, room=DIRECT, direct=True)
    await school.say("!help", LEA, room="!direct-lea:pau.example", direct=True)
    async with refusing(school, {"words": Later(300, locked=True)}):
        done = await school.say("!task two")
        done += await school.say("!task three")
        done += await school.until(timedelta(hours=2))
        assert 1 == school.room.dispatcher.vitals.locked_rooms
    assert [(DIRECT, LOCKED)] == [(one.room, one.entry.body) for one in done]

    await school.until(timedelta(minutes=10))
    after = await say(school, "!task four", room=ROOM)
    every = [one.entry.body for one in school.shown if one.room == ROOM]
    assert [1, 1, 1] == [sum(b.startswith(f"#{n} · ") for b in every) for n in (2, 3, 4)]
    assert "#4 · four" in bodies(after)
    assert 1 == sum(one.entry.body == LOCKED for one in school.shown)
    assert not any("for a while" in one.entry.body for one in school.shown)
    assert 0 == school.room.dispatcher.vitals.locked_rooms


async def test_where_nobody_could_be_told_the_room_hears_of_it(school: Talk) -> None:
    """No direct room is opened; the first message that goes through is followed by one line."""
    async with refusing(school, {"words": Later(300, locked=True)}):
        assert [] == await school.say("!task two")
        assert [] == await school.until(timedelta(hours=2))
    await school.until(timedelta(minutes=10))
    said = bodies(await say(school, "!task three", room=ROOM))
    line = "I was not allowed to write here for a while. Now I can again."

    assert 1 == sum(one.entry.body == line for one in school.shown)
    assert line in said
    assert line not in bodies(await say(school, "!task four", room=ROOM))


async def test_a_direct_room_that_is_upgraded_is_no_project(school: Talk) -> None:
    """Nothing moves; we follow the person silently, and they find their project."""
    await school.say("!help", WEBER, room=DIRECT, direct=True)
    assert [] == await school.hear(tombstone("!direct2:x", DIRECT))
    invited = Invited("!direct2:x", "$i", WEBER, NOW, replaces=(DIRECT,), direct=True)
    done = await school.hear(invited)
    assert [Kind.JOIN] == [one.entry.kind for one in done]
    said = await school.say("!tasks", WEBER, room="!direct2:x", direct=True)
    assert "Film the tour" in bodies(said)[0]
    assert {"!direct2:x"} == {one.room for one in said}


async def test_a_space_is_no_project(school: Talk) -> None:
    """We are in it, and silent."""
    assert [] == await school.hear(Invited("!space:x", "$s", WEBER, NOW, space=True))
    assert {ROOM} == (await documents(school)).keys()


async def test_a_tombstone_that_is_replaced_leads_elsewhere(school: Talk) -> None:
    """The newest real tombstone counts; the room that the first one named is not moved to."""
    await school.hear(tombstone())
    await school.hear(tombstone(NEWER))
    await school.hear(replace(beginning(NEW), closed=False))
    assert {ROOM} == (await documents(school)).keys()
    await school.hear(beginning(NEWER))
    assert {NEWER} == (await documents(school)).keys()


async def test_a_move_that_waits_for_the_server_holds_up_nobody_else(school: Talk) -> None:
    """What is on its way to a slow server takes minutes; "my data" does not wait for it."""
    dispatcher = school.room.dispatcher
    await school.hear(tombstone())
    async with dispatcher.delivery.still(ROOM):
        moving = asyncio.create_task(dispatcher.hear(beginning()))
        for _ in range(50):
            await asyncio.sleep(0.002)
        assert not moving.done()
        async with asyncio.timeout(10), dispatcher._all_rooms:
            pass
    await moving
    assert {NEW} == (await documents(school)).keys()


async def test_the_room_that_comes_next_is_no_message(school: Talk) -> None:
    """So nobody waits until it is known what it shows."""
    with mock.patch.object(school.room.dispatcher.delivery, "know") as know:
        await school.hear(tombstone())
    assert 0 == know.call_count
