"""Rooms are dealt with side by side, each in order; the token moves only past what is done."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.matrix.lanes import Job, Lanes
from bot.adapters.matrix.ledger import Batch, Ledger

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@given(st.lists(st.sampled_from("abc"), max_size=30), st.randoms(use_true_random=False))
def test_the_token_waits_for_all_before_it(rooms: list[str], order: st.DataObject) -> None:
    """In whatever order jobs end, a batch is covered once it and all before it are done."""
    covered: list[int] = []
    ledger = Ledger(lambda batch, _worth: covered.append(batch.number))
    ends, undone = [], {}
    for number, room in enumerate(rooms, 1):
        batch = Batch(number, f"s{number}", NOW)
        close = ledger.open(batch)
        ends += [(number, ledger.job(batch)) for _job in range(ord(room) - ord("a"))]
        undone[number] = ord(room) - ord("a")
        close()
    order.shuffle(ends)  # type: ignore[attr-defined]
    for number, end in ends:
        end()
        undone[number] -= 1
        newest = covered[-1] if covered else 0
        assert all(not left for one, left in undone.items() if one <= newest)
        assert newest == len(undone) or undone[newest + 1]
    assert covered == sorted(set(covered))
    assert (covered[-1] if covered else 0) == len(rooms)


async def test_order_within_a_room_and_none_between_rooms() -> None:
    """What waits in one room waits for it alone."""
    lanes, gate, seen, over = Lanes(), asyncio.Event(), list[str](), list[str]()

    async def work(name: str) -> None:
        if name == "a1":
            await gate.wait()
        seen.append(name)

    for name in ("a1", "a2", "b1", "a3", "b2"):
        lanes.add(name[0], Job(partial(work, name), partial(over.append, name)))
    await asyncio.sleep(0.01)
    assert seen == over == ["b1", "b2"]
    assert (lanes.waiting, lanes.load("a"), lanes.idle("a"), lanes.idle("b")) == (3, 3, False, True)
    gate.set()
    await asyncio.sleep(0.01)
    assert seen == over == ["b1", "b2", "a1", "a2", "a3"]
    assert lanes.waiting == 0
    await lanes.close()


async def test_a_job_that_breaks_is_tried_again_then_left() -> None:
    """The room goes on, and the batch counts as done."""
    lanes, seen, over = Lanes(), list[str](), asyncio.Event()

    async def breaks() -> None:
        seen.append("broke")
        raise RuntimeError

    async def works() -> None:
        seen.append("worked")

    lanes.add("a", Job(breaks, lambda: seen.append("over")))
    lanes.add("a", Job(works, over.set))
    await asyncio.wait_for(over.wait(), 30)
    assert seen == ["broke", "broke", "broke", "over", "worked"]


async def test_no_more_is_fetched_than_may_wait() -> None:
    """Who fetches waits while too much waits, and goes on once there is room."""
    lanes, gate = Lanes(most=3), asyncio.Event()

    async def waits() -> None:
        await gate.wait()

    for room in "ab":
        lanes.add(room, Job(waits, lambda: None, size=2))
    fetching = asyncio.create_task(lanes.room_for_more())
    await asyncio.sleep(0.01)
    assert not fetching.done()
    gate.set()
    await asyncio.wait_for(fetching, 10)
    await lanes.close()
