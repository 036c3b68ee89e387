"""Newcomers: who joins later is greeted once, together with the others, in one line."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.adapters.console.door import ROOM
from bot.heard import Joined, Left
from tests.commands.conftest import DUPONT, LEA, School, school
from tests.conftest import NOW, Open, Talk, bodies, keys

__all__ = ["school"]
MINUTE = timedelta(minutes=1)
GREETING = "New here? Tap your class, or write !i am PAU.\n🇦 PAU · 🇧 KOL Köln"


async def leave(talk: Talk, user: str) -> None:
    """Let somebody go."""
    await talk.hear(Left(ROOM, f"$gone{user}", user, talk.room.now(), user=user))


async def test_one_line_for_all_who_came(school: School) -> None:
    """Five minutes after the last of three: one notice, no name, no mention, buttons to tap."""
    talk = school.talk
    for name in ("one", "two", "three"):
        assert [] == await talk.join(f"@{name}:x.example", name.title())
        assert [] == await talk.until(2 * MINUTE)
    shown = await talk.until(10 * MINUTE)
    assert [GREETING] == bodies(shown)
    assert ["🇦", "🇧"] == keys(shown)
    notice = shown[0]
    assert "notice" == str(notice.entry.kind)
    assert [] == notice.entry.mentions
    assert 5 * MINUTE == notice.at - (talk.room.now() - 12 * MINUTE)

    await talk.react("🇧", notice.event, "@two:x.example")
    await talk.react("🇦", notice.event, "@one:x.example")
    members = (await school.project()).members
    assert ["PAU", "KOL", None] == [
        members[f"@{name}:x.example"].partner for name in ("one", "two", "three")
    ]
    assert [] == await talk.until(timedelta(days=2))


async def test_it_waits_half_an_hour_at_most(school: School) -> None:
    """However many come one after another, the first is not kept waiting longer."""
    began = school.talk.room.now()
    greeted = []
    for number in range(10):
        await school.talk.join(f"@p{number}:x.example", f"P{number}")
        greeted += await school.talk.until(4 * MINUTE)
    greeted += await school.talk.until(10 * MINUTE)
    assert [GREETING, GREETING] == bodies(greeted)
    assert 30 * MINUTE == greeted[0].at - began


async def test_once_in_a_life(school: School) -> None:
    """Who leaves and comes back, or changes their name or power, is no newcomer."""
    talk = school.talk
    await talk.join("@new:x.example", "New")
    assert [GREETING] == bodies(await talk.until(10 * MINUTE))
    await leave(talk, "@new:x.example")
    await talk.join("@new:x.example", "New")
    await talk.join("@new:x.example", "Newer", 50)
    await leave(talk, LEA)
    await talk.join(LEA, "Léa")
    assert [] == bodies(await talk.until(timedelta(hours=1)))


async def test_who_needs_no_greeting(school: School) -> None:
    """Placed by the homeserver, gone again, or in a class already: nobody is spoken to."""
    talk = school.talk
    await talk.join("@other:pau.example", "Other")
    assert "PAU" == (await school.project()).members["@other:pau.example"].partner
    await talk.join("@short:x.example", "Short")
    await leave(talk, "@short:x.example")
    await talk.join("@quick:x.example", "Quick")
    await talk.say("!i am KOL", "@quick:x.example")
    assert [] == bodies(await talk.until(timedelta(hours=1)))


@pytest.mark.parametrize("lines", [(), ("!setup en",)])
async def test_before_there_are_classes_nobody_is_asked(talk: Talk, lines: tuple[str, ...]) -> None:
    """A room that is not set up greets nobody; those there before are no newcomers afterwards."""
    await talk.join(DUPONT, "Ms Dupont", 100)
    for line in lines:
        await talk.say(line, DUPONT)
    await talk.join("@new:x.example", "New")
    await talk.say("!partner add PAU Pau", DUPONT)
    assert [] == [one for one in bodies(await talk.until(timedelta(hours=1))) if "New" in one]


async def test_what_happens_in_a_direct_room_is_no_arrival(school: School) -> None:
    """Somebody who opens a direct room has not come to the project."""
    talk = school.talk
    heard = Joined("!direct:x", "$d", "@new:x.example", talk.room.now(), direct=True)
    await talk.hear(heard)
    assert [] == bodies(await talk.until(timedelta(hours=1)))


async def test_a_restart_in_between(open_talk: Open) -> None:
    """Who came just before the bot stopped is greeted when it is back; once."""
    async with open_talk() as talk:
        await talk.join(DUPONT, "Ms Dupont", 100)
        await talk.say("!setup en: PAU Pau, KOL Köln", DUPONT)
        await talk.join("@new:x.example", "New")
    async with open_talk(now=NOW + timedelta(hours=3)) as talk:
        assert [GREETING] == [one for one in bodies(talk.shown) if "Board" not in one]
        assert "newcomers" not in (await talk.document()).extra
    async with open_talk(now=NOW + timedelta(hours=4)) as talk:
        assert [] == bodies(talk.shown)


async def test_in_every_language_of_the_room(open_talk: Open) -> None:
    """Said once in each, the classes once for all."""
    async with open_talk() as talk:
        await talk.join(DUPONT, "Ms Dupont", 100)
        await talk.say("!setup en fr: PAU Pau, KOL Köln", DUPONT)
        await talk.join("@new:x.example", "New")
        said = [one for one in bodies(await talk.until(10 * MINUTE)) if "New here?" in one]
    english, french, classes = said[0].splitlines()
    assert ("EN  ", "FR  ") == (english[:4], french[:4])
    assert "🇦 PAU · 🇧 KOL Köln" == classes


async def test_who_is_forgotten_is_not_noted_down(school: School) -> None:
    """Forget me: it reaches the note of who came, too."""
    await school.talk.join("@new:x.example", "New")
    await school.talk.say("!forget me now", "@new:x.example")
    assert "@new:x.example" not in repr((await school.talk.document()).extra)
