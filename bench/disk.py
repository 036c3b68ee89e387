"""The figures of the store as lines of the table."""

from __future__ import annotations

from typing import Any

from bench import store
from bench.figures import Figure


def run(*, quick: bool = False) -> list[Figure]:
    """Return the figures of `bench.store`; takes 1-2 minutes, *quick* 10 seconds."""
    found = store.run(quick)
    commits = store.COMMITS // 4 if quick else store.COMMITS
    floor = found["disk_floor"]
    figures = [_both(f"the bare disk, {found['file_bytes']:,} bytes", commits, floor)]
    for rooms, times in found["commit_by_rooms"].items():
        figures.append(_both(f"commit, {int(rooms):,} rooms", commits, times))
    largest = list(found["commit_by_rooms"].values())[-1]
    start, bare = found["start"], found["without_fsync_200_tasks"]
    ratio = found["ratio_p50_largest_to_smallest"]
    return [
        *figures,
        Figure("commit, most rooms ÷ fewest", "×", commits, ratio, aim="≤ 1.5"),
        Figure(
            "commit, most rooms ÷ the bare disk",
            "×",
            commits,
            largest["p50"] / floor["p50"],
            largest["p95"] / floor["p95"],
        ),
        _both("commit, a room and a person", commits, found["commit_room_and_person"]),
        _both("200 tasks, hold, without fsync", 200, bare["hold"]),
        _both("200 tasks, hold and commit, without fsync", 200, bare["hold_and_commit"]),
        Figure("commits begun at once", "per s", 1, found["burst_commits_per_s"]),
        Figure(f"scan at start, {start['rooms']:,} rooms", "s", 1, start["scan_s"]),
        Figure("scan at start, each room", "ms", start["rooms"], start["per_room"]),
        Figure("scan at start, the loop waits at most", "ms", 1, start["longest_gap"]),
        Figure("memory grown by holding up to 2,000 rooms", "MB", 1, found["cache_mb_512_rooms"]),
    ]


def _both(what: str, n: int, times: dict[str, Any]) -> Figure:
    return Figure(what, "ms", n, times["p50"], times["p95"])
