"""How fast the door sends: at the server's own pace, whatever that is, and in turns."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.matrix.budget import Budget, Budgets
from bot.adapters.matrix.client import Refused
from bot.adapters.matrix.patience import Patience
from bot.model.documents import Kind
from bot.ports import Later
from bot.vitals import Vitals


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Bucket:
    """A server's limiter: Synapse's `api/ratelimiting.py`, whose refusals cost nothing."""

    time: Time
    pace: float
    burst: float
    level: float = 0.0
    seen: float = 0.0
    refusals: int = 0
    when: list[float] = field(default_factory=list)
    """When it took something."""

    def ask(self) -> float | None:
        """Take one request: None; or the seconds to wait."""
        self.level = max(0.0, self.level - (self.time.now - self.seen) * self.pace)
        self.seen = self.time.now
        if self.level <= self.burst - 1:
            self.level += 1
            self.when.append(self.time.now)
            return None
        self.refusals += 1
        return (self.level - self.burst + 1) / self.pace


async def send(budget: Budget, bucket: Bucket, times: int) -> None:
    """Send so often as the delivery does, each until it is taken."""
    time = bucket.time
    while times:
        time.now += budget.delay
        await budget.take()
        wait = bucket.ask()
        time.now += 0.05  # the way there and back
        if wait is None:
            budget.success()
            times -= 1
        else:
            budget.refused(wait, time.now - 0.05)


@given(
    pace=st.floats(0.1, 20),
    burst=st.integers(1, 30),
    times=st.integers(1, 80),
)
def test_the_servers_pace_is_found_and_kept(pace: float, burst: int, times: int) -> None:
    """Any pace: all is sent in little more than the time the server needs, with few refusals."""
    time = Time()
    bucket = Bucket(time, pace, burst)
    asyncio.run(send(Budget(clock=time), bucket, times))
    assert len(bucket.when) == times
    least = max(0, times - burst) / pace
    careful = times  # no more than a second each
    assert time.now <= 1.3 * least + careful + 3 / pace
    assert bucket.refusals <= 5 + times / 5


async def test_synapse_as_it_comes() -> None:
    """0.2 a second, 10 at once: 200 messages take their 950 seconds, waits do not grow."""
    time = Time()
    bucket = Bucket(time, 0.2, 10)
    budget = Budget(clock=time)
    await send(budget, bucket, 200)
    assert 950 <= time.now < 1.15 * 950
    assert bucket.refusals <= 20
    gaps = [later - earlier for earlier, later in zip(bucket.when, bucket.when[1:], strict=False)]
    assert max(gaps) < 11  # one refusal between two messages at the most
    time.now += 3600  # a rest: ten at once again
    begin = time.now
    await send(budget, bucket, 10)
    assert time.now - begin < 2


async def test_burst_then_rate() -> None:
    """Ten at once, then what the rate gives back; what may be left out goes first."""
    time = Time()
    budget = Budget(clock=time)
    for _ in range(7):
        await budget.take()
    assert not budget.short
    await budget.take()
    assert budget.short
    time.now += 2
    assert not budget.short


def test_it_learns() -> None:
    """Faster while nothing is refused; then below the server's own pace, careful for long."""
    time = Time()
    budget = Budget(clock=time)
    for _ in range(30):
        budget.success()
    assert budget.rate > 10
    time.now += 2.5
    assert budget.refused(2.5) == 2.5  # five seconds from message to message
    learned = budget.rate
    assert 0.18 < learned < 0.2
    assert budget.refused(None) == 5.0  # the same lesson: both were on their way
    assert budget.rate == learned
    assert budget.closed == 5.0
    time.now += 6
    assert budget.closed == 0
    for _ in range(30):
        budget.success()
    assert budget.rate == learned
    time.now += 120
    budget.success()
    assert learned < budget.rate < learned * 1.1
    before = budget.rate
    budget.refused(None)
    assert budget.rate == before / 2  # a server that does not say
    time.now += 1000
    budget.refused(0.5)  # somebody else uses our account: no pace can be told from that
    assert budget.rate == before / 2 * 0.9
    for _ in range(200):
        time.now += 1
        budget.refused(0.0)
    assert 0 < budget.rate <= 0.05


