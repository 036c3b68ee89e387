"""What may have been sent by another device, or long ago, is looked up before it is sent again."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.matrix.budget import Budget
from bot.adapters.matrix.client import Refused, Unreachable
from bot.adapters.matrix.lookup import PAGE, PAGES, Lookup
from bot.adapters.matrix.session import device_since
from bot.adapters.matrix.writing import ENTRY_KEY
from bot.heard import Said
from bot.model.documents import Entry, Kind
from bot.ports import Later
from tests.matrix.meeting import Meet
from tests.matrix.people import Bot, NewBot, Person, entry

ME = "@comenius:pau.example"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class History:
    """A room as /messages shows it, page by page, and how often it was asked."""

    user_id = ME
    olm = None

    def __init__(self, events: Iterable[Mapping[str, Any]] = (), page: int = PAGE) -> None:
        self.newest_first = list(events)
        self.page = page
        self.asked = 0
        self.trouble: Exception | None = None

    async def call(self, _method: str, *_path: str, query: dict[str, str]) -> dict[str, Any]:
        self.asked += 1
        if self.trouble:
            raise self.trouble
        begin = int(query.get("from", "0"))
        end = begin + self.page
        answer: dict[str, Any] = {"chunk": self.newest_first[begin:end]}
        return answer | ({"end": str(end)} if end < len(self.newest_first) else {})


def told(number: int, age: timedelta, sender: str = ME, **content: Any) -> dict[str, Any]:
    """Return an event of that *age*, which tells entry *number*."""
    return {
        "event_id": f"${number}",
        "sender": sender,
        "type": "m.room.message",
        "content": {"body": "x", ENTRY_KEY: f"e{number}", **content},
        "unsigned": {"age": int(age.total_seconds() * 1000)},
    }


def waiting(number: int, age: timedelta, **fields: Any) -> Entry:
    return Entry(f"e{number}", fields.pop("kind", Kind.TEXT), NOW - age, **fields)


def lookup(history: History, since: datetime | None = NOW) -> Lookup:
    return Lookup(history, Budget(1000, 1000), lambda: NOW, since)  # type: ignore[arg-type]


@given(
    minutes=st.lists(st.integers(0, 3000), max_size=60, unique=True),
    ours=st.sets(st.integers(0, 59)),
    page=st.integers(1, 20),
)
async def test_an_entry_is_found_where_it_is_and_nowhere_else(
    minutes: list[int], ours: set[int], page: int
) -> None:
    """For any history: only in our own messages, and all of them cost one search of the room."""
    ages = [timedelta(minutes=one) for one in sorted(minutes)]
    senders = [ME if n in ours else "@lea:pau.example" for n in range(len(ages))]
    told_ = [told(n, age, senders[n]) for n, age in enumerate(ages)]
    history = History(told_, page)
    looking = lookup(history, NOW + timedelta(seconds=1))
    for number, age in enumerate(ages):
        expected = f"${number}" if number in ours and number // page < PAGES else None
        assert await looking.find("!r", waiting(number, age)) == expected
        assert await looking.find("!r", waiting(number + 100, age)) is None
    assert history.asked <= min(PAGES, len(told_) // page + 1)


@pytest.mark.parametrize(
    ("age", "since", "looks"),
    [
        (timedelta(minutes=5), NOW - timedelta(minutes=10), False),
        (timedelta(minutes=5), NOW - timedelta(minutes=4), True),
        (timedelta(hours=11), NOW - timedelta(days=9), False),
        (timedelta(hours=13), NOW - timedelta(days=9), True),
        (timedelta(hours=11), None, False),
        (timedelta(hours=13), None, True),
    ],
    ids=["ours and new", "another device's", "this morning's", "yesterday's", "old session, new",
         "old session, old"],
)  # fmt: skip
async def test_only_what_the_server_may_not_know_is_looked_up(
    age: timedelta, since: datetime | None, looks: bool
) -> None:
    """Older than the device, or than twelve hours; an ordinary answer costs no search."""
    history = History([told(1, age)])
    found = await lookup(history, since).find("!r", waiting(1, age))
    assert (found, history.asked) == (("$1", 1) if looks else (None, 0))


async def test_what_could_not_be_tried_yet_is_not_looked_up() -> None:
    """A reminder that waited for the morning was not tried in the night."""
    history = History()
    opened = NOW - timedelta(minutes=1)
    asleep = waiting(1, timedelta(hours=14), not_before=opened)
    await lookup(history, opened - timedelta(days=1)).find("!r", asleep)
    assert not history.asked


@pytest.mark.parametrize("kind", [Kind.REACTION, Kind.REDACTION, Kind.PIN, Kind.JOIN, Kind.LEAVE])
async def test_what_changes_nothing_twice_is_not_looked_up(kind: Kind) -> None:
    """A reaction, a pin... is simply done again."""
    history = History()
    await lookup(history).find("!r", waiting(1, timedelta(days=1), kind=kind))
    assert not history.asked


async def test_the_search_ends_where_the_entry_was_made() -> None:
    """Not the whole room is read: one page beyond the entry's own time at the most."""
    day = timedelta(days=1)
    history = History([told(n, timedelta(minutes=10 * n)) for n in range(2000)], page=10)
    await lookup(history).find("!r", waiting(5000, timedelta(minutes=200)))
    assert history.asked == 3
    endless = History([told(n, timedelta(0)) for n in range(9000)], page=10)
    assert await lookup(endless).find("!r", waiting(9999, day)) is None
    assert endless.asked == PAGES


