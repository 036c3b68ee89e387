"""Documents for the tests of the store: one that reads well, and any that can exist."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import Enum
from functools import partial
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from bot.model.documents import Entry, Kind, PersonDocument, RoomDocument
from bot.model.due import Due
from bot.model.people import Member
from bot.model.project import Project
from bot.model.tasks import Task

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
ROOM = "!Tour:pau.example"
LEA = "@lea:pau.example"


def a_room(room: str = ROOM, *, members: tuple[str, ...] = (), tasks: int = 0) -> RoomDocument:
    """Return a project with these members and so many tasks."""
    document = RoomDocument(Project(room, NOW, languages=["fr", "pl"]))
    for user in members:
        document.project.members[user] = Member(user, user[1:4])
    for number in range(1, tasks + 1):
        document.project.tasks[number] = Task(
            number, f"Film the tour, part {number}", LEA, NOW, due=Due(date(2026, 12, 1), time(18))
        )
    document.project.counters["task"] = tasks
    return document


def an_entry(number: int) -> Entry:
    """Return something to be said."""
    return Entry(f"e{number}", Kind.NOTICE, NOW, body="Zażółć gęślą jaźń")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
_SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=8),
    int: st.integers(-(2**62), 2**62),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    type(None): st.none(),
    Any: _JSON,
    date: st.dates(),
    time: st.times(),
    timedelta: st.timedeltas(timedelta(days=-4000), timedelta(days=4000)),
    datetime: st.datetimes(
        datetime(1990, 1, 1),  # noqa: DTZ001 - the zone comes from the line below
        datetime(2100, 1, 1),  # noqa: DTZ001 - the same
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]),
    ),
}


def anything(hint: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for values of the type *hint*, looked up in the model as it stands."""
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    if isinstance(hint, type) and is_dataclass(hint):
        return _documents(hint)
    origin = get_origin(hint)
    inner = [anything(one) for one in get_args(hint) if one is not ...]
    if origin in {types.UnionType, typing.Union}:
        return st.one_of(inner)
    if ... in get_args(hint):
        return st.lists(inner[0], max_size=2).map(tuple)
    makers: dict[Any, Callable[..., st.SearchStrategy[Any]]] = {
        list: partial(st.lists, max_size=2),
        dict: partial(st.dictionaries, max_size=2),
        tuple: st.tuples,
    }
    return makers[origin](*inner)


def _documents(part: type) -> st.SearchStrategy[Any]:
    """Return a strategy for a dataclass; a schema is not anything, but that of this version."""
    hints = get_type_hints(part)
    names = [one.name for one in fields(part) if one.name != "schema"]
    return st.builds(part, **{name: anything(hints[name]) for name in names})


room_documents: st.SearchStrategy[RoomDocument] = anything(RoomDocument)
person_documents: st.SearchStrategy[PersonDocument] = anything(PersonDocument)
