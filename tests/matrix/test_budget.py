"""How fast the door sends."""

from __future__ import annotations

from bot.adapters.matrix.budget import Budget
from bot.adapters.matrix.patience import Patience


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


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
    """Faster while nothing is refused, half as fast after a 429, careful for long after that."""
    time = Time()
    budget = Budget(clock=time)
    for _ in range(30):
        budget.success()
    fast = budget.rate
    assert fast > 10
    assert budget.refused(7.5) == 7.5
    assert budget.refused(None) == 5.0  # the same lesson: both were on their way
    assert budget.rate == fast / 2
    assert budget.closed == 7.5
    time.now += 8
    assert budget.closed == 0
    for _ in range(30):
        budget.success()
    assert budget.rate == fast / 2
    time.now += 120
    budget.success()
    assert fast / 2 < budget.rate < fast / 1.9
    for _ in range(50):
        budget.refused(0.0)
    assert budget.rate == 0.1


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