async def test_a_clock_that_is_wrong_does_not_end_the_search() -> None:
    """Ages are the server's: a stranger's timestamp of 1970 is none of ours, nor is our clock."""
    age = timedelta(hours=2)
    forged = told(7, timedelta(days=20000), "@eve:evil.example")
    mine = told(1, age) | {"origin_server_ts": 5}
    history = History([forged, told(2, timedelta(minutes=1)) | {"origin_server_ts": 5}, mine], 1)
    assert await lookup(history).find("!r", waiting(1, age)) == "$1"


@pytest.mark.parametrize(
    "chunk",
    [None, 5, {}, [None], ["x"], [{}], [{"sender": ME}], [{"sender": ME, "content": []}],
     [told(1, timedelta(0)) | {"event_id": 7}], [told(1, timedelta(0)) | {"unsigned": 3}],
     [told(2, timedelta(0), body=["x"])], [{"sender": ME, "content": {ENTRY_KEY: ["e1"]}}],
     [told(2, timedelta(0)) | {"type": "m.room.encrypted", "content": {"session_id": []}}]],
)  # fmt: skip
async def test_any_answer_is_survived(chunk: Any) -> None:
    """Whatever the server says, the entry is found or not, and nothing raises."""
    history = History()

    async def call(*_path: str, **_query: Any) -> dict[str, Any]:
        return {"chunk": chunk, "end": ["x"]}

    history.call = call  # type: ignore[method-assign]
    history.olm = type("Olm", (), {"inbound_group_store": {"!r": {}}})()
    found = await lookup(history).find("!r", waiting(1, timedelta(days=1)))
    assert found in {None, "$1"}


async def test_a_server_that_is_away_is_waited_for() -> None:
    """Unreachable, 502 and 429 are passed on; nothing is sent on a guess."""
    history = History([told(1, timedelta(days=1))])
    looking = lookup(history)
    limited = Refused(429, "M_LIMIT_EXCEEDED", 0.0, soft=False)
    away = Refused(502, "", None, soft=False)
    for trouble, raised in (
        (Unreachable("reset"), Unreachable),
        (limited, Later),
        *[(away, Refused)] * 20,
    ):
        history.trouble = trouble
        with pytest.raises(raised):
            await looking.find("!r", waiting(1, timedelta(days=1)))
    history.trouble = None
    assert await looking.find("!r", waiting(1, timedelta(days=1))) == "$1"