def test_what_the_server_holds_back_is_not_waited_for_twice() -> None:
    """Synapse answers a 429 half a second late: the wait it names began before."""
    time = Time()
    budget = Budget(clock=time)
    asked = time.now
    time.now += 0.5
    assert budget.refused(5.0, asked) == 4.5
    assert budget.closed == 4.5
    assert budget.refused(0.1, asked) == 0.0


async def test_the_most_urgent_goes_first() -> None:
    """A reminder is not behind forty answers; who is cancelled holds up nobody."""
    time = Time()
    budget = Budget(rate=50, burst=1, clock=time)
    await budget.take()
    went: list[str] = []

    async def go(name: str, priority: int) -> None:
        await budget.take(priority)
        went.append(name)

    waiting = [asyncio.create_task(go(f"answer {n}", 1)) for n in range(5)]
    waiting += [asyncio.create_task(go("board", 3)), asyncio.create_task(go("given up", 0))]
    await asyncio.sleep(0)
    waiting.append(asyncio.create_task(go("reminder", 0)))
    await asyncio.sleep(0)
    waiting[6].cancel()
    async with asyncio.timeout(30):
        while not all(one.done() for one in waiting):
            time.now += 0.02
            await asyncio.sleep(0.02)
    assert went == ["reminder", *(f"answer {n}" for n in range(5)), "board"]


async def test_nobody_goes_while_the_server_wants_to_hear_nothing() -> None:
    """Those who wait for their turn when a 429 comes wait on, whatever the bucket holds."""
    time = Time()
    budget = Budget(rate=100, burst=1, clock=time)
    await budget.take()
    waiting = asyncio.create_task(budget.take())
    await asyncio.sleep(0)
    budget.refused(0.4)
    time.now += 0.3
    await asyncio.sleep(0.1)
    assert not waiting.done()
    time.now += 60
    await asyncio.wait_for(waiting, 5)


async def test_a_turn_learns_from_how_its_request_ends() -> None:
    """A 429 becomes Later and is counted; any other refusal is left as it is."""
    vitals = Vitals()
    budgets = Budgets(vitals=vitals)
    before = budgets.messages.rate
    async with budgets.messages.turn():
        pass
    assert budgets.messages.rate > before
    with pytest.raises(Refused):
        async with budgets.messages.turn():
            raise Refused(403, "M_FORBIDDEN", None, soft=False)
    with pytest.raises(Later) as later:
        async with budgets.messages.turn():
            raise Refused(429, "M_LIMIT_EXCEEDED", 3.0, soft=False)
    assert 2.9 < later.value.seconds <= 3
    assert vitals.throttled == 1


async def test_what_the_server_limits_apart_is_budgeted_apart() -> None:
    """Joins that are refused close no mouth; messages that are refused stop no reading."""
    budgets = Budgets()
    budgets.of(Kind.JOIN).refused(100.0)
    assert budgets.messages.closed == budgets.reads.closed == budgets.uploads.closed == 0
    budgets.messages.refused(5.0)
    assert budgets.of(Kind.LEAVE).closed > 0
    assert budgets.of(Kind.NOTICE).short
    await asyncio.wait_for(budgets.reads.take(), 1)


def test_patience_grows_to_a_limit() -> None:
    """Pauses double, jitter downwards, stop at the most, and never undercut what was asked."""
    patience = Patience(first=1, most=60)
    pauses = [patience.next() for _ in range(50)]
    for number, pause in enumerate(pauses):
        full = min(2.0**number, 60.0)
        assert full / 2 <= pause <= full
    assert patience.next(at_least=100) == 100
    patience.reset()
    assert patience.next() <= 1
