"""Delivery: what is acknowledged is sent, in order, once, whatever the server says (DESIGN 4)."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.adapters.console.door import ROOM, Event
from bot.heard import Said
from bot.model.documents import Entry, Kind
from bot.ports import Later, Never
from tests.conftest import NOW, Open, Talk, bodies

LEA = "@lea:pau.example"


class Moody:
    """A door that refuses what it is told to refuse."""

    def __init__(self, talk: Talk) -> None:
        self.open = talk.room.door.deliver
        self.moods: list[Exception] = []
        self.tried: list[str] = []
        talk.room.door.deliver = self.deliver  # type: ignore[method-assign]

    async def deliver(self, room: str, entry: Entry) -> str | None:
        """Refuse, or let pass."""
        self.tried.append(entry.id)
        if self.moods:
            raise self.moods.pop(0)
        return await self.open(room, entry)


@pytest.fixture
async def moody(talk: Talk) -> Moody:
    """Return a door with moods."""
    return Moody(talk)


async def kick(talk: Talk) -> list[Event]:
    """Let the delivery try again; return what was delivered."""
    before = len(talk.shown)
    await talk.room.dispatcher.kick(ROOM)
    return talk.shown[before:]


async def test_what_the_server_refuses_for_now_is_sent_later(talk: Talk, moody: Moody) -> None:
    """After a 429 the same entry is tried again, under the same transaction id."""
    moody.moods = [Later(5), Later(5)]
    assert [] == await talk.say("!task one")
    assert [] == await kick(talk)
    again = await kick(talk)

    assert ["#1 · one"] == bodies(again)
    assert 1 == len(set(moody.tried[:3]))


async def test_what_the_server_never_takes_blocks_nothing(talk: Talk, moody: Moody) -> None:
    """An entry that is refused for good is set aside; what comes after it goes on."""
    moody.moods = [Never("400")]
    first = await talk.say("!task one")
    second = await talk.say("!task two")

    assert "#1 · one" not in bodies(first)
    assert ["#2 · two"] == bodies(second)
    assert [] == [one for one in (await talk.document()).outbox if one.not_before is None]


async def test_a_card_is_not_edited_before_it_is_there(talk: Talk, moody: Moody) -> None:
    """Order is kept among acts on one card, even while the server is away."""
    moody.moods = [Later(5), Later(5), Later(5)]
    await talk.say("!task one")
    await talk.say("!1 = two")
    await talk.say("!1 = three")
    done = [one for one in await kick(talk) if one.entry.target == "task 1"]

    cards = [one for one in done if one.entry.kind in {Kind.NOTICE, Kind.EDIT}]
    assert [Kind.NOTICE, Kind.EDIT] == [one.entry.kind for one in cards]
    assert cards[1].entry.relates_to == cards[0].event
    assert "three" in cards[1].entry.body


async def test_an_entry_that_was_tried_is_never_altered(talk: Talk, moody: Moody) -> None:
    """What the server may have seen is sent again as it was; a newer edit comes after it."""
    await talk.say("!task one")
    moody.moods = [Later(5)]
    await talk.say("!1 = two")
    moody.moods = [Later(5)]
    await talk.say("!1 = three")
    edits = [one.entry.body for one in await kick(talk) if one.entry.kind is Kind.EDIT]

    assert ["#1 · two", "#1 · three"] == [body.splitlines()[0] for body in edits]


async def test_reminders_go_first(talk: Talk, moody: Moody) -> None:
    """When everything waits, what rings is sent before answers, the board last."""
    await talk.say("!remind me sign the form in 1 hour", LEA)
    await talk.until(timedelta(minutes=2))
    moody.moods = [Later(5)]
    await talk.say("!task one", LEA)
    await talk.say("!help", LEA)
    moody.moods = [Later(5)] * 100
    await talk.until(timedelta(hours=1))
    moody.moods = []
    kinds = [one.entry.priority for one in await kick(talk)]

    assert kinds == sorted(kinds)
    assert 0 == kinds[0]


async def test_a_reminder_says_what_is_true_when_it_is_sent(talk: Talk, moody: Moody) -> None:
    """A task that was done while the server was away rings no more."""
    await talk.say("!task one by tomorrow 16:00 @lea", LEA)
    moody.moods = [Later(5)]
    await talk.say("!help", LEA)
    document = await talk.document()
    assert document.outbox
    await talk.say("!1 done", LEA)
    done = await talk.until(NOW + timedelta(days=1))
    assert [] == [one for one in done if one.entry.kind is Kind.TEXT]


async def test_a_restart_repeats_what_may_not_have_arrived(open_talk: Open) -> None:
    """Entries left in the outbox go out again with the same transaction and event id."""
    async with open_talk() as talk:
        moody = Moody(talk)
        moody.moods = [Later(5)]
        await talk.say("!task one", event="$t")
    async with open_talk(now=NOW + timedelta(minutes=1)) as talk:
        card = [one for one in talk.shown if one.entry.target == "task 1"]
        assert [Kind.NOTICE] == [one.entry.kind for one in card if bodies([one])]
        assert moody.tried[0] == card[0].entry.id
        assert f"${moody.tried[0]}" == card[0].event


async def test_a_mistake_of_ours_outside_a_command_is_told_once(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever breaks, the room reads one kind sentence, nothing changes, and the bot goes on."""
    assistant = talk.room.dispatcher.assistant
    await talk.say("!task one")

    def broken(*_arguments: object) -> None:
        raise RecursionError

    with monkeypatch.context() as patch:
        patch.setattr(assistant.reader, "read", broken)
        said = bodies(await talk.say("!task two", event="$two"))
    assert 1 == len(said)
    assert said[0].startswith("Something went wrong on my side.")
    assert [] == await talk.say("!task two", event="$two")
    assert ["#2 · three"] == bodies(await talk.say("!task three"))


