"""How much memory the process has: with its code loaded, and with rooms open.

Measured in a process of its own, which prints what it finds at each step.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.figures import Figure

ROOMS = 100
TASKS = 20


def run(*, quick: bool = False) -> list[Figure]:
    """Return the figures; takes some 5 seconds."""
    times = 1 if quick else 3
    steps: dict[str, list[float]] = {}
    for _ in range(times):
        command = [sys.executable, "-m", "bench.memory"]
        told = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=120)
        for what, megabytes in json.loads(told.stdout).items():
            steps.setdefault(what, []).append(megabytes)
    return [
        Figure(what, "MB", times, sorted(several)[times // 2]) for what, several in steps.items()
    ]


def resident() -> float:
    """Return the megabytes of memory that this process has (where it is not told: its most)."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / (1e6 if sys.platform == "darwin" else 1e3)
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def _steps(directory: Path) -> dict[str, float]:
    """Load and open things one after the other; return the memory after each."""
    # ruff: noqa: PLC0415 - when they are loaded is what is measured
    found = {"Python alone": resident()}
    from bot import app  # noqa: F401
    from bot.adapters.store import FileStore

    found["after import, without Matrix"] = resident()
    from bot.adapters.matrix import MatrixDoor  # noqa: F401

    found["after import, with Matrix"] = resident()
    from bench.heart import assistant
    from bench.rooms import document

    heart = assistant()
    heart.commands.verbs(("fr", "en"))
    found["after all commands are read"] = resident()
    store = FileStore(directory)
    for number in range(ROOMS):
        room = f"!{number}:school.example"
        async with store.hold(room) as held:
            held.room = document(TASKS, room=room)
            await held.commit()
    await store.close()
    store = FileStore(directory)
    before = resident()
    for number in range(ROOMS):
        async with store.hold(f"!{number}:school.example") as held:
            if held.room is None:
                raise LookupError(number)
    found[f"after opening {ROOMS} rooms of {TASKS} tasks"] = resident()
    found[f"of it, by opening {ROOMS} rooms"] = resident() - before
    await store.close()
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as top:
        print(json.dumps(asyncio.run(_steps(Path(top)))))