@pytest.mark.parametrize(
    ("refusal", "attempts"),
    [
        (Refused(400, "M_UNRECOGNIZED", None, soft=False), 1),
        (Refused(500, "M_UNKNOWN", None, soft=False), 8),
    ],
)
async def test_a_room_that_cannot_be_searched_does_not_stop_it_for_ever(
    refusal: Refused, attempts: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Then it is sent: said twice is better than never, and the log says so."""
    history = History()
    history.trouble = refusal
    looking = lookup(history)
    for _ in range(attempts - 1):
        with pytest.raises(Refused):
            await looking.find("!r", waiting(1, timedelta(days=1)))
    for _ in range(2):
        assert await looking.find("!r", waiting(1, timedelta(days=1))) is None
    assert history.asked == attempts
    assert "cannot be searched" in caplog.text
    assert "!r" not in caplog.text


async def test_thirty_at_once_are_one_search() -> None:
    """Also while the first search is still on its way."""
    history = History([told(n, timedelta(hours=20)) for n in range(30)])
    looking = lookup(history)
    old = [waiting(n, timedelta(hours=20)) for n in range(30)]
    found = await asyncio.gather(*(looking.find("!r", one) for one in old))
    assert found == [f"${n}" for n in range(30)]
    assert history.asked == 1


# --- on a real server ----------------------------------------------------------------------------


def sent_under(one: Entry) -> dict[str, Any]:
    return {"msgtype": "m.notice", "body": one.body, ENTRY_KEY: one.id}


async def count(person: Person, room: str, body: str) -> int:
    """Return how often *body* was said in a *room* in clear, by the server's own history."""
    history = await person.ask("GET", f"/rooms/{room}/messages?dir=b&limit=100")
    return sum(event["content"].get("body") == body for event in history["chunk"])


async def new_device(robot: Bot) -> None:
    """Let the bot come back on an empty machine."""
    await robot.stop()
    await asyncio.to_thread(shutil.rmtree, robot.directory)
    robot.door = robot._new()
    await robot.start()


def calls(robot: Bot, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Note every request of the bot's from now on."""
    noted: list[tuple[str, ...]] = []
    client = robot.door._client
    assert client is not None
    before = client.call

    async def call(method: str, *path: str, **options: Any) -> dict[str, Any]:
        noted.append((method, *path))
        return await before(method, *path, **options)

    monkeypatch.setattr(client, "call", call)
    return noted


@pytest.mark.synapse
async def test_a_new_device_says_nothing_twice(meet: Meet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Session and keys are lost with the disk, the outbox came back: found, not sent again."""
    ana, robot, room = await meet()
    assert device_since(robot.directory) is not None
    notice, poll = entry(body="gesagt"), entry(Kind.POLL, body="Wann?\n1. a", answers=["a", "b"])
    file = entry(Kind.FILE, file="a.ics", mimetype="text/calendar", content="QQ==")
    seed = entry(Kind.REACTION, key="✅")
    many = [notice, poll, file, *(entry(body=f"Nr. {n}") for n in range(20))]
    events = [await robot.door.deliver(room, one) for one in many]
    seed.relates_to = events[0]
    await robot.door.deliver(room, seed)
    fresh = entry(body="nie gesagt")

    await new_device(robot)
    noted = calls(robot, monkeypatch)

    assert [await robot.door.deliver(room, one) for one in many] == events
    assert await robot.door.deliver(room, seed) is None  # M_DUPLICATE_ANNOTATION: it is there
    last = await robot.door.deliver(room, fresh)
    await ana.see_id(last)
    assert 1 == await count(ana, room, "gesagt") == await count(ana, room, "nie gesagt")
    assert sum("messages" in path for path in noted) <= 2  # up to the beginning of the room
    assert sum("send" in path for path in noted) == 2  # the reaction, and what was never said


@pytest.mark.synapse
async def test_a_new_device_keeps_its_date_and_a_new_login_gets_another(bot: NewBot) -> None:
    """`since` survives restarts; without one (written by an older Comenius) none is made up."""
    robot = await bot()
    since = device_since(robot.directory)
    await robot.restart()
    assert device_since(robot.directory) == since
    path = robot.directory / "session.json"
    session = json.loads(path.read_text())
    del session["since"]
    path.write_text(json.dumps(session))
    await robot.restart()
    assert device_since(robot.directory) is None
    await new_device(robot)
    newer = device_since(robot.directory)
    assert since is not None
    assert newer is not None
    assert newer > since


@pytest.mark.synapse
@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
async def test_what_the_server_has_forgotten_is_found_in_the_room(
    meet: Meet, monkeypatch: pytest.MonkeyPatch, encrypted: bool
) -> None:
    """After 12 hours not the transaction id counts but the room; a copy of ours hides nothing."""
    ana, robot, room = await meet(encrypted=encrypted)
    old = entry(body="gestern")
    sent = await robot.door.deliver(room, old)
    raw = await ana.ask("GET", f"/rooms/{room}/event/{sent}")
    assert raw["type"] == ("m.room.encrypted" if encrypted else "m.room.message")
    await ana.ask("PUT", f"/rooms/{room}/send/{raw['type']}/copy", raw["content"])
    await ana.say(room, "!14")
    await robot.hears(Said, lambda said: said.body == "!14")
    old.created -= timedelta(hours=13)
    noted = calls(robot, monkeypatch)

    assert await robot.door.deliver(room, old) == sent
    assert not [path for path in noted if path[0] == "PUT"]
    await ana.say(room, "noch da?")  # reading goes on
    await robot.hears(Said, lambda said: said.body == "noch da?")


@pytest.mark.synapse
async def test_what_nobody_can_read_any_more_is_said_again(
    meet: Meet, caplog: pytest.LogCaptureFixture
) -> None:
    """An encrypted room, a new device and no backup: the log says why it is there twice."""
    ana, robot, room = await meet(encrypted=True)
    lost = entry(body="zweimal")
    first = await robot.door.deliver(room, lost)
    await ana.see_id(first)
    await new_device(robot)
    await robot.joins(room)
    with caplog.at_level(logging.WARNING):
        again = await robot.door.deliver(room, lost)
    assert again != first
    assert "unreadable" in caplog.text
    assert room not in caplog.text
    await ana.see_id(again)
