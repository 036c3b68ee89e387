"""What the store costs: commits beside the disk's own time, the scan at start, memory.

Sizes and the bare disk are measured in turns within one run, since disks are noisy: what counts
are the columns beside each other, not a figure alone. The files are fresh, so that the scan finds
them in the system's cache.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any
from unittest.mock import patch

import msgspec

from bot.adapters.store import FileStore
from bot.adapters.store.coding import body_of, tables_of
from bot.adapters.store.names import Key, Kind
from bot.model.documents import PersonDocument, RoomDocument
from bot.model.due import Due
from bot.model.people import Member
from bot.model.project import Project
from bot.model.reminders import Audience, Reminder
from bot.model.tasks import Task

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
SIZES = (10, 1_000, 10_000)
COMMITS = 400
"""Measured at each size."""
NAP = 0.002
"""Seconds between two looks at how late the loop is."""
BURST = 500
"""Commits begun at the same time."""


def run(quick: bool = False, directory: Path | None = None) -> dict[str, Any]:
    """Return the figures: times in milliseconds, memory in MB. Takes 1-2 minutes, *quick* 10 s.

    *directory* says on which disk to measure; else the system's place for temporary files.
    """
    sizes = (10, 100, 1_000) if quick else SIZES
    commits = COMMITS // 4 if quick else COMMITS
    with tempfile.TemporaryDirectory(dir=directory) as top:
        return asyncio.run(_run(Path(top), sizes, commits))


async def _run(top: Path, sizes: tuple[int, ...], commits: int) -> dict[str, Any]:
    for size in sizes:
        _fill(top / str(size), size)
    stores = {size: FileStore(top / str(size), keep_free=0) for size in sizes}
    figures = await _commits(stores, commits, top)
    largest = stores[sizes[-1]]
    figures["burst_commits_per_s"] = round(await _burst(largest, sizes[-1]))
    for store in stores.values():
        await store.close()
    figures["without_fsync_200_tasks"] = await _in_process(top / "one")
    figures["start"] = await _start(top / str(sizes[-1]), sizes[-1])
    figures["cache_mb_512_rooms"] = await _memory(top / str(sizes[-1]), sizes[-1])
    return figures


def _document(room: str, tasks: int = 20, members: int = 10) -> RoomDocument:
    """Return a room in the middle of its year."""
    document = RoomDocument(Project(room, NOW, languages=["fr", "de", "pl"]))
    project = document.project
    for number in range(members):
        user = f"@pupil{number}:school.example"
        project.members[user] = Member(user, f"Pupil {number}", "KRK")
    people = list(project.members)
    for number in range(1, tasks + 1):
        due = Due(date(2026, 12, 1) + timedelta(days=number), time(18))
        title = f"Film part {number} of the school tour and cut it"
        project.tasks[number] = Task(
            number, title, people[0], NOW, due=due, assignees=people[:2], partners=["KRK", "PAU"]
        )
    for number in range(1, 21):
        due = Due(date(2026, 12, 1) + timedelta(days=number), time(9))
        project.reminders[number] = Reminder(
            number, "Bring the signed forms", people[1], NOW, Audience(everyone=True), due
        )
    for number in range(50):
        document.anchors[f"${number}-XbSPrSh5CqTNjfSPMmyEJSnrgyFvXXAOZ4Zlk8a"] = "task 3"
    return document


def _fill(directory: Path, size: int) -> None:
    """Lay so many rooms; that is not measured, so nothing is synced."""
    for number in range(size):
        document = _document(f"!{number}:school.example")
        path = Key(Kind.PROJECT, document.project.room).path(directory)
        path.parent.mkdir(parents=True, exist_ok=True)
        tables = tables_of(Kind.PROJECT, body_of(document))
        path.write_bytes(msgspec.json.format(msgspec.json.encode(tables), indent=2))


async def _commits(stores: dict[int, FileStore], commits: int, top: Path) -> dict[str, Any]:
    """Commit a change of one room, at each size in turn, beside the bare disk."""
    chance = random.Random(1)  # noqa: S311 - the same rooms each time
    times: dict[str, list[float]] = {str(size): [] for size in stores}
    times |= {"disk": [], "with_person": []}
    content = b"x" * (Key(Kind.PROJECT, "!0:school.example").path(top / "10").stat().st_size)
    for turn in range(commits):
        for size, store in stores.items():
            times[str(size)].append(await _commit(store, chance.randrange(size), turn))
        store = stores[min(stores)]
        times["with_person"].append(await _commit(store, 0, turn, "@pupil1:school.example"))
        begun = perf_counter()
        await asyncio.to_thread(_bare, top, content)
        times["disk"].append(perf_counter() - begun)
    figures = {name: _percentiles(several) for name, several in times.items()}
    smallest, largest = (figures[str(size)]["p50"] for size in (min(stores), max(stores)))
    return {
        "file_bytes": len(content),
        "disk_floor": figures.pop("disk"),
        "commit_room_and_person": figures.pop("with_person"),
        "commit_by_rooms": figures,
        "ratio_p50_largest_to_smallest": round(largest / smallest, 2),
    }


async def _commit(store: FileStore, number: int, turn: int, *people: str) -> float:
    """Return the seconds from asking for a room until its change is durable."""
    room = f"!{number}:school.example"
    async with store.hold(room):
        pass  # reading a room for the first time is not what is measured
    begun = perf_counter()
    async with store.hold(room, people) as held:
        if held.room is None:
            raise LookupError(room)
        held.room.project.tasks[1].title = f"Film the school tour, take {turn}"
        held.room.entries += 1
        for user in people:
            person = held.people.setdefault(user, PersonDocument(user, rooms=[room]))
            person.language = f"x{turn}"
        await held.commit()
        return perf_counter() - begun


def _bare(top: Path, content: bytes) -> None:
    """Do what cannot be saved: one file of that size replaced durably, by bare system calls."""
    path, new = top / "bare", top / "bare.new"
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(file, content)
    os.fsync(file)
    os.close(file)
    new.replace(path)
    folder = os.open(top, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


async def _burst(store: FileStore, size: int) -> float:
    """Return commits per second when many rooms want one at the same time."""
    begun = perf_counter()
    count = min(BURST, size)
    await asyncio.gather(*(_commit(store, number, -1) for number in range(count)))
    return count / (perf_counter() - begun)


async def _in_process(directory: Path) -> dict[str, Any]:
    """Return what is ours: a room of 200 tasks, held and committed on a disk that takes no time."""
    store = FileStore(directory, keep_free=0)
    async with store.hold("!0:school.example") as held:
        held.room = _document("!0:school.example", tasks=200, members=60)
        await held.commit()
    holds, commits = [], []
    with patch("os.fsync"):
        for turn in range(200):
            begun = perf_counter()
            async with store.hold("!0:school.example"):
                holds.append(perf_counter() - begun)
            commits.append(await _commit(store, 0, turn))
    await store.close()
    return {"hold": _percentiles(holds), "hold_and_commit": _percentiles(commits)}


async def _start(directory: Path, size: int) -> dict[str, Any]:
    """Return what a start takes, and how long the loop had to wait for it at the most."""
    gaps = [0.0]

    async def watch() -> None:
        while True:
            begun = perf_counter()
            await asyncio.sleep(NAP)
            gaps.append(perf_counter() - begun - NAP)

    watcher = asyncio.create_task(watch())
    begun = perf_counter()
    store = FileStore(directory, keep_free=0)
    count = 0
    async for _ in store.rooms():
        count += 1
    seconds = perf_counter() - begun
    watcher.cancel()
    await store.close()
    if count != size:
        raise LookupError(f"{count} rooms of {size}")
    return {
        "rooms": count,
        "scan_s": round(seconds, 2),
        "per_room": round(seconds / count * 1000, 3),
        "longest_gap": round(max(gaps) * 1000, 1),
    }


async def _memory(directory: Path, size: int) -> float | None:
    """Return how much the process grows by holding more rooms than it keeps, one by one."""
    store = FileStore(directory, keep_free=0)
    async with store.hold("!0:school.example"):
        before = _resident()
    for number in range(min(size, 2_000)):
        async with store.hold(f"!{number}:school.example"):
            pass
    after = _resident()
    await store.close()
    return None if before is None or after is None else round((after - before) / 2**20, 1)


def _resident() -> int | None:
    """Return the bytes of memory that the process has, None where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _percentiles(seconds: list[float]) -> dict[str, float]:
    cuts = quantiles(seconds, n=20, method="inclusive")
    return {"p50": round(cuts[9] * 1000, 2), "p95": round(cuts[18] * 1000, 2)}


if __name__ == "__main__":
    print(json.dumps(run(quick="--quick" in sys.argv), indent=2))
