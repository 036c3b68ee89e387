"""The alarm: who is woken, when, how often."""

# APScheduler 3 ships no types, so that each call of it would count as unchecked.
# mypy: disallow-untyped-calls=False

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.alarm import WAKE_UP, AlarmClock, Heap

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.ports import Alarm

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
SOON = timedelta(milliseconds=20)
LATER = timedelta(days=30)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_rooms_come_in_the_order_of_their_moments() -> None:
    """What is due comes out once, the earliest first; what is not stays."""
    heap = Heap()
    for room, minutes in (("b", 2), ("a", 1), ("d", 4), ("c", 3)):
        heap.set(room, at(minutes))
    assert heap.first() == at(1)
    assert heap.pop_due(at(3)) == ["a", "b", "c"]
    assert heap.pop_due(at(3)) == []
    assert heap.first() == at(4)
    assert len(heap) == 1


def test_a_room_has_one_moment() -> None:
    """Setting replaces: earlier, later, none, and the same again."""
    heap = Heap()
    heap.set("a", at(5))
    heap.set("a", at(1))
    assert heap.first() == at(1)
    heap.set("a", at(9))
    assert heap.first() == at(9)
    assert heap.pop_due(at(8)) == []
    heap.set("a", at(5))
    heap.set("a", at(5))
    assert heap.pop_due(at(10)) == ["a"]
    heap.set("a", at(5))
    heap.set("a", None)
    heap.set("never", None)
    assert heap.first() is None
    assert "a" not in heap


def test_a_moment_on_the_dot_is_due() -> None:
    """A room is due at its moment, not only after it; zones do not matter."""
    heap = Heap()
    heap.set("a", NOW.astimezone(tz=None))
    assert heap.pop_due(NOW - timedelta(microseconds=1)) == []
    assert heap.pop_due(NOW) == ["a"]


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.none() | st.integers(0, 9), st.integers(0, 9)),
        max_size=60,
    )
)
def test_the_heap_does_what_a_dict_would(steps: list[tuple[str, int | None, int]]) -> None:
    """Whatever is set and taken out in whatever order, a plain dict would say the same."""
    heap, plain = Heap(), dict[str, int]()
    for room, minutes, now in steps:
        heap.set(room, None if minutes is None else at(minutes))
        plain.pop(room, None)
        if minutes is not None:
            plain[room] = minutes
        assert len(heap) == len(plain)
        due = sorted((moment, one) for one, moment in plain.items() if moment <= now)
        assert sorted(heap.pop_due(at(now))) == sorted(one for _, one in due)
        for _, one in due:
            del plain[one]
        assert heap.first() == (at(min(plain.values())) if plain else None)


def test_stale_entries_do_not_pile_up() -> None:
    """A room that is set anew ten thousand times needs no more room than a few."""
    heap = Heap()
    for minutes in range(10_000):
        heap.set("a", at(minutes))
    assert len(heap._heap) < 100
    assert heap.pop_due(at(10_000)) == ["a"]


def test_ten_thousand_rooms_come_in_order() -> None:
    """Many rooms, set in no order and then moved, all come once and in order."""
    heap = Heap()
    moments = {f"!{number}:x": at(number * 7919 % 10_007) for number in range(10_000)}
    for shift in (60, 0):
        for room, moment in moments.items():
            heap.set(room, moment + timedelta(minutes=shift))
    rooms = heap.pop_due(at(20_000))
    assert len(set(rooms)) == len(rooms) == 10_000
    assert all(moments[one] <= moments[other] for one, other in pairwise(rooms))


class Bell:
    """A wall clock that can be moved, and a list of who was woken."""

    def __init__(self) -> None:
        self.shift = timedelta(0)
        self.woken: list[str] = []
        self.news = asyncio.Event()
        self.alarm = self.made()

    def made(
        self, wake: Callable[[str], Awaitable[None]] | None = None, **options: float
    ) -> AlarmClock:
        tick = options.get("tick", 3600.0)
        at_once = int(options.get("at_once", 8))
        retry = timedelta(seconds=options.get("retry", 3600.0))
        return AlarmClock(wake or self.wake, self.clock, tick=tick, at_once=at_once, retry=retry)

    def clock(self) -> datetime:
        return datetime.now(UTC) + self.shift

    async def wake(self, room: str) -> None:
        self.woken.append(room)
        self.news.set()

    async def heard(self, *rooms: str) -> None:
        """Wait until all *rooms* were woken."""
        while not set(rooms) <= set(self.woken):
            self.news.clear()
            await self.news.wait()