@pytest.mark.parametrize("text", ["@comenius", "Comenius:", "@comenius !", "Comenius: !?"])
async def test_only_called_by_name(talk: Talk, text: str) -> None:
    """Whoever only calls gets a hint."""
    assert ["I did not understand that. !help shows what I can do."] == bodies(await talk.say(text))


@pytest.mark.parametrize("text", ["\ud800", "x\udfff y", "a\x00b"])
async def test_halves_of_characters(talk: Talk, text: str) -> None:
    """No text is too broken to be kept."""
    heard = Said(ROOM, "$half", LEA, NOW, name=f"L{text}", body=f"!task {text} x")
    assert 1 == len(bodies(await talk.hear(heard)))
    json.dumps((await talk.document()).project.tasks[1].title).encode()


async def test_seen_events_are_dropped_only_when_a_token_covers_them(talk: Talk) -> None:
    """An event id is kept until the position that brought it is durable, never by count."""
    for number in range(1, 4):
        heard = Said(ROOM, f"$e{number}", LEA, NOW, position=number, body=f"!task {number}")
        await talk.hear(heard)
    assert {"$e1", "$e2", "$e3"} <= set((await talk.document()).seen)
    talk.room.door.covered = 2
    await talk.say("!task four")
    seen = set((await talk.document()).seen)
    assert "$e3" in seen
    assert not {"$e1", "$e2"} & seen


async def test_in_the_background_nothing_is_left_over(talk: Talk) -> None:
    """Deliveries in tasks of their own lose no message, however they follow each other."""
    delivery = talk.room.dispatcher.delivery
    delivery.background = True
    open_door, moody = talk.room.door.deliver, Moody(talk)

    async def slow(room: str, entry: Entry) -> str | None:
        await asyncio.sleep(0)
        return await open_door(room, entry)

    moody.open = slow
    for number in range(1, 16):
        await talk.say(f"!task Poster {number}")
        for _ in range(number % 4):
            await asyncio.sleep(0)
    async with asyncio.timeout(20):
        while len(bodies(talk.shown)) < 15:  # noqa: ASYNC110 - there is nothing to wait for but it
            await asyncio.sleep(0.01)

    assert [f"#{n} · Poster {n}" for n in range(1, 16)] == bodies(talk.shown)
    async with asyncio.timeout(20):
        while delivery._pumps:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_server_that_is_away_is_asked_again_in_the_background(talk: Talk) -> None:
    """What was refused for now goes out by itself after the time that the server named."""
    talk.room.dispatcher.delivery.background = True
    moody = Moody(talk)
    moody.moods = [Later(0.02), Later(0.02, locked=True)]
    await talk.say("!task one")
    async with asyncio.timeout(20):
        while not bodies(talk.shown):
            await asyncio.sleep(0.01)
            talk.room.clock.now += timedelta(seconds=1)  # type: ignore[union-attr]

    assert "#1 · one" == bodies(talk.shown)[0]


async def test_what_stays_due_does_not_keep_the_loop_busy(talk: Talk) -> None:
    """An errand that waits is looked at again in seconds, not at once and for ever."""
    await talk.say("!poll Logo? blue / green until today 16:00")
    talk.room.door.heard_until = NOW
    woken: list[datetime] = []
    see_to = talk.room.dispatcher._see_to

    async def counted(room: str, now: datetime) -> None:
        woken.append(now)
        await see_to(room, now)

    talk.room.dispatcher._see_to = counted  # type: ignore[method-assign]
    await talk.until(timedelta(hours=1, minutes=1))

    late = [one for one in woken if one >= NOW + timedelta(hours=1)]
    assert 10 <= len(late) <= 15
    assert all(after - before >= timedelta(seconds=5) for before, after in pairwise(late))
