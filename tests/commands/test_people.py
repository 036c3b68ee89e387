"""People: which class they belong to, which role they have, whether their class rings them."""

from __future__ import annotations

import pytest

from bot.model.people import Member, Role
from tests.commands.conftest import ANA, DUPONT, LEA, WEBER, School


async def member(school: School, user: str) -> Member:
    return (await school.project()).members[user]


@pytest.mark.parametrize("line", ["!i am KOL", "!iam kol", "!I'm Köln", "!my class is KOL"])
async def test_i_am(school: School, line: str) -> None:
    """Everybody says where they belong, as often as they like."""
    for _time in range(2):
        assert "👍" == await school.ask(line)
        assert "KOL" == (await member(school, LEA)).partner


async def test_a_newcomer_says_where_they_belong(school: School) -> None:
    """Somebody never seen before is placed too."""
    assert "👍" == await school.ask("!i am KOL", "@new:x")
    assert "KOL" == (await member(school, "@new:x")).partner


async def test_placing_others(school: School) -> None:
    """A teacher places people by name, in either order, but no whole class."""
    assert "👍" == await school.ask("!place @ana in PAU", WEBER)
    assert "PAU" == (await member(school, ANA)).partner
    assert "👍" == await school.ask("!class KOL @ana and @lea", WEBER)
    assert "KOL" == (await member(school, ANA)).partner == (await member(school, LEA)).partner
    assert "Name the people to place: type @ and pick them from the list." == await school.ask(
        "!place PAU in KOL", WEBER
    )


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("!role @ana teacher", Role.TEACHER),
        ("!role @ana coordinator", Role.COORDINATOR),
        ("!role @ana pupil", Role.PUPIL),
    ],
)
async def test_roles_are_given(school: School, line: str, role: Role) -> None:
    """What a coordinator gives holds at once, and never takes away what Matrix gives."""
    assert "👍" == await school.ask(line, DUPONT)
    assert role is (await school.project()).role_of(ANA)
    assert "👍" == await school.ask(line.replace("@ana", "@weber"), DUPONT)
    assert max(role, Role.TEACHER) is (await school.project()).role_of(WEBER)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("!role PAU teacher", "Name one person: type @ and pick a name from the list."),
        ("!role me pupil", "You would lock yourself out. Another coordinator can do it."),
        ("!role me teacher", "You would lock yourself out. Another coordinator can do it."),
        ("!role me coordinator", "👍"),
    ],
)
async def test_roles_that_are_not_given(school: School, line: str, said: str) -> None:
    """No role for a class, and nobody locks themselves out."""
    assert said == await school.ask(line, DUPONT)


@pytest.mark.parametrize(
    ("line", "reaction", "rings"),
    [
        ("!ring me", "🔔", True),
        ("!my class on", "🔔", True),
        ("!don't ring me", "🔕", False),
        ("!do not ring me", "🔕", False),
        ("!my class off", "🔕", False),
    ],
)
async def test_ringing_with_ones_class(
    school: School, line: str, reaction: str, rings: bool
) -> None:
    """Everybody decides for themselves whether a reminder of their class mentions them."""
    await school.ask("!ring me" if not rings else "!don't ring me")
    assert reaction == await school.ask(line)
    assert rings is (await member(school, LEA)).rings


NEW = "@new:koln.example"


@pytest.mark.parametrize(
    ("line", "code", "role"),
    [
        ("!place {new} in KOL", "KOL", Role.PUPIL),
        ("!role {new} teacher", None, Role.TEACHER),
        ("!role {new} coordinator", None, Role.COORDINATOR),
    ],
)
async def test_who_was_never_seen_is_not_there(
    school: School, line: str, code: str | None, role: Role
) -> None:
    """A class or a role does not let somebody in; they are there once they speak."""
    pill = f'<a href="https://matrix.to/#/{NEW}">Nia</a>'
    html = line.format(new=pill)
    assert "👍" == await school.ask(line.format(new="Nia"), DUPONT, html=html, mentions=(NEW,))
    found = await member(school, NEW)
    assert (code, role, False) == (found.partner, found.highest, found.present)
    assert NEW not in [one.user for one in (await school.project()).people_of("KOL")]

    await school.ask("!tasks", NEW)
    found = await member(school, NEW)
    assert (code, role, True) == (found.partner, found.highest, found.present)


async def test_who_is_there_stays_there(school: School) -> None:
    """Somebody who was seen is placed as they are."""
    await school.ask("!place @ana in KOL", WEBER)
    assert (await member(school, ANA)).present