@pytest.fixture
async def bell() -> AsyncIterator[Bell]:
    bell = Bell()
    yield bell
    await bell.alarm.stop()


async def test_a_room_is_woken_at_its_moment(bell: Bell) -> None:
    """Not before it; whether it was set before the start or after does not matter."""
    alarm: Alarm = bell.alarm
    moments = {"!before": bell.clock() + SOON, "!after": bell.clock() + 2 * SOON}
    alarm.set("!before", moments["!before"])
    bell.alarm.start()
    alarm.set("!after", moments["!after"])
    alarm.set("!later", bell.clock() + LATER)
    await bell.heard("!before", "!after")
    assert bell.woken == ["!before", "!after"]
    assert bell.clock() >= moments["!after"]


async def test_what_is_past_is_woken_at_once(bell: Bell) -> None:
    """After downtime everything that fell due meanwhile is woken, the earliest first."""
    bell.alarm.set("!b", bell.clock() - timedelta(hours=1))
    bell.alarm.set("!a", bell.clock() - timedelta(days=400))
    bell.alarm.start()
    bell.alarm.set("!c", bell.clock() - timedelta(hours=2))
    await bell.heard("!a", "!b", "!c")
    assert bell.woken == ["!a", "!b", "!c"]


async def test_an_earlier_moment_takes_the_lead(bell: Bell) -> None:
    """A room set before all others is woken though a later wake-up was planned."""
    bell.alarm.start()
    bell.alarm.set("!later", bell.clock() + LATER)
    bell.alarm.set("!soon", bell.clock() + SOON)
    await bell.heard("!soon")
    assert bell.woken == ["!soon"]


async def test_a_moment_put_off_or_taken_back_does_not_ring(bell: Bell) -> None:
    """The wake-up that was planned for it comes and wakes nobody, but the next in time."""
    bell.alarm.start()
    bell.alarm.set("!off", bell.clock() + SOON)
    bell.alarm.set("!off", None)
    bell.alarm.set("!put off", bell.clock() + SOON)
    bell.alarm.set("!put off", bell.clock() + LATER)
    bell.alarm.set("!next", bell.clock() + 2 * SOON)
    await bell.heard("!next")
    assert bell.woken == ["!next"]


async def test_there_is_one_job_however_many_rooms(bell: Bell) -> None:
    """APScheduler carries one wake-up for ten thousand rooms, at most a day ahead."""
    bell.alarm.start()
    for number in range(10_000):
        bell.alarm.set(f"!{number}", bell.clock() + LATER + timedelta(seconds=number))
    (job,) = bell.alarm._scheduler.get_jobs()
    assert job.id == WAKE_UP
    assert job.next_run_time <= datetime.now(UTC) + timedelta(days=1)


async def test_a_wake_up_that_finds_nothing_due_plans_the_next(bell: Bell) -> None:
    """A clock a little behind the scheduler's makes it ring too early: it rings again."""
    standing = bell.clock()
    bell.alarm._clock = lambda: standing
    bell.alarm.start()
    bell.alarm.set("!a", standing + timedelta(microseconds=1))
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert bell.woken == []
    bell.alarm._clock = bell.clock
    await bell.heard("!a")


async def test_many_rooms_at_one_moment_are_all_woken(bell: Bell) -> None:
    """Ten thousand rooms due at once are each woken once."""
    moment = bell.clock() + SOON
    for number in range(10_000):
        bell.alarm.set(f"!{number}", moment)
    bell.alarm.start()
    await bell.heard(*(f"!{number}" for number in range(10_000)))
    assert len(bell.woken) == 10_000


async def test_a_clock_that_jumps_is_noticed(bell: Bell) -> None:
    """When the wall clock jumps (or the machine slept), the tick wakes what is due since."""
    bell.alarm = bell.made(tick=0.01)
    bell.alarm.start()
    bell.alarm.set("!far", bell.clock() + timedelta(hours=2))
    bell.alarm.set("!farther", bell.clock() + timedelta(days=2))
    bell.shift = timedelta(hours=3)
    await bell.heard("!far")
    assert bell.woken == ["!far"]


