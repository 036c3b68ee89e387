"""kill -9 at any moment: what was acknowledged is there, and nothing is torn.

Run as a program, this file is the process that gets killed.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from bot.adapters.store import FileStore
from bot.adapters.store.names import Key, Kind
from bot.model.documents import PersonDocument
from tests.adapters.store_samples import NOW, a_room, an_entry

KILLS = int(os.environ.get("COMENIUS_KILLS", "20"))
"""How often; a night has room for hundreds."""
LONGEST = 0.25
"""Seconds that the process may write at the most before it is killed."""
WRITERS = 3
"""Working at the same time, so that commits meet in one batch."""
SETTLED = "!settled:x"


def room_name(writer: int, number: int) -> str:
    return f"!{writer}-{number // 5}:x"


async def write(store: FileStore, writer: int, number: int) -> None:
    """Commit for ever: a task with its counter and an outbox entry, and the person's rooms."""
    user = f"@{writer}:x"
    while True:
        number += 1
        room = room_name(writer, number)
        async with store.hold(room, [user]) as held:
            held.room = held.room or a_room(room, members=(user,))
            project = held.room.project
            project.tasks.update(a_room(tasks=number).project.tasks)
            project.counters["task"] = number
            held.room.outbox.append(an_entry(number))
            person = held.people.setdefault(user, PersonDocument(user))
            person.language = str(number)
            if room not in person.rooms:
                person.rooms.append(room)
            await held.commit()
        os.write(1, f"{writer} {number}\n".encode())  # at once: a buffer would die with us
        if number % 7 == 0:
            await store.forget(f"!gone-{writer}:x")
        async with store.hold(SETTLED) as held:
            held.room = held.room or a_room(SETTLED)
            held.room.project.reminded_until = NOW
            held.room.entries += 1
            held.settle()


async def be_killed(directory: Path, numbers: list[int]) -> None:
    store = FileStore(directory, keep_free=0, idle=0.01)
    await asyncio.gather(*(write(store, n, number) for n, number in enumerate(numbers)))


async def check(directory: Path, acknowledged: Counter[int]) -> None:
    """Look at what a kill left, as the next start does; go on from there."""
    store = FileStore(directory, keep_free=0)
    rooms = {one.project.room: one async for one in store.rooms()}
    assert store.damaged == []
    for writer in range(WRITERS):
        user = f"@{writer}:x"
        ours = [one for one in rooms.values() if user in one.project.members]
        newest = max((one.project.counters["task"] for one in ours), default=0)
        # The one commit under way may have landed; more than that was never begun.
        assert newest - acknowledged[writer] in {0, 1}
        assert len(ours) == len({room_name(writer, n) for n in range(1, newest + 1)})
        for one in ours:
            assert list(one.project.tasks) == list(range(1, one.project.counters["task"] + 1))
            assert one.outbox[-1].id == f"e{one.project.counters['task']}"
        async with store.hold("!none:x", [user]) as held:
            person = held.people.get(user)
        assert sorted(person.rooms if person else []) == sorted(one.project.room for one in ours)
        if person:
            assert int(person.language or 0) - newest in {0, 1}
        acknowledged[writer] = newest
    await store.close()


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """Every acknowledged commit survives, at most one more; task, counter, entry, person agree."""
    acknowledged: Counter[int] = Counter()
    moments = random.Random(14)  # noqa: S311 - the same moments each time, as far as that goes
    root = Path(__file__).parents[2]
    for _ in range(KILLS):
        numbers = [str(acknowledged[writer]) for writer in range(WRITERS)]
        command = [sys.executable, __file__, str(tmp_path), *numbers]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=root, env={"PYTHONPATH": str(root)}
        ) as victim:
            assert victim.stdout
            said = [victim.stdout.readline()]  # it is at work now
            time.sleep(moments.uniform(0, LONGEST))
            victim.kill()
            said += victim.stdout.readlines()
        for line in said:
            if line.endswith("\n"):  # else the kill met the acknowledgement itself
                writer, number = map(int, line.split())
                acknowledged[writer] = max(acknowledged[writer], number)
        assert said[0], "it died by itself"
        asyncio.run(check(tmp_path, acknowledged))
        assert not list(tmp_path.rglob("*.tmp"))
    assert sum(acknowledged.values()) >= KILLS


def test_the_lock_dies_with_the_process(tmp_path: Path) -> None:
    """A killed process leaves no lock that somebody would have to remove."""
    script = (
        "import os, sys; from pathlib import Path; from bot.adapters.store import FileStore; "
        "store = FileStore(Path(sys.argv[1])); print('open', flush=True); input()"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "open\n"
        refused = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path)],
            check=False,
            capture_output=True,
            text=True,
            cwd=root,
        )
        assert "DirectoryInUse" in refused.stderr
        holder.kill()
    store = FileStore(tmp_path)
    assert not Key(Kind.PROJECT, SETTLED).path(tmp_path).exists()
    asyncio.run(store.close())


if __name__ == "__main__":
    asyncio.run(be_killed(Path(sys.argv[1]), [int(number) for number in sys.argv[2:]]))