async def test_a_clock_set_back_wakes_nobody_early(bell: Bell) -> None:
    """What was almost due waits for the new time, and what is due by it comes."""
    bell.alarm = bell.made(tick=0.01)
    bell.alarm.start()
    bell.alarm.set("!a", bell.clock() + SOON)
    bell.shift = -timedelta(hours=2)
    bell.alarm.set("!b", bell.clock() + SOON)
    await bell.heard("!b")
    assert bell.woken == ["!b"]


async def test_a_waking_that_raises_stops_nobody(
    bell: Bell, caplog: pytest.LogCaptureFixture
) -> None:
    """The others are woken, the failed one again later: a reminder is never lost by a bug."""

    async def stumble(room: str) -> None:
        await bell.wake(room)
        if bell.woken.count("!bad") == 1:
            raise ZeroDivisionError

    bell.alarm = bell.made(stumble, retry=0.01, at_once=1)
    bell.alarm.set("!bad", bell.clock())
    bell.alarm.set("!good", bell.clock())
    bell.alarm.start()
    await bell.heard("!bad", "!good")
    while bell.woken.count("!bad") < 2:
        bell.news.clear()
        await bell.news.wait()
    assert "could not be woken" in caplog.text


async def test_a_failed_waking_does_not_undo_what_it_set(bell: Bell) -> None:
    """If the waking named the next moment before it failed, that moment stands."""
    moment = bell.clock() + LATER

    async def set_and_stumble(room: str) -> None:
        bell.alarm.set(room, moment)
        await bell.wake(room)
        raise ZeroDivisionError

    bell.alarm = bell.made(set_and_stumble)
    bell.alarm.set("!a", bell.clock())
    bell.alarm.start()
    await bell.heard("!a")
    await asyncio.sleep(0)
    assert bell.alarm._heap.first() == moment


async def test_slow_wakings_keep_nobody_waiting_but_are_bounded(bell: Bell) -> None:
    """As many rooms as allowed are woken side by side, and no more."""
    gate = asyncio.Event()

    async def slow(room: str) -> None:
        await bell.wake(room)
        await gate.wait()

    bell.alarm = bell.made(slow, at_once=3)
    for number in range(10):
        bell.alarm.set(f"!{number}", bell.clock())
    bell.alarm.start()
    await bell.heard("!0", "!1", "!2")
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(bell.woken) == 3
    gate.set()
    await bell.heard("!9")


async def test_nothing_rings_after_stopping(bell: Bell) -> None:
    """Stopping ends wakings under way, can be done twice, and setting then does nothing."""

    async def for_ever(room: str) -> None:
        await bell.wake(room)
        await asyncio.Event().wait()

    bell.alarm = bell.made(for_ever)
    bell.alarm.set("!a", bell.clock())
    bell.alarm.start()
    await bell.heard("!a")
    await bell.alarm.stop()
    await bell.alarm.stop()
    bell.alarm.set("!b", bell.clock())
    assert bell.woken == ["!a"]
    assert len(asyncio.all_tasks()) == 1


async def test_maintenance_comes_at_night_by_name(bell: Bell) -> None:
    """It is planned for its hour in UTC and its days by name; a name is one job."""

    async def nothing() -> None: ...

    bell.alarm.maintenance("sweep", 1, nothing)
    bell.alarm.maintenance("sweep", 2, nothing)
    bell.alarm.maintenance("backup", 3, nothing, days="sun")
    bell.alarm.start()
    jobs = {job.id: job.next_run_time for job in bell.alarm._scheduler.get_jobs()}
    assert {name: (moment.hour, moment.utcoffset()) for name, moment in jobs.items()} == {
        "sweep": (2, timedelta(0)),
        "backup": (3, timedelta(0)),
    }
    assert jobs["backup"].strftime("%A") == "Sunday"


async def test_maintenance_that_fails_is_told_and_comes_again(
    bell: Bell, caplog: pytest.LogCaptureFixture
) -> None:
    """A night that went wrong is in the log, and the next night is planned."""
    ran = asyncio.Event()

    async def stumble() -> None:
        ran.set()
        raise ZeroDivisionError

    bell.alarm.maintenance("sweep", 2, stumble)
    bell.alarm.start()
    (job,) = bell.alarm._scheduler.get_jobs()
    job.modify(next_run_time=datetime.now(UTC))
    await ran.wait()
    await asyncio.sleep(0)
    assert "maintenance sweep failed" in caplog.text
    assert job.next_run_time > datetime.now(UTC)
